package scimtest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/filter"
	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/resource"
	"github.com/askspoke/spoke/scim/schema"
)

// action does one thing on a store and returns what the store answered, as text that can be compared.
type action func(provider.Store) string

// play is random work and what it needs to know to go on: which ids are in use.
type play struct {
	r     *rand.Rand
	clock time.Time
	kinds [2]*schema.ResourceType // users, groups
	alive [2][]string
	gone  []string
	side  int // which of the two stores is asked
	walks []*walk
}

// walk is a list that is read page by page while other work goes on. Each store goes on from its own position.
type walk struct {
	kind  *schema.ResourceType
	text  string
	query provider.Query
	next  [2]*provider.Position
}

// next chooses the next action. It looks at the first store for the state that a change is made from.
func (p *play) next(t testing.TB, store provider.Store) (what string, act action) {
	t.Helper()
	p.clock = p.clock.Add(time.Duration(p.r.IntN(4)-1) * time.Millisecond) // now and then it stands still or goes back
	k := p.r.IntN(2)
	switch n := p.r.IntN(20); {
	case n < 3 || len(p.alive[k]) == 0:
		return p.create(k)
	case n < 4:
		return p.createAll(k)
	case n < 7:
		return p.update(t, store, k)
	case n < 11 && len(p.alive[1]) > 0:
		return p.members()
	case n < 12:
		return p.remove(k)
	case n < 13:
		return p.get(k)
	default:
		return p.list(t, k)
	}
}

func (p *play) create(k int) (string, action) {
	kind := p.kinds[k]
	draft := Draft(kind, NewID(p.r), p.clock, RandomObject(p.r, kind))
	if k == 1 {
		draft.Members = p.ids(4, 8)
	}
	read := p.read()
	return fmt.Sprintf("create %s %s members %q", kind.Name, draft.Body, draft.Members), func(s provider.Store) string {
		d, err := s.Create(context.Background(), kind, draft, read)
		if err == nil && !slices.Contains(p.alive[k], draft.ID) {
			p.alive[k] = append(p.alive[k], draft.ID)
		}
		return describe(err, d)
	}
}

func (p *play) update(t testing.TB, store provider.Store, k int) (string, action) {
	t.Helper()
	kind := p.kinds[k]
	d, err := store.Get(context.Background(), kind, pick(p.r, p.alive[k]), bare)
	if err != nil {
		t.Fatalf("get: %v", err)
	}
	old, err := d.Object()
	if err != nil {
		t.Fatal(err)
	}
	update := revise(t, kind, d, p.clock, old, RandomChange(p.r, kind, old))
	if k == 1 && p.r.IntN(3) == 0 {
		// Only what can be added: which of two reasons a store refuses for is its own choice.
		update.Members.Add = slices.DeleteFunc(p.ids(3, 0), func(id string) bool { return id == d.ID })
	}
	if p.r.IntN(8) == 0 {
		update.Version += int64(1 - 2*p.r.IntN(2))
	}
	if update.Version == 0 {
		update.Version = 7
	}
	return fmt.Sprintf("update %s to %s members %+v", d.ID, update.Body, update.Members), p.updating(kind, update)
}

func (p *play) members() (string, action) {
	update := provider.Update{ID: pick(p.r, p.alive[1]), At: p.clock}
	switch add := p.ids(5, 10); p.r.IntN(3) {
	case 0:
		update.Members = provider.Members{Replace: true, Add: add}
	case 1:
		update.Members.Remove = add
	default:
		update.Members.Add = add
		update.Members.Remove = slices.DeleteFunc(p.ids(3, 3), func(id string) bool { return slices.Contains(add, id) })
	}
	return fmt.Sprintf("change members of %s: %+v", update.ID, update.Members), p.updating(p.kinds[1], update)
}

func (p *play) updating(kind *schema.ResourceType, update provider.Update) action {
	read := p.read()
	return func(s provider.Store) string {
		done, err := s.Update(context.Background(), kind, update, read)
		if err != nil {
			return describe(err)
		}
		d := resource.Document{ID: update.ID, Version: done.Version, Modified: done.Modified, Relation: done.Relation}
		return fmt.Sprintf("changed %v, ", done.Changed) + describe(nil, d)
	}
}

