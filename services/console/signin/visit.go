package signin

import (
	"context"
	"errors"
	"net/http"

	"github.com/askspoke/spoke/services/console/account"
	"github.com/askspoke/spoke/services/console/place"
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/tenancy/admin"
)

func (s *Pages) visitRoutes() []web.Route {
	return []web.Route{
		web.Get(place.Visit+":secret", web.Anyone, s.visitPage),
		web.Post(place.Visit+":secret", web.Anyone, "", s.visit),
	}
}

func (s *Pages) visitPage(x *web.Exchange) error {
	return x.Show("open", web.Opening{
		Title: "Open the console of " + x.Tenant.Name, Button: "Open it",
		Text: "You come as an operator. The administrators of " + x.Tenant.Name + " see that you were here and why, and each change is in the audit log.",
	})
}

// visit begins the session of an operator at a tenant. The link is used up last: once the audit log has the visit and the
// session is kept.
func (s *Pages) visit(x *web.Exchange) error {
	i, err := s.Admins.LookImpersonation(x.Context(), x.Tenant.ID, x.Param("secret"))
	if err != nil {
		return visitRefusal(err)
	}
	x.Resource, x.Viewer = i.ID, account.Visitor(i)
	if err := x.RecordEntry("openImpersonation"); err != nil {
		return err
	}
	err = x.SignInBy(web.Standing{Kind: web.ByVisit, ID: i.ID, By: "link"}, i.ExpiresAt.Sub(x.Now()), func(ctx context.Context) error {
		_, err := s.Admins.OpenImpersonation(ctx, x.Tenant.ID, x.Param("secret"))
		return visitRefusal(err)
	})
	if err != nil {
		return err
	}
	return x.SeeOther("/")
}

// visitRefusal says in words why a visit's link is refused; another error, and nil, stays what it is.
func visitRefusal(err error) error {
	if errors.Is(err, admin.ErrRejected) {
		return web.Refuse(http.StatusForbidden, "This link does not open anything", "It was used, ended, or made more than %d minutes ago. Make another in the operator's console.",
			int(admin.ImpersonationOpen.Minutes())).Because(err)
	}
	return err
}
