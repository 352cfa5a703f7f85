package console

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

func TestSignOnIn(t *testing.T) {
	t.Parallel()
	w, p := newWorld(t), people(t)
	boss := w.as(t, admin.Owner)
	boss.get(t, "/settings/sign-on").is(t, http.StatusOK).has(t, "by links", "Microsoft Entra ID", "Okta")
	boss.get(t, "/settings/sign-on/new?provider=entra").is(t, http.StatusOK).has(t, "App registrations", "http://acme.askspoke.test/sign-in/oidc/callback")
	w.stranger(t).get(t, "/sign-in/oidc").is(t, http.StatusNotFound).has(t, "Single sign-on is not set up here")
	path := boss.offers(t, p, nil)
	w.as(t, admin.Viewer) // is an administrator from now on
	before := w.fingerprint(t)

	b := w.stranger(t)
	back := b.comes(t, "/sign-in/oidc?next=%2Fusers", p, "viewer")
	if got := b.get(t, back).is(t, http.StatusSeeOther).header.Get("Location"); got != "/users" {
		t.Errorf("she is led to %s", got)
	}
	b.get(t, "/settings/sign-on").is(t, http.StatusOK).has(t, "viewer@acme.example")
	b.get(t, back).is(t, http.StatusBadRequest).has(t, "This sign-in was not begun in this browser") // once more
	b.get(t, path).is(t, http.StatusOK).has(t, "1 administrator has come by it")
	if calls := w.audit(t, "signInBySignOn"); len(calls) != 1 || calls[0].Name != "viewer@acme.example" {
		t.Errorf("audit log: %+v", calls)
	}
	w.stranger(t).goes(t, "/sign-in/oidc", p, "stranger").is(t, http.StatusForbidden).has(t, "You are not an administrator here", "stranger@acme.example")
	if w.fingerprint(t) != before {
		t.Error("signing in has changed the directory")
	}
	if page := boss.get(t, path).is(t, http.StatusOK); strings.Contains(page.body, clientSecret) || strings.Contains(w.log.String(), clientSecret) {
		t.Error("the client secret shows")
	}
}

// What another browser began, another tenant has, or a next that leads away, gets nobody in or away.
func TestSignOnForgery(t *testing.T) {
	t.Parallel()
	w, p := newWorld(t), people(t)
	w.as(t, admin.Owner).offers(t, p, nil)
	mallory, victim := w.stranger(t), w.stranger(t)
	back := mallory.comes(t, "/sign-in/oidc", p, "owner")
	victim.get(t, back).is(t, http.StatusBadRequest).has(t, "This sign-in was not begun in this browser")
	victim.get(t, "/").is(t, http.StatusSeeOther)
	globex := w.at(t, "globex.askspoke.test")
	globex.get(t, back).is(t, http.StatusBadRequest)
	globex.get(t, "/sign-in/oidc").is(t, http.StatusNotFound)
	for _, query := range []string{"", "?state=", "?code=x", "?state=x&code=y", "?error=access_denied"} {
		mallory.get(t, "/sign-in/oidc/callback"+query).is(t, http.StatusBadRequest)
	}
	for _, next := range []string{"https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/\t/evil.example", ""} {
		b := w.stranger(t)
		if got := b.goes(t, "/sign-in/oidc?next="+url.QueryEscape(next), p, "owner").is(t, http.StatusSeeOther).header.Get("Location"); got != "/" {
			t.Errorf("next %q leads to %s", next, got)
		}
	}
	// A wrong nonce: the answer to one sign-in of a browser, shown as that to another.
	b := w.stranger(t)
	first := b.comes(t, "/sign-in/oidc", p, "owner")
	second := b.get(t, "/sign-in/oidc").is(t, http.StatusSeeOther).header.Get("Location")
	crossed, err := url.Parse(first)
	must(t, err)
	started, err := url.Parse(second)
	must(t, err)
	query := crossed.Query()
	query.Set("state", started.Query().Get("state"))
	b.get(t, "/sign-in/oidc/callback?"+query.Encode()).is(t, http.StatusForbidden).has(t, "You could not be signed in")
	b.get(t, first).is(t, http.StatusSeeOther) // the other window's still works
}

