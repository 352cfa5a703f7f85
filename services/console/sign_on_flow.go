package console

import (
	"errors"
	"net/http"
	"net/url"
	"slices"

	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/signon"
)

// Keys of a session.
const (
	signOnKey       = "sign_on"        // sign-ins that are under way
	signOnResultKey = "sign_on_result" // the last test's
)

// attempt is a sign-in that is under way at an OpenID provider, in this browser.
type attempt struct {
	Flow signon.Flow `json:"flow"`
	Test bool        `json:"test,omitempty"`
	Next string      `json:"next,omitempty"`
}

// maxAttempts is how many a browser has under way: one in each of a few windows.
const maxAttempts = 4

// toProvider sends the browser to a connection's provider.
func (x *exchange) toProvider(c signon.Connection, test bool, next string) error {
	if err := x.slow("sign-on", signOnRate); err != nil {
		return err
	}
	if c.Kind == signon.KindSAML {
		return x.toSAML(c, test, next)
	}
	flow, err := x.server.SignOn.Begin(x.context(), c, x.redirectURI())
	if err != nil {
		return x.signedOn(c, signon.Person{}, err, test, next)
	}
	var list []attempt
	x.take(signOnKey, &list)
	list = append(list, attempt{flow, test, admin.LocalPath(next)})
	x.put(signOnKey, list[max(0, len(list)-maxAttempts):])
	return x.seeOther(flow.URL)
}

// signInOIDC begins a sign-in by the connection that counts.
func (s *Server) signInOIDC(x *exchange) error {
	p, err := s.SignOn.Policy(x.context(), x.tenant.ID)
	if err != nil {
		return err
	}
	if p.Mode == signon.ModeOff || p.Connection.Kind != signon.KindOIDC {
		return refuse(http.StatusNotFound, "Single sign-on is not set up here", "Sign in by a link to your mail address.").at(signInPath, "To signing in")
	}
	return x.toProvider(p.Connection, false, x.Query("next"))
}

// signInOIDCBack takes the browser back from the provider. An attempt is forgotten before it is looked at.
func (s *Server) signInOIDCBack(x *exchange) error {
	var list []attempt
	x.take(signOnKey, &list)
	state := x.Query("state")
	i := slices.IndexFunc(list, func(a attempt) bool { return state != "" && a.Flow.State == state })
	if i < 0 {
		return refuse(http.StatusBadRequest, "This sign-in was not begun in this browser",
			"It may have been finished already, or it took too long. Somebody could also have sent you this link to sign you in as themselves. Begin again.").at(signInPath, "To signing in")
	}
	a := list[i]
	x.put(signOnKey, slices.Delete(list, i, i+1))
	c, err := s.SignOn.Get(x.context(), x.tenant.ID, a.Flow.Connection)
	if err != nil {
		return signOnRefusal(err)
	}
	p, err := s.SignOn.Finish(x.context(), c, a.Flow, x.Request.URL.Query())
	return x.signedOn(c, p, err, a.Test, a.Next)
}

// signedOn goes on from what a provider, by whatever protocol, came to.
func (x *exchange) signedOn(c signon.Connection, p signon.Person, err error, test bool, next string) error {
	var refused *signon.Refusal
	if err != nil && !errors.As(err, &refused) {
		return err
	}
	switch {
	case test:
		return x.tested(c, p, refused)
	case refused != nil:
		return refuse(http.StatusForbidden, "You could not be signed in", "%s", refused.Sentence).because(refused).
			at(signInPath+"?next="+url.QueryEscape(admin.LocalPath(next)), "Back to signing in")
	case !c.Live():
		return refuse(http.StatusForbidden, "Nobody signs in by this connection any more", "It was turned off meanwhile.").at(signInPath, "To signing in")
	}
	return x.enter(c, p, next)
}

// redirectURI is where OpenID providers send browsers back to.
func (x *exchange) redirectURI() string { return x.origin() + signInPath + "/oidc/callback" }

// origin is this host as browsers see it.
func (x *exchange) origin() string { return x.server.config.Origin(x.host) }
