package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Activity are figures of the counts of requests that wait to be written to the tenants' schemas: how many there are, how many
// requests could not be counted, and how long the oldest has waited.
type Activity struct {
	Kept    int
	Dropped int64
	Lag     time.Duration
}

// Activity adds the figures of the counts, which read returns whenever they are asked for. It must be added once.
func (r *Registry) Activity(read func() Activity) error {
	return r.Register(&activityCollector{
		read: read,
		lag: prometheus.NewDesc("spoke_activity_lag_seconds",
			"How long the oldest request has waited that is answered and whose count is not written.", nil, nil),
		kept: prometheus.NewDesc("spoke_activity_kept_counts",
			"Counts of requests in memory, each of a tenant, a time, an action and an outcome.", nil, nil),
		dropped: prometheus.NewDesc("spoke_activity_dropped_total",
			"Requests that were not counted, because memory was full or their tenant is gone.", nil, nil),
	})
}

// activityCollector reads all figures at once, so that they agree.
type activityCollector struct {
	read               func() Activity
	lag, kept, dropped *prometheus.Desc
}

// Describe names the metrics.
func (c *activityCollector) Describe(out chan<- *prometheus.Desc) {
	out <- c.lag
	out <- c.kept
	out <- c.dropped
}

// Collect reads them.
func (c *activityCollector) Collect(out chan<- prometheus.Metric) {
	a := c.read()
	out <- prometheus.MustNewConstMetric(c.lag, prometheus.GaugeValue, a.Lag.Seconds())
	out <- prometheus.MustNewConstMetric(c.kept, prometheus.GaugeValue, float64(a.Kept))
	out <- prometheus.MustNewConstMetric(c.dropped, prometheus.CounterValue, float64(a.Dropped))
}
