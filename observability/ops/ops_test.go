package ops

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func get(t *testing.T, config Config, path string) (int, report, string) {
	t.Helper()
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	w := httptest.NewRecorder()
	New(config).ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	var got report
	body := w.Body.String()
	if strings.HasPrefix(w.Header().Get("Content-Type"), "application/json") {
		if err := json.Unmarshal([]byte(body), &got); err != nil {
			t.Fatalf("body %q: %v", body, err)
		}
	}
	return w.Code, got, body
}

func passing(context.Context) error { return nil }

func TestReady(t *testing.T) {
	t.Parallel()
	stuck := make(chan struct{})
	t.Cleanup(func() { close(stuck) })
	for name, tc := range map[string]struct {
		checks []Check
		code   int
		want   report
	}{
		"nothing to check": {nil, 200, report{Status: "ok"}},
		"all pass": {
			[]Check{{"database", passing}, {"migrations", passing}},
			200,
			report{"ok", map[string]string{"database": "ok", "migrations": "ok"}},
		},
		"one fails": {
			[]Check{{"database", func(context.Context) error { return errors.New("password s3cr3t refused") }}, {"migrations", passing}},
			503,
			report{"failed", map[string]string{"database": "failed", "migrations": "ok"}},
		},
		"one panics": {
			[]Check{{"database", func(context.Context) error { panic("s3cr3t") }}},
			503,
			report{"failed", map[string]string{"database": "failed"}},
		},
		"one heeds no deadline": {
			[]Check{{"database", func(context.Context) error { <-stuck; return nil }}},
			503,
			report{"failed", map[string]string{"database": "timed out"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			timeout := time.Minute
			if tc.want.Checks["database"] == "timed out" {
				timeout = 50 * time.Millisecond
			}
			code, got, body := get(t, Config{Checks: tc.checks, Timeout: timeout}, "/readyz")
			if diff := cmp.Diff(tc.want, got); code != tc.code || diff != "" {
				t.Errorf("status %d, want %d\n%s", code, tc.code, diff)
			}
			if strings.Contains(body, "s3cr3t") {
				t.Errorf("a secret in the answer: %s", body)
			}
		})
	}
}

func TestHealthzRunsNoCheck(t *testing.T) {
	t.Parallel()
	failing := Check{"database", func(context.Context) error { return errors.New("down") }}
	if code, got, _ := get(t, Config{Checks: []Check{failing}}, "/healthz"); code != 200 || got.Status != "ok" {
		t.Errorf("got %d, %v: a process whose database is down must not be restarted", code, got)
	}
}

func TestFailureIsLogged(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	failing := Check{"database", func(context.Context) error { return errors.New("connection refused") }}
	get(t, Config{Checks: []Check{failing}, Logger: slog.New(slog.NewTextHandler(&log, nil))}, "/readyz")
	if got := log.String(); !strings.Contains(got, "check=database") || !strings.Contains(got, "connection refused") {
		t.Errorf("logged %q", got)
	}
}

func TestMetricsAreServed(t *testing.T) {
	t.Parallel()
	metrics := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "up 1\n") })
	if _, _, body := get(t, Config{Metrics: metrics}, "/metrics"); body != "up 1\n" {
		t.Errorf("got %q", body)
	}
	if code, _, _ := get(t, Config{}, "/metrics"); code != http.StatusNotFound {
		t.Errorf("without metrics: %d", code)
	}
}
