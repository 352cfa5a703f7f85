package directory_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/askspoke/spoke/scim/filter"
	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/resource"
	"github.com/askspoke/spoke/scim/schema"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

var kinds = []*schema.ResourceType{users, groups}

func (s tenant) delete(kind *schema.ResourceType, when time.Time, ids ...string) {
	s.Helper()
	for _, id := range ids {
		if err := s.Delete(s.Context(), kind, provider.Deletion{ID: id, At: when}); err != nil {
			s.Fatal(err)
		}
	}
}

func (s tenant) restore(id string, when time.Time) directory.Restored {
	s.Helper()
	restored, err := s.Restore(s.Context(), kinds, directory.Restoration{ID: id, At: when})
	if err != nil {
		s.Fatalf("restore %s: %v", id, err)
	}
	return restored
}

func (s tenant) fails(id string, when time.Time, want error) {
	s.Helper()
	if _, err := s.Restore(s.Context(), kinds, directory.Restoration{ID: id, At: when}); !errors.Is(err, want) {
		s.Errorf("restore %s: %v, want %v", id, err, want)
	}
}

// TestRestore deletes and restores a user and groups, in both shapes of journaling.
func TestRestore(t *testing.T) {
	t.Parallel()
	for name, shape := range shapes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, 1, shape)[0]
			s.TB = originated{t}
			deleted, later := at.Add(time.Hour), at.Add(2*time.Hour)
			a := s.create(users, `{"userName":"Ada","displayName":"Ada L.","active":false,"emails":[{"value":"a@x","type":"work","primary":true}],
				"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"R&D","manager":{"value":"26118915-6090-4610-87e4-49d8ca9f808d"}}}`)
			b := s.user("b")
			team, other := s.group("Team", a.ID, b.ID), s.group("Other", a.ID)
			top := s.group("Top", team.ID)
			s.delete(users, deleted, a.ID)
			s.delete(groups, deleted, other.ID)
			before := s.get(groups, team.ID)

			got := s.restore(a.ID, later)
			if diff := cmp.Diff(directory.Restored{ResourceType: "User", ResourceID: a.ID, Version: 2, Groups: 1, LostGroups: 1}, got); diff != "" {
				t.Error(diff)
			}
			now := s.get(users, a.ID)
			want := resource.Document{ID: a.ID, Version: 2, Created: a.Created, Modified: later, Body: a.Body, Relation: now.Relation}
			if diff := cmp.Diff(want, now); diff != "" {
				t.Error(diff)
			}
			groupsOf := values(t, now) // Top by way of Team
			if want := []string{team.ID, top.ID}; !equalSets(groupsOf, want) {
				t.Errorf("groups %v, want %v", groupsOf, want)
			}
			if after := s.get(groups, team.ID); after.Version != before.Version+1 || !after.Modified.Equal(later) || !equalSets(values(t, after), []string{a.ID, b.ID}) {
				t.Errorf("%+v", after)
			}
			entries := s.entries(a.ID)
			last := entries[len(entries)-1]
			if last.Action != "restore" || last.Version != 2 || last.Actor != "Entra" || !strings.Contains(last.Detail, `"deletion": "`) || !strings.Contains(last.Detail, `"groups": ["`+team.ID+`"]`) {
				t.Errorf("%+v", last)
			}
			s.fails(a.ID, later, directory.ErrThere)
			if n := len(s.entries(a.ID)); n != len(entries) {
				t.Errorf("%d rows", n)
			}

			// A group with members that went meanwhile, in a group that stayed.
			s.delete(groups, deleted, team.ID)
			s.delete(users, deleted, b.ID)
			got = s.restore(team.ID, later)
			if diff := cmp.Diff(directory.Restored{ResourceType: "Group", ResourceID: team.ID, Version: before.Version + 2, Groups: 1, Members: 1, LostMembers: 1}, got); diff != "" {
				t.Error(diff)
			}
			if again := s.get(groups, team.ID); !equalSets(values(t, again), []string{a.ID}) || string(again.Body) != string(team.Body) || !again.Created.Equal(team.Created) {
				t.Errorf("%+v", again)
			}
			if !equalSets(values(t, s.get(groups, top.ID)), []string{team.ID}) {
				t.Error("the group is not in its group")
			}
			if node := bind(t, users, `userName eq "ADA"`); len(s.list(node)) != 1 {
				t.Error("the search form was not restored")
			}
		})
	}
}

