package onboarding

import (
	"net/netip"
	"strconv"
	"time"

	"github.com/askspoke/spoke/services/onboarding/api"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/token"
)

// optional returns nil for the zero value, which is absent in JSON.
func optional[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

// value returns the zero value for what is absent.
func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

func (s *Server) tenant(t tenancy.Tenant) api.Tenant {
	g := t.Settings.Guard
	return api.Tenant{
		ID: string(t.ID), Slug: string(t.Slug), Name: t.Name, State: api.TenantState(t.State), TenantURL: s.config.TenantURL(t.Slug),
		Settings: api.Settings{
			Profile: api.Profile(t.Settings.Profile), UniqueGroupNames: t.Settings.UniqueGroupNames, Plan: t.Settings.Plan,
			Guard:  api.Guard{WindowSeconds: int(g.Window / time.Second), Count: g.Count, Minimum: g.Minimum, Percent: g.Percent},
			Notify: append([]string{}, t.Settings.Notify...),
		},
		CreatedAt: t.CreatedAt, UpdatedAt: t.UpdatedAt, DeleteAfter: optional(t.DeleteAfter),
	}
}

func (s *Server) tenantAnswer(t tenancy.Tenant) api.TenantAnswerJSONResponse {
	return api.TenantAnswerJSONResponse{Body: s.tenant(t), Headers: api.TenantAnswerResponseHeaders{ETag: versionTag(t.Version)}}
}

// versionTag returns the ETag of a version.
func versionTag(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }

// readVersion returns the version that an If-Match has: 0 for *, which is any. The error is a problem.
func readVersion(header *string) (int64, error) {
	if header == nil {
		return 0, newProblem(preconditionRequired, "Send the ETag of what you have read as If-Match.")
	}
	if *header == "*" {
		return 0, nil
	}
	tag := *header
	if n := len(tag); n > 2 && tag[0] == '"' && tag[n-1] == '"' {
		if version, err := strconv.ParseInt(tag[1:n-1], 10, 64); err == nil && version > 0 {
			return version, nil
		}
	}
	return 0, newProblem(preconditionFailed, "If-Match has no ETag that there ever was. Read it again, and make the change from that.")
}

// secretState says what a secret is good for now. A zero time of expiry means never.
func (s *Server) secretState(revoked, expires time.Time) api.SecretState {
	switch {
	case !revoked.IsZero():
		return api.SecretRevoked
	case !expires.IsZero() && !s.config.Now().Before(expires):
		return api.SecretExpired
	}
	return api.SecretLive
}

func scopes(s tenancy.Scopes) api.Scopes {
	list := api.Scopes{}
	for _, name := range s.Names() {
		list = append(list, api.Scope(name))
	}
	return list
}

func (s *Server) token(t token.Token) api.Token {
	return api.Token{
		ID: t.ID, Name: t.Name, Hint: t.Hint, State: s.secretState(t.RevokedAt, t.ExpiresAt), Scopes: scopes(t.Scopes), Cidrs: t.CIDRs.Strings(), Replaces: optional(t.Replaces),
		CreatedAt: t.CreatedAt, ExpiresAt: optional(t.ExpiresAt), RevokedAt: optional(t.RevokedAt),
		FirstUsedAt: optional(t.FirstUsedAt), FirstUsedFrom: addressText(t.FirstUsedFrom),
		LastUsedAt: optional(t.LastUsedAt), LastUsedFrom: addressText(t.LastUsedFrom),
	}
}

func addressText(a netip.Addr) *string {
	if !a.IsValid() {
		return nil
	}
	text := a.String()
	return &text
}

func (s *Server) createdToken(t token.Token, secret token.Secret) api.CreatedToken {
	k := s.token(t)
	return api.CreatedToken{
		ID: k.ID, Name: k.Name, Hint: k.Hint, State: k.State, Scopes: k.Scopes, Cidrs: k.Cidrs, Replaces: k.Replaces,
		CreatedAt: k.CreatedAt, ExpiresAt: k.ExpiresAt, Secret: secret.Reveal(),
	}
}
