package activity

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// Total is all requests of one kind since a time.
type Total struct {
	Kind
	Count           int64
	FirstAt, LastAt time.Time
	// FoundAt is when a list was read that was not empty, to the end of the minute's requests of the kind at the latest; zero:
	// none was.
	FoundAt time.Time
}

// Totals returns a total for each kind of request that came at from or later, in the order of resource, action and outcome.
// A minute's requests count when the last of them came at from or later.
func Totals(ctx context.Context, db sqlx.QueryerContext, schema tenantdb.Schema, from time.Time) ([]Total, error) {
	var rows []struct {
		Kind
		Count   int64        `db:"count"`
		FirstAt time.Time    `db:"first_at"`
		LastAt  time.Time    `db:"last_at"`
		FoundAt sql.NullTime `db:"found_at"`
	}
	err := sqlx.SelectContext(ctx, db, &rows, `SELECT resource, action, outcome, sum(count)::bigint AS count,
			GREATEST(min(first_at), $1::timestamptz) AS first_at, max(last_at) AS last_at, min(last_at) FILTER (WHERE total > 0) AS found_at
		FROM `+schema.Table("activity")+` WHERE at >= $2 AND last_at >= $1
		GROUP BY resource, action, outcome ORDER BY resource, action, outcome`, from, from.Add(-widest))
	if err != nil {
		return nil, fmt.Errorf("read totals of requests: %w", err)
	}
	list := make([]Total, len(rows))
	for i, r := range rows {
		list[i] = Total{Kind: r.Kind, Count: r.Count, FirstAt: r.FirstAt.UTC(), LastAt: r.LastAt.UTC(), FoundAt: tenantdb.TimeOf(r.FoundAt)}
	}
	return list, nil
}

// widest is longer than the time of a row, which is a minute at the pace that providers have.
const widest = 5 * time.Minute
