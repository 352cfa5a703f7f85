package directory_test

import (
	"errors"
	"testing"

	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/scim/filter"
	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/resource"
	"github.com/askspoke/spoke/scim/schema"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// counted returns the store of a new tenant and the counter of its statements.
func counted(t *testing.T) (tenant, *pgtest.Counter) {
	t.Helper()
	url := pgtest.ControlDatabase(t)
	db, c := pgtest.Counted(t, url)
	manager := lifecycle.New(lifecycle.Config{DB: pgtest.Open(t, url, tenantdb.Options{})})
	made, err := manager.Create(t.Context(), lifecycle.NewTenant{Slug: "counted", Settings: tenancy.DefaultSettings()})
	if err != nil {
		t.Fatal(err)
	}
	s := tenantdb.SchemaFor(made.ID)
	d := directory.New(db, &journal.Recorder{DB: db})
	return tenant{Store: d.Store(s, true), TB: t, db: db, schema: s}, c
}

// TestStatements counts what each operation asks of Postgres: one statement, with the journal row in it.
func TestStatements(t *testing.T) {
	t.Parallel()
	s, c := counted(t)
	a, b := s.user("a"), s.user("b")
	var g resource.Document
	members := func(m provider.Members) func() {
		return func() { s.update(groups, provider.Update{ID: g.ID, At: at, Members: m}) }
	}
	list := func(kind *schema.ResourceType, node filter.Node, offset, limit int) func() {
		return func() {
			if _, err := s.List(t.Context(), kind, provider.Query{Read: whole, Filter: node, Offset: offset, Limit: limit}); err != nil {
				t.Error(err)
			}
		}
	}
	for _, step := range []struct {
		name string
		do   func()
	}{
		{"create user", func() { s.user("c") }},
		{"create group", func() { g = s.group("G", a.ID) }},
		{"get", func() { s.get(groups, g.ID) }},
		{"add", members(provider.Members{Add: []string{b.ID}})},
		{"remove", members(provider.Members{Remove: []string{a.ID, b.ID}})},
		{"replace members", members(provider.Members{Replace: true, Add: []string{a.ID}})},
		{"update user", func() { s.update(users, changed(t, users, a, `{"userName":"a2"}`)) }},
		{"update group", func() {
			u := changed(t, groups, g, `{"displayName":"G2"}`)
			u.Version, u.Members = 4, provider.Members{Replace: true, Add: []string{b.ID}}
			s.update(groups, u)
		}},
		{"list", list(users, nil, 0, 2)},
		{"list past the end", list(users, nil, 9, 2)},
		{"count", list(users, nil, 0, 0)},
		{"list behind a position", func() {
			query := provider.Query{Read: whole, Limit: 1, Sort: sortBy(t, users, "displayName", true), After: &provider.Position{Created: at, ID: a.ID}}
			if _, err := s.List(t.Context(), users, query); err != nil {
				t.Error(err)
			}
		}},
		{"find", list(users, bind(t, users, `userName eq "b"`), 0, 10)},
		{"filter", list(users, bind(t, users, `title pr or groups pr`), 0, 10)},
		{"delete user", func() {
			if err := s.Delete(t.Context(), users, provider.Deletion{ID: b.ID, At: at}); err != nil {
				t.Error(err)
			}
		}},
	} {
		before := c.Load()
		if step.do(); c.Load() != before+1 {
			t.Errorf("%s: %d statements", step.name, c.Load()-before)
		}
	}
	before := c.Load()
	for _, id := range []string{"", "x", "00000000-0000-0000-0000-00000000000G", "ABCDEF00-0000-0000-0000-000000000000"} {
		_, getErr := s.Get(t.Context(), users, id, whole)
		_, updateErr := s.Update(t.Context(), groups, provider.Update{ID: id, Members: provider.Members{Replace: true}}, whole)
		for _, err := range []error{getErr, updateErr, s.Delete(t.Context(), users, provider.Deletion{ID: id, At: at})} {
			if !errors.Is(err, provider.ErrNotFound) {
				t.Errorf("id %q: %v", id, err)
			}
		}
	}
	if c.Load() != before {
		t.Error("Postgres was asked for ids that cannot be")
	}
}

// TestGuardedStatements counts those behind a guard: one more for what it may hold, and none for anything else.
func TestGuardedStatements(t *testing.T) {
	t.Parallel()
	s, c := counted(t)
	a, b, g := s.user("a"), s.user("b"), s.group("G")
	guarded := s.Behind(tenancy.DefaultSettings())
	update := func(u provider.Update) func() error {
		return func() error {
			_, err := guarded.Update(t.Context(), users, u, whole)
			return err
		}
	}
	remove := func(kind *schema.ResourceType, deletion provider.Deletion) func() error {
		return func() error { return guarded.Delete(t.Context(), kind, deletion) }
	}
	renamed := changed(t, users, a, `{"userName":"a2","active":true}`)
	now := a
	now.Version, now.Body = 2, renamed.Body
	disabled := changed(t, users, now, `{"userName":"a3","active":false}`)
	now.Version, now.Body = 3, disabled.Body
	for _, step := range []struct {
		name string
		want int64
		do   func() error
	}{
		{"rename", 1, update(renamed)},
		{"disable", 2, update(disabled)},
		{"enable", 1, update(changed(t, users, now, `{"userName":"a3","active":true}`))},
		{"delete user", 2, remove(users, provider.Deletion{ID: a.ID, At: at})},
		{"delete group", 2, remove(groups, provider.Deletion{ID: g.ID, At: at})},
		{"take back", 1, remove(users, provider.Deletion{ID: b.ID, At: at, Undo: true})},
	} {
		before := c.Load()
		if err := step.do(); err != nil {
			t.Errorf("%s: %v", step.name, err)
		}
		if n := c.Load() - before; n != step.want {
			t.Errorf("%s: %d statements, want %d", step.name, n, step.want)
		}
	}
}
