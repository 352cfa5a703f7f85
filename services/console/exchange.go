package console

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

// exchange is one request and what is known of it so far. The steps fill it in.
type exchange struct {
	*gin.Context
	server   *Server
	route    route
	id       string // ours, for the log, the audit log and pages that explain
	start    time.Time
	address  netip.Addr
	host     string          // normalized
	tenant   tenancy.Tenant  // zero on the operator's host
	session  context.Context // nil: the route has none
	ended    bool            // the session was ended, since its viewer may not come in any more
	viewer   Viewer
	standing standing
	recorded operator.Call // in the audit log, before the change was made
	resource string        // what a change is about besides the tenant: a UUID
	about    tenancy.ID    // the tenant that a change by an operator is about
	body     bytes.Buffer  // what is answered, unless it streams
	status   int
	streams  bool
	err      error
}

// timeout is how long a request that does not stream may take.
const timeout = 30 * time.Second

// maxForm is how many bytes a form may have.
const maxForm = 1 << 20

// context returns the request's.
func (x *exchange) context() context.Context { return x.Request.Context() }

// now is the server's time.
func (x *exchange) now() time.Time { return x.server.config.Now() }

// answer runs the steps and the page of a route and writes what they came to: one answer, one log event, one set of
// metrics, and the end of the audit log's entry.
func (s *Server) answer(r route, where func(*exchange) error) gin.HandlerFunc {
	return func(c *gin.Context) {
		x := &exchange{
			Context: c, server: s, route: r, id: uuid.NewString(), start: time.Now(), status: http.StatusOK,
			address: hostname.ClientAddr(c.Request, s.config.TrustedProxies),
		}
		ctx, cancel := c.Request.Context(), func() {}
		if c.Request.Method != http.MethodGet && c.Request.Method != http.MethodHead {
			ctx = context.WithoutCancel(ctx) // a change is made whether or not the browser waits
			ctx, cancel = context.WithTimeout(ctx, timeout)
			c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, maxForm)
		}
		defer cancel()
		c.Request = c.Request.WithContext(ctx)
		if r.path == "" && !x.wantsPage() {
			s.config.Elsewhere.ServeHTTP(c.Writer, c.Request)
			return
		}
		s.secure(x)
		x.err = x.steps(where)
		x.finish()
	}
}

// steps are the way of a request.
func (x *exchange) steps(where func(*exchange) error) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic: %v\n%s", cause, debug.Stack())
		}
	}()
	s := x.server
	for _, step := range []func(*exchange) error{where, s.open, s.identify, s.sameSite, s.authorize, s.record, x.route.page} {
		if err := step(x); err != nil {
			return err
		}
	}
	return nil
}

// finish writes the answer.
func (x *exchange) finish() {
	s := x.server
	var r *refusal
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
func (x *exchange) commit() error {
	if x.session == nil {
		return nil
	}
	return x.server.commit(x)
}

// stream ends the buffering: what the page writes from here on is sent as it is written. The session is kept first.
func (x *exchange) stream() error {
	if err := x.commit(); err != nil {
		return err
	}
	x.streams = true
	return nil
}

// Write adds to the answer, which is sent whole once the page has ended without an error.
func (x *exchange) Write(p []byte) (int, error) { return x.body.Write(p) }

// seeOther answers a change with another page, and has notices go there. A stranger's go along as well, in a session that
// nobody is signed in to.
func (x *exchange) seeOther(path string, notices ...notice) error {
	if len(notices) > 0 {
		x.put(noticesKey, notices)
	}
	x.Header("Location", path)
	x.status = http.StatusSeeOther
	x.body.Reset()
	return nil
}

// report logs and counts.
func (s *Server) report(x *exchange, r *refusal) {
	elapsed := time.Since(x.start)
	if s.Metrics != nil {
		s.Metrics.Console(metrics.ConsoleRequest{Route: x.route.path, Method: x.Request.Method, Status: x.status, Duration: elapsed})
	}
	log := s.Logger.With(
		"request_id", x.id, "method", x.Request.Method, "route", x.route.path, "status", x.status, "duration", elapsed.String(),
		"tenant", string(x.tenant.Slug), "actor", x.viewer.Actor, "address", x.address.String(),
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

// tenantName is what people call the tenant.
func (x *exchange) tenantName() string {
	if x.tenant.Name == "" {
		return string(x.tenant.Slug)
	}
	return x.tenant.Name
}

// changes says what a change is about, if the address names anything at all.
func (x *exchange) changes(id string) {
	if uuid.Validate(id) == nil {
		x.resource = id
	}
}
