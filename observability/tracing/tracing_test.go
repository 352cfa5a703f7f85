package tracing_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/lib/pq"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/observability/tracing"
	"github.com/askspoke/spoke/observability/tracing/tracetest"
)

func setup(t *testing.T, config tracing.Config) *tracing.Tracing {
	t.Helper()
	config.Every = 10 * time.Millisecond
	traces, err := tracing.Setup(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer cancel()
		_ = traces.Shutdown(ctx) // the collector may be away
	})
	return traces
}

func named(name string) func(tracetest.Span) bool {
	return func(s tracetest.Span) bool { return s.Name == name }
}

const theirTrace, theirSpan = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"

func TestARequestHasASpan(t *testing.T) {
	t.Parallel()
	collector := tracetest.Start(t)
	traces := setup(t, tracing.Config{Endpoint: collector.URL, Version: "1.2.3"})
	var id string
	handler := traces.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id = tracing.ID(r.Context())
		tracing.Annotate(r.Context(), tracing.Request{
			Method: r.Method, Route: "/Users/{id}", Status: 503, Tenant: "acme", ID: "ours", ProviderID: "theirs", ErrorType: "tooMany",
		})
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	request := httptest.NewRequest(http.MethodPatch, "/scim/v2/Users/secret-id?filter=secret-query", strings.NewReader("secret-body"))
	request.Header.Set("Authorization", "Bearer secret-token")
	request.Header.Set("Traceparent", "00-"+theirTrace+"-"+theirSpan+"-01")
	request.Header.Set("Tracestate", "vendor=secret-state")
	handler.ServeHTTP(httptest.NewRecorder(), request)

	got := collector.Wait(t, "the request", named("PATCH /Users/{id}"))
	want := tracetest.Span{
		Name: "PATCH /Users/{id}", TraceID: id, Failed: true, Links: []tracetest.Link{{TraceID: theirTrace, SpanID: theirSpan}},
		Attributes: map[string]any{
			"http.request.method": "PATCH", "http.route": "/Users/{id}", "http.response.status_code": int64(503), "spoke.tenant": "acme",
			"spoke.request_id": "ours", "spoke.provider_request_id": "theirs", "error.type": "tooMany",
		},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(tracetest.Span{}, "ID")); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if id == "" || id == theirTrace {
		t.Errorf("the trace is %q, which a client must not choose", id)
	}
	if raw := collector.Raw(); strings.Contains(raw, "secret") || !strings.Contains(raw, "1.2.3") {
		t.Errorf("sent was %q", raw)
	}
}

func TestAPanicIsNotToldOf(t *testing.T) {
	t.Parallel()
	collector := tracetest.Start(t)
	traces := setup(t, tracing.Config{Endpoint: collector.URL})
	handler := traces.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("secret") }))
	func() {
		defer func() {
			if recover() != "secret" {
				t.Error("the panic was kept from the server")
			}
		}()
		handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("BREW", "/", http.NoBody))
	}()
	if got := collector.Wait(t, "the request", named("HTTP")); got.Events != 0 || strings.Contains(collector.Raw(), "secret") {
		t.Errorf("the span is %+v", got)
	}
}

func TestAJobHasASpan(t *testing.T) {
	t.Parallel()
	collector := tracetest.Start(t)
	traces := setup(t, tracing.Config{Endpoint: collector.URL})
	ctx, end := traces.Job(t.Context(), "purge tenants")
	if tracing.ID(ctx) == "" {
		t.Error("the job is not traced")
	}
	end(errors.New("secret"))
	got := collector.Wait(t, "the job", named("job purge tenants"))
	if !got.Failed || got.Attributes["spoke.job"] != "purge tenants" || strings.Contains(collector.Raw(), "secret") {
		t.Errorf("the span is %+v", got)
	}
}

// TestNothingCostsNothing is a process without a collector. It is not parallel, because it counts allocations.
func TestNothingCostsNothing(t *testing.T) {
	var none *tracing.Tracing
	handled := false
	next := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { handled = true })
	none.Handler(next).ServeHTTP(nil, nil)
	if !handled {
		t.Error("the handler is not called")
	}
	ctx := t.Context()
	allocs := testing.AllocsPerRun(1000, func() {
		if tracing.ID(ctx) != "" {
			t.Error("it is traced")
		}
		tracing.Annotate(ctx, tracing.Request{Method: "GET", Route: "/Users", Status: 200, Tenant: "acme", ID: "x"})
		_, end := none.Job(ctx, "sweep")
		end(nil)
	})
	if allocs != 0 {
		t.Errorf("%v allocations for nothing", allocs)
	}
	connector, err := pq.NewConnector("postgres://127.0.0.1:1/none")
	if err != nil {
		t.Fatal(err)
	}
	traced, plain := none.OpenDB(connector), sql.OpenDB(connector)
	defer traced.Close()
	defer plain.Close()
	if got, want := fmt.Sprintf("%T", traced.Driver()), fmt.Sprintf("%T", plain.Driver()); got != want {
		t.Errorf("the driver is %s and not %s", got, want)
	}
	if err := none.Shutdown(ctx); err != nil {
		t.Error(err)
	}
}

// TestACollectorThatIsAwayHoldsUpNothing sends far more than the queue holds to a port at which nothing ever answers.
func TestACollectorThatIsAwayHoldsUpNothing(t *testing.T) {
	t.Parallel()
	silent, err := net.Listen("tcp", "127.0.0.1:0") // takes connections and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	traces := setup(t, tracing.Config{Endpoint: "http://" + silent.Addr().String()})
	handler := traces.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		tracing.Annotate(r.Context(), tracing.Request{Method: "GET", Route: "/Users", Status: 200})
	}))
	request := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
	before := heap()
	started := time.Now()
	const many = 50_000
	for range many {
		handler.ServeHTTP(nil, request)
	}
	if grown := heap() - before; grown > 25<<20 { // all spans would be 70 MiB, the queue has 3
		t.Errorf("%d MiB are kept", grown>>20)
	}
	if took := time.Since(started); took > 20*time.Second { // 1 to 2 µs each on an idle machine
		t.Errorf("%d requests took %s", many, took)
	}
}

// heap returns how many bytes are in use.
func heap() int64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

func TestLostSpansAreLogged(t *testing.T) {
	t.Parallel()
	refusing := httptest.NewServer(http.NotFoundHandler())
	defer refusing.Close()
	log := new(fixture.Log)
	traces := setup(t, tracing.Config{Endpoint: refusing.URL, Logger: slog.New(slog.NewTextHandler(log, nil))})
	fixture.Eventually(t, "somebody hears that spans are lost", func() bool {
		_, end := traces.Job(t.Context(), "sweep")
		end(nil)
		return strings.Contains(log.String(), "spans were lost")
	})
	if n := strings.Count(log.String(), "spans were lost"); n != 1 {
		t.Errorf("logged %d times within a minute", n)
	}
}

func TestEndpoints(t *testing.T) {
	t.Parallel()
	for text, good := range map[string]bool{
		"http://127.0.0.1:4318": true, "https://otel.example.com": true, "https://otel.example.com/tenant/": true,
		"": false, "127.0.0.1:4318": false, "grpc://otel:4317": false, "http://": false, "http://u:p@otel": false, "http://otel/?a=b": false,
	} {
		_, err := tracing.ParseEndpoint(text)
		if good != (err == nil) || err != nil && !errors.Is(err, tracing.ErrEndpoint) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := tracing.Setup(t.Context(), tracing.Config{Endpoint: "no"}); !errors.Is(err, tracing.ErrEndpoint) {
		t.Errorf("set up with none: %v", err)
	}
}
