package integration_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/observability/health"
	"github.com/askspoke/spoke/services/console/consoletest"
	"github.com/askspoke/spoke/services/console/guide"
	"github.com/askspoke/spoke/services/console/integration"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// The panel waits for Entra's first request, and lights up check by check.
func TestPanel(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	b := w.As(t, admin.Admin)
	b.Get(t, integration.PanelPath).Is(t, http.StatusOK).Has(t, "There is nothing to test yet", "Enable SCIM")
	secret := b.Enable(t, "entra")
	w.Arrives(t, w.Globex, "User", health.Create, health.Accepted, 0) // another tenant's
	path := integration.PanelPath + "?provider=entra"
	first := b.Get(t, integration.PanelPath).Is(t, http.StatusOK).Has(t, "Waiting for Microsoft Entra ID's first request…", "0 of 8")
	if !strings.Contains(first.Body, `hx-sse:connect="/live/scim/entra"`) {
		t.Errorf("it is not live:\n%s", first.Body)
	}
	events := b.Stream(t, "/live/scim/entra")
	events.Shows(t, "0 of 8")
	w.Uses(t, secret)
	events.Shows(t, "1 of 8", "It was used first from 192.0.2.7", "Waiting for Microsoft Entra ID. What comes next: Test Connection succeeds")
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
		w.Arrives(t, w.Acme, step.resource, step.action, health.Accepted, step.found)
		passed++
		if passed < 8 {
			events.Shows(t, fmt.Sprintf("%d of 8", passed))
		}
		if page := b.Get(t, path).Is(t, http.StatusOK); strings.Count(page.Body, `class="passed"`) != passed {
			t.Errorf("after %s %s: %s", step.resource, step.action, page.Text())
		}
	}
	events.Shows(t, "Microsoft Entra ID is connected", "all passed")
	b.Get(t, path).Is(t, http.StatusOK).Has(t, "Microsoft Entra ID is connected", "all passed")
	// A provider without groups needs fewer.
	b.Get(t, integration.PanelPath+"?provider=google").Is(t, http.StatusOK).Has(t, "Google Workspace is connected")
	b.Get(t, integration.PanelPath+"?provider=nobody").Is(t, http.StatusNotFound).Has(t, "There is no such guide")
}

// What was refused says why and what to do, and leads to the log who may read it. A detail is text.
func TestPanelRefusal(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	b := w.As(t, admin.Viewer)
	w.As(t, admin.Admin).Enable(t, "okta")
	w.Arrives(t, w.Acme, "User", health.Create, health.Refused, 0)
	entry := w.Refused(t, "User", journal.ActionCreate, journal.Refusal{
		Rule: "attribute.required", Attribute: "userName", Detail: "userName is missing <script>alert(1)</script>", Hint: "Map userName at your provider.",
	})
	page := b.Get(t, integration.PanelPath+"?provider=okta").Is(t, http.StatusOK).Has(t, "userName is missing <script>alert(1)</script>", "Map userName at your provider.")
	if strings.Contains(page.Body, "<script>alert") || strings.Count(page.Body, `class="failed"`) != 1 || !strings.Contains(page.Body, `href="/log/`+entry+`"`) {
		t.Errorf("the page is\n%s", page.Body)
	}
	guest := w.WithLink(t, operator.ForProvisioning)
	if page := guest.Get(t, integration.PanelPath+"?provider=okta").Is(t, http.StatusOK).Has(t, "userName is missing"); strings.Contains(page.Body, "/log") {
		t.Error("the holder of a link is led to a page that is not for him")
	}
	guest.Stream(t, "/live/scim/okta").Shows(t, "userName is missing")
	b.Stream(t, "/live/scim/okta").Shows(t, "Why, in the provisioning log")
	b.Fragment(t, "/live/scim/nobody").Is(t, http.StatusNotFound)
	signOn := w.WithLink(t, operator.ForSignOn)
	signOn.Fragment(t, "/live/scim/okta").Is(t, http.StatusForbidden)
	w.Stranger(t).Fragment(t, "/live/scim/okta").Is(t, http.StatusUnauthorized)
	// A wrong token.
	w.Arrives(t, w.Acme, "", health.Authenticate, health.Unauthorized, 0)
	b.Get(t, integration.PanelPath+"?provider=okta").Is(t, http.StatusOK).Has(t, "1 request has come with credentials that are not valid here", "Copy the token again")
	// And the first that is right.
	w.Arrives(t, w.Acme, "User", health.Create, health.Accepted, 0)
	b.Get(t, integration.PanelPath+"?provider=okta").Is(t, http.StatusOK).Has(t, "1 user was created. 1 other was refused.")
}

