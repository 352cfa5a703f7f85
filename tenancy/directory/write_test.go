package directory_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/resource"
	"github.com/askspoke/spoke/scim/schema"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

func sorted(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return list
}

// TestWrites goes through the life of a group, in both of the shapes in which a change is journaled.
func TestWrites(t *testing.T) {
	t.Parallel()
	for name, shape := range shapes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, 1, shape)[0]
			a, b, c := s.user("a"), s.user("b"), s.user("c")
			g := s.group("G", a.ID, b.ID, a.ID)
			if diff := cmp.Diff(sorted([]string{a.ID, b.ID}), values(t, g)); diff != "" {
				t.Errorf("created members (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(g, s.get(groups, g.ID)); diff != "" {
				t.Errorf("created and read (-created +read):\n%s", diff)
			}
			s.lifeOfMembers(g.ID, a.ID, b.ID, c.ID)
			s.lifeOfDocument(g.ID)
			s.lifeOfUser(g.ID, c.ID)
		})
	}
}

func (s tenant) lifeOfMembers(g, a, b, c string) {
	s.Helper()
	later := at.Add(time.Hour)
	for _, step := range []struct {
		members provider.Members
		want    provider.Updated
		left    []string
	}{
		{provider.Members{Add: []string{c, a, c}}, provider.Updated{Changed: true, Version: 2, Modified: later}, []string{a, b, c}},
		{provider.Members{Add: []string{c}}, provider.Updated{Version: 2, Modified: later}, []string{a, b, c}},
		{provider.Members{Remove: []string{b, "x", uuid.NewString()}}, provider.Updated{Changed: true, Version: 3, Modified: later}, []string{a, c}},
		{provider.Members{Remove: []string{b}}, provider.Updated{Version: 3, Modified: later}, []string{a, c}},
		{provider.Members{Add: []string{b}, Remove: []string{a, c}}, provider.Updated{Changed: true, Version: 4, Modified: later}, []string{b}},
		{provider.Members{Replace: true, Add: []string{b}}, provider.Updated{Version: 4, Modified: later}, []string{b}},
		{provider.Members{Replace: true, Add: []string{a, c}}, provider.Updated{Changed: true, Version: 5, Modified: later}, []string{a, c}},
		{provider.Members{Replace: true}, provider.Updated{Changed: true, Version: 6, Modified: later}, []string{}},
		{provider.Members{Replace: true, Add: []string{a, c}}, provider.Updated{Changed: true, Version: 7, Modified: later}, []string{a, c}},
		{provider.Members{}, provider.Updated{Version: 7, Modified: later}, []string{a, c}},
	} {
		got := s.update(groups, provider.Update{ID: g, At: later, Members: step.members})
		now := s.get(groups, g)
		if step.members.Replace {
			step.want.Relation = now.Relation
		}
		if diff := cmp.Diff(step.want, got); diff != "" {
			s.Errorf("%+v (-want +got):\n%s", step.members, diff)
		}
		if diff := cmp.Diff(sorted(step.left), values(s, now)); diff != "" || now.Version != got.Version {
			s.Errorf("%+v left version %d and (-want +got):\n%s", step.members, now.Version, diff)
		}
	}
	for _, m := range []provider.Members{
		{Add: []string{b, "x"}},
		{Add: []string{b, uuid.NewString()}},
		{Add: []string{b, g}},
		{Replace: true, Add: []string{b, "x", "y", "x"}},
		{Add: []string{b, "x"}, Remove: []string{a}},
	} {
		_, err := s.Update(s.Context(), groups, provider.Update{ID: g, At: later, Members: m}, whole)
		var unknown *provider.UnknownMemberError
		want := slices.Compact(sorted(slices.DeleteFunc(slices.Clone(m.Add), func(id string) bool { return id == b })))
		if !errors.As(err, &unknown) || !slices.Equal(want, sorted(unknown.IDs)) {
			s.Errorf("%+v: %v, want unknown %v", m, err, want)
		}
		if d := s.get(groups, g); d.Version != 7 || !slices.Equal(values(s, d), sorted([]string{a, c})) {
			s.Errorf("%+v changed the group", m)
		}
	}
}

func (s tenant) lifeOfDocument(g string) {
	s.Helper()
	s.group("Other")
	old := s.get(groups, g)
	rename := changed(s, groups, old, `{"displayName":"g2","externalId":"x"}`)
	rename.Members = provider.Members{Add: []string{values(s, old)[0]}}
	if got := s.update(groups, rename); !got.Changed || got.Version != old.Version+1 || !got.Modified.Equal(old.Modified) {
		s.Errorf("rename: %+v; modified must not go back", got)
	}
	rename.Members = provider.Members{Replace: true}
	for name, version := range map[string]int64{"stale": old.Version, "future": 99} {
		rename.Version = version
		if _, err := s.Update(s.Context(), groups, rename, whole); !errors.Is(err, provider.ErrVersion) {
			s.Errorf("%s version: %v", name, err)
		}
	}
	now := s.get(groups, g)
	if diff := cmp.Diff(old.Relation, now.Relation); diff != "" {
		s.Errorf("refused updates changed members: %s", diff)
	}
	if got := s.update(groups, changed(s, groups, now, `{"displayName":"g2","externalId":"x"}`)); got.Changed || got.Version != now.Version {
		s.Errorf("the same document again: %+v", got)
	}
	taken := changed(s, groups, now, `{"displayName":"OTHER"}`)
	var conflict *provider.TakenError
	if _, err := s.Update(s.Context(), groups, taken, whole); !errors.As(err, &conflict) || conflict.Attribute != "displayName" {
		s.Errorf("taken displayName: %v", err)
	}
	taken.ID = uuid.NewString()
	if _, err := s.Update(s.Context(), groups, taken, whole); !errors.Is(err, provider.ErrNotFound) {
		s.Errorf("unknown group: %v", err)
	}
}

