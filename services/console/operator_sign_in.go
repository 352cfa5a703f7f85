package console

import (
	"errors"
	"net/http"
	"time"

	"github.com/askspoke/spoke/tenancy/operator"
)

// operatorLife is how long an operator's session lasts.
const operatorLife = 8 * time.Hour

func (s *Server) operatorSignInRoutes() []route {
	return []route{
		get(signInPath, anyone, s.operatorSignIn),
		get(signInPath+"/link/:secret", anyone, s.operatorLink),
		post(signInPath+"/link/:secret", anyone, "signInOperator", s.openOperatorLink),
		post("/sign-out", anyone, "", s.leaveOperator),
	}
}

// operatorSignIn says how an operator signs in.
func (s *Server) operatorSignIn(x *exchange) error {
	return x.show("operator_sign_in", nil)
}

// operatorLink shows the button that uses the link: who only looks at it, as mail scanners do, uses nothing.
func (s *Server) operatorLink(x *exchange) error {
	return x.show("open", opening{
		Title: "Sign in to Spoke's console", Text: "This link signs you in once, as an operator of all tenants.", Button: "Sign in",
	})
}

// opening is what the page of a link shows, whose button uses it.
type opening struct{ Title, Text, Button string }

func (s *Server) openOperatorLink(x *exchange) error {
	who, err := s.Operators.OpenSignIn(x.context(), x.Param("secret"))
	if errors.Is(err, operator.ErrRejected) {
		return refuse(http.StatusForbidden, "This link does not open anything", "It was used, or it is older than %d minutes. Make another: spoke operator link", int(operator.SignInLife.Minutes())).because(err)
	}
	if err != nil {
		return err
	}
	x.viewer = Viewer{Kind: byOperator, Actor: who.Actor, Name: who.Name, Operator: who} // for the log
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
