package directory

import (
	"strings"

	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/schema"
)

// listing is a list on its way to a statement. Of each resource it chooses by id, time of creation and sort value
// alone, and only then looks at the documents of the page.
type listing struct {
	*compiler
	query provider.Query
	key   *sortKey // nil: in the order of creation
	after *after   // nil: from the beginning or an offset
}

func (s Store) listing(t *schema.ResourceType, query provider.Query) (*listing, error) {
	l := &listing{query: query, compiler: &compiler{store: s, t: t, base: query.Base, arguments: &arguments{}}}
	if query.Sort != nil && !l.one() {
		l.key = l.sortKey(*query.Sort)
	}
	var err error
	if query.After != nil {
		l.after, err = l.resume(*query.After)
	}
	return l, err
}

// first tells that the list begins at its beginning, with documents.
func (l *listing) first() bool {
	return l.query.Offset == 0 && l.query.Limit > 0 && l.query.After == nil
}

// one tells that at most one resource matches.
func (l *listing) one() bool { return l.first() && names(l.query.Filter, unique) }

// statement chooses the statement by how many resources may match: most of the time for a small one goes into planning
// it.
func (l *listing) statement() string {
	s, q := l.store, l.query
	switch {
	case l.one():
		return `SELECT 1, false, NULL::text, ` + documentColumns + s.relation(l.t, q.Read, l.arguments) + `
			FROM ` + s.table(l.t) + ` t WHERE ` + l.condition(q.Filter)
	case l.first() && names(q.Filter, identifying):
		return `SELECT count(*) OVER (), false, ` + l.key.text(l.expression()) + `, ` + documentColumns + s.relation(l.t, q.Read, l.arguments) + `
			FROM ` + s.table(l.t) + ` t WHERE ` + l.condition(q.Filter) + `
			ORDER BY ` + l.order(`t`, l.expression()) + ` LIMIT ` + l.add(q.Limit)
	case q.Filter == nil && (l.key == nil || l.key.column):
		return l.pageStatement(``, s.table(l.t), l.expression())
	}
	// What matches is found first and as a whole (MATERIALIZED), because it is counted anyway; so the planner cannot
	// walk the whole table in the order of creation in the hope of an early match, and a sort value is made once.
	matched := `matched AS MATERIALIZED (SELECT t.id, t.created` + l.named(l.expression()) + ` FROM ` + s.table(l.t) + ` t`
	if q.Filter != nil {
		matched += ` WHERE ` + l.condition(q.Filter)
	}
	return l.pageStatement(matched+`), `, `matched`, `t.key`)
}

// pageStatement counts the rows and chooses the page of them. key is the sort value in a row.
func (l *listing) pageStatement(with, rows, key string) string {
	s := l.store
	var page, more string
	if l.after == nil {
		page, more = l.part(rows, key, ``, l.query.Limit)+` OFFSET `+l.add(l.query.Offset), `false`
	} else {
		with += `ahead AS (` + l.ahead(rows, key) + `), `
		page = `SELECT t.*, count(*) OVER () > ` + l.add(l.query.Limit) + ` AS more FROM ahead t
			ORDER BY ` + l.order(`t`, `t.key`) + ` LIMIT ` + l.add(l.query.Limit)
		more = `page.more`
	}
	return `WITH ` + with + `page AS (` + page + `)
		SELECT n.total, ` + more + `, ` + l.key.text(`page.key`) + `, ` + documentColumns + s.relation(l.t, l.query.Read, l.arguments) + `
		FROM (SELECT count(*) AS total FROM ` + rows + `) n
		LEFT JOIN (page JOIN ` + s.table(l.t) + ` t ON t.id = page.id) ON true
		ORDER BY ` + l.order(`page`, `page.key`)
}

// ahead returns the statement of the rows behind the position: one more than a page has, to tell whether more follow.
func (l *listing) ahead(rows, key string) string {
	limit := l.query.Limit + 1
	ranges := l.after.ranges(l, key)
	parts := make([]string, len(ranges))
	for i, where := range ranges {
		parts[i] = l.part(rows, key, where, limit)
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return `SELECT t.* FROM ((` + strings.Join(parts, `) UNION ALL (`) + `)) t
		ORDER BY ` + l.order(`t`, `t.key`) + ` LIMIT ` + l.add(limit)
}

// part returns the statement of the first rows that meet a condition; an empty one is met by all.
func (l *listing) part(rows, key, where string, limit int) string {
	if where != `` {
		where = ` WHERE ` + where
	}
	return `SELECT t.id, t.created` + l.named(key) + ` FROM ` + rows + ` t` + where + `
		ORDER BY ` + l.order(`t`, key) + ` LIMIT ` + l.add(limit)
}

// expression is the sort value of the row t.
func (l *listing) expression() string {
	if l.key == nil {
		return ``
	}
	return l.key.expression
}

// named is the sort value as one more column, where there is one.
func (l *listing) named(key string) string {
	if l.key == nil {
		return ``
	}
	return `, ` + key + ` AS key`
}

// order is the ORDER BY of rows whose sort value is key. That NULL is greater than everything is what Postgres does by
// itself, and what its indexes have.
func (l *listing) order(row, key string) string {
	by := row + `.created, ` + row + `.id`
	switch {
	case l.key == nil:
		return by
	case l.key.descending:
		return key + ` DESC, ` + by
	}
	return key + `, ` + by
}