func (s tenant) lifeOfUser(g, c string) {
	s.Helper()
	var conflict *provider.TakenError
	if _, err := s.Create(s.Context(), users, draft(s, users, `{"userName":"A"}`), whole); !errors.As(err, &conflict) || conflict.Attribute != "userName" {
		s.Errorf("taken userName: %v", err)
	}
	before := s.get(groups, g)
	for i, want := range []error{nil, provider.ErrNotFound} {
		if err := s.Delete(s.Context(), users, provider.Deletion{ID: c, At: at.Add(2 * time.Hour)}); !errors.Is(err, want) {
			s.Errorf("delete %d: %v, want %v", i, err, want)
		}
	}
	after := s.get(groups, g)
	if slices.Contains(values(s, after), c) || after.Version != before.Version+1 || !after.Modified.Equal(at.Add(2*time.Hour)) {
		s.Errorf("the group of a deleted user: %+v", after)
	}
	parent := s.group("parent", g)
	if err := s.Delete(s.Context(), groups, provider.Deletion{ID: g, At: at.Add(3 * time.Hour)}); err != nil {
		s.Errorf("delete group: %v", err)
	}
	if d := s.get(groups, parent.ID); d.Version != 2 || d.Relation != nil {
		s.Errorf("the parent of a deleted group: %+v", d)
	}
}

// The driver sends a statement again when the connection broke before the answer: a creation that was made is answered
// as made, and is journaled once.
func TestCreationSentTwice(t *testing.T) {
	t.Parallel()
	for name, shape := range shapes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, 1, shape)[0]
			user := draft(t, users, `{"userName":"a"}`)
			group := draft(t, groups, `{"displayName":"G"}`, user.ID)
			for _, d := range []struct {
				kind  *schema.ResourceType
				draft provider.Draft
			}{{users, user}, {groups, group}} {
				first, err := s.Create(t.Context(), d.kind, d.draft, whole)
				if err != nil {
					t.Fatal(err)
				}
				second, err := s.Create(t.Context(), d.kind, d.draft, whole)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(first, second); diff != "" {
					t.Error(diff)
				}
				var rows int
				query := `SELECT count(*) FROM ` + s.schema.Table("journal") + ` WHERE resource_id = $1`
				if err := s.db.GetContext(t.Context(), &rows, query, d.draft.ID); err != nil || rows != 1 {
					t.Errorf("%s: %d journal rows, %v", d.kind.Name, rows, err)
				}
			}
		})
	}
}

// TestChangesSentTwice loses the answers to changes, which the driver then sends again: what was made is answered as
// made, though the resource is gone or at another version by then, and is journaled once.
func TestChangesSentTwice(t *testing.T) {
	t.Parallel()
	for name, shape := range shapes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db, tenants := pgtest.Tenants(t, 1)
			proxy := pgtest.NewProxy(t, pgtest.Address(t, db))
			through, err := tenantdb.Open(t.Context(), proxy.URL, tenantdb.Options{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { through.Close() })
			s := tenant{TB: t, db: db, schema: tenantdb.SchemaFor(tenants[0].ID)}
			s.Store = directory.New(through, &journal.Recorder{DB: through, Shape: shape}).Store(s.schema, true)
			user, group := s.user("a"), s.create(groups, `{"displayName":"G"}`)
			object := canonical(t, users, `{"userName":"a","title":"x"}`)
			object["id"] = user.ID
			change := provider.Update{
				ID: user.ID, Version: 1, At: at.Add(time.Hour), Object: object, Body: resource.Encode(users, object),
				Changes: []resource.Change{{Path: "title", New: "x"}},
			}
			for _, tc := range []struct {
				what, id string
				change   func() error
			}{
				{"update", user.ID, func() error {
					done, err := s.Update(t.Context(), users, change, whole)
					if err == nil && (!done.Changed || done.Version != 2 || !done.Modified.Equal(change.At)) {
						t.Errorf("the update is answered with %+v", done)
					}
					return err
				}},
				{"members", group.ID, func() error {
					done, err := s.Update(t.Context(), groups, provider.Update{ID: group.ID, Version: 1, At: at.Add(time.Hour), Members: provider.Members{Add: []string{user.ID}}}, whole)
					if err == nil && (!done.Changed || done.Version != 2) {
						t.Errorf("the change of members is answered with %+v", done)
					}
					return err
				}},
				{"delete", user.ID, func() error {
					return s.Delete(t.Context(), users, provider.Deletion{ID: user.ID, Version: 2, At: at.Add(2 * time.Hour)})
				}},
				{"delete group", group.ID, func() error {
					return s.Delete(t.Context(), groups, provider.Deletion{ID: group.ID, At: at.Add(2 * time.Hour)})
				}},
			} {
				count := func() (rows int) {
					query := `SELECT count(*) FROM ` + s.schema.Table("journal") + ` WHERE resource_id = $1`
					if err := s.db.GetContext(t.Context(), &rows, query, tc.id); err != nil {
						t.Error(err)
					}
					return rows
				}
				before := count()
				proxy.LoseAnswer()
				if err := tc.change(); err != nil {
					t.Errorf("%s: %v", tc.what, err)
				}
				if made := count() - before; made != 1 {
					t.Errorf("%s: %d journal rows", tc.what, made)
				}
			}
		})
	}
}
