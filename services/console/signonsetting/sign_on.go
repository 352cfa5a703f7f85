package signonsetting

import (
	"time"

	"github.com/askspoke/spoke/services/console/place"
	"github.com/askspoke/spoke/services/console/signin"
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/signon"
)

// signOnReader is who sees how single sign-on is set up.
var signOnReader = web.Viewers.Or(operator.ForSignOn)

func (s *Pages) signOnRoutes() []web.Route {
	return []web.Route{
		web.Get(place.SignOn, signOnReader, s.signOn),
		web.Get(place.SignOn+"/new", signin.Editors, s.signOnNew),
		web.Post(place.SignOn, signin.Editors, "createSignOnConnection", s.signOnCreate),
		web.Get(place.SignOn+"/:id", signOnReader, s.signOnConnection),
		web.Post(place.SignOn+"/:id", signin.Editors, "changeSignOnConnection", s.signOnChange),
		web.Post(place.SignOn+"/:id/copy", signin.Editors, "copySignOnConnection", s.signOnCopy),
		web.Post(place.SignOn+"/:id/remove", signin.Editors, "removeSignOnConnection", s.signOnRemove),
		web.Get(place.SignOn+"/:id/test", signin.Editors, s.signOnTested),
		web.Post(place.SignOn+"/:id/test", signin.Editors, "testSignOnConnection", s.signOnTest),
		web.Post(place.SignOn+"/:id/offer", web.Owners, "offerSignOn", s.signOnOffered),
		web.Get(place.SignOn+"/:id/enforce", web.Owners, s.signOnEnforcing),
		web.Post(place.SignOn+"/:id/enforce", web.Owners, "enforceSignOn", s.signOnEnforce),
		web.Post(place.SignOn+"/off", web.Owners, "turnOffSignOn", s.signOnOff),
		web.Post(place.SignOn+"/codes", web.Owners, "renewRecoveryCodes", s.signOnCodes),
	}
}

// signOn is the page of how people sign in.
func (s *Pages) signOn(x *web.Exchange) error {
	policy, err := s.SignOn.Policy(x.Context(), x.Tenant.ID)
	if err != nil {
		return err
	}
	list, err := s.SignOn.List(x.Context(), x.Tenant.ID)
	if err != nil {
		return err
	}
	codes, err := s.SignOn.Codes(x.Context(), x.Tenant.ID)
	if err != nil {
		return err
	}
	return x.Show("sign_on", struct {
		Policy    signon.Policy
		By        string
		List      []signon.Connection
		Codes     signon.Codes
		CodesMade string // as the form that renews them says it
		Links     string
		Providers []signOnProvider
		Full      bool
		Owner     bool
		Editor    bool
		Now       time.Time
	}{
		policy, s.Actors.Name(x.Context(), x.Tenant.ID, policy.Connection.StateBy), list, codes, codes.Made.UTC().Format(time.RFC3339Nano), s.links(), signOnProviders, len(list) >= signon.MaxConnections,
		s.isOwner(x), x.Viewer.MayUse(signin.Editors), x.Now(),
	})
}

// isOwner says whether the viewer is an owner herself, and no operator who visits: recovery codes are the tenant's alone.
func (s *Pages) isOwner(x *web.Exchange) bool {
	return x.Viewer.Kind == web.ByAdmin && x.Viewer.MayUse(web.Owners)
}
