package journal

import (
	"context"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// Query says which entries List returns. Empty fields ask for nothing.
type Query struct {
	OldestFirst bool   // default: newest first
	After       string // where to go on: Page.Next of a Query that differs in nothing else
	Limit       int    // entries at most; default 50, and no more than MaxList

	Outcome           Outcome
	Actions           []Action // any of them
	ResourceType      string
	ResourceID        string
	Actor             string
	RequestID         string
	ProviderRequestID string
	From, To          time.Time // From is in, To is out
	Rule, SCIMType    string    // of what was refused

	window int // listWindow but for tests
}

// Page is a part of a journal.
type Page struct {
	Entries []Entry
	// Next is where the next page begins, "" where there is none. A page with a Next can have fewer entries than were
	// asked for, and none at all: so many were looked at.
	Next string
}

// The bounds of a page.
const (
	MaxList     = 500
	defaultList = 50
	// listBytes are the bytes of details, as they lie on disk, with which a page goes on.
	listBytes = 1 << 20
	// listWindow is how many entries a page looks at, where no index leads to those that are asked for.
	listWindow = 20_000
)

// ErrNotFound is the id of no entry.
var ErrNotFound = errors.New("the journal has no such entry")

// List returns a page of a tenant's journal in the order of the ids, which is that of the times at which the entries came
// into being. Going on from page to page returns every entry once that was there from the beginning to the end, whatever
// was written or pruned meanwhile. One that is being written is not waited for: to miss none, follow.
//
// A page costs the same wherever it is: it begins at its place in an index. There is one for a resource and one for what
// was refused. For the rest a page looks at listWindow entries at most.
//
// Error: ErrCursor.
func List(ctx context.Context, db *tenantdb.DB, schema tenantdb.Schema, q Query) (Page, error) {
	if !q.possible() {
		return Page{Entries: []Entry{}}, nil
	}
	s, err := q.statement(schema)
	if err != nil {
		return Page{}, fmt.Errorf("list journal: %w", err)
	}
	if s.filtered() {
		query, args := s.window()
		err := db.GetContext(ctx, &s.end, query, args...)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return Page{}, fmt.Errorf("list journal: %w", err)
		}
	}
	page, more, err := s.read(ctx, db)
	switch {
	case err != nil:
		return Page{}, fmt.Errorf("list journal: %w", err)
	case more:
		page.Next = q.place(page.Entries[len(page.Entries)-1].ID)
	case s.end != "":
		page.Next = q.place(s.end)
	}
	return page, nil
}

// read returns what the statement finds, and whether there is more.
func (s *listStatement) read(ctx context.Context, db *tenantdb.DB) (page Page, more bool, err error) {
	query, args := s.page()
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return Page{}, false, err
	}
	defer rows.Close()
	page.Entries = []Entry{}
	found := 0
	for rows.Next() {
		e, err := scanEntry(rows, &found)
		if err != nil {
			return Page{}, false, err
		}
		page.Entries = append(page.Entries, e)
	}
	return page, found > len(page.Entries), rows.Err()
}

// Get returns the entry with the id. Error: ErrNotFound.
func Get(ctx context.Context, db *tenantdb.DB, schema tenantdb.Schema, id string) (Entry, error) {
	if !isID(id) {
		return Entry{}, fmt.Errorf("get journal entry %.40q: %w", id, ErrNotFound)
	}
	rows, err := db.QueryContext(ctx, `SELECT `+entryColumns+` FROM `+schema.Table("journal")+` WHERE id = $1`, id)
	if err != nil {
		return Entry{}, fmt.Errorf("get journal entry %s: %w", id, err)
	}
	defer rows.Close()
	if !rows.Next() {
		err := rows.Err()
		if err == nil {
			err = ErrNotFound
		}
		return Entry{}, fmt.Errorf("get journal entry %s: %w", id, err)
	}
	e, err := scanEntry(rows)
	if err != nil {
		return Entry{}, fmt.Errorf("get journal entry %s: %w", id, err)
	}
	return e, nil
}

// direction is how the text of a place begins, so that a place of one order is none of the other.
func (q *Query) direction() byte {
	if q.OldestFirst {
		return 'o'
	}
	return 'n'
}

// place is the text of the place after the entry with the id.
func (q *Query) place(id string) string {
	parsed := uuid.MustParse(id) // Postgres wrote it
	return base64.RawURLEncoding.EncodeToString(append([]byte{q.direction()}, parsed[:]...))
}

// after returns the id of the place where q goes on, "" for the beginning.
func (q *Query) after() (string, error) {
	if q.After == "" {
		return "", nil
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(q.After)
	if err != nil || len(b) != 17 || b[0] != q.direction() {
		return "", fmt.Errorf("%w: %.80q", ErrCursor, q.After)
	}
	return uuid.UUID(b[1:]).String(), nil
}

// skew is how much the time in an entry's id may differ from its At, which was taken at another point of the same
// request.
const skew = time.Hour

// firstID returns the least UUIDv7 that can have been made at the time or later.
func firstID(at time.Time) string {
	ms := max(at.UnixMilli(), 0)
	id := uuid.UUID{6: 0x70, 8: 0x80}
	for i := range 6 {
		id[i] = byte(ms >> (40 - 8*i))
	}
	return id.String()
}

// refusals says whether q asks for what was refused.
func (q *Query) refusals() bool { return q.Outcome == Refused || q.Rule != "" || q.SCIMType != "" }

// possible says whether an entry can have what q asks for. Postgres refuses to look for some of what none can have.
func (q *Query) possible() bool {
	texts := append(q.texts(), q.ResourceType, q.Actor, q.RequestID, q.ProviderRequestID, q.Rule, q.SCIMType)
	return (q.ResourceID == "" || isID(q.ResourceID)) && !slices.ContainsFunc(texts, func(text string) bool { return !keepable(text) })
}

// isID says whether the text is a UUID as entries have it, in whatever case.
func isID(text string) bool {
	return len(text) == len(uuid.Nil.String()) && uuid.Validate(text) == nil
}

// texts are the actions.
func (q *Query) texts() []string {
	texts := make([]string, len(q.Actions))
	for i, action := range q.Actions {
		texts[i] = string(action)
	}
	return texts
}
