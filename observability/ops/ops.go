// Package ops is the HTTP handler for those who run Spoke: metrics, and whether a process is alive and ready.
//
// It listens nowhere by itself and authenticates nobody: a program serves it on a port that the world cannot reach.
//
// Invariant: an answer names the check that failed and never why, since a reason can hold a host name or a password;
// the reason is logged.
package ops

import (
	"context"
	"log/slog"
	"net/http"
	"time"
)

// DefaultTimeout bounds all checks of one request together. A kubelet gives up after one second unless told otherwise,
// a load balancer after a few.
const DefaultTimeout = 2 * time.Second

// A Check is one thing that a process needs to serve, such as its database. Run returns nil when it is there and should
// end when the context does; a Run that does not counts as failed.
type Check struct {
	Name string
	Run  func(context.Context) error
}

// Config says what the handler serves. Zero values are usable, but for the logger.
type Config struct {
	// Metrics answers /metrics; without it the path is not found.
	Metrics http.Handler
	// Checks are run at the same time for each /readyz.
	Checks []Check
	// Timeout bounds them; zero means DefaultTimeout.
	Timeout time.Duration
	Logger  *slog.Logger
}

// New returns the handler of
//
//	GET /healthz   200 as long as the process answers: restart it when it does not
//	GET /readyz    200 when every check passed, otherwise 503: send no requests, but do not restart
//	GET /metrics   for Prometheus
func New(config Config) http.Handler {
	if config.Timeout == 0 {
		config.Timeout = DefaultTimeout
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, r *http.Request) {
		answer(r.Context(), config.Logger, w, report{Status: statusOK})
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		answer(r.Context(), config.Logger, w, config.run(r.Context()))
	})
	if config.Metrics != nil {
		mux.Handle("GET /metrics", config.Metrics)
	}
	return mux
}
