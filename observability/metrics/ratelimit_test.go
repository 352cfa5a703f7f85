package metrics

import (
	"strings"
	"testing"
)

func TestRateLimitsAreCounted(t *testing.T) {
	t.Parallel()
	r := New(Build{})
	up := true
	if err := r.RateLimitShared(func() bool { return up }); err != nil {
		t.Fatal(err)
	}
	r.RateLimit("write", "delayed")
	r.RateLimitRefused("acme", "write")
	for _, want := range []string{
		`spoke_ratelimit_requests_total{class="write",outcome="delayed"} 1`,
		`spoke_ratelimit_tenant_refused_total{class="write",tenant="acme"} 1`,
		"\nspoke_ratelimit_redis_up 1\n",
	} {
		if !strings.Contains(scrape(t, r), want) {
			t.Errorf("no %s", want)
		}
	}
	up = false
	if !strings.Contains(scrape(t, r), "\nspoke_ratelimit_redis_up 0\n") {
		t.Error("the gauge does not follow")
	}
}
