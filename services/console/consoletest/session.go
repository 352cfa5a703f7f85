package consoletest

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"testing"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/operator"
)

// As returns a browser at acme in which an administrator with a role, whose name begins the address, is signed in.
func (w *World) As(t *testing.T, role admin.Role) *Browser {
	t.Helper()
	return w.AsAt(t, w.Acme, role)
}

// AsAt is As at another tenant.
func (w *World) AsAt(t *testing.T, tenant tenancy.Tenant, role admin.Role) *Browser {
	t.Helper()
	email := string(role) + "@" + string(tenant.Slug) + ".example"
	a, err := w.Admins.ByEmail(t.Context(), tenant.ID, email)
	if errors.Is(err, admin.ErrNotFound) {
		a, err = w.Admins.Add(t.Context(), admin.NewAdministrator{
			ID: uuid.NewString(), Tenant: tenant.ID, Email: email, Name: "The " + string(role), Role: role, CreatedBy: operator.Shell,
		})
	}
	Must(t, err)
	return w.WithSession(t, string(tenant.Slug)+".askspoke.test", web.Standing{Kind: web.ByAdmin, Tenant: tenant.ID, ID: a.ID})
}

// WithLink returns a browser at acme that came by a set-up link.
func (w *World) WithLink(t *testing.T, purpose operator.Purpose) *Browser {
	t.Helper()
	return w.withLinkAt(t, "acme.askspoke.test", purpose)
}

// withLinkAt is withLink at another host of acme's.
func (w *World) withLinkAt(t *testing.T, host string, purpose operator.Purpose) *Browser {
	t.Helper()
	_, l, err := w.Operators.CreateLink(t.Context(), operator.NewLink{Tenant: w.Acme.ID, Purpose: purpose, CreatedBy: operator.Shell})
	Must(t, err)
	return w.WithSession(t, host, web.Standing{Kind: web.ByLink, Tenant: w.Acme.ID, ID: l.ID, Purpose: purpose})
}

// WithSession returns a browser at a host that has a session.
func (w *World) WithSession(t *testing.T, host string, who web.Standing) *Browser {
	t.Helper()
	who.Began = w.Clock.Now()
	who.Until = who.Began.Add(web.SessionLife)
	ctx, err := w.sessions.Load(t.Context(), "")
	Must(t, err)
	text, err := json.Marshal(who)
	Must(t, err)
	w.sessions.Put(ctx, web.StandingKey, string(text))
	secret, _, err := w.sessions.Commit(ctx)
	Must(t, err)
	b := w.At(t, host)
	b.Client.Jar.SetCookies(&url.URL{Scheme: "http", Host: host, Path: "/"}, []*http.Cookie{{Name: w.sessions.Cookie.Name, Value: secret, Path: "/"}})
	return b
}

// OperatorWith returns a browser at the operator's host in which an operator with a role came by a link from the shell.
func (w *World) OperatorWith(t *testing.T, role operator.Role) *Browser {
	t.Helper()
	secret, _, err := w.Operators.CreateSignIn(t.Context(), operator.Identity{Actor: operator.ShellActor("ann"), Name: "ann", Role: role})
	Must(t, err)
	b := w.At(t, OperatorHost)
	path := "/sign-in/link/" + secret.Reveal()
	b.Get(t, path).Is(t, http.StatusOK).Has(t, "Sign in to Spoke's console") // a look uses nothing
	b.Post(t, path, nil).Is(t, http.StatusSeeOther)
	b.Post(t, path, nil).Is(t, http.StatusForbidden).Has(t, "This link does not open anything")
	return b
}

// OperatorHost is where operators have their console.
const OperatorHost = "console.askspoke.test"

// Recalls reads what the browser's session remembers under a key.
func (b *Browser) Recalls(t *testing.T, key string, into any) {
	t.Helper()
	cookies := b.Client.Jar.Cookies(&url.URL{Scheme: "http", Host: b.Host, Path: "/"})
	if len(cookies) != 1 {
		t.Fatalf("%d cookies", len(cookies))
	}
	ctx, err := b.sessions.Load(t.Context(), cookies[0].Value)
	Must(t, err)
	Must(t, json.Unmarshal([]byte(b.sessions.GetString(ctx, key)), into))
}