func (p *play) remove(k int) (string, action) {
	kind, id, at := p.kinds[k], p.oneID(k), p.clock
	return "delete " + kind.Name + " " + id, func(s provider.Store) string {
		err := s.Delete(context.Background(), kind, provider.Deletion{ID: id, At: at})
		if i := slices.Index(p.alive[k], id); err == nil && i >= 0 {
			p.alive[k] = slices.Delete(p.alive[k], i, i+1)
			p.gone = append(p.gone, id)
		}
		return describe(err)
	}
}

func (p *play) get(k int) (string, action) {
	kind, id, read := p.kinds[k], p.oneID(k), p.read()
	return "get " + kind.Name + " " + id, func(s provider.Store) string {
		d, err := s.Get(context.Background(), kind, id, read)
		return describe(err, d)
	}
}

func (p *play) list(t testing.TB, k int) (string, action) {
	t.Helper()
	if p.r.IntN(3) == 0 && len(p.walks) > 0 {
		return p.walk()
	}
	kind := p.kinds[k]
	w := &walk{kind: kind, text: "everything"}
	w.query = provider.Query{Read: p.read(), Offset: p.r.IntN(4) * p.r.IntN(4), Limit: []int{0, 1, 3, 1000, 1000}[p.r.IntN(5)]}
	if p.r.IntN(20) > 0 && p.r.IntN(4) > 0 {
		w.text = RandomFilter(p.r, kind, append(p.ids(10, 4), "none"))
		e, err := filter.Parse(w.text, scim.Strict())
		if err != nil {
			t.Fatalf("parse %s: %v", w.text, err)
		}
		if w.query.Filter, err = filter.Bind(e, kind, scim.Strict()); err != nil {
			t.Fatalf("bind %s: %v", w.text, err)
		}
	}
	if p.r.IntN(2) == 0 {
		w.query.Sort = RandomSort(p.r, kind)
		w.text += fmt.Sprintf(" by %s, descending %v", w.query.Sort.Ref, w.query.Sort.Descending)
	}
	p.walks = append(p.walks, w)
	return fmt.Sprintf("list %s from %d, at most %d: %s", kind.Name, w.query.Offset, w.query.Limit, w.text), p.walking(w)
}

// walk reads one page more of a list.
func (p *play) walk() (string, action) {
	w := p.walks[p.r.IntN(len(p.walks))]
	w.query.Read, w.query.Limit = p.read(), []int{0, 1, 2, 5, 1000}[p.r.IntN(5)]
	if w.next[0] != nil {
		w.query.Offset = 0
	}
	return fmt.Sprintf("continue list of %s, at most %d, behind %+v: %s", w.kind.Name, w.query.Limit, w.next, w.text), p.walking(w)
}

func (p *play) walking(w *walk) action {
	return func(s provider.Store) string {
		query := w.query
		query.After = w.next[p.side]
		page, err := s.List(context.Background(), w.kind, query)
		next := "the end"
		if page.Next != nil { // how a number is written as a key is the store's own choice
			next = fmt.Sprintf("%s of %s, with a key %v", page.Next.ID, page.Next.Created.UTC().Format(time.RFC3339Nano), page.Next.Key != nil)
			w.next[p.side] = page.Next
		}
		return fmt.Sprintf("total %d, next %s, ", page.Total, next) + describe(err, page.Documents...)
	}
}

func (p *play) read() provider.Read {
	return provider.Read{Base: base, Relation: p.r.IntN(2) == 0, Most: []int{0, 0, 1, 4}[p.r.IntN(4)]}
}

// ids returns up to n ids of users and groups, and with a chance of one in unknown, where that is not 0, one of none.
func (p *play) ids(n, unknown int) []string {
	known := slices.Concat(p.alive[0], p.alive[1])
	list := []string{}
	for range p.r.IntN(n + 1) {
		if len(known) > 0 {
			list = append(list, pick(p.r, known))
		}
	}
	if unknown > 0 && p.r.IntN(unknown) == 0 {
		list = append(list, pick(p.r, append([]string{"none", NewID(p.r)}, p.gone...)))
	}
	return list
}

// oneID is mostly the id of a resource of the kind.
func (p *play) oneID(k int) string {
	if other := p.ids(1, 2); p.r.IntN(6) == 0 && len(other) > 0 {
		return other[0]
	}
	return pick(p.r, p.alive[k])
}
