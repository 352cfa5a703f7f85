package main

import (
	"context"

	"github.com/askspoke/spoke/observability/health"
	"github.com/askspoke/spoke/observability/metrics"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/status"
)

// exportHealth adds the metrics of tenants' health. A process without the worker's role has none, so that each tenant is not
// exported by every gateway as well.
func (a *app) exportHealth() error {
	return a.metrics.Health(metrics.HealthConfig{Read: a.readHealth, Every: a.settings.healthEvery(), Logger: a.log})
}

// readHealth reads what is exported of tenants' health: of those that are in trouble, the worst first but no more than half
// of all that may be, and then of the ones heard last.
func (a *app) readHealth(ctx context.Context) (metrics.Health, error) {
	var h metrics.Health
	var err error
	if h.States, err = a.status.Counts(ctx); err != nil {
		return h, err
	}
	seen := make(map[tenancy.ID]bool)
	for _, q := range []status.Query{
		{Order: status.BySeverity, Least: health.Warning, Limit: metrics.MaxHealthTenants / 2},
		{Order: status.ByActivity, Limit: metrics.MaxHealthTenants},
	} {
		page, err := a.status.List(ctx, q)
		if err != nil {
			return h, err
		}
		for _, r := range page.Records {
			if seen[r.ID] || len(h.Tenants) == metrics.MaxHealthTenants {
				continue
			}
			seen[r.ID] = true
			h.Tenants = append(h.Tenants, tenantHealth(r))
		}
	}
	return h, nil
}

func tenantHealth(r status.Record) metrics.TenantHealth {
	t := metrics.TenantHealth{
		Tenant: r.Slug, State: r.Verdict.State, Severity: r.Verdict.Severity,
		LastRequest: r.Facts.LastRequest, LastSuccess: r.Facts.LastSuccess, Cadence: r.Verdict.Cadence,
		Users: r.Users, ActiveUsers: r.ActiveUsers, Groups: r.Groups, Counted: !r.CountedAt.IsZero(),
		TokenExpiry: r.Facts.Tokens.Expires,
	}
	if r.Verdict.Progress != nil {
		t.Progress = &r.Verdict.Progress.Ratio
	}
	if r.Verdict.Changes > 0 {
		ratio := float64(r.Verdict.Failed) / float64(r.Verdict.Changes)
		t.Failures = &ratio
	}
	if r.Facts.Hold != nil {
		t.Held = max(r.Facts.Hold.Held, 1)
	}
	return t
}
