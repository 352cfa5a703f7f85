package console

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/observability/health"
	"github.com/askspoke/spoke/services/console/guide"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// The panel waits for Entra's first request, and lights up check by check.
func TestPanel(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(t, admin.Admin)
	b.get(t, panelPath).is(t, http.StatusOK).has(t, "There is nothing to test yet", "Enable SCIM")
	secret := b.enable(t, "entra")
	w.arrives(t, w.globex, "User", health.Create, health.Accepted, 0) // another tenant's
	path := panelPath + "?provider=entra"
	first := b.get(t, panelPath).is(t, http.StatusOK).has(t, "Waiting for Microsoft Entra ID's first request…", "0 of 8")
	if !strings.Contains(first.body, `hx-sse:connect="/live/scim/entra"`) {
		t.Errorf("it is not live:\n%s", first.body)
	}
	events := b.stream(t, "/live/scim/entra")
	events.shows(t, "0 of 8")
	w.uses(t, secret)
	events.shows(t, "1 of 8", "It was used first from 192.0.2.7", "Waiting for Microsoft Entra ID: test connection succeeds")
	passed := 1
	for _, step := range []struct {
		resource string
		action   health.Action
		found    int
	}{
		{"User", health.Read, 0},
		{"User", health.Create, 0},
		{"User", health.Read, 1},
		{"Group", health.Create, 0},
		{"Group", health.MemberAdd, 0},
		{"User", health.Update, 0},
		{"User", health.Disable, 0},
	} {
		w.arrives(t, w.acme, step.resource, step.action, health.Accepted, step.found)
		passed++
		if passed < 8 {
			events.shows(t, fmt.Sprintf("%d of 8", passed))
		}
		if page := b.get(t, path).is(t, http.StatusOK); strings.Count(page.body, `class="passed"`) != passed {
			t.Errorf("after %s %s: %s", step.resource, step.action, page.text())
		}
	}
	events.shows(t, "Microsoft Entra ID is connected", "all passed")
	b.get(t, path).is(t, http.StatusOK).has(t, "Microsoft Entra ID is connected", "all passed")
	// A provider without groups needs fewer.
	b.get(t, panelPath+"?provider=google").is(t, http.StatusOK).has(t, "Google Workspace is connected")
	b.get(t, panelPath+"?provider=nobody").is(t, http.StatusNotFound).has(t, "There is no such guide")
}

// What was refused says why and what to do, and leads to the log who may read it. A detail is text.
func TestPanelRefusal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(t, admin.Viewer)
	w.as(t, admin.Admin).enable(t, "okta")
	w.arrives(t, w.acme, "User", health.Create, health.Refused, 0)
	entry := w.refused(t, "User", journal.ActionCreate, journal.Refusal{
		Rule: "attribute.required", Attribute: "userName", Detail: "userName is missing <script>alert(1)</script>", Hint: "Map userName at your provider.",
	})
	page := b.get(t, panelPath+"?provider=okta").is(t, http.StatusOK).has(t, "userName is missing <script>alert(1)</script>", "Map userName at your provider.")
	if strings.Contains(page.body, "<script>alert") || strings.Count(page.body, `class="failed"`) != 1 || !strings.Contains(page.body, `href="/log/`+entry+`"`) {
		t.Errorf("the page is\n%s", page.body)
	}
	guest := w.withLink(t, operator.ForProvisioning)
	if page := guest.get(t, panelPath+"?provider=okta").is(t, http.StatusOK).has(t, "userName is missing"); strings.Contains(page.body, "/log") {
		t.Error("the holder of a link is led to a page that is not for him")
	}
	guest.stream(t, "/live/scim/okta").shows(t, "userName is missing")
	b.stream(t, "/live/scim/okta").shows(t, "Why, in the provisioning log")
	b.fragment(t, "/live/scim/nobody").is(t, http.StatusNotFound)
	signOn := w.withLink(t, operator.ForSignOn)
	signOn.fragment(t, "/live/scim/okta").is(t, http.StatusForbidden)
	w.stranger(t).fragment(t, "/live/scim/okta").is(t, http.StatusUnauthorized)
	// A wrong token.
	w.arrives(t, w.acme, "", health.Authenticate, health.Unauthorized, 0)
	b.get(t, panelPath+"?provider=okta").is(t, http.StatusOK).has(t, "1 request has come with credentials that are not valid here", "Copy the token again")
	// And the first that is right.
	w.arrives(t, w.acme, "User", health.Create, health.Accepted, 0)
	b.get(t, panelPath+"?provider=okta").is(t, http.StatusOK).has(t, "1 user was created. 1 other was refused.")
}

