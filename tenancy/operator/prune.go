package operator

import (
	"context"
	"fmt"
	"time"
)

// How long things are kept that are no use any more.
const (
	DefaultKeepCalls = 400 * 24 * time.Hour // a year, and time to look back at it
	keepLinks        = 30 * 24 * time.Hour
)

// pruneBatch bounds how many rows one statement deletes.
const pruneBatch = 1000

// Prune deletes calls of the audit log that are older than keepCalls, answers that are not given any more, and set-up links
// that expired a month ago, in small batches. It returns how many rows went.
func (s *Store) Prune(ctx context.Context, keepCalls time.Duration) (deleted int64, err error) {
	now := s.now()
	for _, old := range []struct {
		table, column, id string
		before            time.Time
	}{
		{audit, "at", "id", now.Add(-keepCalls)},
		{answers, "created_at", "actor, key", now.Add(-KeepAnswer)},
		{links, "expires_at", "id", now.Add(-keepLinks)},
	} {
		for {
			result, err := s.config.DB.ExecContext(ctx, `DELETE FROM `+old.table+` WHERE (`+old.id+`) IN
				(SELECT `+old.id+` FROM `+old.table+` WHERE `+old.column+` <= $1 ORDER BY `+old.column+` LIMIT $2)`, old.before, pruneBatch)
			if err != nil {
				return deleted, fmt.Errorf("prune %s: %w", old.table, err)
			}
			n, err := result.RowsAffected()
			if err != nil {
				return deleted, fmt.Errorf("prune %s: %w", old.table, err)
			}
			deleted += n
			if n < pruneBatch {
				break
			}
		}
	}
	return deleted, nil
}
