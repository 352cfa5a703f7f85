package console

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/operator"
)

func TestWayIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	page := w.as(t, admin.Viewer).get(t, "/").is(t, http.StatusOK).has(t, "Overview", "Acme Inc.", "viewer@acme.example")
	if strings.Contains(page.body, "<style") || strings.Contains(page.body, " style=") || strings.Contains(page.body, " onclick=") {
		t.Error("the page has inline style or script")
	}
	for name, want := range map[string]string{
		"Content-Security-Policy": policy, "X-Frame-Options": "DENY", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
	} {
		if got := page.header.Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	if got := w.stranger(t).get(t, "/?q=a").is(t, http.StatusSeeOther).header.Get("Location"); got != "/sign-in?next="+url.QueryEscape("/?q=a") {
		t.Errorf("a stranger is sent to %s", got)
	}
	w.at(t, "nobody.askspoke.test").get(t, "/").is(t, http.StatusNotFound).has(t, "There is nothing at this address")
	w.as(t, admin.Viewer).get(t, "/no-such-page").is(t, http.StatusNotFound).has(t, "There is no such page", "viewer@acme.example")
}

func TestCookieOfAnotherTenant(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	acme := w.as(t, admin.Owner)
	globex := w.at(t, "globex.askspoke.test")
	globex.client.Jar.SetCookies(&url.URL{Scheme: "http", Host: globex.host}, acme.client.Jar.Cookies(&url.URL{Scheme: "http", Host: acme.host}))
	globex.get(t, "/").is(t, http.StatusSeeOther)
	// And it counts no more at home: who tried it has it.
	acme.get(t, "/").is(t, http.StatusSeeOther)
}

func TestSessionEnds(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*world, admin.Administrator) error{
		"removed": func(w *world, a admin.Administrator) error { return w.Admins.Remove(t.Context(), a.Tenant, a.ID) },
		"ended": func(w *world, a admin.Administrator) error {
			w.clock.pass(1)
			return w.Admins.EndSessions(t.Context(), a.Tenant, a.ID, w.clock.now())
		},
		"idle":        func(w *world, _ admin.Administrator) error { w.clock.pass(sessionIdle); return nil },
		"after hours": func(w *world, _ admin.Administrator) error { w.clock.pass(sessionLife); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			b := w.as(t, admin.Admin)
			b.get(t, "/").is(t, http.StatusOK)
			a, err := w.Admins.ByEmail(t.Context(), w.acme.ID, "admin@acme.example")
			must(t, err)
			must(t, end(w, a))
			b.get(t, "/").is(t, http.StatusSeeOther)
		})
	}
}

func TestLinkOpensItsPagesAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.withLink(t, operator.ForSignOn)
	b.get(t, "/").is(t, http.StatusForbidden).has(t, "Your set-up link is not for this page", "single sign-on")
}

func TestAssets(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	url, err := w.assets.URL("htmx.js")
	must(t, err)
	got := w.stranger(t).get(t, url).is(t, http.StatusOK)
	if got.header.Get("Content-Type") != "text/javascript; charset=utf-8" || !strings.Contains(got.header.Get("Cache-Control"), "immutable") {
		t.Errorf("headers %v", got.header)
	}
	w.stranger(t).get(t, "/static/0/htmx.js").is(t, http.StatusNotFound)
}

func TestByHTTPSAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *Config, _ *Parts) { c.Secure = true })
	page := w.stranger(t).get(t, "/sign-in").is(t, http.StatusOK)
	if got := page.header.Get("Strict-Transport-Security"); got != "max-age=63072000" {
		t.Errorf("HSTS is %q", got)
	}
	if c := w.sessions.Cookie; c.Name != "__Host-spoke" || !c.Secure || !c.HttpOnly || c.Domain != "" || c.Path != "/" {
		t.Errorf("cookie %+v", c)
	}
}
