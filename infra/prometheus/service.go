package prometheus

import (
	"fmt"
	"time"
)

// serviceFile has the alerts of the service itself. What they measure does not run faster at another pace, so their limits
// stay; only how long they are waited for is shorter. exported_job is the label job of Spoke's metrics: Prometheus keeps job
// for what it scrapes.
func serviceFile(p Pace) File {
	quick := p.wait(5 * time.Minute)
	return File{Name: "service", Groups: []Group{{
		Name: "spoke-service", Interval: p.wait(30 * time.Second),
		Rules: []Rule{
			alert("SpokeDown", Critical, p.wait(2*time.Minute), `up{job="spoke"} == 0`,
				"Spoke at {{ $labels.instance }} does not answer",
				"Its metrics cannot be scraped. Others may serve its requests."),
			alert("SpokeAbsent", Critical, quick, `absent(spoke_build_info)`,
				"no Spoke is scraped at all",
				"No server's metrics arrive, so no other alert can fire."),
			alert("SpokeHealthNotEvaluated", Critical, p.wait(10*time.Minute), `absent(spoke_tenants) and on () spoke_build_info`,
				"nobody evaluates the tenants' health",
				"No server exports the states of tenants: no worker runs, or it cannot read them. Alerts of tenants cannot fire."),
			jobFailing(p),
			alert("SpokeSchemaBehind", Warning, p.wait(30*time.Minute), `max(spoke_schema_behind_tenants) > 0`,
				"{{ $value }} tenants have a schema of an older release",
				"The migration of tenants has not ended, or fails for some."),
			poolSaturated(p),
			alert("SpokeJournalRefusalsDropped", Warning, p.wait(0),
				fmt.Sprintf(`sum by (instance) (increase(spoke_journal_refusals_dropped_total[%s])) > 0`, p.window(10*time.Minute)),
				"refused requests are missing from journals",
				"{{ $labels.instance }} had to drop {{ $value | humanize }} refused requests: more than its memory holds while Postgres was slow or away."),
			alert("SpokeJournalLags", Warning, quick,
				"max by (instance) (spoke_journal_lag_seconds) > 30\nor max by (instance) (spoke_activity_lag_seconds) > 30",
				"what {{ $labels.instance }} has seen is not written",
				"Refused requests or counts of requests wait for {{ $value | humanizeDuration }}, rather than for a second. Health is judged from what is written."),
			alert("SpokeMailStuck", Warning, quick,
				`max(spoke_mail_oldest_seconds) > 900`,
				"mail is not sent",
				"The oldest mail waits for {{ $value | humanizeDuration }}. Nobody is told of trouble by mail meanwhile."),
			alert("SpokeRateLimitsNotShared", Warning, quick, `min by (instance) (spoke_ratelimit_redis_up) == 0`,
				"{{ $labels.instance }} does not reach Redis",
				"Each server limits requests by itself, so that a tenant may send more than its plan grants."),
		},
	}}}
}

// jobFailing looks at two spans, since some jobs run many times in a minute and others once an hour. The first failure of
// a job is not seen: a counter that begins at one has not increased.
func jobFailing(p Pace) Rule {
	span := func(d time.Duration, least int) string {
		w := p.window(d)
		return fmt.Sprintf(`(
  sum by (exported_job) (increase(spoke_job_runs_total{outcome="failed"}[%s])) >= %d
  unless sum by (exported_job) (increase(spoke_job_runs_total{outcome="done"}[%s])) > 0
)`, w, least, w)
	}
	return alert("SpokeJobFails", Warning, p.wait(5*time.Minute), span(15*time.Minute, 3)+"\nor "+span(3*time.Hour, 1),
		"the job {{ $labels.exported_job }} fails",
		"It has not succeeded of late, and failed {{ $value | humanize }} times. The log says why.")
}

func poolSaturated(p Pace) Rule {
	return alert("SpokePostgresPoolSaturated", Warning, p.wait(5*time.Minute), fmt.Sprintf(`max by (instance) (go_sql_in_use_connections{db_name="spoke"} / (go_sql_max_open_connections{db_name="spoke"} > 0)) > 0.9
and max by (instance) (rate(go_sql_wait_duration_seconds_total{db_name="spoke"}[%s])) > 1`, p.window(5*time.Minute)),
		"{{ $labels.instance }} waits for connections to Postgres",
		"{{ $value | humanizePercentage }} of its connections are in use and requests wait for one.")
}
