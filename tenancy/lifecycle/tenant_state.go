package lifecycle

import (
	"context"
	"fmt"

	"github.com/askspoke/spoke/tenancy"
)

// SetState puts a tenant into a state and tells the replicas, which follow within a second. A tenant that is creating
// cannot be touched (its schema is not complete), and none goes back to creating: both are tenancy.ErrStateInvalid.
// Setting the state it is in already announces it again. When only the announcement failed, the error is returned and
// the call may be repeated.
func (m *Manager) SetState(ctx context.Context, id tenancy.ID, state tenancy.State) error {
	if !state.Valid() || state == tenancy.StateCreating {
		return fmt.Errorf("set state of tenant %s to %.20q: %w", id, state, tenancy.ErrStateInvalid)
	}
	var before string
	err := m.config.DB.GetContext(ctx, &before, `WITH before AS (SELECT id, state FROM `+tenants+` WHERE id = $1),
		updated AS (UPDATE `+tenants+` SET state = $2, updated_at = $3 WHERE id = $1 AND state <> 'creating' RETURNING id)
		SELECT COALESCE((SELECT state FROM before), '')`, string(id), string(state), m.now())
	switch {
	case err != nil:
		return fmt.Errorf("set state of tenant %s: %w", id, err)
	case before == "":
		return fmt.Errorf("set state of tenant %s: %w", id, tenancy.ErrNotFound)
	case before == string(tenancy.StateCreating):
		return fmt.Errorf("set state of tenant %s, which is creating: %w", id, tenancy.ErrStateInvalid)
	}
	return m.announce(ctx, id)
}
