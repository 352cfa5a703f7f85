package grafana

import (
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

// tenant shows the one tenant that the reader chooses.
func tenant() board {
	return board{
		uid: tenantUID, title: "Spoke / Tenant", from: "now-24h",
		about: "One tenant: its state, the cycles of its identity provider, and what becomes of its changes.",
		variables: []cog.Builder[dashboard.VariableModel]{
			dashboard.NewQueryVariableBuilder("tenant").Label("Tenant").Description("The tenant's slug.").
				Datasource(source()).Query(dashboard.StringOrMap{String: new("label_values(spoke_tenant_health_severity, tenant)")}).
				Refresh(dashboard.VariableRefreshOnTimeRangeChanged).Sort(dashboard.VariableSortAlphabeticalAsc),
		},
		sections: []section{{"How it is", tenantState()}, {"What its provider does", tenantOperations()}, {"Directory and limits", tenantLimits()}},
	}
}

func tenantState() []panel {
	return []panel{
		{
			kind: name, title: "State", unit: none, width: 5,
			about:   "What does its journal imply? The words are those of the health API, which also says why and forecasts.",
			queries: []query{{`max by (state) (spoke_tenant_health{tenant="$tenant"}) == 1`, "{{state}}"}},
		},
		{
			kind: figure, title: "Severity", unit: none, width: 3, words: severities,
			about:   "Is somebody needed? Critical: now. Warning: within the day. The runbook has a page for each alert.",
			queries: []query{{`max(spoke_tenant_health_severity{tenant="$tenant"})`, "severity"}},
		},
		{
			kind: figure, title: "Cycle", unit: share, max: 1,
			about:   "How far is the cycle under way? An estimate from the last comparable one, or from the provider's page count.",
			queries: []query{{`max(spoke_tenant_cycle_progress_ratio{tenant="$tenant"})`, "done"}},
		},
		{
			kind: figure, title: "Failed", unit: share, steps: failures, max: 1,
			about:   "Which share of the present cycle's changes failed? Entra quarantines above 40 %, from 5,000 failures on.",
			queries: []query{{`max(spoke_tenant_failure_ratio{tenant="$tenant"})`, "failed"}},
		},
		{
			kind: figure, title: "Token ends in", unit: duration, steps: expiry,
			about:   "How long is the token valid that ends first? Rotate it in time: with an expired one the provider is quarantined at once. Empty: none ends.",
			queries: []query{{`min(spoke_tenant_token_expiry_timestamp_seconds{tenant="$tenant"} > 0) - time()`, "token"}},
		},
		{
			kind: figure, title: "Held deletions", unit: count, steps: []step{{1, "orange"}},
			about:   "How many deletions does the guard hold? Any: ask the administrator whether they were meant, then approve or reject them.",
			queries: []query{{`max(spoke_tenant_guard_held{tenant="$tenant"})`, "held"}},
		},
		{
			kind: states, title: "State over time", unit: none, height: 6,
			about:   "When did the state change? Compare with releases, with changes of the mapping, and with the operations below.",
			queries: []query{{`max by (state) (spoke_tenant_health{tenant="$tenant"}) == 1`, "{{state}}"}},
		},
		{
			kind: figure, title: "Last request", unit: duration, width: 6,
			about:   "How long ago did the provider send anything? Entra comes every 40 minutes; longer than two cycles: it is paused, in quarantine, or cannot reach us.",
			queries: []query{{`time() - max(spoke_tenant_last_request_timestamp_seconds{tenant="$tenant"} > 0)`, "ago"}},
		},
		{
			kind: figure, title: "Last success", unit: duration, width: 6,
			about:   "How long ago did a request succeed? Much longer than the last request: everything is refused, most often the token.",
			queries: []query{{`time() - max(spoke_tenant_last_success_timestamp_seconds{tenant="$tenant"} > 0)`, "ago"}},
		},
		{
			kind: series, title: "Time between cycles", unit: duration, height: 4,
			about:   "Does the provider keep its pace? Entra's is 40 minutes; 6, 12 or 24 hours are those of a job in quarantine.",
			queries: []query{{`max(spoke_tenant_cycle_interval_seconds{tenant="$tenant"})`, "interval"}},
		},
	}
}

func tenantOperations() []panel {
	return []panel{
		{
			kind: stacked, title: "Operations by outcome", unit: perSec,
			about:   "What becomes of what it asks for? Refused: read the journal, it names rule and attribute. Failed: ours. Unauthorized: the token.",
			queries: []query{{`sum by (outcome) (rate(spoke_tenant_operations_total{tenant="$tenant"}[$__rate_interval]))`, "{{outcome}}"}},
		},
		{
			kind: stacked, title: "Operations by action", unit: perSec,
			about:   "What does the provider do? An initial cycle reads and creates, later ones read and update. Many deletes: the scope was narrowed.",
			queries: []query{{`sum by (resource, action) (rate(spoke_tenant_operations_total{tenant="$tenant"}[$__rate_interval]))`, "{{resource}} {{action}}"}},
		},
		{
			kind: series, title: "Failed share of the cycle", unit: share, steps: failures, max: 1,
			about:   "How near is quarantine? The dashed lines are where Spoke warns, and where Entra quarantines from 5,000 failures on.",
			queries: []query{{`max(spoke_tenant_failure_ratio{tenant="$tenant"})`, "failed"}},
		},
		{
			kind: stacked, title: "Answers by class", unit: requests,
			about:   "How are its requests answered? 4xx is the data, the mapping or the token; 5xx is ours.",
			queries: []query{{`sum by (class) (rate(spoke_tenant_requests_total{tenant="$tenant"}[$__rate_interval]))`, "{{class}}"}},
		},
		{
			kind: series, title: "Progress of the cycle", unit: share, max: 1,
			about:   "Does the cycle get on? A line that stays flat while requests arrive: the provider repeats itself.",
			queries: []query{{`max(spoke_tenant_cycle_progress_ratio{tenant="$tenant"})`, "done"}},
		},
		{
			kind: rows, title: "Operations", unit: count, width: 12,
			about:   "What was done in the time shown, in numbers? Compare with the provider's own provisioning log.",
			queries: []query{{`sum by (resource, action, outcome) (increase(spoke_tenant_operations_total{tenant="$tenant"}[$__range])) > 0`, ""}},
		},
	}
}

func tenantLimits() []panel {
	return []panel{
		{
			kind: series, title: "Users and groups", unit: count,
			about: "How large is its directory? A step down is a mass deletion or a narrowed scope; users that are there but not active were disabled.",
			queries: []query{
				{`max(spoke_tenant_users{tenant="$tenant"})`, "users"},
				{`max(spoke_tenant_active_users{tenant="$tenant"})`, "active users"},
				{`max(spoke_tenant_groups{tenant="$tenant"})`, "groups"},
			},
		},
		{
			kind: series, title: "Refused for their rate", unit: requests,
			about:   "Are its requests refused for their rate (429)? A larger plan, or a provider that should be slower. A provider tries again by itself.",
			queries: []query{{`sum by (class) (rate(spoke_ratelimit_tenant_refused_total{tenant="$tenant"}[$__rate_interval]))`, "{{class}}"}},
		},
		{
			kind: bars, title: "Departures from the RFC", unit: count,
			about:   "Which dialect does its provider send, in the time shown? A tenant without any can be set to the profile strict.",
			queries: []query{{`sum by (tolerance) (increase(spoke_scim_tenant_tolerances_total{tenant="$tenant"}[$__range]))`, "{{tolerance}}"}},
		},
	}
}
