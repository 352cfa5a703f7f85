package operator

import (
	"context"
	"fmt"
	"time"
)

// How long things are kept that are no use any more.
const (
	DefaultKeepCalls = 400 * 24 * time.Hour // a year, and time to look back at it
	keepStrangers    = 7 * 24 * time.Hour   // calls without a valid credential, which anybody can make
	keepLinks        = 30 * 24 * time.Hour
)

// pruneBatch bounds how many rows one statement deletes.
const pruneBatch = 1000

// Prune deletes calls of the audit log that are older than keepCalls, those of strangers after a week, answers that are not
// given any more, and links that expired a month ago, in small batches. It returns how many rows went.
func (s *Store) Prune(ctx context.Context, keepCalls time.Duration) (deleted int64, err error) {
	now := s.now()
	for _, old := range []struct {
		table, column, id string
		before            time.Time
		actor             string // "": any
	}{
		{audit, "at", "id", now.Add(-keepCalls), ""},
		{audit, "at", "id", now.Add(-min(keepCalls, keepStrangers)), Anonymous},
		{answers, "created_at", "actor, key", now.Add(-KeepAnswer), ""},
		{links, "expires_at", "id", now.Add(-keepLinks), ""},
		{signIns, "expires_at", "id", now.Add(-keepLinks), ""},
		{signOuts, "at", "actor", now.Add(-keepSignOuts), ""},
	} {
		condition, arguments := old.column+` <= $1`, []any{old.before, pruneBatch}
		if old.actor != "" {
			condition, arguments = condition+` AND actor = $3`, append(arguments, old.actor)
		}
		for {
			result, err := s.config.DB.ExecContext(ctx, `DELETE FROM `+old.table+` WHERE (`+old.id+`) IN
				(SELECT `+old.id+` FROM `+old.table+` WHERE `+condition+` ORDER BY `+old.column+` LIMIT $2)`, arguments...)
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
