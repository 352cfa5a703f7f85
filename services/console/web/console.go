package web

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

	"github.com/askspoke/spoke/observability/metrics"
	"github.com/askspoke/spoke/services/background"
	"github.com/askspoke/spoke/services/console/asset"
	"github.com/askspoke/spoke/services/console/live"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/ratelimit"
	"github.com/askspoke/spoke/tenancy/signon/saml"
)

// Site is where the console is and what all of it has. Each part sees it.
type Site struct {
	// Origin is a host as browsers see it: https://acme.askspoke.com, with a port where it has one.
	Origin func(host string) string
	// TenantURL is what a tenant's identity provider is given.
	TenantURL func(tenancy.Slug) string
	// Host is the tenant's own host below the base domain.
	Host   func(tenancy.Slug) string
	Now    func() time.Time
	Logger *slog.Logger
}

// Config is what the way of a request takes, besides. The parts do not see it.
type Config struct {
	Site
	// OperatorHost is the operator's.
	OperatorHost   string
	Secure         bool // browsers come by https
	TrustedProxies []netip.Prefix
	// Elsewhere answers on tenants' hosts what is not the console's and no browser asks for.
	Elsewhere http.Handler
	// Nav and OperatorNav are the navigation on the hosts of tenants and on the operator's.
	Nav, OperatorNav []Section
	// Resolve returns the tenant of a host. Errors: tenancy.ErrHostNotFound, hostname.ErrNoTenant, hostname.ErrInvalid.
	Resolve func(ctx context.Context, host string) (tenancy.Tenant, error)
	// Who returns who it is whose session it is: the zero Viewer, where they may not come in any more.
	Who      func(context.Context, tenancy.Tenant, Standing) (Viewer, error)
	Sessions scs.Store
	Audit    *operator.Store
	Limiter  *ratelimit.Limiter // nil: nothing is limited but attempts to sign in
	Metrics  *metrics.Registry  // nil: nothing is counted
}

// Console is what the pages stand on.
type Console struct {
	Site
	// Attempts limits those to sign in, which are limited whatever else is.
	Attempts *ratelimit.Limiter
	Jobs     *background.Jobs

	config    Config
	parts     []Part
	assets    *asset.Set
	templates map[string]*template.Template
	sessions  *scs.SessionManager
	sites     *http.CrossOriginProtection
	hub       *live.Hub
}

// quiet ends gin's own printing, which is a setting of the process.
var quiet = sync.OnceFunc(func() { gin.SetMode(gin.ReleaseMode) })

// New returns a console without pages, which Assemble brings. Error: asset.ErrNotBuilt.
func New(config Config) (*Console, error) {
	s := &Console{Site: config.Site, Attempts: config.Limiter, Jobs: background.New(config.Logger, MaxPlaces), config: config, sites: http.NewCrossOriginProtection()}
	if s.Attempts == nil {
		s.Attempts = ratelimit.New(ratelimit.Config{})
	}
	// Identity providers have browsers post their answers there from pages of their own. Nothing that a cookie lets do is done
	// by it: no cookie comes along.
	s.sites.AddInsecureBypassPattern("POST " + saml.ACSPath)
	s.sessions = NewSessions(config.Sessions, config.Secure)
	var err error
	if s.assets, err = asset.Load(); err != nil {
		return nil, fmt.Errorf("open the console's assets: %w", err)
	}
	return s, nil
}

// Assemble brings the pages, once, before a handler is asked for. Error: that of a template.
func (s *Console) Assemble(parts ...Part) error {
	s.parts = append(parts, s.own())
	var topics []live.Topic
	for _, p := range s.parts {
		topics = append(topics, p.Topics...)
	}
	s.hub = live.New(live.Config{Topics: topics, Status: s.liveStatus, Now: s.Now, Logger: s.Logger})
	var err error
	if s.templates, err = s.parse(); err != nil {
		return fmt.Errorf("read the console's templates: %w", err)
	}
	return nil
}

// Parts are those that were brought, and what the console has without any.
func (s *Console) Parts() []Part { return s.parts }

// Handler serves the hosts of tenants.
func (s *Console) Handler() http.Handler {
	return s.engine(func(p Part) []Route { return p.Routes }, s.resolve)
}

// OperatorHandler serves the operator's host.
func (s *Console) OperatorHandler() http.Handler {
	return s.engine(func(p Part) []Route { return p.Operator }, s.atOperator)
}

func (s *Console) engine(routes func(Part) []Route, where func(*Exchange) error) http.Handler {
	quiet()
	engine := gin.New()
	engine.RedirectTrailingSlash = false
	engine.HandleMethodNotAllowed = false
	for _, p := range s.parts {
		for _, r := range routes(p) {
			engine.Handle(r.Method, r.Path, s.answer(r, where))
			if r.Method == http.MethodGet {
				engine.Handle(http.MethodHead, r.Path, s.answer(r, where))
			}
		}
	}
	engine.NoRoute(s.answer(Route{access: Anyone, page: func(*Exchange) error { return ErrNothingHere }}, where))
	return engine
}

// Streams says how many watch live pages, and how often these were read for them.
func (s *Console) Streams() live.Stats { return s.hub.Stats() }

// Run waits until ctx ends, then ends the streams, which would not end by themselves, and waits for what goes on behind
// answers.
func (s *Console) Run(ctx context.Context) error {
	<-ctx.Done()
	s.hub.Drain()
	s.Jobs.Stop()
	return nil
}
