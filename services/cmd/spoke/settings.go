package main

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"reflect"
	"time"

	"github.com/caarlos0/env/v11"

	"github.com/askspoke/spoke/observability/health"
	"github.com/askspoke/spoke/services/gateway"
	"github.com/askspoke/spoke/services/worker"
	"github.com/askspoke/spoke/tenancy/operator"
)

// settings is what the environment says. Production takes everything from it; dev and the tests fill it in themselves.
// What is no text has the form that it must have, for the message that refuses another.
type settings struct {
	DatabaseURL    string            `env:"DATABASE_URL"`
	BaseDomain     string            `env:"BASE_DOMAIN"`
	TokenKey       string            `env:"TOKEN_KEY"`
	SecretKey      string            `env:"SECRET_KEY"`
	Addr           string            `env:"ADDR" envDefault:":8080"`
	MetricsAddr    string            `env:"METRICS_ADDR" envDefault:"127.0.0.1:9090"`
	PublicScheme   string            `env:"PUBLIC_SCHEME" envDefault:"https"`
	PublicPort     int               `env:"PUBLIC_PORT" form:"a port, such as 8443"`
	TrustedProxies []netip.Prefix    `env:"TRUSTED_PROXIES" form:"CIDRs separated by commas without spaces, such as 10.0.0.0/8,192.0.2.7/32"`
	APIHost        string            `env:"API_HOST"`
	ConsoleHost    string            `env:"CONSOLE_HOST"`
	OIDCIssuer     string            `env:"OIDC_ISSUER"`
	OIDCAudience   string            `env:"OIDC_AUDIENCE"`
	OIDCRoleClaim  string            `env:"OIDC_ROLE_CLAIM" envDefault:"roles"`
	OIDCRoles      map[string]string `env:"OIDC_ROLES" envKeyValSeparator:"=" form:"values of the claim and the roles that they mean, such as spoke-ops=manage,spoke-admins=admin"`
	ConsoleClient  string            `env:"CONSOLE_OIDC_CLIENT_ID"`
	ConsoleSecret  string            `env:"CONSOLE_OIDC_CLIENT_SECRET"`
	PlansFile      string            `env:"PLANS"`
	MaxConnections int               `env:"DATABASE_MAX_CONNECTIONS" envDefault:"32" form:"a number, such as 32"`
	Prepared       int               `env:"DATABASE_PREPARED_STATEMENTS" envDefault:"100" form:"a number, such as 100"`
	RedisURL       string            `env:"REDIS_URL"`
	PrivateIDPs    bool              `env:"PRIVATE_PROVIDERS" form:"true or false"`
	SMTPURL        string            `env:"SMTP_URL"`
	MailFrom       string            `env:"MAIL_FROM"`
	Notify         []string          `env:"NOTIFY" form:"mail addresses separated by commas, such as ops@askspoke.com"`
	RateLimits     bool              `env:"RATE_LIMITS" envDefault:"true" form:"true or false"`
	Journal        bool              `env:"JOURNAL" envDefault:"true" form:"true or false"`
	HealthInterval time.Duration     `env:"HEALTH_INTERVAL" envDefault:"15s" form:"a time with its unit, such as 15s"`
	Pace           float64           `env:"PACE" envDefault:"1" form:"a number, such as 60"`
	Metrics        bool              `env:"METRICS" envDefault:"true" form:"true or false"`
	OTLPEndpoint   string            `env:"OTLP_ENDPOINT"`
	LogFormat      string            `env:"LOG_FORMAT" envDefault:"json"`
	LogLevel       slog.Level        `env:"LOG_LEVEL" envDefault:"info" form:"debug, info, warn or error"`
	Drain          time.Duration     `env:"DRAIN_DELAY" envDefault:"5s" form:"a time with its unit, such as 5s"`
	Shutdown       time.Duration     `env:"SHUTDOWN_TIMEOUT" envDefault:"20s" form:"a time with its unit, such as 20s"`
}

