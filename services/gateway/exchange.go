package gateway

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/askspoke/spoke/observability/metrics"
	"github.com/askspoke/spoke/observability/tracing"
	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/explain"
	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/guard"
	"github.com/askspoke/spoke/tenancy/hostname"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// exchange is one request and what is known of it so far. The steps fill it in.
type exchange struct {
	id       string // ours, for the journal, the log and the answer
	host     string
	tenant   tenancy.Tenant
	client   tenancy.Client
	start    time.Time
	barred   bool // the tenant's state lets nobody through
	observed bool // a change was counted when it was made
	stranger bool // nobody asked who the client is, because what it wants is public
	response provider.Response
	figures  metrics.Tenant // where it asks for those
	err      error
	// What explains a refusal: the client's own name of the request, and what was read of it.
	providerID string
	request    provider.Request
	redactor   func() explain.Redactor // of the tenant's schemas; nil: they were not looked up
	replay     *Replay                 // what an administrator sends again; nil: a client's own request
	why        explain.Explanation     // of the refusal of a replay
	leave      func()                  // ends the tenant's turn when the answer is written; nil: it has ended
}

const exchangeKey = "exchange"

func exchangeOf(c *gin.Context) *exchange { return c.MustGet(exchangeKey).(*exchange) }

// fail ends the way of a request with an error.
func fail(c *gin.Context, err error) {
	exchangeOf(c).err = err
	c.Abort()
}

// answer runs the steps after it and writes what they came to: one answer, one log event, one set of metrics.
func (g *Gateway) answer(c *gin.Context) {
	start := time.Now()
	x := &exchange{id: uuid.NewString(), start: start}
	x.providerID = providerRequestID(c.Request.Header)
	c.Set(exchangeKey, x)
	ended := g.metrics.SCIMRequestStarted()
	defer ended()
	defer func() {
		if x.leave != nil {
			x.leave()
		}
	}()
	runSteps(c, x)
	response, refusal := x.response, (*scim.Error)(nil)
	if x.err != nil {
		refusal = translate(x.err)
		if refusal.Status >= http.StatusInternalServerError && errors.Is(c.Request.Context().Err(), context.Canceled) {
			refusal = &scim.Error{Status: statusClientGone, Rule: scim.RuleClientGone, Detail: "The client did not wait for the answer."}
		}
		response = provider.Error(refusal)
		response.Route, response.Allow = x.response.Route, x.response.Allow
		response.Tolerances, response.Operations = x.response.Tolerances, x.response.Operations
		g.setErrorHeaders(c, refusal)
	}
	c.Header("X-Request-Id", x.id)
	writeErr := write(c.Writer, response)
	brokenOff := writeErr != nil && response.Stream != nil
	if brokenOff {
		response.Status = statusClientGone
		if errors.Is(writeErr, provider.ErrBrokenOff) {
			response.Status = translate(writeErr).Status
		}
	}
	elapsed := time.Since(start)
	if x.replay != nil {
		g.concludeReplay(c, x, response, refusal, writeErr, elapsed)
		return
	}
	g.count(c.Request, x, response, refusal, elapsed)
	g.countActivity(c.Request, x, response, refusal, elapsed)
	for _, t := range response.Tolerances {
		g.metrics.Tolerance(x.tenant.Slug, t.String())
	}
	g.logExchange(c, x, response, refusal, writeErr, elapsed)
	if refusal != nil || len(response.Operations) > 0 {
		c.Writer.Flush() // so that the client does not wait for what is written about it
	}
	g.journalRefusals(c.Request, x, response, refusal, elapsed)
	g.logHolds(c.Request.Context(), x, response, refusal)
	annotate(c.Request, x, response, refusal)
	if brokenOff {
		panic(http.ErrAbortHandler) // so that the client sees that the answer is not whole
	}
}

// runSteps turns a panic into an error, so that it has a SCIM answer and does not end the process.
func runSteps(c *gin.Context, x *exchange) {
	defer func() {
		if cause := recover(); cause != nil {
			x.err = fmt.Errorf("panic: %v\n%s", cause, debug.Stack())
			c.Abort()
		}
	}()
	c.Next()
}

// statusClientGone is what the log and the metrics say of a request whose client hung up: it is no failure of ours, and
// the answer reaches nobody. The number is the custom of web servers.
const statusClientGone = 499

