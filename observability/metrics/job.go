package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

type jobMetrics struct {
	runs *prometheus.CounterVec
	last *prometheus.GaugeVec
}

func newJobMetrics() jobMetrics {
	return jobMetrics{
		runs: counters("spoke_job_runs_total",
			"Runs of the worker's jobs by outcome: done or failed.", "job", "outcome"),
		last: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "spoke_job_last_done_timestamp_seconds",
			Help: "When this process last ended a run of the job without an error.",
		}, []string{"job"}),
	}
}

// Job counts a run of one of the worker's jobs, whose name is of a fixed list. done says that it is a success of ours.
func (r *Registry) Job(job, outcome string, done bool, at time.Time) {
	r.jobs.runs.WithLabelValues(job, outcome).Inc()
	if done {
		r.jobs.last.WithLabelValues(job).Set(float64(at.UnixMilli()) / 1000)
	}
}
