package scimtest

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/resource"
	"github.com/askspoke/spoke/scim/schema"
)

var snapshotRules = []rule{
	{"a relation with more elements than are wanted is left out", func(w *world) {
		a, b := w.user(`{"userName": "a"}`), w.user(`{"userName": "b"}`)
		pair, one := w.group(`{"displayName": "pair"}`, a, b), w.group(`{"displayName": "one"}`, a)
		none := w.group(`{"displayName": "none"}`)
		w.isLarge(w.groups, 1, map[string]bool{pair: true, one: false, none: false})
		w.isLarge(w.groups, 2, map[string]bool{pair: false, one: false, none: false})
		w.isLarge(w.users, 1, map[string]bool{a: true, b: false})
		w.isLarge(w.users, 2, map[string]bool{a: false, b: false})
		w.group(`{"displayName": "around"}`, pair)
		w.isLarge(w.users, 2, map[string]bool{a: true, b: false})
		w.isLarge(w.users, 3, map[string]bool{a: false, b: false})

		read := whole
		read.Most = 1
		draft := w.draft(w.groups, `{"displayName": "new"}`, a, b)
		created, err := w.store.Create(w.Context(), w.groups, draft, read)
		if got := w.elements(created.Relation); err != nil || created.Large || len(got) != 2 {
			w.Errorf("create: %q, large %t, %v", got, created.Large, err)
		}
		update := provider.Update{ID: one, At: w.now(), Members: provider.Members{Replace: true, Add: []string{a, b}}}
		done, err := w.store.Update(w.Context(), w.groups, update, read)
		if got := w.elements(done.Relation); err != nil || len(got) != 2 {
			w.Errorf("update: %q, %v", got, err)
		}
	}},
	{"the elements of a snapshot are those of the relations", func(w *world) {
		many := make([]string, 30)
		for i := range many {
			many[i] = w.user(fmt.Sprintf(`{"userName": "user %d", "displayName": "\"%[1]d\" \\ \u0007 😀"}`, i))
		}
		for i := range many { // enough to need several statements, if a store has such
			w.group(fmt.Sprintf(`{"displayName": "group %d"}`, i), many[i:]...)
			w.group(fmt.Sprintf(`{"displayName": "empty %d"}`, i))
		}
		w.group(`{"displayName": "outer"}`, slices.Concat(many, []string{w.group(`{"displayName": "inner"}`, many[7])})...)
		w.streams(w.groups)
		w.streams(w.users)
	}},
	{"a relation of thousands has each element once", func(w *world) {
		texts := make([]string, 2500)
		for i := range texts {
			texts[i] = fmt.Sprintf(`{"userName": "user %d", "displayName": "User %[1]d"}`, i)
		}
		ids := w.createMany(w.users, w.drafts(w.users, texts...))
		w.group(`{"displayName": "first"}`, ids[:1]...)
		w.group(`{"displayName": "large"}`, ids...)
		w.group(`{"displayName": "round"}`, ids[:1000]...)
		w.group(`{"displayName": "last"}`, ids[2400:]...)
		w.streams(w.groups)
	}},
	{"a user in more groups than are wanted has each once", func(w *world) {
		user := w.user(`{"userName": "a"}`)
		texts := make([]string, 1100)
		for i := range texts {
			texts[i] = fmt.Sprintf(`{"displayName": "group %d"}`, i)
		}
		drafts := w.drafts(w.groups, texts...)
		for i := range drafts {
			drafts[i].Members = []string{user}
		}
		ids := w.createMany(w.groups, drafts)
		w.streams(w.users)
		w.group(`{"displayName": "around"}`, ids[0], ids[1000])
		w.streams(w.users)
	}},
	{"a snapshot does not show what is changed meanwhile, and holds up nobody", func(w *world) {
		a, b, gone := w.user(`{"userName": "a", "displayName": "Ann"}`), w.user(`{"userName": "b"}`), w.user(`{"userName": "gone"}`)
		group, dropped := w.group(`{"displayName": "g"}`, a, gone), w.group(`{"displayName": "dropped"}`, a)
		w.snapshot(func(s provider.Snapshot) {
			before := w.seen(s)
			w.set(w.users, a, "displayName", "Other")
			w.set(w.groups, group, "displayName", "h")
			w.change(group, provider.Members{Add: []string{b}, Remove: []string{a}})
			w.remove(w.users, gone)
			w.remove(w.groups, dropped)
			w.user(`{"userName": "c"}`)
			w.group(`{"displayName": "i"}`, b)
			w.sameSeen("meanwhile", w.seen(s), before)
		})
		w.hasMembers(group, b)
		w.finds(w.users, "", "a", "b", "c")
	}},
	{"a snapshot ends with the error of who reads it", func(w *world) {
		group := w.group(`{"displayName": "g"}`, w.user(`{"userName": "a"}`), w.user(`{"userName": "b"}`))
		enough := errors.New("enough")
		w.refused("snapshot", w.store.Snapshot(w.Context(), func(provider.Snapshot) error { return enough }), enough)
		calls := 0
		w.refused("elements", w.store.Snapshot(w.Context(), func(s provider.Snapshot) error {
			return s.Elements(w.Context(), w.groups, []string{group, group}, base, func(int, []byte) error {
				calls++
				return fmt.Errorf("stop: %w", enough)
			})
		}), enough)
		if calls != 1 {
			w.Errorf("%d calls after an error", calls-1)
		}
		w.snapshot(func(s provider.Snapshot) {
			_, err := s.Get(w.Context(), w.groups, NewID(w.random), whole)
			w.refused("get", err, provider.ErrNotFound)
			w.hasMembers(group, w.elements(w.get(w.groups, group).Relation)...)
		})
	}},
}

