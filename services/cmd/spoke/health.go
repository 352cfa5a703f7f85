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
	t := metrics.TenantHealthOf(r.Slug, r.Verdict, r.Facts)
	t.Users, t.ActiveUsers, t.Groups, t.Counted = r.Users, r.ActiveUsers, r.Groups, !r.CountedAt.IsZero()
	return t
}
