package console

import (
	"context"
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
	if err := s.recordEntry(x, "signInOperator"); err != nil {
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

// opening is what the page of a link shows, whose button uses it.
type opening struct{ Title, Text, Button string }

// openOperatorLink uses the link up last: once the audit log has it and the session is kept.
func (s *Server) openOperatorLink(x *exchange) error {
	id, who, err := s.Operators.LookSignIn(x.context(), x.Param("secret"))
	if err != nil {
		return operatorLinkRefusal(err)
	}
	x.viewer = Viewer{Kind: byOperator, Actor: who.Actor, Name: who.Name, Operator: who}
	if err := s.recordEntry(x, "signInOperator"); err != nil {
		return err
	}
	err = x.signInBy(standing{Kind: byOperator, ID: id, Operator: who, By: "link"}, operatorLife, func(ctx context.Context) error {
		_, err := s.Operators.OpenSignIn(ctx, x.Param("secret"))
		return operatorLinkRefusal(err)
	})
	if err != nil {
		return err
	}
	return x.seeOther("/")
}

// operating returns the viewer of an operator's session, and nobody where the link that began it was revoked, or where the
// settings give no role any more to what the provider said. What the provider would say now is not asked: its session is short.
func (s *Server) operating(ctx context.Context, who standing) (Viewer, error) {
	var now operator.Identity
	var err error
	switch {
	case who.By == "link":
		now, err = s.Operators.SignedIn(ctx, who.ID)
	case who.By == "oidc" && s.OperatorSignOn != nil:
		now, err = s.OperatorSignOn.Again(who.Operator)
	default: // nobody signs in at a provider any more
		return Viewer{}, nil
	}
	switch {
	case errors.Is(err, operator.ErrNotFound), errors.Is(err, operator.ErrRejected):
		return Viewer{}, nil
	case err != nil:
		return Viewer{}, err
	}
	return Viewer{Kind: byOperator, Actor: now.Actor, Name: now.Name, Operator: now}, nil
}

// operatorLinkRefusal says in words why an operator's link is refused; another error, and nil, stays what it is.
func operatorLinkRefusal(err error) error {
	if errors.Is(err, operator.ErrRejected) {
		return refuse(http.StatusForbidden, "This link does not open anything", "It was used, or it is older than %d minutes. Make another: spoke operator link", int(operator.SignInLife.Minutes())).because(err)
	}
	return err
}

func (s *Server) leaveOperator(x *exchange) error {
	if err := x.signOut(); err != nil {
		return err
	}
	return x.seeOther(signInPath)
}