func (s tenant) list(node filter.Node) []resource.Document {
	s.Helper()
	page, err := s.List(s.Context(), users, provider.Query{Read: whole, Filter: node, Limit: 100})
	if err != nil {
		s.Fatal(err)
	}
	return page.Documents
}

func equalSets(a, b []string) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}

// TestRestoreWhich names deletions in every way.
func TestRestoreWhich(t *testing.T) {
	t.Parallel()
	s := openOne(t)
	a := s.user("a")
	s.fails(a.ID, at, directory.ErrNoDeletion)
	s.fails(uuid.NewString(), at, directory.ErrNoDeletion)
	s.fails("x", at, directory.ErrNoDeletion)
	s.delete(users, at.Add(time.Hour), a.ID)
	first := s.deleted(at.Add(time.Hour), directory.DeletedQuery{})[0]
	want := directory.Deleted{
		Entry: first.Entry, ResourceType: "User", ResourceID: a.ID, Name: "a", At: at.Add(time.Hour), Version: 1, Until: at.Add(time.Hour + journal.RestoreFor),
	}
	if diff := cmp.Diff(want, first); diff != "" {
		t.Error(diff)
	}
	end := at.Add(time.Hour + journal.RestoreFor)
	s.fails(a.ID, end, directory.ErrNoDeletion)
	s.restore(first.Entry, end.Add(-time.Millisecond))
	if rest := s.deleted(at.Add(time.Hour), directory.DeletedQuery{}); len(rest) != 0 {
		t.Errorf("%+v", rest)
	}
	s.delete(users, at.Add(2*time.Hour), a.ID)
	s.fails(first.Entry, at.Add(2*time.Hour), directory.ErrNoDeletion)
	if got := s.restore(a.ID, at.Add(2*time.Hour)); got.Version != 3 {
		t.Errorf("%+v", got)
	}
}

// TestRestoreRefused has what a creation would be refused for.
func TestRestoreRefused(t *testing.T) {
	t.Parallel()
	s := openOne(t)
	a, g := s.user("a"), s.group("G")
	s.delete(users, at, a.ID)
	s.delete(groups, at, g.ID)
	thief, second := s.user("A"), s.group("g")
	var taken *provider.TakenError
	_, err := s.Restore(t.Context(), kinds, directory.Restoration{ID: a.ID, At: at})
	if !errors.As(err, &taken) || taken.Attribute != "userName" {
		t.Error(err)
	}
	_, err = s.Restore(t.Context(), kinds, directory.Restoration{ID: g.ID, At: at})
	if !errors.As(err, &taken) || taken.Attribute != "displayName" {
		t.Error(err)
	}
	s.delete(users, at, thief.ID)
	s.delete(groups, at, second.ID)
	s.restore(a.ID, at)
	s.restore(g.ID, at)

	// top contains middle contains bottom; while middle is gone, bottom comes to contain top.
	bottom := s.group("bottom")
	middle := s.group("middle", bottom.ID)
	top := s.group("top", middle.ID)
	s.delete(groups, at, middle.ID)
	s.update(groups, provider.Update{ID: bottom.ID, At: at, Members: provider.Members{Add: []string{top.ID}}})
	var circle *provider.CircleError
	_, err = s.Restore(t.Context(), kinds, directory.Restoration{ID: middle.ID, At: at})
	if !errors.As(err, &circle) || !slices.Equal(circle.IDs, []string{bottom.ID}) {
		t.Error(err)
	}
	s.update(groups, provider.Update{ID: bottom.ID, At: at, Members: provider.Members{Remove: []string{top.ID}}})
	if got := s.restore(middle.ID, at); got.Groups != 1 || got.Members != 1 {
		t.Errorf("%+v", got)
	}
	if _, err := s.Update(t.Context(), groups, provider.Update{ID: bottom.ID, At: at, Members: provider.Members{Add: []string{top.ID}}}, whole); !errors.As(err, &circle) {
		t.Errorf("the restored group is in no circle: %v", err)
	}
}

