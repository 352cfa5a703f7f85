package scimtest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/schema"
)

var sortRules = []rule{
	{"a list is sorted by any attribute, in both directions", func(w *world) {
		for _, text := range team {
			w.user(text)
		}
		urns := strings.NewReplacer("$E", schema.EnterpriseUserURN, "$B", BadgeURN)
		for path, want := range teamOrders {
			for descending, want := range want {
				got := strings.Join(w.sorted(w.users, urns.Replace(path), descending == 1), "")
				if got != want {
					w.Errorf("sorted by %s, descending %v: got %s, want %s", path, descending == 1, got, want)
				}
			}
		}
	}},
	{"a list is sorted by id, times, version and location", func(w *world) {
		ids := w.crowd(5)
		w.set(w.users, ids[3], "title", "once")
		w.set(w.users, ids[1], "title", "once")
		w.set(w.users, ids[1], "title", "twice")
		w.user(`{"userName": "late"}`)
		byID := slices.Sorted(slices.Values(w.ids(w.users, nil)))
		reversed := slices.Clone(byID)
		slices.Reverse(reversed)
		for _, path := range []string{"id", "meta.location"} {
			w.lists(path, w.ids(w.users, w.sort(w.users, path, false)), byID)
			w.lists(path+" descending", w.ids(w.users, w.sort(w.users, path, true)), reversed)
		}
		late := byID[slices.IndexFunc(byID, func(id string) bool { return !slices.Contains(ids, id) })]
		rest := slices.DeleteFunc(slices.Sorted(slices.Values(ids)), func(id string) bool { return id == ids[1] || id == ids[3] })
		equal := slices.Sorted(slices.Values(ids)) // of one instant
		for path, want := range map[string][2][]string{
			"meta.created":      {append(slices.Clone(equal), late), append([]string{late}, equal...)},
			"meta.lastModified": {append(slices.Clone(rest), ids[3], ids[1], late), append([]string{late, ids[1], ids[3]}, rest...)},
			"meta.version":      {slices.Concat(rest, []string{late, ids[3], ids[1]}), slices.Concat([]string{ids[1], ids[3]}, rest, []string{late})},
		} {
			w.lists(path, w.ids(w.users, w.sort(w.users, path, false)), want[0])
			w.lists(path+" descending", w.ids(w.users, w.sort(w.users, path, true)), want[1])
		}
	}},
	{"what orders nothing leaves the order of creation", func(w *world) {
		a, b := w.user(`{"userName": "b"}`), w.user(`{"userName": "a"}`)
		w.group(`{"displayName": "y"}`, b)
		w.group(`{"displayName": "x"}`, a, b)
		for _, path := range []string{"groups", "groups.display", "meta", "meta.resourceType", "name", schema.EnterpriseUserURN} {
			for _, descending := range []bool{false, true} {
				w.lists(path, w.sorted(w.users, path, descending), []string{"b", "a"})
			}
		}
		w.lists("members", w.sorted(w.groups, "members.value", true), []string{"y", "x"})
		w.lists("displayName", w.sorted(w.groups, "displayName", false), []string{"x", "y"})
	}},
	{"of a long text the first characters decide", func(w *world) {
		long := strings.Repeat("é", schema.MaxIdentifier)
		for i, title := range []string{long + "b", long + "a", long[2:] + "z", long[2:]} {
			w.user(fmt.Sprintf(`{"userName": "%d", "title": %q}`, i, title))
		}
		w.lists("ascending", w.sorted(w.users, "title", false), []string{"3", "2", "0", "1"})
		w.lists("descending", w.sorted(w.users, "title", true), []string{"0", "1", "2", "3"})
	}},
	{"text is sorted by its bytes, in comparison form", func(w *world) {
		texts := []string{"a", "B", "b", "Z", "z", "ä", "é", "ß", "_", "-", "a-b", "ab", "a b", "10", "9", "😀", "\uffee", "ﬀ", "~", "Ab", ""}
		for i, text := range texts {
			w.user(fmt.Sprintf(`{"userName": "%02d", "title": %[2]s, "displayName": %[2]s, "externalId": %[2]s, %[3]q: {"codes": [%[2]s]}}`, i, quote(text), BadgeURN))
		}
		for path, form := range map[string]func(string) string{
			"title": schema.Fold, "displayName": schema.Fold,
			"externalId": func(s string) string { return s }, BadgeURN + ":codes": func(s string) string { return s },
		} {
			places := make([]int, len(texts))
			for i := range places {
				places[i] = i
			}
			slices.SortStableFunc(places, func(i, j int) int { return strings.Compare(form(texts[i]), form(texts[j])) })
			want := []string{}
			for _, i := range places {
				want = append(want, fmt.Sprintf("%02d", i))
			}
			w.lists(path, w.sorted(w.users, path, false), want)
		}
	}},
	{"a filtered list is sorted too", func(w *world) {
		for _, text := range team {
			w.user(text)
		}
		for filter, want := range map[string]string{
			`title pr`: "dab", `userName eq "a"`: "a", `externalId eq "A"`: "b", `displayName eq "same"`: "dac", `active pr`: "dabe",
			`emails.type eq "work"`: "ac", `displayName eq "none"`: "",
		} {
			query := w.query(w.users, filter)
			query.Sort, query.Limit = w.sort(w.users, "title", false), 2
			if got := strings.Join(w.walk(w.users, query), ""); got != want {
				w.Errorf("%s finds %q, want %q", filter, got, want)
			}
		}
	}},
}

