package directory

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/askspoke/spoke/scim/schema"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// Lookup asks for users or groups as people look for them.
type Lookup struct {
	// Text is what is looked for: the beginning of a userName or displayName, or a whole e-mail address, given name, family
	// name, externalId or id; of groups the beginning of a displayName, or a whole externalId or id. Case does not count
	// but in an externalId. "": all of them, by userName or displayName.
	Text string
	// Active chooses users that are active, or that are not. nil: both.
	Active *bool
	After  string // the Next of the page before, without Text
	Limit  int    // at most 1000; 0 is 50
}

// Looked is what was found.
type Looked struct {
	List []Listed
	// Next asks for the page that follows, "" where there is none. A page with a Next can be short, and even empty: it looked
	// at so many users.
	Next string
	// More says that there is more which meets the Text than was looked at or is in List.
	More bool
}

// Listed is a user or a group in a list.
type Listed struct {
	ID                string
	Active            bool // of a group always
	Created, Modified time.Time
	Document          []byte // without meta and the relation
	Members           int    // of a group; MembersShown+1 stands for more than MembersShown
}

// What a lookup looks at, at most.
const (
	MembersShown = 100 // of each group, to count them

	lookupLimit   = 50
	lookupMost    = 1000
	lookupWindow  = 1000 // users of a page, and of each way to meet a text, of which some are chosen by Active
	lookupPassive = 1000 // users who are not active, to find those of a page
)

// Look returns some users or groups. It costs as much with many of them as with few: each way to meet a text is a place in
// an index, and of a list without one a page is a place in the index of the names. Error: tenantdb.ErrCursor.
func (s Store) Look(ctx context.Context, t *schema.ResourceType, q Lookup) (Looked, error) {
	if q.Limit <= 0 {
		q.Limit = lookupLimit
	}
	q.Limit = min(q.Limit, lookupMost)
	q.Text = strings.TrimSpace(q.Text)
	if isGroup(t) {
		q.Active = nil
	}
	var found Looked
	var err error
	switch {
	case !lookable(q.Text):
	case q.Text != "":
		found, err = s.lookFor(ctx, t, q)
	default:
		found, err = s.browse(ctx, t, q)
	}
	if err != nil {
		return Looked{}, fmt.Errorf("look for %s: %w", t.Name, err)
	}
	return found, nil
}

// lookable says whether a text can be in a directory. Postgres refuses to look for some that cannot.
func lookable(text string) bool {
	return len(text) <= schema.MaxIdentifier && utf8.ValidString(text) && !strings.ContainsFunc(text, unicode.IsControl)
}

// lookupRow is a row of each of the statements. Of a page without users there is one row, with what is of the whole alone.
type lookupRow struct {
	looked int    // how many were looked at; of a text 1 where there are more
	last   string // the name that was looked at last
	name   string
	Listed
}

func scanLookup(rows *sql.Rows) (r lookupRow, err error) {
	var (
		id, name          sql.NullString
		active            sql.NullBool
		created, modified sql.NullTime
		members           sql.NullInt64
	)
	err = rows.Scan(&r.looked, &r.last, &id, &name, &active, &created, &modified, &r.Document, &members)
	r.ID, r.name, r.Active, r.Members = id.String, name.String, active.Bool, int(members.Int64)
	r.Created, r.Modified = tenantdb.TimeOf(created), tenantdb.TimeOf(modified)
	return r, err
}

func (s Store) look(ctx context.Context, statement string, args []any) (of lookupRow, list []lookupRow, err error) {
	rows, err := s.reads.QueryContext(ctx, statement, args...)
	if err != nil {
		return of, nil, err
	}
	defer rows.Close()
	for rows.Next() {
		if of, err = scanLookup(rows); err != nil {
			return of, nil, err
		}
		if of.ID != "" {
			list = append(list, of)
		}
	}
	return of, list, rows.Err()
}

// lookupColumns are those of a row t, after what is of the whole.
func (s Store) lookupColumns(t *schema.ResourceType) string {
	members := `0`
	if isGroup(t) {
		members = fmt.Sprintf(`(SELECT count(*) FROM (SELECT 1 FROM %s m WHERE m.group_id = t.id LIMIT %d) m)`, s.members, MembersShown+1)
	}
	return `t.id, t.` + nameColumn(t) + `, ` + activeOf(t) + ` AS active, t.created, t.modified, t.document, ` + members
}

// nameColumn is what the lists are ordered by.
func nameColumn(t *schema.ResourceType) string {
	if isGroup(t) {
		return `display_name`
	}
	return `user_name`
}

// activeOf is whether the row t is active: a user whose active is not said is.
func activeOf(t *schema.ResourceType) string {
	if isGroup(t) {
		return `true`
	}
	return `NOT t.search @> '{"active": false}'`
}

// browsePlace is the place of a row in the list of all.
type browsePlace struct{ name, id string }

// cursor is the place as who asks for the next page has it.
func (p browsePlace) cursor(t *schema.ResourceType) string {
	return base64.RawURLEncoding.EncodeToString([]byte(t.Name[:1] + p.id + p.name))
}

func parseBrowsePlace(t *schema.ResourceType, cursor string) (browsePlace, error) {
	if cursor == "" {
		return browsePlace{id: noID}, nil
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	text := string(b)
	if err != nil || len(text) <= len(noID) || text[:1] != t.Name[:1] || !isID(text[1:len(noID)+1]) || !utf8.Valid(b) || strings.Contains(text, "\x00") {
		return browsePlace{}, fmt.Errorf("%w: %.80q", tenantdb.ErrCursor, cursor)
	}
	return browsePlace{text[len(noID)+1:], text[1 : len(noID)+1]}, nil
}

// emailHeld is the search form that has an e-mail address, and nameHeld one that has a part of a name.
func emailHeld(folded string) string {
	return jsonText(map[string]any{"emails": []any{map[string]any{"value": folded}}})
}

func nameHeld(part, folded string) string {
	return jsonText(map[string]any{"name": map[string]any{part: folded}})
}

func jsonText(value any) string {
	text, _ := json.Marshal(value) // strings in maps can always be encoded
	return string(text)
}
