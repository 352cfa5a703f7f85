package console

import (
	"time"

	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/signon"
)

// signOnReader is who sees how single sign-on is set up.
var signOnReader = viewer.or(operator.ForSignOn)

func (s *Server) signOnRoutes() []route {
	return []route{
		get(signOnPath, signOnReader, s.signOn),
		get(signOnPath+"/new", signOnEditor, s.signOnNew),
		post(signOnPath, signOnEditor, "createSignOnConnection", s.signOnCreate),
		get(signOnPath+"/:id", signOnReader, s.signOnConnection),
		post(signOnPath+"/:id", signOnEditor, "changeSignOnConnection", s.signOnChange),
		post(signOnPath+"/:id/copy", signOnEditor, "copySignOnConnection", s.signOnCopy),
		post(signOnPath+"/:id/remove", signOnEditor, "removeSignOnConnection", s.signOnRemove),
		get(signOnPath+"/:id/test", signOnEditor, s.signOnTest),
		post(signOnPath+"/:id/offer", owner, "offerSignOn", s.signOnOffered),
		get(signOnPath+"/:id/enforce", owner, s.signOnEnforcing),
		post(signOnPath+"/:id/enforce", owner, "enforceSignOn", s.signOnEnforce),
		post(signOnPath+"/off", owner, "turnOffSignOn", s.signOnOff),
		post(signOnPath+"/codes", owner, "renewRecoveryCodes", s.signOnCodes),
	}
}

// signOn is the page of how people sign in.
func (s *Server) signOn(x *exchange) error {
	policy, err := s.SignOn.Policy(x.context(), x.tenant.ID)
	if err != nil {
		return err
	}
	list, err := s.SignOn.List(x.context(), x.tenant.ID)
	if err != nil {
		return err
	}
	codes, err := s.SignOn.Codes(x.context(), x.tenant.ID)
	if err != nil {
		return err
	}
	return x.show("sign_on", struct {
		Policy    signon.Policy
		By        string
		List      []signon.Connection
		Codes     signon.Codes
		Providers []signOnProvider
		Full      bool
		Owner     bool
		Editor    bool
		Now       time.Time
	}{
		policy, s.actorName(x, policy.Connection.StateBy), list, codes, signOnProviders, len(list) >= signon.MaxConnections,
		x.isOwner(), x.viewer.may(signOnEditor), x.now(),
	})
}

// isOwner says whether the viewer is an owner herself, and no operator who visits: recovery codes are the tenant's alone.
func (x *exchange) isOwner() bool { return x.viewer.Kind == byAdmin && x.viewer.may(owner) }

// actorName is the name of one of them, "" for nobody. That it cannot be found out is no reason not to show a page.
func (s *Server) actorName(x *exchange, actor string) string {
	who, err := s.actors(x)
	if err != nil || actor == "" {
		return actor
	}
	return who.name(actor)
}
