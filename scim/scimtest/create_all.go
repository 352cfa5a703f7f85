package scimtest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/resource"
	"github.com/askspoke/spoke/scim/schema"
)

var createAllRules = []rule{
	{"of many drafts each is kept or refused by itself", func(w *world) {
		w.user(`{"userName": "Taken"}`)
		drafts := w.drafts(w.users, `{"userName": "a"}`, `{"userName": "TAKEN"}`, `{"userName": "b"}`, `{"userName": "taken"}`)
		created := w.createAll(w.users, drafts)
		w.kept(created[0], drafts[0])
		w.taken("second", created[1].Err, "userName")
		w.kept(created[2], drafts[2])
		w.taken("fourth", created[3].Err, "userName")
		w.finds(w.users, "", "Taken", "a", "b")
		w.finds(w.users, `userName eq "B"`, "b")
	}},
	{"of drafts with one name the first is kept", func(w *world) {
		drafts := w.drafts(w.users, `{"userName": "z"}`, `{"userName": "Ａda"}`, `{"userName": "ada"}`, `{"userName": "ADA"}`, `{"userName": "Z"}`)
		created := w.createAll(w.users, drafts)
		w.kept(created[0], drafts[0])
		w.kept(created[1], drafts[1])
		for _, c := range created[2:] {
			w.taken("later", c.Err, "userName")
		}
		w.finds(w.users, "", "z", "Ａda")
		groups := w.drafts(w.groups, `{"displayName": "One"}`, `{"displayName": "one"}`, `{"displayName": "Two"}`)
		created = w.createAll(w.groups, groups)
		w.kept(created[0], groups[0])
		w.taken("second", created[1].Err, "displayName")
		w.kept(created[2], groups[2])
		w.finds(w.groups, "", "One", "Two")
	}},
	{"a draft may have those before it as members, and not those behind it", func(w *world) {
		user := w.user(`{"userName": "a"}`)
		drafts := w.drafts(w.groups, `{"displayName": "A"}`, `{"displayName": "B"}`, `{"displayName": "C"}`, `{"displayName": "a"}`, `{"displayName": "D"}`)
		drafts[1].Members = []string{drafts[0].ID, user, user}
		drafts[2].Members = []string{drafts[4].ID, "nobody"}
		drafts[3].Members = []string{user}
		created := w.createAll(w.groups, drafts)
		w.hasMembers(drafts[1].ID, drafts[0].ID, user)
		w.unknown("forward", created[2].Err, drafts[4].ID, "nobody")
		w.taken("fourth", created[3].Err, "displayName")
		w.finds(w.groups, "", "A", "B", "D")
		w.isAt(w.groups, drafts[1].ID, 1)
		w.same("created", created[1].Document, w.get(w.groups, drafts[1].ID))
	}},
	{"many drafts are created as one by one", func(w *world) {
		texts := make([]string, 451)
		for i := range texts {
			texts[i] = fmt.Sprintf(`{"userName": "user %03d", "externalId": "%[1]d", "title": %q}`, i-i%7, strings.Repeat(`"\`, i%5)+"{NULL}, 'x'\n")
		}
		texts[450] = everything
		drafts := w.drafts(w.users, texts...)
		for i, c := range w.createAll(w.users, drafts) {
			if i%7 == 0 || i == 450 {
				w.kept(c, drafts[i])
			} else {
				w.taken(texts[i], c.Err, "userName")
			}
		}
		if total := w.list(w.users, "", 0, 0, bare).Total; total != 66 {
			w.Errorf("%d users, want 66", total)
		}
	}},
	{"no drafts are nothing to do", func(w *world) {
		if created := w.createAll(w.users, nil); len(created) != 0 {
			w.Errorf("got %v", created)
		}
	}},
	{"once the caller has gone, drafts are refused and not kept", func(w *world) {
		ctx, cancel := context.WithCancel(w.Context())
		cancel()
		for _, c := range w.store.CreateAll(ctx, w.users, w.drafts(w.users, `{"userName": "a"}`, `{"userName": "b"}`), whole) {
			if !errors.Is(c.Err, context.Canceled) {
				w.Errorf("got error %v", c.Err)
			}
		}
		w.finds(w.users, "")
	}},
}

func (w *world) drafts(kind *schema.ResourceType, texts ...string) []provider.Draft {
	w.Helper()
	drafts := make([]provider.Draft, len(texts))
	for i, text := range texts {
		drafts[i] = w.draft(kind, text)
	}
	return drafts
}

func (w *world) createAll(kind *schema.ResourceType, drafts []provider.Draft) []provider.Created {
	w.Helper()
	created := w.store.CreateAll(w.Context(), kind, drafts, whole)
	if len(created) != len(drafts) {
		w.Fatalf("%d drafts have %d outcomes", len(drafts), len(created))
	}
	return created
}

// kept checks that a user without members was created, and reads back as it was answered.
func (w *world) kept(c provider.Created, draft provider.Draft) {
	w.Helper()
	if c.Err != nil {
		w.Errorf("create %s: %v", draft.Body, c.Err)
		return
	}
	w.same("create", c.Document, resource.Document{ID: draft.ID, Version: 1, Created: draft.At, Modified: draft.At, Body: draft.Body})
	kind := w.users
	if strings.Contains(string(draft.Body), schema.Group().Schema.ID) {
		kind = w.groups
	}
	w.same("get", w.get(kind, draft.ID), c.Document)
}

// createAll creates some resources at once. The names are few, so that some are taken by one another.
func (p *play) createAll(k int) (string, action) {
	kind, read := p.kinds[k], p.read()
	drafts := make([]provider.Draft, p.r.IntN(5))
	var what strings.Builder
	fmt.Fprintf(&what, "create %d of %s at once", len(drafts), kind.Name)
	for i := range drafts {
		drafts[i] = Draft(kind, NewID(p.r), p.clock, RandomObject(p.r, kind))
		if k == 1 && p.r.IntN(2) == 0 {
			drafts[i].Members = p.ids(3, 8)
			if i > 0 && p.r.IntN(2) == 0 {
				drafts[i].Members = append(drafts[i].Members, drafts[p.r.IntN(len(drafts))].ID)
			}
		}
		fmt.Fprintf(&what, "\n  %s members %q", drafts[i].Body, drafts[i].Members)
	}
	return what.String(), func(s provider.Store) string {
		var answers strings.Builder
		for i, c := range s.CreateAll(context.Background(), kind, drafts, read) {
			if c.Err == nil && !slices.Contains(p.alive[k], drafts[i].ID) {
				p.alive[k] = append(p.alive[k], drafts[i].ID)
			}
			if c.Err != nil {
				c.Document = resource.Document{}
			}
			answers.WriteString(describe(c.Err, c.Document))
		}
		return answers.String()
	}
}
