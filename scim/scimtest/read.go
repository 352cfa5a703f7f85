package scimtest

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/resource"
	"github.com/askspoke/spoke/scim/schema"
)

var readRules = []rule{
	{"an id that is not known is not found, whatever its form", func(w *world) {
		user := w.user(`{"userName": "a"}`)
		w.group(`{"displayName": "g"}`)
		ids := []string{
			"", " ", "0", "a", "bulkId:1", "null", "%", "'; DROP TABLE users; --", "\x00", "\xff", strings.Repeat("x", 10_000),
			NewID(w.random), "00000000-0000-0000-0000-000000000000", strings.ToUpper(user), "{" + user + "}", "urn:uuid:" + user,
			strings.ReplaceAll(user, "-", ""), user + " ", user[1:], user + "0",
		}
		for _, id := range ids {
			for _, kind := range []*schema.ResourceType{w.users, w.groups} {
				w.notFound(kind, id)
			}
		}
	}},
	{"an id of one type is not found as another", func(w *world) {
		user := w.user(`{"userName": "a"}`)
		group := w.group(`{"displayName": "g"}`, user)
		w.notFound(w.groups, user)
		w.notFound(w.users, group)
		w.hasMembers(group, user)
	}},
	{"members say who they are, in the order of their ids", func(w *world) {
		a, b, child := w.user(`{"userName": "a", "displayName": "Ann"}`), w.user(`{"userName": "b"}`), w.group(`{"displayName": "Child"}`)
		rendered := map[string]string{
			a:     `{"value":"` + a + `","$ref":"` + base + `/Users/` + a + `","display":"Ann","type":"User"}`,
			b:     `{"value":"` + b + `","$ref":"` + base + `/Users/` + b + `","type":"User"}`,
			child: `{"value":"` + child + `","$ref":"` + base + `/Groups/` + child + `","display":"Child","type":"Group"}`,
		}
		created, err := w.create(w.draft(w.groups, `{"displayName": "Parent"}`, b, child, a), w.groups)
		if err != nil {
			w.Fatal(err)
		}
		want := w.rendered(rendered)
		w.reads("create", created.Relation, want)
		w.reads("get", w.get(w.groups, created.ID).Relation, want)
		w.reads("list", w.list(w.groups, `displayName eq "parent"`, 0, 1, whole).Documents[0].Relation, want)
		done := w.change(created.ID, provider.Members{Replace: true, Add: []string{a, b, child}})
		w.reads("replace", done.Relation, want)
	}},
	{"groups of a user say which they are, in the order of their ids", func(w *world) {
		user := w.user(`{"userName": "a"}`)
		rendered := map[string]string{}
		for _, name := range []string{"One", "Two", "Three"} {
			id := w.group(`{"displayName": "`+name+`"}`, user)
			rendered[id] = `{"value":"` + id + `","$ref":"` + base + `/Groups/` + id + `","display":"` + name + `","type":"direct"}`
		}
		w.group(`{"displayName": "Other"}`)
		w.reads("get", w.get(w.users, user).Relation, w.rendered(rendered))
		w.reads("list", w.list(w.users, "", 0, 1, whole).Documents[0].Relation, w.rendered(rendered))
	}},
	{"a relation shows names as they are now", func(w *world) {
		user := w.user(`{"userName": "a", "displayName": "Before"}`)
		group := w.group(`{"displayName": "Old"}`, user)
		w.set(w.users, user, "displayName", `"After" \ 😀`)
		w.set(w.groups, group, "displayName", "New")
		for _, relation := range [][]byte{w.get(w.groups, group).Relation, w.get(w.users, user).Relation} {
			var list []struct{ Display string }
			if err := json.Unmarshal(relation, &list); err != nil {
				w.Fatal(err)
			}
			if len(list) != 1 || list[0].Display != `"After" \ 😀` && list[0].Display != "New" {
				w.Errorf("relation shows an old name: %s", relation)
			}
		}
		w.isAt(w.groups, group, 2)
		w.isAt(w.users, user, 2)
	}},
	{"a relation is left out unless it is asked for", func(w *world) {
		user := w.user(`{"userName": "a"}`)
		draft := w.draft(w.groups, `{"displayName": "g"}`, user)
		created, err := w.store.Create(w.Context(), w.groups, draft, bare)
		if err != nil {
			w.Fatal(err)
		}
		got, err := w.store.Get(w.Context(), w.groups, draft.ID, bare)
		if err != nil {
			w.Fatal(err)
		}
		members := provider.Members{Replace: true, Add: []string{user}}
		done, err := w.store.Update(w.Context(), w.groups, provider.Update{ID: draft.ID, At: w.now(), Members: members}, bare)
		if err != nil {
			w.Fatal(err)
		}
		listed := w.list(w.groups, `members eq "`+user+`"`, 0, 1, bare).Documents[0]
		for what, relation := range map[string][]byte{
			"create": created.Relation, "get": got.Relation, "update": done.Relation, "list": listed.Relation,
		} {
			if relation != nil {
				w.Errorf("%s returned the relation %s", what, relation)
			}
		}
	}},
}

// notFound checks that no method knows the id.
func (w *world) notFound(kind *schema.ResourceType, id string) {
	w.Helper()
	_, err := w.store.Get(w.Context(), kind, id, whole)
	w.refused("get "+id, err, provider.ErrNotFound)
	_, err = w.store.Update(w.Context(), kind, provider.Update{ID: id, At: w.now()}, whole)
	w.refused("update "+id, err, provider.ErrNotFound)
	draft := w.draft(kind, `{"userName": "new", "displayName": "new"}`)
	update := revise(w, kind, resource.Document{ID: id, Version: 1}, draft.At, nil, draft.Object)
	_, err = w.store.Update(w.Context(), kind, update, whole)
	w.refused("update "+id, err, provider.ErrNotFound)
	w.refused("delete "+id, w.store.Delete(w.Context(), kind, provider.Deletion{ID: id, At: w.now()}), provider.ErrNotFound)
}

// rendered joins elements by the order of their ids.
func (w *world) rendered(byID map[string]string) string {
	ids := []string{}
	for id := range byID {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	list := make([]string, len(ids))
	for i, id := range ids {
		list[i] = byID[id]
	}
	return "[" + strings.Join(list, ",") + "]"
}

// reads compares a relation with its text; blanks between the parts do not matter, the order of the members does.
func (w *world) reads(what string, relation []byte, want string) {
	w.Helper()
	var got bytes.Buffer
	if err := json.Compact(&got, relation); err != nil || got.String() != want {
		w.Errorf("%s: relation is %s\nwant %s", what, relation, want)
	}
}
