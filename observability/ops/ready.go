package ops

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
)

const (
	statusOK     = "ok"
	statusFailed = "failed"
)

// A report is the body of an answer: {"status":"failed","checks":{"database":"failed","migrations":"ok"}}.
type report struct {
	Status string            `json:"status"`
	Checks map[string]string `json:"checks,omitempty"`
}

// run runs all checks and waits for them, but no longer than the timeout.
func (c Config) run(ctx context.Context) report {
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	type result struct {
		name string
		err  error
	}
	results := make(chan result, len(c.Checks)) // so that a late check ends, though nobody waits for it
	whole := report{Status: statusOK, Checks: make(map[string]string, len(c.Checks))}
	for _, check := range c.Checks {
		whole.Checks[check.Name] = "timed out"
		go func() { results <- result{check.Name, runOne(ctx, check)} }()
	}
	for range c.Checks {
		select {
		case r := <-results:
			whole.Checks[r.name] = statusOK
			if r.err != nil {
				whole.Checks[r.name], whole.Status = statusFailed, statusFailed
				c.Logger.WarnContext(ctx, "readiness check failed", slog.String("check", r.name), slog.Any("error", r.err))
			}
		case <-ctx.Done():
			whole.Status = statusFailed
			c.Logger.WarnContext(ctx, "readiness checks timed out", slog.Any("checks", whole.Checks))
			return whole
		}
	}
	return whole
}

// runOne runs a check and takes a panic in it for a failure: it must not end the process.
func runOne(ctx context.Context, check Check) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the check panicked: %v", p)
		}
	}()
	if check.Run == nil {
		return errors.New("the check does nothing")
	}
	return check.Run(ctx)
}

// answer writes a report, with 503 when something failed.
func answer(ctx context.Context, logger *slog.Logger, w http.ResponseWriter, r report) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if r.Status != statusOK {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	if err := json.NewEncoder(w).Encode(r); err != nil {
		logger.DebugContext(ctx, "health answer not written", slog.Any("error", err))
	}
}