// environment documents the variables for --help.
const environment = `Everything comes from the environment:

  SPOKE_DATABASE_URL              Postgres, as a URL (required)
  SPOKE_BASE_DOMAIN               tenants are served at SLUG.BASE_DOMAIN (required)
  SPOKE_TOKEN_KEY                 32 random bytes in base64 under which tokens are hashed and
                                  cursors sealed (required); make one with: openssl rand -base64 32
  SPOKE_SECRET_KEY                keys in base64, separated by commas, under which what tenants entrust to Spoke is encrypted, such
                                  as the client secrets of single sign-on: the first encrypts, all decrypt. Put a new one in
                                  front; the old one can go an hour later (derived from SPOKE_TOKEN_KEY, which decrypts always)
  SPOKE_ADDR                      where SCIM, the onboarding API and the consoles are served, told apart by their hosts (:8080)
  SPOKE_METRICS_ADDR              where /metrics, /healthz and /readyz are served (127.0.0.1:9090)
  SPOKE_PUBLIC_SCHEME             https or http in the URLs that clients see (https)
  SPOKE_PUBLIC_PORT               the port in them, where it is not the scheme's own
  SPOKE_TRUSTED_PROXIES           CIDRs whose X-Forwarded-Host and -For are believed, separated by commas (none)
  SPOKE_API_HOST                  where the tenant onboarding API is served (api.BASE_DOMAIN)
  SPOKE_CONSOLE_HOST              where operators have their console (console.BASE_DOMAIN); tenants have theirs on their hosts
  SPOKE_OIDC_ISSUER, _AUDIENCE    the OpenID provider whose JWTs are accepted by the onboarding API besides API keys, and
                                  the audience that they must have (none: API keys alone)
  SPOKE_OIDC_ROLE_CLAIM           the claim that has the caller's roles, a list or a text with spaces, such as roles,
                                  groups, scope or realm_access.roles (roles)
  SPOKE_OIDC_ROLES                what its values mean: read, manage or admin
                                  (spoke:read=read,spoke:manage=manage,spoke:admin=admin)
  SPOKE_CONSOLE_OIDC_CLIENT_ID, _CLIENT_SECRET
                                  the client at the same provider with which operators sign in to the console, whose redirect
                                  URI is https://CONSOLE_HOST/sign-in/oidc/callback, and its secret (none: by links from
                                  spoke operator link alone)
  SPOKE_PLANS                     a JSON file with the plans that tenants can have, and what each grants: infra/plans/plans.json
                                  is an example (none: tenants have no plan, and all have the same limits)
  SPOKE_DATABASE_MAX_CONNECTIONS  connections to Postgres at most (32)
  SPOKE_DATABASE_PREPARED_STATEMENTS
                                  statements kept prepared on each of them at most, those of the busiest tenants; each
                                  takes Postgres 0.1 MiB on each connection; 0: none; none either behind a pooler (100)
  SPOKE_REDIS_URL                 Redis, as a URL (rediss://:PASSWORD@HOST:6379): all servers then have one budget of
                                  requests for each tenant; without it, and while Redis is away, each has its own (none)
  SPOKE_PRIVATE_PROVIDERS         true lets the identity providers of single sign-on be at addresses that are not public, which
                                  whoever configures one has Spoke ask then, and speak http on this machine (false)
  SPOKE_SMTP_URL                  the mail server by which tenants and you are told when provisioning goes wrong, and
                                  administrators get their links to sign in to the console:
                                  smtp://USER:PASSWORD@HOST:587 with STARTTLS, which is required, or smtps://… with TLS from
                                  the beginning; ?tls=none for one on this machine alone (none: nobody is told by mail, and
                                  whoever invites an administrator hands the link over)
  SPOKE_MAIL_FROM                 whom mail comes from, such as Spoke <spoke@askspoke.com> (required with a mail server)
  SPOKE_NOTIFY                    your own addresses, separated by commas, which are told of all tenants, at most every 15
                                  minutes; each tenant's own are in its settings (none)
  SPOKE_RATE_LIMITS               false: requests are not limited, as for a benchmark (true)
  SPOKE_JOURNAL                   false: accepted changes have no row in the journal. For a benchmark alone: nothing can be
                                  explained, restored or charged that happens meanwhile, and the guard counts no deletion (true)
  SPOKE_HEALTH_INTERVAL           how often the health of tenants is looked at that had requests, or whose time has come (15s)
  SPOKE_PACE                      how many times faster than the clock the time of health passes: at 60, what a provider does
                                  in an hour is judged as if a minute were one. For trying out and tests; all servers of one
                                  database have the same (1)
  SPOKE_METRICS                   false: requests are counted neither in /metrics nor for the health of tenants. For a benchmark
                                  alone (true)
  SPOKE_OTLP_ENDPOINT             an OpenTelemetry collector that takes OTLP over HTTP, as a URL (http://127.0.0.1:4318): it is
                                  sent a span of each request, SQL statement and job. OTEL_TRACES_SAMPLER and _SAMPLER_ARG
                                  say of how many, OTEL_EXPORTER_OTLP_HEADERS has the collector's key (none: no traces)
  SPOKE_LOG_FORMAT, _LOG_LEVEL    json or text; debug, info, warn or error (json, info)
  SPOKE_DRAIN_DELAY               after SIGTERM, how long /readyz answers 503 while SCIM is still served, so that a load
                                  balancer sends requests elsewhere before any is refused; 0s: not at all (5s)
  SPOKE_SHUTDOWN_TIMEOUT          then, how long requests in flight may take to finish (20s)

Whatever stops the process by force must wait for both, as Kubernetes does for 30 seconds unless told otherwise. A second
SIGTERM or Ctrl-C ends it at once.`

