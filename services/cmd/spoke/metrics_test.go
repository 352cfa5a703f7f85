package main

import (
	"bytes"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/observability/health"
	"github.com/askspoke/spoke/observability/metrics"
	"github.com/askspoke/spoke/observability/tracing/tracetest"
	"github.com/askspoke/spoke/tenancy/token"
)

var update = flag.Bool("update", false, "write infra/prometheus/METRICS.md anew")

// composed is a Spoke with every metric that it can have, and the options that some of them need.
func composed(t *testing.T) *app {
	t.Helper()
	s := settings{
		DatabaseURL: pgtest.ControlDatabase(t), BaseDomain: "askspoke.com", TokenKey: token.GenerateKey(), PublicScheme: "https",
		MaxConnections: 4, RateLimits: true, Journal: true, Metrics: true, Pace: 1, HealthInterval: 15 * time.Second,
		SMTPURL: "smtp://127.0.0.1:1", MailFrom: "spoke@askspoke.com",
	}
	a, err := open(t.Context(), s, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.close() })
	if err := a.tenants.MigrateControl(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := a.exportHealth(); err != nil { // as the worker does
		t.Fatal(err)
	}
	if err := a.metrics.RateLimitShared(func() bool { return true }); err != nil { // as where there is Redis
		t.Fatal(err)
	}
	return a
}

// TestServeTraces runs a server with a collector, and without the metrics of requests.
func TestServeTraces(t *testing.T) {
	t.Parallel()
	collector := tracetest.Start(t)
	env := []string{
		"SPOKE_DATABASE_URL=" + pgtest.ControlDatabase(t), "SPOKE_BASE_DOMAIN=askspoke.com", "SPOKE_TOKEN_KEY=" + token.GenerateKey(),
		"SPOKE_ADDR=127.0.0.1:0", "SPOKE_METRICS_ADDR=127.0.0.1:0", "SPOKE_DRAIN_DELAY=0s", "SPOKE_METRICS=false",
		"SPOKE_OTLP_ENDPOINT=" + collector.URL,
	}
	if out, err := spoke(t, env, "tenant", "create", "acme").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	p := startServeIn(t, env)
	if got := p.status(t, p.scim, "/scim/v2/Users"); got != http.StatusUnauthorized {
		t.Errorf("status %d", got)
	}
	if text := p.metrics(t); strings.Contains(text, "\nspoke_scim_requests_total{") || !strings.Contains(text, "\nspoke_build_info{") {
		t.Error("the requests are counted, or nothing is there at all")
	}
	if !strings.Contains(p.out.String(), "SPOKE_METRICS is false") {
		t.Errorf("the log does not warn:\n%s", p.out)
	}
	if err := p.Process.Signal(syscall.SIGTERM); err != nil { // what has not been sent is sent last
		t.Fatal(err)
	}
	span := collector.Wait(t, "the request", func(s tracetest.Span) bool {
		return s.Attributes["http.response.status_code"] == int64(http.StatusUnauthorized)
	})
	if span.Attributes["spoke.tenant"] != "acme" || !strings.Contains(p.out.String(), span.TraceID) {
		t.Errorf("the span is %+v, and the log\n%s", span, p.out)
	}
	if err := p.Wait(); err != nil {
		t.Error(err)
	}
}

const metricsPage = "../../../infra/prometheus/METRICS.md"

// TestMetricsPage compares the page that lists the metrics with what is registered.
func TestMetricsPage(t *testing.T) {
	t.Parallel()
	var page strings.Builder
	page.WriteString("# The metrics of Spoke\n\n" +
		"Written by `go test ./services/cmd/spoke -run TestMetricsPage -update` from what a server has registered, and checked by the\n" +
		"same test. `/metrics` also has those of Go (`go_*`), of the process (`process_*`), of the scrape itself (`promhttp_*`) and of\n" +
		"the pool of connections to Postgres (`go_sql_*`, with `db_name=\"spoke\"`), which their libraries document.\n\n" +
		"`spoke_tenant*` of the worker are there where the role `worker` runs, `spoke_mail_*` where SPOKE_SMTP_URL is set, and\n" +
		"`spoke_ratelimit_redis_up` where SPOKE_REDIS_URL is. A tenant reads those of its own at `/metrics/tenants/SLUG` on its host, with a\n" +
		"token that has the scope `metrics:read`.\n\n" +
		"Histograms have native buckets too, for a Prometheus that asks for protobuf, and exemplars with `request_id` and, where the\n" +
		"request is traced, `trace_id`, for one that asks for OpenMetrics or protobuf.\n\n" +
		"| metric | type | labels | what it says |\n|---|---|---|---|\n")
	for _, d := range composed(t).metrics.Descriptions() {
		if !strings.HasPrefix(d.Name, "spoke_") {
			continue
		}
		labels := "–"
		if len(d.Labels) > 0 {
			labels = "`" + strings.Join(d.Labels, "`, `") + "`"
		}
		fmt.Fprintf(&page, "| `%s` | %s | %s | %s |\n", d.Name, d.Type, labels, strings.ReplaceAll(d.Help, "|", `\|`))
	}
	if *update {
		if err := os.WriteFile(metricsPage, []byte(page.String()), 0o644); err != nil { //nolint:gosec // everybody may read it
			t.Fatal(err)
		}
		return
	}
	have, err := os.ReadFile(metricsPage)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(have), page.String()); diff != "" {
		t.Errorf("METRICS.md is not what is registered; write it anew with -update (-page +registered):\n%s", diff)
	}
}

// TestMetricsLint asks Prometheus's linter about everything that a server exports.
func TestMetricsLint(t *testing.T) {
	t.Parallel()
	a := composed(t)
	a.metrics.SCIMRequest(metrics.Request{Tenant: "acme", Route: "/Users", Method: "POST", Status: 400, SCIMType: "invalidValue"})
	a.metrics.Operation("acme", metrics.Operation{Resource: "User", Action: health.Create, Outcome: health.Refused})
	a.metrics.Tolerance("acme", "pathKeys")
	a.metrics.RateLimit("write", "refused")
	a.metrics.RateLimitRefused("acme", "write")
	a.metrics.OAuthRequest("/oauth/token", 400, "invalid_client")
	a.metrics.Onboarding(metrics.OnboardingCall{Operation: "createTenant", Method: "POST", Status: 409, Problem: "slug-taken"})
	a.metrics.Console(metrics.ConsoleRequest{Route: "/", Method: "GET", Status: 200})
	a.metrics.Job("purge tenants", "done", true, time.Now())
	answer := httptest.NewRecorder()
	a.metrics.Handler().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody))
	if answer.Code != http.StatusOK || !strings.Contains(answer.Body.String(), "\nspoke_schema_behind_tenants 0\n") ||
		!strings.Contains(answer.Body.String(), `go_sql_open_connections{db_name="spoke"}`) {
		t.Fatalf("status %d: %s", answer.Code, answer.Body)
	}
	problems, err := promlint.New(bytes.NewReader(answer.Body.Bytes())).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}
