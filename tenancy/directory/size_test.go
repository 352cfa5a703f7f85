package directory_test

import (
	"testing"

	"github.com/askspoke/spoke/tenancy/directory"
)

func TestSize(t *testing.T) {
	t.Parallel()
	s := openOne(t)
	for _, text := range []string{
		`{"userName":"ada","active":true}`, `{"userName":"grace","active":false}`, `{"userName":"linus"}`,
		`{"userName":"ken","title":"active false"}`,
	} {
		s.create(users, text)
	}
	s.create(groups, `{"displayName":"all"}`)
	got, err := s.Size(t.Context())
	if want := (directory.Size{Users: 4, ActiveUsers: 3, Groups: 1}); got != want || err != nil {
		t.Errorf("%+v, %v, want %+v", got, err, want)
	}
}

func TestHasMembers(t *testing.T) {
	t.Parallel()
	s := openOne(t)
	ada := s.create(users, `{"userName":"ada"}`)
	s.create(groups, `{"displayName":"nobody"}`)
	if has, err := s.HasMembers(t.Context()); has || err != nil {
		t.Errorf("an empty group has a member: %v, %v", has, err)
	}
	s.create(groups, `{"displayName":"all"}`, ada.ID)
	if has, err := s.HasMembers(t.Context()); !has || err != nil {
		t.Errorf("a group with a member has none: %v, %v", has, err)
	}
}

// A directory is counted up to a limit, and beyond it not at all.
func TestSizeUpTo(t *testing.T) {
	t.Parallel()
	s := openOne(t)
	for _, text := range []string{`{"userName":"ada"}`, `{"userName":"grace","active":false}`} {
		s.create(users, text)
	}
	for _, name := range []string{"all", "some", "none"} {
		s.create(groups, `{"displayName":"`+name+`"}`)
	}
	for limit, want := range map[int]directory.Size{0: {}, 2: {}, 3: {Users: 2, ActiveUsers: 1, Groups: 3}, 4: {Users: 2, ActiveUsers: 1, Groups: 3}} {
		got, all, err := s.SizeUpTo(t.Context(), limit)
		if got != want || all != (want != directory.Size{}) || err != nil {
			t.Errorf("up to %d: %+v, %t, %v, want %+v", limit, got, all, err, want)
		}
	}
}
