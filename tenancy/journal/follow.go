package journal

import (
	"context"
	"fmt"

	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// Cursor is a place in a tenant's journal, opaque to whoever keeps it. The empty Cursor is the beginning. It is good for
// one database cluster: a journal that was copied elsewhere is followed from the beginning.
type Cursor string

// ErrCursor is a Cursor that Follow did not make, or a place that List did not.
var ErrCursor = tenantdb.ErrCursor

// maxFollow bounds what one Follow returns.
const maxFollow = 10_000

// Follow returns up to limit entries after a cursor, and the cursor after the last of them (the same one when there are
// none). Entries come in the order of the transactions that wrote them, and only those older than every transaction
// still open: a row that commits late is returned late, never passed over. The price: a transaction that writes and stays
// open, in whatever database of the cluster, holds back the rows that were written after it began.
func Follow(ctx context.Context, db *tenantdb.DB, schema tenantdb.Schema, after Cursor, limit int) ([]Entry, Cursor, error) {
	xid, id, err := tenantdb.ParseCursor(string(after))
	if err != nil {
		return nil, after, fmt.Errorf("follow journal: %w", err)
	}
	limit = min(max(limit, 1), maxFollow)
	rows, err := db.QueryContext(ctx, `SELECT xid::text AS xid, `+entryColumns+`
		FROM `+schema.Table("journal")+` AS j
		WHERE (j.xid, j.id) > ($1::xid8, $2::uuid) AND j.xid < pg_snapshot_xmin(pg_current_snapshot())
		ORDER BY j.xid, j.id LIMIT $3`, xid, id, limit)
	if err != nil {
		return nil, after, fmt.Errorf("follow journal: %w", err)
	}
	defer rows.Close()
	entries, next := []Entry{}, after
	for rows.Next() {
		e, err := scanEntry(rows, &xid)
		if err != nil {
			return nil, after, fmt.Errorf("follow journal: %w", err)
		}
		entries, next = append(entries, e), Cursor(tenantdb.CursorAt(xid, e.ID))
	}
	if err := rows.Err(); err != nil {
		return nil, after, fmt.Errorf("follow journal: %w", err)
	}
	return entries, next, nil
}
