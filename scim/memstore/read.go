package memstore

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/askspoke/spoke/scim/filter"
	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/resource"
	"github.com/askspoke/spoke/scim/schema"
)

// Get implements provider.Store.
func (s *Store) Get(_ context.Context, t *schema.ResourceType, id string, read provider.Read) (resource.Document, error) {
	c, err := s.of(t)
	if err != nil {
		return resource.Document{}, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	r, ok := c.byID[id]
	if !ok {
		return resource.Document{}, provider.ErrNotFound
	}
	return s.document(t, r, read), nil
}

// List implements provider.Store.
func (s *Store) List(_ context.Context, t *schema.ResourceType, query provider.Query) (provider.Page, error) {
	c, err := s.of(t)
	if err != nil {
		return provider.Page{}, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	o := orderOf(t, query.Sort)
	var list []place
	for _, r := range c.sorted {
		meets, err := s.meets(t, r, query)
		if err != nil {
			return provider.Page{}, err
		}
		if meets {
			list = append(list, o.place(r))
		}
	}
	page := provider.Page{Total: len(list)}
	slices.SortFunc(list, o.compare)
	if query.After != nil {
		if list, err = o.behind(list, *query.After); err != nil {
			return provider.Page{}, err
		}
	}
	list = list[min(query.Offset, len(list)):]
	for _, p := range list[:min(query.Limit, len(list))] {
		page.Documents = append(page.Documents, s.document(t, p.record, query.Read))
	}
	if n := len(page.Documents); n > 0 && n < len(list) {
		page.Next = &list[n-1].Position
	}
	return page, nil
}

func (s *Store) meets(t *schema.ResourceType, r *record, query provider.Query) (bool, error) {
	if query.Filter == nil {
		return true, nil
	}
	// Meta and the relation come from the text that clients read; the rest has been parsed already.
	d := r.doc
	d.Body = []byte(`{"id":""}`)
	d.Relation = s.relation(t, r, query.Base)
	whole, err := d.Whole(t, query.Base)
	if err != nil {
		return false, fmt.Errorf("read %s %s: %w", t.Name, r.doc.ID, err)
	}
	maps.Copy(whole, r.object)
	return filter.Match(query.Filter, t, whole), nil
}

// document returns the caller's own copy of a resource.
func (s *Store) document(t *schema.ResourceType, r *record, read provider.Read) resource.Document {
	d := r.doc
	d.Body = slices.Clone(d.Body)
	if read.Relation {
		list := s.references(t, r, read.Base)
		if d.Large = read.Most > 0 && len(list) > read.Most; !d.Large {
			d.Relation = render(list)
		}
	}
	return d
}

// reference is one element of a relation.
type reference struct {
	Value   string `json:"value"`
	Ref     string `json:"$ref"`
	Display string `json:"display,omitempty"`
	Type    string `json:"type"`
}

// relation renders the relation of a resource, or nil where it is empty.
func (s *Store) relation(t *schema.ResourceType, r *record, base string) []byte {
	return render(s.references(t, r, base))
}

// references are the members of a group or the groups of a user in the order of their ids.
func (s *Store) references(t *schema.ResourceType, r *record, base string) []reference {
	direct := s.memberOf[r.doc.ID]
	ids := s.around(direct)
	if t.Name == "Group" {
		ids = r.members
	}
	list := make([]reference, 0, len(ids))
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		other, kind := s.member(id)
		item := reference{Value: id, Ref: base + "/" + kind + "s/" + id, Type: kind}
		item.Display, _ = other.object["displayName"].(string)
		if t.Name != "Group" {
			item.Type = "indirect"
			if _, member := direct[id]; member {
				item.Type = "direct"
			}
		}
		list = append(list, item)
	}
	return list
}

func render(list []reference) []byte {
	if len(list) == 0 {
		return nil
	}
	text, _ := json.Marshal(list) // strings always encode
	return text
}

// member returns the user or the group of that id and the name of its type, or nil.
func (s *Store) member(id string) (*record, string) {
	if r, ok := s.users.byID[id]; ok {
		return r, "User"
	}
	return s.groups.byID[id], "Group"
}
