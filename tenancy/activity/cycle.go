package activity

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/askspoke/spoke/observability/health"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// WriteCycles writes cycles that have ended, in one statement. One that began when another did is there already.
func WriteCycles(ctx context.Context, db sqlx.ExecerContext, schema tenantdb.Schema, cycles []health.Cycle) error {
	n := len(cycles)
	if n == 0 {
		return nil
	}
	ids, kinds, started, ended, counts := make([]string, n), make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	for i, c := range cycles {
		id, err := uuid.NewV7()
		if err != nil {
			return fmt.Errorf("write cycles: %w", err)
		}
		text, err := json.Marshal(c.Counts)
		if err != nil {
			return fmt.Errorf("write cycles: %w", err)
		}
		ids[i], kinds[i], started[i], ended[i], counts[i] = id.String(), string(c.Kind), timeText(c.Started), timeText(c.Ended), string(text)
	}
	_, err := db.ExecContext(ctx, `INSERT INTO `+schema.Table("cycles")+` (id, kind, started_at, ended_at, counts)
		SELECT * FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::jsonb[])
		ON CONFLICT DO NOTHING`, pq.Array(ids), pq.Array(kinds), pq.Array(started), pq.Array(ended), pq.Array(counts))
	if err != nil {
		return fmt.Errorf("write cycles: %w", err)
	}
	return nil
}

// Cycles returns at most limit cycles that began before a time, the latest first. The Started of the last one is where the
// next page goes on.
func Cycles(ctx context.Context, db sqlx.QueryerContext, schema tenantdb.Schema, before time.Time, limit int) ([]health.Cycle, error) {
	var rows []struct {
		Kind    string    `db:"kind"`
		Started time.Time `db:"started_at"`
		Ended   time.Time `db:"ended_at"`
		Counts  []byte    `db:"counts"`
	}
	err := sqlx.SelectContext(ctx, db, &rows, `SELECT kind, started_at, ended_at, counts FROM `+schema.Table("cycles")+`
		WHERE started_at < $1 ORDER BY started_at DESC LIMIT $2`, before, limit)
	if err != nil {
		return nil, fmt.Errorf("read cycles: %w", err)
	}
	list := make([]health.Cycle, len(rows))
	for i, r := range rows {
		list[i] = health.Cycle{Kind: health.Kind(r.Kind), Started: r.Started.UTC(), Ended: r.Ended.UTC()}
		if err := json.Unmarshal(r.Counts, &list[i].Counts); err != nil {
			return nil, fmt.Errorf("read cycles: %w", err)
		}
	}
	return list, nil
}
