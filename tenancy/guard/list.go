package guard

import (
	"context"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// ErrCursor is a cursor that the list did not give.
var ErrCursor = tenantdb.ErrCursor

// maxPage bounds what a list returns at once.
const maxPage = 1000

// HoldPage is a part of a list of holds. Next is the cursor of the next part, "" after the last one.
type HoldPage struct {
	Holds []Hold
	Next  string
}

// Held is what a hold has kept from being done.
type Held struct {
	ResourceType, ResourceID string
	Action                   journal.Action
	Name                     string // userName or displayName, when it was noted first
	First, Last              time.Time
	Attempts                 int
	Actor                    string // of the last attempt
}

// HeldPage is a part of what a hold has noted. Next is the cursor of the next part, "" after the last one.
type HeldPage struct {
	Held []Held
	Next string
}

// Get returns one hold, or ErrNotFound.
func (s *Store) Get(ctx context.Context, schema tenantdb.Schema, id string) (Hold, error) {
	if parsed, err := uuid.Parse(id); err != nil || parsed.String() != id {
		return Hold{}, ErrNotFound
	}
	return s.one(ctx, `SELECT `+holdColumns+` FROM `+schema.Table("holds")+` WHERE id = $1::uuid`, id)
}

// Open returns the hold that is open, or ErrNotFound.
func (s *Store) Open(ctx context.Context, schema tenantdb.Schema) (Hold, error) {
	return s.one(ctx, `SELECT `+holdColumns+` FROM `+schema.Table("holds")+` WHERE state = 'held'`)
}

func (s *Store) one(ctx context.Context, statement string, args ...any) (Hold, error) {
	var row holdRow
	err := s.db.QueryRowContext(ctx, statement, args...).Scan(row.scan()...)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return Hold{}, ErrNotFound
	case err != nil:
		return Hold{}, fmt.Errorf("read hold: %w", err)
	}
	return row.hold()
}

// Holds returns up to limit holds after a cursor, the last one first. Error: ErrCursor.
func (s *Store) Holds(ctx context.Context, schema tenantdb.Schema, after string, limit int) (HoldPage, error) {
	at, id := `infinity`, uuid.Max.String()
	if after != "" {
		parts, err := parseCursor(after)
		if err != nil {
			return HoldPage{}, err
		}
		if at, err = tenantdb.ParseTime(parts[0]); err != nil {
			return HoldPage{}, err
		}
		id = parts[1]
	}
	limit = min(max(limit, 1), maxPage)
	rows, err := s.db.QueryContext(ctx, `SELECT `+holdColumns+` FROM `+schema.Table("holds")+`
		WHERE (opened_at, id) < ($1::timestamptz, $2::uuid) ORDER BY opened_at DESC, id DESC LIMIT $3`, at, id, limit+1)
	if err != nil {
		return HoldPage{}, fmt.Errorf("list holds: %w", err)
	}
	defer rows.Close()
	page := HoldPage{Holds: []Hold{}}
	for rows.Next() {
		var row holdRow
		if err := rows.Scan(row.scan()...); err != nil {
			return HoldPage{}, fmt.Errorf("list holds: %w", err)
		}
		hold, err := row.hold()
		if err != nil {
			return HoldPage{}, fmt.Errorf("list holds: %w", err)
		}
		page.Holds = append(page.Holds, hold)
	}
	if len(page.Holds) > limit {
		page.Holds = page.Holds[:limit]
		last := page.Holds[limit-1]
		page.Next = cursor(last.Opened.Format(time.RFC3339Nano), last.ID)
	}
	if err := rows.Err(); err != nil {
		return HoldPage{}, fmt.Errorf("list holds: %w", err)
	}
	return page, nil
}

// Held returns up to limit of what a hold has noted after a cursor, in the order of ids; of a hold that there is not,
// nothing. Error: ErrCursor.
func (s *Store) Held(ctx context.Context, schema tenantdb.Schema, hold, after string, limit int) (HeldPage, error) {
	page := HeldPage{Held: []Held{}}
	if uuid.Validate(hold) != nil {
		return page, nil
	}
	id, action := uuid.Nil.String(), ""
	if after != "" {
		parts, err := parseCursor(after)
		if err != nil {
			return page, err
		}
		action, id = parts[0], parts[1]
	}
	limit = min(max(limit, 1), maxPage)
	rows, err := s.db.QueryContext(ctx, `SELECT resource_type, resource_id, action, name, first_at, last_at, attempts, actor
		FROM `+schema.Table("held")+` WHERE hold_id = $1::uuid AND (resource_id, action) > ($2::uuid, $3)
		ORDER BY resource_id, action LIMIT $4`, hold, id, action, limit+1)
	if err != nil {
		return page, fmt.Errorf("list what is held: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var h Held
		if err := rows.Scan(&h.ResourceType, &h.ResourceID, &h.Action, &h.Name, &h.First, &h.Last, &h.Attempts, &h.Actor); err != nil {
			return page, fmt.Errorf("list what is held: %w", err)
		}
		h.First, h.Last = h.First.UTC(), h.Last.UTC()
		page.Held = append(page.Held, h)
	}
	if len(page.Held) > limit {
		page.Held = page.Held[:limit]
		last := page.Held[limit-1]
		page.Next = cursor(string(last.Action), last.ResourceID)
	}
	if err := rows.Err(); err != nil {
		return page, fmt.Errorf("list what is held: %w", err)
	}
	return page, nil
}

// cursor names a place in a list by what comes before the row's id in its order, and by that id.
func cursor(key, id string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(key + " " + id))
}

func parseCursor(text string) (parts [2]string, err error) {
	plain, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return parts, ErrCursor
	}
	key, id, ok := strings.Cut(string(plain), " ")
	if parsed, err := uuid.Parse(id); !ok || err != nil || parsed.String() != id || strings.ContainsRune(key, 0) {
		return parts, ErrCursor
	}
	return [2]string{key, id}, nil
}

// KeepDecided is for how long a hold that was decided is kept when it holds for nobody any more.
const KeepDecided = 400 * 24 * time.Hour

// Prune forgets up to limit holds that were decided and have held for nobody since before, with what they noted, and
// returns how many. It is to be called again while that is limit.
func (s *Store) Prune(ctx context.Context, schema tenantdb.Schema, before time.Time, limit int) (int, error) {
	holds := schema.Table("holds")
	result, err := s.db.ExecContext(ctx, `DELETE FROM `+holds+` WHERE id IN (
		SELECT id FROM `+holds+` WHERE state <> 'held' AND until < $1 ORDER BY opened_at, id LIMIT $2)`, before, limit)
	if err != nil {
		return 0, fmt.Errorf("prune holds: %w", err)
	}
	n, err := result.RowsAffected()
	return int(n), err
}
