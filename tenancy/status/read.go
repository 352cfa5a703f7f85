package status

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/askspoke/spoke/observability/health"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// Get returns what is known of a tenant. Of one that nobody has looked at yet, EvaluatedAt is zero and the state
// health.AwaitingFirstRequest. Error: tenancy.ErrNotFound.
func (s *Store) Get(ctx context.Context, tenant tenancy.ID) (Record, error) {
	var r row
	err := s.config.DB.GetContext(ctx, &r, `SELECT t.id AS tenant_id, t.slug, h.heard_at, h.evaluated_at, COALESCE(h.state, $2) AS state,
			COALESCE(h.since, t.created_at) AS since, COALESCE(h.verdict, '{}') AS verdict, COALESCE(h.facts, '{}') AS facts,
			COALESCE(h.told, '{}') AS told, COALESCE(h.users, 0) AS users, COALESCE(h.active_users, 0) AS active_users,
			COALESCE(h.groups, 0) AS groups, h.counted_at, h.changed_at
		FROM `+tenants+` AS t LEFT JOIN `+table+` AS h ON h.tenant_id = t.id WHERE t.id = $1`, string(tenant), string(health.AwaitingFirstRequest))
	if errors.Is(err, sql.ErrNoRows) {
		err = tenancy.ErrNotFound
	}
	if err != nil {
		return Record{}, fmt.Errorf("read health of tenant %.40q: %w", tenant, err)
	}
	return r.shown()
}

// shown is record, for who looks at it: before the first verdict there is a state already.
func (r row) shown() (Record, error) {
	record, err := r.record()
	record.Verdict.State = health.State(r.State)
	return record, err
}

// Order is the order of a list.
type Order string

// The orders.
const (
	BySeverity Order = "severity" // the worst first, and of those the one that was heard last
	ByActivity Order = "activity" // the one that was heard last first
)

// Query asks for some tenants.
type Query struct {
	Order  Order          // default BySeverity
	States []health.State // of these; default: of any
	Least  health.Severity
	After  string // the Next of the page before; "": from the beginning
	Limit  int    // of the page; default 100, at most 1000
}

// Page is a part of a list.
type Page struct {
	Records []Record
	Next    string // asks for the page that follows; "": there is none
}

// ErrCursor is a Query whose After is no Page's Next of a list in the same order.
var ErrCursor = tenantdb.ErrCursor

// List returns tenants that were looked at or heard. A tenant whose place in the order changes while the pages are read can
// be on two of them or on none. Error: ErrCursor.
func (s *Store) List(ctx context.Context, q Query) (Page, error) {
	const most = 1000
	if q.Limit <= 0 {
		q.Limit = 100
	}
	q.Limit = min(q.Limit, most)
	after, err := parsePlace(q.After)
	if err != nil {
		return Page{}, fmt.Errorf("list health: %w", err)
	}
	// Both keys go down, which a comparison of rows cannot say of severity and id together.
	order, condition := `severity DESC, COALESCE(heard_at, '-infinity') DESC, tenant_id`,
		`(h.severity <= $1 AND (h.severity < $1 OR COALESCE(heard_at, '-infinity') < $2::timestamptz
			OR COALESCE(heard_at, '-infinity') = $2::timestamptz AND h.tenant_id > $3::uuid))`
	if q.Order == ByActivity {
		order, condition = `COALESCE(heard_at, '-infinity') DESC, tenant_id`,
			`($1::integer >= 0 AND COALESCE(heard_at, '-infinity') <= $2::timestamptz
			AND (COALESCE(heard_at, '-infinity') < $2::timestamptz OR h.tenant_id > $3::uuid))`
	}
	states := make([]string, len(q.States))
	for i, state := range q.States {
		states[i] = string(state)
	}
	var rows []struct {
		row
		Severity int `db:"severity"`
	}
	err = s.config.DB.SelectContext(ctx, &rows, `SELECT `+columns+`, h.severity FROM `+table+` AS h JOIN `+tenants+` AS t ON t.id = h.tenant_id
		WHERE `+condition+` AND h.severity >= $4 AND ($5 = 0 OR h.state = ANY ($6)) ORDER BY `+order+` LIMIT $7`,
		after.severity, after.heard, after.id, int(q.Least), len(states), pq.Array(states), q.Limit+1)
	if err != nil {
		return Page{}, fmt.Errorf("list health: %w", err)
	}
	var page Page
	for i, r := range rows {
		if i == q.Limit {
			last := rows[i-1]
			page.Next = place{last.Severity, heardText(last.HeardAt), last.TenantID}.String()
			break
		}
		record, err := r.shown()
		if err != nil {
			return Page{}, fmt.Errorf("list health: %w", err)
		}
		page.Records = append(page.Records, record)
	}
	return page, nil
}

// place is where a page ends.
type place struct {
	severity  int
	heard, id string
}

func heardText(t sql.NullTime) string {
	if !t.Valid {
		return "-infinity"
	}
	return timeText(t.Time)
}

// String is the place as who asks for the next page has it.
func (p place) String() string { return strconv.Itoa(p.severity) + "." + p.id + "." + p.heard }

func parsePlace(text string) (place, error) {
	if text == "" {
		return place{1000, "infinity", uuid.Nil.String()}, nil
	}
	parts := strings.SplitN(text, ".", 3)
	if len(parts) != 3 {
		return place{}, ErrCursor
	}
	severity, err := strconv.Atoi(parts[0])
	id, err2 := uuid.Parse(parts[1])
	if errors.Join(err, err2) != nil || severity < 0 || severity > 1000 || id.String() != parts[1] {
		return place{}, ErrCursor
	}
	heard := parts[2]
	if heard != "-infinity" {
		heard, err = tenantdb.ParseTime(heard)
	}
	return place{severity, heard, parts[1]}, err
}

// Counts returns how many tenants are in each state, those with none included.
func (s *Store) Counts(ctx context.Context) (map[health.State]int, error) {
	counts := make(map[health.State]int)
	for _, state := range health.States() {
		counts[state] = 0
	}
	rows, err := s.config.DB.QueryContext(ctx, `SELECT state, count(*) FROM `+table+` GROUP BY state ORDER BY state`)
	if err != nil {
		return nil, fmt.Errorf("count states: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var state string
		var n int
		if err := rows.Scan(&state, &n); err != nil {
			return nil, fmt.Errorf("count states: %w", err)
		}
		counts[health.State(state)] = n
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("count states: %w", err)
	}
	return counts, nil
}
