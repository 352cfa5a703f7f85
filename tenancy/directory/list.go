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

// List returns the resources that match in the order that is asked for, and how many match in all.
func (s Store) List(ctx context.Context, t *schema.ResourceType, asked provider.Query) (provider.Page, error) {
	return readNesting(s, func(s Store) (provider.Page, error) { return s.list(ctx, t, asked) })
}

func (s Store) list(ctx context.Context, t *schema.ResourceType, asked provider.Query) (provider.Page, error) {
	l, err := s.listing(t, asked)
	if err != nil {
		return provider.Page{}, err
	}
	query := s.reads.QueryContext
	if l.fixed() {
		query = s.reads.QueryFixed
	}
	rows, err := query(ctx, l.statement(), *l.arguments...)
	if err != nil {
		return provider.Page{}, fmt.Errorf("list %s: %w", t.Name, err)
	}
	defer rows.Close()
	var (
		page provider.Page
		last listed
	)
	for rows.Next() {
		if last, err = scanListed(rows); err != nil {
			return provider.Page{}, fmt.Errorf("list %s: %w", t.Name, err)
		}
		page.Total = last.total
		if last.document.ID != "" {
			page.Documents = append(page.Documents, last.document)
		}
	}
	if err := rows.Err(); err != nil {
		return provider.Page{}, fmt.Errorf("list %s: %w", t.Name, err)
	}
	if n := len(page.Documents); n > 0 && (last.more || asked.After == nil && asked.Offset+n < page.Total) {
		page.Next = l.position(last)
	}
	return page, nil
}

// listed is a row of a list. Of a page without documents there is one row with the total alone, or none.
type listed struct {
	total    int
	more     bool    // more rows follow the page; of a page behind a position only
	key      *string // the sort value as text
	document resource.Document
}

func scanListed(rows *sql.Rows) (listed, error) {
	var (
		l                 listed
		more              sql.NullBool
		id                sql.NullString
		version           sql.NullInt64
		created, modified sql.NullTime
		d                 = &l.document
	)
	err := rows.Scan(&l.total, &more, &l.key, &id, &version, &created, &modified, &d.Body, &d.Relation)
	l.more, d.ID, d.Version = more.Bool, id.String, version.Int64
	d.Created, d.Modified = created.Time.In(time.UTC), modified.Time.In(time.UTC)
	if err != nil {
		return l, err
	}
	return l, seeRelation(d)
}

// position is the place of a row in the list.
func (l *listing) position(row listed) *provider.Position {
	d := row.document
	p := &provider.Position{Key: row.key, Created: d.Created, ID: d.ID}
	if l.key != nil && l.key.instant != nil {
		text := l.key.instant(d).Format(timeForm)
		p.Key = &text
	}
	return p
}
