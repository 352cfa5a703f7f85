package console

import (
	"context"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/gin-gonic/gin"

	"github.com/askspoke/spoke/billing"
	"github.com/askspoke/spoke/observability/health"
	"github.com/askspoke/spoke/observability/metrics"
	"github.com/askspoke/spoke/services/console/asset"
	"github.com/askspoke/spoke/services/console/live"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/activity"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/guard"
	"github.com/askspoke/spoke/tenancy/hostclaim"
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
	Metrics   *metrics.Registry
	Logger    *slog.Logger
	// OperatorSignOn is how operators sign in besides links. Nil: they do not.
	OperatorSignOn *operator.SignOn
	// Replay sends a request again, as the gateway would have it from a client. Nil: nothing is sent again.
	Replay func(context.Context, tenancy.Tenant, Replay) (Replayed, error)
}

// Server is the role that serves the console.
type Server struct {
	Parts
	config    Config
	assets    *asset.Set
	templates map[string]*template.Template
	sessions  *scs.SessionManager
	sites     *http.CrossOriginProtection
	live      *live.Hub
	history   *activity.History
	attempts  *ratelimit.Limiter // those to sign in, which are limited whatever else is
	jobs      *jobs
}

// quiet ends gin's own printing, which is a setting of the process.
var quiet = sync.OnceFunc(func() { gin.SetMode(gin.ReleaseMode) })

// New returns a server over its parts. Errors: asset.ErrNotBuilt, or that of a template.
func New(config Config, parts Parts) (*Server, error) {
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Pace.Gap == 0 {
		config.Pace = health.DefaultPace()
	}
	if config.Elsewhere == nil {
		config.Elsewhere = http.NotFoundHandler()
	}
	s := &Server{Parts: parts, config: config, sites: http.NewCrossOriginProtection(), jobs: newJobs(parts.Logger)}
	s.live = live.New(live.Config{Topics: s.topics(), Status: s.liveStatus, Now: config.Now, Logger: parts.Logger})
	s.history = activity.NewHistory(activity.HistoryConfig{DB: parts.DB, Now: config.Now})
	if s.attempts = parts.Limiter; s.attempts == nil {
		s.attempts = ratelimit.New(ratelimit.Config{})
	}
	// Identity providers have browsers post their answers there from pages of their own. Nothing that a cookie lets do is done
	// by it: no cookie comes along.
	s.sites.AddInsecureBypassPattern("POST " + saml.ACSPath)
	s.sessions = newSessions(parts.Admins.Sessions(), config.Secure)
	var err error
	if s.assets, err = asset.Load(); err != nil {
		return nil, fmt.Errorf("open the console's assets: %w", err)
	}
	if s.templates, err = s.parse(); err != nil {
		return nil, fmt.Errorf("read the console's templates: %w", err)
	}
	return s, nil
}

// Handler serves the hosts of tenants.
func (s *Server) Handler() http.Handler {
	return s.engine(s.tenantRoutes(), s.resolve)
}

// OperatorHandler serves the operator's host.
func (s *Server) OperatorHandler() http.Handler {
	return s.engine(s.operatorRoutes(), s.atOperator)
}

func (s *Server) engine(routes []route, where func(*exchange) error) http.Handler {
	quiet()
	engine := gin.New()
	engine.RedirectTrailingSlash = false
	engine.HandleMethodNotAllowed = false
	for _, r := range routes {
		engine.Handle(r.method, r.path, s.answer(r, where))
		if r.method == http.MethodGet {
			engine.Handle(http.MethodHead, r.path, s.answer(r, where))
		}
	}
	engine.NoRoute(s.answer(route{access: anyone, page: func(*exchange) error { return errNothingHere }}, where))
	return engine
}

// Run waits until ctx ends, then ends the streams, which would not end by themselves, and waits for what goes on behind
// answers.
func (s *Server) Run(ctx context.Context) error {
	<-ctx.Done()
	s.live.Drain()
	s.jobs.stop()
	return nil
}
