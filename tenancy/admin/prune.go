package admin

import (
	"context"
	"fmt"
	"time"
)

// How long things are kept that are no use any more.
const (
	keepSignIns        = 7 * 24 * time.Hour   // so that an old link is told to be old
	keepImpersonations = 400 * 24 * time.Hour // a year, and time to look back at it
)

// pruneBatch bounds how many rows one statement deletes.
const pruneBatch = 1000

// Prune deletes sessions that have expired, links a week after they did and impersonations 400 days after, in small
// batches. It returns how many rows went.
func (s *Store) Prune(ctx context.Context) (deleted int64, err error) {
	now := s.now()
	for _, old := range []struct {
		table, key string
		before     time.Time
	}{
		{sessions, "hash", now},
		{signIns, "id", now.Add(-keepSignIns)},
		{impersonations, "id", now.Add(-keepImpersonations)},
	} {
		for {
			result, err := s.config.DB.ExecContext(ctx, `DELETE FROM `+old.table+` WHERE `+old.key+` IN
				(SELECT `+old.key+` FROM `+old.table+` WHERE expires_at <= $1 ORDER BY expires_at, `+old.key+` LIMIT $2)`, old.before, pruneBatch)
			if err != nil {
				return deleted, fmt.Errorf("prune %s: %w", old.table, err)
			}
			n, err := result.RowsAffected()
			if err != nil {
				return deleted, fmt.Errorf("prune %s: %w", old.table, err)
			}
			if deleted += n; n < pruneBatch {
				break
			}
		}
	}
	return deleted, nil
}