// team are the users a to e, in the order of their creation.
var team = []string{
	`{"userName": "a", "displayName": "Same", "externalId": "b", "title": "Beta", "active": true, "name": {"familyName": "X", "givenName": "q"},
		"emails": [{"value": "z", "type": "work"}, {"value": "M", "type": "home", "primary": true}],
		"` + schema.EnterpriseUserURN + `": {"manager": {"value": "b"}},
		"` + BadgeURN + `": {"number": 10, "weight": 1e2, "issued": "2026-03-01T01:00:00+02:00", "visitor": true, "levels": [2, 1], "colors": ["Red", "a"],
			"doors": [{"value": "North", "floor": 10}, {"value": "South", "floor": 2}]}}`,
	`{"userName": "b", "externalId": "A", "title": "gamma", "active": false, "name": {"familyName": "x"},
		"emails": [{"value": "n", "primary": false}, {"value": "a"}],
		"` + schema.EnterpriseUserURN + `": {"manager": {"value": "B"}},
		"` + BadgeURN + `": {"number": 9, "weight": 0.5, "issued": "2026-02-28T23:00:00.5Z", "visitor": false, "levels": [10], "colors": ["green"],
			"doors": [{"floor": 9}, {"value": "North", "floor": 2}]}}`,
	`{"userName": "c", "displayName": "same", "emails": [{"type": "work"}, {"value": "b"}]}`,
	`{"userName": "d", "displayName": "SAME", "title": "ALPHA", "active": true, "name": {"givenName": "p"},
		"emails": [{"value": "c"}, {"type": "home", "primary": true}],
		"` + BadgeURN + `": {"number": -7, "weight": 0.50, "issued": "1600-01-01T00:00:00", "levels": [2]}}`,
	`{"userName": "e", "externalId": "B", "active": false, "name": {"familyName": "w"},
		"` + BadgeURN + `": {"number": 9007199254740993, "weight": -1e-3}}`,
}

// teamOrders are the orders of team by each attribute, ascending and descending. Who has no value comes last, then first;
// who is equal comes by creation in both.
var teamOrders = map[string][2]string{
	"userName":         {"abcde", "edcba"},
	"displayName":      {"acdbe", "beacd"},
	"externalId":       {"beacd", "cdaeb"},
	"title":            {"dabce", "cebad"},
	"active":           {"beadc", "cadbe"},
	"name.familyName":  {"eabcd", "cdabe"},
	"name.givenName":   {"dabce", "bcead"},
	"emails":           {"abcde", "cdeba"},
	"emails.value":     {"abcde", "cdeba"},
	"emails.type":      {"adcbe", "becad"},
	"schemas":          {"abcde", "abcde"},
	"$E:manager":       {"bacde", "cdeab"},
	"$E:manager.value": {"bacde", "cdeab"},
	"$B:number":        {"dbaec", "ceabd"},
	"$B:weight":        {"ebdac", "cabde"},
	"$B:issued":        {"dabce", "cebad"},
	"$B:visitor":       {"bacde", "cdeab"},
	"$B:levels":        {"adbce", "cebad"},
	"$B:colors":        {"bacde", "cdeab"},
	"$B:doors":         {"abcde", "bcdea"},
	"$B:doors.floor":   {"bacde", "cdeab"},
	"$B:doors.open":    {"abcde", "abcde"},
	"phoneNumbers":     {"abcde", "abcde"},
}

// sort makes an order of a path.
func (w *world) sort(kind *schema.ResourceType, path string, descending bool) *provider.Sort {
	w.Helper()
	ref, ok := kind.Resolve(path, scim.Strict())
	if !ok {
		w.Fatalf("%s has no attribute %s", kind.Name, path)
	}
	return &provider.Sort{Ref: ref, Descending: descending}
}

// sorted returns the names of everything in an order.
func (w *world) sorted(kind *schema.ResourceType, path string, descending bool) []string {
	w.Helper()
	return w.walk(kind, provider.Query{Read: bare, Sort: w.sort(kind, path, descending), Limit: 1000})
}

// ids returns the ids of everything in an order.
func (w *world) ids(kind *schema.ResourceType, sort *provider.Sort) []string {
	w.Helper()
	return idsOf(w.page(kind, provider.Query{Read: bare, Sort: sort, Limit: 1000}))
}

// lists compares two lists.
func (w *world) lists(what string, got, want []string) {
	w.Helper()
	if !slices.Equal(got, want) {
		w.Errorf("%s: got %q\nwant %q", what, got, want)
	}
}
