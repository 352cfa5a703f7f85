package scimtest

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/askspoke/spoke/scim/provider"
)

var memberRules = []rule{
	{"members are added once", func(w *world) {
		a, b := w.user(`{"userName": "a"}`), w.user(`{"userName": "b"}`)
		group := w.group(`{"displayName": "g"}`, a, a)
		w.hasMembers(group, a)
		w.changes(group, provider.Members{Add: []string{b, a, b}}, true)
		w.changes(group, provider.Members{Add: []string{b, a}}, false)
		w.hasMembers(group, a, b)
	}},
	{"members are removed once", func(w *world) {
		a, b := w.user(`{"userName": "a"}`), w.user(`{"userName": "b"}`)
		group := w.group(`{"displayName": "g"}`, a, b)
		w.changes(group, provider.Members{Remove: []string{a, "nobody", "", NewID(w.random), a}}, true)
		w.changes(group, provider.Members{Remove: []string{a, "nobody"}}, false)
		w.hasMembers(group, b)
		w.changes(group, provider.Members{Remove: []string{b}}, true)
		w.hasMembers(group)
	}},
	{"replacing makes the list the given one", func(w *world) {
		a, b, c := w.user(`{"userName": "a"}`), w.user(`{"userName": "b"}`), w.user(`{"userName": "c"}`)
		group := w.group(`{"displayName": "g"}`, a, b)
		for _, step := range []struct {
			add     []string
			changed bool
		}{
			{[]string{b, a, b}, false}, {[]string{b, c}, true}, {[]string{c, b}, false}, {[]string{b}, true}, {nil, true}, {[]string{}, false}, {[]string{a, c}, true},
		} {
			done := w.changes(group, provider.Members{Replace: true, Add: step.add}, step.changed)
			want := slices.Compact(slices.Sorted(slices.Values(step.add)))
			if got := w.elements(done.Relation); !slices.Equal(got, want) {
				w.Errorf("replacing returned %q, want %q", got, want)
			}
			w.hasMembers(group, want...)
		}
	}},
	{"adding and removing at once count one version", func(w *world) {
		a, b, c := w.user(`{"userName": "a"}`), w.user(`{"userName": "b"}`), w.user(`{"userName": "c"}`)
		group := w.group(`{"displayName": "g"}`, a, b)
		w.changes(group, provider.Members{Add: []string{c}, Remove: []string{a, b}}, true)
		w.hasMembers(group, c)
		w.isAt(w.groups, group, 2)
	}},
	{"unknown members are named, each once, and nothing changes", func(w *world) {
		a, b, gone := w.user(`{"userName": "a"}`), w.user(`{"userName": "b"}`), w.user(`{"userName": "gone"}`)
		w.remove(w.users, gone)
		group := w.group(`{"displayName": "g"}`, a)
		before := w.get(w.groups, group)
		unknown := []string{gone, "nobody", "", NewID(w.random), "00000000-0000-0000-0000-000000000000", "\x00"}
		add := append([]string{b, "nobody", a}, unknown...)
		_, err := w.create(w.draft(w.groups, `{"displayName": "h"}`, add...), w.groups)
		w.unknown("create", err, unknown...)
		for _, members := range []provider.Members{{Add: add}, {Add: add, Remove: []string{a}}, {Add: add, Replace: true}} {
			members.Remove = slices.Clone(members.Remove)
			_, err := w.store.Update(w.Context(), w.groups, provider.Update{ID: group, At: w.now(), Members: members}, whole)
			w.unknown(fmt.Sprintf("%+v", members), err, unknown...)
			w.same("get", w.get(w.groups, group), before)
		}
		w.finds(w.groups, "", "g")
	}},
	{"a group may be a member of another, but not of itself", func(w *world) {
		user := w.user(`{"userName": "a"}`)
		inner := w.group(`{"displayName": "inner"}`, user)
		outer := w.group(`{"displayName": "outer"}`)
		w.changes(outer, provider.Members{Add: []string{inner, user}}, true)
		w.changes(outer, provider.Members{Add: []string{inner}}, false)
		w.hasMembers(outer, inner, user)
		for _, members := range []provider.Members{{Add: []string{user, inner}}, {Replace: true, Add: []string{inner}}} {
			_, err := w.store.Update(w.Context(), w.groups, provider.Update{ID: inner, At: w.now(), Members: members}, whole)
			w.unknown("update", err, inner)
		}
		draft := w.draft(w.groups, `{"displayName": "self"}`)
		draft.Members = []string{draft.ID}
		_, err := w.create(draft, w.groups)
		w.unknown("create", err, draft.ID)
		w.isAt(w.groups, inner, 1)
		w.isAt(w.groups, outer, 2)
	}},
	{"groups are in no circle", func(w *world) {
		user := w.user(`{"userName": "a"}`)
		low := w.group(`{"displayName": "low"}`, user)
		middle := w.group(`{"displayName": "middle"}`, low)
		top, aside := w.group(`{"displayName": "top"}`, middle), w.group(`{"displayName": "aside"}`, low)
		before := w.get(w.groups, low)
		for _, tc := range []struct {
			members provider.Members
			circle  []string
		}{
			{provider.Members{Add: []string{middle}}, []string{middle}},
			{provider.Members{Add: []string{top, user}}, []string{top}},
			{provider.Members{Add: []string{top, aside, middle, top}, Remove: []string{user}}, []string{aside, middle, top}},
			{provider.Members{Replace: true, Add: []string{aside}}, []string{aside}},
		} {
			_, err := w.store.Update(w.Context(), w.groups, provider.Update{ID: low, At: w.now(), Members: tc.members}, whole)
			w.circle(fmt.Sprintf("%+v", tc.members), err, tc.circle...)
			w.same("get", w.get(w.groups, low), before)
		}
		update := w.revision(w.groups, low, func(object map[string]any) { object["displayName"] = "renamed" })
		update.Members.Add = []string{top}
		_, err := w.store.Update(w.Context(), w.groups, update, whole)
		w.circle("a renaming update", err, top)
		w.same("get", w.get(w.groups, low), before)
		_, err = w.store.Update(w.Context(), w.groups, provider.Update{ID: low, At: w.now(), Members: provider.Members{Add: []string{top, "nobody"}}}, whole)
		w.unknown("both", err, "nobody")

		w.changes(middle, provider.Members{Remove: []string{low}}, true)
		w.changes(low, provider.Members{Add: []string{top}}, true) // top and middle do not contain it any more
		w.hasMembers(low, user, top)
	}},
	{"a user is in the groups around its groups", func(w *world) {
		user, other := w.user(`{"userName": "a"}`), w.user(`{"userName": "b"}`)
		w.isIn(user, nil)
		low := w.group(`{"displayName": "low"}`, user)
		w.isIn(user, map[string]string{low: "direct"})
		middle, aside := w.group(`{"displayName": "middle"}`, low), w.group(`{"displayName": "aside"}`, low, other)
		top := w.group(`{"displayName": "Top"}`, middle, aside)
		w.isIn(user, map[string]string{low: "direct", middle: "indirect", aside: "indirect", top: "indirect"})
		w.isIn(other, map[string]string{aside: "direct", top: "indirect"})
		w.finds(w.users, `groups eq "`+top+`"`, "a", "b")
		w.finds(w.users, `groups.display eq "TOP"`, "a", "b")
		w.finds(w.users, `groups.display sw "mid"`, "a")
		w.finds(w.users, `groups.type eq "indirect"`, "a", "b")
		w.finds(w.users, `groups[type eq "direct" and value eq "`+aside+`"]`, "b")
		w.finds(w.users, `not (groups[type eq "indirect" and value eq "`+middle+`"])`, "b")
		w.finds(w.groups, `members eq "`+user+`"`, "low") // the members of a group are direct

		w.changes(top, provider.Members{Add: []string{user}}, true)
		w.isIn(user, map[string]string{low: "direct", middle: "indirect", aside: "indirect", top: "direct"})
		w.finds(w.users, `groups[type eq "direct" and value eq "`+top+`"]`, "a")
		w.finds(w.users, `groups[type eq "indirect" and value eq "`+top+`"]`, "b")

		w.remove(w.groups, aside)
		w.isIn(other, nil)
		w.changes(middle, provider.Members{Remove: []string{low}}, true)
		w.isIn(user, map[string]string{low: "direct", top: "direct"})
		w.isAt(w.users, user, 1)
	}},
	{"a membership changes the group and not its member", func(w *world) {
		user := w.user(`{"userName": "a"}`)
		before := w.get(w.users, user)
		inner, outer := w.group(`{"displayName": "inner"}`), w.group(`{"displayName": "outer"}`)
		w.changes(inner, provider.Members{Add: []string{user}}, true)
		w.changes(outer, provider.Members{Add: []string{user, inner}}, true)
		after := w.get(w.users, user)
		if got := w.elements(after.Relation); len(got) != 2 {
			w.Errorf("the user is in groups %q, want two", got)
		}
		before.Relation = after.Relation
		w.same("get", after, before)
		w.isAt(w.groups, inner, 2)
		w.changes(outer, provider.Members{Replace: true}, true)
		w.isAt(w.groups, inner, 2)
		w.isAt(w.users, user, 1)
	}},
	{"a group of a thousand members changes in one step", func(w *world) {
		ids := w.crowd(1000)
		group := w.group(`{"displayName": "g"}`)
		w.changes(group, provider.Members{Add: ids}, true)
		w.changes(group, provider.Members{Add: ids[:500]}, false)
		w.changes(group, provider.Members{Remove: ids[1:]}, true)
		w.hasMembers(group, ids[0])
		done := w.changes(group, provider.Members{Replace: true, Add: ids[1:]}, true)
		if got := len(w.elements(done.Relation)); got != 999 {
			w.Errorf("replacing returned %d members, want 999", got)
		}
		w.isAt(w.groups, group, 4)
	}},
}

