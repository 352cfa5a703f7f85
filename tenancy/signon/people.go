package signon

import (
	"context"
	"fmt"
	"time"

	"github.com/askspoke/spoke/tenancy"
)

// Came notes that an administrator came by a connection, also in a test. For a connection that is gone it does nothing.
func (s *Store) Came(ctx context.Context, c Connection, administrator, subject string) error {
	_, err := s.config.DB.ExecContext(ctx, `INSERT INTO `+people+` (connection_id, administrator_id, subject, came_at)
		SELECT id, $3, $4, $5 FROM `+connections+` WHERE tenant_id = $1 AND id = $2
		ON CONFLICT (connection_id, administrator_id) DO UPDATE SET subject = EXCLUDED.subject, came_at = EXCLUDED.came_at`,
		string(c.Tenant), c.ID, administrator, subject, s.now())
	if err != nil {
		return fmt.Errorf("note who came by sign-on connection %s: %w", c.ID, err)
	}
	return nil
}

// Known returns when administrators came by a connection of a tenant the last time, by their ids.
func (s *Store) Known(ctx context.Context, tenant tenancy.ID, connection string) (map[string]time.Time, error) {
	var rows []struct {
		Administrator string    `db:"administrator_id"`
		At            time.Time `db:"came_at"`
	}
	err := s.config.DB.SelectContext(ctx, &rows, `SELECT p.administrator_id, p.came_at FROM `+people+` p JOIN `+connections+` c
		ON c.id = p.connection_id WHERE c.tenant_id = $1 AND c.id = $2 ORDER BY p.administrator_id`, string(tenant), connection)
	if err != nil {
		return nil, fmt.Errorf("list who came by sign-on connection %s: %w", connection, err)
	}
	known := make(map[string]time.Time, len(rows))
	for _, r := range rows {
		known[r.Administrator] = r.At.UTC()
	}
	return known, nil
}
