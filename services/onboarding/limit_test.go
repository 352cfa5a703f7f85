package onboarding_test

import (
	"strings"
	"testing"
	"time"

	"github.com/askspoke/spoke/services/onboarding"
	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/ratelimit"
)

// slow are rates of which nothing comes back while a test runs, and limits that delay nobody.
func slow(caller, failures int) option {
	return func(s *setting) {
		s.limiter = ratelimit.New(ratelimit.Config{Wait: time.Microsecond})
		s.rates = onboarding.Rates{
			Caller:   ratelimit.Rate{PerSecond: 1.0 / 3600, Burst: caller},
			Failures: ratelimit.Rate{PerSecond: 1.0 / 3600, Burst: failures},
		}
	}
}

// A caller that comes too fast is refused and told when to come again; another caller is not, and nothing was changed.
func TestCallersAreLimited(t *testing.T) {
	t.Parallel()
	w := newWorld(t, slow(2, 100))
	as := func(role operator.Role) []string { return []string{"Authorization", "Bearer " + w.keys[role]} }
	for i, remaining := range []string{"1", "0"} {
		got := w.send(t, "GET /v1/me", "", as(operator.Manage)...)
		if got.status != 200 || got.header.Get("X-RateLimit-Remaining") != remaining || got.header.Get("Retry-After") != "" {
			t.Errorf("call %d: %d %v", i, got.status, got.header)
		}
	}
	got := w.send(t, "POST /v1/tenants", `{"slug":"acme"}`, as(operator.Manage)...)
	if kind, _ := got.problem(); got.status != 429 || kind != "rate-limited" || got.header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("%d %s", got.status, got.body)
	}
	if got.header.Get("Retry-After") == "" || !strings.HasPrefix(got.header.Get("RateLimit"), `"operator";r=0;t=`) {
		t.Errorf("%v", got.header)
	}
	if got := w.send(t, "GET /v1/tenants/acme", "", as(operator.Admin)...); got.status != 404 {
		t.Errorf("another caller: %d %s", got.status, got.body)
	}
	audit := w.send(t, "GET /v1/audit?operation=createTenant", "", as(operator.Admin)...)
	if !strings.Contains(audit.body, `"problem":"rate-limited"`) {
		t.Errorf("the audit log: %s", audit.body)
	}
	if got := w.send(t, "GET /healthz", "", as(operator.Manage)...); got.status != 404 {
		t.Errorf("what is no operation: %d", got.status)
	}
}

// Wrong credentials, and none, slow their address down; a key that was good before stays good, until it is revoked.
func TestFailuresAreLimited(t *testing.T) {
	t.Parallel()
	w := newWorld(t, slow(100, 3))
	if got := w.send(t, "GET /v1/me", ""); got.status != 200 {
		t.Fatalf("%d %s", got.status, got.body)
	}
	for i, credential := range []string{"Bearer spo_wrong", "Bearer x", ""} {
		if got := w.send(t, "GET /v1/me", "", "Authorization", credential); got.status != 401 {
			t.Errorf("%d: %d %s", i, got.status, got.body)
		}
	}
	for _, credential := range []string{"Bearer spo_wrong", "", "Bearer " + w.keys[operator.Manage]} { // the last is right, and new
		got := w.send(t, "GET /v1/me", "", "Authorization", credential)
		if kind, _ := got.problem(); got.status != 429 || kind != "rate-limited" || got.header.Get("Retry-After") == "" {
			t.Errorf("%d %s", got.status, got.body)
		}
	}
	if got := w.send(t, "GET /v1/me", ""); got.status != 200 {
		t.Errorf("the key that was good before: %d %s", got.status, got.body)
	}
	if got := w.send(t, "DELETE /v1/api-keys/"+w.ids[operator.Admin], ""); got.status != 204 {
		t.Fatalf("%d %s", got.status, got.body)
	}
	if got := w.send(t, "GET /v1/me", ""); got.status != 429 {
		t.Errorf("the key when it is revoked: %d %s", got.status, got.body)
	}
}

// A right key puts back what it took.
func TestRightKeysTakeNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, slow(100, 1))
	for _, role := range []operator.Role{operator.Read, operator.Manage, operator.Admin} {
		if got := w.send(t, "GET /v1/me", "", "Authorization", "Bearer "+w.keys[role]); got.status != 200 {
			t.Errorf("%s: %d %s", role, got.status, got.body)
		}
	}
}
