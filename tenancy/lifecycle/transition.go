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
	{actPurge, tenancy.StateCreating, tenancy.StatePurging},  // broken off, and made anew under another ID
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

// origin says from what a tenant is moved.
type origin struct {
	id      tenancy.ID
	version int64 // 0: whichever there is
}

// move does the act: it sets what assignments say, whose arguments are $6 and so on, counts the version and tells the
// replicas. Of two at once one is made, and the other one from there, or refused. Where the error is that of telling
// alone, the tenant is returned with it. Errors: tenancy.ErrNotFound, *tenancy.StateError, tenancy.ErrVersion.
func (m *Manager) move(ctx context.Context, from origin, a act, assignments string, args ...any) (tenancy.Tenant, error) {
	if _, ok := from.id.Hex(); !ok {
		return tenancy.Tenant{}, tenancy.ErrNotFound
	}
	change := tenancy.NewID()
	args = append([]any{string(from.id), pq.Array(origins(a)), m.now(), string(change), from.version}, args...)
	t, err := m.one(ctx, `UPDATE `+tenants+` SET `+assignments+`, version = version + 1, updated_at = $3, change_id = $4
		WHERE id = $1 AND state = ANY ($2) AND ($5::bigint = 0 OR version = $5)
			AND change_id IS DISTINCT FROM $4 RETURNING `+tenantColumns, args...)
	if errors.Is(err, tenancy.ErrNotFound) {
		t, err = m.changed(ctx, from, change, string(a))
	}
	if err != nil {
		return tenancy.Tenant{}, err
	}
	return t, m.announce(ctx, from.id)
}

// changed returns the tenant when the change, which found nothing to do, was made already, because the driver sent it
// twice; else why it could not be made.
func (m *Manager) changed(ctx context.Context, from origin, change tenancy.ID, what string) (tenancy.Tenant, error) {
	t, err := m.one(ctx, `SELECT `+tenantColumns+` FROM `+tenants+` WHERE id = $1 AND change_id = $2`, string(from.id), string(change))
	if !errors.Is(err, tenancy.ErrNotFound) {
		return t, err
	}
	t, err = m.ByID(ctx, from.id)
	switch {
	case err != nil:
	case from.version != 0 && t.Version != from.version:
		err = tenancy.ErrVersion
	default:
		err = &tenancy.StateError{Act: what, State: t.State}
	}
	return tenancy.Tenant{}, err
}
