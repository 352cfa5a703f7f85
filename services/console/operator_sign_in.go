package console

import (
	"errors"
	"net/http"
	"time"

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
func (s *Server) beginOperatorSignOn(x *exchange) error {
	if s.OperatorSignOn == nil {
		return errNothingHere
	}
	if err := x.slow("sign-on", signOnRate); err != nil { // each asks the provider, and keeps a session
		return err
	}
	flow, where, err := s.OperatorSignOn.Begin(x.context())
	if err != nil {
		return providerAway(err)
	}
	x.put(operatorFlowKey, flow)
	return x.seeOther(where)
}

// finishOperatorSignOn takes the provider's answer.
func (s *Server) finishOperatorSignOn(x *exchange) error {
	if s.OperatorSignOn == nil {
		return errNothingHere
	}
	var flow operator.SignOnFlow
	x.pop(operatorFlowKey, &flow)
	who, err := s.OperatorSignOn.Finish(x.context(), flow, x.Request.URL.Query())
	switch {
	case errors.Is(err, operator.ErrNoRole):
		return refuse(http.StatusForbidden, "You have no role here", "The provider let you in, and gave you no role of Spoke's. Ask whoever runs it for one: read, manage or admin.").at(signInPath, "Back").because(err)
	case errors.Is(err, operator.ErrRejected):
		return refuse(http.StatusForbidden, "You could not be signed in", "The provider's answer does not count: it was refused, came late, or answers another browser's question.").at(signInPath, "Begin again").because(err)
	case err != nil:
		return providerAway(err)
	}
	x.viewer = Viewer{Kind: byOperator, Actor: who.Actor, Name: who.Name, Operator: who}
	if err := x.recordEntry("signInOperator"); err != nil {
		return err
	}
	if err := x.signIn(standing{Kind: byOperator, ID: who.Actor, Operator: who, By: "oidc"}, signOnLife); err != nil {
		return err
	}
	return x.seeOther("/")
}

func providerAway(err error) error {
	if errors.Is(err, operator.ErrProvider) {
		return refuse(http.StatusBadGateway, "The OpenID provider does not answer", "Try again in a minute. Until then, a link from the shell signs you in.").at(signInPath, "Back").because(err)
	}
	return err
}

func (s *Server) operatorSignInRoutes() []route {
	return []route{
		get(signInPath, anyone, s.operatorSignIn),
		get(signInPath+"/oidc", anyone, s.beginOperatorSignOn),
		get(signInPath+"/oidc/callback", anyone, s.finishOperatorSignOn),
		get(signInPath+"/link/:secret", anyone, s.operatorLink),
		post(signInPath+"/link/:secret", anyone, "", s.openOperatorLink),
		post("/sign-out", anyone, "", s.leaveOperator),
	}
}

// operatorSignIn says how an operator signs in.
func (s *Server) operatorSignIn(x *exchange) error {
	return x.show("operator_sign_in", struct{ SignOn bool }{s.OperatorSignOn != nil})
}

// operatorLink shows the button that uses the link: who only looks at it, as mail scanners do, uses nothing.
func (s *Server) operatorLink(x *exchange) error {
	return x.show("open", opening{
		Title: "Sign in to Spoke's console", Text: "This link signs you in once, as an operator of all tenants.", Button: "Sign in",
	})
}

func (s *Server) openOperatorLink(x *exchange) error {
	who, err := s.Operators.OpenSignIn(x.context(), x.Param("secret"))
	if errors.Is(err, operator.ErrRejected) {
		return refuse(http.StatusForbidden, "This link does not open anything", "It was used, or it is older than %d minutes. Make another: spoke operator link", int(operator.SignInLife.Minutes())).because(err)
	}
	if err != nil {
		return err
	}
	x.viewer = Viewer{Kind: byOperator, Actor: who.Actor, Name: who.Name, Operator: who}
	if err := x.recordEntry("signInOperator"); err != nil {
		return err
	}
	if err := x.signIn(standing{Kind: byOperator, ID: who.Actor, Operator: who, By: "link"}, operatorLife); err != nil {
		return err
	}
	return x.seeOther("/")
}

func (s *Server) leaveOperator(x *exchange) error {
	if err := x.signOut(); err != nil {
		return err
	}
	return x.seeOther(signInPath)
}