// changes makes a change of members and checks what it did to the version and to the time of the last change.
func (w *world) changes(group string, members provider.Members, changed bool) provider.Updated {
	w.Helper()
	before := w.get(w.groups, group)
	done := w.change(group, members)
	after := w.get(w.groups, group)
	if done.Changed != changed || done.Version != after.Version || !done.Modified.Equal(after.Modified) {
		w.Errorf("%+v: update returned %+v, the group is at version %d of %v", members, done, after.Version, after.Modified)
	}
	if moved := after.Version == before.Version+1 && after.Modified.Equal(w.clock); moved != changed {
		w.Errorf("%+v: the version went from %d to %d, modified from %v to %v", members, before.Version, after.Version, before.Modified, after.Modified)
	}
	if !changed {
		w.same("the group", after, before)
	}
	return done
}

// isIn checks the groups of a user: their ids and types.
func (w *world) isIn(user string, want map[string]string) {
	w.Helper()
	read := w.get(w.users, user).Relation
	listed := w.list(w.users, `id eq "`+user+`"`, 0, 1, whole).Documents[0].Relation
	if !sameJSON(read, listed) {
		w.Errorf("the groups are %s when the user is read, and %s in a list", read, listed)
	}
	if ids := w.elements(read); !slices.IsSorted(ids) || len(ids) != len(want) {
		w.Errorf("groups %q, want %d in the order of their ids", ids, len(want))
	}
	var list []struct{ Value, Type string }
	if read != nil {
		if err := json.Unmarshal(read, &list); err != nil {
			w.Fatal(err)
		}
	}
	for _, item := range list {
		if want[item.Value] != item.Type {
			w.Errorf("group %s is %s, want %q", item.Value, item.Type, want[item.Value])
		}
	}
}
