package scimtest

import (
	"fmt"
	"slices"

	"github.com/askspoke/spoke/scim/provider"
)

var listRules = []rule{
	{"an empty store lists nothing", func(w *world) {
		w.finds(w.users, "")
		w.finds(w.groups, `displayName eq "x"`)
	}},
	{"resources are listed by the time of their creation", func(w *world) {
		w.clock = w.clock.AddDate(1, 0, 0)
		w.user(`{"userName": "later"}`)
		w.clock = w.clock.AddDate(-1, 0, 0)
		first := w.user(`{"userName": "earlier"}`)
		w.user(`{"userName": "between"}`)
		w.set(w.users, first, "title", "a change moves nothing")
		w.finds(w.users, "", "earlier", "between", "later")
	}},
	{"resources of one instant are listed by their ids", func(w *world) {
		ids := w.crowd(20)
		slices.Sort(ids)
		for range 3 {
			if got := idsOf(w.list(w.users, "", 0, 100, bare)); !slices.Equal(got, ids) {
				w.Errorf("listed %q\nwant   %q", got, ids)
			}
		}
	}},
	{"pages divide a list without gaps and repetitions", func(w *world) {
		ids := w.crowd(23)
		slices.Sort(ids)
		for _, size := range []int{1, 5, 22, 23, 24} {
			var got []string
			for len(got) < len(ids) {
				page := w.list(w.users, `userName sw "user"`, len(got), size, bare)
				if page.Total != len(ids) || len(page.Documents) != min(size, len(ids)-len(got)) {
					w.Fatalf("a page of %d from %d has %d documents and the total %d", size, len(got), len(page.Documents), page.Total)
				}
				got = append(got, idsOf(page)...)
			}
			if !slices.Equal(got, ids) {
				w.Errorf("pages of %d are %q\nwant %q", size, got, ids)
			}
		}
	}},
	{"a limit of zero and an offset past the end give the total alone", func(w *world) {
		w.crowd(7)
		for _, page := range []provider.Page{
			w.list(w.users, "", 0, 0, whole), w.list(w.users, "", 3, 0, bare), w.list(w.users, "", 7, 5, whole), w.list(w.users, "", 1_000_000, 5, bare),
		} {
			if page.Total != 7 || len(page.Documents) != 0 {
				w.Errorf("got %d documents and the total %d, want 0 and 7", len(page.Documents), page.Total)
			}
		}
	}},
	{"the total counts what matches, on every page", func(w *world) {
		w.crowd(9)
		for offset, want := range map[int]int{0: 2, 2: 2, 4: 1, 5: 0} {
			page := w.list(w.users, `title eq "even"`, offset, 2, bare)
			if page.Total != 5 || len(page.Documents) != want {
				w.Errorf("from %d: %d documents and the total %d, want %d and 5", offset, len(page.Documents), page.Total, want)
			}
		}
	}},
	{"users and groups are listed apart", func(w *world) {
		user := w.user(`{"userName": "a", "displayName": "Same"}`)
		w.group(`{"displayName": "Same"}`, user)
		w.finds(w.users, `displayName eq "same"`, "a")
		w.finds(w.groups, `displayName eq "same"`, "Same")
	}},
	{"a list holds what reading one by one gives", func(w *world) {
		a, b := w.user(`{"userName": "a"}`), w.user(`{"userName": "b"}`)
		w.group(`{"displayName": "g"}`, a)
		w.set(w.users, b, "title", "x")
		for _, d := range w.list(w.users, "", 0, 10, whole).Documents {
			w.same(d.ID, d, w.get(w.users, d.ID))
		}
	}},
}

// crowd creates users of one instant, every other one with the title "even", and returns their ids.
func (w *world) crowd(n int) []string {
	w.Helper()
	at, ids := w.now(), make([]string, n)
	for i := range ids {
		draft := w.draft(w.users, fmt.Sprintf(`{"userName": "user%d", "title": %q}`, i, [...]string{"even", "odd"}[i%2]))
		draft.At = at
		if _, err := w.create(draft, w.users); err != nil {
			w.Fatal(err)
		}
		ids[i] = draft.ID
	}
	return ids
}

func idsOf(page provider.Page) []string {
	ids := []string{}
	for _, d := range page.Documents {
		ids = append(ids, d.ID)
	}
	return ids
}
