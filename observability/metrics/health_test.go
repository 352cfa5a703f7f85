package metrics

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/askspoke/spoke/observability/health"
	"github.com/askspoke/spoke/tenancy"
)

func TestHealth(t *testing.T) {
	t.Parallel()
	r := New(Build{})
	now := time.Unix(1_000_000, 0)
	var figures Health
	var fail error
	reads := 0
	err := r.Health(HealthConfig{
		Read: func(ctx context.Context) (Health, error) {
			reads++
			if _, ok := ctx.Deadline(); !ok {
				t.Error("nothing bounds how long it is waited for")
			}
			return figures, fail
		},
		Now: func() time.Time { return now },
	})
	if err != nil {
		t.Fatal(err)
	}
	ratio, failures := 0.5, 0.25
	figures = Health{
		Tenants: []TenantHealth{
			{
				Tenant: "acme", State: health.AtRisk, Severity: health.Warning, LastRequest: time.Unix(900, 500e6), LastSuccess: time.Unix(800, 0),
				Cadence: 40 * time.Minute, Progress: &ratio, Failures: &failures, Users: 7, ActiveUsers: 6, Groups: 0, Counted: true,
				TokenExpiry: time.Unix(5000, 0), Held: 3,
			},
			{Tenant: "globex", State: health.AwaitingFirstRequest},
		},
		States: map[health.State]int{health.AtRisk: 1, health.AwaitingFirstRequest: 41, health.Healthy: 0},
	}
	check := func(text string, want, unwanted []string) {
		t.Helper()
		for _, line := range want {
			if !strings.Contains(text, "\n"+line+"\n") {
				t.Errorf("no %s", line)
			}
		}
		for _, line := range unwanted {
			if strings.Contains(text, line) {
				t.Errorf("there is %s", line)
			}
		}
	}
	first := scrape(t, r)
	check(first, []string{
		`spoke_tenant_health{state="at_risk",tenant="acme"} 1`, `spoke_tenant_health{state="healthy",tenant="acme"} 0`,
		`spoke_tenant_health_severity{tenant="acme"} 2`, `spoke_tenant_last_request_timestamp_seconds{tenant="acme"} 900.5`,
		`spoke_tenant_last_success_timestamp_seconds{tenant="acme"} 800`, `spoke_tenant_cycle_interval_seconds{tenant="acme"} 2400`,
		`spoke_tenant_cycle_progress_ratio{tenant="acme"} 0.5`, `spoke_tenant_failure_ratio{tenant="acme"} 0.25`,
		`spoke_tenant_users{tenant="acme"} 7`, `spoke_tenant_active_users{tenant="acme"} 6`, `spoke_tenant_groups{tenant="acme"} 0`,
		`spoke_tenant_token_expiry_timestamp_seconds{tenant="acme"} 5000`, `spoke_tenant_guard_held{tenant="acme"} 3`,
		`spoke_tenant_health{state="awaiting_first_request",tenant="globex"} 1`, `spoke_tenant_guard_held{tenant="globex"} 0`,
		`spoke_tenants{state="awaiting_first_request"} 41`, `spoke_tenants{state="healthy"} 0`,
		`spoke_tenants_exported 2`, `spoke_tenants_not_exported 40`,
	}, []string{
		`spoke_tenant_users{tenant="globex"}`, `spoke_tenant_last_request_timestamp_seconds{tenant="globex"}`, `spoke_tenant_failure_ratio{tenant="globex"}`,
		`spoke_tenant_token_expiry_timestamp_seconds{tenant="globex"}`, `spoke_tenant_cycle_interval_seconds{tenant="globex"}`,
	})
	fail = errors.New("away")
	now = now.Add(14 * time.Second)
	check(scrape(t, r), []string{`spoke_tenants_exported 2`}, nil)
	if reads != 1 {
		t.Errorf("two scrapes read %d times", reads)
	}
	now = now.Add(time.Second)
	check(scrape(t, r), nil, []string{"spoke_tenants"})
	check(scrape(t, r), nil, []string{"spoke_tenants"})
	if reads != 2 {
		t.Errorf("a read that failed is done again at once: %d", reads)
	}
	fail = nil
	now = now.Add(15 * time.Second)
	for i := range 2 * MaxHealthTenants {
		figures.Tenants = append(figures.Tenants, TenantHealth{Tenant: tenancy.Slug(fmt.Sprintf("tenant-%d", i))})
	}
	check(scrape(t, r), []string{fmt.Sprintf("spoke_tenants_exported %d", MaxHealthTenants)}, nil)
}

func TestActivityFigures(t *testing.T) {
	t.Parallel()
	r := New(Build{})
	if err := r.Activity(func() Activity { return Activity{Kept: 3, Dropped: 2, Lag: 1500 * time.Millisecond} }); err != nil {
		t.Fatal(err)
	}
	text := scrape(t, r)
	for _, line := range []string{"spoke_activity_lag_seconds 1.5", "spoke_activity_kept_counts 3", "spoke_activity_dropped_total 2"} {
		if !strings.Contains(text, "\n"+line+"\n") {
			t.Errorf("no %s", line)
		}
	}
}
