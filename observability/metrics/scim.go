package metrics

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/askspoke/spoke/tenancy"
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

// A Request is an answered SCIM request.
type Request struct {
	Tenant   tenancy.Slug // empty where the host is of none
	Route    string       // the pattern, such as "/scim/v2/Users/:id"; empty for a path that no route has
	Method   string
	Status   int
	SCIMType string // of the error document, empty when there is none
	Duration time.Duration
	// RequestID and TraceID are what an exemplar shows; the second is empty where the request is not traced.
	RequestID, TraceID string
}

// SCIMRequest counts an answered request, its duration, and its error when the status is 400 or above.
func (r *Registry) SCIMRequest(request Request) {
	if r.quiet {
		return
	}
	route := request.Route
	if route == "" {
		route = "none"
	}
	method, class := listed(methods, request.Method), classOf(request.Status)
	r.scim.requests.WithLabelValues(route, method, strconv.Itoa(request.Status)).Inc()
	duration := r.scim.duration.WithLabelValues(route, method, class)
	r.exemplars.observe(duration, route, class, request.Duration, request.RequestID, request.TraceID)
	r.tenants.request(request.Tenant, class)
	switch {
	case request.Status < http.StatusBadRequest:
	case request.SCIMType == "":
		r.scim.errors.WithLabelValues("none").Inc()
	default:
		r.scim.errors.WithLabelValues(listed(scimTypes, request.SCIMType)).Inc()
	}
}

// classOf returns the class of a status: 2xx, 3xx, 4xx, 5xx.
func classOf(status int) string {
	if i := status / 100; i >= 2 && i <= 5 {
		return [...]string{"2xx", "3xx", "4xx", "5xx"}[i-2]
	}
	return other
}

// SCIMRequestStarted counts a request as in flight until the returned function is called.
func (r *Registry) SCIMRequestStarted() (ended func()) {
	if r.quiet {
		return func() {}
	}
	r.scim.inFlight.Inc()
	return r.scim.inFlight.Dec
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
		// A read takes about a millisecond; identity providers give up after 30 seconds or more.
		duration: durations("spoke_scim_request_duration_seconds",
			"Time from a SCIM request's headers to the end of its answer, by route, method and class of status.",
			[]float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}, "route", "method", "class"),
		errors: counters("spoke_scim_errors_total",
			"SCIM error answers by scimType; none where the error has no type.", "scim_type"),
		operations: counters("spoke_provisioning_operations_total",
			"Changes of the directory by resource, action and outcome: accepted ones by the journal's words, the others by what was asked for.", "resource", "action", "outcome"),
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
func listed[T ~string](list []T, value T) T {
	if slices.Contains(list, value) {
		return value
	}
	return other
}
