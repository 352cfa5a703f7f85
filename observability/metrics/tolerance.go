package metrics

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/askspoke/spoke/tenancy"
)

// maxTenants is how many tenants have series of their own in a process: the first that need a tolerance. The others are
// counted together as manyTenants, which is no slug.
const (
	maxTenants  = 200
	manyTenants = "_other"
)

// Tolerance counts that a tenant's request needed a departure from the RFC, which name names: one of the program's list.
func (r *Registry) Tolerance(tenant tenancy.Slug, name string) {
	r.tolerances.total.WithLabelValues(name).Inc()
	r.tolerances.byTenant.WithLabelValues(r.tolerances.tenants.label(tenant), name).Inc()
}

type toleranceMetrics struct {
	total, byTenant *prometheus.CounterVec
	tenants         tenantLabels
}

func newToleranceMetrics() *toleranceMetrics {
	return &toleranceMetrics{
		total: counters("spoke_scim_tolerances_total",
			"SCIM requests that needed a departure from the RFC, by the tolerance that let it through.", "tolerance"),
		byTenant: counters("spoke_scim_tenant_tolerances_total",
			"The same by tenant: the first 200 that need one, the others together as _other.", "tenant", "tolerance"),
	}
}

// tenantLabels bounds how many tenants become values of a label.
type tenantLabels struct {
	mu    sync.RWMutex
	known map[tenancy.Slug]struct{}
}

func (l *tenantLabels) label(tenant tenancy.Slug) string {
	l.mu.RLock()
	_, ok := l.known[tenant]
	full := len(l.known) >= maxTenants
	l.mu.RUnlock()
	switch {
	case ok:
		return string(tenant)
	case full || tenant == "":
		return manyTenants
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, ok := l.known[tenant]; !ok && len(l.known) >= maxTenants {
		return manyTenants
	}
	if l.known == nil {
		l.known = make(map[tenancy.Slug]struct{})
	}
	l.known[tenant] = struct{}{}
	return string(tenant)
}
