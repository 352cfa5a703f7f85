package console

import (
	"errors"
	"net/http"
	"net/url"
	"testing"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/operator"
)

// as returns a browser at acme in which an administrator with a role, whose name begins the address, is signed in.
func (w *world) as(t *testing.T, role admin.Role) *browser {
	t.Helper()
	return w.asAt(t, w.acme, role)
}

func (w *world) asAt(t *testing.T, tenant tenancy.Tenant, role admin.Role) *browser {
	t.Helper()
	email := string(role) + "@" + string(tenant.Slug) + ".example"
	a, err := w.Admins.ByEmail(t.Context(), tenant.ID, email)
	if errors.Is(err, admin.ErrNotFound) {
		a, err = w.Admins.Add(t.Context(), admin.NewAdministrator{
			ID: uuid.NewString(), Tenant: tenant.ID, Email: email, Name: "The " + string(role), Role: role, CreatedBy: operator.Shell,
		})
	}
	must(t, err)
	return w.withSession(t, string(tenant.Slug)+".askspoke.test", standing{Kind: byAdmin, Tenant: tenant.ID, ID: a.ID})
}

// withLink returns a browser at acme that came by a set-up link.
func (w *world) withLink(t *testing.T, purpose operator.Purpose) *browser {
	t.Helper()
	return w.withLinkAt(t, "acme.askspoke.test", purpose)
}

// withLinkAt is withLink at another host of acme's.
func (w *world) withLinkAt(t *testing.T, host string, purpose operator.Purpose) *browser {
	t.Helper()
	_, l, err := w.Operators.CreateLink(t.Context(), operator.NewLink{Tenant: w.acme.ID, Purpose: purpose, CreatedBy: operator.Shell})
	must(t, err)
	return w.withSession(t, host, standing{Kind: byLink, Tenant: w.acme.ID, ID: l.ID, Purpose: purpose})
}

// withSession returns a browser at a host that has a session.
func (w *world) withSession(t *testing.T, host string, who standing) *browser {
	t.Helper()
	who.Began = w.clock.now()
	who.Until = who.Began.Add(sessionLife)
	ctx, err := w.sessions.Load(t.Context(), "")
	must(t, err)
	x := &exchange{server: w.Server, session: ctx}
	x.put(standingKey, who)
	secret, _, err := w.sessions.Commit(ctx)
	must(t, err)
	b := w.at(t, host)
	b.client.Jar.SetCookies(&url.URL{Scheme: "http", Host: host, Path: "/"}, []*http.Cookie{{Name: w.sessions.Cookie.Name, Value: secret, Path: "/"}})
	return b
}

// operatorWith returns a browser at the operator's host in which an operator with a role came by a link from the shell.
func (w *world) operatorWith(t *testing.T, role operator.Role) *browser {
	t.Helper()
	secret, _, err := w.Operators.CreateSignIn(t.Context(), operator.Identity{Actor: operator.ShellActor("ann"), Name: "ann", Role: role})
	must(t, err)
	b := w.at(t, operatorHost)
	path := "/sign-in/link/" + secret.Reveal()
	b.get(t, path).is(t, http.StatusOK).has(t, "Sign in to Spoke's console") // a look uses nothing
	b.post(t, path, nil).is(t, http.StatusSeeOther)
	b.post(t, path, nil).is(t, http.StatusForbidden).has(t, "This link does not open anything")
	return b
}

const operatorHost = "console.askspoke.test"
