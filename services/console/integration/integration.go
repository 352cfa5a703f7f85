package integration

import (
	"context"
	"time"

	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/services/console/word"
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

// routes are for administrators, and for who came by a set-up link that is for provisioning.
func (s *Pages) routes() []web.Route {
	look, change := web.Viewers.Or(operator.ForProvisioning), web.Editors.Or(operator.ForProvisioning)
	return []web.Route{
		web.Get(integrationsPath, look, s.integrations),
		web.Get(scimPath, look, s.scim),
		web.Get(panelPath, look, s.scimPanel),
		web.Get(panelLivePath+":provider", look, s.watchPanel),
		web.Get(guidesPath+":guide", look, s.scimGuide),
		web.Post(tokensPath, change, "createToken", s.createToken),
		web.Get(tokensPath+"/:token", look, s.scimToken),
		web.Get(rotationLivePath+":token", look, s.watchRotation),
		web.Post(tokensPath+"/:token/revoke", change, "revokeToken", s.revokeToken),
		web.Post(tokensPath+"/:token/rotation", change, "startRotation", s.startRotation),
		web.Post(tokensPath+"/:token/rotation/complete", change, "completeRotation", s.completeRotation),
		web.Post(tokensPath+"/:token/rotation/cancel", change, "cancelRotation", s.cancelRotation),
		web.Post(clientsPath, change, "createOAuthClient", s.createClient),
		web.Get(clientsPath+"/:client", look, s.scimClient),
		web.Post(clientsPath+"/:client/revoke", change, "revokeOAuthClient", s.revokeClient),
		web.Post(clientsPath+"/:client/secrets", change, "createOAuthSecret", s.createSecret),
		web.Post(clientsPath+"/:client/secrets/:secret/revoke", change, "revokeOAuthSecret", s.revokeSecret),
	}
}

// integrations are the cards.
func (s *Pages) integrations(x *web.Exchange) error {
	k, err := s.credentials(x.Context(), x.Tenant.ID)
	if err != nil {
		return err
	}
	used, from := k.lastUsed()
	return x.Show("integrations", struct {
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
	names   map[string]string // of all, by the id: for people
}

func (s *Pages) credentials(ctx context.Context, tenant tenancy.ID) (k credentials, err error) {
	if k.all, err = s.Tokens.List(ctx, tenant); err != nil {
		return k, err
	}
	clients, err := s.Clients.Clients(ctx, tenant)
	if err != nil {
		return k, err
	}
	now := s.Now()
	k.names = make(map[string]string, len(k.all)+len(clients))
	for _, t := range k.all {
		k.names[t.ID] = "the token “" + t.Name + "”, ending in " + t.Hint
		if t.Live(now) {
			k.tokens = append(k.tokens, t)
		}
	}
	for _, c := range clients {
		k.names[c.ID] = "the OAuth client “" + c.Name + "”"
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

// besides counts those that anybody can provision by, but for a token.
func (k credentials) besides(id string) int {
	n := len(k.clients)
	for _, t := range k.tokens {
		if t.Scopes&tenancy.AllScopes != 0 && t.ID != id {
			n++
		}
	}
	return n
}

// lastUsed returns when one of them was used last, and from where.
func (k credentials) lastUsed() (at time.Time, from string) {
	for _, t := range k.tokens {
		if t.LastUsedAt.After(at) {
			at, from = t.LastUsedAt, word.Address(t.LastUsedFrom)
		}
	}
	for _, c := range k.clients {
		if c.LastUsedAt.After(at) {
			at, from = c.LastUsedAt, word.Address(c.LastUsedFrom)
		}
	}
	return at, from
}
