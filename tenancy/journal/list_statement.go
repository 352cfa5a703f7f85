package journal

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/lib/pq"

	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// listStatement is a Query as SQL: reach is what an index leads to, and filter what has to be looked at row by row.
type listStatement struct {
	table         string
	order         string // of the ids: ASC or DESC
	limit, look   int
	reach, filter []string
	args          []any // those of reach
	rest          []any // those of filter
}

// statement returns q as SQL. Error: ErrCursor.
func (q *Query) statement(schema tenantdb.Schema) (*listStatement, error) {
	after, err := q.after()
	if err != nil {
		return nil, err
	}
	s := &listStatement{table: schema.Table("journal"), order: "DESC", limit: q.Limit, look: cmp.Or(q.window, listWindow)}
	if s.limit <= 0 {
		s.limit = defaultList
	}
	s.limit = min(s.limit, MaxList)
	if q.OldestFirst {
		s.order = "ASC"
	}
	if after != "" {
		s.reaching(s.compare(), after)
	}
	if !q.From.IsZero() {
		s.reaching("id >= ?::uuid", firstID(q.From.Add(-skew)))
	}
	if !q.To.IsZero() {
		s.reaching("id < ?::uuid", firstID(q.To.Add(skew)))
	}
	if q.ResourceID != "" {
		s.reaching("resource_id = ?::uuid", q.ResourceID)
	}
	if q.refusals() { // as the index has it
		s.reach = append(s.reach, "outcome = 'refused'")
	}
	q.filters(s)
	return s, nil
}

// filters adds what no index leads to.
func (q *Query) filters(s *listStatement) {
	if q.Outcome != "" && q.Outcome != Refused {
		s.filtering("outcome = ?", string(q.Outcome))
	}
	if len(q.Actions) > 0 {
		s.filtering("action = ANY (?::text[])", pq.Array(q.texts()))
	}
	for _, equal := range [...]struct{ column, value string }{
		{"resource_type", q.ResourceType}, {"actor", q.Actor}, {"request_id", q.RequestID},
		{"provider_request_id", q.ProviderRequestID}, {"detail->>'rule'", q.Rule}, {"detail->>'scim_type'", q.SCIMType},
	} {
		if equal.value != "" {
			s.filtering(equal.column+" = ?", equal.value)
		}
	}
	if !q.From.IsZero() {
		s.filtering("at >= ?::timestamptz", q.From)
	}
	if !q.To.IsZero() {
		s.filtering("at < ?::timestamptz", q.To)
	}
}

// compare is the condition of what comes after an id.
func (s *listStatement) compare() string {
	if s.order == "ASC" {
		return "id > ?::uuid"
	}
	return "id < ?::uuid"
}

func (s *listStatement) reaching(condition string, value any) {
	s.args = append(s.args, value)
	s.reach = append(s.reach, strings.Replace(condition, "?", "$"+strconv.Itoa(len(s.args)), 1))
}

// filtering adds a condition whose placeholder page numbers, because until adds to those of reach.
func (s *listStatement) filtering(condition string, value any) {
	s.filter, s.rest = append(s.filter, condition), append(s.rest, value)
}

func (s *listStatement) filtered() bool { return len(s.filter) > 0 }

// where joins conditions.
func where(conditions []string) string {
	if len(conditions) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(conditions, " AND ")
}

// window returns the statement of the id of the last entry that the page looks at; there is none where it comes to the
// end. It reads an index alone.
func (s *listStatement) window() string {
	return "SELECT id FROM " + s.table + where(s.reach) + " ORDER BY id " + s.order + " OFFSET " + strconv.Itoa(s.look-1) + " LIMIT 1"
}

// until ends the window at the id, which is in it.
func (s *listStatement) until(id string) {
	if s.order == "ASC" {
		s.reaching("id <= ?::uuid", id)
	} else {
		s.reaching("id >= ?::uuid", id)
	}
}

// page returns the statement of the entries, which counts those it found before it cut them to what a page may have.
func (s *listStatement) page() (query string, args []any) {
	args = append(args, s.args...)
	conditions := append([]string(nil), s.reach...)
	for i, condition := range s.filter {
		args = append(args, s.rest[i])
		conditions = append(conditions, strings.Replace(condition, "?", "$"+strconv.Itoa(len(args)), 1))
	}
	return `SELECT found, ` + entryColumns + ` FROM (
		SELECT t.*, count(*) OVER () AS found,
			sum(pg_column_size(detail)) OVER (ORDER BY id ` + s.order + ` ROWS UNBOUNDED PRECEDING) - pg_column_size(detail) AS before
		FROM (SELECT * FROM ` + s.table + where(conditions) + ` ORDER BY id ` + s.order + ` LIMIT ` + strconv.Itoa(s.limit+1) + `) t) t
	WHERE before < ` + strconv.Itoa(listBytes) + ` ORDER BY t.id ` + s.order + ` LIMIT ` + strconv.Itoa(s.limit), args
}
