package onboarding_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/services/onboarding/client"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/operator"
)

// The life of tokens is told in pages, and who keeps the cursor is told what happens later, once.
func TestEvents(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	acme, beta := w.create(t, "acme"), w.create(t, "beta")
	c := w.as(t, operator.Read)
	// follow reads on until it was told so many: an event is told when no older transaction of the cluster is open any more.
	follow := func(cursor *string, want int) ([]string, *string) {
		t.Helper()
		var told []string
		fixture.Eventually(t, fmt.Sprintf("%d events are told", want), func() bool {
			r, err := c.ListEventsWithResponse(t.Context(), &client.ListEventsParams{Limit: pointer(2), Cursor: cursor})
			if err != nil || r.JSON200 == nil {
				t.Fatalf("%v, %s", err, r.Body)
			}
			for _, e := range r.JSON200.Items {
				told = append(told, e.Name+" "+string(e.Kind))
			}
			cursor = &r.JSON200.NextCursor
			more := r.HTTPResponse.Header.Get("Link") != ""
			if more && len(r.JSON200.Items) != 2 {
				t.Fatalf("more after a page that is not full: %s", r.Body)
			}
			return !more && len(told) >= want
		})
		return told, cursor
	}
	if told, _ := follow(nil, 0); told != nil {
		t.Errorf("at the beginning: %q", told)
	}
	old := w.send(t, "POST /v1/tenants/acme/tokens", `{"name":"old"}`)
	soon := time.Now().Add(40 * 24 * time.Hour).UTC().Format(time.RFC3339)
	short := w.send(t, "POST /v1/tenants/beta/tokens", `{"name":"short","expires_at":"`+soon+`"}`)
	if _, err := w.tokens.Verify(t.Context(), tenancy.ID(acme.ID), old.json["secret"].(string), netip.MustParseAddr("192.0.2.7")); err != nil {
		t.Fatal(err)
	}
	if err := w.tokens.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.clock.Pass(20 * 24 * time.Hour)
	if _, err := w.tokens.WarnExpiring(t.Context()); err != nil {
		t.Fatal(err)
	}
	rotation := "/v1/tenants/acme/tokens/" + old.json["id"].(string) + "/rotation"
	w.send(t, "POST "+rotation, `{}`)
	w.send(t, "POST "+rotation+"/complete?force=true", "")
	told, cursor := follow(nil, 3)
	if diff := cmp.Diff([]string{"old first_use", "short expiring", "old rotated"}, told); diff != "" {
		t.Error(diff)
	}
	w.clock.Pass(20 * 24 * time.Hour)
	if _, err := w.tokens.WarnExpiring(t.Context()); err != nil {
		t.Fatal(err)
	}
	another := w.send(t, "POST /v1/tenants/beta/tokens", `{"name":"another"}`)
	w.send(t, "DELETE /v1/tenants/beta/tokens/"+another.json["id"].(string), "")
	told, cursor = follow(cursor, 2)
	if diff := cmp.Diff([]string{"short expired", "another revoked"}, told); diff != "" {
		t.Error(diff)
	}
	if told, _ := follow(cursor, 0); told != nil {
		t.Errorf("told again: %q", told)
	}
	checkEventsOfTenant(t, c, w, beta, short.json["id"].(string))
}

// checkEventsOfTenant looks at all that an event says, and at cursors of other lists.
func checkEventsOfTenant(t *testing.T, c *client.ClientWithResponses, w *world, beta client.Tenant, short string) {
	t.Helper()
	r, err := c.ListTenantEventsWithResponse(t.Context(), "beta", nil)
	if err != nil || r.JSON200 == nil || len(r.JSON200.Items) != 3 {
		t.Fatalf("%v, %s", err, r.Body)
	}
	if e := r.JSON200.Items[0]; e.TenantID != beta.ID || e.CredentialID != short || e.Credential != client.EventOfToken || *e.Days != 30 || e.ExpiresAt == nil {
		t.Errorf("%s", r.Body)
	}
	acme, err := c.ListTenantEventsWithResponse(t.Context(), "acme", nil)
	if err != nil || len(acme.JSON200.Items) != 2 || *acme.JSON200.Items[0].Address != "192.0.2.7" {
		t.Errorf("%v, %s", err, acme.Body)
	}
	for _, line := range []string{
		"GET /v1/events?cursor=" + r.JSON200.NextCursor, "GET /v1/tenants/acme/events?cursor=" + r.JSON200.NextCursor,
		"GET /v1/events?cursor=eyJsIjoiZXZlbnRzIiwiZSI6Im5vbmUifQ", // {"l":"events","e":"none"}
	} {
		got := w.send(t, line, "")
		if _, fields := got.problem(); got.status != 400 || !cmp.Equal(fields, []string{"cursor"}) {
			t.Errorf("%s: %d %s", line, got.status, got.body)
		}
	}
	if got := w.send(t, "GET /v1/tenants/nobody/events", ""); got.status != 404 || strings.Contains(got.body, "short") {
		t.Errorf("%d %s", got.status, got.body)
	}
}
