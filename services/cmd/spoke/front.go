package main

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/askspoke/spoke/billing"
	"github.com/askspoke/spoke/services/console"
	"github.com/askspoke/spoke/services/gateway"
	"github.com/askspoke/spoke/services/onboarding"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/guard"
	"github.com/askspoke/spoke/tenancy/hostname"
	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/ratelimit"
	"github.com/askspoke/spoke/tenancy/transfer"
)

// openAPI composes the onboarding API.
func (a *app) openAPI(store *directory.Directory, plans billing.Catalogue, limiter *ratelimit.Limiter) (err error) {
	if !a.settings.RateLimits {
		limiter = nil
	}
	var oidc *operator.OIDC
	if a.settings.OIDCIssuer != "" && a.settings.OIDCAudience != "" {
		if oidc, err = operator.NewOIDC(a.settings.oidc()); err != nil {
			return err
		}
	}
	a.api, err = onboarding.New(onboarding.Config{
		TenantURL: a.tenantURL, SetupURL: a.setupURL, TrustedProxies: a.settings.TrustedProxies, Pace: a.settings.pace(),
	}, onboarding.Parts{
		Tenants: a.tenants, Transfer: transfer.New(a.db, a.tenants, store), Admins: a.admins, Hosts: a.claims, Tokens: a.tokens, Clients: a.clients,
		Operators: a.operator, OIDC: oidc, Directory: store, DB: a.db, Guard: guard.New(a.db, nil), Status: a.status, Plans: plans, Exports: &a.exports, Limiter: limiter, Metrics: a.metrics, Logger: a.log,
	})
	return err
}

// openConsole composes the admin console.
func (a *app) openConsole(store *directory.Directory, plans billing.Catalogue, limiter *ratelimit.Limiter) (err error) {
	if !a.settings.RateLimits {
		limiter = nil
	}
	parts := console.Parts{
		DB: a.db, Registry: a.registry, Tenants: a.tenants, Admins: a.admins, SignOn: a.signOn, SAML: a.saml, Operators: a.operator, Tokens: a.tokens, Clients: a.clients, Hosts: a.claims,
		Directory: store, Guard: guard.New(a.db, nil), Status: a.status, Plans: plans, Exports: &a.exports, Limiter: limiter, Metrics: a.metrics, Logger: a.log,
	}
	parts.Replay = func(ctx context.Context, t tenancy.Tenant, r console.Replay) (console.Replayed, error) {
		answer, err := a.gateway.Replay(ctx, t, gateway.Replay(r))
		return console.Replayed(answer), err
	}
	if a.post != nil {
		parts.Outbox = a.post.outbox
	}
	if a.settings.ConsoleClient != "" {
		parts.OperatorSignOn, err = operator.NewSignOn(operator.SignOnConfig{
			OIDC: a.settings.oidc(), ClientID: a.settings.ConsoleClient, ClientSecret: a.settings.ConsoleSecret,
			Redirect: a.origin(a.settings.consoleHost()) + "/sign-in/oidc/callback",
		})
		if err != nil {
			return fmt.Errorf("SPOKE_CONSOLE_OIDC_CLIENT_ID: %w", err)
		}
	}
	a.console, err = console.New(console.Config{
		Origin: a.origin, TenantURL: a.tenantURL, Host: a.hosts.Host, OperatorHost: a.settings.consoleHost(),
		Secure: a.settings.PublicScheme == "https", TrustedProxies: a.settings.TrustedProxies, Pace: a.settings.pace(),
		Elsewhere: a.gateway.Handler(),
	}, parts)
	return err
}

// front answers requests by their host: those of the onboarding API, of the operator's console, and of tenants, of whose
// hosts the gateway and the console have some paths each. No tenant has the host of the API or of the operator's console:
// their labels are reserved, or they are not below the base domain.
func (a *app) front(roles []string) http.Handler {
	scim, api, pages, operators := http.NotFoundHandler(), http.NotFoundHandler(), http.NotFoundHandler(), http.NotFoundHandler()
	if slices.Contains(roles, roleGateway) {
		scim = a.gateway.Handler()
		api, pages, operators = scim, scim, scim // without their roles, their hosts are of no tenant, and their paths nothing
	}
	if slices.Contains(roles, roleOnboarding) {
		api = a.tracing.Handler(a.api.Handler())
	}
	if slices.Contains(roles, roleConsole) {
		pages, operators = a.tracing.Handler(a.console.Handler()), a.tracing.Handler(a.console.OperatorHandler())
	}
	hosts := map[string]http.Handler{a.settings.apiHost(): api, a.settings.consoleHost(): operators}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, err := hostname.FromRequest(r, a.settings.TrustedProxies)
		handler, ok := hosts[host]
		switch {
		case err == nil && ok:
			handler.ServeHTTP(w, r)
		case gateway.Serves(r.URL.Path):
			scim.ServeHTTP(w, r)
		default:
			pages.ServeHTTP(w, r)
		}
	})
}

// apiHost is where the onboarding API is served.
func (s settings) apiHost() string { return cmp.Or(s.APIHost, "api."+s.BaseDomain) }

// consoleHost is where operators have their console.
func (s settings) consoleHost() string { return cmp.Or(s.ConsoleHost, "console."+s.BaseDomain) }

// apiURL is the onboarding API as its callers see it.
func (a *app) apiURL() string { return a.origin(a.settings.apiHost()) }

// origin is a host as browsers and clients see it.
func (a *app) origin(host string) string {
	return strings.TrimSuffix(a.settings.gateway().Base(host), gateway.BasePath)
}

// consoleURL is where a tenant's administrators have their console.
func (a *app) consoleURL(slug tenancy.Slug) string { return a.origin(a.hosts.Host(slug)) }

// setupURL is where a set-up link opens: on the tenant's host.
func (a *app) setupURL(slug tenancy.Slug, secret string) string {
	return a.consoleURL(slug) + "/setup/" + secret
}
