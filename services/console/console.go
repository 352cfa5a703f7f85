package console

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/askspoke/spoke/billing"
	"github.com/askspoke/spoke/observability/health"
	"github.com/askspoke/spoke/observability/metrics"
	"github.com/askspoke/spoke/services/console/account"
	"github.com/askspoke/spoke/services/console/provisionlog"
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/guard"
	"github.com/askspoke/spoke/tenancy/hostclaim"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/oauth"
	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/outbox"
	"github.com/askspoke/spoke/tenancy/ratelimit"
	"github.com/askspoke/spoke/tenancy/registry"
	"github.com/askspoke/spoke/tenancy/signon"
	"github.com/askspoke/spoke/tenancy/signon/saml"
	"github.com/askspoke/spoke/tenancy/status"
	"github.com/askspoke/spoke/tenancy/tenantdb"
	"github.com/askspoke/spoke/tenancy/token"
)

// Config is what the console is told.
type Config struct {
	// Origin is a host as browsers see it: https://acme.askspoke.com, with a port where it has one.
	Origin func(host string) string
	// TenantURL is what a tenant's identity provider is given.
	TenantURL func(tenancy.Slug) string
	// Host is the tenant's own host below the base domain.
	Host func(tenancy.Slug) string
	// OperatorHost is the operator's.
	OperatorHost   string
	Secure         bool // browsers come by https
	TrustedProxies []netip.Prefix
	Pace           health.Pace
	// Elsewhere answers on tenants' hosts what is not the console's and no browser asks for, such as SCIM at a wrong path.
	Elsewhere http.Handler
	Now       func() time.Time // default time.Now
}

// Parts are what the console is over. Those that say so may be nil.
type Parts struct {
	DB        *tenantdb.DB
	Registry  *registry.Registry
	Tenants   *lifecycle.Manager
	Admins    *admin.Store
	SignOn    *signon.Store
	SAML      *saml.Store
	Operators *operator.Store
	Tokens    *token.Store
	Clients   *oauth.Store
	Hosts     *hostclaim.Store
	Directory *directory.Directory
	Guard     *guard.Store
	Status    *status.Store
	Plans     billing.Catalogue
	Outbox    *outbox.Store      // nil: no mail is sent
	Limiter   *ratelimit.Limiter // nil: nothing is limited
	Exports   *journal.Exports   // those of the process; nil: the console has its own
	Metrics   *metrics.Registry
	Logger    *slog.Logger
	// OperatorSignOn is how operators sign in besides links. Nil: they do not.
	OperatorSignOn *operator.SignOn
	// Replay sends a request again, as the gateway would have it from a client. Nil: nothing is sent again.
	Replay func(context.Context, tenancy.Tenant, Replay) (Replayed, error)
}

// Replay is a request that is sent again.
type Replay = provisionlog.Replay

// Replayed is what came of it.
type Replayed = provisionlog.Replayed

// Server is the role that serves the console: by Handler and OperatorHandler, while Run runs.
type Server struct{ *web.Console }

// New returns a server over its parts. Errors: asset.ErrNotBuilt, or that of a template.
func New(config Config, parts Parts) (*Server, error) {
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Pace.Gap == 0 {
		config.Pace = health.DefaultPace()
	}
	if parts.Exports == nil {
		parts.Exports = new(journal.Exports)
	}
	if config.Elsewhere == nil {
		config.Elsewhere = http.NotFoundHandler()
	}
	accounts := &account.Store{Admins: parts.Admins, Operators: parts.Operators, Directory: parts.Directory, OperatorSignOn: parts.OperatorSignOn, Now: config.Now}
	c, err := web.New(web.Config{
		Site:         web.Site{Origin: config.Origin, TenantURL: config.TenantURL, Host: config.Host, Now: config.Now, Logger: parts.Logger},
		OperatorHost: config.OperatorHost, Secure: config.Secure, TrustedProxies: config.TrustedProxies, Elsewhere: config.Elsewhere,
		Nav: tenantPlaces(), OperatorNav: operatorPlaces(), Resolve: parts.Registry.Resolve, Who: accounts.Viewer,
		Sessions: parts.Admins.Sessions(), Audit: parts.Operators, Limiter: parts.Limiter, Metrics: parts.Metrics,
	})
	if err != nil {
		return nil, err
	}
	if err := c.Assemble(assembly(c, config, parts, accounts)...); err != nil {
		return nil, err
	}
	return &Server{c}, nil
}
