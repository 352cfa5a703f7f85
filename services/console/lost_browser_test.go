//go:build unix

package console_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	chromium "github.com/askspoke/spoke/infra/browser"
	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/services/console/consoletest"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// What was filled in while the session ended is not lost: it is sent again from the same page, once somebody has signed in
// elsewhere.
func TestFormOutlivesItsSession(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	session := w.As(t, admin.Admin)
	b, origin := chromiumOf(t, session)
	b.Open(origin + "/settings/extensions")
	b.Fill("Schema (JSON)", `{"id":"urn:acme:params:scim:schemas:badge:2.0:Nothing"}`)
	session.Post(t, "/sign-out", nil).Is(t, http.StatusSeeOther)
	b.Click("Add the extension")
	b.WaitFor("What you filled in is not lost while this page is open")
	if got := chromium.Evaluate[string](b, `document.querySelector('main a[role=button]').getAttribute('href')`); got != "/sign-in?next=%2Fsettings%2Fextensions" {
		t.Errorf("it goes on at %s", got)
	}
	comesInto(t, b, w.As(t, admin.Admin), origin)
	b.Reload()
	b.WaitFor("The document cannot be used")
	if got := chromium.Evaluate[string](b, `document.querySelector('main textarea').value`); got != `{"id":"urn:acme:params:scim:schemas:badge:2.0:Nothing"}` {
		t.Errorf("the form has %q", got)
	}
}

// A stranger's post has nothing that it could lose, and is led to where one signs in.
func TestRefusedFormLeadsToItsPage(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	b := w.Stranger(t)
	sent := func(referer string) consoletest.Answer {
		return b.Send(t, http.MethodPost, "/settings/extensions", map[string][]string{"document": {"{}"}},
			http.Header{"Sec-Fetch-Site": {"same-origin"}, "Origin": {"http://" + b.Host}, "Referer": {referer}}).Is(t, http.StatusUnauthorized)
	}
	for referer, want := range map[string]string{
		"http://" + b.Host + "/settings/extensions": "/sign-in?next=%2Fsettings%2Fextensions",
		"https://evil.example/settings/extensions":  "/sign-in?next=%2F",
		"http://" + b.Host + "//evil.example":       "/sign-in?next=%2F",
		"":                                          "/sign-in?next=%2F",
	} {
		if page := sent(referer); !strings.Contains(page.Body, `href="`+want+`"`) {
			t.Errorf("%q: it does not lead to %s:\n%s", referer, want, page.Body)
		}
	}
	b.Post(t, "/settings/administrators", nil).Is(t, http.StatusUnauthorized).Has(t, "You are not signed in").Lacks(t, "What you filled in")
}

// How long ago something was is told by the server's clock: the viewer's may be wrong.
func TestAgoByTheServersClock(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	w.Provision(t, w.Acme, 0, `{"userName":"ada@acme.com","active":true}`)
	w.Clock.Pass(20 * time.Minute)
	session := w.As(t, admin.Viewer)
	b, origin := chromiumOf(t, session)
	b.Open(origin + "/users")
	b.WaitFor("ada@acme.com")
	if got := chromium.Evaluate[string](b, `document.querySelector('main td time').textContent`); got != "20 minutes ago" {
		t.Errorf("%q", got)
	}
}

// A search that gets no answer says so, rather than show the list from before as what was found.
func TestSearchWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	proxy := pgtest.NewProxy(t, pgtest.Address(t, pgtest.DB(t)))
	w := consoletest.Over(t, pgtest.Open(t, proxy.URL, tenantdb.Options{}))
	session := w.As(t, admin.Viewer)
	w.Provision(t, w.Acme, 0, `{"userName":"ada@acme.com","active":true}`)
	w.Provision(t, w.Acme, 0, `{"userName":"grace@acme.com","active":true}`)
	b, origin := chromiumOf(t, session)
	b.Open(origin + "/users")
	proxy.Away()
	b.Fill("Search", "ada")
	b.WaitFor("Not searched: Spoke cannot be reached just now")
	b.WaitFor("grace@acme.com")
	proxy.Back()
	fixture.Eventually(t, "the list is there", func() bool { return session.Get(t, "/users").Status == http.StatusOK })
	b.Fill("Search", "ada@")
	until(t, b, "the list of what was found", `!document.querySelector('main').innerText.includes('grace@acme.com')`)
	until(t, b, "no word of a failure", `!document.querySelector('[data-unanswered]')`)
}
