package web

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"runtime/debug"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/askspoke/spoke/observability/metrics"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/hostname"
	"github.com/askspoke/spoke/tenancy/operator"
)

// Exchange is one request and what is known of it so far. The steps fill it in.
type Exchange struct {
	Request *http.Request
	Writer  http.ResponseWriter // for what streams; else Write
	ID      string              // ours, for the log, the audit log and pages that explain
	Start   time.Time
	Address netip.Addr
	Host    string         // normalized
	Tenant  tenancy.Tenant // zero on the operator's host
	Viewer  Viewer
	// Resource is what a change is about besides the tenant: a UUID. About is the tenant that a change by an operator is about.
	// A page sets both, for the audit log.
	Resource string
	About    tenancy.ID

	gin      *gin.Context
	console  *Console
	route    Route
	session  context.Context // nil: the route has none
	ended    bool            // the session was ended, since its viewer may not come in any more
	standing Standing
	recorded operator.Call // in the audit log, before the change was made
	body     bytes.Buffer  // what is answered, unless it streams
	status   int
	streams  bool
	err      error
}

// timeout is how long a request that does not stream may take.
const timeout = 30 * time.Second

// MaxForm is how many bytes a form may have.
const MaxForm = 1 << 20

// Context returns the request's.
func (x *Exchange) Context() context.Context { return x.Request.Context() }

// Now is the server's time.
func (x *Exchange) Now() time.Time { return x.console.Now() }

// answer runs the steps and the page of a route and writes what they came to: one answer, one log event, one set of
// metrics, and the end of the audit log's entry.
func (s *Console) answer(r Route, where func(*Exchange) error) gin.HandlerFunc {
	return func(c *gin.Context) {
		x := &Exchange{
			Request: c.Request, Writer: c.Writer, gin: c, console: s, route: r, ID: uuid.NewString(), Start: time.Now(), status: http.StatusOK,
			Address: hostname.ClientAddr(c.Request, s.config.TrustedProxies),
		}
		ctx, cancel := c.Request.Context(), func() {}
		if c.Request.Method != http.MethodGet && c.Request.Method != http.MethodHead {
			ctx = context.WithoutCancel(ctx) // a change is made whether or not the browser waits
			ctx, cancel = context.WithTimeout(ctx, timeout)
			c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, MaxForm)
		}
		defer cancel()
		c.Request = c.Request.WithContext(ctx)
		x.Request = c.Request
		if r.Path == "" && !x.wantsPage() {
			s.config.Elsewhere.ServeHTTP(c.Writer, c.Request)
			return
		}
		s.secure(x)
		x.err = x.steps(where)
		x.finish()
	}
}

// steps are the way of a request.
func (x *Exchange) steps(where func(*Exchange) error) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic: %v\n%s", cause, debug.Stack())
		}
	}()
	s := x.console
	for _, step := range []func(*Exchange) error{where, s.open, s.identify, s.sameSite, s.authorize, s.record, x.route.page} {
		if err := step(x); err != nil {
			return err
		}
	}
	return nil
}

// finish writes the answer.
func (x *Exchange) finish() {
	s := x.console
	var r *Refusal
	if x.err != nil {
		r = s.refusal(x.err)
		if !x.streams {
			x.explain(r)
		}
	}
	s.conclude(x, r)
	if !x.streams {
		if err := x.commit(); err != nil && r == nil {
			r = s.refusal(err)
			x.explain(r)
		}
		x.Writer.WriteHeader(x.status)
		if x.Request.Method != http.MethodHead {
			_, _ = x.Writer.Write(x.body.Bytes()) // a browser that is gone misses nothing
		}
	}
	s.report(x, r)
}

// commit keeps the session and gives the browser its cookie.
func (x *Exchange) commit() error {
	if x.session == nil {
		return nil
	}
	return x.console.commit(x)
}

// Stream ends the buffering: what the page writes from here on is sent as it is written. The session is kept first.
func (x *Exchange) Stream() error {
	if err := x.commit(); err != nil {
		return err
	}
	x.streams = true
	return nil
}

// Write adds to the answer, which is sent whole once the page has ended without an error.
func (x *Exchange) Write(p []byte) (int, error) { return x.body.Write(p) }

// SeeOther answers a change with another page, and has notices go there. A stranger's go along as well, in a session that
// nobody is signed in to.
func (x *Exchange) SeeOther(path string, notices ...Notice) error {
	if len(notices) > 0 {
		x.Put(noticesKey, notices)
	}
	x.Header("Location", path)
	x.status = http.StatusSeeOther
	x.body.Reset()
	return nil
}

// report logs and counts.
func (s *Console) report(x *Exchange, r *Refusal) {
	elapsed := time.Since(x.Start)
	if s.config.Metrics != nil {
		s.config.Metrics.Console(metrics.ConsoleRequest{Route: x.route.Path, Method: x.Request.Method, Status: x.status, Duration: elapsed})
	}
	log := s.Logger.With(
		"request_id", x.ID, "method", x.Request.Method, "route", x.route.Path, "status", x.status, "duration", elapsed.String(),
		"tenant", string(x.Tenant.Slug), "actor", x.Viewer.Actor, "address", x.Address.String(),
	)
	switch {
	case r == nil:
		log.Info("console request")
	case r.status >= http.StatusInternalServerError:
		log.Error("console request", "error", r.err)
	default:
		log.Info("console request", "refused", r.title, "error", r.err)
	}
}

// Home is the tenant's own host below the base domain, and that host as browsers see it. What is mailed leads there: at another
// host, which an admin or a guest adds, whoever holds its DNS would read the secret in an address.
func (x *Exchange) Home() (host, origin string) {
	host = x.console.Host(x.Tenant.Slug)
	return host, x.console.Origin(host)
}

// TenantName is what people call the tenant.
func (x *Exchange) TenantName() string {
	if x.Tenant.Name == "" {
		return string(x.Tenant.Slug)
	}
	return x.Tenant.Name
}

// Changes says what a change is about, if the address names anything at all.
func (x *Exchange) Changes(id string) {
	if uuid.Validate(id) == nil {
		x.Resource = id
	}
}

// IDOf returns a UUID as the audit log takes it, or "".
func IDOf(text string) string {
	if uuid.Validate(text) != nil {
		return ""
	}
	return text
}
