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
