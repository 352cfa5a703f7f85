package signin_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/askspoke/spoke/services/console/consoletest"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

func TestSignOnIn(t *testing.T) {
	t.Parallel()
	w, p := consoletest.NewWorld(t), consoletest.OpenIDProvider(t)
	boss := w.As(t, admin.Owner)
	boss.Get(t, "/settings/sign-on").Is(t, http.StatusOK).Has(t, "by links", "Microsoft Entra ID", "Okta")
	boss.Get(t, "/settings/sign-on/new?provider=entra").Is(t, http.StatusOK).Has(t, "App registrations", "http://acme.askspoke.test/sign-in/oidc/callback")
	w.Stranger(t).Get(t, "/sign-in/oidc").Is(t, http.StatusNotFound).Has(t, "Single sign-on is not set up here")
	path := boss.Offers(t, p, nil)
	w.As(t, admin.Viewer) // is an administrator from now on
	before := w.Fingerprint(t)

	b := w.Stranger(t)
	back := b.Comes(t, "/sign-in/oidc?next=%2Fusers", p, "viewer")
	if got := b.Get(t, back).Is(t, http.StatusSeeOther).Header.Get("Location"); got != "/users" {
		t.Errorf("she is led to %s", got)
	}
	b.Get(t, "/settings/sign-on").Is(t, http.StatusOK).Has(t, "viewer@acme.example")
	b.Get(t, back).Is(t, http.StatusBadRequest).Has(t, "This sign-in was not begun in this browser") // once more
	b.Get(t, path).Is(t, http.StatusOK).Has(t, "1 administrator has signed in with it")
	if calls := w.Audit(t, "signInBySignOn"); len(calls) != 1 || calls[0].Name != "viewer@acme.example" {
		t.Errorf("audit log: %+v", calls)
	}
	w.Stranger(t).Goes(t, "/sign-in/oidc", p, "stranger").Is(t, http.StatusForbidden).Has(t, "You are not an administrator here", "stranger@acme.example")
	if w.Fingerprint(t) != before {
		t.Error("signing in has changed the directory")
	}
	if page := boss.Get(t, path).Is(t, http.StatusOK); strings.Contains(page.Body, consoletest.ClientSecret) || strings.Contains(w.Log.String(), consoletest.ClientSecret) {
		t.Error("the client secret shows")
	}
}

// What another browser began, another tenant has, or a next that leads away, gets nobody in or away.
func TestSignOnForgery(t *testing.T) {
	t.Parallel()
	w, p := consoletest.NewWorld(t), consoletest.OpenIDProvider(t)
	w.As(t, admin.Owner).Offers(t, p, nil)
	mallory, victim := w.Stranger(t), w.Stranger(t)
	back := mallory.Comes(t, "/sign-in/oidc", p, "owner")
	victim.Get(t, back).Is(t, http.StatusBadRequest).Has(t, "This sign-in was not begun in this browser")
	victim.Get(t, "/").Is(t, http.StatusSeeOther)
	globex := w.At(t, "globex.askspoke.test")
	globex.Get(t, back).Is(t, http.StatusBadRequest)
	globex.Get(t, "/sign-in/oidc").Is(t, http.StatusNotFound)
	for _, query := range []string{"", "?state=", "?code=x", "?state=x&code=y", "?error=access_denied"} {
		mallory.Get(t, "/sign-in/oidc/callback"+query).Is(t, http.StatusBadRequest)
	}
	for _, next := range []string{"https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/\t/evil.example", ""} {
		b := w.Stranger(t)
		if got := b.Goes(t, "/sign-in/oidc?next="+url.QueryEscape(next), p, "owner").Is(t, http.StatusSeeOther).Header.Get("Location"); got != "/" {
			t.Errorf("next %q leads to %s", next, got)
		}
	}
	// A wrong nonce: the answer to one sign-in of a browser, shown as that to another.
	b := w.Stranger(t)
	first := b.Comes(t, "/sign-in/oidc", p, "owner")
	second := b.Get(t, "/sign-in/oidc").Is(t, http.StatusSeeOther).Header.Get("Location")
	crossed, err := url.Parse(first)
	consoletest.Must(t, err)
	started, err := url.Parse(second)
	consoletest.Must(t, err)
	query := crossed.Query()
	query.Set("state", started.Query().Get("state"))
	b.Get(t, "/sign-in/oidc/callback?"+query.Encode()).Is(t, http.StatusForbidden).Has(t, "You could not be signed in")
	b.Get(t, first).Is(t, http.StatusSeeOther) // the other window's still works
}

