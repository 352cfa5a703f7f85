package console

import (
	"errors"
	"net/http"
	"strings"

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
func (s *Server) setupPage(x *exchange) error {
	l, err := s.Operators.LookLink(x.context(), x.tenant.ID, x.Param("secret"))
	if err != nil {
		return linkRefusal(err)
	}
	return x.show("setup", s.setupForm(l))
}

func (s *Server) setupForm(l operator.Link) setupForm {
	return setupForm{
		Purpose: l.Purpose, What: purposeText(l.Purpose), Life: roughly(guestLife), Administrator: l.Purpose == operator.ForAdministrator, Mail: s.Outbox != nil,
	}
}

// useSetupLink opens a set-up link: it makes the first administrator, or begins a session for its purpose alone.
func (s *Server) useSetupLink(x *exchange) error {
	l, err := s.Operators.LookLink(x.context(), x.tenant.ID, x.Param("secret"))
	if err != nil {
		return linkRefusal(err)
	}
	if l.Purpose == operator.ForAdministrator {
		return s.firstAdministrator(x, l)
	}
	if err := s.openSetup(x, l, operator.Call{Actor: "link:" + l.ID, Name: "Set-up link", Role: "guest", Operation: "openSetupLink"}); err != nil {
		return err
	}
	if err := x.signIn(standing{Kind: byLink, ID: l.ID, Purpose: l.Purpose, By: "setup"}, guestLife); err != nil {
		return err
	}
	return x.seeOther(homeOf(Viewer{Kind: byLink, Purpose: l.Purpose}))
}

// openSetup uses a link up, once the audit log has it.
func (s *Server) openSetup(x *exchange, l operator.Link, call operator.Call) error {
	if err := x.recordAs(call); err != nil {
		return err
	}
	x.resource = l.ID
	_, err := s.Operators.OpenLink(x.context(), x.tenant.ID, x.Param("secret"))
	return linkRefusal(err)
}

// firstAdministrator makes an owner of who has a set-up link, with the link's id: however it goes on, no two come of one
// link. A mistake in the form uses nothing up.
func (s *Server) firstAdministrator(x *exchange, l operator.Link) error {
	form := s.setupForm(l)
	form.Name, form.Email = strings.TrimSpace(x.PostForm("name")), strings.TrimSpace(x.PostForm("email"))
	n := admin.NewAdministrator{ID: l.ID, Tenant: x.tenant.ID, Email: form.Email, Name: form.Name, Role: admin.Owner, CreatedBy: l.CreatedBy}
	switch err := s.Admins.Check(x.context(), n); {
	case errors.Is(err, admin.ErrName):
		form.NameIs = "It has 1 to 100 characters."
	case errors.Is(err, admin.ErrEmail):
		form.EmailIs = "This is no mail address."
	case errors.Is(err, admin.ErrExists):
		form.EmailIs = "An administrator has this address already. Sign in with it, or have that one removed first."
	case errors.Is(err, admin.ErrLimit):
		return refuse(http.StatusConflict, "There are too many administrators", "%s has %d, which is the most. One must be removed first; this link still works then.",
			x.tenantName(), admin.MaxAdministrators)
	case err != nil:
		return err
	}
	if form.NameIs != "" || form.EmailIs != "" {
		return x.showAgain("setup", form)
	}
	// What the identity provider has disabled does not come in by this door either.
	switch _, state, err := s.inDirectory(x.context(), admin.Administrator{Tenant: x.tenant.ID, Email: form.Email}); {
	case err != nil:
		return err
	case state == disabled:
		return x.refuseDisabled()
	}
	if err := s.openSetup(x, l, operator.Call{Actor: "link:" + l.ID, Name: form.Email, Role: "guest", Operation: "becomeOwner"}); err != nil {
		return err
	}
	a, err := s.Admins.Add(x.context(), n)
	if err != nil {
		return refuse(http.StatusConflict, "The account could not be made", "The link is used up. Ask whoever sent it for another one.").because(err)
	}
	return s.admit(x, a, way{by: "setup", life: sessionLife}, "/", nil)
}
