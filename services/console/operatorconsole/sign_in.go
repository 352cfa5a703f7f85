package operatorconsole

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/askspoke/spoke/services/console/place"
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/tenancy/operator"
)

// How long an operator's session lasts: one that the shell began, and one that the provider did, which may take the role
// away meanwhile.
const (
	operatorLife = 8 * time.Hour
	signOnLife   = time.Hour
)

// operatorFlowKey is where a session keeps a sign-on that is under way.
const operatorFlowKey = "operator_flow"

// beginOperatorSignOn sends the browser to the operators' OpenID provider.
func (s *Pages) beginOperatorSignOn(x *web.Exchange) error {
	if s.OperatorSignOn == nil {
		return web.ErrNothingHere
	}
	if err := x.Slow("sign-on", web.SignOnRate); err != nil { // each asks the provider, and keeps a session
		return err
	}
	flow, where, err := s.OperatorSignOn.Begin(x.Context())
	if err != nil {
		return providerAway(err)
	}
	x.Put(operatorFlowKey, flow)
	return x.SeeOther(where)
}

// finishOperatorSignOn takes the provider's answer.
func (s *Pages) finishOperatorSignOn(x *web.Exchange) error {
	if s.OperatorSignOn == nil {
		return web.ErrNothingHere
	}
	var flow operator.SignOnFlow
	x.Pop(operatorFlowKey, &flow)
	who, err := s.OperatorSignOn.Finish(x.Context(), flow, x.Request.URL.Query())
	switch {
	case errors.Is(err, operator.ErrNoRole):
		return web.Refuse(http.StatusForbidden, "You have no role here", "The provider let you in, and gave you no role of Spoke's. Ask whoever runs it for one: read, manage or admin.").At(place.SignIn, "Back").Because(err)
	case errors.Is(err, operator.ErrRejected):
		return web.Refuse(http.StatusForbidden, "You could not be signed in", "The provider's answer does not count: it was refused, came late, or answers another browser's question.").At(place.SignIn, "Begin again").Because(err)
	case err != nil:
		return providerAway(err)
	}
	x.Viewer = web.Viewer{Kind: web.ByOperator, Actor: who.Actor, Name: who.Name, Operator: who}
	if err := x.RecordEntry("signInOperator"); err != nil {
		return err
	}
	// The session is kept before the audit log's entry is concluded, which so says what came of it.
	err = x.SignInBy(web.Standing{Kind: web.ByOperator, ID: who.Actor, Operator: who, By: "oidc"}, signOnLife, func(context.Context) error { return nil })
	if err != nil {
		return err
	}
	return x.SeeOther("/")
}

func providerAway(err error) error {
	if errors.Is(err, operator.ErrProvider) {
		return web.Refuse(http.StatusBadGateway, "The OpenID provider does not answer", "Try again in a minute. Until then, a link from the shell signs you in.").At(place.SignIn, "Back").Because(err)
	}
	return err
}

func (s *Pages) operatorSignInRoutes() []web.Route {
	return []web.Route{
		web.Get(place.SignIn, web.Anyone, s.operatorSignIn),
		web.Get(place.SignIn+"/oidc", web.Anyone, s.beginOperatorSignOn),
		web.Get(place.SignIn+"/oidc/callback", web.Anyone, s.finishOperatorSignOn),
		web.Get(place.SignIn+"/link/:secret", web.Anyone, s.operatorLink),
		web.Post(place.SignIn+"/link/:secret", web.Anyone, "", s.openOperatorLink),
		web.Post("/sign-out", web.Anyone, "", s.leaveOperator),
	}
}

// operatorSignIn says how an operator signs in.
func (s *Pages) operatorSignIn(x *web.Exchange) error {
	return x.Show("operator_sign_in", struct{ SignOn bool }{s.OperatorSignOn != nil})
}

// operatorLink shows the button that uses the link: who only looks at it, as mail scanners do, uses nothing.
func (s *Pages) operatorLink(x *web.Exchange) error {
	return x.Show("open", web.Opening{
		Title: "Sign in to Spoke's console", Text: "This link signs you in once, as an operator of all tenants.", Button: "Sign in",
	})
}

// openOperatorLink uses the link up last: once the audit log has it and the session is kept.
func (s *Pages) openOperatorLink(x *web.Exchange) error {
	id, who, err := s.Operators.LookSignIn(x.Context(), x.Param("secret"))
	if err != nil {
		return operatorLinkRefusal(err)
	}
	x.Viewer = web.Viewer{Kind: web.ByOperator, Actor: who.Actor, Name: who.Name, Operator: who}
	if err := x.RecordEntry("signInOperator"); err != nil {
		return err
	}
	err = x.SignInBy(web.Standing{Kind: web.ByOperator, ID: id, Operator: who, By: "link"}, operatorLife, func(ctx context.Context) error {
		_, err := s.Operators.OpenSignIn(ctx, x.Param("secret"))
		return operatorLinkRefusal(err)
	})
	if err != nil {
		return err
	}
	return x.SeeOther("/")
}

// operatorLinkRefusal says in words why an operator's link is refused; another error, and nil, stays what it is.
func operatorLinkRefusal(err error) error {
	if errors.Is(err, operator.ErrRejected) {
		return web.Refuse(http.StatusForbidden, "This link does not open anything", "It was used, or it is older than %d minutes. Make another: spoke operator link", int(operator.SignInLife.Minutes())).Because(err)
	}
	return err
}

// leaveOperator ends the session. Who is not signed in is answered alike.
func (s *Pages) leaveOperator(x *web.Exchange) error {
	if x.Viewer.SignedIn() {
		call := operator.Call{Actor: x.Viewer.Actor, Name: x.Viewer.Name, Role: operator.Role(x.Viewer.RoleText()), Operation: "signOut"}
		if err := x.RecordAs(call); err != nil {
			return err
		}
	}
	if err := x.SignOut(); err != nil {
		return err
	}
	return x.SeeOther(place.SignIn)
}
