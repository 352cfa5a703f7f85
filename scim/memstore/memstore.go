// Package memstore is a provider.Store in memory: for tests, for trying things out, and as the plain statement of what
// a store does that others are compared with.
//
// It forgets everything when the program ends, and it filters by looking at every resource. One lock guards the whole
// store, so every method is atomic. Nothing that it returns changes afterwards.
package memstore

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/resource"
	"github.com/askspoke/spoke/scim/schema"
)

// Store keeps the users and groups of one tenant. Make it with New.
type Store struct {
	mu            sync.RWMutex
	users, groups *collection
	memberOf      map[string]idSet // the groups that have a resource as a member, by its id
}

var _ provider.Store = (*Store)(nil)

// Option is a choice made when a store is made.
type Option func(*Store)

// UniqueGroupNames says whether two groups may have the same displayName, in whatever case. The default is true: they
// may not.
func UniqueGroupNames(unique bool) Option {
	return func(s *Store) {
		if unique {
			s.groups.unique = "displayName"
		} else {
			s.groups.unique = ""
		}
	}
}

// New returns an empty store.
func New(options ...Option) *Store {
	s := &Store{
		users:    newCollection("userName"),
		groups:   newCollection("displayName"),
		memberOf: make(map[string]idSet),
	}
	for _, set := range options {
		set(s)
	}
	return s
}

// of returns the collection of a resource type. A store has users and groups.
func (s *Store) of(t *schema.ResourceType) (*collection, error) {
	switch t.Name {
	case "User":
		return s.users, nil
	case "Group":
		return s.groups, nil
	default:
		return nil, fmt.Errorf("memstore: no collection of resource type %q", t.Name)
	}
}

// idSet is a set of ids.
type idSet map[string]struct{}

// record is one resource. Its object is what its document's body says and is never changed, only replaced.
type record struct {
	doc     resource.Document
	object  map[string]any
	members idSet // of a group
}

// touch counts one change. Time never goes backwards, whatever the callers' clocks say.
func (r *record) touch(at time.Time) {
	r.doc.Version++
	if at = instant(at); at.After(r.doc.Modified) {
		r.doc.Modified = at
	}
}

// instant is a time as documents keep it: UTC, to the millisecond.
func instant(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// collection is the resources of one type.
type collection struct {
	byID   map[string]*record
	sorted []*record         // by creation
	unique string            // the attribute of which no two may have the same value; "" for none
	taken  map[string]string // folded value of the unique attribute → id
}

func newCollection(unique string) *collection {
	return &collection{byID: make(map[string]*record), unique: unique, taken: make(map[string]string)}
}

// claim takes the unique value of an object for an id, and gives back the one that old held. It fails with
// *provider.TakenError and then has changed nothing.
func (c *collection) claim(id string, object, old map[string]any) error {
	if c.unique == "" {
		return nil
	}
	key := c.key(object)
	if holder, taken := c.taken[key]; taken && holder != id {
		return &provider.TakenError{Attribute: c.unique}
	}
	delete(c.taken, c.key(old))
	c.taken[key] = id
	return nil
}

func (c *collection) key(object map[string]any) string {
	text, _ := object[c.unique].(string)
	return schema.Fold(text)
}

// place returns where the record is, or belongs, in the order of creation.
func (c *collection) place(r *record) int {
	i, _ := slices.BinarySearchFunc(c.sorted, r, func(a, b *record) int {
		return byCreation(a.doc.Created, b.doc.Created, a.doc.ID, b.doc.ID)
	})
	return i
}

func (c *collection) insert(r *record) {
	c.byID[r.doc.ID] = r
	c.sorted = slices.Insert(c.sorted, c.place(r), r)
}

func (c *collection) remove(r *record) {
	i := c.place(r)
	c.sorted = slices.Delete(c.sorted, i, i+1)
	delete(c.byID, r.doc.ID)
	if c.unique != "" {
		delete(c.taken, c.key(r.object))
	}
}
