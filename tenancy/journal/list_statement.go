package journal

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// listStatement is a Query as SQL: reach is what an index leads to, and filter what has to be looked at row by row.
//
// The history of a resource is sorted by (resource_id, id), and its condition is not written as "=": the planner would
// leave resource_id out of the sort then, go through all entries by id where it takes the resource for a busy one, and
// might meet none of it for long.
type listStatement struct {
	table       string
	limit, look int
	descending  bool
	resource    string
	low, high   string // the ids between which it looks, but for these
	end         string // the id with which it ends, "" for low and high alone
	refused     bool
	filter      []string
	filters     []any
}

// statement returns q as SQL. Error: ErrCursor.
func (q *Query) statement(schema tenantdb.Schema) (*listStatement, error) {
	after, err := q.after()
	if err != nil {
		return nil, err
	}
	s := &listStatement{
		table: schema.Table("journal"), limit: q.Limit, look: cmp.Or(q.window, listWindow), descending: !q.OldestFirst,
		resource: q.ResourceID, low: uuid.Nil.String(), high: uuid.Max.String(), refused: q.refusals(),
	}
	if s.limit <= 0 {
		s.limit = defaultList
	}
	s.limit = min(s.limit, MaxList)
	if s.resource != "" {
		s.look = max(s.look/10, 1) // they lie apart, and the more of them, the less the planner thinks of the index
	}
	if !q.From.IsZero() {
		s.low = firstID(q.From.Add(-skew))
	}
	if !q.To.IsZero() {
		s.high = firstID(q.To.Add(skew))
	}
	switch {
	case after == "":
	case s.descending:
		s.high = min(s.high, after)
	default:
		s.low = max(s.low, after)
	}
	q.addFilters(s)
	return s, nil
}

// addFilters adds what no index leads to.
func (q *Query) addFilters(s *listStatement) {
	add := func(condition string, value any) {
		s.filter, s.filters = append(s.filter, condition), append(s.filters, value)
	}
	if q.Outcome != "" && q.Outcome != Refused {
		add("outcome = ?", string(q.Outcome))
	}
	if len(q.Actions) > 0 {
		add("action = ANY (?::text[])", pq.Array(q.texts()))
	}
	for _, equal := range [...]struct{ column, value string }{
		{"resource_type", q.ResourceType},
		{"actor", q.Actor},
		{"request_id", q.RequestID},
		{"provider_request_id", q.ProviderRequestID},
		{"detail->>'rule'", q.Rule},
		{"detail->>'scim_type'", q.SCIMType},
	} {
		if equal.value != "" {
			add(equal.column+" = ?", equal.value)
		}
	}
	if q.refusals() && q.ResourceID != "" { // the resource's index leads there
		add("outcome = ?", string(Refused))
	}
	if !q.From.IsZero() {
		add("at >= ?::timestamptz", q.From)
	}
	if !q.To.IsZero() {
		add("at < ?::timestamptz", q.To)
	}
}

func (s *listStatement) filtered() bool { return len(s.filter) > 0 }

// reach returns the conditions that an index serves, and their arguments.
func (s *listStatement) reach() (conditions []string, args []any) {
	compare := func(operator, id string) {
		args = append(args, id)
		conditions = append(conditions, "id "+operator+" $"+strconv.Itoa(len(args))+"::uuid")
	}
	if s.resource != "" {
		args = append(args, s.resource)
		conditions = append(conditions, "resource_id = ANY (ARRAY[$1::uuid])")
	}
	low, high, least, most := ">", "<", s.low, s.high
	switch {
	case s.end == "":
	case s.descending:
		low, least = ">=", s.end
	default:
		high, most = "<=", s.end
	}
	compare(low, least)
	compare(high, most)
	if s.refused && s.resource == "" { // as the index has it
		conditions = append(conditions, "outcome = 'refused'")
	}
	return conditions, args
}

// order is that of the entries. table is how the names of columns begin.
func (s *listStatement) order(table string) string {
	order := ""
	if s.descending {
		order = " DESC"
	}
	if s.resource != "" {
		return table + "resource_id" + order + ", " + table + "id" + order
	}
	return table + "id" + order
}

// window returns the statement of the id of the last entry that the page looks at; there is none where it comes to the
// end. It reads an index alone.
func (s *listStatement) window() (query string, args []any) {
	conditions, args := s.reach()
	return "SELECT id FROM " + s.table + " WHERE " + strings.Join(conditions, " AND ") + " ORDER BY " + s.order("") +
		" OFFSET " + strconv.Itoa(s.look-1) + " LIMIT 1", args
}

// page returns the statement of the entries, which counts those it found before it cut them to what a page may have.
func (s *listStatement) page() (query string, args []any) {
	conditions, args := s.reach()
	for i, condition := range s.filter {
		args = append(args, s.filters[i])
		conditions = append(conditions, strings.Replace(condition, "?", "$"+strconv.Itoa(len(args)), 1))
	}
	return `SELECT found, ` + entryColumns + ` FROM (
		SELECT t.*, count(*) OVER () AS found,
			sum(pg_column_size(detail)) OVER (ORDER BY ` + s.order("") + ` ROWS UNBOUNDED PRECEDING) - pg_column_size(detail) AS before
		FROM (SELECT * FROM ` + s.table + ` WHERE ` + strings.Join(conditions, " AND ") + ` ORDER BY ` + s.order("") + ` LIMIT ` + strconv.Itoa(s.limit+1) + `) t) t
	WHERE before < ` + strconv.Itoa(listBytes) + ` ORDER BY ` + s.order("t.") + ` LIMIT ` + strconv.Itoa(s.limit), args
}
