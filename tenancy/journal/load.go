package journal

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// Loader fills an empty journal with the entries of another one, in their order, which Follow then returns. It does not
// trust them. It is for one goroutine.
//
// The transactions that wrote them were another cluster's. Instead of their numbers the entries get small ones, which
// begin at 1 and count up where an id is not greater than the one before, so that (xid, id) has the order of the entries.
// Whatever is written later has the number of a transaction of this cluster, which is greater: Finish sees to that.
//
// Rows go to Postgres some at a time, so an error can be about a line that was added before. What is wrong with an entry
// is a *tenancy.ImportError; after an error the journal is to be thrown away.
type Loader struct {
	db    *tenantdb.DB
	table string
	run   int64
	last  string // id
	rows  [][]any
	lines []int64
	bytes int
}

// So many rows are written at once at most, and begun with so many bytes.
const (
	loadAtOnce      = 1000
	loadBytesAtOnce = 4 << 20
)

var loadColumns = []string{
	"id", "xid", "at", "outcome", "status", "action", "resource_type", "resource_id", "version", "actor", "request_id",
	"provider_request_id", "duration", "detail",
}

// Load returns a Loader of the journal in schema.
func Load(db *tenantdb.DB, schema tenantdb.Schema) *Loader {
	return &Loader{db: db, table: schema.Table("journal"), run: 1}
}

// Add takes over an entry. line is where it stands, for errors.
func (l *Loader) Add(ctx context.Context, line int64, e Entry) error {
	if wrong := e.wrong(); wrong != "" {
		return &tenancy.ImportError{Line: line, Problem: tenancy.ImportInvalid, Detail: wrong}
	}
	if len(l.rows) >= loadAtOnce || l.bytes+len(e.Detail) > loadBytesAtOnce {
		if err := l.flush(ctx); err != nil {
			return err
		}
	}
	if e.ID <= l.last {
		l.run++
	}
	l.last = e.ID
	l.rows = append(l.rows, []any{
		e.ID, l.run, e.At.Format(time.RFC3339Nano), string(cmp.Or(e.Outcome, Accepted)), e.Status, string(e.Action), e.ResourceType,
		sql.NullString{String: e.ResourceID, Valid: e.ResourceID != ""},
		e.Version, e.Actor, e.RequestID,
		e.ProviderRequestID, e.Duration.Microseconds(), e.detail(),
	})
	l.lines, l.bytes = append(l.lines, line), l.bytes+len(e.Detail)
	return nil
}

func (l *Loader) flush(ctx context.Context) error {
	err := l.db.CopyIn(ctx, l.table, loadColumns, l.rows)
	var refused *tenantdb.RowError
	switch {
	case errors.As(err, &refused):
		out := &tenancy.ImportError{
			Line: l.lines[refused.Row], Problem: tenancy.ImportInvalid,
			Detail: "The database cannot hold it: detail has a number, a text or a size that Spoke does not write.",
		}
		if _, _, twice := tenantdb.UniqueViolation(refused); twice {
			out.Problem, out.Detail = tenancy.ImportDuplicate, fmt.Sprintf("The journal has the id %s already.", l.rows[refused.Row][0])
		}
		return out
	case err != nil:
		return fmt.Errorf("load journal: %w", err)
	}
	l.rows, l.lines, l.bytes = l.rows[:0], l.lines[:0], 0
	return nil
}

// Finish writes what still waits.
func (l *Loader) Finish(ctx context.Context) error {
	if err := l.flush(ctx); err != nil {
		return err
	}
	// Only a young cluster has had fewer transactions than the journal has entries out of order. Each statement is one.
	for {
		var behind bool
		if err := l.db.GetContext(ctx, &behind, `SELECT pg_current_xact_id() > ($1::text)::xid8`, l.run); err != nil {
			return fmt.Errorf("load journal: compare transactions: %w", err)
		}
		if behind {
			return nil
		}
	}
}

// word is what actions and resource types look like. They are not listed: another version has others.
var word = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,39}$`)

// wrong says what of an entry Spoke could not have written, or "".
func (e *Entry) wrong() string {
	id, err := uuid.Parse(e.ID)
	switch {
	case err != nil || id.String() != e.ID || id.Version() != 7:
		return "id must be a UUID of version 7 in lower case."
	case e.At.IsZero() || e.At.Year() < 1 || e.At.Year() > 9999 || !e.At.Truncate(time.Microsecond).Equal(e.At) || e.At.Location() != time.UTC:
		return "at must be a time in whole microseconds, in UTC."
	case e.Outcome != "" && e.Outcome != Accepted && e.Outcome != Refused:
		return "outcome must be accepted or refused."
	case e.Outcome == Refused && (e.Status < 400 || e.Status > 599) || e.Outcome != Refused && e.Status != 0:
		return "status must be the HTTP status of what was refused, and 0 of what was accepted."
	case !word.MatchString(string(e.Action)) || !word.MatchString(e.ResourceType) && (e.ResourceType != "" || e.Outcome != Refused):
		return "action and resource_type must be words."
	case e.Version < 0 || e.Duration < 0:
		return "version and duration must not be negative."
	case !keepable(e.Actor) || !keepable(e.RequestID) || !keepable(e.ProviderRequestID):
		return "actor, request_id and provider_request_id must be texts of at most 4096 bytes without a NUL."
	case len(e.Detail) == 0 || e.Detail[0] != '{':
		return "detail must be an object."
	}
	if e.ResourceID == "" && e.Outcome == Refused {
		return ""
	}
	if id, err = uuid.Parse(e.ResourceID); err != nil || id.String() != e.ResourceID {
		return "resource_id must be a UUID in lower case."
	}
	return ""
}

// longest is the text of an id, which a client may have chosen.
const longest = 4096

func keepable(text string) bool {
	return len(text) <= longest && utf8.ValidString(text) && !strings.ContainsRune(text, 0)
}
