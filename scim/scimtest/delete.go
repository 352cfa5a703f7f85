package scimtest

import (
	"slices"

	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/schema"
)

var deleteRules = []rule{
	{"a deleted resource is gone", func(w *world) {
		for kind, name := range map[*schema.ResourceType]string{w.users: "userName", w.groups: "displayName"} {
			id, kept := w.mustCreate(kind, `{"`+name+`": "gone"}`), w.mustCreate(kind, `{"`+name+`": "kept"}`)
			w.remove(kind, id)
			w.notFound(kind, id)
			w.finds(kind, "", "kept")
			w.finds(kind, name+` eq "gone"`)
			w.finds(kind, `id eq "`+id+`"`)
			w.isAt(kind, kept, 1)
		}
	}},
	{"a name is free again after a delete", func(w *world) {
		for kind, name := range map[*schema.ResourceType]string{w.users: "userName", w.groups: "displayName"} {
			id := w.mustCreate(kind, `{"`+name+`": "Again"}`)
			w.remove(kind, id)
			if again := w.mustCreate(kind, `{"`+name+`": "again"}`); again == id {
				w.Error("an id was given twice")
			}
			w.finds(kind, "", "again")
		}
	}},
	{"a deleted member leaves its groups, whose versions count up", func(w *world) {
		gone, stays, child := w.user(`{"userName": "gone"}`), w.user(`{"userName": "stays"}`), w.group(`{"displayName": "child"}`)
		both, one, none := w.group(`{"displayName": "both"}`, gone, stays, child), w.group(`{"displayName": "one"}`, gone), w.group(`{"displayName": "none"}`, stays)
		untouched := w.get(w.groups, none)
		w.remove(w.users, gone)
		w.hasMembers(both, stays, child)
		w.hasMembers(one)
		for _, id := range []string{both, one} {
			if d := w.get(w.groups, id); d.Version != 2 || !d.Modified.Equal(w.clock) {
				w.Errorf("group is at version %d of %v, want 2 of %v", d.Version, d.Modified, w.clock)
			}
		}
		w.same("the other group", w.get(w.groups, none), untouched)
		w.remove(w.groups, child)
		w.hasMembers(both, stays)
		w.isAt(w.groups, both, 3)
		w.finds(w.groups, `members eq "`+gone+`"`)
		w.finds(w.groups, `members.type eq "Group"`)
	}},
	{"a deleted group leaves its members, which stay as they were", func(w *world) {
		user := w.user(`{"userName": "a"}`)
		before := w.get(w.users, user)
		child := w.group(`{"displayName": "child"}`)
		gone, stays := w.group(`{"displayName": "gone"}`, user, child), w.group(`{"displayName": "stays"}`, user)
		w.remove(w.groups, gone)
		if got := w.elements(w.get(w.users, user).Relation); !slices.Equal(got, []string{stays}) {
			w.Errorf("the user is in groups %q, want %q", got, stays)
		}
		w.remove(w.groups, stays)
		w.same("the user", w.get(w.users, user), before)
		w.isAt(w.groups, child, 1)
		w.finds(w.users, `groups pr`)
	}},
	{"a delete with a late clock takes no group back in time", func(w *world) {
		user := w.user(`{"userName": "a"}`)
		group := w.group(`{"displayName": "g"}`, user)
		before := w.get(w.groups, group)
		if err := w.store.Delete(w.Context(), w.users, provider.Deletion{ID: user, At: before.Modified.AddDate(-1, 0, 0)}); err != nil {
			w.Fatal(err)
		}
		if d := w.get(w.groups, group); d.Version != 2 || !d.Modified.Equal(before.Modified) {
			w.Errorf("group is at version %d of %v, want 2 of %v", d.Version, d.Modified, before.Modified)
		}
	}},
	{"a delete of another version deletes nothing", func(w *world) {
		user := w.user(`{"userName": "a"}`)
		group := w.group(`{"displayName": "g"}`, user)
		before := w.get(w.groups, group)
		stale := provider.Deletion{ID: user, Version: 7, At: w.now()}
		w.refused("delete version 7", w.store.Delete(w.Context(), w.users, stale), provider.ErrVersion)
		w.hasMembers(group, user)
		w.same("the group", w.get(w.groups, group), before)
		if err := w.store.Delete(w.Context(), w.users, provider.Deletion{ID: user, Version: 1, At: w.now()}); err != nil {
			w.Fatal(err)
		}
		w.hasMembers(group)
		w.refused("delete again", w.store.Delete(w.Context(), w.users, stale), provider.ErrNotFound)
	}},
	{"a group in the middle of others can be deleted", func(w *world) {
		inner := w.group(`{"displayName": "inner"}`)
		middle := w.group(`{"displayName": "middle"}`, inner)
		outer := w.group(`{"displayName": "outer"}`, middle)
		w.remove(w.groups, middle)
		w.hasMembers(outer)
		w.isAt(w.groups, inner, 1)
		w.isAt(w.groups, outer, 2)
		w.remove(w.groups, outer)
		w.remove(w.groups, inner)
		w.finds(w.groups, "")
	}},
}
