package token

import (
	"context"
	"fmt"
)

// keepEvents is for how long events are kept: a year, and time to look back at it. It is longer than anything is said again
// but for its event, such as that a token expires.
const keepEvents = 400 * day

// pruneBatch bounds how many rows one statement deletes.
const pruneBatch = 1000

// PruneEvents deletes events that are older than 400 days, in small batches, and returns how many. A cursor among them
// stays good.
func (s *Store) PruneEvents(ctx context.Context) (deleted int64, err error) {
	before := s.now().Add(-keepEvents)
	for {
		result, err := s.config.DB.ExecContext(ctx, `DELETE FROM `+events+` WHERE id IN
			(SELECT id FROM `+events+` WHERE at <= $1 ORDER BY at, id LIMIT $2)`, before, pruneBatch)
		if err != nil {
			return deleted, fmt.Errorf("prune events of tokens: %w", err)
		}
		n, err := result.RowsAffected()
		if err != nil {
			return deleted, fmt.Errorf("prune events of tokens: %w", err)
		}
		if deleted += n; n < pruneBatch {
			return deleted, nil
		}
	}
}