// The panel is that of the provider's own token: the latest of its name, or else the latest. A rotation does not begin it
// anew, what came before the token was made does not count, and a scraper's token provisions nothing.
func TestPanelCredential(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	b := w.As(t, admin.Admin)
	w.Arrives(t, w.Acme, "User", health.Create, health.Accepted, 0)
	w.Clock.Pass(2 * time.Minute)
	b.Enable(t, "entra")
	b.Get(t, integration.PanelPath).Is(t, http.StatusOK).Has(t, "Microsoft Entra ID", "0 of 8")
	w.Clock.Pass(time.Minute)
	b.Post(t, integration.TokensPath, url.Values{"once": {uuid.NewString()}, "provider": {"okta"}, "access": {"metrics"}, "name": {"Prometheus"}}).Is(t, http.StatusOK)
	b.Get(t, integration.PanelPath).Is(t, http.StatusOK).Has(t, "Credential “Microsoft Entra ID”")
	w.Clock.Pass(time.Minute)
	b.Enable(t, "okta")
	b.Get(t, integration.PanelPath).Is(t, http.StatusOK).Has(t, "Credential “Okta”")
	b.Get(t, integration.PanelPath+"?provider=entra").Is(t, http.StatusOK).Has(t, "Credential “Microsoft Entra ID”")
	b.Get(t, integration.PanelPath+"?provider=ping").Is(t, http.StatusOK).Has(t, "Credential “Okta”")
	w.Arrives(t, w.Acme, "User", health.Create, health.Accepted, 0)
	w.Clock.Pass(time.Minute)
	for _, made := range w.TokenList(t) {
		if made.Name == "Okta" {
			b.Post(t, integration.TokensPath+"/"+made.ID+"/rotation", nil).Is(t, http.StatusOK)
		}
	}
	b.Get(t, integration.PanelPath+"?provider=okta").Is(t, http.StatusOK).Has(t, "1 user was created.")
}

// Requests by another token than the panel's are told of, those by one that it replaced, and those that came before, are not.
func TestPanelTellsOfOtherTokens(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	b := w.As(t, admin.Admin)
	const warning = "Requests have come by other credentials"
	okta := b.Enable(t, "okta")
	w.Uses(t, okta)
	w.Clock.Pass(time.Minute)
	entra := b.Enable(t, "entra")
	w.Uses(t, entra)
	path := integration.PanelPath + "?provider=entra"
	b.Get(t, path).Is(t, http.StatusOK).Has(t, "1 of 8").Lacks(t, warning)
	w.Clock.Pass(10 * time.Minute)
	w.Uses(t, okta)
	b.Get(t, path).Is(t, http.StatusOK).Has(t, warning, "“Okta”. They count here as well: each change says by which it was made; what is only read is in no log. If your provider sends them, give it “Microsoft Entra ID”")
	b.Stream(t, "/live/scim/entra").Shows(t, warning)
	for _, made := range w.TokenList(t) {
		if made.Name == "Okta" {
			consoletest.Must(t, w.Tokens.Revoke(t.Context(), w.Acme.ID, made.ID))
		}
	}
	b.Get(t, path).Is(t, http.StatusOK).Lacks(t, warning)
	for _, made := range w.TokenList(t) {
		if made.Name == "Microsoft Entra ID" && made.Live(w.Clock.Now()) {
			b.Post(t, integration.TokensPath+"/"+made.ID+"/rotation", nil).Is(t, http.StatusOK)
		}
	}
	w.Clock.Pass(10 * time.Minute)
	w.Uses(t, entra) // the one that is being replaced
	b.Get(t, path).Is(t, http.StatusOK).Lacks(t, warning)
}

