package hostclaim

import (
	"context"
	"fmt"

	"github.com/askspoke/spoke/tenancy"
)

// Remove takes a host from a tenant, or its claim. The replicas follow within a second, and anybody can claim it. Errors:
// tenancy.ErrHostNotFound.
func (s *Store) Remove(ctx context.Context, id tenancy.ID, host string) error {
	h, err := s.find(ctx, id, host)
	if err != nil {
		return fmt.Errorf("remove host %.80q: %w", host, err)
	}
	// That they are there was found before: a statement that is sent twice finds nothing the second time.
	for _, table := range []string{claims, hosts} {
		_, err := s.config.DB.ExecContext(ctx, `DELETE FROM `+table+` WHERE host = $1 AND tenant_id = $2`, h.Name, string(id))
		if err != nil {
			return fmt.Errorf("remove host %q: %w", h.Name, err)
		}
	}
	if err := s.announce(ctx, id); err != nil {
		return fmt.Errorf("remove host %q: %w", h.Name, err)
	}
	return nil
}

// pruneBatch bounds how many rows one statement deletes.
const pruneBatch = 1000

// Prune deletes claims that expired a week ago, in small batches, and returns how many.
func (s *Store) Prune(ctx context.Context) (deleted int64, err error) {
	before := s.now().Add(-keepExpired)
	for {
		result, err := s.config.DB.ExecContext(ctx, `DELETE FROM `+claims+` WHERE (tenant_id, host) IN
			(SELECT tenant_id, host FROM `+claims+` WHERE expires_at <= $1 ORDER BY expires_at, tenant_id, host LIMIT $2
			FOR UPDATE SKIP LOCKED)`, before, pruneBatch)
		var n int64
		if err == nil {
			n, err = result.RowsAffected()
		}
		if err != nil {
			return deleted, fmt.Errorf("prune claims of hosts: %w", err)
		}
		deleted += n
		if n < pruneBatch {
			return deleted, nil
		}
	}
}
