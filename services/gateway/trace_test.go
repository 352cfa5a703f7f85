package gateway_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/observability/tracing"
	"github.com/askspoke/spoke/observability/tracing/tracetest"
	"github.com/askspoke/spoke/services/gateway"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// TestTraces plays requests against a server that is traced, and reads what its collector was sent.
func TestTraces(t *testing.T) {
	t.Parallel()
	collector := tracetest.Start(t)
	traces, err := tracing.Setup(t.Context(), tracing.Config{Endpoint: collector.URL, Every: 10 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	db, tenants := pgtest.Tenants(t, 1)
	through := pgtest.Open(t, pgtest.Address(t, db), tenantdb.Options{OpenPool: traces.OpenDB, Prepared: 4})
	s := serve(t, db, tenants, through, directory.New(through, &journal.Recorder{DB: through}), func(c *gateway.Config) { c.Tracing = traces })
	c := s.client(t, 0)
	t.Cleanup(func() { _ = traces.Shutdown(context.WithoutCancel(t.Context())) })

	const theirs = "4bf92f3577b34da6a3ce929d0e0e4736"
	c.send("POST", "/Users", object{"userName": "secretname", "displayName": "Secret Person"}.String(),
		"X-Ms-Client-Request-Id", "entra-1", "Traceparent", "00-"+theirs+"-00f067aa0ba902b7-01").is(t, http.StatusCreated)
	c.send("POST", "/Users", object{"userName": "secretname"}.String()).is(t, http.StatusConflict)
	c.send("GET", "/Users?filter=userName+eq+%22secretname%22", "").is(t, http.StatusOK)

	schema := tenantdb.SchemaFor(c.tenant.ID).Name()
	created := collector.Wait(t, "the creation", func(span tracetest.Span) bool {
		return span.Name == "POST /Users" && span.Attributes["http.response.status_code"] == int64(http.StatusCreated)
	})
	if created.Parent != "" || created.TraceID == theirs || len(created.Links) != 1 || created.Links[0].TraceID != theirs {
		t.Errorf("the client's trace is to be a link: %+v", created)
	}
	if created.Attributes["spoke.tenant"] != string(c.tenant.Slug) || created.Attributes["spoke.request_id"] == "" || created.Attributes["spoke.provider_request_id"] != "entra-1" {
		t.Errorf("the span says %v", created.Attributes)
	}
	refused := collector.Wait(t, "the refusal", func(span tracetest.Span) bool {
		return span.Name == "POST /Users" && span.Attributes["http.response.status_code"] == int64(http.StatusConflict)
	})
	if refused.Attributes["error.type"] != "uniqueness" || refused.Failed {
		t.Errorf("the refusal's span is %+v", refused)
	}
	statement := collector.Wait(t, "the creation's statement", func(span tracetest.Span) bool {
		text, _ := span.Attributes["db.query.text"].(string)
		return span.Parent == created.ID && strings.Contains(text, schema)
	})
	if statement.Name != "WITH" || statement.TraceID != created.TraceID || statement.Attributes["db.system.name"] != "postgresql" {
		t.Errorf("the statement's span is %+v", statement)
	}
	violation := collector.Wait(t, "the refused statement", func(span tracetest.Span) bool { return span.Parent == refused.ID })
	if diff := cmp.Diff(any("23505"), violation.Attributes["db.response.status_code"]); diff != "" || violation.Events != 0 {
		t.Errorf("the refused statement's span is %+v", violation)
	}
	collector.Wait(t, "the list", func(span tracetest.Span) bool { return span.Name == "GET /Users" })
	raw := collector.Raw()
	for _, secret := range []string{c.secret, "secretname", "Secret Person", "filter=", "Bearer"} {
		if strings.Contains(raw, secret) {
			t.Errorf("sent was %q", secret)
		}
	}
	for _, span := range collector.Spans() {
		if _, ok := span.Attributes["db.system.name"]; ok && span.Parent == "" {
			t.Errorf("a statement of no request has a span: %+v", span)
		}
	}
	fixture.Eventually(t, "the log and the exemplars name the trace", func() bool {
		return strings.Contains(s.log.String(), `"trace_id":"`+created.TraceID+`"`)
	})
	request := httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody)
	request.Header.Set("Accept", "application/openmetrics-text;version=1.0.0")
	answer := httptest.NewRecorder()
	s.metrics.Handler().ServeHTTP(answer, request)
	if !strings.Contains(answer.Body.String(), `trace_id="`+created.TraceID+`"`) {
		t.Error("no exemplar names the trace")
	}
}
