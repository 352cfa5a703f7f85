package console

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/ratelimit"
	"github.com/askspoke/spoke/tenancy/signon"
	"github.com/askspoke/spoke/tenancy/signon/saml"
)

// The paths of sign-in by SAML.
const (
	samlPath       = signInPath + "/saml"
	samlFinishPath = samlPath + "/finish"
)

func (s *Server) samlRoutes() []route {
	return []route{
		get(saml.MetadataPath, anyone, s.samlMetadata),
		get(samlPath, anyone, s.beginSAML),
		// The identity provider's page posts here, which is another site's by nature (see New).
		post(saml.ACSPath, anyone, "", s.receiveSAML),
		get(samlFinishPath, anyone, s.finishSAML),
	}
}

// samlFlow is a sign-in by SAML that is under way. The browser's session keeps it, so that no other browser finishes it.
type samlFlow struct {
	Request    string `json:"request"`
	Connection string `json:"connection"`
	Revision   string `json:"revision"`
	Test       bool   `json:"test,omitempty"`
	Next       string `json:"next,omitempty"`
}

// samlAnswerRate is how often answers are taken from a client's address.
var samlAnswerRate = ratelimit.Rate{PerSecond: 1. / 5, Burst: 40}

// samlFlowsKey is the session's key of the flows under way, of which there are maxAttempts at most.
const samlFlowsKey = "saml_flows"

// samlBase is the tenant's own host, which the identity provider knows, whatever other hosts it has.
func (s *Server) samlBase(x *exchange) string { return s.config.Origin(s.config.Host(x.tenant.Slug)) }

// samlProvider returns the service provider of a connection.
func (s *Server) samlProvider(x *exchange, c signon.Connection) (*saml.ServiceProvider, saml.Connection, error) {
	made := saml.Connection{Tenant: x.tenant.ID, Revision: c.Revision, Base: s.samlBase(x)}
	secret, err := s.SignOn.Secret(c)
	if err != nil {
		return nil, made, err
	}
	if made.Key, err = saml.ParseKeyPair(secret); err != nil {
		return nil, made, err
	}
	if made.ID, err = uuid.Parse(c.ID); err != nil {
		return nil, made, err
	}
	if err = json.Unmarshal(c.Config, &made.Config); err != nil {
		return nil, made, err
	}
	p, err := s.SAML.Provider(made)
	return p, made, err
}

// samlConnection returns a tenant's connection by SAML: the one that counts, or else the oldest.
func (s *Server) samlConnection(x *exchange) (signon.Connection, error) {
	list, err := s.SignOn.List(x.context(), x.tenant.ID)
	if err != nil {
		return signon.Connection{}, err
	}
	list = slices.DeleteFunc(list, func(c signon.Connection) bool { return c.Kind != signon.KindSAML })
	for _, c := range list {
		if c.Live() {
			return c, nil
		}
	}
	if len(list) == 0 {
		return signon.Connection{}, errNoSAML
	}
	return list[0], nil
}

var errNoSAML = refuse(http.StatusNotFound, "Single sign-on by SAML is not set up here", "Sign in with your mail address, or ask an administrator.").at(signInPath, "To sign-in")

// samlMetadata is what the identity provider must know of us. It holds nothing that is secret.
func (s *Server) samlMetadata(x *exchange) error {
	c, err := s.samlConnection(x)
	if err != nil {
		return err
	}
	p, _, err := s.samlProvider(x, c)
	if err != nil {
		return err
	}
	text, err := p.Metadata()
	if err != nil {
		return err
	}
	x.Header("Content-Type", "application/samlmetadata+xml")
	x.Header("Content-Disposition", `inline; filename="spoke-`+string(x.tenant.Slug)+`.xml"`)
	_, err = x.Write(text)
	return err
}

// beginSAML sends the browser to the identity provider of the connection that counts.
func (s *Server) beginSAML(x *exchange) error {
	c, err := s.samlConnection(x)
	if err != nil {
		return err
	}
	if !c.Live() {
		return errNoSAML
	}
	return x.toProvider(c, false, x.Query("next"))
}

// toSAML sends the browser to the identity provider of a connection.
func (x *exchange) toSAML(c signon.Connection, test bool, next string) error {
	s := x.server
	if x.host != s.config.Host(x.tenant.Slug) { // to which alone the provider answers, and where its answer must find the session
		return x.seeOther(s.samlBase(x) + x.Request.URL.RequestURI())
	}
	p, _, err := s.samlProvider(x, c)
	if err != nil {
		return err
	}
	flow, err := p.Begin("")
	if err != nil {
		return x.signedOn(c, signon.Person{}, err, test, next)
	}
	var flows []samlFlow
	x.take(samlFlowsKey, &flows)
	flows = append(flows, samlFlow{Request: flow.RequestID, Connection: c.ID, Revision: c.Revision, Test: test, Next: admin.LocalPath(next)})
	x.put(samlFlowsKey, flows[max(0, len(flows)-maxAttempts):])
	if flow.Form == nil {
		return x.seeOther(flow.URL)
	}
	x.Header("Content-Security-Policy", leavePolicy)
	return x.show("saml_leave", map[string]any{"Form": flow.Form, "Name": c.Name})
}

