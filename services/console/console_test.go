package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/askspoke/spoke/services/console"
	"github.com/askspoke/spoke/services/console/asset"
	"github.com/askspoke/spoke/services/console/consoletest"
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/operator"
)

func TestWayIn(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	page := w.As(t, admin.Viewer).Get(t, "/").Is(t, http.StatusOK).Has(t, "Overview", "Acme Inc.", "viewer@acme.example")
	if strings.Contains(page.Body, "<style") || strings.Contains(page.Body, " style=") || strings.Contains(page.Body, " onclick=") {
		t.Error("the page has inline style or script")
	}
	for name, want := range map[string]string{
		"Content-Security-Policy": web.Policy, "X-Frame-Options": "DENY", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
	} {
		if got := page.Header.Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	if got := w.Stranger(t).Get(t, "/?q=a").Is(t, http.StatusSeeOther).Header.Get("Location"); got != "/sign-in?next="+url.QueryEscape("/?q=a") {
		t.Errorf("a stranger is sent to %s", got)
	}
	w.At(t, "nobody.askspoke.test").Get(t, "/").Is(t, http.StatusNotFound).Has(t, "There is nothing at this address")
	w.As(t, admin.Viewer).Get(t, "/no-such-page").Is(t, http.StatusNotFound).Has(t, "There is no such page", "viewer@acme.example")
}

func TestCookieOfAnotherTenant(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	acme := w.As(t, admin.Owner)
	globex := w.At(t, "globex.askspoke.test")
	globex.Client.Jar.SetCookies(&url.URL{Scheme: "http", Host: globex.Host}, acme.Client.Jar.Cookies(&url.URL{Scheme: "http", Host: acme.Host}))
	globex.Get(t, "/").Is(t, http.StatusSeeOther)
	// And it counts no more at home: who tried it has it.
	acme.Get(t, "/").Is(t, http.StatusSeeOther)
}

func TestSessionEnds(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*consoletest.World, admin.Administrator) error{
		"removed": func(w *consoletest.World, a admin.Administrator) error {
			return w.Admins.Remove(t.Context(), a.Tenant, a.ID)
		},
		"ended": func(w *consoletest.World, a admin.Administrator) error {
			w.Clock.Pass(1)
			return w.Admins.EndSessions(t.Context(), a.Tenant, a.ID, w.Clock.Now())
		},
		"idle":        func(w *consoletest.World, _ admin.Administrator) error { w.Clock.Pass(web.SessionIdle); return nil },
		"after hours": func(w *consoletest.World, _ admin.Administrator) error { w.Clock.Pass(web.SessionLife); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := consoletest.NewWorld(t)
			b := w.As(t, admin.Admin)
			b.Get(t, "/").Is(t, http.StatusOK)
			a, err := w.Admins.ByEmail(t.Context(), w.Acme.ID, "admin@acme.example")
			consoletest.Must(t, err)
			consoletest.Must(t, end(w, a))
			b.Get(t, "/").Is(t, http.StatusSeeOther)
		})
	}
}

func TestLinkOpensItsPagesAlone(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	b := w.WithLink(t, operator.ForSignOn)
	b.Get(t, "/").Is(t, http.StatusForbidden).Has(t, "Your set-up link is not for this page", "single sign-on")
}

func TestAssets(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	assets, err := asset.Load()
	consoletest.Must(t, err)
	url, err := assets.URL("htmx.js")
	consoletest.Must(t, err)
	got := w.Stranger(t).Get(t, url).Is(t, http.StatusOK)
	if got.Header.Get("Content-Type") != "text/javascript; charset=utf-8" || !strings.Contains(got.Header.Get("Cache-Control"), "immutable") {
		t.Errorf("headers %v", got.Header)
	}
	w.Stranger(t).Get(t, "/static/0/htmx.js").Is(t, http.StatusNotFound)
}

func TestByHTTPSAlone(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t, func(c *console.Config, _ *console.Parts) { c.Secure = true })
	page := w.Stranger(t).Get(t, "/sign-in").Is(t, http.StatusOK)
	if got := page.Header.Get("Strict-Transport-Security"); got != "max-age=63072000" {
		t.Errorf("HSTS is %q", got)
	}
	cookies := (&http.Response{Header: w.As(t, admin.Viewer).Get(t, "/").Is(t, http.StatusOK).Header}).Cookies()
	if len(cookies) != 1 {
		t.Fatalf("cookies %v", cookies)
	}
	if c := cookies[0]; c.Name != "__Host-spoke" || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Domain != "" || c.Path != "/" {
		t.Errorf("cookie %+v", c)
	}
}
