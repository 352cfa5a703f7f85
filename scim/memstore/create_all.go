package memstore

import (
	"context"

	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/schema"
)

// CreateAll implements provider.Store.
func (s *Store) CreateAll(ctx context.Context, t *schema.ResourceType, drafts []provider.Draft, read provider.Read) []provider.Created {
	created := make([]provider.Created, len(drafts))
	for i, draft := range drafts {
		if created[i].Err = ctx.Err(); created[i].Err == nil {
			created[i].Document, created[i].Err = s.Create(ctx, t, draft, read)
		}
	}
	return created
}
