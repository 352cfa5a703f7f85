package grafana

// fleet shows all tenants: who needs help, and who sends what.
func fleet() board {
	return board{
		uid: fleetUID, title: "Spoke / Fleet", from: "now-6h",
		about:    "All tenants: who is about to be quarantined by its identity provider, and what is sent.",
		sections: []section{{"Who needs help", fleetHealth()}, {"What is sent", fleetTraffic()}, {"Limits", fleetLimits()}},
	}
}

func fleetHealth() []panel {
	return []panel{
		{
			kind: figure, title: "In trouble", unit: count, steps: []step{{1, "red"}},
			about:   "How many tenants are at risk, probably quarantined or disabled, or stale? Any: look at the table below for who, and open the tenant.",
			queries: []query{{`sum(max by (state) (spoke_tenants{state=~"` + troubled + `"}))`, "tenants"}},
		},
		{
			kind: figure, title: "Guards that hold", unit: count, steps: []step{{1, "orange"}},
			about:   "For how many tenants does the deletion guard hold deletions? Each waits for somebody to approve or reject them.",
			queries: []query{{`sum(max by (tenant) (spoke_tenant_guard_held) > bool 0)`, "tenants"}},
		},
		{
			kind: figure, title: "Without series of their own", unit: count, steps: []step{{1, "orange"}},
			about:   "How many tenants does this dashboard not name, since only the busiest are exported? The counts by state have them all; the onboarding API lists them.",
			queries: []query{{`max(spoke_tenants_not_exported)`, "tenants"}},
		},
		{
			kind: stacked, title: "Tenants by state", unit: count, height: 4, width: 12,
			about:   "Do more tenants get into trouble, and when did it begin? Many at the same time: the cause is ours, or one identity provider's.",
			queries: []query{{`max by (state) (spoke_tenants) > 0`, "{{state}}"}},
		},
		{
			kind: rows, title: "Who is about to be quarantined", unit: none, height: 11, drill: "tenant",
			about:  "Which tenants need help first? The worst come first; a click opens the tenant. Entra quarantines above 40 % of failed changes; Spoke warns at half of it.",
			joined: []string{"Severity", "", "Failed", "Last success", "Cycle", "Token ends"},
			queries: []query{
				{`max by (tenant) (spoke_tenant_health_severity)`, ""},
				{`max by (tenant, state) (spoke_tenant_health) == 1`, ""},
				{`max by (tenant) (spoke_tenant_failure_ratio)`, ""},
				{`time() - max by (tenant) (spoke_tenant_last_success_timestamp_seconds > 0)`, ""},
				{`max by (tenant) (spoke_tenant_cycle_progress_ratio)`, ""},
				{`min by (tenant) (spoke_tenant_token_expiry_timestamp_seconds > 0) - time()`, ""},
			},
			columns: []columnStyle{
				{title: "Severity", unit: none, words: severities},
				{title: "Failed", unit: share, steps: failures},
				{title: "Last success", unit: duration},
				{title: "Cycle", unit: share},
				{title: "Token ends", unit: duration, steps: expiry},
			},
		},
		{
			kind: bars, title: "Failed changes in the present cycle", unit: share, steps: failures, max: 1, drill: "tenant",
			about:   "Whose changes fail most? Orange is half of what Entra tolerates, red is all of it. Open the tenant, and read in its journal which rule refuses them.",
			queries: []query{{`topk(15, max by (tenant) (spoke_tenant_failure_ratio))`, "{{tenant}}"}},
		},
		{
			kind: bars, title: "Worst severity", unit: none, words: severities, max: 3, drill: "tenant",
			about:   "Which tenants are judged worst? Open the tenant for the reason.",
			queries: []query{{`topk(15, max by (tenant) (spoke_tenant_health_severity))`, "{{tenant}}"}},
		},
	}
}

