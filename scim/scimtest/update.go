package scimtest

import (
	"bytes"
	"time"

	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/schema"
)

var updateRules = []rule{
	{"a change counts the version up by one and says when", func(w *world) {
		id := w.user(`{"userName": "a", "title": "old"}`)
		before := w.get(w.users, id)
		update := w.revision(w.users, id, func(object map[string]any) { object["title"] = "new" })
		done := w.update(w.users, update)
		if !done.Changed || done.Version != 2 || !done.Modified.Equal(update.At) {
			w.Errorf("update returned %+v", done)
		}
		want := before
		want.Version, want.Modified, want.Body = 2, update.At, update.Body
		w.same("get", w.get(w.users, id), want)
		w.finds(w.users, `title eq "new" and meta.lastModified gt "`+before.Modified.Format(time.RFC3339)+`"`, "a")
		w.finds(w.users, `title eq "old"`)
	}},
	{"an update that changes nothing changes nothing", func(w *world) {
		user := w.user(`{"userName": "a", "title": "same"}`)
		group := w.group(`{"displayName": "g"}`, user)
		for kind, id := range map[*schema.ResourceType]string{w.users: user, w.groups: group} {
			before := w.get(kind, id)
			done := w.update(kind, w.revision(kind, id, func(map[string]any) {}))
			if done.Changed || done.Version != 1 || !done.Modified.Equal(before.Modified) {
				w.Errorf("update returned %+v", done)
			}
			if done = w.update(kind, provider.Update{ID: id, At: w.now()}); done.Changed || done.Version != 1 {
				w.Errorf("empty update returned %+v", done)
			}
			w.same("get", w.get(kind, id), before)
		}
	}},
	{"a change made from another version is ErrVersion", func(w *world) {
		user := w.user(`{"userName": "a", "title": "0"}`)
		stale := w.revision(w.users, user, func(object map[string]any) { object["title"] = "stale" })
		w.set(w.users, user, "title", "1")
		before := w.get(w.users, user)
		for _, version := range []int64{stale.Version, 3, -1, 1 << 62} {
			stale.Version = version
			_, err := w.store.Update(w.Context(), w.users, stale, whole)
			w.refused("update", err, provider.ErrVersion)
		}
		w.same("get", w.get(w.users, user), before)

		group := w.group(`{"displayName": "g"}`)
		w.change(group, provider.Members{Add: []string{user}})
		update := provider.Update{ID: group, Version: 1, At: w.now(), Members: provider.Members{Remove: []string{user}}}
		_, err := w.store.Update(w.Context(), w.groups, update, whole)
		w.refused("change of members", err, provider.ErrVersion)
		w.hasMembers(group, user)
		update.Version = 2
		w.update(w.groups, update)
		w.hasMembers(group)
	}},
	{"a name is taken on update too", func(w *world) {
		w.user(`{"userName": "Taken"}`)
		w.group(`{"displayName": "Taken"}`)
		user, group := w.user(`{"userName": "a"}`), w.group(`{"displayName": "a"}`)
		for kind, name := range map[*schema.ResourceType]string{w.users: "userName", w.groups: "displayName"} {
			id := map[string]string{"userName": user, "displayName": group}[name]
			before := w.get(kind, id)
			update := w.revision(kind, id, func(object map[string]any) { object[name], object["externalId"] = "TAKEN", "x" })
			_, err := w.store.Update(w.Context(), kind, update, whole)
			w.taken("update", err, name)
			w.same("get", w.get(kind, id), before)
		}
	}},
	{"a resource may spell its own name anew and leave it to others", func(w *world) {
		for kind, name := range map[*schema.ResourceType]string{w.users: "userName", w.groups: "displayName"} {
			id := w.mustCreate(kind, `{"`+name+`": "name"}`)
			w.set(kind, id, name, "NAME")
			w.finds(kind, name+` eq "name"`, "NAME")
			w.set(kind, id, name, "other")
			w.mustCreate(kind, `{"`+name+`": "Name"}`)
			w.finds(kind, "", "other", "Name")
		}
	}},
	{"the time of the last change never goes back", func(w *world) {
		user := w.user(`{"userName": "a"}`)
		group := w.group(`{"displayName": "g"}`, user)
		before := w.get(w.groups, group)
		w.clock = w.clock.AddDate(-1, 0, 0)
		for range 2 {
			done := w.set(w.users, user, "title", w.now().String())
			if created := w.get(w.users, user).Created; done.Modified.Before(created) {
				w.Errorf("modified %v, before its creation at %v", done.Modified, created)
			}
		}
		done := w.change(group, provider.Members{Remove: []string{user}})
		if !done.Modified.Equal(before.Modified) || done.Version != 2 {
			w.Errorf("a late clock led to %+v", done)
		}
		w.isAt(w.users, user, 3)
	}},
	{"filters follow a change", func(w *world) {
		id := w.user(people[0])
		w.update(w.users, w.revision(w.users, id, func(object map[string]any) {
			for name := range object {
				if name != "id" && name != "userName" {
					delete(object, name)
				}
			}
			object["externalId"], object["displayName"] = "new", "New"
		}))
		for _, text := range []string{
			`emails pr`, `emails.type eq "work"`, `externalId eq "A"`, `title co "officer"`, `manager pr`, `schemas co "enterprise"`, BadgeURN + `:levels eq 1`, `active pr`,
		} {
			w.finds(w.users, text)
		}
		w.finds(w.users, `externalId eq "new" and displayName eq "new" and meta.version eq "W/\"2\""`, "ann")
	}},
	{"a document and members change together or not at all", func(w *world) {
		user := w.user(`{"userName": "a"}`)
		group := w.group(`{"displayName": "g"}`)
		before := w.get(w.groups, group)
		update := w.revision(w.groups, group, func(object map[string]any) { object["displayName"] = "h" })
		update.Members.Add = []string{user, "nobody"}
		_, err := w.store.Update(w.Context(), w.groups, update, whole)
		w.unknown("update", err, "nobody")
		w.same("get", w.get(w.groups, group), before)

		w.group(`{"displayName": "taken"}`)
		update = w.revision(w.groups, group, func(object map[string]any) { object["displayName"] = "Taken" })
		update.Members.Add = []string{user}
		_, err = w.store.Update(w.Context(), w.groups, update, whole)
		w.taken("update", err, "displayName")
		w.same("get", w.get(w.groups, group), before)

		update = w.revision(w.groups, group, func(object map[string]any) { object["displayName"] = "h" })
		update.Members.Add = []string{user}
		if done := w.update(w.groups, update); !done.Changed || done.Version != 2 {
			w.Errorf("update returned %+v", done)
		}
		w.hasMembers(group, user)
		w.finds(w.groups, `displayName eq "h" and members eq "`+user+`"`, "h")
	}},
	{"what callers do with an update afterwards changes nothing", func(w *world) {
		id := w.user(`{"userName": "a"}`)
		update := w.revision(w.users, id, func(object map[string]any) { object["title"] = "new" })
		want := bytes.Clone(update.Body)
		w.update(w.users, update)
		clear(update.Body)
		clear(update.Object)
		if got := w.get(w.users, id).Body; !bytes.Equal(got, want) {
			w.Errorf("body is now %q, want %q", got, want)
		}
		w.finds(w.users, `title eq "new"`, "a")
	}},
}
