package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/askspoke/spoke/tenancy"
)

// Tolerance counts that a tenant's request needed a departure from the RFC, which name names: one of the program's list.
func (r *Registry) Tolerance(tenant tenancy.Slug, name string) {
	if r.quiet {
		return
	}
	r.tolerances.WithLabelValues(name).Inc()
	r.tenants.count(tenant, r.tenants.tolerances, 0, name)
}

func newTolerances() *prometheus.CounterVec {
	return counters("spoke_scim_tolerances_total",
		"SCIM requests that needed a departure from the RFC, by the tolerance that let it through.", "tolerance")
}
