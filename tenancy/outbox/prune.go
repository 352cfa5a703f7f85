package outbox

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// How long a mail is kept that has ended, and with it its key.
const (
	KeepSent   = 30 * 24 * time.Hour
	KeepFailed = 90 * 24 * time.Hour
)

// pruneBatch bounds how many rows one statement deletes.
const pruneBatch = 1000

// Prune deletes mails that were sent 30 days ago, those that failed 90 days ago, and what was mailed in a digest 30 days
// ago, in small batches. It returns how many went.
func (s *Store) Prune(ctx context.Context) (deleted int64, err error) {
	now := s.now()
	mails, err := s.prune(ctx, `DELETE FROM `+outbox+` WHERE id IN
		(SELECT id FROM `+outbox+` WHERE due_at IS NULL AND COALESCE(sent_at, failed_at) <= $2 AND (sent_at IS NOT NULL OR failed_at <= $3)
			ORDER BY COALESCE(sent_at, failed_at), id LIMIT $1)`, now.Add(-KeepSent), now.Add(-KeepFailed))
	if err != nil {
		return mails, err
	}
	pieces, err := s.prune(ctx, `DELETE FROM `+gathered+` WHERE id IN
		(SELECT id FROM `+gathered+` WHERE mailed_at <= $2 ORDER BY mailed_at, id LIMIT $1)`, now.Add(-KeepSent))
	return mails + pieces, err
}

// prune runs a statement, whose first argument is how many rows it may delete, until there are no more.
func (s *Store) prune(ctx context.Context, statement string, arguments ...any) (deleted int64, err error) {
	for {
		result, err := s.config.DB.ExecContext(ctx, statement, append([]any{pruneBatch}, arguments...)...)
		if err != nil {
			return deleted, fmt.Errorf("prune mail: %w", err)
		}
		n, err := result.RowsAffected()
		if err != nil {
			return deleted, fmt.Errorf("prune mail: %w", err)
		}
		if deleted += n; n < pruneBatch {
			return deleted, nil
		}
	}
}

// Stats are what waits to be sent.
type Stats struct {
	Queued int
	Oldest time.Time // when the first of them was enqueued; zero: nothing is
}

// Stats returns how many mails wait, those put off too, and since when.
func (s *Store) Stats(ctx context.Context) (Stats, error) {
	var row struct {
		Queued int          `db:"queued"`
		Oldest sql.NullTime `db:"oldest"`
	}
	err := s.config.DB.GetContext(ctx, &row, `SELECT count(*) AS queued, min(created_at) AS oldest FROM `+outbox+` WHERE due_at IS NOT NULL`)
	if err != nil {
		return Stats{}, fmt.Errorf("count mail: %w", err)
	}
	return Stats{row.Queued, tenantdb.TimeOf(row.Oldest)}, nil
}
