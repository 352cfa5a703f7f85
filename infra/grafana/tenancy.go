package grafana

// tenancy shows what is below the tenants: Postgres, the worker, journals, mail, the onboarding API, and the program.
func tenancy() board {
	return board{
		uid: tenancyUID, title: "Spoke / Tenancy and Postgres", from: "now-6h",
		about: "The service below the tenants: Postgres, jobs, journals, mail, the onboarding API, and the program itself.",
		sections: []section{
			{"Postgres", tenancyPostgres()},
			{"Jobs and migrations", tenancyJobs()},
			{"Journals and mail", tenancyJournal()},
			{"Onboarding API", tenancyAPI()},
			{"The program", tenancyProgram()},
		},
	}
}

func tenancyPostgres() []panel {
	return []panel{
		{
			kind: series, title: "Connections", unit: count, width: 8,
			about: "Is the pool large enough? In use near the limit, and time waited beside it: Postgres is slow, or the pool too small.",
			queries: []query{
				{`sum by (instance) (go_sql_in_use_connections{db_name="spoke"})`, "{{instance}} in use"},
				{`sum by (instance) (go_sql_open_connections{db_name="spoke"})`, "{{instance}} open"},
				{`sum by (instance) (go_sql_max_open_connections{db_name="spoke"})`, "{{instance}} limit"},
			},
		},
		{
			kind: series, title: "Waiting for a connection", unit: seconds, width: 8,
			about:   "How many requests wait for a connection, on average? Above one for minutes: see the runbook, SpokePostgresPoolSaturated.",
			queries: []query{{`sum by (instance) (rate(go_sql_wait_duration_seconds_total{db_name="spoke"}[$__rate_interval]))`, "{{instance}}"}},
		},
		{
			kind: series, title: "Waits", unit: perSec, width: 8,
			about:   "How often does a request have to wait for a connection? Now and then in a burst is fine.",
			queries: []query{{`sum by (instance) (rate(go_sql_wait_count_total{db_name="spoke"}[$__rate_interval]))`, "{{instance}}"}},
		},
	}
}

func tenancyJobs() []panel {
	return []panel{
		{
			kind: figure, title: "Schemas of an older release", unit: count, steps: []step{{1, "orange"}}, width: 6,
			about:   "How many tenants are still to be migrated? Not zero half an hour after a release: spoke migrate says which fails.",
			queries: []query{{`max(spoke_schema_behind_tenants)`, "tenants"}},
		},
		{
			kind: figure, title: "Tenants with series", unit: count, width: 6,
			about: "How many tenants have series of their own, and how many not? For the rest there are counts of each state.",
			queries: []query{
				{`max(spoke_tenants_exported)`, "exported"},
				{`max(spoke_tenants_not_exported)`, "not exported"},
			},
		},
		{
			kind: stacked, title: "Runs of jobs", unit: count, height: 8,
			about:   "Do the worker's jobs run and succeed? Failed: the log event \"job failed\" says why.",
			queries: []query{{`sum by (exported_job, outcome) (increase(spoke_job_runs_total[$__rate_interval]))`, "{{exported_job}} {{outcome}}"}},
		},
		{
			kind: rows, title: "Since the last success", unit: duration, width: 24,
			about:   "When did each job last succeed? Longer than its interval (evaluating: seconds; pruning: an hour): it fails, or no worker runs.",
			queries: []query{{`time() - max by (exported_job) (spoke_job_last_done_timestamp_seconds)`, ""}},
		},
	}
}

func tenancyJournal() []panel {
	return []panel{
		{
			kind: series, title: "Written and dropped", unit: perSec, width: 8,
			about: "Do refused requests reach the journals, and counts the tenants' health? What is dropped is missing there: Postgres was slow or away for longer than memory lasts.",
			queries: []query{
				{`sum(rate(spoke_journal_refusals_written_total[$__rate_interval]))`, "written"},
				{`sum(rate(spoke_journal_refusals_dropped_total[$__rate_interval]))`, "dropped"},
				{`sum(rate(spoke_activity_dropped_total[$__rate_interval]))`, "dropped from health"},
			},
		},
		{
			kind: series, title: "Behind", unit: seconds, width: 8, steps: []step{{30, "orange"}},
			about: "How old is what is not written yet? A second is normal; more is Postgres, and the states of tenants are late by as much.",
			queries: []query{
				{`max by (instance) (spoke_journal_lag_seconds)`, "{{instance}} journal"},
				{`max by (instance) (spoke_activity_lag_seconds)`, "{{instance}} activity"},
			},
		},
		{
			kind: series, title: "Buffered", unit: count, width: 8,
			about: "How much waits in memory to be written: refused requests, and counts of requests? A number that grows ends in dropped ones.",
			queries: []query{
				{`sum by (instance) (spoke_journal_buffered_entries)`, "{{instance}} refused"},
				{`sum by (instance) (spoke_activity_kept_counts)`, "{{instance}} counts"},
			},
		},
		{
			kind: figure, title: "Mail that waits", unit: count, width: 6, steps: []step{{100, "orange"}},
			about:   "How much mail is to be sent? It should be near zero: much of it is an SMTP server that is away or refuses. Empty: none is configured.",
			queries: []query{{`max(spoke_mail_queued)`, "mails"}},
		},
		{
			kind: figure, title: "Oldest mail", unit: seconds, width: 6, steps: []step{{900, "red"}},
			about:   "For how long has the oldest mail waited? Above a quarter of an hour: see the runbook, SpokeMailStuck.",
			queries: []query{{`max(spoke_mail_oldest_seconds)`, "waits"}},
		},
		{
			kind: stacked, title: "Mail", unit: count,
			about:   "What became of attempts to send mail? Anything but sent is tried again; the worker's log has the server's words.",
			queries: []query{{`sum by (outcome) (increase(spoke_mail_sent_total[$__rate_interval]))`, "{{outcome}}"}},
		},
	}
}

