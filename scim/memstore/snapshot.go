package memstore

import (
	"context"
	"maps"
	"slices"

	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/schema"
)

// Snapshot implements provider.Store. It copies what the store keeps, so that a slow reader holds up no change.
func (s *Store) Snapshot(_ context.Context, read func(provider.Snapshot) error) error {
	return read(snapshot{s.clone()})
}

// snapshot is a store that nobody changes.
type snapshot struct{ *Store }

// piece is how many elements are rendered at a time.
const piece = 100

// Elements implements provider.Snapshot.
func (s snapshot) Elements(_ context.Context, t *schema.ResourceType, ids []string, base string, yield func(i int, elements []byte) error) error {
	c, err := s.of(t)
	if err != nil {
		return err
	}
	for i, id := range ids {
		r, ok := c.byID[id]
		if !ok {
			continue
		}
		for list := range slices.Chunk(s.references(t, r, base), piece) {
			text := render(list)
			if err := yield(i, text[1:len(text)-1]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Store) clone() *Store {
	s.mu.RLock()
	defer s.mu.RUnlock()
	copied := &Store{users: s.users.clone(), groups: s.groups.clone(), memberOf: make(map[string]idSet, len(s.memberOf))}
	for id, groups := range s.memberOf {
		copied.memberOf[id] = maps.Clone(groups)
	}
	return copied
}

func (c *collection) clone() *collection {
	copied := &collection{
		byID: make(map[string]*record, len(c.byID)), sorted: make([]*record, len(c.sorted)), unique: c.unique, taken: maps.Clone(c.taken),
	}
	for i, r := range c.sorted {
		kept := *r
		kept.members = maps.Clone(r.members)
		copied.sorted[i], copied.byID[kept.doc.ID] = &kept, &kept
	}
	return copied
}
