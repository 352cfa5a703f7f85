package metrics

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// other stands for every value that is not on a label's list.
const other = "other"

// The values of the labels that come from outside.
var (
	methods = []string{
		http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
		http.MethodHead, http.MethodOptions,
	}
	// scimTypes are those of RFC 7644, section 3.12, table 9. An error without one is counted as "none".
	scimTypes = []string{
		"invalidFilter", "tooMany", "uniqueness", "mutability", "invalidSyntax", "invalidPath", "noTarget",
		"invalidValue", "invalidVers", "sensitive",
	}
)

// Outcome is how a provisioning operation ended.
type Outcome string

// The outcomes: Applied changed something, Unchanged found it so already, Refused is the client's fault, Failed is ours.
const (
	Applied   Outcome = "applied"
	Unchanged Outcome = "unchanged"
	Refused   Outcome = "refused"
	Failed    Outcome = "failed"
)

// A Request is an answered SCIM request.
type Request struct {
	Route    string // the pattern, such as "/scim/v2/Users/:id"; empty for a path that no route has
	Method   string
	Status   int
	SCIMType string // of the error document, empty when there is none
	Duration time.Duration
}

// SCIMRequest counts an answered request, its duration, and its error when the status is 400 or above.
func (r *Registry) SCIMRequest(request Request) {
	route := request.Route
	if route == "" {
		route = "none"
	}
	method := listed(methods, request.Method)
	r.scim.requests.WithLabelValues(route, method, strconv.Itoa(request.Status)).Inc()
	r.scim.duration.WithLabelValues(route, method).Observe(request.Duration.Seconds())
	switch {
	case request.Status < http.StatusBadRequest:
	case request.SCIMType == "":
		r.scim.errors.WithLabelValues("none").Inc()
	default:
		r.scim.errors.WithLabelValues(listed(scimTypes, request.SCIMType)).Inc()
	}
}

// SCIMRequestStarted counts a request as in flight until the returned function is called.
func (r *Registry) SCIMRequestStarted() (ended func()) {
	r.scim.inFlight.Inc()
	return r.scim.inFlight.Dec
}

// Operation counts what became of one change of the directory. resource ("user", "group") and action ("create",
// "patch") are words of the program's; a bulk request is as many operations as it holds.
func (r *Registry) Operation(resource, action string, outcome Outcome) {
	r.scim.operations.WithLabelValues(resource, action, string(outcome)).Inc()
}

// scimMetrics are the gateway's.
type scimMetrics struct {
	requests, errors, operations *prometheus.CounterVec
	duration                     *prometheus.HistogramVec
	inFlight                     prometheus.Gauge
}

func newSCIMMetrics() scimMetrics {
	return scimMetrics{
		requests: counters("spoke_scim_requests_total",
			"Answered SCIM requests by route, method and status.", "route", "method", "code"),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "spoke_scim_request_duration_seconds",
			Help: "Time from a SCIM request's headers to the end of its answer.",
			// A read takes about a millisecond; identity providers give up after 30 seconds or more.
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
			// Native buckets, each a tenth wider than the last, for a Prometheus that asks for them.
			NativeHistogramBucketFactor:     1.1,
			NativeHistogramMaxBucketNumber:  100,
			NativeHistogramMinResetDuration: time.Hour,
		}, []string{"route", "method"}),
		errors: counters("spoke_scim_errors_total",
			"SCIM error answers by scimType; none where the error has no type.", "scim_type"),
		operations: counters("spoke_provisioning_operations_total",
			"Changes of the directory by resource, action and outcome.", "resource", "action", "outcome"),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "spoke_scim_requests_in_flight",
			Help: "SCIM requests that are being answered.",
		}),
	}
}

func (m scimMetrics) all() []prometheus.Collector {
	return []prometheus.Collector{m.requests, m.duration, m.errors, m.operations, m.inFlight}
}

// listed returns value when the list has it, and other otherwise.
func listed(list []string, value string) string {
	if slices.Contains(list, value) {
		return value
	}
	return other
}
