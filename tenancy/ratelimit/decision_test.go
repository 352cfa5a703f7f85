package ratelimit

import (
	"net/http"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestHeader(t *testing.T) {
	t.Parallel()
	rate := Rate{PerSecond: 50, Burst: 120}
	for name, test := range map[string]struct {
		decision Decision
		want     http.Header
	}{
		"allowed": {
			Decision{Class: Write, Rate: rate, Outcome: Allowed, Remaining: 70, Reset: 1001 * time.Millisecond},
			http.Header{
				"Ratelimit-Policy": {`"write";q=120;w=3`}, "Ratelimit": {`"write";r=70;t=2`},
				"X-Ratelimit-Limit": {"120"}, "X-Ratelimit-Remaining": {"70"}, "X-Ratelimit-Reset": {"2"},
			},
		},
		"refused": {
			Decision{Class: Write, Rate: rate, Outcome: Refused, Reset: 4 * time.Second, RetryAfter: 3 * time.Second},
			http.Header{
				"Ratelimit-Policy": {`"write";q=120;w=3`}, "Ratelimit": {`"write";r=0;t=3`}, "Retry-After": {"3"},
				"X-Ratelimit-Limit": {"120"}, "X-Ratelimit-Remaining": {"0"}, "X-Ratelimit-Reset": {"3"},
			},
		},
		"nothing granted": {
			Decision{Class: Bulk, Outcome: Refused, Reset: time.Hour, RetryAfter: time.Hour},
			http.Header{
				"Ratelimit-Policy": {`"bulk";q=0;w=3600`}, "Ratelimit": {`"bulk";r=0;t=3600`}, "Retry-After": {"3600"},
				"X-Ratelimit-Limit": {"0"}, "X-Ratelimit-Remaining": {"0"}, "X-Ratelimit-Reset": {"3600"},
			},
		},
		"no limit": {Decision{Class: Read, Rate: NoLimit(), Outcome: Allowed}, http.Header{}},
	} {
		got := http.Header{}
		test.decision.Header(got)
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestAddressKey(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"192.0.2.7": "192.0.2.7", "::ffff:192.0.2.7": "192.0.2.7",
		"2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64", "2001:db8:1:2:ffff::1": "2001:db8:1:2::/64", "fe80::1%eth0": "fe80::/64",
	} {
		if got := AddressKey(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: %s, want %s", address, got, want)
		}
	}
}
