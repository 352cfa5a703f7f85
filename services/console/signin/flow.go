package signin

import (
	"errors"
	"net/http"
	"net/url"
	"slices"

	"github.com/askspoke/spoke/services/console/place"
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/signon"
)

// Keys of a session.
const (
	signOnKey = "sign_on"        // sign-ins that are under way
	ResultKey = "sign_on_result" // the last test's
)

// attempt is a sign-in that is under way at an OpenID provider, in this browser.
type attempt struct {
	Flow signon.Flow `json:"flow"`
	Test bool        `json:"test,omitempty"`
	Next string      `json:"next,omitempty"`
}

// maxAttempts is how many a browser has under way: one in each of a few windows.
const maxAttempts = 4

// ToProvider sends the browser to a connection's provider.
func (s *Pages) ToProvider(x *web.Exchange, c signon.Connection, test bool, next string) error {
	if err := x.Slow("sign-on", web.SignOnRate); err != nil {
		return err
	}
	if c.Kind == signon.KindSAML {
		return s.toSAML(x, c, test, next)
	}
	o, err := c.OIDC()
	if err != nil {
		return err
	}
	flow, err := s.SignOn.Begin(x.Context(), c, s.RedirectURI(x, o.Callback))
	if err != nil {
		return s.signedOn(x, c, signon.Person{}, err, test, next)
	}
	var list []attempt
	x.Take(signOnKey, &list)
	list = append(list, attempt{flow, test, admin.LocalPath(next)})
	x.Put(signOnKey, list[max(0, len(list)-maxAttempts):])
	return s.goTo(x, flow.URL, c.Name)
}

// goTo sends the browser to a provider. A browser follows no redirect that answers a form of ours to another site
// (form-action of our Content-Security-Policy), so that is a page which goes on by itself.
func (s *Pages) goTo(x *web.Exchange, to, name string) error {
	if x.Request.Method == http.MethodGet {
		return x.SeeOther(to)
	}
	x.Header("Refresh", "0; url="+to)
	return x.Show("sign_on_leave", map[string]any{"URL": to, "Name": name})
}

// signInOIDC begins a sign-in by the connection that counts.
func (s *Pages) signInOIDC(x *web.Exchange) error {
	p, err := s.SignOn.Policy(x.Context(), x.Tenant.ID)
	if err != nil {
		return err
	}
	if p.Mode == signon.ModeOff || p.Connection.Kind != signon.KindOIDC {
		return web.Refuse(http.StatusNotFound, "Single sign-on is not set up here", "Sign in by a link to your mail address.").At(place.SignIn, "To signing in")
	}
	return s.ToProvider(x, p.Connection, false, x.Query("next"))
}

// signInOIDCBack takes the browser back from the provider. An attempt is forgotten before it is looked at.
func (s *Pages) signInOIDCBack(x *web.Exchange) error {
	var list []attempt
	x.Take(signOnKey, &list)
	state := x.Query("state")
	i := slices.IndexFunc(list, func(a attempt) bool { return state != "" && a.Flow.State == state })
	if i < 0 {
		return web.Refuse(http.StatusBadRequest, "This sign-in was not begun in this browser",
			"It may have been finished already, or it took too long. Somebody could also have sent you this link to sign you in as themselves. Begin again.").At(place.SignIn, "To signing in")
	}
	a := list[i]
	x.Put(signOnKey, slices.Delete(list, i, i+1))
	if a.Flow.Redirect != s.origin(x)+x.Request.URL.Path {
		return web.Refuse(http.StatusForbidden, "Another identity provider answered", "This is not the answer of the one that you were sent to, and nothing of it was used. If it happens again, "+
			"one of this tenant's connections may be set up to deceive: tell an owner.").At(place.SignIn, "To signing in")
	}
	c, err := s.SignOn.Get(x.Context(), x.Tenant.ID, a.Flow.Connection)
	if err != nil {
		return Refusal(err)
	}
	p, err := s.SignOn.Finish(x.Context(), c, a.Flow, x.Request.URL.Query())
	return s.signedOn(x, c, p, err, a.Test, a.Next)
}

// signedOn goes on from what a provider, by whatever protocol, came to.
func (s *Pages) signedOn(x *web.Exchange, c signon.Connection, p signon.Person, err error, test bool, next string) error {
	var refused *signon.Refusal
	if err != nil && !errors.As(err, &refused) {
		return err
	}
	switch {
	case test:
		return s.tested(x, c, p, refused)
	case refused != nil:
		return web.Refuse(http.StatusForbidden, "You could not be signed in", "%s", refused.Sentence).Because(refused).
			At(place.SignIn+"?next="+url.QueryEscape(admin.LocalPath(next)), "Back to signing in")
	case !c.Live():
		return web.Refuse(http.StatusForbidden, "Nobody signs in with this connection any more", "It was turned off meanwhile.").At(place.SignIn, "To signing in")
	}
	return s.enter(x, c, p, next)
}

// RedirectURI is where the OpenID provider of a connection sends browsers back to. callback is that of its settings.
func (s *Pages) RedirectURI(x *web.Exchange, callback string) string {
	to := s.origin(x) + place.SignIn + "/oidc/callback"
	if callback != "" {
		to += "/" + callback
	}
	return to
}

// origin is this host as browsers see it.
func (s *Pages) origin(x *web.Exchange) string { return s.Origin(x.Host) }
