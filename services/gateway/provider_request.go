package gateway

import (
	"net/http"
	"strings"
)

// providerRequestHeaders are where identity providers, and what stands between, say what they call a request: those of one
// provider first, since a proxy may have set the others.
var providerRequestHeaders = [...]string{
	"X-Ms-Client-Request-Id", "Client-Request-Id", "X-Okta-Request-Id", "X-Correlation-Id", "X-Request-Id",
}

// providerRequestID returns what the client calls the request, "" where it does not say: for the journal and the log, by which
// an administrator finds it in the provider's own log. It is 128 printable ASCII characters at most. It is the client's, so
// nothing depends on it, and no answer repeats it.
func providerRequestID(h http.Header) string {
	for _, name := range providerRequestHeaders {
		if id := legible(h.Get(name)); id != "" {
			return id
		}
	}
	return traceID(h.Get("Traceparent"))
}

func legible(text string) string {
	const most = 128
	text = strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' {
			return -1
		}
		return r
	}, text[:min(len(text), 4*most)])
	return text[:min(len(text), most)]
}

// traceID returns the trace id of a traceparent (W3C Trace Context section 3.2), "" for what is none.
func traceID(traceparent string) string {
	const width = len("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
	parts := strings.Split(traceparent[:min(len(traceparent), width)], "-")
	if len(parts) < 4 || len(parts[0]) != 2 || len(parts[1]) != 32 || strings.Trim(parts[1], "0") == "" ||
		strings.Trim(parts[1], "0123456789abcdef") != "" {
		return ""
	}
	return parts[1]
}
