package signin

import (
	"context"
	"errors"
	"net/http"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/services/console/account"
	"github.com/askspoke/spoke/services/console/place"
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/signon"
)

// Refusals of people whom their provider let in.
func (s *Pages) refuseStranger(x *web.Exchange, p signon.Person) error {
	return web.Refuse(http.StatusForbidden, "You are not an administrator here",
		"Your identity provider let you in as %s, who is no administrator of %s. Ask one of them to add you, or sign in with another account.", p.Email, x.Tenant.Name).
		At(place.SignIn, "Back to signing in")
}

func (s *Pages) refuseDisabled(x *web.Exchange) error {
	return web.Refuse(http.StatusForbidden, "Your account was disabled",
		"%s's directory has your account as disabled or deleted, so you cannot sign in. Whoever manages accounts there can enable it again.", x.Tenant.Name).
		At(place.SignIn, "Back to signing in")
}

// enter signs a person in whom a connection's provider let in: an administrator, or, where the connection says so, a user
// of the directory, who becomes a viewer. Whoever the directory has disabled is refused.
func (s *Pages) enter(x *web.Exchange, c signon.Connection, p signon.Person, next string) error {
	if !p.EmailVerified || p.Email == "" {
		return s.refuseStranger(x, p)
	}
	a, err := s.Admins.ByEmail(x.Context(), x.Tenant.ID, p.Email)
	if errors.Is(err, admin.ErrNotFound) {
		a, err = s.provision(x, c, p)
	}
	if err != nil {
		return err
	}
	life := web.SessionLife
	if !p.Until.IsZero() { // the provider has not said it for nothing
		life = min(life, p.Until.Sub(x.Now()))
	}
	return s.admit(x, a, way{by: string(c.Kind), operation: "signInBySignOn", life: life}, next, func(ctx context.Context) error {
		return s.SignOn.Came(ctx, c, a.ID, p.Subject)
	})
}

// provision makes a viewer of an active user of the directory.
func (s *Pages) provision(x *web.Exchange, c signon.Connection, p signon.Person) (admin.Administrator, error) {
	if !c.Provision {
		return admin.Administrator{}, s.refuseStranger(x, p)
	}
	user, state, err := s.Accounts.InDirectory(x.Context(), admin.Administrator{Tenant: x.Tenant.ID, Email: p.Email})
	switch {
	case err != nil:
		return admin.Administrator{}, err
	case state == account.Disabled:
		return admin.Administrator{}, s.refuseDisabled(x)
	case state == account.Unlisted:
		return admin.Administrator{}, s.refuseStranger(x, p)
	}
	a, err := s.Admins.Add(x.Context(), admin.NewAdministrator{
		ID: uuid.NewString(), Tenant: x.Tenant.ID, Email: p.Email, Name: nameOf(p, user), Role: admin.Viewer, CreatedBy: "sign_on:" + c.ID,
	})
	switch {
	case errors.Is(err, admin.ErrExists): // somebody added her a moment ago
		return s.Admins.ByEmail(x.Context(), x.Tenant.ID, p.Email)
	case errors.Is(err, admin.ErrLimit):
		return a, web.Refuse(http.StatusConflict, "There are as many administrators as there can be",
			"You would have become a viewer, but %s has no room for another administrator. Ask an owner to remove one who does not need it.", x.Tenant.Name).Because(err).At(place.SignIn, "Back to signing in")
	}
	return a, err
}

// nameOf returns what a person is called.
func nameOf(p signon.Person, user directory.Person) string {
	for _, name := range []string{p.Name, signon.Line(user.DisplayName, 100), p.Email} {
		if name != "" && len([]rune(name)) <= 100 {
			return name
		}
	}
	return "Viewer"
}
