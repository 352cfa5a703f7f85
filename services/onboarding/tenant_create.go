package onboarding

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/services/onboarding/api"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/token"
)

// CreateTenant creates a tenant, and its first token if one is asked for. All that can be wrong with either is looked at
// before anything is made.
func (s *Server) CreateTenant(ctx context.Context, r api.CreateTenantRequestObject) (api.CreateTenantResponseObject, error) {
	x, n := exchangeOf(ctx), r.Body
	var first token.NewToken
	if n.Token != nil {
		var err error
		if first, err = s.readToken(*n.Token, "token."); err != nil {
			return nil, err
		}
		// The token is issued when the tenant is made, within the time that a call has: it must not have expired by then.
		if !first.ExpiresAt.IsZero() && !first.ExpiresAt.After(s.config.Now().Add(timeout)) {
			return nil, wrongField("token.expires_at", "must be more than a minute ahead")
		}
	}
	settings, err := newSettings(n.Settings)
	if err != nil {
		return nil, err
	}
	t, err := s.Tenants.Create(ctx, lifecycle.NewTenant{
		ID: x.attempt.ID, Slug: tenancy.Slug(n.Slug), Name: value(n.Name), Settings: settings,
	})
	if err != nil {
		return nil, err
	}
	x.tenant = t.ID
	answer := api.CreateTenant201JSONResponse{Body: api.CreatedTenant{Tenant: s.tenant(t)}}
	answer.Headers.Location, answer.Headers.ETag = "/v1/tenants/"+string(t.Slug), versionTag(t.Version)
	if n.Token == nil {
		return answer, nil
	}
	if x.attempt.ID != "" { // another id than the tenant's, and the same for the next attempt
		first.ID = uuid.NewSHA1(uuid.MustParse(string(x.attempt.ID)), []byte("token")).String()
	}
	secret, made, err := s.Tokens.Issue(ctx, t.ID, first)
	if err != nil {
		return nil, err
	}
	x.resource = made.ID
	created := s.createdToken(made, secret)
	answer.Body.Token = &created
	return answer, nil
}

// newSettings returns the settings of a new tenant.
func newSettings(n *api.NewSettings) (tenancy.Settings, error) {
	settings := tenancy.DefaultSettings()
	c := settingsChange(n)
	if c.Profile != nil {
		settings.Profile = *c.Profile
	}
	if c.UniqueGroupNames != nil {
		settings.UniqueGroupNames = *c.UniqueGroupNames
	}
	if c.Guard != nil {
		settings.Guard = *c.Guard
	}
	settings.Plan, settings.Notify = value(c.Plan), value(c.Notify)
	return settings.Normalize()
}

// settingsChange returns what a body says of settings.
func settingsChange(n *api.NewSettings) lifecycle.Change {
	var c lifecycle.Change
	if n == nil {
		return c
	}
	c.Profile, c.UniqueGroupNames, c.Plan, c.Notify = (*tenancy.Profile)(n.Profile), n.UniqueGroupNames, n.Plan, n.Notify
	if g := n.Guard; g != nil {
		c.Guard = &tenancy.Guard{
			Window: time.Duration(g.WindowSeconds) * time.Second, Count: g.Count, Minimum: g.Minimum, Percent: g.Percent,
		}
	}
	return c
}

// readToken returns what a body says of a new token, and refuses what could not be issued. prefix is where in the body it is.
func (s *Server) readToken(n api.NewToken, prefix string) (token.NewToken, error) {
	t := token.NewToken{Name: strings.TrimSpace(n.Name), ExpiresAt: value(n.ExpiresAt)}
	if !token.ValidName(t.Name) {
		return t, wrongField(prefix+"name", "must have 1 to 100 printable characters")
	}
	if n.ExpiresAt != nil && !t.ExpiresAt.After(s.config.Now()) {
		return t, wrongField(prefix+"expires_at", "must be in the future")
	}
	var err error
	if t.Scopes, err = readScopes(value(n.Scopes), prefix+"scopes"); err != nil {
		return t, err
	}
	t.CIDRs, err = readCIDRs(value(n.Cidrs), prefix+"cidrs")
	return t, err
}

// readScopes returns scopes that a field has.
func readScopes(list api.Scopes, field string) (tenancy.Scopes, error) {
	names := make([]string, len(list))
	for i, scope := range list {
		names[i] = string(scope)
	}
	scopes, err := tenancy.ParseScopes(names)
	if err != nil {
		return scopes, wrongField(field, "has one that is unknown")
	}
	return scopes, nil
}

// readCIDRs returns addresses that a field has.
func readCIDRs(list api.CIDRs, field string) (token.CIDRs, error) {
	cidrs, err := token.ParseCIDRs(list)
	var cidr *token.CIDRError
	if errors.As(err, &cidr) {
		return nil, wrongField(field, "has "+cidr.CIDR+", which "+cidr.Reason)
	}
	return cidrs, err
}