// retryAfter is what a client is told to wait while Postgres is away or a tenant is paused.
const retryAfter = 10 * time.Second

// translate makes an error one that a client may read. A database that is away is a 503; what else is not SCIM is a
// 500 that says nothing of its cause.
func translate(err error) *scim.Error {
	e := scim.AsError(err)
	if e.Status == http.StatusInternalServerError && tenantdb.Unavailable(err) {
		return &scim.Error{
			Status: http.StatusServiceUnavailable, Rule: scim.RuleServerDatabase, Err: err,
			Detail: "The service cannot reach its database at the moment. Send the request again later; a change that was under way may have been made.",
		}
	}
	return e
}

func (g *Gateway) setErrorHeaders(c *gin.Context, e *scim.Error) {
	switch e.Status {
	case http.StatusUnauthorized:
		challenge := `Bearer realm="scim"`
		if c.GetHeader("Authorization") != "" {
			challenge += `, error="invalid_token"`
		}
		c.Header("WWW-Authenticate", challenge)
	case http.StatusServiceUnavailable:
		c.Header("Retry-After", strconv.Itoa(int(cmp.Or(e.RetryAfter, retryAfter)/time.Second)))
	case http.StatusTooManyRequests:
		if c.Writer.Header().Get("Retry-After") == "" { // a rate limit knows better
			c.Header("Retry-After", strconv.Itoa(int(cmp.Or(e.RetryAfter, time.Second)/time.Second)))
		}
	case http.StatusRequestEntityTooLarge:
		c.Header("Connection", "close")
	}
}

// logExchange writes the one event of a request. The query is left out: filters hold personal data (RFC 7644
// section 7.5.2). So is the path of a request that matched no route.
func (g *Gateway) logExchange(c *gin.Context, x *exchange, r provider.Response, refusal *scim.Error, writeErr error, elapsed time.Duration) {
	attributes := []slog.Attr{
		slog.String("request_id", x.id),
		slog.String("tenant", string(x.tenant.Slug)),
		slog.String("token_id", x.client.TokenID),
		slog.String("method", c.Request.Method),
		slog.String("route", r.Route),
		slog.Int("status", r.Status),
		slog.Duration("duration", elapsed),
		slog.String("client_address", hostname.ClientAddr(c.Request, g.config.TrustedProxies).String()),
	}
	if x.providerID != "" {
		attributes = append(attributes, slog.String("provider_request_id", x.providerID))
	}
	if trace := tracing.ID(c.Request.Context()); trace != "" {
		attributes = append(attributes, slog.String("trace_id", trace))
	}
	level := slog.LevelInfo
	if refusal != nil {
		attributes = append(attributes, slog.String("scim_type", string(refusal.Type)), slog.String("rule", string(refusal.Rule)))
		if g.log.Enabled(c.Request.Context(), slog.LevelDebug) { // it can repeat what the client sent
			attributes = append(attributes, slog.String("detail", refusal.Detail))
		}
		if refusal.Err != nil && refusal.Status >= http.StatusInternalServerError && !guard.Refused(refusal) {
			level = slog.LevelError
			attributes = append(attributes, slog.String("error", refusal.Err.Error()))
		}
	}
	if len(r.Operations) > 0 {
		failed, cause := failedOperations(r.Operations)
		attributes = append(attributes, slog.Int("operations", len(r.Operations)), slog.Int("failed_operations", failed))
		if cause != nil {
			level = slog.LevelError
			attributes = append(attributes, slog.String("operation_error", cause.Error()))
		}
	}
	if len(r.Tolerances) > 0 {
		attributes = append(attributes, slog.Any("tolerances", r.Tolerances))
	}
	if writeErr != nil {
		if errors.Is(writeErr, provider.ErrBrokenOff) {
			level = slog.LevelError
		}
		attributes = append(attributes, slog.String("write_error", writeErr.Error()))
	}
	g.log.LogAttrs(c.Request.Context(), level, "scim request", attributes...)
}

// failedOperations counts the operations of a bulk that failed, and returns the cause of the first that was our fault.
func failedOperations(operations []provider.Operation) (failed int, cause error) {
	for _, o := range operations {
		if o.Error == nil {
			continue
		}
		failed++
		if cause == nil && !guard.Refused(o.Error) {
			cause = o.Error.Err
		}
	}
	return failed, cause
}
