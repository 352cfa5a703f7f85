package prometheus

import (
	"regexp"
	"slices"
	"strings"
)

// A Kind is what a metric is to Prometheus.
type Kind string

// The kinds.
const (
	Counter   Kind = "counter"
	Gauge     Kind = "gauge"
	Histogram Kind = "histogram" // scraped with classic buckets
)

// A Metric is one that rules and dashboards may name.
type Metric struct {
	Name   string
	Kind   Kind
	Labels []string
}

// Metrics are the metrics of Spoke's servers that rules and dashboards are made of. The label job of Spoke's own arrives
// as exported_job.
func Metrics() []Metric {
	return []Metric{
		{"up", Gauge, nil},
		{"spoke_build_info", Gauge, []string{"version", "revision", "goversion"}},

		{"spoke_scim_requests_total", Counter, []string{"route", "method", "code"}},
		{"spoke_scim_request_duration_seconds", Histogram, []string{"route", "method", "class"}},
		{"spoke_scim_requests_in_flight", Gauge, nil},
		{"spoke_scim_errors_total", Counter, []string{"scim_type"}},
		{"spoke_scim_tolerances_total", Counter, []string{"tolerance"}},
		{"spoke_scim_tenant_tolerances_total", Counter, []string{"tenant", "tolerance"}},
		{"spoke_oauth_requests_total", Counter, []string{"route", "code", "error"}},
		{"spoke_provisioning_operations_total", Counter, []string{"resource", "action", "outcome"}},
		{"spoke_tenant_operations_total", Counter, []string{"tenant", "resource", "action", "outcome"}},
		{"spoke_tenant_requests_total", Counter, []string{"tenant", "class"}},
		{"spoke_tenant_label_overflow_total", Counter, nil},
		{"spoke_ratelimit_requests_total", Counter, []string{"class", "outcome"}},
		{"spoke_ratelimit_tenant_refused_total", Counter, []string{"tenant", "class"}},
		{"spoke_ratelimit_redis_up", Gauge, nil},

		{"spoke_journal_refusals_written_total", Counter, nil},
		{"spoke_journal_refusals_dropped_total", Counter, nil},
		{"spoke_journal_buffered_entries", Gauge, nil},
		{"spoke_journal_lag_seconds", Gauge, nil},
		{"spoke_activity_lag_seconds", Gauge, nil},
		{"spoke_activity_kept_counts", Gauge, nil},
		{"spoke_activity_dropped_total", Counter, nil},

		{"spoke_tenants", Gauge, []string{"state"}},
		{"spoke_tenants_exported", Gauge, nil},
		{"spoke_tenants_not_exported", Gauge, nil},
		{"spoke_tenant_health", Gauge, []string{"tenant", "state"}},
		{"spoke_tenant_health_severity", Gauge, []string{"tenant"}},
		{"spoke_tenant_last_request_timestamp_seconds", Gauge, []string{"tenant"}},
		{"spoke_tenant_last_success_timestamp_seconds", Gauge, []string{"tenant"}},
		{"spoke_tenant_cycle_interval_seconds", Gauge, []string{"tenant"}},
		{"spoke_tenant_cycle_progress_ratio", Gauge, []string{"tenant"}},
		{"spoke_tenant_failure_ratio", Gauge, []string{"tenant"}},
		{"spoke_tenant_users", Gauge, []string{"tenant"}},
		{"spoke_tenant_active_users", Gauge, []string{"tenant"}},
		{"spoke_tenant_groups", Gauge, []string{"tenant"}},
		{"spoke_tenant_token_expiry_timestamp_seconds", Gauge, []string{"tenant"}},
		{"spoke_tenant_guard_held", Gauge, []string{"tenant"}},

		{"spoke_mail_sent_total", Counter, []string{"outcome"}},
		{"spoke_mail_queued", Gauge, nil},
		{"spoke_mail_oldest_seconds", Gauge, nil},
		{"spoke_schema_behind_tenants", Gauge, nil},
		{"spoke_job_runs_total", Counter, []string{"exported_job", "outcome"}},
		{"spoke_job_last_done_timestamp_seconds", Gauge, []string{"exported_job"}},
		{"spoke_onboarding_calls_total", Counter, []string{"operation", "method", "code"}},
		{"spoke_onboarding_call_duration_seconds", Histogram, []string{"operation"}},
		{"spoke_onboarding_problems_total", Counter, []string{"problem"}},
		{"spoke_onboarding_calls_not_audited_total", Counter, nil},
		{"spoke_console_requests_total", Counter, []string{"route", "method", "code"}},
		{"spoke_console_request_duration_seconds", Histogram, []string{"route"}},

		{"go_sql_max_open_connections", Gauge, []string{"db_name"}},
		{"go_sql_open_connections", Gauge, []string{"db_name"}},
		{"go_sql_in_use_connections", Gauge, []string{"db_name"}},
		{"go_sql_idle_connections", Gauge, []string{"db_name"}},
		{"go_sql_wait_count_total", Counter, []string{"db_name"}},
		{"go_sql_wait_duration_seconds_total", Counter, []string{"db_name"}},
		{"go_goroutines", Gauge, nil},
		{"go_memstats_heap_inuse_bytes", Gauge, nil},
		{"go_gc_duration_seconds_sum", Counter, nil},
		{"process_cpu_seconds_total", Counter, nil},
		{"process_resident_memory_bytes", Gauge, nil},
		{"process_open_fds", Gauge, nil},
		{"process_max_fds", Gauge, nil},
	}
}

var (
	quoted = regexp.MustCompile(`"[^"]*"`)
	metric = regexp.MustCompile(`\b(?:(?:spoke|go|process|promhttp)[_:][a-z0-9_:]+|up\b)`)
)

// Named returns the metrics and recorded series that an expression names, each once.
func Named(expr string) []string {
	names := metric.FindAllString(quoted.ReplaceAllString(expr, `""`), -1)
	slices.Sort(names)
	return slices.Compact(names)
}

// Unknown returns those that an expression names and that are neither on the list nor recorded by a rule.
func Unknown(expr string) []string {
	return slices.DeleteFunc(Named(expr), known())
}

func known() func(string) bool {
	names := make(map[string]bool)
	for _, m := range Metrics() {
		names[m.Name] = m.Kind != Histogram
		if m.Kind == Histogram {
			for suffix := range strings.FieldsSeq("_bucket _count _sum") {
				names[m.Name+suffix] = true
			}
		}
	}
	for _, f := range Files(Real) {
		for _, g := range f.Groups {
			for _, r := range g.Rules {
				names[r.Record] = true
			}
		}
	}
	return func(name string) bool { return names[name] }
}
