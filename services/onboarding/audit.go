package onboarding

import (
	"context"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/askspoke/spoke/tenancy/operator"
)

// record writes a call that changes something, or hands all of a tenant over, to the audit log before it is made: so it is
// there whatever happens.
func (s *Server) record(c *gin.Context) {
	x := exchangeOf(c)
	if !x.operation.changes() && !x.operation.streams() {
		return
	}
	call, err := s.Operators.Record(c.Request.Context(), x.call())
	if err != nil {
		fail(c, err)
		return
	}
	x.recorded = call
}

// audit writes to the audit log how a call was answered.
func (s *Server) audit(ctx context.Context, x *exchange, status int, p *problem) error {
	call := x.call()
	call.ID, call.Status = x.recorded.ID, status
	if p != nil {
		call.Problem = string(p.kind)
	}
	if call.ID != "" {
		return s.Operators.Conclude(ctx, call)
	}
	if (call.Actor == operator.Anonymous || call.Problem == string(rateLimited)) && !s.strangers.allow(x.address, time.Now()) {
		s.Metrics.OnboardingNotAudited()
		return nil // the log has it
	}
	_, err := s.Operators.Record(ctx, call)
	return err
}

// call is what the audit log has of an exchange.
func (x *exchange) call() operator.Call {
	return operator.Call{
		Actor: x.caller.Actor, Name: x.caller.Name, Role: x.caller.Role, Operation: x.operation.id, Tenant: x.tenant,
		Resource: x.resource, RequestID: x.id, Address: x.address, Replayed: x.replayed,
	}
}
