package tenancy_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/tenancy"
)

func TestParseSlug(t *testing.T) {
	t.Parallel()
	const length, letters, ends, double, taken = "must have 2 to 40 characters",
		"may contain only the letters a to z, digits and hyphens", "must begin and end with a letter or a digit",
		"may not contain two hyphens in a row", "is reserved"
	for _, tc := range []struct {
		in     string
		want   tenancy.Slug
		reason string
	}{
		{in: "acme", want: "acme"},
		{in: " ACME ", want: "acme"},
		{in: "4you", want: "4you"},
		{in: "a-b-c", want: "a-b-c"},
		{in: strings.Repeat("a", 40), want: tenancy.Slug(strings.Repeat("a", 40))},
		{in: "", reason: length},
		{in: "a", reason: length},
		{in: strings.Repeat("a", 41), reason: length},
		{in: "a.b", reason: letters},
		{in: "a_b", reason: letters},
		{in: "bücher", reason: letters},
		{in: "a'; DROP", reason: letters},
		{in: "-ab", reason: ends},
		{in: "ab-", reason: ends},
		{in: "xn--bcher-kva", reason: double},
		{in: "WWW", reason: taken},
		{in: "admin", reason: taken},
	} {
		t.Run(tc.in, func(t *testing.T) {
			t.Parallel()
			got, err := tenancy.ParseSlug(tc.in)
			var slugErr *tenancy.SlugError
			var reason string
			if errors.As(err, &slugErr) {
				reason = slugErr.Reason
			}
			if diff := cmp.Diff([]string{string(tc.want), tc.reason}, []string{string(got), reason}); diff != "" {
				t.Errorf("ParseSlug (-want +got):\n%s", diff)
			}
			if (err != nil) != errors.Is(err, tenancy.ErrSlugInvalid) {
				t.Errorf("error %v is not ErrSlugInvalid", err)
			}
		})
	}
}

func TestParseID(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]tenancy.ID{
		"6F9619FF-8B86-D011-B42D-00C04FC964FF": "6f9619ff-8b86-d011-b42d-00c04fc964ff",
		"6f9619ff8b86d011b42d00c04fc964ff":     "",
		"6f9619ff-8b86-d011-b42d-00c04fc964fg": "",
		"6f9619ff-8b86-d011-b42d_00c04fc964ff": "",
		"":                                     "",
	} {
		got, err := tenancy.ParseID(in)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("ParseID(%q) (-want +got):\n%s", in, diff)
		}
		if (want == "") != errors.Is(err, tenancy.ErrIDInvalid) {
			t.Errorf("ParseID(%q): error %v", in, err)
		}
	}
	if id, err := tenancy.ParseID(string(tenancy.NewID())); err != nil || id[14] != '4' {
		t.Errorf("NewID is not a version 4 UUID: %q, %v", id, err)
	}
}
