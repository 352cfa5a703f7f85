package signin

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/services/console/place"
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/ratelimit"
	"github.com/askspoke/spoke/tenancy/signon"
	"github.com/askspoke/spoke/tenancy/signon/saml"
)

// The paths of sign-in by SAML.
const (
	samlPath       = place.SignIn + "/saml"
	samlFinishPath = samlPath + "/finish"
)

func (s *Pages) samlRoutes() []web.Route {
	return []web.Route{
		web.Get(saml.MetadataPath, web.Anyone, s.samlMetadata),
		web.Get(samlPath, web.Anyone, s.beginSAML),
		// The identity provider's page posts here, which is another site's by nature (see web.New).
		web.Post(saml.ACSPath, web.Anyone, "", s.receiveSAML),
		web.Get(samlFinishPath, web.Anyone, s.finishSAML),
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
func (s *Pages) samlBase(x *web.Exchange) string { return s.Origin(s.Host(x.Tenant.Slug)) }

// SAMLProvider returns the service provider of a connection.
func (s *Pages) SAMLProvider(x *web.Exchange, c signon.Connection) (*saml.ServiceProvider, saml.Connection, error) {
	made := saml.Connection{Tenant: x.Tenant.ID, Revision: c.Revision, Base: s.samlBase(x)}
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

// SAMLConnection returns a tenant's connection by SAML: the one that counts, or else the oldest.
func (s *Pages) SAMLConnection(x *web.Exchange) (signon.Connection, error) {
	list, err := s.SignOn.List(x.Context(), x.Tenant.ID)
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
		return signon.Connection{}, ErrNoSAML
	}
	return list[0], nil
}

// ErrNoSAML is of a tenant without a connection by SAML.
var ErrNoSAML = web.Refuse(http.StatusNotFound, "Single sign-on by SAML is not set up here", "Sign in with your mail address, or ask an administrator.").At(place.SignIn, "To sign-in")

// samlMetadata is what the identity provider must know of us. It holds nothing that is secret.
func (s *Pages) samlMetadata(x *web.Exchange) error {
	c, err := s.SAMLConnection(x)
	if err != nil {
		return err
	}
	p, _, err := s.SAMLProvider(x, c)
	if err != nil {
		return err
	}
	text, err := p.Metadata()
	if err != nil {
		return err
	}
	x.Header("Content-Type", "application/samlmetadata+xml")
	x.Header("Content-Disposition", `inline; filename="spoke-`+string(x.Tenant.Slug)+`.xml"`)
	_, err = x.Write(text)
	return err
}

// beginSAML sends the browser to the identity provider of the connection that counts.
func (s *Pages) beginSAML(x *web.Exchange) error {
	c, err := s.SAMLConnection(x)
	if err != nil {
		return err
	}
	if !c.Live() {
		return ErrNoSAML
	}
	return s.ToProvider(x, c, false, x.Query("next"))
}

// toSAML sends the browser to the identity provider of a connection.
func (s *Pages) toSAML(x *web.Exchange, c signon.Connection, test bool, next string) error {
	if x.Host != s.Host(x.Tenant.Slug) { // to which alone the provider answers, and where its answer must find the session
		if test {
			return web.Refuse(http.StatusConflict, "Test it at "+s.Host(x.Tenant.Slug), "The identity provider answers to that host alone, so the test must begin there. Nothing was tested.").
				At(s.samlBase(x)+place.SignOn+"/"+c.ID, "Go there")
		}
		return x.SeeOther(s.samlBase(x) + x.Request.URL.RequestURI())
	}
	p, _, err := s.SAMLProvider(x, c)
	if err != nil {
		return err
	}
	flow, err := p.Begin("")
	if err != nil {
		return s.signedOn(x, c, signon.Person{}, err, test, next)
	}
	var flows []samlFlow
	x.Take(samlFlowsKey, &flows)
	flows = append(flows, samlFlow{Request: flow.RequestID, Connection: c.ID, Revision: c.Revision, Test: test, Next: admin.LocalPath(next)})
	x.Put(samlFlowsKey, flows[max(0, len(flows)-maxAttempts):])
	if flow.Form == nil {
		return s.goTo(x, flow.URL, c.Name)
	}
	x.Header("Content-Security-Policy", leavePolicy)
	return x.Show("saml_leave", map[string]any{"Form": flow.Form, "Name": c.Name})
}

// leavePolicy is policy, but for a form that is sent to the identity provider, and on from there to wherever it sends it.
var leavePolicy = strings.Replace(web.Policy, "form-action 'self'", "form-action 'self' http: https:", 1)

// receiveSAML is where an identity provider's page has the browser post its answer. The browser sends no cookie with that, so
// what the answer tells is kept for the request that comes next, which has the cookie. The session stays as it is: it would
// be another than the browser's.
func (s *Pages) receiveSAML(x *web.Exchange) error {
	// Anybody can post here, and each answer costs the reading of a signature, and a row where it is to a request of ours.
	if err := x.Slow("saml", samlAnswerRate); err != nil {
		return err
	}
	c, err := s.samlAsked(x)
	if err != nil {
		return samlRefusal(err)
	}
	p, _, err := s.SAMLProvider(x, c)
	if err != nil {
		return err
	}
	r, err := p.Finish(x.Context(), x.Request.PostForm)
	if err != nil && (r.Refused == nil || errors.Is(err, saml.ErrReplayed)) {
		return samlRefusal(err)
	}
	if err != nil { // the browser that asked shows it, and who tests the connection sees the details there
		s.Logger.Info("answer of an identity provider refused", "request_id", x.ID, "tenant", string(x.Tenant.Slug), "connection", c.ID, "error", err)
	}
	secret, err := s.SAML.Keep(x.Context(), x.Tenant.ID, r)
	if err != nil {
		return err
	}
	return x.SeeOther(samlFinishPath + "?handoff=" + secret.Reveal())
}

// samlAsked returns the connection that an answer is for.
func (s *Pages) samlAsked(x *web.Exchange) (signon.Connection, error) {
	id, err := s.SAML.Asked(x.Tenant.ID, x.Request.PostForm)
	switch {
	case err != nil:
		return signon.Connection{}, err
	case id == "":
		c, err := s.SAMLConnection(x)
		if err == nil && !c.Live() {
			err = ErrNoSAML
		}
		return c, err
	}
	c, err := s.SignOn.Get(x.Context(), x.Tenant.ID, id)
	if errors.Is(err, signon.ErrNotFound) || err == nil && c.Kind != signon.KindSAML {
		return c, errSAMLChanged
	}
	return c, err
}

var errSAMLChanged = web.Refuse(http.StatusConflict, "Single sign-on was changed meanwhile", "An administrator changed how one signs in here while you were at your identity provider. Begin again.").
	At(place.SignIn, "To sign-in")

// finishSAML signs in whom an answer told of. One that we asked for counts in the browser that was sent to ask for it alone:
// else anybody could have another's browser sign in as somebody else.
func (s *Pages) finishSAML(x *web.Exchange) error {
	r, err := s.SAML.Take(x.Context(), x.Tenant.ID, x.Query("handoff"))
	if err != nil {
		return samlRefusal(err)
	}
	c, err := s.SignOn.Get(x.Context(), x.Tenant.ID, r.Connection)
	switch {
	case errors.Is(err, signon.ErrNotFound) || err == nil && c.Revision != r.Revision:
		return errSAMLChanged
	case err != nil:
		return err
	}
	f := samlFlow{Next: r.RelayState, Revision: r.Revision}
	if r.Origin == saml.FromUs {
		var ok bool
		if f, ok = s.popSAMLFlow(x, r.RequestID); !ok && r.Refused != nil {
			return samlRefusal(r.Refusal())
		} else if !ok {
			return web.Refuse(http.StatusForbidden, "This sign-in began in another browser", "Nobody was signed in. If you did not begin it at all, somebody tried to "+
				"sign you in as another. Begin again in this browser.").At(place.SignIn, "To sign-in")
		}
	}
	switch {
	case f.Revision != c.Revision:
		return errSAMLChanged
	case r.Origin == saml.FromProvider && x.Viewer.SignedIn() && x.Viewer.Admin.Email != r.Person.Email:
		// Any site can post an answer of its own to us by the browser that visits it.
		return web.Refuse(http.StatusConflict, "You are signed in as somebody else", "Your identity provider has just signed in %s, and here you are %s. Sign out first, "+
			"and begin again, if that is what you want.", r.Person.Email, x.Viewer.Name).At("/", "Stay signed in")
	}
	if refused := r.Refusal(); refused != nil {
		return s.signedOn(x, c, r.Person, refused, f.Test, f.Next)
	}
	return s.signedOn(x, c, r.Person, nil, f.Test, f.Next)
}

// popSAMLFlow returns the browser's flow by its request, and forgets it.
func (s *Pages) popSAMLFlow(x *web.Exchange, request string) (samlFlow, bool) {
	var flows []samlFlow
	if !x.Take(samlFlowsKey, &flows) {
		return samlFlow{}, false
	}
	for i, f := range flows {
		if f.Request == request {
			x.Put(samlFlowsKey, slices.Delete(flows, i, i+1))
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
	return web.Refuse(http.StatusForbidden, "You could not be signed in", "%s", r.Sentence).At(place.SignIn, "Back to signing in").Because(err)
}
