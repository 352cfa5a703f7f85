// Package metrics names every metric that Spoke exports to Prometheus.
//
// The set is one value, the Registry, which a program makes once and passes on; there is no global registry. A caller
// says what happened and never names a metric or a label itself.
//
// Invariant: the number of series is bounded. A label's value is a route's pattern, an HTTP method, a status or a word
// of a fixed list, never something that a client sent. Tenants are no label, but where a metric says how many.
package metrics

import (
	"database/sql"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// A Registry holds the metrics of one process. It is safe for use by several goroutines.
type Registry struct {
	registry   *prometheus.Registry
	scim       scimMetrics
	tolerances *toleranceMetrics
	jobs       jobMetrics
	oauth      *prometheus.CounterVec
	limits     *rateLimitMetrics
	onboarding onboardingMetrics
}

// Build says which program runs; it becomes the labels of spoke_build_info. Revision is a commit, "" where it is unknown.
type Build struct {
	Version, Revision, GoVersion string
}

// New returns a registry with Go's, the process's and Spoke's metrics, all at zero.
func New(build Build) *Registry {
	r := &Registry{
		registry: prometheus.NewRegistry(), scim: newSCIMMetrics(), tolerances: newToleranceMetrics(), jobs: newJobMetrics(),
		oauth: newOAuthRequests(), limits: newRateLimitMetrics(), onboarding: newOnboardingMetrics(),
	}
	info := prometheus.NewGauge(prometheus.GaugeOpts{
		Name:        "spoke_build_info",
		Help:        "Which Spoke runs, as labels; always 1.",
		ConstLabels: prometheus.Labels{"version": build.Version, "revision": build.Revision, "goversion": build.GoVersion},
	})
	info.Set(1)
	r.registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		info,
	)
	r.registry.MustRegister(r.scim.all()...)
	r.registry.MustRegister(r.jobs.runs, r.jobs.last)
	r.registry.MustRegister(r.tolerances.total, r.tolerances.byTenant, r.oauth)
	r.registry.MustRegister(r.limits.total, r.limits.refused)
	r.registry.MustRegister(r.onboarding.all()...)
	return r
}

// counters returns counters under one name, one for each of what its labels are.
func counters(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
}

// Database adds the figures of a connection pool (go_sql_*), under the pool's name. A name must be added once.
func (r *Registry) Database(db *sql.DB, name string) error {
	return r.registry.Register(collectors.NewDBStatsCollector(db, name))
}

// Register adds a metric that another package keeps, such as a gauge which is read when it is asked for.
func (r *Registry) Register(c prometheus.Collector) error { return r.registry.Register(c) }

// Handler serves the metrics in Prometheus's and OpenMetrics's formats. A metric that cannot be gathered leaves the
// others readable and is counted in promhttp_metric_handler_errors_total.
func (r *Registry) Handler() http.Handler {
	return promhttp.HandlerFor(r.registry, promhttp.HandlerOpts{
		Registry:          r.registry,
		ErrorHandling:     promhttp.ContinueOnError,
		EnableOpenMetrics: true,
	})
}