// Whom SCIM has disabled or deleted is refused, whether she is an administrator or would become a viewer, and nothing
// revives her.
func TestSignOnOfDisabledUser(t *testing.T) {
	t.Parallel()
	w, p := newWorld(t), people(t)
	w.as(t, admin.Owner).offers(t, p, url.Values{"provision": {"on"}})
	w.as(t, admin.Viewer)
	id := w.user(t, "viewer@acme.example", true)
	b := w.stranger(t)
	b.goes(t, "/sign-in/oidc", p, "viewer").is(t, http.StatusSeeOther)
	b.get(t, "/settings/sign-on").is(t, http.StatusOK)
	a, err := w.Admins.ByEmail(t.Context(), w.acme.ID, "viewer@acme.example")
	must(t, err)
	if a.UserID != id {
		t.Errorf("she is linked to %q", a.UserID)
	}
	users := tenantdb.SchemaFor(w.acme.ID).Table("users")
	_, err = w.DB.ExecContext(t.Context(), `UPDATE `+users+` SET search = '{"active": false}' WHERE id = $1`, id)
	must(t, err)
	b.get(t, "/settings/sign-on").is(t, http.StatusSeeOther) // her session ends at once
	before := w.fingerprint(t)
	w.stranger(t).goes(t, "/sign-in/oidc", p, "viewer").is(t, http.StatusForbidden).has(t, "Your account was disabled")
	if w.fingerprint(t) != before {
		t.Error("signing in has changed the directory")
	}
	_, err = w.DB.ExecContext(t.Context(), `DELETE FROM `+users+` WHERE id = $1`, id)
	must(t, err)
	w.stranger(t).goes(t, "/sign-in/oidc", p, "viewer").is(t, http.StatusForbidden).has(t, "Your account was disabled")

	w.user(t, "ada@acme.example", false)
	w.stranger(t).goes(t, "/sign-in/oidc", p, "ada").is(t, http.StatusForbidden).has(t, "Your account was disabled")
	if _, err := w.Admins.ByEmail(t.Context(), w.acme.ID, "ada@acme.example"); err == nil {
		t.Error("she became a viewer")
	}
}

// An active user of the directory becomes a viewer where the connection says so, and nobody else does.
func TestSignOnProvisions(t *testing.T) {
	t.Parallel()
	w, p := newWorld(t), people(t)
	boss := w.as(t, admin.Owner)
	path := boss.offers(t, p, nil)
	id := w.user(t, "ada@acme.example", true)
	w.stranger(t).goes(t, "/sign-in/oidc", p, "ada").is(t, http.StatusForbidden).has(t, "You are not an administrator here")
	form := connectForm(p.URL)
	form["provision"], form["revision"] = []string{"on"}, boss.get(t, path).revision(t)["revision"]
	form.Del("client_secret") // it stays
	boss.post(t, path, form).is(t, http.StatusSeeOther)
	before := w.fingerprint(t)
	b := w.stranger(t)
	b.goes(t, "/sign-in/oidc", p, "ada").is(t, http.StatusSeeOther)
	a, err := w.Admins.ByEmail(t.Context(), w.acme.ID, "ada@acme.example")
	must(t, err)
	if a.Role != admin.Viewer || a.UserID != id || a.Name != "The ada" || !strings.HasPrefix(a.CreatedBy, "sign_on:") {
		t.Errorf("she is %+v", a)
	}
	b.get(t, path).is(t, http.StatusOK)
	b.get(t, path+"/test").is(t, http.StatusForbidden)
	b.post(t, path+"/offer", form).is(t, http.StatusForbidden)
	w.stranger(t).goes(t, "/sign-in/oidc", p, "stranger").is(t, http.StatusForbidden)
	if w.fingerprint(t) != before {
		t.Error("signing in has changed the directory")
	}
}
