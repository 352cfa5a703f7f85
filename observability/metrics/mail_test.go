package metrics_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/askspoke/spoke/observability/metrics"
)

// Mail is counted from zero, what waits is asked at each scrape, and what cannot be asked hides nothing else.
func TestMail(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	queued, oldest, err := 0, time.Time{}, error(nil)
	m := metrics.NewMail([]string{"sent", "deferred", "failed"}, func(context.Context) (int, time.Time, error) { return queued, oldest, err }, func() time.Time { return at })
	registry := metrics.New(metrics.Build{})
	if err := registry.Register(m); err != nil {
		t.Fatal(err)
	}
	scrape := func(wants ...string) string {
		t.Helper()
		w := httptest.NewRecorder()
		registry.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", http.NoBody))
		for _, want := range wants {
			if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "\n"+want+"\n") {
				t.Errorf("%d: %q is missing in\n%s", w.Code, want, w.Body)
			}
		}
		return w.Body.String()
	}
	scrape(`spoke_mail_sent_total{outcome="failed"} 0`, "spoke_mail_queued 0", "spoke_mail_oldest_seconds 0")
	m.Sent("sent", 3)
	queued, oldest = 2, at.Add(-90*time.Second)
	scrape(`spoke_mail_sent_total{outcome="sent"} 3`, "spoke_mail_queued 2", "spoke_mail_oldest_seconds 90")
	oldest = at.Add(time.Second) // another's clock
	scrape("spoke_mail_oldest_seconds 0")
	err = errors.New("away")
	if got := scrape(`spoke_mail_sent_total{outcome="sent"} 3`); strings.Contains(got, "\nspoke_mail_queued ") {
		t.Errorf("it has the queue's length:\n%s", got)
	}
}
