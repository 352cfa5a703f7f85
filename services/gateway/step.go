package gateway

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"regexp"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/hostname"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/oauth"
	"github.com/askspoke/spoke/tenancy/tenantdb"
	"github.com/askspoke/spoke/tenancy/token"
)

// resolve finds the tenant by the host. A host that is broken, unknown, or of a tenant that is not there (yet) is 404.
func (g *Gateway) resolve(c *gin.Context) {
	x := exchangeOf(c)
	host, err := hostname.FromRequest(c.Request, g.config.TrustedProxies)
	if err == nil {
		x.host = host
		x.tenant, err = g.registry.Resolve(c.Request.Context(), host)
	}
	switch {
	case errors.Is(err, tenancy.ErrNotFound) || errors.Is(err, tenancy.ErrHostNotFound) || errors.Is(err, hostname.ErrInvalid):
		fail(c, scim.NotFound("No tenant is served at this host. Check the tenant URL.").Breaks(scim.RuleTenantUnknown))
	case err != nil:
		fail(c, fmt.Errorf("resolve host: %w", err))
	}
}

// authenticate finds the client by the bearer token (RFC 6750 section 2.1). Every way in which a token is wrong has
// the same answer, which tells nothing of other tenants. What is public asks for no token, but for a right one if any.
func (g *Gateway) authenticate(c *gin.Context) {
	x := exchangeOf(c)
	if c.GetHeader("Authorization") == "" && isPublic(c.Request) {
		x.stranger = true
		return
	}
	scheme, secret, _ := strings.Cut(strings.TrimSpace(c.GetHeader("Authorization")), " ")
	if scheme == "" || !strings.EqualFold(scheme, "Bearer") {
		fail(c, unauthorized(scim.RuleAuthMissing, "Send the tenant's secret token in the header Authorization: Bearer."))
		return
	}
	from := hostname.ClientAddr(c.Request, g.config.TrustedProxies)
	client, err := g.verify(c, strings.TrimSpace(secret), from)
	var elsewhere *token.AddressError
	switch {
	case errors.As(err, &elsewhere):
		fail(c, errAddress(elsewhere))
	case errors.Is(err, token.ErrRejected):
		fail(c, unauthorized(scim.RuleAuthToken, "The secret token is not valid for this tenant URL. Copy a current token into the identity provider."))
	case err != nil:
		fail(c, fmt.Errorf("verify token: %w", err))
	}
	x.client = client
}

// verifier finds the client by a token of the tenant or, by its form, an access token of OAuth; familiar tells whether that
// is no guess.
func (g *Gateway) verifier(x *exchange, text string, from netip.Addr) (familiar bool, verify func(context.Context) (tenancy.Client, error)) {
	if g.clients != nil && oauth.WellFormed(text) {
		return g.clients.Familiar(x.tenant.ID, text), func(ctx context.Context) (tenancy.Client, error) {
			return g.clients.Verify(ctx, g.place(x.tenant, x.host), text, from)
		}
	}
	return g.tokens.Familiar(x.tenant.ID, text), func(ctx context.Context) (tenancy.Client, error) {
		return g.tokens.Verify(ctx, x.tenant.ID, text, from)
	}
}

// isPublic tells whether a request asks for what a client may read before it has a token: how to get in (RFC 7643
// section 5, RFC 7644 section 4). ServiceProviderConfig is the same for every tenant. The other discovery endpoints are
// not: schemas can be a tenant's own.
func isPublic(r *http.Request) bool {
	path, below := strings.CutPrefix(r.URL.EscapedPath(), BasePath+"/")
	return below && (r.Method == http.MethodGet || r.Method == http.MethodHead) &&
		strings.EqualFold(strings.Trim(path, "/"), "ServiceProviderConfig")
}

func unauthorized(rule scim.Rule, detail string) *scim.Error {
	return &scim.Error{Status: http.StatusUnauthorized, Rule: rule, Detail: detail}
}