// Whom SCIM has disabled or deleted is refused, whether she is an administrator or would become a viewer, and nothing
// revives her.
func TestSignOnOfDisabledUser(t *testing.T) {
	t.Parallel()
	w, p := consoletest.NewWorld(t), consoletest.OpenIDProvider(t)
	w.As(t, admin.Owner).Offers(t, p, url.Values{"provision": {"on"}})
	w.As(t, admin.Viewer)
	id := w.User(t, "viewer@acme.example", true)
	b := w.Stranger(t)
	b.Goes(t, "/sign-in/oidc", p, "viewer").Is(t, http.StatusSeeOther)
	b.Get(t, "/settings/sign-on").Is(t, http.StatusOK)
	a, err := w.Admins.ByEmail(t.Context(), w.Acme.ID, "viewer@acme.example")
	consoletest.Must(t, err)
	if a.UserID != id {
		t.Errorf("she is linked to %q", a.UserID)
	}
	users := tenantdb.SchemaFor(w.Acme.ID).Table("users")
	_, err = w.DB.ExecContext(t.Context(), `UPDATE `+users+` SET search = '{"active": false}' WHERE id = $1`, id)
	consoletest.Must(t, err)
	b.Get(t, "/settings/sign-on").Is(t, http.StatusSeeOther) // her session ends at once
	before := w.Fingerprint(t)
	w.Stranger(t).Goes(t, "/sign-in/oidc", p, "viewer").Is(t, http.StatusForbidden).Has(t, "Your account was disabled")
	if w.Fingerprint(t) != before {
		t.Error("signing in has changed the directory")
	}
	_, err = w.DB.ExecContext(t.Context(), `DELETE FROM `+users+` WHERE id = $1`, id)
	consoletest.Must(t, err)
	w.Stranger(t).Goes(t, "/sign-in/oidc", p, "viewer").Is(t, http.StatusForbidden).Has(t, "Your account was disabled")

	w.User(t, "ada@acme.example", false)
	w.Stranger(t).Goes(t, "/sign-in/oidc", p, "ada").Is(t, http.StatusForbidden).Has(t, "Your account was disabled")
	if _, err := w.Admins.ByEmail(t.Context(), w.Acme.ID, "ada@acme.example"); err == nil {
		t.Error("she became a viewer")
	}
}

// An active user of the directory becomes a viewer where the connection says so, and nobody else does.
func TestSignOnProvisions(t *testing.T) {
	t.Parallel()
	w, p := consoletest.NewWorld(t), consoletest.OpenIDProvider(t)
	boss := w.As(t, admin.Owner)
	path := boss.Offers(t, p, nil)
	id := w.User(t, "ada@acme.example", true)
	w.Stranger(t).Goes(t, "/sign-in/oidc", p, "ada").Is(t, http.StatusForbidden).Has(t, "You are not an administrator here")
	form := consoletest.ConnectForm(p.URL)
	form["provision"], form["revision"] = []string{"on"}, boss.Get(t, path).Revision(t)["revision"]
	form.Del("client_secret") // it stays
	boss.Post(t, path, form).Is(t, http.StatusSeeOther)
	before := w.Fingerprint(t)
	b := w.Stranger(t)
	b.Goes(t, "/sign-in/oidc", p, "ada").Is(t, http.StatusSeeOther)
	a, err := w.Admins.ByEmail(t.Context(), w.Acme.ID, "ada@acme.example")
	consoletest.Must(t, err)
	if a.Role != admin.Viewer || a.UserID != id || a.Name != "The ada" || !strings.HasPrefix(a.CreatedBy, "sign_on:") {
		t.Errorf("she is %+v", a)
	}
	b.Get(t, path).Is(t, http.StatusOK)
	b.Post(t, path+"/test", nil).Is(t, http.StatusForbidden)
	b.Post(t, path+"/offer", form).Is(t, http.StatusForbidden)
	w.Stranger(t).Goes(t, "/sign-in/oidc", p, "stranger").Is(t, http.StatusForbidden)
	if w.Fingerprint(t) != before {
		t.Error("signing in has changed the directory")
	}
}
