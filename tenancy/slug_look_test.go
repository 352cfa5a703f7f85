package tenancy_test

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"github.com/askspoke/spoke/tenancy"
)

func TestSkeleton(t *testing.T) {
	t.Parallel()
	for _, alike := range [][]tenancy.Slug{
		{"paypal", "paypa1", "paypai", "pay-pal", "p-aypa1"},
		{"google", "g00gle", "goog1e", "go0gie"},
		{"modern", "rnodern", "modem", "rnodem", "mod-em"},
		{"wave", "vvave", "vv-ave", "v-vave"},
		{"acme", "acrne", "a-c-m-e"},
	} {
		for _, slug := range alike {
			if slug.Skeleton() != alike[0].Skeleton() {
				t.Errorf("%s does not look like %s: %s, %s", slug, alike[0], slug.Skeleton(), alike[0].Skeleton())
			}
		}
	}
	for _, other := range [][2]tenancy.Slug{{"paypal", "paypale"}, {"tenant-10", "tenant-1"}, {"tenant-2", "tenant-3"}, {"vave", "wave"}, {"bob", "bab"}} {
		if other[0].Skeleton() == other[1].Skeleton() {
			t.Errorf("%s looks like %s", other[0], other[1])
		}
	}
}

// What looks alike can be told no further: a skeleton is its own.
func TestSkeletonIsItsOwn(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		slug := tenancy.Slug(rapid.StringMatching(`[01ilomnrvw-]{2,12}`).Draw(t, "slug"))
		if once := tenancy.Slug(slug.Skeleton()); once.Skeleton() != string(once) {
			t.Errorf("%s, then %s, then %s", slug, once, once.Skeleton())
		}
	})
}

func TestCheckLook(t *testing.T) {
	t.Parallel()
	for slug, fine := range map[tenancy.Slug]bool{
		"acme": true, "apis": true, "administrators": true,
		"adm1n": false, "adrnin": false, "1ogin": false, "log-in": false, "vvww": false, "wvvw": false, "apl": false, "d0cs": false, "ask-spoke": false,
	} {
		if _, err := tenancy.ParseSlug(string(slug)); err != nil {
			t.Errorf("%s is not even a slug: %v", slug, err)
		}
		err := slug.CheckLook()
		var wrong *tenancy.SlugError
		if (err == nil) != fine || err != nil && (!errors.As(err, &wrong) || wrong.Reason != "looks like a name that is reserved") {
			t.Errorf("%s: %v", slug, err)
		}
	}
}
