// Package tracing tells an OpenTelemetry collector what became of each request: a span for the request, one for each SQL
// statement below it, and one for each run of a job.
//
// It does nothing unless it is set up, and a nil [Tracing] costs a request nothing. There is no global provider.
//
// Invariants: no span has a token, a body, a query string, a path, an argument of a statement or the text of an error, any
// of which can hold a secret or name a person. A statement's text has its tenant's schema, and no values. Spans wait for the
// collector in a queue of fixed length; when it is full, because the collector is slow or away, the new ones are dropped,
// and no request waits.
package tracing

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.40.0"
	"go.opentelemetry.io/otel/trace"
)

const (
	// maxValue bounds a text in a span, which is a statement at the longest.
	maxValue = 4 << 10 // bytes
	// exportTimeout bounds an attempt to send spans, giveUp all attempts for one batch. The queue fills meanwhile.
	exportTimeout = 5 * time.Second
	giveUp        = 20 * time.Second
	// every is how long spans are gathered.
	every = 5 * time.Second
)

// Config says where spans go.
type Config struct {
	// Endpoint is the URL of a collector that takes OTLP over HTTP, such as http://127.0.0.1:4318: spans are sent to
	// /v1/traces below it.
	Endpoint string
	Version  string       // of the program
	Logger   *slog.Logger // hears that spans are lost; default: nobody does
	Every    time.Duration
}

// Tracing makes spans and sends them. Nil makes none.
type Tracing struct {
	provider *sdk.TracerProvider
	tracer   trace.Tracer
}

// ErrEndpoint is an endpoint that is none.
var ErrEndpoint = errors.New("the endpoint must be the URL of a collector that takes OTLP over HTTP, such as http://127.0.0.1:4318")

// ParseEndpoint reads Config.Endpoint. The error is ErrEndpoint.
func ParseEndpoint(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, ErrEndpoint
	}
	return u, nil
}

// Setup returns what makes spans. It does not wait for the collector. OpenTelemetry's own variables OTEL_TRACES_SAMPLER (which
// requests; by default all), OTEL_EXPORTER_OTLP_HEADERS (such as a key of the collector's) and OTEL_BSP_* (the queue) are heeded.
func Setup(ctx context.Context, config Config) (*Tracing, error) {
	endpoint, err := ParseEndpoint(config.Endpoint)
	if err != nil {
		return nil, err
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	if config.Every == 0 {
		config.Every = every
	}
	client, err := otlptracehttp.New(ctx,
		otlptracehttp.WithEndpointURL(endpoint.JoinPath("v1/traces").String()),
		otlptracehttp.WithTimeout(exportTimeout),
		otlptracehttp.WithCompression(otlptracehttp.GzipCompression),
		otlptracehttp.WithRetry(otlptracehttp.RetryConfig{
			Enabled: true, InitialInterval: time.Second, MaxInterval: 5 * time.Second, MaxElapsedTime: giveUp,
		}),
	)
	if err != nil {
		return nil, fmt.Errorf("set up tracing: %w", err)
	}
	limits := sdk.NewSpanLimits()
	limits.AttributeValueLengthLimit = maxValue
	provider := sdk.NewTracerProvider(
		sdk.WithBatcher(&exporter{SpanExporter: client, log: config.Logger}, sdk.WithBatchTimeout(config.Every)),
		sdk.WithRawSpanLimits(limits),
		sdk.WithResource(resource.NewSchemaless(
			semconv.ServiceName("spoke"), semconv.ServiceVersion(config.Version), semconv.ServiceInstanceID(uuid.NewString()),
		)),
	)
	return &Tracing{provider: provider, tracer: provider.Tracer("github.com/askspoke/spoke/observability/tracing")}, nil
}

// Shutdown sends what waits, for as long as ctx, and makes no more spans.
func (t *Tracing) Shutdown(ctx context.Context) error {
	if t == nil {
		return nil
	}
	if err := t.provider.Shutdown(ctx); err != nil {
		return fmt.Errorf("send the last spans: %w", err)
	}
	return nil
}

// ID returns the id of the trace that a context belongs to, or "" where it is not traced.
func ID(ctx context.Context) string {
	if span := trace.SpanContextFromContext(ctx); span.IsSampled() {
		return span.TraceID().String()
	}
	return ""
}
