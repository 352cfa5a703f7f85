package memstore

import (
	"context"
	"fmt"
	"slices"

	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/resource"
	"github.com/askspoke/spoke/scim/schema"
)

// Create implements provider.Store.
func (s *Store) Create(_ context.Context, t *schema.ResourceType, draft provider.Draft, read provider.Read) (resource.Document, error) {
	c, err := s.of(t)
	if err != nil {
		return resource.Document{}, err
	}
	at := instant(draft.At)
	r := &record{doc: resource.Document{ID: draft.ID, Version: 1, Created: at, Modified: at}, members: make(idSet)}
	if err := r.setBody(draft.Body); err != nil {
		return resource.Document{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if other, _ := s.member(draft.ID); other != nil {
		return resource.Document{}, fmt.Errorf("memstore: create %s: the id %s is in use", t.Name, draft.ID)
	}
	if unknown := s.unknown(draft.ID, draft.Members); len(unknown) > 0 {
		return resource.Document{}, &provider.UnknownMemberError{IDs: unknown}
	}
	if err := c.claim(draft.ID, r.object, nil); err != nil {
		return resource.Document{}, err
	}
	c.insert(r)
	s.change(r, provider.Members{Add: draft.Members})
	read.Most = 0
	return s.document(t, r, read), nil
}

// Update implements provider.Store.
func (s *Store) Update(_ context.Context, t *schema.ResourceType, update provider.Update, read provider.Read) (provider.Updated, error) {
	c, err := s.of(t)
	if err != nil {
		return provider.Updated{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := c.byID[update.ID]
	switch {
	case !ok:
		return provider.Updated{}, provider.ErrNotFound
	case update.Version != r.doc.Version && (update.Version != 0 || update.Object != nil):
		return provider.Updated{}, provider.ErrVersion
	}
	if unknown := s.unknown(update.ID, update.Members.Add); len(unknown) > 0 {
		return provider.Updated{}, &provider.UnknownMemberError{IDs: unknown}
	}
	if circle := s.circle(update.ID, update.Members.Add); len(circle) > 0 {
		return provider.Updated{}, &provider.CircleError{IDs: circle}
	}
	changed := update.Object != nil && len(update.Changes) > 0
	if changed {
		next := &record{}
		if err := next.setBody(update.Body); err != nil {
			return provider.Updated{}, err
		}
		if err := c.claim(update.ID, next.object, r.object); err != nil {
			return provider.Updated{}, err
		}
		r.doc.Body, r.object = next.doc.Body, next.object
	}
	if s.change(r, update.Members) || changed {
		changed = true
		r.touch(update.At)
	}
	done := provider.Updated{Changed: changed, Version: r.doc.Version, Modified: r.doc.Modified}
	if update.Members.Replace && read.Relation {
		done.Relation = s.relation(t, r, read.Base)
	}
	return done, nil
}

// Delete implements provider.Store.
func (s *Store) Delete(_ context.Context, t *schema.ResourceType, deletion provider.Deletion) error {
	c, err := s.of(t)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	id := deletion.ID
	r, ok := c.byID[id]
	switch {
	case !ok:
		return provider.ErrNotFound
	case deletion.Version != 0 && deletion.Version != r.doc.Version:
		return provider.ErrVersion
	}
	for group := range s.memberOf[id] {
		g := s.groups.byID[group]
		delete(g.members, id)
		g.touch(deletion.At)
	}
	delete(s.memberOf, id)
	s.change(r, provider.Members{Replace: true})
	c.remove(r)
	return nil
}

// setBody keeps a copy of the text, and reads it.
func (r *record) setBody(body []byte) (err error) {
	r.doc.Body = slices.Clone(body)
	if r.object, err = r.doc.Object(); err != nil {
		return fmt.Errorf("memstore: %w", err)
	}
	return nil
}
