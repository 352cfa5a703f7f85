package lifecycle

import (
	"context"
	"fmt"
	"time"

	"github.com/askspoke/spoke/tenancy"
)

// MaxGrace is how long a deletion can be undone at most.
const MaxGrace = 365 * 24 * time.Hour

// Delete begins the deletion of a tenant: it is refused from now on, and may be purged when grace is over; 0 is at once.
// Nothing is gone until then. Errors: tenancy.ErrNotFound, *tenancy.StateError, *tenancy.SettingError for the grace.
func (m *Manager) Delete(ctx context.Context, id tenancy.ID, grace time.Duration) (tenancy.Tenant, error) {
	if grace < 0 || grace > MaxGrace {
		return tenancy.Tenant{}, fmt.Errorf("delete tenant %s: %w", id,
			&tenancy.SettingError{Setting: "grace", Reason: fmt.Sprintf("must be from 0 to %d days", MaxGrace/(24*time.Hour))})
	}
	t, err := m.move(ctx, origin{id: id}, actDelete, `state = 'deleting', state_before = state, delete_after = $6`, m.now().Add(grace))
	if err != nil {
		return t, fmt.Errorf("delete tenant %s: %w", id, err)
	}
	return t, nil
}

// Undelete takes a deletion back: the tenant is in the state that it was in before. It works until the tenant is purged,
// also when grace is over. Errors: tenancy.ErrNotFound, *tenancy.StateError.
func (m *Manager) Undelete(ctx context.Context, id tenancy.ID) (tenancy.Tenant, error) {
	t, err := m.move(ctx, origin{id: id}, actUndelete, `state = COALESCE(state_before, 'active'), state_before = NULL, delete_after = NULL`)
	if err != nil {
		return t, fmt.Errorf("undo the deletion of tenant %s: %w", id, err)
	}
	return t, nil
}
