package integration

import (
	"strings"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/services/console/guide"
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/services/console/word"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/oauth"
	"github.com/askspoke/spoke/tenancy/token"
)

// scimPage is the SCIM card's page.
type scimPage struct {
	Enabled   bool
	Suspended bool
	TenantURL string
	TokenURL  string
	Tokens    []tokenShown
	Ended     []tokenShown // those that are revoked or have expired, the latest first
	Clients   []oauth.Client
	Guides    []guide.Guide
	Once      string // of the forms: what they make is made once
}

// tokenShown is a token as pages show it.
type tokenShown struct {
	token.Token
	Badge, State string
	From         string // where it was used last
	MayDo        string
	Replacing    bool // it was made to replace another one, which is not gone yet
	Replaced     bool // it is about to be replaced
}

// scim shows how SCIM is enabled, or what it is enabled by.
func (s *Pages) scim(x *web.Exchange) error {
	k, err := s.credentials(x.Context(), x.Tenant.ID)
	if err != nil {
		return err
	}
	p := scimPage{
		Enabled: k.enabled(), Suspended: x.Tenant.State == tenancy.StateSuspended, TenantURL: s.tenantURL(x.Tenant), TokenURL: s.tokenURL(x.Tenant),
		Clients: k.clients, Guides: guide.List(), Once: uuid.NewString(),
	}
	live := make(map[string]token.Token, len(k.tokens))
	for _, t := range k.tokens {
		live[t.ID] = t
	}
	for _, t := range k.all {
		shown := s.tokenShown(t)
		if _, is := live[t.ID]; !is {
			p.Ended = append([]tokenShown{shown}, p.Ended...)
			continue
		}
		_, shown.Replacing = live[t.Replaces]
		for _, other := range k.tokens {
			shown.Replaced = shown.Replaced || other.Replaces == t.ID
		}
		p.Tokens = append(p.Tokens, shown)
	}
	const most = 20
	p.Ended = p.Ended[:min(len(p.Ended), most)]
	return x.Show("scim", p)
}

// tokenShown returns a token as pages show it.
func (s *Pages) tokenShown(t token.Token) tokenShown {
	shown := tokenShown{Token: t, Badge: "ok", State: "in use", From: word.Address(t.LastUsedFrom), MayDo: mayDo(t.Scopes)}
	switch {
	case !t.RevokedAt.IsZero():
		shown.Badge, shown.State = "quiet", "revoked"
	case !t.Live(s.Now()):
		shown.Badge, shown.State = "critical", "expired"
	case t.LastUsedAt.IsZero():
		shown.Badge, shown.State = "notice", "not used yet"
	}
	return shown
}

// mayDo says what scopes are for.
func mayDo(scopes tenancy.Scopes) string {
	if scopes.Has(tenancy.AllScopes) {
		return "users and groups"
	}
	if scopes == tenancy.ReadMetrics {
		return "metrics, and nothing else"
	}
	return strings.Join(scopes.Names(), ", ")
}

func (s *Pages) tenantURL(t tenancy.Tenant) string { return s.TenantURL(t.Slug) }

// tokenURL is on the same host as the tenant URL: an access token counts where it was issued.
func (s *Pages) tokenURL(t tenancy.Tenant) string {
	return strings.TrimSuffix(s.tenantURL(t), "/scim/v2") + "/oauth/token"
}

// metricsURL is where a tenant's metrics are.
func (s *Pages) metricsURL(t tenancy.Tenant) string {
	return strings.TrimSuffix(s.tenantURL(t), "/scim/v2") + "/metrics/tenants/" + string(t.Slug)
}

// filledIn is what a guide is told of the tenant, without what is shown once.
func (s *Pages) filledIn(t tenancy.Tenant) guide.Tenant {
	return guide.Tenant{TenantURL: s.tenantURL(t), TokenURL: s.tokenURL(t), Strict: t.Settings.Profile == tenancy.ProfileStrict}
}
