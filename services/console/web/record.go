package web

import "github.com/askspoke/spoke/tenancy/operator"

// RecordAs writes to the audit log what somebody is about to do whom the session does not tell of yet.
func (x *Exchange) RecordAs(call operator.Call) error {
	call.Tenant, call.RequestID, call.Address = x.Tenant.ID, x.ID, x.Address
	var err error
	x.recorded, err = x.console.config.Audit.Record(x.Context(), call)
	return err
}

// RecordEntry writes to the audit log that the viewer, who has just shown who it is, comes in. It is before the secret's use,
// so that nobody comes in unrecorded, and after a look at it, since a stranger's guesses would fill the audit log.
func (x *Exchange) RecordEntry(operation string) error {
	err := x.RecordAs(operator.Call{Actor: x.Viewer.Actor, Name: x.Viewer.Name, Role: operator.Role(x.Viewer.RoleText()), Operation: operation})
	if err != nil {
		x.Viewer = Viewer{}
	}
	return err
}

// record writes a change to the audit log, before it is made: one that cannot be written is not made.
func (s *Console) record(x *Exchange) error {
	if x.route.operation == "" {
		return nil
	}
	call := operator.Call{
		Actor: x.Viewer.Actor, Name: x.Viewer.Name, Role: operator.Role(x.Viewer.RoleText()), Operation: x.route.operation, Tenant: x.Tenant.ID,
		RequestID: x.ID, Address: x.Address,
	}
	if call.Actor == "" {
		call.Actor = operator.Anonymous
	}
	var err error
	x.recorded, err = s.config.Audit.Record(x.Context(), call)
	return err
}

// conclude writes what the change came to.
func (s *Console) conclude(x *Exchange, r *Refusal) {
	if x.recorded.ID == "" {
		return
	}
	call := x.recorded
	call.Status, call.Resource = x.status, x.Resource
	if x.About != "" {
		call.Tenant = x.About
	}
	if r != nil {
		call.Problem = "refused"
	}
	if err := s.config.Audit.Conclude(x.Context(), call); err != nil {
		s.Logger.Error("audit log", "request_id", x.ID, "error", err)
	}
}
