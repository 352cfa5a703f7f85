package activity

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/askspoke/spoke/observability/health"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// rowsAtOnce bounds what one statement writes.
const rowsAtOnce = 2000

// write makes the rows say what was counted. Each figure of a row only grows, so it does not matter how often a statement
// comes and whether an older one comes later.
func write(ctx context.Context, db sqlx.ExecerContext, schema tenantdb.Schema, rows []row) error {
	for some := range slices.Chunk(rows, rowsAtOnce) {
		n := len(some)
		at, resource, action, outcome, source := make([]string, n), make([]string, n), make([]string, n), make([]string, n), make([]string, n)
		count, duration, first, last := make([]int64, n), make([]int64, n), make([]string, n), make([]string, n)
		position, total := make([]sql.NullInt64, n), make([]sql.NullInt64, n)
		for i, r := range some {
			at[i], resource[i], action[i], outcome[i], source[i] = timeText(r.at), r.Resource, string(r.Action), string(r.Outcome), r.source.String()
			count[i], duration[i], first[i], last[i] = r.n, r.duration.Microseconds(), timeText(r.first), timeText(r.last)
			listed := r.position > 0 || r.total > 0
			position[i], total[i] = sql.NullInt64{Int64: int64(r.position), Valid: listed}, sql.NullInt64{Int64: int64(r.total), Valid: listed}
		}
		_, err := db.ExecContext(ctx, `INSERT INTO `+schema.Table("activity")+` AS a
			(at, resource, action, outcome, source, count, duration, first_at, last_at, position, total)
			SELECT * FROM unnest($1::timestamptz[], $2::text[], $3::text[], $4::text[], $5::uuid[], $6::bigint[], $7::bigint[],
				$8::timestamptz[], $9::timestamptz[], $10::bigint[], $11::bigint[])
			ON CONFLICT (at, resource, action, outcome, source) DO UPDATE SET
				count = GREATEST(a.count, EXCLUDED.count), duration = GREATEST(a.duration, EXCLUDED.duration),
				first_at = LEAST(a.first_at, EXCLUDED.first_at), last_at = GREATEST(a.last_at, EXCLUDED.last_at),
				position = GREATEST(a.position, EXCLUDED.position), total = GREATEST(a.total, EXCLUDED.total)`,
			pq.Array(at), pq.Array(resource), pq.Array(action), pq.Array(outcome), pq.Array(source), pq.Array(count), pq.Array(duration),
			pq.Array(first), pq.Array(last), pq.Array(position), pq.Array(total))
		if err != nil {
			return err
		}
	}
	return nil
}

func timeText(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// Since returns the counts of the buckets that began at from or later, of all processes together, in the order of At,
// resource, action and outcome.
func Since(ctx context.Context, db sqlx.QueryerContext, schema tenantdb.Schema, from time.Time) ([]health.Count, error) {
	var rows []struct {
		health.Count
		Microseconds int64 `db:"duration"`
	}
	err := sqlx.SelectContext(ctx, db, &rows, `SELECT at, resource, action, outcome, sum(count)::bigint AS count, sum(duration)::bigint AS duration,
			min(first_at) AS first_at, max(last_at) AS last_at, COALESCE(max(position), 0) AS position, COALESCE(max(total), 0) AS total
		FROM `+schema.Table("activity")+` WHERE at >= $1
		GROUP BY at, resource, action, outcome ORDER BY at, resource, action, outcome`, from)
	if err != nil {
		return nil, fmt.Errorf("read counts of requests: %w", err)
	}
	list := make([]health.Count, len(rows))
	for i, r := range rows {
		r.At, r.FirstAt, r.LastAt = r.At.UTC(), r.FirstAt.UTC(), r.LastAt.UTC()
		r.Duration = time.Duration(r.Microseconds) * time.Microsecond
		list[i] = r.Count
	}
	return list, nil
}
