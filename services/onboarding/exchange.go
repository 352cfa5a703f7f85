package onboarding

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/askspoke/spoke/observability/metrics"
	"github.com/askspoke/spoke/observability/tracing"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/hostname"
	"github.com/askspoke/spoke/tenancy/operator"
)

// exchange is one call and what is known of it so far. The steps fill it in.
type exchange struct {
	id         string // ours, for the log, the audit log and the answer
	start      time.Time
	address    netip.Addr
	operation  *operation // nil: the path is none of the document's
	caller     operator.Identity
	body       []byte
	recorded   operator.Call    // in the audit log, before it was made
	attempt    operator.Attempt // for the Idempotency-Key; its ID is "" without one
	tenant     tenancy.ID       // what the call is about
	resource   string           // and what of it: a UUID
	replayed   bool
	connection *http.ResponseController // where it streams
	err        error
}

type exchangeKey struct{}

// exchangeOf returns the call that a context belongs to.
func exchangeOf(ctx context.Context) *exchange { return ctx.Value(exchangeKey{}).(*exchange) }

// fail ends the way of a call with an error.
func fail(c *gin.Context, err error) {
	exchangeOf(c).err = err
	c.Abort()
}

// timeout is how long a call that does not stream may take. It is less than operator.HoldAttempt.
const timeout = time.Minute

