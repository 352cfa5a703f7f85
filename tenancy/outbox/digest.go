package outbox

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/askspoke/spoke/tenancy"
)

// Piece is something to tell in a digest.
type Piece struct {
	Key     string // says what is told: the same is told in a digest once
	Tenant  tenancy.ID
	Rank    int // what is told first has the greatest
	At      time.Time
	Content json.RawMessage
}

// Gather keeps pieces for a digest, all in one statement. One that is there already, mailed or not, stays as it is; one of a
// tenant that has gone is left out.
func (s *Store) Gather(ctx context.Context, digest string, list ...Piece) error {
	if len(list) == 0 {
		return nil
	}
	n := len(list)
	ids, key, tenant, rank := make([]string, n), make([]string, n), make([]sql.NullString, n), make([]int64, n)
	at, content := make([]string, n), make([]string, n)
	for i, p := range list {
		if p.Key == "" || len(p.Key) > maxKey || !isLine(p.Key) {
			return fmt.Errorf("gather for %s: %w", digest, &MailError{"key", fmt.Sprintf("%.80q is none: it is a line of at most %d bytes", p.Key, maxKey)})
		}
		id, err := uuid.NewV7()
		if err != nil {
			return fmt.Errorf("gather for %s: %w", digest, err)
		}
		ids[i], key[i], rank[i], at[i], content[i] = id.String(), p.Key, int64(p.Rank), p.At.UTC().Format(time.RFC3339Nano), string(p.Content)
		tenant[i] = sql.NullString{String: string(p.Tenant), Valid: p.Tenant != ""}
	}
	_, err := s.config.DB.ExecContext(ctx, `INSERT INTO `+gathered+` (id, digest, key, tenant_id, rank, at, content)
		SELECT p.id, $1, p.key, p.tenant_id, p.rank, p.at, p.content::jsonb
		FROM unnest($2::uuid[], $3::text[], $4::uuid[], $5::integer[], $6::timestamptz[], $7::text[]) AS p (id, key, tenant_id, rank, at, content)
		WHERE p.tenant_id IS NULL OR p.tenant_id IN (SELECT id FROM `+tenants+`)
		ORDER BY p.key COLLATE "C"
		ON CONFLICT (digest, key) DO NOTHING`,
		digest, pq.Array(ids), pq.Array(key), pq.Array(tenant), pq.Array(rank), pq.Array(at), pq.Array(content))
	if err != nil {
		return fmt.Errorf("gather for %s: %w", digest, err)
	}
	return nil
}

// Digest enqueues the mails that write makes of what was gathered for a digest, and notes it as mailed, both or neither. It
// does nothing when there is nothing, or within gap of the last time. write is given up to limit pieces, those of the
// greatest rank first and of those the youngest, and how many there are in all; those beyond limit are not told again.
// id is another for each digest, for the mails' keys.
func (s *Store) Digest(ctx context.Context, digest string, gap time.Duration, limit int, write func(id string, list []Piece, all int) ([]Mail, error)) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("digest of %s: %w", digest, err)
		}
	}()
	tx, err := s.config.DB.BeginTxx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // after a commit there is nothing to undo, and before it the first error matters
	now := s.now()
	var rows []struct {
		Key     string    `db:"key"`
		Tenant  string    `db:"tenant_id"`
		Rank    int       `db:"rank"`
		At      time.Time `db:"at"`
		Content []byte    `db:"content"`
		All     int       `db:"all"`
	}
	err = tx.SelectContext(ctx, &rows, `WITH mailed AS (
			UPDATE `+gathered+` SET mailed_at = $2 WHERE digest = $1 AND mailed_at IS NULL
				AND NOT EXISTS (SELECT 1 FROM `+gathered+` WHERE digest = $1 AND mailed_at > $3)
			RETURNING id, key, COALESCE(tenant_id::text, '') AS tenant_id, rank, at, content
		)
		SELECT key, tenant_id, rank, at, content, count(*) OVER () AS "all" FROM mailed ORDER BY rank DESC, at DESC, id LIMIT $4`,
		digest, now, now.Add(-gap), limit)
	if err != nil || len(rows) == 0 {
		return err
	}
	list := make([]Piece, len(rows))
	for i, r := range rows {
		list[i] = Piece{r.Key, tenancy.ID(r.Tenant), r.Rank, r.At.UTC(), r.Content}
	}
	id, err := uuid.NewV7()
	if err != nil {
		return err
	}
	mails, err := write(id.String(), list, rows[0].All)
	if err != nil {
		return err
	}
	if len(mails) == 0 {
		return tx.Commit()
	}
	if err := s.enqueue(ctx, tx, mails); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	s.config.Wake()
	return nil
}
