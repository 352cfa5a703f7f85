package metrics

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// An OnboardingCall is an answered call of the onboarding API.
type OnboardingCall struct {
	Operation string // as the API's document names it; empty for a path that no operation has
	Method    string
	Status    int
	Problem   string // the kind of problem that it was answered with: a word of the program's; empty for none
	Duration  time.Duration
	RequestID string // ours
	TraceID   string // empty where the call is not traced
}

// Onboarding counts an answered call, its duration, and its problem.
func (r *Registry) Onboarding(call OnboardingCall) {
	operation := call.Operation
	if operation == "" {
		operation = "none"
	}
	r.onboarding.calls.WithLabelValues(operation, listed(methods, call.Method), strconv.Itoa(call.Status)).Inc()
	r.exemplars.observe(r.onboarding.duration.WithLabelValues(operation), operation, "", call.Duration, call.RequestID, call.TraceID)
	if call.Problem != "" {
		r.onboarding.problems.WithLabelValues(call.Problem).Inc()
	}
}

// OnboardingNotAudited counts a call of a caller without a credential that the audit log does not have, because there
// were too many.
func (r *Registry) OnboardingNotAudited() { r.onboarding.notAudited.Inc() }

// onboardingMetrics are the onboarding API's.
type onboardingMetrics struct {
	calls, problems *prometheus.CounterVec
	duration        *prometheus.HistogramVec
	notAudited      prometheus.Counter
}

func newOnboardingMetrics() onboardingMetrics {
	return onboardingMetrics{
		calls: counters("spoke_onboarding_calls_total",
			"Answered calls of the onboarding API by operation, method and status.", "operation", "method", "code"),
		problems: counters("spoke_onboarding_problems_total",
			"Calls of the onboarding API that were answered with a problem, by its type.", "problem"),
		duration: durations("spoke_onboarding_call_duration_seconds",
			"Time from a call's headers to the end of its answer.",
			[]float64{.0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}, "operation"),
		notAudited: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "spoke_onboarding_calls_not_audited_total",
			Help: "Calls without a valid credential that the audit log does not have, because there were too many.",
		}),
	}
}

func (m onboardingMetrics) all() []prometheus.Collector {
	return []prometheus.Collector{m.calls, m.problems, m.duration, m.notAudited}
}
