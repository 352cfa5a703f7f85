package metrics

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
)

// OAuthRequest counts an answered request at one of the OAuth endpoints. route and code, the error of RFC 6749 section
// 5.2 or "none", are words of the program's.
func (r *Registry) OAuthRequest(route string, status int, code string) {
	if r.quiet {
		return
	}
	r.oauth.WithLabelValues(route, strconv.Itoa(status), code).Inc()
}

func newOAuthRequests() *prometheus.CounterVec {
	return counters("spoke_oauth_requests_total",
		"Answered requests at the OAuth endpoints by route, status and error.", "route", "code", "error")
}
