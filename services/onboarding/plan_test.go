package onboarding_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/billing"
	"github.com/askspoke/spoke/services/onboarding/client"
	"github.com/askspoke/spoke/tenancy/operator"
)

// The plans are listed, a tenant can have them, and whoever names another is told which there are.
func TestPlans(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(s *setting) {
		s.plans = billing.Catalogue{
			"pro": {
				ID: "pro", Name: "Pro", Base: billing.Money{Minor: 4900, Currency: "EUR"},
				Entitlements: billing.Entitlements{Seats: billing.Unlimited, ReadsPerSecond: 100, WritesPerSecond: 50, Tokens: 5, JournalDays: 90},
			},
			"free": {ID: "free", Name: "Free"},
		}
	})
	r, err := w.as(t, operator.Read).ListPlansWithResponse(t.Context())
	if err != nil || r.JSON200 == nil || len(r.JSON200.Items) != 2 || r.JSON200.Items[0].ID != "free" {
		t.Fatalf("%v, %s", err, r.Body)
	}
	want := client.Plan{
		ID: "pro", Name: "Pro", Base: &client.Money{Minor: 4900, Currency: "EUR"},
		Entitlements: client.Entitlements{
			ReadsPerSecond: pointer(100), WritesPerSecond: pointer(50), BulksPerSecond: pointer(0), Tokens: pointer(5), JournalDays: pointer(90),
		},
	}
	if diff := cmp.Diff(want, r.JSON200.Items[1]); diff != "" {
		t.Error(diff)
	}
	for _, item := range r.JSON200.Items {
		made := w.send(t, "POST /v1/tenants", `{"slug":"acme-`+item.ID+`","settings":{"plan":"`+item.ID+`"}}`)
		if made.status != 201 {
			t.Errorf("%d %s", made.status, made.body)
		}
	}
	for line, body := range map[string]string{
		"POST /v1/tenants":           `{"slug":"beta","settings":{"plan":"gold"}}`,
		"PATCH /v1/tenants/acme-pro": `{"settings":{"plan":"gold"}}`,
	} {
		got := w.send(t, line, body, "If-Match", "*")
		_, fields := got.problem()
		if got.status != 400 || !cmp.Equal(fields, []string{"settings.plan"}) || !strings.Contains(got.body, "it is one of pro, free") {
			t.Errorf("%s: %d %s", line, got.status, got.body)
		}
	}
}

func TestNoPlans(t *testing.T) {
	t.Parallel()
	if got := newWorld(t).send(t, "GET /v1/plans", ""); got.status != 200 || strings.TrimSpace(got.body) != `{"items":[]}` {
		t.Errorf("%d %s", got.status, got.body)
	}
}
