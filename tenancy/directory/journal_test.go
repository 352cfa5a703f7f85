package directory_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/tenancy/journal"
)

// originated is a test whose context says who asks.
type originated struct{ testing.TB }

func (o originated) Context() context.Context {
	return journal.WithOrigin(o.TB.Context(), journal.Origin{Actor: "Entra", RequestID: "r1"})
}

// TestJournal reads what each accepted change has left, and that what changed nothing has left nothing.
func TestJournal(t *testing.T) {
	t.Parallel()
	for name, shape := range shapes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, 1, shape)[0]
			s.TB = originated{t}
			a := s.create(users, `{"userName":"a","active":true}`)
			b, g := s.user("b"), s.group("G", a.ID)
			s.update(users, changed(t, users, a, `{"userName":"a","active":false,"title":"x"}`))
			s.update(users, changed(t, users, s.get(users, a.ID), `{"userName":"a","active":true,"title":"x"}`))
			s.update(users, changed(t, users, s.get(users, a.ID), `{"userName":"A","active":true,"title":"x"}`))
			for _, m := range []provider.Members{
				{Add: []string{b.ID, a.ID}},
				{Add: []string{b.ID}},
				{Remove: []string{a.ID}},
				{Remove: []string{a.ID}},
				{Replace: true, Add: []string{a.ID}},
				{Replace: true, Add: []string{a.ID}},
			} {
				s.update(groups, provider.Update{ID: g.ID, At: at, Members: m})
			}
			s.refused(a.ID, g.ID)
			rename := changed(t, groups, s.get(groups, g.ID), `{"displayName":"H"}`)
			rename.Members.Add = []string{b.ID}
			s.update(groups, rename)
			if err := errors.Join(s.Delete(s.Context(), users, provider.Deletion{ID: a.ID, At: at}), s.Delete(s.Context(), groups, provider.Deletion{ID: g.ID, At: at})); err != nil {
				t.Fatal(err)
			}
			s.expect(a.ID,
				"create 1 "+`{"document": `+string(a.Body)+`}`,
				`disable 2 {"changes": [{"path": "title", "new": "x"}, {"path": "active", "old": true, "new": false}]}`,
				`restore 3 {"changes": [{"path": "active", "old": false, "new": true}]}`,
				`update 4 {"changes": [{"path": "userName", "old": "a", "new": "A"}]}`,
				fmt.Sprintf(`delete 4 {"document": {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "id": %q, "userName": "A",
					"active": true, "title": "x"}, "created": "2026-03-01T12:00:00+00:00", "groups": [%q]}`, a.ID, g.ID))
			s.expect(g.ID,
				fmt.Sprintf(`create 1 {"document": %s, "members": [%q]}`, g.Body, a.ID),
				fmt.Sprintf(`member_add 2 {"added": [%q]}`, b.ID),
				fmt.Sprintf(`member_remove 3 {"removed": [%q]}`, a.ID),
				fmt.Sprintf(`update 4 {"added": [%q], "removed": [%q]}`, a.ID, b.ID),
				fmt.Sprintf(`update 5 {"changes": [{"path": "displayName", "old": "G", "new": "H"}], "added": [%q]}`, b.ID),
				fmt.Sprintf(`delete 6 {"document": {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "id": %q, "displayName": "H"}, "created": "2026-03-01T12:00:00+00:00",
					"members": [%q]}`, g.ID, b.ID))
		})
	}
}

// refused sends what is not accepted: nothing of it may be journaled.
func (s tenant) refused(user, group string) {
	s.Helper()
	for _, u := range []provider.Update{
		{ID: group, At: at, Members: provider.Members{Add: []string{user, "x"}}},
		{ID: group, At: at, Version: 99, Members: provider.Members{Replace: true}},
		changed(s, groups, s.group("Taken"), `{"displayName":"G"}`),
	} {
		if _, err := s.Update(s.Context(), groups, u, whole); err == nil {
			s.Errorf("%+v was accepted", u)
		}
	}
}

// expect compares the journal's rows of a resource.
func (s tenant) expect(id string, want ...string) {
	s.Helper()
	type row struct {
		Head   string
		Detail any
	}
	parse := func(head, detail string) row {
		r := row{Head: head}
		if err := json.Unmarshal([]byte(detail), &r.Detail); err != nil {
			s.Fatalf("%s: %v", detail, err)
		}
		return r
	}
	var expected, got []row
	for _, text := range want {
		var action string
		var version int
		if _, err := fmt.Sscanf(text, "%s %d", &action, &version); err != nil {
			s.Fatal(err)
		}
		head := fmt.Sprintf("%s %d ", action, version)
		expected = append(expected, parse(head+"Entra r1", text[len(head):]))
	}
	for _, e := range s.entries(id) {
		got = append(got, parse(fmt.Sprintf("%s %d %s %s", e.Action, e.Version, e.Actor, e.RequestID), e.Detail))
	}
	if diff := cmp.Diff(expected, got); diff != "" {
		s.Errorf("journal of %s (-want +got):\n%s", id, diff)
	}
}
