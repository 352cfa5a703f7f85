package console

import (
	"context"
	"errors"
	"net/http"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/admin"
)

// visitPath is where an operator's visit begins, on the tenant's host; its secret follows.
const visitPath = "/visit/"

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

// visit begins the session of an operator at a tenant. The link is used up last: once the audit log has the visit and the
// session is kept.
func (s *Server) visit(x *exchange) error {
	i, err := s.Admins.LookImpersonation(x.context(), x.tenant.ID, x.Param("secret"))
	if err != nil {
		return visitRefusal(err)
	}
	x.resource, x.viewer = i.ID, visitor(i)
	if err := s.recordEntry(x, "openImpersonation"); err != nil {
		return err
	}
	err = x.signInBy(standing{Kind: impersonate, ID: i.ID, By: "link"}, i.ExpiresAt.Sub(x.now()), func(ctx context.Context) error {
		_, err := s.Admins.OpenImpersonation(ctx, x.tenant.ID, x.Param("secret"))
		return visitRefusal(err)
	})
	if err != nil {
		return err
	}
	return x.seeOther("/")
}

// visitRefusal says in words why a visit's link is refused; another error, and nil, stays what it is.
func visitRefusal(err error) error {
	if errors.Is(err, admin.ErrRejected) {
		return refuse(http.StatusForbidden, "This link does not open anything", "It was used, ended, or made more than %d minutes ago. Make another in the operator's console.",
			int(admin.ImpersonationOpen.Minutes())).because(err)
	}
	return err
}

// visiting returns the viewer of an operator's visit, and nobody when it was ended.
func (s *Server) visiting(ctx context.Context, tenant tenancy.Tenant, id string) (Viewer, error) {
	i, err := s.Admins.Impersonation(ctx, tenant.ID, id)
	switch {
	case errors.Is(err, admin.ErrNoImpersonation):
		return Viewer{}, nil
	case err != nil:
		return Viewer{}, err
	case i.Over(s.config.Now()):
		return Viewer{}, nil
	}
	return visitor(i), nil
}

func visitor(i admin.Impersonation) Viewer {
	return Viewer{Kind: impersonate, Actor: i.Actor(), Name: i.Name, Role: i.Role, Impersonation: i}
}
