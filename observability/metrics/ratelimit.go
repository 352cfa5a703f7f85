package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/askspoke/spoke/tenancy"
)

// RateLimit counts what a rate limit did with a request. class and outcome are words of the program's.
func (r *Registry) RateLimit(class, outcome string) {
	r.limits.total.WithLabelValues(class, outcome).Inc()
}

// RateLimitRefused counts that a tenant's request was refused for its rate.
func (r *Registry) RateLimitRefused(tenant tenancy.Slug, class string) {
	r.limits.refused.WithLabelValues(r.limits.tenants.label(tenant), class).Inc()
}

// RateLimitShared adds a gauge of whether the limits are shared by all replicas at the moment. It must be added once.
func (r *Registry) RateLimitShared(up func() bool) error {
	return r.registry.Register(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "spoke_ratelimit_redis_up",
		Help: "1 while rate limits are shared through Redis, 0 while each replica has its own because Redis is away.",
	}, func() float64 {
		if up() {
			return 1
		}
		return 0
	}))
}

// rateLimitMetrics are the gateway's.
type rateLimitMetrics struct {
	total, refused *prometheus.CounterVec
	tenants        tenantLabels
}

func newRateLimitMetrics() *rateLimitMetrics {
	return &rateLimitMetrics{
		total: counters("spoke_ratelimit_requests_total",
			"Requests by what is limited (read, write, bulk, issue, operator, authentication, public) and what became of them (allowed, delayed, refused).", "class", "outcome"),
		refused: counters("spoke_ratelimit_tenant_refused_total",
			"Requests refused for their tenant's rate: the first 200 tenants that have any, the others together as _other.", "tenant", "class"),
	}
}