// admit lets only an active tenant through. It comes after the token, so that strangers do not learn the state.
func (g *Gateway) admit(c *gin.Context) {
	x := exchangeOf(c)
	if x.stranger {
		return
	}
	x.barred = x.tenant.State != tenancy.StateActive
	switch x.tenant.State {
	case tenancy.StateActive:
	case tenancy.StateSuspended:
		fail(c, &scim.Error{
			Status: http.StatusForbidden, Rule: scim.RuleTenantSuspended,
			Detail: "Provisioning is suspended for this tenant. Ask the operator of the service to resume it.",
		})
	case tenancy.StateDeleting:
		fail(c, &scim.Error{
			Status: http.StatusForbidden, Rule: scim.RuleTenantDeleting,
			Detail: "This tenant is being deleted. Ask the operator of the service to undo the deletion if it is still needed.",
		})
	default:
		fail(c, &scim.Error{
			Status: http.StatusServiceUnavailable, Rule: scim.RuleTenantPaused,
			Detail: "Provisioning is paused for this tenant for a short while. Send the request again later.",
		})
	}
}

// scim hands the request to the service provider over the tenant's directory.
func (g *Gateway) scim(c *gin.Context) {
	x := exchangeOf(c)
	if path := c.Request.URL.EscapedPath(); path != BasePath && !strings.HasPrefix(path, BasePath+"/") {
		fail(c, errOutside(path))
		return
	}
	request, err := provider.ReadRequest(c.Request, BasePath)
	x.request = request
	if err != nil {
		fail(c, err)
		return
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), timeoutOf(request.Path))
	defer cancel()
	leave, err := g.shares.enter(ctx, x.tenant.ID)
	if err != nil {
		fail(c, err)
		return
	}
	defer func() {
		if x.response.Stream == nil {
			leave()
		} else {
			x.leave = leave // what is streamed is still to be read
		}
	}()
	types, redactor, err := g.types.of(x.tenant)
	if err != nil {
		fail(c, fmt.Errorf("compile the schemas of tenant %s: %w", x.tenant.ID, err))
		return
	}
	x.redactor = redactor
	p := provider.Provider{
		Store:     g.directory.Guarded(tenantdb.SchemaFor(x.tenant.ID), x.tenant.Settings),
		Types:     types,
		Base:      g.config.Base(x.host),
		Lenient:   scim.Auto,
		Failure:   translate,
		CursorKey: g.config.CursorKey,
		Permit:    permit(x.client.Scopes),
	}
	ctx = x.replayed(ctx, &p)
	if g.clients != nil {
		p.TokenURL = g.config.origin(x.host) + TokenPath
	}
	if x.tenant.Settings.Profile == tenancy.ProfileStrict {
		p.Lenient = scim.Strict
	}
	ctx = journal.WithOrigin(ctx, journal.Origin{
		Actor: x.client.TokenID, RequestID: x.id, ProviderRequestID: x.providerID, Start: x.start, Observe: g.observe(x),
	})
	x.response, x.err = p.Serve(ctx, request)
}

// errOutside refuses what is not below the base. A path that names another version of SCIM is told so (RFC 7644 section
// 3.13).
func errOutside(path string) *scim.Error {
	if found := otherVersion.FindStringSubmatch(path); found != nil {
		return scim.BadRequest(scim.InvalidVers, "The URL asks for version %s of SCIM. This service speaks version 2 alone, below %s.", found[1], BasePath).Breaks(scim.RuleRequestVersion)
	}
	return scim.NotFound("There is nothing here. SCIM is served below %s.", BasePath).Breaks(scim.RuleRequestEndpoint)
}

// otherVersion is the beginning of a path that has a version where BasePath has 2.
var otherVersion = regexp.MustCompile(`^/scim/v([0-9]{1,4}(?:\.[0-9]{1,4})?)(?:/|$)`)

// Base is the absolute URI of a host's SCIM endpoints, as clients see it: the tenant URL.
func (c Config) Base(host string) string { return c.origin(host) + BasePath }

// origin is the URL of a host without a path.
func (c Config) origin(host string) string {
	origin := c.PublicScheme + "://" + host
	if c.PublicPort != 0 {
		origin += fmt.Sprintf(":%d", c.PublicPort)
	}
	return origin
}
