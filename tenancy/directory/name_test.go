package directory_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/journal"
)

// Names names what is there and what was deleted, and knows nothing of other tenants.
func TestNames(t *testing.T) {
	t.Parallel()
	tenants := open(t, 2, journal.OneStatement)
	s, other := tenants[0], tenants[1]
	ada, gone, team := s.user("Ada@Acme.com").ID, s.user("gone").ID, s.group("Team").ID
	s.delete(users, at, gone)
	foreign := other.user("foreign").ID
	names, err := s.Names(t.Context(), []string{ada, team, gone, foreign, ada, "nonsense", uuid.NewString(), ""})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]directory.Name{
		ada:  {ResourceType: "User", ID: ada, Name: "Ada@Acme.com"},
		team: {ResourceType: "Group", ID: team, Name: "Team"},
		gone: {ResourceType: "User", ID: gone, Name: "gone", Deleted: true},
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
	for name, want := range map[string][]string{
		"ADA@acme.COM": {ada}, "team": {team}, ada: {ada}, gone: {gone}, foreign: nil, "gone": nil, "": nil, "a\x00b": nil,
		"\xff": nil, strings.Repeat("x", 10<<10): nil, strings.ToUpper(ada): nil,
	} {
		list, err := s.Called(t.Context(), name, 10)
		var got []string
		for _, n := range list {
			got = append(got, n.ID)
		}
		if slices.Sort(got); err != nil || !slices.Equal(got, want) {
			t.Errorf("%.40q: %v %v, want %v", name, got, err, want)
		}
	}
	if names, err := s.Names(t.Context(), nil); err != nil || len(names) != 0 {
		t.Errorf("%v %v", names, err)
	}
}

// A query by name finds parts of names in whatever case.
func TestDeletedByName(t *testing.T) {
	t.Parallel()
	s := open(t, 1, journal.OneStatement)[0]
	ada, bob := s.user("Ada@Acme.com").ID, s.user("bob").ID
	s.delete(users, at, ada, bob)
	for name, want := range map[string][]string{"aCM": {ada}, "b": {bob}, "%": nil, "": {ada, bob}, "x\x00": nil, "\xff": nil} {
		var got []string
		for _, d := range s.deleted(at, directory.DeletedQuery{Name: name}) {
			got = append(got, d.ResourceID)
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", name, got, want)
		}
	}
}

// However many users there are, and however long the history of one, a page's names are looked up by their ids.
func (s tenant) namesPlan(t *testing.T) {
	s.TB = t
	busy := uuid.NewString()
	s.db.MustExec(`INSERT INTO `+s.schema.Table("journal")+` (id, at, action, resource_type, resource_id, version, actor, request_id, detail)
		SELECT gen_random_uuid(), $1, 'member_add', 'Group', $2::uuid, i, '', '', '{}' FROM generate_series(1, 20000) i`, at, busy)
	s.db.MustExec(`VACUUM ANALYZE ` + s.schema.Table("journal"))
	ids := []string{busy}
	for range 49 {
		ids = append(ids, uuid.NewString())
	}
	plan := s.plan(s.NamesStatement(), []any{pq.Array(ids)})
	for _, index := range []string{"users_pkey", "groups_pkey", "journal_resource_idx"} {
		if !strings.Contains(plan, index) {
			t.Errorf("the plan has not %s:\n%s", index, plan)
		}
	}
	if strings.Contains(plan, "Seq Scan on") {
		t.Errorf("the plan looks at all:\n%s", plan)
	}
}
