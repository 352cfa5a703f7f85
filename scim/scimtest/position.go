package scimtest

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/schema"
)

// walked are the orders that walks are made in; "" is that of creation.
var walked = []string{
	"", "userName", "displayName", "externalId", "title", "active", "emails", "emails.type", "schemas", "groups",
	"id", "meta.created", "meta.lastModified", "meta.version", "meta.location", "meta.resourceType",
	BadgeURN + ":number", BadgeURN + ":weight", BadgeURN + ":issued", BadgeURN + ":levels", BadgeURN + ":doors.floor",
}

var positionRules = []rule{
	{"a walk from position to position gives the list, in any order and pages of any size", func(w *world) {
		w.mixture(12)
		w.eachOrder(func(name string, sort *provider.Sort) {
			whole := w.page(w.users, provider.Query{Read: whole, Sort: sort, Limit: 1000})
			if whole.Next != nil || len(whole.Documents) != 12 {
				w.Fatalf("%s: a page of everything has %d documents and the next position %v", name, len(whole.Documents), whole.Next)
			}
			want := w.walk(w.users, provider.Query{Read: bare, Sort: sort, Limit: 1000})
			for _, size := range []int{1, 3, 4, 11, 12} {
				w.lists(fmt.Sprintf("%s, pages of %d", name, size), w.walk(w.users, provider.Query{Read: bare, Sort: sort, Limit: size}), want)
			}
		})
	}},
	{"a page says where it ends when more follow", func(w *world) {
		w.crowd(5)
		for offset, limits := range map[int]map[int]bool{0: {0: false, 1: true, 4: true, 5: false, 9: false}, 3: {1: true, 2: false}, 4: {1: false}, 5: {1: false}, 9: {1: false}} {
			for limit, more := range limits {
				for _, sort := range []*provider.Sort{nil, w.sort(w.users, "userName", false), w.sort(w.users, "title", true)} {
					query := provider.Query{Read: bare, Offset: offset, Limit: limit, Sort: sort}
					page := w.page(w.users, query)
					if (page.Next != nil) != more {
						w.Errorf("%d from %d: the next position is %v", limit, offset, page.Next)
					}
					if page.Next != nil {
						last := page.Documents[len(page.Documents)-1]
						if page.Next.ID != last.ID || !page.Next.Created.Equal(last.Created) || (page.Next.Key != nil) != (sort != nil) {
							w.Errorf("the next position is %+v, of %s", page.Next, last.ID)
						}
					}
				}
			}
		}
	}},
	{"the total counts what matches on both sides of a position", func(w *world) {
		w.crowd(9)
		for _, sort := range []*provider.Sort{nil, w.sort(w.users, "userName", true), w.sort(w.users, "title", false)} {
			query := w.query(w.users, `title eq "even"`)
			query.Sort, query.Limit = sort, 2
			query.After = w.page(w.users, query).Next
			for limit, want := range map[int]int{0: 0, 2: 2, 3: 3, 4: 3} {
				query.Limit = limit
				page := w.page(w.users, query)
				if page.Total != 5 || len(page.Documents) != want || (page.Next != nil) != (limit == 2) {
					w.Errorf("at most %d behind a position: %d documents, total %d, next %v", limit, len(page.Documents), page.Total, page.Next)
				}
			}
		}
	}},
	{"who is there through a whole walk is seen once, whoever comes and goes", func(w *world) {
		w.eachOrder(func(name string, sort *provider.Sort) {
			w.clear()
			stays := w.mixture(12)
			goes := w.mixture(12)
			seen := []string{}
			query := provider.Query{Read: bare, Sort: sort, Limit: 3}
			for {
				page := w.page(w.users, query)
				for _, id := range idsOf(page) {
					if slices.Contains(stays, id) {
						seen = append(seen, id)
					} else if slices.Contains(goes, id) && w.random.IntN(2) == 0 { // often the position itself
						w.remove(w.users, id)
					}
				}
				goes = append(goes, w.mixture(2)...)
				if len(page.Documents) > query.Limit || len(goes) > 500 {
					w.Fatalf("%s: a page of %d, %d in all", name, len(page.Documents), page.Total)
				}
				if query.After = page.Next; query.After == nil {
					break
				}
				if w.random.IntN(3) > 0 { // a walk by the time of creation meets all who come
					continue
				}
				for _, id := range goes[:len(goes)-2] {
					if d, err := w.store.Get(w.Context(), w.users, id, bare); err == nil && w.random.IntN(2) == 0 {
						w.remove(w.users, d.ID)
					}
				}
			}
			slices.Sort(seen)
			w.lists(name, seen, slices.Sorted(slices.Values(stays)))
		})
	}},
	{"a position of everything that was deleted still says where it was", func(w *world) {
		w.eachOrder(func(name string, sort *provider.Sort) {
			w.clear()
			w.mixture(8)
			all := w.ids(w.users, sort)
			query := provider.Query{Read: bare, Sort: sort, Limit: 4}
			query.After = w.page(w.users, query).Next
			for _, id := range all[:4] {
				w.remove(w.users, id)
			}
			w.lists(name, idsOf(w.page(w.users, query)), all[4:])
		})
	}},
	{"a position of another form is refused", func(w *world) {
		w.mixture(3)
		for path, keys := range map[string][]string{
			"userName": {"\x00", "\xff"}, "title": {"a\x00"}, "active": {"", "True", "1"}, "meta.created": {"", "2026-03-01", "x"},
			BadgeURN + ":number": {"", "x", "1x", "--1", "NaN", "Infinity", "'"}, BadgeURN + ":issued": {"", "yesterday", "2026-03-01T12:00:00Z"},
		} {
			for _, key := range keys {
				after := &provider.Position{Key: &key, Created: w.clock, ID: NewID(w.random)}
				_, err := w.store.List(w.Context(), w.users, provider.Query{Read: bare, Sort: w.sort(w.users, path, false), Limit: 5, After: after})
				var refused *scim.Error
				if !errors.As(err, &refused) || refused.Status != http.StatusBadRequest {
					w.Errorf("sorted by %s behind %q: %v", path, key, err)
				}
			}
		}
	}},
	{"a position anywhere in time is one", func(w *world) {
		w.mixture(3)
		for year, want := range map[int]int{1: 3, 1969: 3, 9999: 0} {
			after := &provider.Position{Created: time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC), ID: NewID(w.random)}
			if page := w.page(w.users, provider.Query{Read: bare, Limit: 5, After: after}); len(page.Documents) != want || page.Total != 3 {
				w.Errorf("behind the year %d: %d documents", year, len(page.Documents))
			}
		}
	}},
}

