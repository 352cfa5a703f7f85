package metrics

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/askspoke/spoke/observability/health"
	"github.com/askspoke/spoke/tenancy"
)

// TenantHealth are the figures of one tenant's provisioning. A zero time or duration, and a nil ratio, is not known and not
// exported.
type TenantHealth struct {
	Tenant                     tenancy.Slug
	State                      health.State
	Severity                   health.Severity
	LastRequest, LastSuccess   time.Time
	Cadence                    time.Duration // usual, from cycle to cycle
	Progress                   *float64      // of the cycle under way
	Failures                   *float64      // of the changes of the cycle that was judged, the part that failed
	Users, ActiveUsers, Groups int64
	Counted                    bool // whether those three are known
	TokenExpiry                time.Time
	Held                       int64 // deletions that wait for a decision
}

// Health is what is known of all tenants' provisioning.
type Health struct {
	Tenants []TenantHealth       // those that have series of their own
	States  map[health.State]int // how many tenants are in each
}

// MaxHealthTenants is how many tenants have series of their own.
const MaxHealthTenants = maxTenants

// HealthConfig says where the figures come from.
type HealthConfig struct {
	// Read returns them: at most MaxHealthTenants tenants.
	Read func(context.Context) (Health, error)
	// Every is how old they may be; default 15 seconds. Two scrapes within it cost one Read.
	Every  time.Duration
	Now    func() time.Time
	Logger *slog.Logger // default: nothing is logged
}

// Health adds the figures of tenants' provisioning. While they cannot be read they are missing, rather than old. It must be
// added once.
func (r *Registry) Health(config HealthConfig) error {
	if config.Every == 0 {
		config.Every = 15 * time.Second
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	return r.Register(&healthCollector{config: config})
}

// healthRead is how long a scrape waits for the figures.
const healthRead = 5 * time.Second

// healthCollector reads the figures when they are asked for.
type healthCollector struct {
	config HealthConfig

	mu   sync.Mutex // one reads, the others wait for it
	at   time.Time
	kept *Health // nil: they could not be read
}

func tenantGauge(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, append([]string{"tenant"}, labels...), nil)
}

// What the collector exports.
var (
	healthState       = tenantGauge("spoke_tenant_health", "1 for the state that the tenant's provisioning is in, 0 for the others.", "state")
	healthSeverity    = tenantGauge("spoke_tenant_health_severity", "How bad that is: 0 ok, 1 notice, 2 warning, 3 critical.")
	healthLastRequest = tenantGauge("spoke_tenant_last_request_timestamp_seconds", "When the identity provider last sent a request with valid credentials.")
	healthLastSuccess = tenantGauge("spoke_tenant_last_success_timestamp_seconds", "When one of its requests was last answered with success.")
	healthCadence     = tenantGauge("spoke_tenant_cycle_interval_seconds", "The usual time between two provisioning cycles; missing while they are irregular.")
	healthProgress    = tenantGauge("spoke_tenant_cycle_progress_ratio", "How far the cycle under way is, from 0 to 1; missing where nobody can tell.")
	healthFailures    = tenantGauge("spoke_tenant_failure_ratio", "The part of the changes of the current or last cycle that failed.")
	healthUsers       = tenantGauge("spoke_tenant_users", "Users in the directory, counted at most hourly.")
	healthActive      = tenantGauge("spoke_tenant_active_users", "Users in the directory that are active, counted at most hourly.")
	healthGroups      = tenantGauge("spoke_tenant_groups", "Groups in the directory, counted at most hourly.")
	healthExpiry      = tenantGauge("spoke_tenant_token_expiry_timestamp_seconds", "When the first of the tenant's tokens and client secrets expires; missing where none does.")
	healthHeld        = tenantGauge("spoke_tenant_guard_held", "Deletions that the guard holds until somebody decides.")
	healthStates      = prometheus.NewDesc("spoke_tenants", "Tenants by the state of their provisioning, all of them.", []string{"state"}, nil)
	healthExported    = prometheus.NewDesc("spoke_tenants_exported", "Tenants that have series of their own about their health.", nil, nil)
	healthNot         = prometheus.NewDesc("spoke_tenants_not_exported", "Tenants that have none, because others are worse or more active.", nil, nil)
)

// Describe names what is exported.
func (c *healthCollector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		healthState, healthSeverity, healthLastRequest, healthLastSuccess, healthCadence, healthProgress, healthFailures,
		healthUsers, healthActive, healthGroups, healthExpiry, healthHeld, healthStates, healthExported, healthNot,
	} {
		out <- d
	}
}

// Collect exports the figures.
func (c *healthCollector) Collect(out chan<- prometheus.Metric) {
	figures := c.figures()
	if figures == nil {
		return
	}
	gauge := func(desc *prometheus.Desc, value float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, labels...)
	}
	all := 0
	for state, n := range figures.States {
		all += n
		gauge(healthStates, float64(n), string(state))
	}
	tenants := figures.Tenants[:min(len(figures.Tenants), MaxHealthTenants)]
	gauge(healthExported, float64(len(tenants)))
	gauge(healthNot, float64(max(0, all-len(tenants))))
	for _, t := range tenants {
		t.collect(func(desc *prometheus.Desc, value float64, labels ...string) {
			gauge(desc, value, append([]string{string(t.Tenant)}, labels...)...)
		})
	}
}

func (t *TenantHealth) collect(gauge func(desc *prometheus.Desc, value float64, labels ...string)) {
	for _, state := range health.States() {
		is := 0.0
		if state == t.State {
			is = 1
		}
		gauge(healthState, is, string(state))
	}
	gauge(healthSeverity, float64(t.Severity))
	gauge(healthHeld, float64(t.Held))
	at := func(desc *prometheus.Desc, at time.Time) {
		if !at.IsZero() {
			gauge(desc, float64(at.UnixMilli())/1000)
		}
	}
	at(healthLastRequest, t.LastRequest)
	at(healthLastSuccess, t.LastSuccess)
	at(healthExpiry, t.TokenExpiry)
	if t.Cadence > 0 {
		gauge(healthCadence, t.Cadence.Seconds())
	}
	if t.Progress != nil {
		gauge(healthProgress, *t.Progress)
	}
	if t.Failures != nil {
		gauge(healthFailures, *t.Failures)
	}
	if t.Counted {
		gauge(healthUsers, float64(t.Users))
		gauge(healthActive, float64(t.ActiveUsers))
		gauge(healthGroups, float64(t.Groups))
	}
}

// figures returns what is known, nil when it cannot be read.
func (c *healthCollector) figures() *Health {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.config.Now()
	if !c.at.IsZero() && now.Sub(c.at) < c.config.Every {
		return c.kept
	}
	ctx, cancel := context.WithTimeout(context.Background(), healthRead)
	defer cancel()
	figures, err := c.config.Read(ctx)
	c.at, c.kept = now, &figures
	if err != nil {
		c.kept = nil
		c.config.Logger.Warn("figures of tenants' health not read", "error", err)
	}
	return c.kept
}