// TestRestoreActive tells whether who is restored may use the service.
func TestRestoreActive(t *testing.T) {
	t.Parallel()
	s := openOne(t)
	for _, c := range []struct{ was, activate, want bool }{{true, false, true}, {false, false, false}, {false, true, true}} {
		a := s.create(users, fmt.Sprintf(`{"userName":"a","active":%t}`, c.was))
		s.delete(users, at, a.ID)
		if _, err := s.Restore(t.Context(), kinds, directory.Restoration{ID: a.ID, At: at, Activate: c.activate}); err != nil {
			t.Fatal(err)
		}
		if o := decoded(t, s.get(users, a.ID)); o["active"] != c.want {
			t.Errorf("%+v: active is %v", c, o["active"])
		}
		s.delete(users, at, a.ID)
	}
}

func decoded(t *testing.T, d resource.Document) map[string]any {
	t.Helper()
	o, err := d.Object()
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// TestRestoreExtension has a schema of the tenant's own that is another one, or none, when the user is restored.
func TestRestoreExtension(t *testing.T) {
	t.Parallel()
	const urn = "urn:example:params:scim:schemas:badge:2.0:User"
	kindsWith := func(attribute, kind string, closed bool) []*schema.ResourceType {
		t.Helper()
		e, err := directory.ParseExtension([]byte(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Schema"],"id":"`+urn+`","name":"Badge",
			"attributes":[{"name":"`+attribute+`","type":"`+kind+`","multiValued":false},{"name":"colour","type":"string","multiValued":false}]}`), "User")
		if err != nil {
			t.Fatal(err)
		}
		if closed {
			e.ClosedAt = at
		}
		types, err := directory.ResourceTypes(&tenancy.Extensions{List: []tenancy.Extension{e}})
		if err != nil {
			t.Fatal(err)
		}
		return types
	}
	s := openOne(t)
	original := kindsWith("number", "integer", false)
	for name, c := range map[string]struct {
		types   []*schema.ResourceType
		dropped []string
		want    any
	}{
		"the same":            {original, nil, map[string]any{"number": 7.0, "colour": "red"}},
		"gone":                {kinds, []string{urn}, nil},
		"closed":              {kindsWith("number", "integer", true), []string{urn}, nil},
		"lost an attribute":   {kindsWith("digit", "integer", false), []string{urn + ":number"}, map[string]any{"colour": "red"}},
		"has another meaning": {kindsWith("number", "boolean", false), []string{urn}, nil},
	} {
		a, err := s.Create(t.Context(), original[0], draft(t, original[0], `{"userName":"a","`+urn+`":{"number":7,"colour":"red"}}`), whole)
		if err != nil {
			t.Fatal(err)
		}
		s.delete(users, at, a.ID)
		got, err := s.Restore(t.Context(), c.types, directory.Restoration{ID: a.ID, At: at})
		if diff := cmp.Diff(c.dropped, got.Dropped); diff != "" || err != nil {
			t.Error(name, diff, err)
		}
		object := decoded(t, s.get(users, a.ID))
		if diff := cmp.Diff(fmt.Sprint(c.want), fmt.Sprint(object[urn])); diff != "" {
			t.Error(name, diff)
		}
		if listed := strings.Contains(fmt.Sprint(object["schemas"]), urn); listed != (c.want != nil) {
			t.Errorf("%s: schemas %v", name, object["schemas"])
		}
		s.delete(users, at, a.ID)
	}
}

// TestRestoreAtOnce has eight restore a group at once, while others nest groups: one does, and nothing is in a circle.
func TestRestoreAtOnce(t *testing.T) {
	t.Parallel()
	s := openOne(t)
	child := s.group("child", s.user("a").ID)
	g := s.group("G", child.ID)
	parent := s.group("parent", g.ID)
	s.delete(groups, at, g.ID)
	var restored atomic.Int64
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			switch _, err := s.Restore(t.Context(), kinds, directory.Restoration{ID: g.ID, At: at}); {
			case err == nil:
				restored.Add(1)
			case !errors.Is(err, directory.ErrThere):
				t.Error(err)
			}
		})
		group.Go(func() {
			for range 5 {
				member := s.group(fmt.Sprint(i))
				s.update(groups, provider.Update{ID: child.ID, At: at, Members: provider.Members{Add: []string{member.ID}}})
				s.delete(groups, at, member.ID)
			}
		})
	}
	group.Wait()
	if n := restored.Load(); n != 1 {
		t.Errorf("restored %d times", n)
	}
	if !equalSets(values(t, s.get(groups, g.ID)), []string{child.ID}) || !equalSets(values(t, s.get(groups, parent.ID)), []string{g.ID}) {
		t.Error("memberships are not there")
	}
}

func (s tenant) deleted(now time.Time, q directory.DeletedQuery) (all []directory.Deleted) {
	s.Helper()
	for {
		page, err := s.Deleted(s.Context(), q, now)
		if err != nil {
			s.Fatal(err)
		}
		if q.Limit > 0 && len(page.Deleted) > q.Limit {
			s.Errorf("a page of %d", len(page.Deleted))
		}
		all = append(all, page.Deleted...)
		if q.After = page.Next; q.After == "" {
			return all
		}
	}
}

// TestRestoreAll undoes a day: whatever went before or after what it belonged to, it belongs to it again.
func TestRestoreAll(t *testing.T) {
	t.Parallel()
	s := openOne(t)
	early, late := at.Add(time.Hour), at.Add(2*time.Hour)
	var list []string
	for i := range 12 {
		list = append(list, s.user(fmt.Sprint("u", i)).ID)
	}
	inner := s.group("inner", list[:6]...)
	outer := s.group("outer", append([]string{inner.ID}, list[6:]...)...)
	s.delete(users, early.Add(-time.Minute), list[11]) // not of that day
	s.delete(users, early, list[0], list[6])
	s.delete(groups, early, outer.ID)
	s.delete(users, early, list[1], list[7])
	s.delete(groups, late, inner.ID)
	s.delete(users, late, list[2:5]...)

	day := directory.DeletedQuery{From: early, To: late.Add(time.Second), Limit: 2}
	found := s.deleted(late, day)
	var order []string
	for _, d := range found {
		order = append(order, d.ResourceID)
	}
	want := []string{list[4], list[3], list[2], inner.ID, list[7], list[1], outer.ID, list[6], list[0]}
	if diff := cmp.Diff(want, order); diff != "" {
		t.Error(diff)
	}
	if only := s.deleted(late, directory.DeletedQuery{ResourceType: "Group"}); len(only) != 2 {
		t.Errorf("%+v", only)
	}
	for _, cursor := range []string{"x", "eA", "eCA", inner.ID} {
		if _, err := s.Deleted(t.Context(), directory.DeletedQuery{After: cursor}, late); !errors.Is(err, tenantdb.ErrCursor) {
			t.Errorf("cursor %q: %v", cursor, err)
		}
	}
	thief := s.user("u3")

	stop := errors.New("enough")
	var steps []directory.RestoreStep
	run := func(q directory.DeletedQuery, most int) error {
		return s.RestoreAll(t.Context(), kinds, q, false, func() time.Time { return late }, func(step directory.RestoreStep) error {
			steps = append(steps, step)
			if len(steps) == most {
				return stop
			}
			return nil
		})
	}
	if err := run(day, 4); !errors.Is(err, stop) {
		t.Fatal(err)
	}
	day.After = steps[3].Cursor
	if err := run(day, -1); err != nil {
		t.Fatal(err)
	}
	var taken *provider.TakenError
	for i, step := range steps {
		if step.Deleted.ResourceID != want[i] || (step.Deleted.ResourceID == list[3]) != errors.As(step.Err, &taken) {
			t.Errorf("step %d: %+v", i, step)
		}
	}
	if got := values(t, s.get(groups, outer.ID)); !equalSets(got, append([]string{inner.ID}, list[6:11]...)) {
		t.Errorf("outer has %d members", len(got))
	}
	if got := values(t, s.get(groups, inner.ID)); !equalSets(got, slices.DeleteFunc(slices.Clone(list[:6]), func(id string) bool { return id == list[3] })) {
		t.Errorf("inner has %d members", len(got))
	}
	s.delete(users, late, thief.ID)
	day.After, steps = "", nil
	if err := run(day, -1); err != nil || len(steps) != 2 { // the thief is of that day, too
		t.Errorf("%d steps: %v", len(steps), err)
	}
}