func tenancyAPI() []panel {
	return []panel{
		{
			kind: stacked, title: "Calls", unit: requests,
			about:   "What do operators and their programs call? A tenant's creation appears as createTenant.",
			queries: []query{{`sum by (operation) (rate(spoke_onboarding_calls_total[$__rate_interval]))`, "{{operation}}"}},
		},
		{
			kind: series, title: "Duration of 95 % of calls", unit: seconds,
			about:   "Which calls are slow? Creating a tenant makes a schema, which takes some tens of milliseconds; exports take as long as they are.",
			queries: []query{{`histogram_quantile(0.95, sum by (operation, le) (rate(spoke_onboarding_call_duration_seconds_bucket[$__rate_interval])))`, "{{operation}}"}},
		},
		{
			kind: stacked, title: "Problems", unit: requests,
			about:   "Which calls are refused, and why? unauthorized in numbers: somebody guesses keys, or a program has an old one.",
			queries: []query{{`sum by (problem) (rate(spoke_onboarding_problems_total[$__rate_interval]))`, "{{problem}}"}},
		},
		{
			kind: figure, title: "Calls not audited", unit: count, width: 6, steps: []step{{1, "orange"}},
			about:   "How many calls without a credential are missing in the audit log, in the time shown, since there were too many? Look for who floods the API.",
			queries: []query{{`sum(increase(spoke_onboarding_calls_not_audited_total[$__range]))`, "calls"}},
		},
		{
			kind: series, title: "OAuth", unit: requests, width: 6,
			about:   "How are requests for access tokens answered? invalid_client: a client's secret is old.",
			queries: []query{{`sum by (route, code) (rate(spoke_oauth_requests_total[$__rate_interval]))`, "{{route}} {{code}}"}},
		},
		{
			kind: stacked, title: "Pages of the console", unit: requests,
			about:   "How are the requests of administrators and operators answered? 403 in numbers: somebody tries links, or pages that are not theirs.",
			queries: []query{{`sum by (code) (rate(spoke_console_requests_total[$__rate_interval]))`, "{{code}}"}},
		},
		{
			kind: series, title: "Duration of 95 % of the console's pages", unit: seconds,
			about:   "Which pages are slow? Streams of live pages and exports of the log, which last, are left out.",
			queries: []query{{`histogram_quantile(0.95, sum by (route, le) (rate(spoke_console_request_duration_seconds_bucket{route!~"/live/.*|/log/export.*"}[$__rate_interval])))`, "{{route}}"}},
		},
	}
}

func tenancyProgram() []panel {
	return []panel{
		{
			kind: series, title: "Processor", unit: none, width: 8,
			about:   "How many processors does each server use? Near what it has: start more servers.",
			queries: []query{{`sum by (instance) (rate(process_cpu_seconds_total{job="spoke"}[$__rate_interval]))`, "{{instance}}"}},
		},
		{
			kind: series, title: "Memory", unit: bytes, width: 8,
			about: "Does memory stay level? Resident memory that grows for days is a leak: take a heap profile.",
			queries: []query{
				{`sum by (instance) (process_resident_memory_bytes{job="spoke"})`, "{{instance}} resident"},
				{`sum by (instance) (go_memstats_heap_inuse_bytes{job="spoke"})`, "{{instance}} heap"},
			},
		},
		{
			kind: series, title: "Garbage collection", unit: share, width: 8,
			about:   "How long does the collector stop the program, as a share of time? A per cent and more is felt as latency.",
			queries: []query{{`sum by (instance) (rate(go_gc_duration_seconds_sum{job="spoke"}[$__rate_interval]))`, "{{instance}}"}},
		},
		{
			kind: series, title: "Goroutines", unit: count, width: 8,
			about:   "Does something hang? The number follows the requests in flight; one that only grows is a leak.",
			queries: []query{{`sum by (instance) (go_goroutines{job="spoke"})`, "{{instance}}"}},
		},
		{
			kind: series, title: "Open files", unit: share, width: 8, max: 1, steps: []step{{.8, "red"}},
			about:   "Are there file descriptors left? Connections use them; raise the limit of the process before they end.",
			queries: []query{{`max by (instance) (process_open_fds{job="spoke"} / process_max_fds{job="spoke"})`, "{{instance}}"}},
		},
		{
			kind: figure, title: "Redis", unit: none, words: []word{{0, "away", "red"}, {1, "shared", "green"}},
			about:   "Are rate limits shared by all servers? Away: each limits by itself until Redis is back. Empty: no Redis is configured.",
			queries: []query{{`min(spoke_ratelimit_redis_up)`, "limits"}},
		},
		{
			kind: figure, title: "Servers", unit: count,
			about:   "How many servers run, of which version? Two versions for longer than a release: one was not replaced.",
			queries: []query{{`count by (version) (spoke_build_info)`, "{{version}}"}},
		},
	}
}
