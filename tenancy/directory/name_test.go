package directory_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

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
