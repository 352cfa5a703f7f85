package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/askspoke/spoke/tenancy"
)

// RateLimit counts what a rate limit did with a request. class and outcome are words of the program's.
func (r *Registry) RateLimit(class, outcome string) {
	if !r.quiet {
		r.limits.WithLabelValues(class, outcome).Inc()
	}
}

// RateLimitRefused counts that a tenant's request was refused for its rate.
func (r *Registry) RateLimitRefused(tenant tenancy.Slug, class string) {
	if !r.quiet {
		r.tenants.count(tenant, r.tenants.refused, 0, class)
	}
}

// RateLimitShared adds a gauge of whether the limits are shared by all replicas at the moment. It must be added once.
func (r *Registry) RateLimitShared(up func() bool) error {
	return r.Register(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "spoke_ratelimit_redis_up",
		Help: "1 while rate limits are shared through Redis, 0 while each replica has its own because Redis is away.",
	}, func() float64 {
		if up() {
			return 1
		}
		return 0
	}))
}

func newRateLimits() *prometheus.CounterVec {
	return counters("spoke_ratelimit_requests_total",
		"Requests by what is limited (read, write, bulk, issue, operator, authentication, public) and what became of them (allowed, delayed, refused).", "class", "outcome")
}
