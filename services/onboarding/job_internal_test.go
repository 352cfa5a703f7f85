package onboarding

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
)

// A panic in a job ends that job alone, and is logged.
func TestJobThatPanics(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	j := newJobs(slog.New(slog.NewJSONHandler(&log, nil)))
	j.start(func(context.Context) { panic("broken") })
	j.start(func(ctx context.Context) { <-ctx.Done() })
	j.stop()
	if !strings.Contains(log.String(), "job panicked") || !strings.Contains(log.String(), "broken") {
		t.Errorf("logged: %s", &log)
	}
}
