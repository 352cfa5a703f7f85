package signin

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/askspoke/spoke/services/console/account"
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/services/console/word"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/operator"
)

// setupForm is the page of a set-up link.
type setupForm struct {
	Purpose             operator.Purpose
	What                string // the purpose in words
	Life                string // of the session that it begins
	Name, Email         string // of the first administrator
	NameIs, EmailIs     string // what is wrong with them
	Problem             string // with both
	Administrator, Mail bool
}

// setupPage shows what a set-up link is for. It does not use it up, since mail scanners open links.
func (s *Pages) setupPage(x *web.Exchange) error {
	l, err := s.Operators.LookLink(x.Context(), x.Tenant.ID, x.Param("secret"))
	if err != nil {
		return s.refuseLink(x, err)
	}
	return x.Show("setup", s.setupForm(l))
}

func (s *Pages) setupForm(l operator.Link) setupForm {
	return setupForm{
		Purpose: l.Purpose, What: web.PurposeText(l.Purpose), Life: word.Roughly(web.GuestLife), Administrator: l.Purpose == operator.ForAdministrator, Mail: s.Outbox != nil,
	}
}

// useSetupLink opens a set-up link: it makes the first administrator, or begins a session for its purpose alone.
func (s *Pages) useSetupLink(x *web.Exchange) error {
	l, err := s.Operators.LookLink(x.Context(), x.Tenant.ID, x.Param("secret"))
	if err != nil {
		return linkRefusal(err)
	}
	if l.Purpose == operator.ForAdministrator {
		return s.firstAdministrator(x, l)
	}
	if err := x.RecordAs(operator.Call{Actor: "link:" + l.ID, Name: "Set-up link", Role: "guest", Operation: "openSetupLink"}); err != nil {
		return err
	}
	x.Resource = l.ID
	err = x.SignInBy(web.Standing{Kind: web.ByLink, ID: l.ID, Purpose: l.Purpose, By: "setup"}, web.GuestLife, func(ctx context.Context) error {
		_, err := s.Operators.OpenLink(ctx, x.Tenant.ID, x.Param("secret"))
		return linkRefusal(err)
	})
	if err != nil {
		return err
	}
	return x.SeeOther(x.HomeOf(web.Viewer{Kind: web.ByLink, Purpose: l.Purpose}))
}

// firstAdministrator makes an owner of who has a set-up link, with the link's id: however it goes on, no two come of one
// link. A mistake in the form uses nothing up, nor does what fails: the link is used up by the transaction that makes the
// account, once the audit log has it and the session is kept.
func (s *Pages) firstAdministrator(x *web.Exchange, l operator.Link) error {
	form := s.setupForm(l)
	form.Name, form.Email = strings.TrimSpace(x.PostForm("name")), strings.TrimSpace(x.PostForm("email"))
	n := admin.NewAdministrator{ID: l.ID, Tenant: x.Tenant.ID, Email: form.Email, Name: form.Name, Role: admin.Owner, CreatedBy: l.CreatedBy}
	switch err := s.Admins.Check(x.Context(), n); {
	case errors.Is(err, admin.ErrName):
		form.NameIs = "It has 1 to 100 characters."
	case errors.Is(err, admin.ErrEmail):
		form.EmailIs = "This is no mail address."
	case errors.Is(err, admin.ErrExists):
		form.EmailIs = "An administrator has this address already. Sign in with it, or have that one removed first."
	case errors.Is(err, admin.ErrLimit):
		return web.Refuse(http.StatusConflict, "There are too many administrators", "%s has %d, which is the most. One must be removed first; this link still works then.",
			x.TenantName(), admin.MaxAdministrators)
	case err != nil:
		return err
	}
	if form.NameIs != "" || form.EmailIs != "" {
		return x.ShowAgain("setup", form)
	}
	// What the identity provider has disabled does not come in by this door either.
	switch _, state, err := s.Accounts.InDirectory(x.Context(), admin.Administrator{Tenant: x.Tenant.ID, Email: form.Email, CreatedAt: l.CreatedAt}); {
	case err != nil:
		return err
	case state == account.Disabled:
		return s.refuseDisabled(x)
	}
	if err := x.RecordAs(operator.Call{Actor: "link:" + l.ID, Name: form.Email, Role: "guest", Operation: "becomeOwner"}); err != nil {
		return err
	}
	x.Resource = l.ID
	n.SignedInAt = x.Now() // before her session begins
	err := x.SignInBy(web.Standing{Kind: web.ByAdmin, ID: l.ID, By: "setup"}, web.SessionLife, func(ctx context.Context) error {
		_, err := s.Admins.AddBy(ctx, n, s.Operators.UseLink(x.Tenant.ID, x.Param("secret")))
		return linkRefusal(err)
	})
	if errors.Is(err, admin.ErrExists) || errors.Is(err, admin.ErrLimit) { // since the check
		return web.Refuse(http.StatusConflict, "The administrators were changed meanwhile", "No account was made, and the link still works. Open it anew.").Because(err)
	}
	if err != nil {
		return err
	}
	return x.SeeOther("/")
}
