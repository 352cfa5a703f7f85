package journal

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// A statement of Export returns so many rows at most, and details of so many bytes as they lie on disk.
const (
	exportAtOnce      = 500
	exportBytesAtOnce = 1 << 20
)

// Export calls yield with every entry, in the order in which Follow returns them, read in the transaction given, which
// says how consistent that is. An error of yield ends it and is returned.
func Export(ctx context.Context, tx sqlx.QueryerContext, schema tenantdb.Schema, yield func(Entry) error) error {
	xid, id := "0", uuid.Nil.String()
	for {
		chunk, last, err := exportSome(ctx, tx, schema, xid, id)
		if err != nil {
			return fmt.Errorf("export journal: %w", err)
		}
		if len(chunk) == 0 {
			return nil
		}
		xid, id = last, chunk[len(chunk)-1].ID
		for _, e := range chunk {
			if err := yield(e); err != nil {
				return err
			}
		}
	}
}

// exportSome reads a chunk to its end before anybody waits for the one who gets it: a statement goes on until then.
func exportSome(ctx context.Context, tx sqlx.QueryerContext, schema tenantdb.Schema, xid, id string) (chunk []Entry, last string, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT xid::text, `+entryColumns+` FROM (
			SELECT t.*, sum(pg_column_size(detail)) OVER (ORDER BY xid, id ROWS UNBOUNDED PRECEDING) - pg_column_size(detail) AS before
			FROM (SELECT * FROM `+schema.Table("journal")+` WHERE (xid, id) > ($1::xid8, $2::uuid) ORDER BY xid, id LIMIT $3) t) t
		WHERE before < $4 ORDER BY t.xid, t.id`, xid, id, exportAtOnce, exportBytesAtOnce)
	if err != nil {
		return nil, "", err
	}
	defer rows.Close()
	for rows.Next() {
		e, err := scanEntry(rows, &last)
		if err != nil {
			return nil, "", err
		}
		chunk = append(chunk, e)
	}
	return chunk, last, rows.Err()
}
