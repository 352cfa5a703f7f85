package scimtest

import (
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/filter"
	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/resource"
	"github.com/askspoke/spoke/scim/schema"
)

// base is where the resources of the tests are served.
const base = "https://acme.example/scim/v2"

var (
	bare  = provider.Read{Base: base}
	whole = provider.Read{Base: base, Relation: true}
)

// world is a store and a clock that moves on by a second with each change.
type world struct {
	*testing.T
	store         provider.Store
	users, groups *schema.ResourceType
	clock         time.Time
	random        *rand.Rand
}

func newWorld(t *testing.T, store provider.Store) *world {
	return &world{
		T: t, store: store, users: Users(), groups: schema.Group(),
		clock:  time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC),
		random: rand.New(rand.NewPCG(1, 2)),
	}
}

func (w *world) now() time.Time {
	w.clock = w.clock.Add(time.Second)
	return w.clock
}

// draft makes a draft of JSON text as a client sends it.
func (w *world) draft(kind *schema.ResourceType, text string, members ...string) provider.Draft {
	w.Helper()
	return Draft(kind, NewID(w.random), w.now(), Object(w, kind, text), members...)
}

func (w *world) create(draft provider.Draft, kind *schema.ResourceType) (resource.Document, error) {
	return w.store.Create(w.Context(), kind, draft, whole)
}

// user creates a user and returns its id.
func (w *world) user(text string) string { w.Helper(); return w.mustCreate(w.users, text) }

// group creates a group and returns its id.
func (w *world) group(text string, members ...string) string {
	w.Helper()
	return w.mustCreate(w.groups, text, members...)
}

func (w *world) mustCreate(kind *schema.ResourceType, text string, members ...string) string {
	w.Helper()
	d, err := w.create(w.draft(kind, text, members...), kind)
	if err != nil {
		w.Fatalf("create %s %s: %v", kind.Name, text, err)
	}
	return d.ID
}

// get returns the resource with its relation.
func (w *world) get(kind *schema.ResourceType, id string) resource.Document {
	w.Helper()
	d, err := w.store.Get(w.Context(), kind, id, whole)
	if err != nil {
		w.Fatalf("get %s %s: %v", kind.Name, id, err)
	}
	return d
}

// revision makes the update that edit leads to, from the resource as it is.
func (w *world) revision(kind *schema.ResourceType, id string, edit func(object map[string]any)) provider.Update {
	w.Helper()
	d := w.get(kind, id)
	old, err := d.Object()
	object, err2 := d.Object()
	if err := errors.Join(err, err2); err != nil {
		w.Fatal(err)
	}
	edit(object)
	return revise(w, kind, d, w.now(), old, object)
}

func (w *world) update(kind *schema.ResourceType, update provider.Update) provider.Updated {
	w.Helper()
	done, err := w.store.Update(w.Context(), kind, update, whole)
	if err != nil {
		w.Fatalf("update %s %s: %v", kind.Name, update.ID, err)
	}
	return done
}

// set changes one attribute.
func (w *world) set(kind *schema.ResourceType, id, name string, value any) provider.Updated {
	w.Helper()
	return w.update(kind, w.revision(kind, id, func(object map[string]any) { object[name] = value }))
}

func (w *world) change(group string, members provider.Members) provider.Updated {
	w.Helper()
	return w.update(w.groups, provider.Update{ID: group, At: w.now(), Members: members})
}

func (w *world) remove(kind *schema.ResourceType, id string) {
	w.Helper()
	if err := w.store.Delete(w.Context(), kind, provider.Deletion{ID: id, At: w.now()}); err != nil {
		w.Fatalf("delete %s %s: %v", kind.Name, id, err)
	}
}

// list returns a page, of all resources where the filter is empty.
func (w *world) list(kind *schema.ResourceType, text string, offset, limit int, read provider.Read) provider.Page {
	w.Helper()
	query := w.query(kind, text)
	query.Read, query.Offset, query.Limit = read, offset, limit
	return w.page(kind, query)
}

// query asks for what a filter finds, everything where it is empty.
func (w *world) query(kind *schema.ResourceType, text string) provider.Query {
	w.Helper()
	query := provider.Query{Read: bare, Limit: 1000}
	if text != "" {
		e, err := filter.Parse(text, scim.Auto())
		if err != nil {
			w.Fatalf("parse %s: %v", text, err)
		}
		if query.Filter, err = filter.Bind(e, kind, scim.Auto()); err != nil {
			w.Fatalf("bind %s: %v", text, err)
		}
	}
	return query
}

func (w *world) page(kind *schema.ResourceType, query provider.Query) provider.Page {
	w.Helper()
	page, err := w.store.List(w.Context(), kind, query)
	if err != nil {
		w.Fatalf("list %s %+v: %v", kind.Name, query, err)
	}
	return page
}

// names returns the userName or displayName of what the filter finds, in order.
func (w *world) names(kind *schema.ResourceType, text string) []string {
	w.Helper()
	page := w.list(kind, text, 0, 1000, bare)
	names := []string{}
	for _, d := range page.Documents {
		names = append(names, w.name(kind, d))
	}
	if page.Total != len(names) {
		w.Errorf("list %s: total %d, but %d documents", text, page.Total, len(names))
	}
	return names
}

func (w *world) name(kind *schema.ResourceType, d resource.Document) string {
	w.Helper()
	object, err := d.Object()
	if err != nil {
		w.Fatal(err)
	}
	attribute := "userName"
	if kind == w.groups {
		attribute = "displayName"
	}
	name, _ := object[attribute].(string)
	return name
}
