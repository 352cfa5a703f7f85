package metrics

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// askWithin is how long a scrape waits for what is asked of Postgres for it.
const askWithin = 2 * time.Second

// Mail are the metrics of mail: what became of attempts to send it, in this process, and what waits in the outbox, which
// is asked at each scrape. It is registered by Registry.Register.
type Mail struct {
	sent           *prometheus.CounterVec
	queued, oldest *prometheus.Desc
	queue          func(context.Context) (queued int, oldest time.Time, err error)
	now            func() time.Time
}

// NewMail returns the metrics, each of the outcomes at zero. queue returns how many mails wait, and since when the first of
// them does, the zero Time for none.
func NewMail(outcomes []string, queue func(context.Context) (int, time.Time, error), now func() time.Time) *Mail {
	m := &Mail{
		sent: counters("spoke_mail_sent_total",
			"Mails by what became of an attempt to send them: sent, deferred (to be tried again), failed (given up).", "outcome"),
		queued: prometheus.NewDesc("spoke_mail_queued", "Mails that wait to be sent, those to be tried again included.", nil, nil),
		oldest: prometheus.NewDesc("spoke_mail_oldest_seconds", "For how long the oldest of them has waited; 0: none waits.", nil, nil),
		queue:  queue, now: now,
	}
	for _, outcome := range outcomes {
		m.sent.WithLabelValues(outcome)
	}
	return m
}

// Sent counts mails. outcome is a word of a fixed list.
func (m *Mail) Sent(outcome string, mails int) { m.sent.WithLabelValues(outcome).Add(float64(mails)) }

// Describe names the metrics.
func (m *Mail) Describe(to chan<- *prometheus.Desc) {
	m.sent.Describe(to)
	to <- m.queued
	to <- m.oldest
}

// Collect asks for what waits. While that cannot be asked, its two metrics are an error, which leaves the others readable.
func (m *Mail) Collect(to chan<- prometheus.Metric) {
	m.sent.Collect(to)
	ctx, cancel := context.WithTimeout(context.Background(), askWithin)
	defer cancel()
	queued, oldest, err := m.queue(ctx)
	if err != nil {
		to <- prometheus.NewInvalidMetric(m.queued, err)
		return
	}
	age := 0.0
	if !oldest.IsZero() {
		age = max(0, m.now().Sub(oldest).Seconds())
	}
	to <- prometheus.MustNewConstMetric(m.queued, prometheus.GaugeValue, float64(queued))
	to <- prometheus.MustNewConstMetric(m.oldest, prometheus.GaugeValue, age)
}
