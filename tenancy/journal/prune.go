package journal

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// RestoreFor is for how long what was deleted can be restored: its entry stays as long at least, however short a time the
// journal is kept.
const RestoreFor = 30 * 24 * time.Hour

// pruneAtOnce is how many entries a statement looks at: some milliseconds.
const pruneAtOnce = 1000

// Prune removes the entries from before the time given, but for accepted deletions since keepDeletes, in statements of
// pruneAtOnce entries each. It stops after so many statements; then done is false, and the rest is for the next time.
//
// It waits for no writer and no writer for it: it locks nothing but the rows that go. Cursors stay good, since they are
// places and no rows. Entries are looked at in the order of their ids: one whose At is far from the time of its id goes
// later than it could.
func Prune(ctx context.Context, db *tenantdb.DB, schema tenantdb.Schema, before, keepDeletes time.Time, statements int) (removed int64, done bool, err error) {
	after := uuid.Nil.String()
	for range statements {
		var some struct {
			Last    string `db:"last"`
			Seen    int    `db:"seen"`
			Old     int    `db:"old"`
			Removed int64  `db:"removed"`
		}
		err := db.GetContext(ctx, &some, `WITH some AS (
				SELECT id, at < $2 AS old, outcome = 'accepted' AND action = 'delete' AND at >= $3 AS kept
				FROM `+schema.Table("journal")+` WHERE id > $1::uuid ORDER BY id LIMIT $4),
			gone AS (DELETE FROM `+schema.Table("journal")+` WHERE id = ANY (ARRAY(SELECT id FROM some WHERE old AND NOT kept)) RETURNING id)
			SELECT COALESCE((SELECT id::text FROM some ORDER BY id DESC LIMIT 1), '') AS last,
				(SELECT count(*) FROM some) AS seen, (SELECT count(*) FROM some WHERE old) AS old, (SELECT count(*) FROM gone) AS removed`,
			after, before, keepDeletes, pruneAtOnce)
		if err != nil {
			return removed, false, fmt.Errorf("prune journal: %w", err)
		}
		removed += some.Removed
		if some.Seen < pruneAtOnce || some.Old == 0 {
			return removed, true, nil
		}
		after = some.Last
	}
	return removed, false, nil
}