// The panel is that of the provider's own token: the latest of its name, or else the latest. A rotation does not begin it
// anew, what came before the token was made does not count, and a scraper's token provisions nothing.
func TestPanelCredential(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(t, admin.Admin)
	w.arrives(t, w.acme, "User", health.Create, health.Accepted, 0)
	w.clock.pass(2 * time.Minute)
	b.enable(t, "entra")
	b.get(t, panelPath).is(t, http.StatusOK).has(t, "Microsoft Entra ID", "0 of 8")
	w.clock.pass(time.Minute)
	b.post(t, tokensPath, url.Values{"once": {uuid.NewString()}, "provider": {"okta"}, "access": {"metrics"}, "name": {"Prometheus"}}).is(t, http.StatusOK)
	b.get(t, panelPath).is(t, http.StatusOK).has(t, "Credential “Microsoft Entra ID”")
	w.clock.pass(time.Minute)
	b.enable(t, "okta")
	b.get(t, panelPath).is(t, http.StatusOK).has(t, "Credential “Okta”")
	b.get(t, panelPath+"?provider=entra").is(t, http.StatusOK).has(t, "Credential “Microsoft Entra ID”")
	b.get(t, panelPath+"?provider=ping").is(t, http.StatusOK).has(t, "Credential “Okta”")
	w.arrives(t, w.acme, "User", health.Create, health.Accepted, 0)
	w.clock.pass(time.Minute)
	for _, made := range w.tokens(t) {
		if made.Name == "Okta" {
			b.post(t, tokensPath+"/"+made.ID+"/rotation", nil).is(t, http.StatusOK)
		}
	}
	b.get(t, panelPath+"?provider=okta").is(t, http.StatusOK).has(t, "1 user was created.")
}

// While Postgres is away, a page says so, what asks again keeps what it shows, and nothing is made. Afterwards the same form
// makes its token.
func TestAway(t *testing.T) {
	t.Parallel()
	db := pgtest.DB(t)
	proxy := pgtest.NewProxy(t, pgtest.Address(t, db))
	w := over(t, pgtest.Open(t, proxy.URL, tenantdb.Options{}))
	b := w.as(t, admin.Admin)
	form := url.Values{"once": {onceOf(t, b.get(t, scimPath))}, "provider": {"entra"}}
	proxy.Away()
	b.get(t, scimPath).is(t, http.StatusServiceUnavailable).has(t, "cannot reach its database")
	b.post(t, tokensPath, form).is(t, http.StatusServiceUnavailable)
	if got := b.fragment(t, scimPath).is(t, http.StatusServiceUnavailable).header.Get("Hx-Reswap"); got != "none" {
		t.Errorf("the panel is replaced: %q", got)
	}
	proxy.Back()
	w.until(t, func() bool { return b.get(t, scimPath).status == http.StatusOK })
	secretOf(t, b.post(t, tokensPath, form).is(t, http.StatusOK))
	if n := len(w.tokens(t)); n != 1 {
		t.Errorf("%d tokens", n)
	}
	if got := w.stranger(t).fragment(t, panelPath).is(t, http.StatusUnauthorized).header.Get("Hx-Refresh"); got != "true" {
		t.Errorf("who was signed out stays: %q", got)
	}
}

// Each guide has the tenant's own values, and a way to the panel.
func TestGuidePages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(t, admin.Viewer)
	for _, g := range guide.List() {
		page := b.get(t, guidesPath+g.Slug).is(t, http.StatusOK).has(t, "Connect "+g.Name, "http://acme.askspoke.test/scim/v2", "the one that was shown once", "Good to know")
		if strings.Contains(page.body, "{{") || strings.Contains(page.body, " style=") || !strings.Contains(page.body, panelPath+"?provider="+g.Slug) {
			t.Errorf("%s:\n%s", g.Slug, page.body)
		}
	}
	for _, slug := range []string{"nobody", "..%2fentra", "Entra"} {
		b.get(t, guidesPath+slug).is(t, http.StatusNotFound)
	}
}
