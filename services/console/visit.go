package console

import (
	"errors"
	"net/http"

	"github.com/askspoke/spoke/tenancy/admin"
)

func (s *Server) visitRoutes() []route {
	return []route{
		get(visitPath+":secret", anyone, s.visitPage),
		post(visitPath+":secret", anyone, "", s.visit),
	}
}

func (s *Server) visitPage(x *exchange) error {
	return x.show("open", opening{
		Title: "Open the console of " + x.tenant.Name, Button: "Open it",
		Text: "You come as an operator. The administrators of " + x.tenant.Name + " see that you were here and why, and each change is in the audit log.",
	})
}

// visit begins the session of an operator at a tenant.
func (s *Server) visit(x *exchange) error {
	i, err := s.Admins.OpenImpersonation(x.context(), x.tenant.ID, x.Param("secret"))
	if errors.Is(err, admin.ErrRejected) {
		return refuse(http.StatusForbidden, "This link does not open anything", "It was used, ended, or made more than %d minutes ago. Make another in the operator's console.",
			int(admin.ImpersonationOpen.Minutes())).because(err)
	}
	if err != nil {
		return err
	}
	x.resource, x.viewer = i.ID, visitor(i)
	if err := x.recordEntry("openImpersonation"); err != nil {
		return err
	}
	if err := x.signIn(standing{Kind: impersonate, ID: i.ID, By: "link"}, i.ExpiresAt.Sub(x.now())); err != nil {
		return err
	}
	return x.seeOther("/")
}
