package directory_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/schema"
	"github.com/askspoke/spoke/tenancy/journal"
)

// TestIsolation gives one tenant's ids to the store of another one: they name nothing there.
func TestIsolation(t *testing.T) {
	t.Parallel()
	both := open(t, 2, journal.OneStatement)
	a, b := both[0], both[1]
	user, own := a.user("ada"), b.user("ada")
	team, ownTeam := a.group("Team", user.ID), b.group("Team", own.ID)
	for _, r := range []struct {
		kind *schema.ResourceType
		id   string
	}{{users, user.ID}, {groups, team.ID}} {
		_, get := b.Get(t.Context(), r.kind, r.id, whole)
		_, update := b.Update(t.Context(), r.kind, provider.Update{ID: r.id, Version: 1}, whole)
		for verb, err := range map[string]error{"get": get, "update": update, "delete": b.Delete(t.Context(), r.kind, provider.Deletion{ID: r.id, At: at})} {
			if !errors.Is(err, provider.ErrNotFound) {
				t.Errorf("%s %s of another tenant: %v", verb, r.kind.Name, err)
			}
		}
		page, err := b.List(t.Context(), r.kind, provider.Query{Read: whole, Filter: bind(t, r.kind, `id eq "`+r.id+`"`), Limit: 10})
		if err != nil || page.Total != 0 {
			t.Errorf("list %s of another tenant: %d, %v", r.kind.Name, page.Total, err)
		}
	}
	var unknown *provider.UnknownMemberError
	for _, m := range []provider.Members{{Add: []string{user.ID}}, {Replace: true, Add: []string{own.ID, team.ID}}} {
		if _, err := b.Update(t.Context(), groups, provider.Update{ID: ownTeam.ID, At: at, Members: m}, whole); !errors.As(err, &unknown) {
			t.Errorf("members of another tenant: %v", err)
		}
	}
	if _, err := b.Create(t.Context(), groups, draft(t, groups, `{"displayName":"X"}`, user.ID), whole); !errors.As(err, &unknown) {
		t.Errorf("a group with a member of another tenant: %v", err)
	}
	if diff := cmp.Diff(user.Body, a.get(users, user.ID).Body); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(team, a.get(groups, team.ID)); diff != "" {
		t.Errorf("the other tenant's group (-before +after):\n%s", diff)
	}
}
