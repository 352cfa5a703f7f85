package console

import (
	"context"
	"time"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/oauth"
	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/token"
)

// The addresses of the integrations.
const (
	integrationsPath = "/settings/integrations"
	scimPath         = integrationsPath + "/scim"
	panelPath        = scimPath + "/test"
	guidesPath       = scimPath + "/guides/"
	tokensPath       = scimPath + "/tokens"
	clientsPath      = scimPath + "/clients"
)

// integrationRoutes are for administrators, and for who came by a set-up link that is for provisioning.
func (s *Server) integrationRoutes() []route {
	look, change := viewer.or(operator.ForProvisioning), editor.or(operator.ForProvisioning)
	return []route{
		get(integrationsPath, look, s.integrations),
		get(scimPath, look, s.scim),
		get(panelPath, look, s.scimPanel),
		get(guidesPath+":guide", look, s.scimGuide),
		post(tokensPath, change, "createToken", s.createToken),
		get(tokensPath+"/:token", look, s.scimToken),
		post(tokensPath+"/:token/revoke", change, "revokeToken", s.revokeToken),
		post(tokensPath+"/:token/rotation", change, "startRotation", s.startRotation),
		post(tokensPath+"/:token/rotation/complete", change, "completeRotation", s.completeRotation),
		post(tokensPath+"/:token/rotation/cancel", change, "cancelRotation", s.cancelRotation),
		post(clientsPath, change, "createOAuthClient", s.createClient),
		get(clientsPath+"/:client", look, s.scimClient),
		post(clientsPath+"/:client/revoke", change, "revokeOAuthClient", s.revokeClient),
		post(clientsPath+"/:client/secrets", change, "createOAuthSecret", s.createSecret),
		post(clientsPath+"/:client/secrets/:secret/revoke", change, "revokeOAuthSecret", s.revokeSecret),
	}
}

// integrations are the cards.
func (s *Server) integrations(x *exchange) error {
	k, err := s.credentials(x.context(), x.tenant.ID)
	if err != nil {
		return err
	}
	used, from := k.lastUsed()
	return x.show("integrations", struct {
		Enabled     bool
		Credentials int
		UsedAt      time.Time
		UsedFrom    string
	}{k.enabled(), len(k.tokens) + len(k.clients), used, from})
}

// credentials are what a tenant's providers sign in with: those that are live.
type credentials struct {
	all     []token.Token // those that are not live, too
	tokens  []token.Token
	clients []oauth.Client
}

func (s *Server) credentials(ctx context.Context, tenant tenancy.ID) (k credentials, err error) {
	if k.all, err = s.Tokens.List(ctx, tenant); err != nil {
		return k, err
	}
	clients, err := s.Clients.Clients(ctx, tenant)
	if err != nil {
		return k, err
	}
	now := s.config.Now()
	for _, t := range k.all {
		if t.Live(now) {
			k.tokens = append(k.tokens, t)
		}
	}
	for _, c := range clients {
		if c.RevokedAt.IsZero() {
			k.clients = append(k.clients, c)
		}
	}
	return k, nil
}

// enabled says whether anybody can provision.
func (k credentials) enabled() bool {
	for _, t := range k.tokens {
		if t.Scopes&tenancy.AllScopes != 0 {
			return true
		}
	}
	return len(k.clients) > 0
}

// lastUsed returns when one of them was used last, and from where.
func (k credentials) lastUsed() (at time.Time, from string) {
	for _, t := range k.tokens {
		if t.LastUsedAt.After(at) {
			at, from = t.LastUsedAt, addressText(t.LastUsedFrom)
		}
	}
	for _, c := range k.clients {
		if c.LastUsedAt.After(at) {
			at, from = c.LastUsedAt, addressText(c.LastUsedFrom)
		}
	}
	return at, from
}
