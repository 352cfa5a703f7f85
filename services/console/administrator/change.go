package administrator

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/services/console/letter"
	"github.com/askspoke/spoke/services/console/place"
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/services/console/word"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/outbox"
	"github.com/askspoke/spoke/tenancy/ratelimit"
)

// invite makes an administrator and sends the invitation; where no mail is sent it shows a link, once.
func (s *Pages) invite(x *web.Exchange) error {
	form := inviteForm{Name: x.PostForm("name"), Email: x.PostForm("email"), Role: x.PostForm("role")}
	if err := s.mayInvite(x, form.Email); err != nil {
		return err
	}
	a, err := s.Admins.Add(x.Context(), admin.NewAdministrator{
		ID: uuid.NewString(), Tenant: x.Tenant.ID, Email: form.Email, Name: form.Name, Role: admin.Role(form.Role), CreatedBy: x.Viewer.Actor,
	})
	switch {
	case err == nil:
		x.Resource = a.ID
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
		return web.Refuse(http.StatusConflict, "There are too many administrators", "%s has %d, which is the most. Remove one first.", x.TenantName(), admin.MaxAdministrators).
			At(place.Administrators, "To the administrators").Because(err)
	default:
		return err
	}
	data, err := s.administratorsData(x, form)
	if err != nil {
		return err
	}
	return x.ShowAgain("administrators", data)
}

// inviteAgain is for an administrator who has not signed in yet.
func (s *Pages) inviteAgain(x *web.Exchange) error {
	a, err := s.Admins.Get(x.Context(), x.Tenant.ID, x.Param("id"))
	if err != nil {
		return adminRefusal(x, err)
	}
	x.Resource = a.ID
	if err := s.mayInvite(x, a.Email); err != nil {
		return err
	}
	return s.sendInvitation(x, a)
}

// How many invitations are mailed: to one address, which need not be that of somebody who wants any, and for a tenant.
var (
	invitedTo = ratelimit.Rate{PerSecond: 5. / 3600, Burst: 5}
	invitedBy = ratelimit.Rate{PerSecond: 60. / 3600, Burst: 60}
)

// mayInvite refuses to plague anybody with invitations: who removes somebody and invites them again is counted as well.
func (s *Pages) mayInvite(x *web.Exchange, email string) error {
	if s.Outbox == nil {
		return nil
	}
	hash := sha256.Sum256([]byte(outbox.FoldAddress(strings.TrimSpace(email))))
	for _, l := range []struct {
		key  string
		rate ratelimit.Rate
	}{
		{string(x.Tenant.ID) + " " + hex.EncodeToString(hash[:]) + " invitation", invitedTo},
		{string(x.Tenant.ID) + " invitation", invitedBy},
	} {
		d, err := s.Attempts.Take(x.Context(), ratelimit.Subject{Class: ratelimit.Authentication, Key: l.key}, l.rate)
		if err != nil {
			return err
		}
		if d.Outcome == ratelimit.Refused {
			d.Header(x.Writer.Header())
			return web.Refuse(http.StatusTooManyRequests, "There were too many invitations", "Nothing was sent this time. Those that were are good for %s; try again in %s.",
				word.Roughly(admin.InvitationLife), word.Roughly(d.RetryAfter)).At(place.Administrators, "To the administrators")
		}
	}
	return nil
}

func (s *Pages) sendInvitation(x *web.Exchange, a admin.Administrator) error {
	// From here on it is her user that counts, also while she has not signed in and whatever becomes of its address.
	if _, err := s.Accounts.LinkUser(x.Context(), &a); err != nil {
		return adminRefusal(x, err)
	}
	secret, made, err := s.Admins.CreateInvitation(x.Context(), x.Tenant.ID, a.ID)
	if errors.Is(err, admin.ErrNotFound) {
		return web.Refuse(http.StatusConflict, "There is no need to invite them", "%s has signed in already, or was removed just now.", a.Email).
			At(place.Administrators, "To the administrators").Because(err)
	}
	if err != nil {
		return err
	}
	l := letter.To(x, a)
	l.ID, l.URL, l.Life, l.By, l.Role = made.ID, l.URL+secret.Reveal(), word.Roughly(admin.InvitationLife), x.Viewer.Name, roleWithArticle(a.Role)
	if s.Outbox == nil {
		return x.Show("invitation", map[string]any{"Administrator": a, "URL": l.URL, "Life": l.Life})
	}
	if err := l.Send(x.Context(), s.Outbox); err != nil {
		return err
	}
	return x.SeeOther(place.Administrators, web.Done("%s is invited as %s. The mail is on its way.", a.Email, l.Role))
}

func roleWithArticle(r admin.Role) string {
	if r == admin.Viewer {
		return "a viewer"
	}
	return "an " + string(r)
}

func (s *Pages) setRole(x *web.Exchange) error {
	if _, err := uuid.Parse(x.Param("id")); err == nil {
		x.Resource = x.Param("id")
	}
	a, err := s.Admins.SetRole(x.Context(), x.Tenant.ID, x.Param("id"), admin.Role(x.PostForm("role")))
	if err != nil {
		return adminRefusal(x, err)
	}
	return x.SeeOther(place.Administrators, web.Done("%s is %s now.", a.Email, roleWithArticle(a.Role)))
}

func (s *Pages) removeAdministrator(x *web.Exchange) error {
	a, err := s.Admins.Get(x.Context(), x.Tenant.ID, x.Param("id"))
	if err != nil {
		return adminRefusal(x, err)
	}
	x.Resource = a.ID
	if err := s.Admins.Remove(x.Context(), x.Tenant.ID, a.ID); err != nil {
		return adminRefusal(x, err)
	}
	if a.ID == x.Viewer.Admin.ID {
		if err := x.SignOut(); err != nil {
			return err
		}
		return x.SeeOther(place.SignIn)
	}
	return x.SeeOther(place.Administrators, web.Done("%s is no administrator any more, and signed out everywhere.", a.Email))
}

// signOutEverywhere ends all sessions of an administrator: each may end their own, and an owner those of others.
func (s *Pages) signOutEverywhere(x *web.Exchange) error {
	self := x.Viewer.Admin.ID != "" && x.Viewer.Admin.ID == x.Param("id")
	if !self && !x.Viewer.Role.Includes(admin.Owner) {
		return web.Refuse(http.StatusForbidden, "You may not do this", "An owner can sign others out. You can sign out yourself.").At(place.Administrators, "To the administrators")
	}
	a, err := s.Admins.Get(x.Context(), x.Tenant.ID, x.Param("id"))
	if err != nil {
		return adminRefusal(x, err)
	}
	x.Resource = a.ID
	if err := s.Admins.EndSessions(x.Context(), x.Tenant.ID, a.ID, x.Now()); err != nil {
		return adminRefusal(x, err)
	}
	if self {
		if err := x.SignOut(); err != nil {
			return err
		}
		return x.SeeOther(place.SignIn)
	}
	return x.SeeOther(place.Administrators, web.Done("%s is signed out everywhere.", a.Email))
}

// endVisit ends an operator's visit, at once.
func (s *Pages) endVisit(x *web.Exchange) error {
	id := x.Param("id")
	err := s.Admins.EndImpersonation(x.Context(), x.Tenant.ID, id)
	if errors.Is(err, admin.ErrNoImpersonation) {
		return web.ErrNothingHere.Because(err)
	}
	if err != nil {
		return err
	}
	x.Resource = id
	return x.SeeOther(place.Administrators, web.Done("The visit is ended."))
}
