//go:build unix

package promserver_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/askspoke/spoke/infra/promserver"
)

func start(t *testing.T, o promserver.Options) (*promserver.Server, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute) // an installation takes long
	defer cancel()
	s, err := promserver.Start(ctx, o)
	if err == nil {
		t.Cleanup(func() { _ = s.Stop() })
	}
	return s, err
}

func TestServer(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	s, err := start(t, promserver.Options{Log: &log})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log.String(), s.URL()) {
		t.Errorf("it said %q, without %s", log.String(), s.URL())
	}
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
	if response, err := http.Get(s.URL()); err == nil {
		response.Body.Close()
		t.Error("it answers after Stop")
	}
	if s.Err() != nil {
		t.Errorf("after Stop: %v", s.Err())
	}
}

// A rule that does not parse fails the start, in Prometheus's own words.
func TestBrokenRuleFailsTheStart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	rule := "groups: [{name: broken, rules: [{record: x, expr: 'sum('}]}]"
	if err := os.WriteFile(filepath.Join(dir, "broken.yml"), []byte(rule), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := start(t, promserver.Options{Rules: dir}); err == nil || !strings.Contains(err.Error(), "broken.yml") {
		t.Errorf("err = %v, want one of broken.yml", err)
	}
}
