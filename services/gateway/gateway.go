// Package gateway serves SCIM over HTTP: it finds the tenant by the host and the client by the token, and hands the
// request to the service provider over that tenant's directory.
//
// The protocol is not here: package provider has it. The gateway's own are the order of the steps, what an error looks
// like to a client, and what is logged and counted. Every answer below /scim/v2 is SCIM, errors too. On the same hosts it
// serves the endpoints of OAuth 2.0, at which package oauth issues access tokens.
package gateway

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/askspoke/spoke/observability/metrics"
	"github.com/askspoke/spoke/observability/tracing"
	"github.com/askspoke/spoke/scim/explain"
	"github.com/askspoke/spoke/tenancy/activity"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/oauth"
	"github.com/askspoke/spoke/tenancy/ratelimit"
	"github.com/askspoke/spoke/tenancy/registry"
	"github.com/askspoke/spoke/tenancy/status"
	"github.com/askspoke/spoke/tenancy/token"
)

// BasePath is where SCIM is served on every tenant's host.
const BasePath = "/scim/v2"

// Config is what the gateway's operator sets.
type Config struct {
	// PublicScheme and PublicPort make the tenant's URL as clients see it, whatever proxies are between: "https", and 0
	// for the scheme's own port.
	PublicScheme string
	PublicPort   int
	// TrustedProxies are the addresses whose forwarding headers are believed.
	TrustedProxies []netip.Prefix
	// CursorKey seals the cursors of long lists; all replicas have the same. The zero key: there are no cursors.
	CursorKey [32]byte
	// TenantRequests is how many requests of one tenant may be at work at once: a share of the connections to Postgres.
	// 0 is 8.
	TenantRequests int
	// Rates are how fast requests may come, and Limiter counts them, in this process's memory when it is nil. Nil Rates:
	// as fast as they like.
	Rates   *Rates
	Limiter *ratelimit.Limiter
	// Activity counts the requests of each tenant. Nil: nobody does.
	Activity *activity.Recorder
	// Journal takes what was refused and why. Nil: nobody is told.
	Journal Journal
	// Status is what is known of each tenant's provisioning, for its own monitoring. Nil: nobody is told.
	Status *status.Store
	// Tracing makes spans of requests. Nil: nobody asks for them.
	Tracing *tracing.Tracing
	// ShutdownTimeout is how long requests in flight may take to finish.
	ShutdownTimeout time.Duration
}

// quiet ends gin's own printing, which is a setting of the process.
var quiet = sync.OnceFunc(func() { gin.SetMode(gin.ReleaseMode) })

// Gateway is the role that serves SCIM.
type Gateway struct {
	config    Config
	registry  *registry.Registry
	tokens    *token.Store
	clients   *oauth.Store
	directory *directory.Directory
	metrics   *metrics.Registry
	log       *slog.Logger
	types     resourceTypes
	shares    *shares
	issuing   *shares // apart, so that what strangers show to get access tokens never holds up SCIM
	limiter   *ratelimit.Limiter
	repeated  repeated
	redactor  func() explain.Redactor // of what is refused before the tenant's schemas are known
}

// New returns a gateway over its dependencies. clients may be nil: then there is no OAuth.
func New(config Config, r *registry.Registry, tokens *token.Store, clients *oauth.Store, d *directory.Directory, m *metrics.Registry, log *slog.Logger) *Gateway {
	if config.Limiter == nil {
		config.Limiter = ratelimit.New(ratelimit.Config{})
	}
	return &Gateway{
		config: config, limiter: config.Limiter, registry: r, tokens: tokens, clients: clients, directory: d, metrics: m, log: log,
		shares: newShares(cmp.Or(config.TenantRequests, 8)), issuing: newShares(cmp.Or(config.TenantRequests, 8) / 2),
		redactor: sync.OnceValue(func() explain.Redactor { return explain.NewRedactor(nil) }),
	}
}

// Handler returns the routes. This is the way of a request: each step may end it with an error, which the first step
// renders, counts and logs.
func (g *Gateway) Handler() http.Handler {
	quiet()
	engine := gin.New()
	engine.HandleMethodNotAllowed = false
	engine.RedirectTrailingSlash = false
	g.routeOAuth(engine) // before the steps of SCIM, which are not its own
	g.routeMetrics(engine)
	engine.Use(
		g.answer,       // writes the one answer, the one log event and the metrics
		g.resolve,      // host → tenant
		g.authenticate, // token → client, and not too many wrong ones from one address
		g.admit,        // the state of the tenant
		g.limit,        // the rate of the tenant
	)
	engine.Any(BasePath, g.scim)
	engine.Any(BasePath+"/*path", g.scim)
	engine.NoRoute(g.scim)
	return g.config.Tracing.Handler(engine)
}

// Run serves on the listener until ctx ends, then finishes the requests in flight.
func (g *Gateway) Run(ctx context.Context, listener net.Listener) error {
	defer g.Finish()
	return Serve(ctx, listener, g.Handler(), g.config.ShutdownTimeout, g.log)
}

// Finish journals what was still counted, when all requests are answered: Run does it, and who uses Handler is to.
func (g *Gateway) Finish() { g.repeated.finish() }

// Serve answers by a handler on the listener until ctx ends, then finishes the requests in flight for as long as shutdown.
// It is for the gateway's handler, and for one that has others beside it.
func Serve(ctx context.Context, listener net.Listener, handler http.Handler, shutdown time.Duration, log *slog.Logger) error {
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute,
		WriteTimeout:      2 * time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    128 << 10, // more than provider.MaxURI, whose refusal is SCIM; net/http's own is plain text
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	finish, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdown)
	defer cancel()
	if err := server.Shutdown(finish); err != nil {
		return errors.Join(fmt.Errorf("finish requests: %w", err), server.Close())
	}
	return nil
}
