package lifecycle

import (
	"context"
	"errors"
	"slices"

	"github.com/lib/pq"

	"github.com/askspoke/spoke/tenancy"
)

// act is something that changes the state of a tenant.
type act string

const (
	actActivate act = "activate" // the end of a creation or an import
	actSuspend  act = "suspend"
	actPause    act = "pause"
	actResume   act = "resume"
	actDelete   act = "delete"
	actUndelete act = "undo the deletion of"
	actPurge    act = "remove"
)

// transition is a change of state that there is.
type transition struct {
	act      act
	from, to tenancy.State
}

// transitions are all of them. An act from a state that is not here is refused with a *tenancy.StateError. That a tenant
// is put into the state in which it is already says the same to the replicas again.
var transitions = []transition{
	{actActivate, tenancy.StateCreating, tenancy.StateActive},
	{actActivate, tenancy.StateImporting, tenancy.StateActive},

	{actResume, tenancy.StateActive, tenancy.StateActive},
	{actResume, tenancy.StateSuspended, tenancy.StateActive},
	{actResume, tenancy.StatePaused, tenancy.StateActive},
	{actSuspend, tenancy.StateActive, tenancy.StateSuspended},
	{actSuspend, tenancy.StateSuspended, tenancy.StateSuspended},
	{actSuspend, tenancy.StatePaused, tenancy.StateSuspended},
	{actPause, tenancy.StateActive, tenancy.StatePaused},
	{actPause, tenancy.StateSuspended, tenancy.StatePaused},
	{actPause, tenancy.StatePaused, tenancy.StatePaused},

	{actDelete, tenancy.StateActive, tenancy.StateDeleting},
	{actDelete, tenancy.StateSuspended, tenancy.StateDeleting},
	{actDelete, tenancy.StatePaused, tenancy.StateDeleting},
	{actUndelete, tenancy.StateDeleting, tenancy.StateActive}, // or what it was before
	{actUndelete, tenancy.StateDeleting, tenancy.StateSuspended},
	{actUndelete, tenancy.StateDeleting, tenancy.StatePaused},

	{actPurge, tenancy.StateDeleting, tenancy.StatePurging},
	{actPurge, tenancy.StateImporting, tenancy.StatePurging}, // broken off
	{actPurge, tenancy.StatePurging, tenancy.StatePurging},
}

// origins are the states from which there is the act.
func origins(a act) []string {
	var from []string
	for _, t := range transitions {
		if t.act == a && !slices.Contains(from, string(t.from)) {
			from = append(from, string(t.from))
		}
	}
	return from
}

// move does the act: it sets what assignments say, whose arguments are $4 and so on, counts the version and tells the
// replicas. Of two at once one is made, and the other one from there, or refused. Where the error is that of telling
// alone, the tenant is returned with it.
func (m *Manager) move(ctx context.Context, id tenancy.ID, a act, assignments string, args ...any) (tenancy.Tenant, error) {
	if _, ok := id.Hex(); !ok {
		return tenancy.Tenant{}, tenancy.ErrNotFound
	}
	args = append([]any{string(id), pq.Array(origins(a)), m.now()}, args...)
	t, err := m.one(ctx, `UPDATE `+tenants+` SET `+assignments+`, version = version + 1, updated_at = $3
		WHERE id = $1 AND state = ANY ($2) RETURNING `+tenantColumns, args...)
	if errors.Is(err, tenancy.ErrNotFound) {
		return tenancy.Tenant{}, m.refuse(ctx, id, string(a))
	}
	if err != nil {
		return t, err
	}
	return t, m.announce(ctx, id)
}

// refuse returns why a tenant cannot be changed: it is not there, or its state.
func (m *Manager) refuse(ctx context.Context, id tenancy.ID, what string) error {
	t, err := m.ByID(ctx, id)
	if err != nil {
		return err
	}
	return &tenancy.StateError{Act: what, State: t.State}
}
