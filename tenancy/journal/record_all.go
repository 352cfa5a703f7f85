package journal

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// Batch is many changes that one statement makes, each of which is made or not by itself.
type Batch struct {
	// With are the data-modifying CTEs, as in Change. The names outcome, entry and recorded are taken.
	With []string
	// Outcome is a SELECT over those CTEs that yields a row for each change that was made, with exactly these columns, so
	// named and in this order: place integer, version bigint. place counts Entries from 0.
	Outcome string
	Args    []any
	// Entries are the journal's rows, one for each change, but for Version, which Outcome yields.
	Entries []Entry
}

// RecordAll makes the changes in schema and writes a journal row for each that was made, all of this or nothing. It
// returns which ones were made, by their places in Entries. It tries again as Record does.
func (r *Recorder) RecordAll(ctx context.Context, schema tenantdb.Schema, b Batch) (made []bool, err error) {
	if Rehearsed(ctx) {
		return nil, fmt.Errorf("record a batch: %w", ErrRehearsal)
	}
	for i := range b.Entries {
		if err := b.Entries[i].complete(ctx); err != nil {
			return nil, fmt.Errorf("record a batch: %w", err)
		}
	}
	record := r.batchStatement
	if r.Shape == Transaction {
		record = r.batchTransaction
	}
	for range attempts {
		var written []Entry
		if made, written, err = record(ctx, schema, &b); err == nil {
			for _, e := range written {
				observe(ctx, e)
			}
			return made, nil
		}
		if !tenantdb.Retryable(err) || ctx.Err() != nil {
			break
		}
	}
	return nil, fmt.Errorf("record a batch: %w", err)
}

// batchStatement makes the changes and writes their rows in one statement.
func (r *Recorder) batchStatement(ctx context.Context, schema tenantdb.Schema, b *Batch) (made []bool, written []Entry, err error) {
	if r.Off {
		made, whole, err := b.query(ctx, r.DB, "WITH "+strings.Join(b.With, ", ")+" "+b.Outcome, b.Args)
		return made, whole.Entries, err
	}
	rows, args := b.rows(len(b.Args))
	statement := "WITH " + strings.Join(b.With, ", ") + ", outcome AS (" + b.Outcome + "), recorded AS (INSERT INTO " + schema.Table("journal") +
		insertColumns + "SELECT e.id, e.at, e.action, e.resource_type, e.resource_id, o.version, e.actor, e.request_id, e.provider_request_id, e.duration, e.detail::jsonb FROM " + rows +
		" JOIN outcome o ON o.place = e.place - 1) SELECT place, version FROM outcome"
	made, whole, err := b.query(ctx, r.DB, statement, append(b.Args[:len(b.Args):len(b.Args)], args...))
	return made, whole.Entries, err
}

// batchTransaction makes the changes in one statement and writes their rows in a second one, in one transaction.
func (r *Recorder) batchTransaction(ctx context.Context, schema tenantdb.Schema, b *Batch) (made []bool, written []Entry, err error) {
	tx, err := r.DB.BeginTxx(ctx, nil)
	if err != nil {
		return nil, nil, err
	}
	defer tx.Rollback()
	made, batch, err := b.query(ctx, tx, "WITH "+strings.Join(b.With, ", ")+" "+b.Outcome, b.Args)
	if err != nil {
		return nil, nil, err
	}
	if len(batch.Entries) > 0 && !r.Off {
		rows, args := batch.rows(0)
		_, err = tx.ExecContext(ctx, "INSERT INTO "+schema.Table("journal")+insertColumns+
			"SELECT e.id, e.at, e.action, e.resource_type, e.resource_id, e.version, e.actor, e.request_id, e.provider_request_id, e.duration, e.detail::jsonb FROM "+rows, args...)
		if err != nil {
			return nil, nil, err
		}
	}
	return made, batch.Entries, tx.Commit()
}

// query asks which changes were made. written are the entries of those, complete.
func (b *Batch) query(ctx context.Context, db sqlx.QueryerContext, statement string, args []any) (made []bool, written Batch, err error) {
	rows, err := db.QueryContext(ctx, statement, args...)
	if err != nil {
		return nil, written, err
	}
	defer rows.Close()
	made = make([]bool, len(b.Entries))
	for rows.Next() {
		var place int
		var version sql.NullInt64
		if err := rows.Scan(&place, &version); err != nil {
			return nil, written, err
		}
		made[place] = true
		entry := b.Entries[place]
		entry.Version = version.Int64
		written.Entries = append(written.Entries, entry)
	}
	return made, written, rows.Err()
}

// rows returns the entries as the rows e of a FROM clause, with place counted from 1, and its arguments; before is how
// many others come first.
func (b *Batch) rows(before int) (from string, args []any) {
	n := len(b.Entries)
	ids, ats, resources, details, versions := make([]string, n), make([]string, n), make([]string, n), make([]string, n), make([]int64, n)
	actions, types, actors, requests := make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	theirs, durations := make([]string, n), make([]int64, n)
	for i := range b.Entries {
		e := &b.Entries[i]
		ids[i], ats[i], resources[i], details[i], versions[i] = e.ID, e.At.Format(time.RFC3339Nano), e.ResourceID, e.detail(), e.Version
		actions[i], types[i], actors[i], requests[i] = string(e.Action), e.ResourceType, e.Actor, e.RequestID
		theirs[i], durations[i] = e.ProviderRequestID, e.Duration.Microseconds()
	}
	args = []any{
		pq.Array(ids), pq.Array(ats), pq.Array(actions), pq.Array(types), pq.Array(resources), pq.Array(versions),
		pq.Array(actors), pq.Array(requests), pq.Array(theirs), pq.Array(durations), pq.Array(details),
	}
	var columns strings.Builder
	for i, kind := range [...]string{"uuid", "timestamptz", "text", "text", "uuid", "bigint", "text", "text", "text", "bigint", "text"} {
		if i > 0 {
			columns.WriteString(", ")
		}
		fmt.Fprintf(&columns, "$%d::%s[]", before+i+1, kind)
	}
	return "unnest(" + columns.String() + ") WITH ORDINALITY AS e(id, at, action, resource_type, resource_id, version, actor, request_id, provider_request_id, duration, detail, place)", args
}
