//go:build unix

package walk

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/askspoke/spoke/infra/browser"
	"github.com/askspoke/spoke/infra/guard"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/admin"
)

// plain uses the console without JavaScript: signs in, enables SCIM, sees a request arrive, and revokes the token.
func (s *stage) plain(t *testing.T, slug string, id tenancy.ID) {
	t.Helper()
	b := browser.New(t)
	b.WithoutJavaScript()
	s.signIn(t, b, slug, id, admin.Admin)
	b.WaitFor("Nothing is connected yet")
	b.Click("Integrations")
	b.Click("Connect SCIM")
	b.Fill("Identity provider", "Okta")
	b.Click("Enable SCIM")
	b.WaitFor("Copy it now")
	if b.Shows("css:[data-copy]") {
		t.Error("there are buttons that do nothing")
	}
	token := ""
	for _, text := range b.Texts("code") {
		if strings.HasPrefix(text, "spk_") {
			token = text
		}
	}
	b.Click("Wait for the first request")
	b.WaitFor("Waiting for Okta's first request…")
	e := &entra{&pasted{http: s.HTTP, url: s.Origin(slug) + "/scim/v2", token: token}}
	e.testConnection(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for !b.Shows("css:li.passed") { // what was counted is written once a second
		must(t, guard.Pause(ctx))
		b.Reload()
	}
	b.Click("SCIM")
	b.Within(".wide").Click("Okta")
	b.Click("Revoke the token")
	b.WaitFor("Revoke this token?")
	b.Click("Revoke it")
	b.WaitFor("revoked")
	b.Click("Users")
	b.WaitFor("No users yet")
	quiet(t, b)
}
