package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// JournalBuffer is what waits to be written to the journals, and what became of what did. Oldest is when that which has
// waited longest began to, zero where nothing waits.
type JournalBuffer struct {
	Written, Dropped uint64
	Buffered         int
	Oldest           time.Time
}

// Journal adds the figures of refused requests on their way to the journals, which read returns whenever they are asked
// for. It must be called once.
func (r *Registry) Journal(read func() JournalBuffer) error {
	return r.Register(&journalCollector{
		read: read,
		written: prometheus.NewDesc("spoke_journal_refusals_written_total",
			"Refused requests that this process wrote to the tenants' journals.", nil, nil),
		dropped: prometheus.NewDesc("spoke_journal_refusals_dropped_total",
			"Refused requests that no journal has: more came than could wait, Postgres refused them, or the process ended.", nil, nil),
		buffered: prometheus.NewDesc("spoke_journal_buffered_entries",
			"Refused requests that wait to be written.", nil, nil),
		lag: prometheus.NewDesc("spoke_journal_lag_seconds",
			"How long the one of them has waited that has waited longest.", nil, nil),
	})
}

// journalCollector reads all figures at once, so that they agree.
type journalCollector struct {
	read                            func() JournalBuffer
	written, dropped, buffered, lag *prometheus.Desc
}

// Describe names the metrics.
func (c *journalCollector) Describe(out chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{c.written, c.dropped, c.buffered, c.lag} {
		out <- desc
	}
}

// Collect reads them.
func (c *journalCollector) Collect(out chan<- prometheus.Metric) {
	b := c.read()
	lag := 0.0
	if !b.Oldest.IsZero() {
		lag = max(0, time.Since(b.Oldest).Seconds())
	}
	out <- prometheus.MustNewConstMetric(c.written, prometheus.CounterValue, float64(b.Written))
	out <- prometheus.MustNewConstMetric(c.dropped, prometheus.CounterValue, float64(b.Dropped))
	out <- prometheus.MustNewConstMetric(c.buffered, prometheus.GaugeValue, float64(b.Buffered))
	out <- prometheus.MustNewConstMetric(c.lag, prometheus.GaugeValue, lag)
}