// answer runs the steps after it and writes what they came to: one answer, one log event, one set of metrics, one entry of
// the audit log.
func (s *Server) answer(c *gin.Context) {
	start := time.Now()
	x := &exchange{id: uuid.NewString(), start: start, address: hostname.ClientAddr(c.Request, s.config.TrustedProxies), caller: operator.Identity{Actor: operator.Anonymous}}
	ctx := c.Request.Context()
	gone := ctx.Done()
	if c.Request.Method != http.MethodGet { // a change is made, and its answer kept, whether or not the caller waits
		ctx = context.WithoutCancel(ctx)
	}
	ctx = context.WithValue(ctx, exchangeKey{}, x)
	c.Request = c.Request.WithContext(ctx)
	w := &buffer{ResponseWriter: c.Writer, status: http.StatusOK}
	c.Writer = w
	w.Header().Set("X-Request-Id", x.id)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	s.steps(c)
	p := s.conclude(context.WithoutCancel(ctx), x, w)
	if p != nil && !w.streaming {
		w.replace(p, x)
	}
	if w.Header().Get("Cache-Control") == "" {
		w.Header().Set("Cache-Control", "no-store")
	}
	if p != nil && p.kind.definition().status >= http.StatusInternalServerError && isClosed(gone) && errors.Is(p, context.Canceled) {
		p = &problem{kind: clientGone, err: p.err}
	}
	err := w.flush()
	s.report(c, x, w.status, p, err, time.Since(start))
	if p != nil && w.streaming { // a stream that ended well would look whole
		panic(http.ErrAbortHandler)
	}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// steps runs the steps after the first one. A panic in one is an error.
func (s *Server) steps(c *gin.Context) {
	defer s.rescue(c)
	c.Next()
}

// guard is steps for the operation alone, so that the steps before it see its error.
func (s *Server) guard(c *gin.Context) {
	defer s.rescue(c)
	c.Next()
}

func (s *Server) rescue(c *gin.Context) {
	if cause := recover(); cause != nil {
		fail(c, fmt.Errorf("panic: %v\n%s", cause, debug.Stack()))
	}
}

// conclude writes the audit log and returns the problem that the call is answered with, nil for none. A read that cannot be
// audited is not answered; what a change has done is.
func (s *Server) conclude(ctx context.Context, x *exchange, w *buffer) *problem {
	var p *problem
	status := w.status
	if x.err != nil {
		p = translate(x.err)
		status = p.kind.definition().status
	}
	if x.operation == nil {
		return p
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := s.audit(ctx, x, status, p); err != nil {
		s.Logger.WarnContext(ctx, "call not audited", slog.String("request_id", x.id), slog.Any("error", err))
		if p == nil && !x.operation.changes() {
			return translate(err)
		}
	}
	return p
}

// report logs and counts the call. The query and the body are left out: they name people.
func (s *Server) report(c *gin.Context, x *exchange, status int, p *problem, writeErr error, elapsed time.Duration) {
	call := metrics.OnboardingCall{Method: c.Request.Method, Status: status, Duration: elapsed, RequestID: x.id, TraceID: tracing.ID(c.Request.Context())}
	attributes := []slog.Attr{
		slog.String("request_id", x.id), slog.String("actor", x.caller.Actor), slog.String("method", c.Request.Method),
		slog.Int("status", status), slog.Duration("duration", elapsed), slog.String("client_address", x.address.String()),
	}
	if x.operation != nil {
		call.Operation = x.operation.id
		attributes = append(attributes, slog.String("operation", x.operation.id))
	}
	if x.tenant != "" {
		attributes = append(attributes, slog.String("tenant_id", string(x.tenant)))
	}
	level := slog.LevelInfo
	if p != nil {
		call.Problem = string(p.kind)
		attributes = append(attributes, slog.String("problem", call.Problem))
		if cause := p.err; cause != nil && status >= http.StatusInternalServerError {
			level = slog.LevelError
			attributes = append(attributes, slog.String("error", cause.Error()))
		}
	}
	if x.replayed {
		attributes = append(attributes, slog.Bool("replayed", true))
	}
	if writeErr != nil {
		attributes = append(attributes, slog.String("write_error", writeErr.Error()))
	}
	if call.TraceID != "" {
		attributes = append(attributes, slog.String("trace_id", call.TraceID))
	}
	s.Metrics.Onboarding(call)
	tracing.Annotate(c.Request.Context(), tracing.Request{
		Method: c.Request.Method, Route: call.Operation, Status: status, ID: x.id, ErrorType: call.Problem,
	})
	s.Logger.LogAttrs(c.Request.Context(), level, "onboarding call", attributes...)
}

// buffer keeps an answer until it is known to be the one.
type buffer struct {
	gin.ResponseWriter
	status  int
	body    bytes.Buffer
	written bool
	// streaming says that the answer goes out as it is made.
	streaming bool
}

// Unwrap is for http.ResponseController.
func (b *buffer) Unwrap() http.ResponseWriter { return b.ResponseWriter }

// Write keeps the bytes.
func (b *buffer) Write(p []byte) (int, error) { b.written = true; return b.body.Write(p) }

// WriteString keeps the text.
func (b *buffer) WriteString(s string) (int, error) { b.written = true; return b.body.WriteString(s) }

// WriteHeader keeps the status.
func (b *buffer) WriteHeader(status int) { b.status, b.written = status, true }

// WriteHeaderNow does nothing yet.
func (b *buffer) WriteHeaderNow() {}

// Status returns what is kept.
func (b *buffer) Status() int { return b.status }

// Size returns how many bytes are kept.
func (b *buffer) Size() int { return b.body.Len() }

// Written says whether there is an answer.
func (b *buffer) Written() bool { return b.written }

// replace puts a problem in the place of the answer.
func (b *buffer) replace(p *problem, x *exchange) {
	d := p.kind.definition()
	header := b.Header()
	for _, name := range []string{"ETag", "Location", "Link", "Idempotency-Replayed", "Cache-Control"} {
		header.Del(name)
	}
	header.Set("Content-Type", "application/problem+json")
	if d.retry > 0 {
		header.Set("Retry-After", strconv.Itoa(int(d.retry/time.Second)))
	}
	switch p.kind {
	case unauthenticated:
		header.Set("WWW-Authenticate", `Bearer realm="spoke"`)
		if p.err != nil { // there was a credential
			header.Set("WWW-Authenticate", `Bearer realm="spoke", error="invalid_token"`)
		}
	case forbidden:
		header.Set("WWW-Authenticate", `Bearer realm="spoke", error="insufficient_scope"`)
	case contentTooLarge:
		header.Set("Connection", "close")
	}
	b.status = d.status
	b.body.Reset()
	b.body.Write(p.body(x.id))
}

// flush writes what is kept.
func (b *buffer) flush() error {
	if b.streaming {
		return nil
	}
	b.ResponseWriter.WriteHeader(b.status)
	if b.body.Len() == 0 {
		b.ResponseWriter.WriteHeaderNow()
		return nil
	}
	_, err := b.ResponseWriter.Write(b.body.Bytes())
	return err
}

// about notes what of a tenant, or which API key, a call is about.
func (x *exchange) about(id string) {
	if uuid.Validate(id) == nil {
		x.resource = id
	}
}