// variables is how the names of Spoke's variables begin.
const variables = "SPOKE_"

// readSettings reads the environment and refuses what is missing or unsafe, each by its name.
func readSettings() (settings, error) {
	s, err := parseSettings()
	if err != nil {
		return s, err
	}
	return s, s.check()
}

// shellSettings reads the environment for a command of the shell, which needs no more than the database.
func shellSettings() (settings, error) {
	s, err := parseSettings()
	if err != nil {
		return s, err
	}
	return s, s.checkDatabase()
}

// parseSettings refuses every variable that does not have its form.
func parseSettings() (settings, error) {
	var s settings
	err := env.ParseWithOptions(&s, env.Options{Prefix: variables})
	var all env.AggregateError
	if !errors.As(err, &all) {
		return s, err
	}
	refused := make([]error, len(all.Errors))
	for i, err := range all.Errors {
		refused[i] = nameVariable(err)
	}
	return s, errors.Join(refused...)
}

// nameVariable says of a variable what env says of the field. It may show the value: what is secret is text, of which
// env refuses none.
func nameVariable(err error) error {
	var wrong env.ParseError
	if !errors.As(err, &wrong) {
		return fmt.Errorf("read settings: %w", err)
	}
	field, _ := reflect.TypeFor[settings]().FieldByName(wrong.Name)
	name := variables + field.Tag.Get("env")
	return fmt.Errorf("%s is %.40q: it must be %s", name, os.Getenv(name), field.Tag.Get("form"))
}

// oidc is how JWTs of operators are verified.
func (s settings) oidc() operator.OIDCConfig {
	config := operator.OIDCConfig{Issuer: s.OIDCIssuer, Audience: s.OIDCAudience, Claim: s.OIDCRoleClaim}
	if len(s.OIDCRoles) > 0 {
		config.Roles = make(map[string]operator.Role, len(s.OIDCRoles))
	}
	for value, role := range s.OIDCRoles {
		config.Roles[value] = operator.Role(role)
	}
	return config
}

// pace is how fast the time of health passes. The zero settings' is that of the clock.
func (s settings) pace() health.Pace {
	return health.DefaultPace().Faster(max(s.Pace, 1))
}

// healthEvery is how often the health of tenants is looked at, by the clock. 0 is the worker's default.
func (s settings) healthEvery() time.Duration {
	every := cmp.Or(s.HealthInterval, worker.DefaultHealthEvery)
	return max(time.Duration(float64(every)/max(s.Pace, 1)), shortestHealth)
}

// shortestHealth is how often the health of tenants is looked at, at most.
const shortestHealth = 200 * time.Millisecond

func (s settings) gateway() gateway.Config {
	config := gateway.Config{
		PublicScheme: s.PublicScheme, PublicPort: s.PublicPort,
		TrustedProxies: s.TrustedProxies, ShutdownTimeout: s.Shutdown, TenantRequests: tenantRequests(s.MaxConnections),
	}
	if s.RateLimits {
		config.Rates = gateway.DefaultRates(nil) // open puts those of the plans in their place
	}
	return config
}

// tenantRequests is how many requests of one tenant are at work at once with so many connections to Postgres: a quarter,
// at least 8, and never more than half, so that others have some.
func tenantRequests(connections int) int {
	return max(1, min(max(8, connections/4), connections/2))
}
