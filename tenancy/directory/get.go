package directory

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/resource"
	"github.com/askspoke/spoke/scim/schema"
)

// Get returns one resource, or provider.ErrNotFound.
func (s Store) Get(ctx context.Context, t *schema.ResourceType, id string, read provider.Read) (resource.Document, error) {
	if !isID(id) {
		return resource.Document{}, provider.ErrNotFound
	}
	return readNesting(s, func(s Store) (resource.Document, error) { return s.get(ctx, t, id, read) })
}

func (s Store) get(ctx context.Context, t *schema.ResourceType, id string, read provider.Read) (resource.Document, error) {
	args := arguments{id}
	var d resource.Document
	err := s.reads.QueryRowFixed(ctx, `SELECT `+documentColumns+s.relation(t, read, &args)+`
		FROM `+s.table(t)+` t WHERE t.id = $1`, args...).
		Scan(&d.ID, &d.Version, &d.Created, &d.Modified, &d.Body, &d.Relation)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return resource.Document{}, provider.ErrNotFound
	case err != nil:
		return resource.Document{}, fmt.Errorf("get %s: %w", t.Name, err)
	}
	d.Created, d.Modified = d.Created.In(time.UTC), d.Modified.In(time.UTC)
	return d, seeRelation(&d)
}

// documentColumns are the columns of a document in the row t; the relation follows them.
const documentColumns = `t.id, t.version, t.created, t.modified, t.document, `
