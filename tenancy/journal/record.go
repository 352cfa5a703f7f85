package journal

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// Shape is how a change and its journal row travel together.
type Shape int

// The shapes. The first is the faster one on Postgres; on a distributed engine it would become a two-phase commit,
// while a transaction of plain statements stays on the tenant's node.
const (
	OneStatement Shape = iota // one statement makes the change and writes the row
	Transaction               // a transaction of two statements
)

// Change is one change to a tenant's schema together with what the journal says of it. One value of it is for one call
// of Record, or for several one after another.
type Change struct {
	// With are the data-modifying CTEs, each "name AS (…)", in order. Their placeholders are $1 to $n for the n Args. The
	// names outcome and entry are taken.
	With []string
	// Outcome is a SELECT over those CTEs that yields one row with exactly these columns, so named and in this order:
	// changed boolean, version bigint, detail jsonb, extra jsonb. Columns may be NULL, but need their type.
	Outcome string
	Args    []any
	// Fixed says that the SQL is the same for every change of its kind in a schema, as tenantdb.DB.QueryFixed wants it.
	Fixed bool
	// Entry is the journal's row but for Version, which Outcome yields. Its Detail is used where Outcome's is NULL.
	Entry Entry
}

// Result is what came of a change.
type Result struct {
	Changed bool  // false: nothing was changed, and the journal has no row
	Version int64 // of the resource
	// Detail and Extra are JSON as Change.Outcome selected them, nil for NULL.
	Detail, Extra []byte
}

// ErrNoOutcome is a Change whose Outcome yields no row.
var ErrNoOutcome = errors.New("the change yields no outcome")

// attempts is how often a change is tried whose transaction the server undid for others' sake.
const attempts = 3

// Recorder makes changes and journals them. It is safe for concurrent use.
type Recorder struct {
	DB    *tenantdb.DB
	Shape Shape // the same for the whole database
	// Off leaves the journal's rows out, so that a benchmark can show what they cost. Made finds nothing then.
	Off bool
}

// Record makes the change in schema and writes its journal row, both or neither. It tries again, up to three times
// altogether, after a deadlock or a serialization failure. Other database errors are returned wrapped, for
// tenantdb.UniqueViolation and tenantdb.Unavailable to look at.
func (r *Recorder) Record(ctx context.Context, schema tenantdb.Schema, c Change) (Result, error) {
	if err := c.Entry.complete(ctx); err != nil {
		return Result{}, fmt.Errorf("record %s: %w", c.Entry.Action, err)
	}
	record := r.oneStatement
	if r.Shape == Transaction {
		record = r.transaction
	}
	rehearsal := Rehearsed(ctx)
	if rehearsal {
		record = func(ctx context.Context, _ tenantdb.Schema, c *Change) (Result, error) { return r.rehearse(ctx, c) }
	}
	var outcome Result
	var err error
	for range attempts {
		outcome, err = record(ctx, schema, &c)
		if err == nil {
			if outcome.Changed && !rehearsal {
				c.Entry.Version = outcome.Version
				if outcome.Detail != nil {
					c.Entry.Detail = outcome.Detail
				}
				observe(ctx, c.Entry)
			}
			return outcome, nil
		}
		if !tenantdb.Retryable(err) || ctx.Err() != nil {
			break
		}
	}
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNoOutcome
	}
	return Result{}, fmt.Errorf("record %s: %w", c.Entry.Action, err)
}

// complete fills in what the caller left to the context.
func (e *Entry) complete(ctx context.Context) error {
	if e.ID == "" {
		id, err := NewID()
		if err != nil {
			return err
		}
		e.ID = id
	}
	origin := OriginFrom(ctx)
	e.Actor, e.RequestID = cmp.Or(e.Actor, origin.Actor), cmp.Or(e.RequestID, origin.RequestID)
	e.ProviderRequestID, e.Outcome = cmp.Or(e.ProviderRequestID, origin.ProviderRequestID), cmp.Or(e.Outcome, Accepted)
	if e.Duration == 0 && !origin.Start.IsZero() {
		e.Duration = time.Since(origin.Start).Truncate(time.Microsecond)
	}
	return nil
}

// observe tells whoever asked for it in the context.
func observe(ctx context.Context, e Entry) {
	if origin := OriginFrom(ctx); origin.Observe != nil {
		origin.Observe(e)
	}
}

// NewID makes the id of an entry. Who needs to know whether a change was made, whatever was heard of it, makes it before.
func NewID() (string, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return "", fmt.Errorf("make journal id: %w", err)
	}
	return id.String(), nil
}

// Made tells whether the change whose entry has that id was made, and the version that the resource had then. The
// driver sends a statement again whose answer was lost with the connection, and then it finds its own work done.
func (r *Recorder) Made(ctx context.Context, schema tenantdb.Schema, id string) (version int64, made bool, err error) {
	err = r.DB.GetContext(ctx, &version, `SELECT version FROM `+schema.Table("journal")+` WHERE id = $1`, id)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, fmt.Errorf("look for journal entry %s: %w", id, err)
	}
	return version, true, nil
}

// scan reads the one row of Change.Outcome.
func (o *Result) scan(row *sql.Row) error {
	var changed sql.NullBool
	var version sql.NullInt64
	if err := row.Scan(&changed, &version, &o.Detail, &o.Extra); err != nil {
		return err
	}
	o.Changed, o.Version = changed.Bool, version.Int64
	return nil
}
