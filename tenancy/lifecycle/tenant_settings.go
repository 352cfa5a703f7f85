package lifecycle

import (
	"context"
	"fmt"

	"github.com/askspoke/spoke/tenancy"
)

// SetSettings gives a tenant other settings and tells the replicas, which follow within a second. It does not look at
// what the tenant has: where names of groups are to be unique from now on, directory.Store.UniteGroupNames makes them so.
// Errors: tenancy.ErrNotFound, tenancy.ErrSettings, tenancy.ErrStateInvalid for a tenant that is created or deleted.
func (m *Manager) SetSettings(ctx context.Context, id tenancy.ID, s tenancy.Settings) error {
	if !s.Profile.Valid() {
		return fmt.Errorf("set settings of tenant %s: %w: profile %.20q", id, tenancy.ErrSettings, s.Profile)
	}
	var before string
	err := m.config.DB.GetContext(ctx, &before, `WITH before AS (SELECT id, state FROM `+tenants+` WHERE id = $1),
		updated AS (UPDATE `+tenants+` SET unique_group_names = $2, profile = $3, updated_at = $4
			WHERE id = $1 AND state NOT IN ('creating', 'deleting') RETURNING id)
		SELECT COALESCE((SELECT state FROM before), '')`, string(id), s.UniqueGroupNames, string(s.Profile), m.now())
	switch tenancy.State(before) {
	case "":
		if err == nil {
			err = tenancy.ErrNotFound
		}
	case tenancy.StateCreating, tenancy.StateDeleting:
		err = tenancy.ErrStateInvalid
	}
	if err != nil {
		return fmt.Errorf("set settings of tenant %s: %w", id, err)
	}
	return m.announce(ctx, id)
}