func fleetTraffic() []panel {
	return []panel{
		{
			kind: series, title: "Requests by tenant", unit: requests, drill: "tenant",
			about:   "Who sends most? A tenant in its initial cycle sends for hours; one that sends all the time at the same rate may be in a loop.",
			queries: []query{{`topk(10, sum by (tenant) (rate(spoke_tenant_requests_total[$__rate_interval])))`, "{{tenant}}"}},
		},
		{
			kind: stacked, title: "Answers by class", unit: requests,
			about:   "How are requests answered? 5xx is a failure of ours: see the dashboard SLO. Much 4xx: see below which errors.",
			queries: []query{{`sum by (class) (rate(spoke_tenant_requests_total[$__rate_interval]))`, "{{class}}"}},
		},
		{
			kind: stacked, title: "Operations by outcome", unit: perSec,
			about:   "What becomes of the changes that providers ask for? Refused is the client's fault, failed is ours, held waits for approval.",
			queries: []query{{`sum by (outcome) (rate(spoke_provisioning_operations_total[$__rate_interval]))`, "{{outcome}}"}},
		},
		{
			kind: stacked, title: "Operations by action", unit: perSec,
			about:   "What do providers do: fill directories, keep them, or take people away? Many deletes: somebody's scope was narrowed.",
			queries: []query{{`sum by (resource, action) (rate(spoke_provisioning_operations_total[$__rate_interval]))`, "{{resource}} {{action}}"}},
		},
		{
			kind: series, title: "Latency", unit: seconds,
			about: "How long does a request take? Above half a second it counts against the objective: see the dashboard SLO.",
			queries: []query{
				{`histogram_quantile(0.5, sum by (le) (rate(spoke_scim_request_duration_seconds_bucket[$__rate_interval])))`, "half"},
				{`histogram_quantile(0.95, sum by (le) (rate(spoke_scim_request_duration_seconds_bucket[$__rate_interval])))`, "95 %"},
				{`histogram_quantile(0.99, sum by (le) (rate(spoke_scim_request_duration_seconds_bucket[$__rate_interval])))`, "99 %"},
			},
		},
		{
			kind: stacked, title: "Errors by type", unit: requests,
			about:   "Why are requests refused? The scimType of the answer; none is an error without one, such as 401 and 404. uniqueness: two sources provision the same users.",
			queries: []query{{`sum by (scim_type) (rate(spoke_scim_errors_total[$__rate_interval]))`, "{{scim_type}}"}},
		},
	}
}

func fleetLimits() []panel {
	return []panel{
		{
			kind: stacked, title: "Rate limits", unit: requests, width: 8,
			about:   "Are requests slowed down or refused for their rate? Refused ones of one tenant: its plan is too small, or it is in a loop.",
			queries: []query{{`sum by (class, outcome) (rate(spoke_ratelimit_requests_total[$__rate_interval]))`, "{{class}} {{outcome}}"}},
		},
		{
			kind: bars, title: "Refused for their rate", unit: count, width: 8, drill: "tenant",
			about:   "Whose requests were refused for their rate, in the time shown? Open the tenant: a larger plan, or a provider that should be slower.",
			queries: []query{{`topk(10, sum by (tenant) (increase(spoke_ratelimit_tenant_refused_total[$__range])))`, "{{tenant}}"}},
		},
		{
			kind: bars, title: "Departures from the RFC", unit: count, width: 8,
			about:   "Which dialects do providers send, in the time shown? Each is let through by a named tolerance; one that nobody needs any more can go.",
			queries: []query{{`sum by (tolerance) (increase(spoke_scim_tolerances_total[$__range]))`, "{{tolerance}}"}},
		},
		{
			kind: figure, title: "In flight", unit: count,
			about:   "How many requests are being answered now? A number that only grows: something hangs.",
			queries: []query{{`sum(spoke_scim_requests_in_flight)`, "requests"}},
		},
		{
			kind: figure, title: "Counted as _other", unit: count, width: 5,
			about:   "How many requests were of tenants without a label of their own, in the time shown? Many: the busiest tenants of long ago hold the labels; a restart gives them anew.",
			queries: []query{{`sum(increase(spoke_tenant_label_overflow_total[$__range]))`, "requests"}},
		},
	}
}
