// Package metrics names every metric that Spoke exports to Prometheus.
//
// The set is one value, the Registry, which a program makes once and passes on; there is no global registry. A caller
// says what happened and never names a metric or a label itself.
//
// Invariant: the number of series is bounded. A label's value is a route's pattern, an HTTP method, a status or a word
// of a fixed list, never something that a client sent. Tenants are a label where a metric says of how many, and of those that are most active.
package metrics

import (
	"database/sql"
	"hash/maphash"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// A Registry holds the metrics of one process. It is safe for use by several goroutines.
type Registry struct {
	registry   *prometheus.Registry
	scim       scimMetrics
	tenants    *tenants
	tolerances *prometheus.CounterVec
	jobs       jobMetrics
	oauth      *prometheus.CounterVec
	limits     *prometheus.CounterVec
	onboarding onboardingMetrics
	console    consoleMetrics
	exemplars  exemplars
	quiet      bool
	described  []Description
}

// Build says which program runs; it becomes the labels of spoke_build_info. Revision is a commit, "" where it is unknown.
type Build struct {
	Version, Revision, GoVersion string
}

// New returns a registry with Go's, the process's and Spoke's metrics, all at zero.
func New(build Build) *Registry { return newRegistry(build, maxTenants, time.Now) }

func newRegistry(build Build, limit int, now func() time.Time) *Registry {
	r := &Registry{
		registry: prometheus.NewRegistry(), scim: newSCIMMetrics(), tenants: newTenants(limit, now), tolerances: newTolerances(),
		jobs: newJobMetrics(), oauth: newOAuthRequests(), limits: newRateLimits(), onboarding: newOnboardingMetrics(), console: newConsoleMetrics(),
		exemplars: exemplars{now: now, seed: maphash.MakeSeed()},
	}
	info := prometheus.NewGauge(prometheus.GaugeOpts{
		Name:        "spoke_build_info",
		Help:        "Which Spoke runs, as labels; always 1.",
		ConstLabels: prometheus.Labels{"version": build.Version, "revision": build.Revision, "goversion": build.GoVersion},
	})
	info.Set(1)
	r.must(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		info, r.tenants, r.tolerances, r.oauth, r.limits, r.jobs.runs, r.jobs.last,
	)
	r.must(r.scim.all()...)
	r.must(r.onboarding.all()...)
	r.must(r.console.requests, r.console.duration)
	return r
}

// must registers what is ours, each under its own name.
func (r *Registry) must(list ...prometheus.Collector) {
	for _, c := range list {
		if err := r.Register(c); err != nil {
			panic(err)
		}
	}
}

// LeaveOutRequests makes the registry count nothing that a request pays for: what a benchmark compares with. It must be
// called before anything is counted.
func (r *Registry) LeaveOutRequests() { r.quiet = true }

// counters returns counters under one name, one for each of what its labels are.
func counters(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
}

// durations returns histograms of seconds under one name, with the buckets given and, for a Prometheus that asks for them,
// native ones, each a tenth wider than the last.
func durations(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: name, Help: help, Buckets: buckets,
		NativeHistogramBucketFactor:     1.1,
		NativeHistogramMaxBucketNumber:  100,
		NativeHistogramMinResetDuration: time.Hour,
	}, labels)
}

// Database adds the figures of a connection pool (go_sql_*), under the pool's name. A name must be added once.
func (r *Registry) Database(db *sql.DB, name string) error {
	return r.Register(collectors.NewDBStatsCollector(db, name))
}

// Register adds a metric that another package keeps, such as a gauge which is read when it is asked for. It is not for use
// while others register.
func (r *Registry) Register(c prometheus.Collector) error {
	if err := r.registry.Register(c); err != nil {
		return err
	}
	r.described = append(r.described, describe(c)...)
	return nil
}

// Handler serves the metrics in Prometheus's and OpenMetrics's text formats, the second with exemplars, and as protobuf,
// with native histograms: what the scraper asks for. A metric that cannot be gathered leaves the
// others readable and is counted in promhttp_metric_handler_errors_total.
func (r *Registry) Handler() http.Handler {
	return promhttp.HandlerFor(r.registry, promhttp.HandlerOpts{
		Registry:          r.registry,
		ErrorHandling:     promhttp.ContinueOnError,
		EnableOpenMetrics: true,
	})
}
