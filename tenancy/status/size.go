package status

import (
	"context"
	"fmt"
	"time"

	"github.com/askspoke/spoke/tenancy"
)

// Uncounted returns at most limit tenants whose directory has changed since it was counted, or was never counted, and was not
// counted since before; the one that waits longest first. A change in the minute before a count is taken for one after it:
// clocks differ.
func (s *Store) Uncounted(ctx context.Context, before time.Time, limit int) ([]tenancy.ID, error) {
	var ids []string
	err := s.config.DB.SelectContext(ctx, &ids, `SELECT h.tenant_id FROM `+table+` AS h JOIN `+tenants+` AS t ON t.id = h.tenant_id
		WHERE (h.counted_at IS NULL OR h.counted_at - interval '1 minute' <= h.changed_at AND h.counted_at <= $1)
			AND t.state IN ('active', 'suspended', 'paused', 'deleting')
		ORDER BY h.counted_at NULLS FIRST, h.tenant_id LIMIT $2`, before.UTC(), limit)
	if err != nil {
		return nil, fmt.Errorf("look for directories to count: %w", err)
	}
	list := make([]tenancy.ID, len(ids))
	for i, id := range ids {
		list[i] = tenancy.ID(id)
	}
	return list, nil
}

// SaveSize notes how large a directory was at a time.
func (s *Store) SaveSize(ctx context.Context, tenant tenancy.ID, size Size, at time.Time) error {
	_, err := s.config.DB.ExecContext(ctx, `UPDATE `+table+` SET users = $2, active_users = $3, groups = $4, counted_at = $5
		WHERE tenant_id = $1 AND (counted_at IS NULL OR counted_at <= $5)`, string(tenant), size.Users, size.ActiveUsers, size.Groups, at.UTC())
	if err != nil {
		return fmt.Errorf("save size of tenant %s: %w", tenant, err)
	}
	return nil
}
