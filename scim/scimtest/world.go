package scimtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"reflect"
	"slices"
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
	if err := w.store.Delete(w.Context(), kind, id, w.now()); err != nil {
		w.Fatalf("delete %s %s: %v", kind.Name, id, err)
	}
}

// list returns a page, of all resources where the filter is empty.
func (w *world) list(kind *schema.ResourceType, text string, offset, limit int, read provider.Read) provider.Page {
	w.Helper()
	query := provider.Query{Read: read, Offset: offset, Limit: limit}
	if text != "" {
		e, err := filter.Parse(text, scim.Auto())
		if err != nil {
			w.Fatalf("parse %s: %v", text, err)
		}
		if query.Filter, err = filter.Bind(e, kind, scim.Auto()); err != nil {
			w.Fatalf("bind %s: %v", text, err)
		}
	}
	page, err := w.store.List(w.Context(), kind, query)
	if err != nil {
		w.Fatalf("list %s %s: %v", kind.Name, text, err)
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

// finds checks what a filter finds, in order.
func (w *world) finds(kind *schema.ResourceType, text string, want ...string) {
	w.Helper()
	if got := w.names(kind, text); !slices.Equal(got, want) {
		w.Errorf("%s\nfinds %q\nwant  %q", text, got, want)
	}
}

// elements returns the values of a relation, in order.
func (w *world) elements(relation []byte) []string {
	w.Helper()
	if relation == nil {
		return nil
	}
	var list []struct{ Value string }
	if err := json.Unmarshal(relation, &list); err != nil {
		w.Fatalf("relation %s: %v", relation, err)
	}
	if len(list) == 0 {
		w.Errorf("relation is %s, want nil where it is empty", relation)
	}
	ids := make([]string, len(list))
	for i, item := range list {
		ids[i] = item.Value
	}
	return ids
}

// hasMembers checks the members of a group, given in any order.
func (w *world) hasMembers(group string, want ...string) {
	w.Helper()
	got := w.elements(w.get(w.groups, group).Relation)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		w.Errorf("members %q\nwant    %q", got, want)
	}
}

// isAt checks the version of a resource.
func (w *world) isAt(kind *schema.ResourceType, id string, version int64) {
	w.Helper()
	if d := w.get(kind, id); d.Version != version {
		w.Errorf("%s %s has version %d, want %d", kind.Name, w.name(kind, d), d.Version, version)
	}
}

// same checks that two documents are equal to a client.
func (w *world) same(what string, got, want resource.Document) {
	w.Helper()
	if diff := difference(got, want); diff != "" {
		w.Errorf("%s: %s\ngot  %+v\nwant %+v", what, diff, got, want)
	}
}

// difference names the first thing in which two documents differ, or "".
func difference(a, b resource.Document) string {
	switch {
	case a.ID != b.ID:
		return "ids differ"
	case a.Version != b.Version:
		return "versions differ"
	case !a.Created.Equal(b.Created):
		return "times of creation differ"
	case !a.Modified.Equal(b.Modified):
		return "times of the last change differ"
	case !bytes.Equal(a.Body, b.Body):
		return "bodies differ"
	case !sameJSON(a.Relation, b.Relation):
		return "relations differ"
	}
	return ""
}

// sameJSON compares what two texts say; how a string is escaped does not matter.
func sameJSON(a, b []byte) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && reflect.DeepEqual(x, y)
}

// refused checks that an error is the one expected.
func (w *world) refused(what string, err, want error) {
	w.Helper()
	if !errors.Is(err, want) {
		w.Errorf("%s: got error %v, want %v", what, err, want)
	}
}

// taken checks that the error is a *provider.TakenError.
func (w *world) taken(what string, err error, attribute string) {
	w.Helper()
	var taken *provider.TakenError
	if !errors.As(err, &taken) || taken.Attribute != attribute {
		w.Errorf("%s: got error %v, want %s to be taken", what, err, attribute)
	}
}

// unknown checks that the error is a *provider.UnknownMemberError that names the ids, each once.
func (w *world) unknown(what string, err error, ids ...string) {
	w.Helper()
	var unknown *provider.UnknownMemberError
	if !errors.As(err, &unknown) {
		w.Errorf("%s: got error %v, want unknown members", what, err)
		return
	}
	got := slices.Sorted(slices.Values(unknown.IDs))
	slices.Sort(ids)
	if !slices.Equal(got, ids) {
		w.Errorf("%s: got unknown members %q, want %q", what, got, ids)
	}
}
