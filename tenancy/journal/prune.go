package journal

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// RestoreFor is for how long what was deleted can be restored: its entry stays as long at least, however short a time the
// journal is kept.
const RestoreFor = 30 * 24 * time.Hour

// pruneAtOnce is how many entries a statement looks at: some milliseconds.
const pruneAtOnce = 1000

// Pruning goes through a journal from its beginning and removes what is from before a time, but for accepted deletions
// since another. It is for one goroutine.
//
// It waits for no writer and no writer for it: it locks nothing but the rows that go. Cursors stay good, since they are
// places and no rows. Entries are looked at in the order of their ids: one whose At is far from the time of its id goes
// later than it could.
type Pruning struct {
	Schema              tenantdb.Schema
	Before, KeepDeletes time.Time

	after string // the id that it has come to
}

// Step looks at the next pruneAtOnce entries, in one statement, and says how many it removed, and whether it has come to
// entries that stay, so that there is nothing more to do.
func (p *Pruning) Step(ctx context.Context, db sqlx.QueryerContext) (removed int64, done bool, err error) {
	var step struct {
		Last    string `db:"last"`
		Seen    int    `db:"seen"`
		Old     int    `db:"old"`
		Removed int64  `db:"removed"`
	}
	err = sqlx.GetContext(ctx, db, &step, `WITH chunk AS (
			SELECT id, at < $2 AS old, outcome = 'accepted' AND action = 'delete' AND at >= $3 AS kept
			FROM `+p.Schema.Table("journal")+` WHERE id > $1::uuid ORDER BY id LIMIT $4),
		gone AS (DELETE FROM `+p.Schema.Table("journal")+` WHERE id = ANY (ARRAY(SELECT id FROM chunk WHERE old AND NOT kept)) RETURNING id)
		SELECT COALESCE((SELECT id::text FROM chunk ORDER BY id DESC LIMIT 1), '') AS last,
			(SELECT count(*) FROM chunk) AS seen, (SELECT count(*) FROM chunk WHERE old) AS old, (SELECT count(*) FROM gone) AS removed`,
		cmp.Or(p.after, uuid.Nil.String()), p.Before, p.KeepDeletes, pruneAtOnce)
	if err != nil {
		return 0, false, fmt.Errorf("prune journal: %w", err)
	}
	p.after = step.Last
	return step.Removed, step.Seen < pruneAtOnce || step.Old == 0, nil
}

// Prune does all the steps of a Pruning, and returns how many entries went.
func Prune(ctx context.Context, db sqlx.QueryerContext, schema tenantdb.Schema, before, keepDeletes time.Time) (removed int64, err error) {
	p := Pruning{Schema: schema, Before: before, KeepDeletes: keepDeletes}
	for {
		n, done, err := p.Step(ctx, db)
		removed += n
		if done || err != nil {
			return removed, err
		}
	}
}
