package console

import "github.com/askspoke/spoke/tenancy/operator"

// recordAs writes to the audit log what somebody is about to do whom the session does not tell of yet.
func (x *exchange) recordAs(call operator.Call) error {
	call.Tenant, call.RequestID, call.Address = x.tenant.ID, x.id, x.address
	var err error
	x.recorded, err = x.server.Operators.Record(x.context(), call)
	return err
}

// recordEntry writes to the audit log that the viewer, who has just shown who it is, comes in. It follows the secret's use,
// since a stranger's guesses would fill the audit log, and in the name of nobody.
func (x *exchange) recordEntry(operation string) error {
	return x.recordAs(operator.Call{Actor: x.viewer.Actor, Name: x.viewer.Name, Role: operator.Role(x.viewer.roleText()), Operation: operation})
}

// record writes a change to the audit log, before it is made: one that cannot be written is not made.
func (s *Server) record(x *exchange) error {
	if x.route.operation == "" {
		return nil
	}
	call := operator.Call{
		Actor: x.viewer.Actor, Name: x.viewer.Name, Role: operator.Role(x.viewer.roleText()), Operation: x.route.operation, Tenant: x.tenant.ID,
		RequestID: x.id, Address: x.address,
	}
	if call.Actor == "" {
		call.Actor = operator.Anonymous
	}
	var err error
	x.recorded, err = s.Operators.Record(x.context(), call)
	return err
}

// conclude writes what the change came to.
func (s *Server) conclude(x *exchange, r *refusal) {
	if x.recorded.ID == "" {
		return
	}
	call := x.recorded
	call.Status, call.Resource = x.status, x.resource
	if x.about != "" {
		call.Tenant = x.about
	}
	if r != nil {
		call.Problem = "refused"
	}
	if err := s.Operators.Conclude(x.context(), call); err != nil {
		s.Logger.Error("audit log", "request_id", x.id, "error", err)
	}
}