// A change says which token made it, or was refused for it, and in whose name it was sent again.
func TestPanelTellsWhoseChangeItWas(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	b := w.As(t, admin.Admin)
	p := w.IDP(t, w.Acme)
	for _, provider := range []string{"okta", "entra"} {
		b.Enable(t, provider)
	}
	by := map[string]string{}
	ids := map[string]string{}
	for _, made := range w.TokenList(t) {
		by[made.Name], ids[made.Name] = "By the token “"+made.Name+"”, ending in "+made.Hint+".", made.ID
	}
	path := integration.PanelPath + "?provider=entra"
	p.Token = ids["Microsoft Entra ID"]
	id := p.User("ann")
	w.Arrives(t, w.Acme, "User", health.Create, health.Accepted, 0)
	page := b.Get(t, path).Is(t, http.StatusOK).Has(t, "Credential “Microsoft Entra ID”, ending in", "1 user was created. "+by["Microsoft Entra ID"]).Lacks(t, by["Okta"])
	if n := strings.Count(page.Text(), by["Microsoft Entra ID"]); n != 1 {
		t.Errorf("it is said %d times", n)
	}
	p.Token = ids["Okta"]
	p.Group("Engineering")
	w.Arrives(t, w.Acme, "Group", health.Create, health.Accepted, 0)
	b.Get(t, path).Is(t, http.StatusOK).Has(t, "1 user was created. "+by["Microsoft Entra ID"], "1 group was created. "+by["Okta"])
	b.Stream(t, "/live/scim/entra").Shows(t, "1 group was created. "+by["Okta"])
	p.Token = "admin:" + uuid.NewString()
	p.Does(http.MethodPatch, "/Users/"+id, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"title","value":"Lead"}]}`)
	p.Token = uuid.NewString()
	p.Does(http.MethodPatch, "/Users/"+id, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"title","value":"Head"}]}`)
	w.Arrives(t, w.Acme, "User", health.Update, health.Accepted, 0)
	b.Get(t, path).Is(t, http.StatusOK).Has(t, "1 change of a user was accepted. By a credential that is not kept any more, and by a person, from this console.")
}

// While Postgres is away, a page says so, what asks again keeps what it shows, and nothing is made. Afterwards the same form
// makes its token.
func TestAway(t *testing.T) {
	t.Parallel()
	db := pgtest.DB(t)
	proxy := pgtest.NewProxy(t, pgtest.Address(t, db))
	w := consoletest.Over(t, pgtest.Open(t, proxy.URL, tenantdb.Options{}))
	b := w.As(t, admin.Admin)
	form := url.Values{"once": {consoletest.OnceOf(t, b.Get(t, integration.ScimPath))}, "provider": {"entra"}}
	proxy.Away()
	b.Get(t, integration.ScimPath).Is(t, http.StatusServiceUnavailable).Has(t, "cannot reach its database")
	b.Post(t, integration.TokensPath, form).Is(t, http.StatusServiceUnavailable)
	if got := b.Fragment(t, integration.ScimPath).Is(t, http.StatusServiceUnavailable).Header.Get("Hx-Reswap"); got != "none" {
		t.Errorf("the panel is replaced: %q", got)
	}
	proxy.Back()
	fixture.Eventually(t, "Postgres is used again", func() bool { return b.Get(t, integration.ScimPath).Status == http.StatusOK })
	consoletest.SecretOf(t, b.Post(t, integration.TokensPath, form).Is(t, http.StatusOK))
	if n := len(w.TokenList(t)); n != 1 {
		t.Errorf("%d tokens", n)
	}
	if got := w.Stranger(t).Fragment(t, integration.PanelPath).Is(t, http.StatusUnauthorized).Header.Get("Hx-Refresh"); got != "true" {
		t.Errorf("who was signed out stays: %q", got)
	}
}

// Each guide has the tenant's own values, and a way to the panel.
func TestGuidePages(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	b := w.As(t, admin.Viewer)
	for _, g := range guide.List() {
		page := b.Get(t, integration.GuidesPath+g.Slug).Is(t, http.StatusOK).Has(t, "Connect "+g.Called(), "http://acme.askspoke.test/scim/v2", "the one that was shown once", "Good to know")
		if strings.Contains(page.Body, "{{") || strings.Contains(page.Body, " style=") || !strings.Contains(page.Body, integration.PanelPath+"?provider="+g.Slug) {
			t.Errorf("%s:\n%s", g.Slug, page.Body)
		}
	}
	for _, slug := range []string{"nobody", "..%2fentra", "Entra"} {
		b.Get(t, integration.GuidesPath+slug).Is(t, http.StatusNotFound)
	}
}
