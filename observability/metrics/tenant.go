package metrics

import (
	"net/http"
	"slices"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/askspoke/spoke/observability/health"
	"github.com/askspoke/spoke/tenancy"
)

// TenantHealthOf returns the figures of what is known of a tenant, but for those of its directory.
func TenantHealthOf(tenant tenancy.Slug, v health.Verdict, f health.Facts) TenantHealth {
	t := TenantHealth{
		Tenant: tenant, State: v.State, Severity: v.Severity, LastRequest: f.LastRequest, LastSuccess: f.LastSuccess,
		Cadence: v.Cadence, TokenExpiry: f.Tokens.Expires,
	}
	if v.Progress != nil {
		t.Progress = &v.Progress.Ratio
	}
	if v.Changes > 0 {
		ratio := float64(v.Failed) / float64(v.Changes)
		t.Failures = &ratio
	}
	if f.Hold != nil {
		t.Held = max(f.Hold.Held, 1)
	}
	return t
}

// Tenant are the figures of one tenant for its own monitoring, from all processes together. They have the names that the
// same figures have elsewhere.
type Tenant struct {
	Health TenantHealth
	// Facts have what the tenant's requests came to since there is a count of them.
	Facts health.Facts
}

// Handler serves the figures, in the formats of Registry.Handler.
func (t Tenant) Handler() http.Handler {
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(t) // whose names are its own: the registry is new
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{EnableOpenMetrics: true})
}

var tenantOperations = prometheus.NewDesc("spoke_tenant_operations_total",
	"Changes of the directory by tenant, resource, action and outcome.", []string{"tenant", "resource", "action", "outcome"}, nil)

// Describe names what is exported.
func (t Tenant) Describe(out chan<- *prometheus.Desc) {
	new(healthCollector).Describe(out)
	out <- tenantOperations
}

// Collect exports the figures.
func (t Tenant) Collect(out chan<- prometheus.Metric) {
	tenant := string(t.Health.Tenant)
	t.Health.collect(func(desc *prometheus.Desc, value float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, append([]string{tenant}, labels...)...)
	})
	for o, n := range operations(t.Facts) {
		out <- prometheus.MustNewConstMetric(tenantOperations, prometheus.CounterValue, float64(n),
			tenant, o.Resource, string(o.Action), string(o.Outcome))
	}
}

// operations counts a tenant's operations: those of the buckets that may still grow, and all before. A bucket moves from
// the ones to the others as it is, so the sums never fall.
func operations(facts health.Facts) map[Operation]int64 {
	sums := make(map[Operation]int64)
	add := func(o Operation, n int64) {
		if slices.Contains(resources, o.Resource) && slices.Contains(changes, o.Action) {
			sums[o] += n
		}
	}
	for _, c := range facts.Totals {
		add(Operation{c.Resource, c.Action, c.Outcome}, c.Count)
	}
	for _, c := range facts.Recent {
		add(Operation{c.Resource, c.Action, c.Outcome}, c.Count)
	}
	return sums
}
