package activity

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/askspoke/spoke/observability/health"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// Point is what was counted in one step of a series.
type Point struct {
	At       time.Time                // when the step began
	Outcomes map[health.Outcome]int64 // all requests, by how they ended; nil: there were none
	Changes  map[health.Action]int64  // the changes that were made, by what they did; nil: there were none
}

// MaxSteps is how many steps a series has at most.
const MaxSteps = 1000

// ErrSteps is a series that ends before it begins, whose steps are no whole milliseconds, or that has too many of them.
var ErrSteps = errors.New("no series has such steps")

// Series sums the counts of the buckets that began at from or later and before until into steps, the first of which begins
// at from. The last one may be shorter. Steps without requests are there as well. It is one statement, whose cost depends on
// the buckets in that time and not on how many users or requests there are. Error: ErrSteps.
func Series(ctx context.Context, db sqlx.QueryerContext, schema tenantdb.Schema, from, until time.Time, step time.Duration) ([]Point, error) {
	from, until = from.UTC(), until.UTC()
	if step <= 0 || step%time.Millisecond != 0 || until.Before(from) || until.Sub(from) > MaxSteps*step {
		return nil, fmt.Errorf("read series from %s until %s in steps of %s: %w", timeText(from), timeText(until), step, ErrSteps)
	}
	var list []Point
	for at := from; at.Before(until); at = at.Add(step) {
		list = append(list, Point{At: at})
	}
	var rows []struct {
		At      time.Time      `db:"step"`
		Action  health.Action  `db:"action"`
		Outcome health.Outcome `db:"outcome"`
		Count   int64          `db:"count"`
	}
	err := sqlx.SelectContext(ctx, db, &rows, `SELECT date_bin($3::bigint * interval '1 millisecond', at, $1) AS step, action, outcome,
			sum(count)::bigint AS count
		FROM `+schema.Table("activity")+` WHERE at >= $1 AND at < $2
		GROUP BY 1, action, outcome ORDER BY 1, action, outcome`, from, until, step.Milliseconds())
	if err != nil {
		return nil, fmt.Errorf("read series: %w", err)
	}
	for _, r := range rows {
		list[r.At.Sub(from)/step].add(r.Action, r.Outcome, r.Count)
	}
	return list, nil
}

func (p *Point) add(action health.Action, outcome health.Outcome, n int64) {
	if p.Outcomes == nil {
		p.Outcomes = make(map[health.Outcome]int64)
	}
	p.Outcomes[outcome] += n
	if outcome != health.Accepted || action == health.Read || action == health.Other {
		return
	}
	if p.Changes == nil {
		p.Changes = make(map[health.Action]int64)
	}
	p.Changes[action] += n
}
