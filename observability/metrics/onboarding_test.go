package metrics

import (
	"strings"
	"testing"
	"time"
)

func TestOnboardingCallsAreCounted(t *testing.T) {
	t.Parallel()
	r := New(Build{})
	r.Onboarding(OnboardingCall{Operation: "createTenant", Method: "POST", Status: 201, Duration: 30 * time.Millisecond})
	r.Onboarding(OnboardingCall{Operation: "createTenant", Method: "POST", Status: 409, Problem: "slug-taken"})
	r.Onboarding(OnboardingCall{Method: "BREW", Status: 404, Problem: "not-found"})
	r.OnboardingNotAudited()
	got := scrape(t, r)
	for _, want := range []string{
		`spoke_onboarding_calls_total{code="201",method="POST",operation="createTenant"} 1`,
		`spoke_onboarding_calls_total{code="404",method="other",operation="none"} 1`,
		`spoke_onboarding_problems_total{problem="slug-taken"} 1`,
		`spoke_onboarding_call_duration_seconds_count{operation="createTenant"} 2`,
		`spoke_onboarding_calls_not_audited_total 1`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
}
