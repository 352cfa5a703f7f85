package metrics

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

const (
	// behindEvery is how old the figure may be. It changes when somebody migrates.
	behindEvery = time.Minute
	behindRead  = 5 * time.Second
)

// SchemaBehind adds the number of tenants whose schema lacks migrations of the program's, which read returns. While it cannot
// be read it is missing, rather than old. It must be added once.
func (r *Registry) SchemaBehind(read func(context.Context) (int, error), log *slog.Logger) error {
	return r.Register(&behindCollector{
		read: read, log: log, now: r.exemplars.now,
		desc: prometheus.NewDesc("spoke_schema_behind_tenants", "Tenants whose schema lacks migrations of this program's: run spoke migrate.", nil, nil),
	})
}

type behindCollector struct {
	read func(context.Context) (int, error)
	log  *slog.Logger
	now  func() time.Time
	desc *prometheus.Desc

	mu     sync.Mutex // one reads, the others wait for it
	at     time.Time
	behind int
	err    error
}

// Describe names the metric.
func (c *behindCollector) Describe(out chan<- *prometheus.Desc) { out <- c.desc }

// Collect reads it, when what is known is too old.
func (c *behindCollector) Collect(out chan<- prometheus.Metric) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.now(); c.at.IsZero() || now.Sub(c.at) >= behindEvery {
		ctx, cancel := context.WithTimeout(context.Background(), behindRead)
		defer cancel()
		c.at = now
		if c.behind, c.err = c.read(ctx); c.err != nil {
			c.log.WarnContext(ctx, "tenants whose schemas are behind not counted", "error", c.err)
		}
	}
	if c.err == nil {
		out <- prometheus.MustNewConstMetric(c.desc, prometheus.GaugeValue, float64(c.behind))
	}
}
