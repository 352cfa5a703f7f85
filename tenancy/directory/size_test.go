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
