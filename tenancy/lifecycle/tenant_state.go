package lifecycle

import (
	"context"
	"fmt"

	"github.com/askspoke/spoke/tenancy"
)

// SetState makes a tenant active, suspended or paused and tells the replicas, which follow within a second. Setting the
// state it is in already tells them again. When only that failed, the error is returned and the call may be repeated.
// Errors: tenancy.ErrNotFound; *tenancy.StateError for a tenant that is created, imported or deleted, which its other
// calls end; tenancy.ErrStateInvalid for another state.
func (m *Manager) SetState(ctx context.Context, id tenancy.ID, state tenancy.State) error {
	act, ok := map[tenancy.State]act{
		tenancy.StateActive: actResume, tenancy.StateSuspended: actSuspend, tenancy.StatePaused: actPause,
	}[state]
	if !ok {
		return fmt.Errorf("set state of tenant %s to %.20q: %w", id, state, tenancy.ErrStateInvalid)
	}
	if _, err := m.move(ctx, origin{id: id}, act, `state = $6`, string(state)); err != nil {
		return fmt.Errorf("set state of tenant %s to %s: %w", id, state, err)
	}
	return nil
}
