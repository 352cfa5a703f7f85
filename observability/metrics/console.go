package metrics

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// A ConsoleRequest is an answered request of the admin console.
type ConsoleRequest struct {
	Route    string // the route's pattern, never its path; empty for a path that no route has
	Method   string
	Status   int
	Duration time.Duration
}

// Console counts an answered request, and its duration.
func (r *Registry) Console(request ConsoleRequest) {
	route := request.Route
	if route == "" {
		route = "none"
	}
	r.console.requests.WithLabelValues(route, listed(methods, request.Method), strconv.Itoa(request.Status)).Inc()
	r.console.duration.WithLabelValues(route).Observe(request.Duration.Seconds())
}

// consoleMetrics are the admin console's.
type consoleMetrics struct {
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
}

func newConsoleMetrics() consoleMetrics {
	return consoleMetrics{
		requests: counters("spoke_console_requests_total",
			"Answered requests of the admin console by route, method and status.", "route", "method", "code"),
		duration: durations("spoke_console_request_duration_seconds",
			"Time from a request's headers to the end of its answer; a live page's stream is one long request.",
			[]float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}, "route"),
	}
}
