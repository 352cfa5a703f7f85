package tracing

import (
	"context"
	"net/http"
	"slices"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.40.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/askspoke/spoke/tenancy"
)

// The attributes of a span that OpenTelemetry has no name for.
const (
	tenantKey            = attribute.Key("spoke.tenant")
	requestIDKey         = attribute.Key("spoke.request_id")
	providerRequestIDKey = attribute.Key("spoke.provider_request_id")
	jobKey               = attribute.Key("spoke.job")
)

// Handler makes a span for each request, which [Annotate] names.
//
// A client's own trace (W3C traceparent) is a link of the span and not its parent. Whoever can reach the server would
// decide otherwise which requests are sampled, and could put the spans of a million requests into one trace, or into
// somebody else's. From a link one gets to the client's trace as well. Its tracestate is left out: it is any text.
func (t *Tracing) Handler(next http.Handler) http.Handler {
	if t == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		options := []trace.SpanStartOption{trace.WithSpanKind(trace.SpanKindServer), trace.WithNewRoot()}
		if client := clientOf(r); client.IsValid() {
			options = append(options, trace.WithLinks(trace.Link{SpanContext: client}))
		}
		ctx, span := t.tracer.Start(r.Context(), methodOf(r.Method), options...)
		// Not deferred by itself: it would put a panic's text into the span.
		defer func() { span.End() }()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// clientOf returns the client's span, without its tracestate, or an invalid one.
func clientOf(r *http.Request) trace.SpanContext {
	ctx := propagation.TraceContext{}.Extract(context.Background(), propagation.HeaderCarrier(r.Header))
	return trace.SpanContextFromContext(ctx).WithTraceState(trace.TraceState{})
}

// methodOf returns a method, or HTTP for one that is made up.
func methodOf(method string) string {
	known := []string{
		http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodHead, http.MethodOptions,
	}
	if slices.Contains(known, method) {
		return method
	}
	return "HTTP"
}

// A Request is what the span of an answered request says.
type Request struct {
	Method string
	Route  string // the pattern, or what the API calls the operation; empty for a path that no route has
	Status int
	Tenant tenancy.Slug // empty for none
	ID     string       // ours
	// ProviderID is what the identity provider calls the request; empty for nothing.
	ProviderID string
	ErrorType  string // a word of the program's: a scimType, the kind of a problem; empty for none
}

// Annotate says in the span of ctx's request what became of it. Without a span it does nothing.
func Annotate(ctx context.Context, r Request) {
	span := trace.SpanFromContext(ctx)
	if !span.IsRecording() {
		return
	}
	name := methodOf(r.Method)
	attributes := append(make([]attribute.KeyValue, 0, 8),
		semconv.HTTPRequestMethodKey.String(name), semconv.HTTPResponseStatusCode(r.Status), requestIDKey.String(r.ID))
	for key, value := range map[attribute.Key]string{
		semconv.HTTPRouteKey: r.Route, tenantKey: string(r.Tenant), providerRequestIDKey: r.ProviderID, semconv.ErrorTypeKey: r.ErrorType,
	} {
		if value != "" {
			attributes = append(attributes, key.String(value))
		}
	}
	if r.Route != "" {
		name += " " + r.Route
	}
	span.SetName(name)
	span.SetAttributes(attributes...)
	if r.Status >= http.StatusInternalServerError {
		span.SetStatus(codes.Error, "")
	}
}

// Job makes a span for a run of a job. end ends it.
func (t *Tracing) Job(ctx context.Context, name string) (_ context.Context, end func(error)) {
	if t == nil {
		return ctx, func(error) {}
	}
	ctx, span := t.tracer.Start(ctx, "job "+name, trace.WithNewRoot(), trace.WithAttributes(jobKey.String(name)))
	return ctx, func(err error) {
		if err != nil {
			span.SetStatus(codes.Error, "")
		}
		span.End()
	}
}