// eachOrder calls do with every order of walked.
func (w *world) eachOrder(do func(name string, sort *provider.Sort)) {
	w.Helper()
	for _, path := range walked {
		if path == "" {
			do("creation", nil)
			continue
		}
		do(path, w.sort(w.users, path, false))
		do(path+" descending", w.sort(w.users, path, true))
	}
}

// mixture creates n users, some of one instant, whose attributes are often equal and often absent, and returns their ids.
func (w *world) mixture(n int) []string {
	w.Helper()
	drafts := make([]provider.Draft, n)
	for i := range drafts {
		object := RandomObject(w.random, w.users)
		object["userName"] = NewID(w.random)
		at := w.clock
		if w.random.IntN(2) == 0 {
			at = w.now()
		}
		drafts[i] = Draft(w.users, NewID(w.random), at, object)
	}
	return w.createMany(w.users, drafts)
}

// clear deletes all users, past what a store has to guard itself against deletions: they were only preparation.
func (w *world) clear() {
	w.Helper()
	for _, id := range w.ids(w.users, nil) {
		if err := w.store.Delete(w.Context(), w.users, provider.Deletion{ID: id, At: w.now(), Undo: true}); err != nil {
			w.Fatalf("delete %s: %v", id, err)
		}
	}
}

// walk follows a query from page to page and returns the names of what it meets.
func (w *world) walk(kind *schema.ResourceType, query provider.Query) []string {
	w.Helper()
	names, total := []string{}, -1
	for {
		page := w.page(kind, query)
		for _, d := range page.Documents {
			names = append(names, w.name(kind, d))
		}
		if total >= 0 && page.Total != total {
			w.Errorf("the total was %d and is %d", total, page.Total)
		}
		total = page.Total
		if page.Next == nil {
			break
		}
		if len(page.Documents) != query.Limit || len(names) > total {
			w.Fatalf("a page of %d has %d documents, and more follow", query.Limit, len(page.Documents))
		}
		query.After, query.Offset = page.Next, 0
	}
	if len(names) != total {
		w.Errorf("a walk of %d met %q", total, names)
	}
	return names
}
