package directory

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// Deleted is a resource that was deleted and can be restored, for journal.RestoreFor.
type Deleted struct {
	Entry                          string // the id of the journal's row of the deletion
	ResourceType, ResourceID, Name string // Name is its userName or displayName
	At                             time.Time
	Actor, RequestID               string // who deleted it, and in which request
	Version                        int64  // the last one
	Until                          time.Time
}

// DeletedQuery chooses what was deleted. The zero value of a field chooses all.
type DeletedQuery struct {
	ResourceType string
	Name         string    // a part of its name, in whatever case
	From, To     time.Time // To is excluded
	After        string    // the cursor of the page before
	Limit        int       // at most 1,000; 0 is 100
}

// DeletedPage is a part of a list. It can be short, and even empty, while Next is not: what was restored since is passed
// over, and what has another name, so many rows at a time.
type DeletedPage struct {
	Deleted []Deleted
	Next    string // the cursor of the next part, "" after the last one
}

// deletedAtOnce is how many deletions a page looks at.
const deletedAtOnce = 1000

// name is what people know the deleted resource of the row j by.
const deletedName = `COALESCE(j.detail->'document'->>'userName', j.detail->'document'->>'displayName', '')`

// Deleted returns the resources that can be restored at the time now, the one that was deleted last first: of each that is
// not there its last deletion. Error: tenantdb.ErrCursor.
func (s Store) Deleted(ctx context.Context, q DeletedQuery, now time.Time) (DeletedPage, error) {
	page := DeletedPage{Deleted: []Deleted{}}
	before, id, err := q.before()
	if err != nil {
		return page, err
	}
	if !utf8.ValidString(q.Name) || strings.ContainsRune(q.Name, 0) {
		return page, nil // Postgres does not look for what no name can have
	}
	from := now.Add(-journal.RestoreFor)
	if q.From.After(from) {
		from = q.From
	}
	to := q.To
	if to.IsZero() {
		to = now.AddDate(1, 0, 0) // whatever the clock of the process that deleted it said
	}
	journalTable := s.schema.Table("journal")
	rows, err := s.db.QueryContext(ctx, `SELECT j.id, j.at, j.resource_type, j.resource_id, j.version, j.actor, j.request_id,
			($6::text = '' OR j.resource_type = $6) AND ($7::text = '' OR strpos(lower(`+deletedName+`), lower($7)) > 0) AND NOT EXISTS (SELECT 1 FROM `+s.users+` WHERE id = j.resource_id)
				AND NOT EXISTS (SELECT 1 FROM `+s.groups+` WHERE id = j.resource_id)
				AND NOT EXISTS (SELECT 1 FROM `+journalTable+` n WHERE n.resource_id = j.resource_id AND n.id > j.id
					AND n.action = 'delete' AND n.outcome = 'accepted') AS restorable, `+deletedName+` AS name
		FROM (SELECT * FROM `+journalTable+` WHERE action = 'delete' AND outcome = 'accepted' AND at >= $1 AND at < $2
			AND (at, id) < ($3::timestamptz, $4::uuid) ORDER BY at DESC, id DESC LIMIT $5) j ORDER BY j.at DESC, j.id DESC`,
		from, to, before, id, deletedAtOnce, q.ResourceType, q.Name)
	if err != nil {
		return page, fmt.Errorf("list what was deleted: %w", err)
	}
	defer rows.Close()
	limit := min(max(q.Limit, 0), deletedAtOnce)
	if limit == 0 {
		limit = 100
	}
	looked, last := 0, ""
	for rows.Next() {
		if len(page.Deleted) == limit {
			page.Next = last
			return page, nil
		}
		var d Deleted
		var restorable bool
		err := rows.Scan(&d.Entry, &d.At, &d.ResourceType, &d.ResourceID, &d.Version, &d.Actor, &d.RequestID, &restorable, &d.Name)
		if err != nil {
			return page, fmt.Errorf("list what was deleted: %w", err)
		}
		d.At = d.At.UTC()
		d.Until = d.At.Add(journal.RestoreFor)
		looked, last = looked+1, d.cursor()
		if restorable {
			page.Deleted = append(page.Deleted, d)
		}
	}
	if looked == deletedAtOnce {
		page.Next = last
	}
	if err := rows.Err(); err != nil {
		return page, fmt.Errorf("list what was deleted: %w", err)
	}
	return page, nil
}

// cursor is where a list goes on after the deletion.
func (d Deleted) cursor() string {
	return base64.RawURLEncoding.EncodeToString([]byte(d.At.Format(time.RFC3339Nano) + " " + d.Entry))
}

// before reads the cursor: what comes next was deleted before that time, or has a smaller id.
func (q DeletedQuery) before() (at, id string, err error) {
	if q.After == "" {
		return `infinity`, uuid.Max.String(), nil
	}
	plain, err := base64.RawURLEncoding.DecodeString(q.After)
	if err != nil {
		return "", "", tenantdb.ErrCursor
	}
	at, id, ok := strings.Cut(string(plain), " ")
	if !ok || !isID(id) {
		return "", "", tenantdb.ErrCursor
	}
	at, err = tenantdb.ParseTime(at)
	return at, id, err
}
