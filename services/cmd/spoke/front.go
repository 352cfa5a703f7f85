package main

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/askspoke/spoke/billing"
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
	if a.settings.OIDCIssuer != "" {
		if oidc, err = operator.NewOIDC(a.settings.oidc()); err != nil {
			return err
		}
	}
	a.api, err = onboarding.New(onboarding.Config{
		TenantURL: a.tenantURL, SetupURL: a.setupURL, TrustedProxies: a.settings.TrustedProxies, Pace: a.settings.pace(),
	}, onboarding.Parts{
		Tenants: a.tenants, Transfer: transfer.New(a.db, a.tenants, store), Hosts: a.claims, Tokens: a.tokens, Clients: a.clients,
		Operators: a.operator, OIDC: oidc, Directory: store, DB: a.db, Guard: guard.New(a.db, nil), Status: a.status, Plans: plans, Limiter: limiter, Metrics: a.metrics, Logger: a.log,
	})
	return err
}

// front answers requests for the host of the onboarding API and for those of tenants, as far as their roles are run. No
// tenant has the host of the API: its label is reserved, or it is not below the base domain.
func (a *app) front(roles []string) http.Handler {
	tenants, api := http.NotFoundHandler(), http.NotFoundHandler()
	if slices.Contains(roles, roleGateway) {
		tenants, api = a.gateway.Handler(), a.gateway.Handler() // without the API its host is of no tenant
	}
	if slices.Contains(roles, roleOnboarding) {
		api = a.tracing.Handler(a.api.Handler())
	}
	host := a.settings.apiHost()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked, err := hostname.FromRequest(r, a.settings.TrustedProxies); err == nil && asked == host {
			api.ServeHTTP(w, r)
			return
		}
		tenants.ServeHTTP(w, r)
	})
}

// apiHost is where the onboarding API is served.
func (s settings) apiHost() string { return cmp.Or(s.APIHost, "api."+s.BaseDomain) }

// apiURL is the onboarding API as its callers see it.
func (a *app) apiURL() string { return a.origin(a.settings.apiHost()) }

// origin is a host as browsers and clients see it.
func (a *app) origin(host string) string {
	return strings.TrimSuffix(a.settings.gateway().Base(host), gateway.BasePath)
}

// setupURL is where a set-up link opens: on the tenant's host.
func (a *app) setupURL(slug tenancy.Slug, secret string) string {
	return a.origin(a.hosts.Host(slug)) + "/setup/" + secret
}
