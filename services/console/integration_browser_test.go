//go:build unix

package console_test

import (
	"net/http"
	"testing"

	"github.com/askspoke/spoke/services/console/consoletest"

	chromium "github.com/askspoke/spoke/infra/browser"
	"github.com/askspoke/spoke/observability/health"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/journal"
)

// The tutorial's step 2 in a real browser: Integrations > SCIM > Connect > Enable SCIM, and the token is copied. Then requests
// arrive, and the test panel lights up without a reload. A rotation waits for the new token's first use, and what is opened
// meanwhile stays open. Every page on the way can be used by everybody.
func TestIntegrationInBrowser(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	b, origin := chromiumOf(t, w.As(t, admin.Admin))
	b.Emulate(chromium.Device{ReducedMotion: true})
	audit := func() {
		t.Helper()
		for _, dark := range []bool{true, false} {
			b.Emulate(chromium.Device{Dark: dark, Width: 390, ReducedMotion: true})
			if wide := chromium.Evaluate[int](b, `document.documentElement.scrollWidth`); wide > 390 {
				t.Errorf("%s is %d pixels wide", b.URL(), wide)
			}
			chromium.Audit(t, b)
		}
		b.Emulate(chromium.Device{ReducedMotion: true})
		chromium.Audit(t, b)
	}
	b.Open(origin + "/settings/integrations")
	audit()
	b.Click("Connect SCIM")
	b.WaitFor("Connect your identity provider")
	audit()
	b.Click("Enable SCIM")
	b.WaitFor("Copy it now.")
	audit()
	shown := func() string {
		return chromium.Evaluate[string](b, `document.querySelector('[data-copy^=spk_]').dataset.copy`)
	}
	w.Uses(t, shown()) // the clipboard itself is for pages by https
	b.Click("Wait for the first request")
	b.WaitFor("1 of 8")
	until(t, b, "it is live", `document.getElementById('live-status').textContent === 'Live'`)
	chromium.Evaluate[int](b, `window.same = 1`)
	w.Arrives(t, w.Acme, "User", health.Read, health.Accepted, 0)
	b.WaitFor("2 of 8")
	w.Refused(t, "User", journal.ActionCreate, journal.Refusal{Rule: "attribute.required", Detail: "<img src=x onerror=window.same=2>", Hint: "Map userName."})
	w.Arrives(t, w.Acme, "User", health.Create, health.Refused, 0)
	b.WaitFor("Map userName.")
	audit()
	w.Arrives(t, w.Acme, "User", health.Create, health.Accepted, 0)
	b.WaitFor("3 of 8")
	if chromium.Evaluate[int](b, `window.same`) != 1 {
		t.Error("the page was loaded again, or ran what a refusal says")
	}

	b.Open(origin + scimPath + "/guides/entra")
	audit()
	b.Open(origin + tokensPath + "/" + w.TokenList(t)[0].ID)
	audit()
	b.Click("Rotate the token")
	b.WaitFor("Here is the new token")
	fresh := shown()
	b.Open(origin + tokensPath + "/" + w.TokenList(t)[0].ID)
	b.WaitFor("Waiting for the first use of the new token")
	b.Click("Complete without proof")
	b.WaitFor("Revoke the old token now?")
	until(t, b, "it is not live", `document.getElementById('live-status').textContent === 'Live'`)
	if !b.Shows("Revoke the old token now?") {
		t.Error("the confirmation was shut")
	}
	audit()
	chromium.Evaluate[bool](b, `document.querySelector('#rotation-insist summary').focus() || true`)
	w.Uses(t, fresh)
	b.WaitFor("the old one can go")
	if at := b.Focused(); at != "Rotation" {
		t.Errorf("who was at what is gone is at %q", at)
	}
	b.Press("Tab")
	if at := b.Focused(); at != "Complete: revoke the old token, ending in "+w.TokenList(t)[0].Hint {
		t.Errorf("what comes next is %q", at)
	}
	b.Click("Complete: revoke the old token, ending in " + w.TokenList(t)[0].Hint)
	b.WaitFor("The rotation is complete")
	b.Open(origin + scimPath)
	audit()
	for _, e := range b.Console() {
		t.Errorf("the browser complains: %+v", e)
	}
}

// Without JavaScript everything works by links and forms, and who goes back does not meet the form again.
func TestIntegrationWithoutJavaScript(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	b, origin := chromiumOf(t, w.As(t, admin.Admin))
	b.WithoutJavaScript()
	b.Open(origin + scimPath)
	b.Click("Enable SCIM")
	b.WaitFor("Copy it now.")
	b.Back() // the page is no older than the token
	b.WaitFor("Microsoft Entra ID")
	b.WaitFor("Enabled")
	if n := len(w.TokenList(t)); n != 1 {
		t.Errorf("%d tokens", n)
	}
	b.Open(origin + scimPath + "/test")
	b.WaitFor("0 of 8")
	if b.Status() != http.StatusOK {
		t.Errorf("status %d", b.Status())
	}
}
