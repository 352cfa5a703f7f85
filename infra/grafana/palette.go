package grafana

// What Microsoft Entra ID tolerates of failed changes, and where Spoke begins to warn: half of it.
const (
	entraFailures = .4
	spokeFailures = entraFailures / 2
)

// failures are the colours of a share of failed changes.
var failures = []step{{spokeFailures, "orange"}, {entraFailures, "red"}}

// severities are what spoke_tenant_health_severity means.
var severities = []word{{0, "ok", "green"}, {1, "notice", "blue"}, {2, "warning", "orange"}, {3, "critical", "red"}}

// expiry are the colours of the seconds that a token is valid for.
var expiry = []step{{-1e12, "red"}, {3 * 86400, "orange"}, {14 * 86400, "green"}}

// Units that are used often.
const (
	count    = "short"
	perSec   = "ops"
	requests = "reqps"
	share    = "percentunit"
	seconds  = "s"
	duration = "dtdurations" // 3 days 4 hours
	bytes    = "bytes"
	none     = "none"
)

// troubled are the states that an alert is about.
const troubled = "at_risk|quarantine_suspected|disabled_suspected|stale"