// createMany creates resources and returns their ids.
func (w *world) createMany(kind *schema.ResourceType, drafts []provider.Draft) []string {
	w.Helper()
	ids := make([]string, len(drafts))
	for i, c := range w.store.CreateAll(w.Context(), kind, drafts, bare) {
		if c.Err != nil {
			w.Fatalf("create %s: %v", drafts[i].Body, c.Err)
		}
		ids[i] = drafts[i].ID
	}
	return ids
}

// isLarge reads the resources with most elements of their relations: those that are said to have more come without, the
// others as ever.
func (w *world) isLarge(kind *schema.ResourceType, most int, large map[string]bool) {
	w.Helper()
	read := whole
	read.Most = most
	listed := map[string]resource.Document{}
	for _, d := range w.list(kind, "", 0, 1000, read).Documents {
		listed[d.ID] = d
	}
	for id, large := range large {
		want := w.get(kind, id)
		if want.Large {
			w.Errorf("%s is large where any number is wanted", id)
		}
		if large {
			want.Relation = nil
		}
		got, err := w.store.Get(w.Context(), kind, id, read)
		if err != nil {
			w.Fatal(err)
		}
		for what, d := range map[string]resource.Document{"get": got, "list": listed[id]} {
			w.same(what, d, want)
			if d.Large != large {
				w.Errorf("%s of %d at most: large is %t: %s", what, most, d.Large, d.Body)
			}
		}
	}
}

// snapshot looks at the store as it is at one moment.
func (w *world) snapshot(look func(provider.Snapshot)) {
	w.Helper()
	err := w.store.Snapshot(w.Context(), func(s provider.Snapshot) error {
		look(s)
		return nil
	})
	if err != nil {
		w.Fatal(err)
	}
}

// seen is what a snapshot shows of a kind of resources, with what its elements make of the relations.
type seen struct{ documents, streamed []resource.Document }

// seen looks at all that a snapshot shows.
func (w *world) seen(s provider.Snapshot) map[string]seen {
	w.Helper()
	all := map[string]seen{}
	for _, kind := range []*schema.ResourceType{w.users, w.groups} {
		page, err := s.List(w.Context(), kind, provider.Query{Read: whole, Limit: 10_000})
		if err != nil {
			w.Fatal(err)
		}
		of := seen{documents: page.Documents}
		ids := make([]string, 0, len(page.Documents))
		for _, d := range page.Documents {
			got, err := s.Get(w.Context(), kind, d.ID, whole)
			if err != nil {
				w.Fatal(err)
			}
			w.same("get", got, d)
			got.Relation = nil
			of.streamed = append(of.streamed, got)
			ids = append(ids, d.ID)
		}
		w.stream(s, kind, ids, of.streamed)
		all[kind.Name] = of
	}
	return all
}

// stream fills in the relations by the elements of a snapshot.
func (w *world) stream(s provider.Snapshot, kind *schema.ResourceType, ids []string, documents []resource.Document) {
	w.Helper()
	last := 0
	err := s.Elements(w.Context(), kind, ids, base, func(i int, elements []byte) error {
		if i < last || len(elements) == 0 {
			w.Errorf("elements of %d after those of %d: %q", i, last, elements)
		}
		last = i
		begin := byte(',')
		if documents[i].Relation == nil {
			begin = '['
		}
		documents[i].Relation = append(append(documents[i].Relation, begin), elements...)
		return nil
	})
	if err != nil {
		w.Fatal(err)
	}
	for i := range documents {
		if documents[i].Relation != nil {
			documents[i].Relation = append(documents[i].Relation, ']')
		}
	}
}

// streams checks that the elements of all resources are those of their relations, to the letter.
func (w *world) streams(kind *schema.ResourceType) {
	w.Helper()
	w.snapshot(func(s provider.Snapshot) {
		of := w.seen(s)[kind.Name]
		for i, d := range of.documents {
			if got := of.streamed[i].Relation; string(got) != string(d.Relation) {
				w.Errorf("%s %s: the elements are\n%s\nwant\n%s", kind.Name, d.ID, got, d.Relation)
			}
		}
		// In any order, and not all.
		slices.Reverse(of.documents)
		some := of.documents[len(of.documents)/3:]
		ids, got := make([]string, len(some)), make([]resource.Document, len(some))
		for i, d := range some {
			ids[i], got[i] = d.ID, d
			got[i].Relation = nil
		}
		w.stream(s, kind, ids, got)
		for i := range some {
			w.same("elements", got[i], some[i])
		}
	})
}

// sameSeen checks that two looks saw the same.
func (w *world) sameSeen(what string, got, want map[string]seen) {
	w.Helper()
	for _, kind := range slices.Sorted(maps.Keys(want)) {
		for _, pair := range [][2][]resource.Document{{got[kind].documents, want[kind].documents}, {got[kind].streamed, want[kind].streamed}} {
			if len(pair[0]) != len(pair[1]) {
				w.Errorf("%s: %d of %s, want %d", what, len(pair[0]), kind, len(pair[1]))
				continue
			}
			for i := range pair[0] {
				w.same(what, pair[0][i], pair[1][i])
			}
		}
	}
}
