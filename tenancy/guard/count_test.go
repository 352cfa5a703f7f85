package guard_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/tenancy/guard"
)

// Count counts each resource once, and of a hold that there is not, nothing.
func TestCount(t *testing.T) {
	t.Parallel()
	w := open(t)
	ids := w.users(10)
	hold := w.held(noon, ids[:6]...)
	if got := w.try(strict, attempt("User", ids[4], "disable", noon)); got != "held" {
		t.Fatal(got)
	}
	if got := w.try(strict, attempt("User", ids[8], "disable", noon)); got != "held" {
		t.Fatal(got)
	}
	for id, want := range map[string]guard.Count{
		hold.ID: {Users: 4, Deletions: 3}, "nonsense": {}, ids[0]: {},
	} {
		got, err := w.Count(t.Context(), w.schema, id)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", id, err, diff)
		}
	}
}
