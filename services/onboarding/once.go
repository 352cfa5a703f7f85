package onboarding

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/operator"
)

// keptAnswer is an answer as it is kept for the next request with the same Idempotency-Key.
type keptAnswer struct {
	Status   int               `json:"status"`
	Header   map[string]string `json:"header"`
	Body     []byte            `json:"body"`
	Tenant   tenancy.ID        `json:"tenant,omitempty"`
	Resource string            `json:"resource,omitempty"`
}

// keptHeaders are those that belong to an answer and not to its request.
var keptHeaders = []string{"Content-Type", "ETag", "Location"}

// hold returns how long an attempt at the operation keeps others away: longer than it may take.
func (o *operation) hold() time.Duration {
	if o.streams() {
		return streamTimeout + operator.HoldAttempt - timeout
	}
	return operator.HoldAttempt
}

// once makes a POST once for its Idempotency-Key. What was refused may be tried again with the same key: it has changed
// nothing, or the next attempt completes it.
func (s *Server) once(c *gin.Context) {
	x := exchangeOf(c)
	key := c.GetHeader("Idempotency-Key")
	if key == "" || !x.operation.once() {
		return
	}
	request := fmt.Appendf(nil, "%s %s\n", c.Request.Method, c.Request.URL.RequestURI())
	attempt, err := s.Operators.Attempt(c.Request.Context(), x.caller.Actor, key, append(request, x.body...), x.operation.hold())
	if err != nil {
		fail(c, err)
		return
	}
	if attempt.Answer != nil {
		s.replay(c, attempt.Answer)
		return
	}
	x.attempt = attempt
	c.Next()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Request.Context()), 5*time.Second)
	defer cancel()
	if err := s.end(ctx, c, x); err != nil {
		// The answer is good. A later attempt is made anew, and finds by the attempt's ID what this one has made.
		s.Logger.WarnContext(ctx, "answer not kept", slog.String("request_id", x.id), slog.Any("error", err))
	}
}

// end keeps the answer of an attempt, or lets the next one begin.
func (s *Server) end(ctx context.Context, c *gin.Context, x *exchange) error {
	if x.err != nil {
		if translate(x.err).kind.definition().status < http.StatusInternalServerError {
			return s.Operators.Forget(ctx, x.attempt)
		}
		return s.Operators.GiveUp(ctx, x.attempt)
	}
	w := c.Writer.(*buffer)
	kept := keptAnswer{Status: w.status, Header: make(map[string]string), Body: w.body.Bytes(), Tenant: x.tenant, Resource: x.resource}
	for _, name := range keptHeaders {
		if value := w.Header().Get(name); value != "" {
			kept.Header[name] = value
		}
	}
	text, err := json.Marshal(kept)
	if err != nil {
		return err
	}
	return s.Operators.Keep(ctx, x.attempt, x.tenant, text)
}

// replay answers as an earlier request was answered.
func (s *Server) replay(c *gin.Context, text []byte) {
	var kept keptAnswer
	if err := json.Unmarshal(text, &kept); err != nil {
		fail(c, fmt.Errorf("read a kept answer: %w", err))
		return
	}
	x := exchangeOf(c)
	x.replayed, x.tenant, x.resource = true, kept.Tenant, kept.Resource
	for name, value := range kept.Header {
		c.Header(name, value)
	}
	c.Header("Idempotency-Replayed", "true")
	c.Status(kept.Status)
	_, _ = c.Writer.Write(kept.Body) // to memory
	c.Abort()
}