// leavePolicy is policy, but for a form that is sent to the identity provider, and on from there to wherever it sends it.
var leavePolicy = strings.Replace(policy, "form-action 'self'", "form-action 'self' http: https:", 1)

// receiveSAML is where an identity provider's page has the browser post its answer. The browser sends no cookie with that, so
// what the answer tells is kept for the request that comes next, which has the cookie. The session stays as it is: it would
// be another than the browser's.
func (s *Server) receiveSAML(x *exchange) error {
	// Anybody can post here, and each answer costs the reading of a signature, and a row where it is to a request of ours.
	if err := x.slow("saml", samlAnswerRate); err != nil {
		return err
	}
	c, err := s.samlAsked(x)
	if err != nil {
		return samlRefusal(err)
	}
	p, _, err := s.samlProvider(x, c)
	if err != nil {
		return err
	}
	r, err := p.Finish(x.context(), x.Request.PostForm)
	if err != nil && (r.Refused == nil || errors.Is(err, saml.ErrReplayed)) {
		return samlRefusal(err)
	}
	if err != nil { // the browser that asked shows it, and who tests the connection sees the details there
		s.Logger.Info("answer of an identity provider refused", "request_id", x.id, "tenant", string(x.tenant.Slug), "connection", c.ID, "error", err)
	}
	secret, err := s.SAML.Keep(x.context(), x.tenant.ID, r)
	if err != nil {
		return err
	}
	return x.seeOther(samlFinishPath + "?handoff=" + secret.Reveal())
}

// samlAsked returns the connection that an answer is for.
func (s *Server) samlAsked(x *exchange) (signon.Connection, error) {
	id, err := s.SAML.Asked(x.tenant.ID, x.Request.PostForm)
	switch {
	case err != nil:
		return signon.Connection{}, err
	case id == "":
		c, err := s.samlConnection(x)
		if err == nil && !c.Live() {
			err = errNoSAML
		}
		return c, err
	}
	c, err := s.SignOn.Get(x.context(), x.tenant.ID, id)
	if errors.Is(err, signon.ErrNotFound) || err == nil && c.Kind != signon.KindSAML {
		return c, errSAMLChanged
	}
	return c, err
}

var errSAMLChanged = refuse(http.StatusConflict, "Single sign-on was changed meanwhile", "An administrator changed how one signs in here while you were at your identity provider. Begin again.").
	at(signInPath, "To sign-in")

// finishSAML signs in whom an answer told of. One that we asked for counts in the browser that was sent to ask for it alone:
// else anybody could have another's browser sign in as somebody else.
func (s *Server) finishSAML(x *exchange) error {
	r, err := s.SAML.Take(x.context(), x.tenant.ID, x.Query("handoff"))
	if err != nil {
		return samlRefusal(err)
	}
	c, err := s.SignOn.Get(x.context(), x.tenant.ID, r.Connection)
	switch {
	case errors.Is(err, signon.ErrNotFound) || err == nil && c.Revision != r.Revision:
		return errSAMLChanged
	case err != nil:
		return err
	}
	f := samlFlow{Next: r.RelayState, Revision: r.Revision}
	if r.Origin == saml.FromUs {
		var ok bool
		if f, ok = x.popSAMLFlow(r.RequestID); !ok && r.Refused != nil {
			return samlRefusal(r.Refusal())
		} else if !ok {
			return refuse(http.StatusForbidden, "This sign-in began in another browser", "Nobody was signed in. If you did not begin it at all, somebody tried to "+
				"sign you in as another. Begin again in this browser.").at(signInPath, "To sign-in")
		}
	}
	switch {
	case f.Revision != c.Revision:
		return errSAMLChanged
	case r.Origin == saml.FromProvider && x.viewer.SignedIn() && x.viewer.Admin.Email != r.Person.Email:
		// Any site can post an answer of its own to us by the browser that visits it.
		return refuse(http.StatusConflict, "You are signed in as somebody else", "Your identity provider has just signed in %s, and here you are %s. Sign out first, "+
			"and begin again, if that is what you want.", r.Person.Email, x.viewer.Name).at("/", "Stay signed in")
	}
	if refused := r.Refusal(); refused != nil {
		return x.signedOn(c, r.Person, refused, f.Test, f.Next)
	}
	return x.signedOn(c, r.Person, nil, f.Test, f.Next)
}

// popSAMLFlow returns the browser's flow by its request, and forgets it.
func (x *exchange) popSAMLFlow(request string) (samlFlow, bool) {
	var flows []samlFlow
	if !x.take(samlFlowsKey, &flows) {
		return samlFlow{}, false
	}
	for i, f := range flows {
		if f.Request == request {
			x.put(samlFlowsKey, slices.Delete(flows, i, i+1))
			return f, true
		}
	}
	return samlFlow{}, false
}

// samlRefusal says why nobody is signed in; another error stays what it is.
func samlRefusal(err error) error {
	var r *signon.Refusal
	if !errors.As(err, &r) {
		return err
	}
	return refuse(http.StatusForbidden, "You could not be signed in", "%s", r.Sentence).at(signInPath, "Back to signing in").because(err)
}
