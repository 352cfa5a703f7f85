// Package tracetest is an OTLP receiver for tests: it reads what is sent to it as a collector would.
package tracetest

import (
	"compress/gzip"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// Span is a span that was received.
type Span struct {
	Name, TraceID, ID, Parent string // ids in hexadecimal; Parent is empty for a root
	Links                     []Link
	Attributes                map[string]any // string or int64
	Failed                    bool
	Events                    int
}

// Link is another span that one has to do with.
type Link struct{ TraceID, SpanID, State string }

// Receiver is a collector at URL.
type Receiver struct {
	URL string

	mu    sync.Mutex
	spans []Span
	raw   strings.Builder
}

// Start starts a receiver that ends with the test.
func Start(t testing.TB) *Receiver {
	t.Helper()
	r := new(Receiver)
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/traces", func(w http.ResponseWriter, request *http.Request) {
		if err := r.read(request); err != nil {
			t.Errorf("what was sent is no OTLP: %v", err)
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		body, err := proto.Marshal(&collector.ExportTraceServiceResponse{})
		if err != nil {
			t.Error(err)
		}
		w.Header().Set("Content-Type", "application/x-protobuf")
		_, _ = w.Write(body)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	r.URL = server.URL
	return r
}

func (r *Receiver) read(request *http.Request) error {
	var body io.Reader = request.Body
	if request.Header.Get("Content-Encoding") == "gzip" {
		unzipped, err := gzip.NewReader(body)
		if err != nil {
			return err
		}
		body = unzipped
	}
	sent, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	var message collector.ExportTraceServiceRequest
	if err := proto.Unmarshal(sent, &message); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.raw.Write(sent)
	for _, of := range message.GetResourceSpans() {
		for _, scope := range of.GetScopeSpans() {
			for _, span := range scope.GetSpans() {
				r.spans = append(r.spans, spanOf(span))
			}
		}
	}
	return nil
}

func spanOf(s *otlp.Span) Span {
	span := Span{
		Name: s.GetName(), TraceID: hex.EncodeToString(s.GetTraceId()), ID: hex.EncodeToString(s.GetSpanId()),
		Parent: hex.EncodeToString(s.GetParentSpanId()), Attributes: make(map[string]any),
		Failed: s.GetStatus().GetCode() == otlp.Status_STATUS_CODE_ERROR, Events: len(s.GetEvents()),
	}
	for _, link := range s.GetLinks() {
		span.Links = append(span.Links, Link{hex.EncodeToString(link.GetTraceId()), hex.EncodeToString(link.GetSpanId()), link.GetTraceState()})
	}
	for _, a := range s.GetAttributes() {
		switch value := a.GetValue().GetValue().(type) {
		case *common.AnyValue_StringValue:
			span.Attributes[a.GetKey()] = value.StringValue
		case *common.AnyValue_IntValue:
			span.Attributes[a.GetKey()] = value.IntValue
		default:
			span.Attributes[a.GetKey()] = a.GetValue().String()
		}
	}
	return span
}

// Spans returns what has come so far.
func (r *Receiver) Spans() []Span {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.spans)
}

// Raw returns all bytes that have come so far, to look for what must not be among them.
func (r *Receiver) Raw() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.raw.String()
}

// Wait waits until a span has come that is so, and returns it.
func (r *Receiver) Wait(t testing.TB, what string, so func(Span) bool) Span {
	t.Helper()
	deadline := time.After(30 * time.Second)
	again := time.NewTicker(5 * time.Millisecond)
	defer again.Stop()
	for {
		spans := r.Spans()
		if i := slices.IndexFunc(spans, so); i >= 0 {
			return spans[i]
		}
		select {
		case <-again.C:
		case <-deadline:
			t.Fatalf("no span came of %s, but %d others", what, len(spans))
		}
	}
}
