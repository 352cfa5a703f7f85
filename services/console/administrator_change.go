package console

import (
	"errors"
	"net/http"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/tenancy/admin"
)

// invite makes an administrator and sends the invitation; where no mail is sent it shows a link, once.
func (s *Server) invite(x *exchange) error {
	form := inviteForm{Name: x.PostForm("name"), Email: x.PostForm("email"), Role: x.PostForm("role")}
	a, err := s.Admins.Add(x.context(), admin.NewAdministrator{
		ID: uuid.NewString(), Tenant: x.tenant.ID, Email: form.Email, Name: form.Name, Role: admin.Role(form.Role), CreatedBy: x.viewer.Actor,
	})
	switch {
	case err == nil:
		x.resource = a.ID
		return s.sendInvitation(x, a)
	case errors.Is(err, admin.ErrEmail):
		form.EmailIs = "This is no mail address."
	case errors.Is(err, admin.ErrName):
		form.NameIs = "It has 1 to 100 characters."
	case errors.Is(err, admin.ErrRole):
		form.RoleIs = "Choose one of these."
	case errors.Is(err, admin.ErrExists):
		form.EmailIs = "An administrator has this address already."
	case errors.Is(err, admin.ErrLimit):
		return refuse(http.StatusConflict, "There are too many administrators", "%s has %d, which is the most. Remove one first.", x.tenantName(), admin.MaxAdministrators).
			at(administratorsPath, "To the administrators").because(err)
	default:
		return err
	}
	data, err := s.administratorsData(x, form)
	if err != nil {
		return err
	}
	return x.showAgain("administrators", data)
}

// inviteAgain is for an administrator who has not signed in yet.
func (s *Server) inviteAgain(x *exchange) error {
	a, err := s.Admins.Get(x.context(), x.tenant.ID, x.Param("id"))
	if err != nil {
		return adminRefusal(x, err)
	}
	x.resource = a.ID
	return s.sendInvitation(x, a)
}

func (s *Server) sendInvitation(x *exchange, a admin.Administrator) error {
	secret, made, err := s.Admins.CreateInvitation(x.context(), x.tenant.ID, a.ID)
	if errors.Is(err, admin.ErrNotFound) {
		return refuse(http.StatusConflict, "There is no need to invite them", "%s has signed in already, or was removed just now.", a.Email).
			at(administratorsPath, "To the administrators").because(err)
	}
	if err != nil {
		return err
	}
	l := s.letterTo(x, a)
	l.ID, l.URL, l.Life, l.By, l.Role = made.ID, l.URL+secret.Reveal(), roughly(admin.InvitationLife), x.viewer.Name, roleWithArticle(a.Role)
	if s.Outbox == nil {
		return x.show("invitation", map[string]any{"Administrator": a, "URL": l.URL, "Life": l.Life})
	}
	if err := s.mail(x.context(), l); err != nil {
		return err
	}
	return x.seeOther(administratorsPath, done("%s is invited as %s. The mail is on its way.", a.Email, l.Role))
}

func roleWithArticle(r admin.Role) string {
	if r == admin.Viewer {
		return "a viewer"
	}
	return "an " + string(r)
}

func (s *Server) setRole(x *exchange) error {
	if _, err := uuid.Parse(x.Param("id")); err == nil {
		x.resource = x.Param("id")
	}
	a, err := s.Admins.SetRole(x.context(), x.tenant.ID, x.Param("id"), admin.Role(x.PostForm("role")))
	if err != nil {
		return adminRefusal(x, err)
	}
	return x.seeOther(administratorsPath, done("%s is %s now.", a.Email, roleWithArticle(a.Role)))
}

func (s *Server) removeAdministrator(x *exchange) error {
	a, err := s.Admins.Get(x.context(), x.tenant.ID, x.Param("id"))
	if err != nil {
		return adminRefusal(x, err)
	}
	x.resource = a.ID
	if err := s.Admins.Remove(x.context(), x.tenant.ID, a.ID); err != nil {
		return adminRefusal(x, err)
	}
	if a.ID == x.viewer.Admin.ID {
		if err := x.signOut(); err != nil {
			return err
		}
		return x.seeOther(signInPath)
	}
	return x.seeOther(administratorsPath, done("%s is no administrator any more, and signed out everywhere.", a.Email))
}

// signOutEverywhere ends all sessions of an administrator: each may end their own, and an owner those of others.
func (s *Server) signOutEverywhere(x *exchange) error {
	self := x.viewer.Admin.ID != "" && x.viewer.Admin.ID == x.Param("id")
	if !self && !x.viewer.Role.Includes(admin.Owner) {
		return refuse(http.StatusForbidden, "You may not do this", "An owner can sign others out. You can sign out yourself.").at(administratorsPath, "To the administrators")
	}
	a, err := s.Admins.Get(x.context(), x.tenant.ID, x.Param("id"))
	if err != nil {
		return adminRefusal(x, err)
	}
	x.resource = a.ID
	if err := s.Admins.EndSessions(x.context(), x.tenant.ID, a.ID, x.now()); err != nil {
		return adminRefusal(x, err)
	}
	if self {
		if err := x.signOut(); err != nil {
			return err
		}
		return x.seeOther(signInPath)
	}
	return x.seeOther(administratorsPath, done("%s is signed out everywhere.", a.Email))
}

// endVisit ends an operator's visit, at once.
func (s *Server) endVisit(x *exchange) error {
	id := x.Param("id")
	err := s.Admins.EndImpersonation(x.context(), x.tenant.ID, id)
	if errors.Is(err, admin.ErrNoImpersonation) {
		return errNothingHere.because(err)
	}
	if err != nil {
		return err
	}
	x.resource = id
	return x.seeOther(administratorsPath, done("The visit is ended."))
}
