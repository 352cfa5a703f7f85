package directory

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/lib/pq"

	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/resource"
	"github.com/askspoke/spoke/scim/schema"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// chunk is how many drafts one statement creates: enough to share its cost, few enough that others need not wait long.
const chunk = 200

// CreateAll creates one draft after another, those without members a chunk in one statement with their journal rows.
func (s Store) CreateAll(ctx context.Context, t *schema.ResourceType, drafts []provider.Draft, read provider.Read) []provider.Created {
	created := make([]provider.Created, 0, len(drafts))
	for len(created) < len(drafts) {
		some, err := s.createSome(ctx, t, nextChunk(drafts[len(created):]), read)
		created = append(created, some...)
		for err != nil && len(created) < len(drafts) {
			created = append(created, provider.Created{Err: err})
		}
	}
	return created
}

// nextChunk returns the drafts that come next: one with members by itself, since they may name the drafts before.
func nextChunk(drafts []provider.Draft) []provider.Draft {
	n := 0
	for n < len(drafts) && n < chunk && len(drafts[n].Members) == 0 {
		n++
	}
	return drafts[:max(n, 1)]
}

// createSome creates a chunk. The error says why the drafts that have no outcome will fare no better: the context
// ended, or the database is away.
func (s Store) createSome(ctx context.Context, t *schema.ResourceType, drafts []provider.Draft, read provider.Read) ([]provider.Created, error) {
	hopeless := func(err error) bool { return err != nil && (ctx.Err() != nil || tenantdb.Unavailable(err)) }
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("create %s: %w", t.Name, err)
	}
	if len(drafts) > 1 {
		created, err := s.createChunk(ctx, t, drafts, read)
		if err == nil || hopeless(err) {
			return created, err
		}
	}
	// One draft that the statement fails on must not be the end of the others.
	created := make([]provider.Created, 0, len(drafts))
	for _, draft := range drafts {
		d, err := s.Create(ctx, t, draft, read)
		if hopeless(err) {
			return created, err
		}
		created = append(created, provider.Created{Document: d, Err: err})
	}
	return created, nil
}

// createChunk creates drafts without members in one statement.
func (s Store) createChunk(ctx context.Context, t *schema.ResourceType, drafts []provider.Draft, read provider.Read) ([]provider.Created, error) {
	batch, err := s.creations(t, drafts)
	if err != nil {
		return nil, err
	}
	made, err := s.recorder.RecordAll(ctx, s.schema, batch)
	if err != nil {
		return nil, fmt.Errorf("create %d of %s: %w", len(drafts), t.Name, err)
	}
	created := make([]provider.Created, len(drafts))
	var refused []int
	for i, draft := range drafts {
		if !made[i] {
			refused = append(refused, i)
			continue
		}
		at := instant(draft.At)
		created[i].Document = resource.Document{ID: draft.ID, Version: 1, Created: at, Modified: at, Body: draft.Body}
	}
	if len(refused) > 0 {
		s.explain(ctx, t, drafts, refused, read, created)
	}
	return created, nil
}

// creations is the batch that inserts a row for each draft whose id and name are free. Rows of one name come in the order
// of the drafts, so that the first has it; names come in their own order, so that two batches cannot wait for each other.
func (s Store) creations(t *schema.ResourceType, drafts []provider.Draft) (journal.Batch, error) {
	ids, ats := make([]string, len(drafts)), make([]string, len(drafts))
	var columns []column
	var values [][]*string
	batch := journal.Batch{Entries: make([]journal.Entry, len(drafts))}
	for i, draft := range drafts {
		row, err := s.columns(t, draft.Object, draft.Body)
		if err != nil {
			return batch, err
		}
		if columns == nil {
			columns, values = row, make([][]*string, len(row))
		}
		for k, c := range row {
			values[k] = append(values[k], optional(c.value))
		}
		ids[i], ats[i] = draft.ID, instant(draft.At).Format(resource.TimeFormat)
		batch.Entries[i] = journal.Entry{
			At: draft.At, Action: journal.ActionCreate, ResourceType: t.Name, ResourceID: draft.ID, Detail: creationDetail(draft.Body, nil),
		}
	}
	args := arguments{pq.Array(ids), pq.Array(ats)}
	var names, arrays, selected strings.Builder
	for k, c := range columns {
		names.WriteString(", " + c.name)
		arrays.WriteString(", " + args.add(pq.Array(values[k])) + "::text[]")
		selected.WriteString(", d." + c.name + "::" + c.cast)
	}
	unique := columns[len(columns)-1].name
	batch.With = []string{
		`drafts AS (SELECT * FROM unnest($1::uuid[], $2::timestamptz[]` + arrays.String() + `) WITH ORDINALITY AS d(id, at` + names.String() + `, place))`,
		`created AS (INSERT INTO ` + s.table(t) + ` (id, version, created, modified` + names.String() + `)
			SELECT d.id, 1, d.at, d.at` + selected.String() + ` FROM drafts d ORDER BY d.` + unique + `, d.place
			ON CONFLICT DO NOTHING RETURNING id, version)`,
	}
	batch.Outcome = `SELECT (d.place - 1)::integer AS place, c.version FROM created c JOIN drafts d ON d.id = c.id`
	batch.Args = args
	return batch, nil
}

// optional returns a column's value as an element of an array.
func optional(value any) *string {
	if text, ok := value.(string); ok {
		return &text
	}
	text, _ := value.(*string)
	return text
}

// explain notes why drafts were refused: a name is taken, unless the resource is there because the driver sent the
// statement twice.
func (s Store) explain(ctx context.Context, t *schema.ResourceType, drafts []provider.Draft, refused []int, read provider.Read, created []provider.Created) {
	ids := make([]string, len(refused))
	for i, place := range refused {
		ids[i] = drafts[place].ID
	}
	var there []string
	err := s.db.SelectContext(ctx, &there, `SELECT id FROM `+s.table(t)+` WHERE id = ANY ($1::uuid[]) ORDER BY id`, pq.Array(ids))
	attribute := "userName"
	if isGroup(t) {
		attribute = "displayName"
	}
	for i, place := range refused {
		switch {
		case err != nil:
			created[place].Err = fmt.Errorf("find out why a %s was not created: %w", t.Name, err)
		case slices.Contains(there, ids[i]):
			created[place].Document, created[place].Err = s.Get(ctx, t, ids[i], read)
		default:
			created[place].Err = &provider.TakenError{Attribute: attribute}
		}
	}
}
