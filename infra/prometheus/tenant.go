package prometheus

import (
	"fmt"
	"time"
)

// When a token's end is near. A provider whose token ends is quarantined at once, and renewing one takes a person on
// each side.
const (
	tokenWarn  = 2 * week
	tokenUrges = 3 * day
)

// tenantFile has the alerts that name a tenant. The states are those that observability/health decides; the rules add
// nothing to them but how long one must last.
func tenantFile(p Pace) File {
	return File{Name: "tenant", Groups: []Group{{
		Name: "spoke-tenant", Interval: p.wait(30 * time.Second),
		Rules: append(stateAlerts(p), append(tokenAlerts(p), guardHeld(p), beyondExport(p))...),
	}}}
}

func stateAlerts(p Pace) []Rule {
	return []Rule{
		stateAlert("SpokeTenantAtRisk", "at_risk", Warning, p.wait(5*time.Minute),
			"{{ $labels.tenant }} is at risk of quarantine",
			"So many changes of {{ $labels.tenant }} fail that half of what its identity provider tolerates is reached."),
		stateAlert("SpokeTenantQuarantineSuspected", "quarantine_suspected", Critical, p.wait(2*time.Minute),
			"{{ $labels.tenant }} is probably in quarantine",
			"The identity provider of {{ $labels.tenant }} comes far less often than it did, or its credentials fail in cycle after cycle."),
		stateAlert("SpokeTenantDisabledSuspected", "disabled_suspected", Critical, p.wait(2*time.Minute),
			"provisioning of {{ $labels.tenant }} was probably disabled",
			"The identity provider of {{ $labels.tenant }} has been in trouble and silent for so long that it disables the job by itself."),
		stateAlert("SpokeTenantStale", "stale", Warning, p.wait(15*time.Minute),
			"nothing comes from {{ $labels.tenant }}",
			"The identity provider of {{ $labels.tenant }} has missed several of its cycles. Nothing failed before."),
	}
}

func stateAlert(name, state string, severity Severity, hold Duration, summary, description string) Rule {
	return alert(name, severity, hold, `max by (tenant) (spoke_tenant_health{state="`+state+`"}) == 1`, summary, description)
}

// tokenAlerts go by the time itself, since a tenant's state is one word, which a worse trouble takes.
func tokenAlerts(p Pace) []Rule {
	left := "min by (tenant) (spoke_tenant_token_expiry_timestamp_seconds > 0) - time()"
	urges, warn := p.seconds(tokenUrges), p.seconds(tokenWarn)
	return []Rule{
		alert("SpokeTenantTokenExpiring", Warning, p.wait(5*time.Minute),
			fmt.Sprintf("(%s) < %s >= %s", left, warn, urges),
			"a token of {{ $labels.tenant }} expires soon",
			"It is valid for {{ $value | humanizeDuration }} more. Without a new one the identity provider is quarantined."),
		alert("SpokeTenantTokenExpiresInDays", Critical, p.wait(5*time.Minute),
			fmt.Sprintf("(%s) < %s", left, urges),
			"a token of {{ $labels.tenant }} expires within days, or has expired",
			"Time left: {{ $value | humanizeDuration }}. A negative time is how long it has been refused."),
	}
}

func guardHeld(p Pace) Rule {
	return alert("SpokeTenantGuardHeld", Warning, p.wait(0), "max by (tenant) (spoke_tenant_guard_held) > 0",
		"deletions of {{ $labels.tenant }} are held",
		"So many users or groups of {{ $labels.tenant }} were to be deleted or disabled that the deletion guard holds what follows until somebody decides.")
}

// troubled are the states with an alert of their own.
const troubled = "at_risk|quarantine_suspected|disabled_suspected|stale"

// beyondExport speaks for the tenants that have no series of their own, since there are too many: for them there is a
// count of each state.
func beyondExport(p Pace) Rule {
	return alert("SpokeTenantsInTroubleUnseen", Warning, p.wait(15*time.Minute),
		`max by (state) (spoke_tenants{state=~"`+troubled+`"})
- (
  count by (state) (max by (tenant, state) (spoke_tenant_health{state=~"`+troubled+`"}) == 1)
  or max by (state) (spoke_tenants{state=~"`+troubled+`"}) * 0
) > 0`,
		"{{ $value }} tenants are {{ $labels.state }} and have no series of their own",
		"No alert names them, since more tenants are in use than are exported. The onboarding API lists them.")
}
