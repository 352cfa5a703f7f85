// Package onboarding serves the API with which the operator of Spoke creates and manages tenants. openapi.yaml is its
// source: routes, types, the Go client in package client, the checks of a request and the roles all come from it.
//
// What an operation does is not here: packages lifecycle, token and operator do it. This package's own are the order of the
// steps, what a problem looks like to a caller, and what is logged, counted and audited.
//
// Invariants: a call is authenticated, then allowed by its role, then checked against the document, then made once for its
// Idempotency-Key. A call that changes something is in the audit log before it is made. An answer is whole or it is a
// problem document, and no problem has the text of a foreign error.
package onboarding

import (
	"context"
	"crypto/sha256"
	"log/slog"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/askspoke/spoke/billing"
	"github.com/askspoke/spoke/observability/health"
	"github.com/askspoke/spoke/observability/metrics"
	"github.com/askspoke/spoke/services/background"
	"github.com/askspoke/spoke/services/onboarding/api"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/bounded"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/guard"
	"github.com/askspoke/spoke/tenancy/hostclaim"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/oauth"
	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/ratelimit"
	"github.com/askspoke/spoke/tenancy/status"
	"github.com/askspoke/spoke/tenancy/tenantdb"
	"github.com/askspoke/spoke/tenancy/token"
	"github.com/askspoke/spoke/tenancy/transfer"
)

// Config is what the operator sets, and what the API needs to know of the rest of Spoke.
type Config struct {
	// TenantURL is where a tenant's identity provider sends its requests, SetupURL where a set-up link with a secret opens.
	TenantURL func(tenancy.Slug) string
	SetupURL  func(slug tenancy.Slug, secret string) string
	// TrustedProxies are the addresses whose forwarding headers are believed.
	TrustedProxies []netip.Prefix
	// Rates are what callers and addresses may do; default DefaultRates.
	Rates Rates
	// Stall is how long the other side of an export or an import may stand still before the connection is broken off;
	// default DefaultStall. It is measured by the system's clock.
	Stall time.Duration
	// Pace is how fast health's time passes; default health.DefaultPace.
	Pace health.Pace
	// Now is the clock; default time.Now.
	Now func() time.Time
}

// Parts are what the API is over. OIDC is nil where there is no OpenID provider: then there are API keys alone. Plans are
// those that Tenants knows, nil for none. Limiter is nil where calls are not limited.
type Parts struct {
	Tenants   *lifecycle.Manager
	Transfer  *transfer.Transfer
	Hosts     *hostclaim.Store
	Tokens    *token.Store
	Clients   *oauth.Store
	Admins    *admin.Store
	Operators *operator.Store
	OIDC      *operator.OIDC
	Directory *directory.Directory
	DB        *tenantdb.DB
	Guard     *guard.Store
	Status    *status.Store
	Plans     billing.Catalogue
	Exports   *journal.Exports // those of the process; nil: the API has its own
	Limiter   *ratelimit.Limiter
	Metrics   *metrics.Registry
	Logger    *slog.Logger
}

// Server is the role that serves the API.
type Server struct {
	Parts
	config    Config
	document  *document
	strangers *strangers
	jobs      *background.Jobs
	familiar  bounded.Map[[sha256.Size]byte, struct{}] // credentials that were valid lately
}

// quiet ends gin's own printing, which is a setting of the process.
var quiet = sync.OnceFunc(func() { gin.SetMode(gin.ReleaseMode) })

// New returns a server over its parts. The error is that of the embedded document.
func New(config Config, parts Parts) (*Server, error) {
	if config.Now == nil {
		config.Now = time.Now
	}
	if parts.Exports == nil {
		parts.Exports = new(journal.Exports)
	}
	if config.Rates == (Rates{}) {
		config.Rates = DefaultRates()
	}
	if config.Pace.Gap == 0 {
		config.Pace = health.DefaultPace()
	}
	if config.Stall == 0 {
		config.Stall = DefaultStall
	}
	document, err := loadDocument()
	if err != nil {
		return nil, err
	}
	return &Server{
		Parts: parts, config: config, document: document, strangers: newStrangers(), jobs: background.New(parts.Logger, 0),
		familiar: newFamiliar(),
	}, nil
}

// Handler returns the routes. This is the way of a call: each step may end it with an error, which the first step
// renders, counts, logs and audits.
func (s *Server) Handler() http.Handler {
	quiet()
	engine := gin.New()
	engine.ContextWithFallback = true
	engine.RedirectTrailingSlash = false
	engine.UseRawPath, engine.UnescapePathValues = true, true
	engine.HandleMethodNotAllowed = true
	engine.Use(s.answer) // writes the one answer, the one log event, the metrics and the audit log
	engine.NoRoute(func(c *gin.Context) { fail(c, errNothingHere) })
	engine.NoMethod(func(c *gin.Context) { fail(c, errMethod) })
	s.routePages(engine)
	operations := engine.Group("",
		s.identify,     // route → operation of the document
		s.bound,        // the time that it may take
		s.authenticate, // credential → identity
		s.limit,        // calls that come too fast
		s.authorize,    // the role that the operation needs
		s.validate,     // the request, by the document
		s.record,       // what changes something, before it does
		s.once,         // by its Idempotency-Key
		s.guard,        // a panic is an error
	)
	handler := api.NewStrictHandlerWithOptions(s, []api.StrictMiddlewareFunc{detach}, api.StrictGinServerOptions{
		RequestErrorHandlerFunc:  func(c *gin.Context, err error) { fail(c, malformed(err, exchangeOf(c).body)) },
		HandlerErrorFunc:         fail,
		ResponseErrorHandlerFunc: fail,
	})
	api.RegisterHandlersWithOptions(operations, handler, api.GinServerOptions{
		ErrorHandler: func(c *gin.Context, err error, _ int) { fail(c, malformed(err, exchangeOf(c).body)) },
	})
	return engine
}

// detach gives an operation a context of its own: gin uses its contexts again for other requests, and what runs a
// statement may look at the context for a moment after the answer.
func detach(operation api.StrictHandlerFunc, _ string) api.StrictHandlerFunc {
	return func(c *gin.Context, request any) (any, error) { return operation(c.Copy(), request) }
}

// Run waits until ctx ends, then stops what calls have left to be done and waits for that.
func (s *Server) Run(ctx context.Context) error {
	<-ctx.Done()
	s.jobs.Stop()
	return nil
}
