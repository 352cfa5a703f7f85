package directory

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/resource"
	"github.com/askspoke/spoke/scim/schema"
)

// List returns the resources that match in the order of their creation (of those created in the same millisecond, in
// the order of their ids), and how many match in all.
func (s Store) List(ctx context.Context, t *schema.ResourceType, query provider.Query) (provider.Page, error) {
	var args arguments
	statement := s.listStatement(t, query, &args)
	rows, err := s.db.QueryContext(ctx, statement, args...)
	if err != nil {
		return provider.Page{}, fmt.Errorf("list %s: %w", t.Name, err)
	}
	defer rows.Close()
	var page provider.Page
	for rows.Next() {
		d, err := scanListed(rows, &page.Total)
		if err != nil {
			return provider.Page{}, fmt.Errorf("list %s: %w", t.Name, err)
		}
		if d.ID != "" {
			page.Documents = append(page.Documents, d)
		}
	}
	if err := rows.Err(); err != nil {
		return provider.Page{}, fmt.Errorf("list %s: %w", t.Name, err)
	}
	return page, nil
}

// listStatement chooses the statement by how many resources may match: most of the time for a small one goes into
// planning it.
func (s Store) listStatement(t *schema.ResourceType, query provider.Query, args *arguments) string {
	first := query.Offset == 0 && query.Limit > 0
	switch {
	case query.Filter == nil:
		return s.pageStatement(t, query, args, ``, s.table(t))
	case first && names(query.Filter, unique):
		return `SELECT 1, ` + documentColumns + s.relation(t, query.Read, args) + `
			FROM ` + s.table(t) + ` t WHERE ` + s.condition(t, query, args)
	case first && names(query.Filter, identifying):
		return `SELECT count(*) OVER (), ` + documentColumns + s.relation(t, query.Read, args) + `
			FROM ` + s.table(t) + ` t WHERE ` + s.condition(t, query, args) + `
			ORDER BY t.created, t.id LIMIT ` + args.add(query.Limit)
	}
	// What matches is found first and as a whole (MATERIALIZED), because it is counted anyway; so the planner cannot
	// walk the whole table in the order of creation in the hope of an early match.
	matched := `matched AS MATERIALIZED (SELECT t.id, t.created FROM ` + s.table(t) + ` t
		WHERE ` + s.condition(t, query, args) + `), `
	return s.pageStatement(t, query, args, matched, `matched`)
}

// pageStatement counts the rows and chooses the page by created and id alone, and only then looks at documents.
func (s Store) pageStatement(t *schema.ResourceType, query provider.Query, args *arguments, with, rows string) string {
	return `WITH ` + with + `page AS (SELECT p.id, p.created FROM ` + rows + ` p
			ORDER BY p.created, p.id OFFSET ` + args.add(query.Offset) + ` LIMIT ` + args.add(query.Limit) + `)
		SELECT n.total, ` + documentColumns + s.relation(t, query.Read, args) + `
		FROM (SELECT count(*) AS total FROM ` + rows + `) n
		LEFT JOIN (page JOIN ` + s.table(t) + ` t ON t.id = page.id) ON true
		ORDER BY page.created, page.id`
}

// scanListed reads a row of a list. Of a page without documents there is one row with the total alone, or none.
func scanListed(rows *sql.Rows, total *int) (resource.Document, error) {
	var (
		id                sql.NullString
		version           sql.NullInt64
		created, modified sql.NullTime
		d                 resource.Document
	)
	err := rows.Scan(total, &id, &version, &created, &modified, &d.Body, &d.Relation)
	d.ID, d.Version = id.String, version.Int64
	d.Created, d.Modified = created.Time.In(time.UTC), modified.Time.In(time.UTC)
	return d, err
}
