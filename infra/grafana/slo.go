package grafana

import (
	"fmt"
	"strconv"

	"github.com/askspoke/spoke/infra/prometheus"
)

// slo shows what is left of the error budgets, how fast they burn, and what burns them. Its series are recorded by
// infra/prometheus/rules/slo.yml.
func slo() board {
	return board{
		uid: sloUID, title: "Spoke / SLO", from: "now-24h",
		about: "The objectives over thirty days: 99.9 % of SCIM requests without a failure of ours, 99 % within 500 ms.",
		sections: []section{
			{"Budgets", sloBudgets()},
			{"How fast they burn", []panel{
				burn("Availability", "errors", prometheus.Availability),
				burn("Latency", "slow", prometheus.Latency),
			}},
			{"What burns them", sloCauses()},
		},
	}
}

// left are the colours of what is left of a budget.
var left = []step{{-1e12, "red"}, {0, "orange"}, {.25, "green"}}

func sloBudgets() []panel {
	budget := "How much of the thirty days' budget is left? Below a quarter: no risky release. Below zero: reliability comes before features."
	return []panel{
		{
			kind: figure, title: "Availability budget left", unit: share, steps: left, width: 6, about: budget,
			queries: []query{{`spoke:scim_availability_budget:remaining_ratio30d`, "left"}},
		},
		{
			kind: figure, title: "Latency budget left", unit: share, steps: left, width: 6, about: budget,
			queries: []query{{`spoke:scim_latency_budget:remaining_ratio30d`, "left"}},
		},
		{
			kind: figure, title: "Failed in the last hour", unit: share, steps: over(prometheus.Availability), width: 6,
			about:   "Which share of requests failed? Orange is more than the objective allows, red fires an alert. What the deletion guard holds is no failure.",
			queries: []query{{`spoke:scim_errors:ratio_rate1h`, "failed"}},
		},
		{
			kind: figure, title: "Slow in the last hour", unit: share, steps: over(prometheus.Latency), width: 6,
			about:   "Which share of requests took longer than half a second? Orange is more than the objective allows, red fires an alert.",
			queries: []query{{`spoke:scim_slow:ratio_rate1h`, "slow"}},
		},
	}
}

// over are the colours of a share of bad requests.
func over(objective float64) []step {
	allowed := round(1 - objective)
	return []step{{allowed, "orange"}, {round(14.4 * allowed), "red"}}
}

// burn shows how many times faster than allowed a budget is used, in each window of the alerts.
func burn(title, bad string, objective float64) panel {
	p := panel{
		kind: series, title: title + " burns", unit: "suffix:x", steps: []step{{1, "yellow"}, {6, "orange"}, {14.4, "red"}},
		about: "How many times faster than allowed is the budget used? At 1 it lasts thirty days. An alert fires when a long and a short window are both above a line: 1h and 5m above 14.4, 6h and 30m above 6, 1d and 2h above 3, 3d and 6h above 1.",
	}
	for _, window := range []string{"5m", "30m", "1h", "2h", "6h", "1d", "3d"} {
		p.queries = append(p.queries, query{fmt.Sprintf("spoke:scim_%s:ratio_rate%s / %v", bad, window, round(1-objective)), window})
	}
	return p
}

// round leaves out the noise of a number's last binary digits.
func round(f float64) float64 {
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(f, 'f', 6, 64), 64)
	if err != nil {
		return f
	}
	return rounded
}

func sloCauses() []panel {
	return []panel{
		{
			kind: stacked, title: "Failures by route and status", unit: requests,
			about:   "What fails? 503 everywhere: Postgres is away. 500 on one route: a bug; the log has each at level error. 503 alone can be a paused tenant or the deletion guard.",
			queries: []query{{`sum by (route, method, code) (rate(spoke_scim_requests_total{code=~"5.."}[$__rate_interval]))`, "{{method}} {{route}} {{code}}"}},
		},
		{
			kind: series, title: "Latency by route", unit: seconds, steps: []step{{prometheus.SlowAfter.Seconds(), "orange"}},
			about:   "What is slow? Of each route, what 99 % of requests stay below. One route: a query. All: a resource, see Tenancy and Postgres.",
			queries: []query{{`histogram_quantile(0.99, sum by (route, method, le) (rate(spoke_scim_request_duration_seconds_bucket[$__rate_interval])))`, "{{method}} {{route}}"}},
		},
		{
			kind: stacked, title: "Requests by route", unit: requests,
			about:   "What is asked for? The load that the objectives are measured on; a burst can explain what is slow.",
			queries: []query{{`sum by (route, method) (rate(spoke_scim_requests_total[$__rate_interval]))`, "{{method}} {{route}}"}},
		},
		{
			kind: series, title: "Failures by tenant", unit: perSec, drill: "tenant",
			about:   "Is it one tenant? Failures of ours by tenant: one alone has data that meets a bug, or a directory that is too large for a query.",
			queries: []query{{`topk(10, sum by (tenant) (rate(spoke_tenant_requests_total{class="5xx"}[$__rate_interval])))`, "{{tenant}}"}},
		},
		{
			kind: rows, title: "Alerts", unit: none, width: 24,
			about:   "Which of Spoke's alerts fire or are about to? Each has a page in infra/prometheus/RUNBOOK.md of what it means and what to do.",
			queries: []query{{`ALERTS{alertname=~"Spoke.+"}`, ""}},
		},
	}
}
