package console

import (
	"context"
	"errors"
	"net/http"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/signon"
)

// Refusals of people whom their provider let in.
func (x *exchange) refuseStranger(p signon.Person) error {
	return refuse(http.StatusForbidden, "You are not an administrator here",
		"Your identity provider let you in as %s, who is no administrator of %s. Ask one of them to add you, or sign in with another account.", p.Email, x.tenant.Name).
		at(signInPath, "Back to signing in")
}

func (x *exchange) refuseDisabled() error {
	return refuse(http.StatusForbidden, "Your account was disabled",
		"%s's directory has your account as disabled or deleted, so you cannot sign in. Whoever manages accounts there can enable it again.", x.tenant.Name).
		at(signInPath, "Back to signing in")
}

// enter signs a person in whom a connection's provider let in: an administrator, or, where the connection says so, a user
// of the directory, who becomes a viewer. Whoever the directory has disabled is refused.
func (x *exchange) enter(c signon.Connection, p signon.Person, next string) error {
	s := x.server
	if !p.EmailVerified || p.Email == "" {
		return x.refuseStranger(p)
	}
	a, err := s.Admins.ByEmail(x.context(), x.tenant.ID, p.Email)
	if errors.Is(err, admin.ErrNotFound) {
		a, err = x.provision(c, p)
	}
	if err != nil {
		return err
	}
	return s.admit(x, a, way{by: string(c.Kind), operation: "signInBySignOn", life: sessionLife}, next, func(ctx context.Context) error {
		return s.SignOn.Came(ctx, c, a.ID, p.Subject)
	})
}

// provision makes a viewer of an active user of the directory.
func (x *exchange) provision(c signon.Connection, p signon.Person) (admin.Administrator, error) {
	if !c.Provision {
		return admin.Administrator{}, x.refuseStranger(p)
	}
	user, state, err := x.server.inDirectory(x.context(), admin.Administrator{Tenant: x.tenant.ID, Email: p.Email})
	switch {
	case err != nil:
		return admin.Administrator{}, err
	case state == disabled:
		return admin.Administrator{}, x.refuseDisabled()
	case state == unlisted:
		return admin.Administrator{}, x.refuseStranger(p)
	}
	a, err := x.server.Admins.Add(x.context(), admin.NewAdministrator{
		ID: uuid.NewString(), Tenant: x.tenant.ID, Email: p.Email, Name: nameOf(p, user), Role: admin.Viewer, CreatedBy: "sign_on:" + c.ID,
	})
	switch {
	case errors.Is(err, admin.ErrExists): // somebody added her a moment ago
		return x.server.Admins.ByEmail(x.context(), x.tenant.ID, p.Email)
	case errors.Is(err, admin.ErrLimit):
		return a, refuse(http.StatusConflict, "There are as many administrators as there can be",
			"You would have become a viewer, but %s has no room for another administrator. Ask an owner to remove one who does not need it.", x.tenant.Name).because(err).at(signInPath, "Back to signing in")
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
