package oauth

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/token"
)

// maxAccessToken bounds the text of an access token, in bytes; ours are a few hundred.
const maxAccessToken = 4 << 10

// WellFormed says whether text might be an access token: three parts, as a JSON Web Token has. A tenant's secret token has
// none.
func WellFormed(text string) bool { return strings.Count(text, ".") == 2 }

// Familiar tells, from memory, whether this very access token was right at the tenant when it was shown last. To verify
// such a one is no guess. That it names a key of ours says nothing: those are published.
func (s *Store) Familiar(tenant tenancy.ID, text string) bool {
	return len(text) <= maxAccessToken && s.tokens.has(tenant, hashOf(text))
}

// remember notes whether an access token was right, and forgets that of one that is not any more.
func (s *Store) remember(tenant tenancy.ID, text string, c tenancy.Client, err error) {
	if len(text) > maxAccessToken {
		return
	}
	switch hash := hashOf(text); {
	case err == nil && !s.tokens.has(tenant, hash):
		s.tokens.add(tenant, hash, c.ExpiresAt)
	case errors.Is(err, token.ErrRejected) && s.tokens.has(tenant, hash):
		s.tokens.remove(tenant, hash)
	}
}

// Verify returns whose access token the text is at a place, when it is used from an address. Errors wrap
// token.ErrRejected (token.ErrMalformed, ErrUnknown, ErrExpired, ErrRevoked), are a *token.AddressError for a live one that
// may not be used from there, or say that Postgres could not be asked (tenantdb.Unavailable).
func (s *Store) Verify(ctx context.Context, place Place, text string, from netip.Addr) (tenancy.Client, error) {
	c, err := s.verify(ctx, place, text, from)
	s.remember(place.Tenant, text, c, err)
	return c, err
}

func (s *Store) verify(ctx context.Context, place Place, text string, from netip.Addr) (tenancy.Client, error) {
	shown, err := s.parse(ctx, place, text)
	if err != nil {
		return tenancy.Client{}, err
	}
	c, err := s.clients.Get(ctx, clientKey{place.Tenant, shown.ClientID})
	if err != nil {
		return tenancy.Client{}, err
	}
	switch expires, live := c.credentials[shown.Credential]; {
	case !live:
		return tenancy.Client{}, token.ErrRevoked
	case !expires.IsZero() && !s.config.Now().Before(expires):
		return tenancy.Client{}, token.ErrExpired
	}
	if err := c.grant.CIDRs.Permit(from); err != nil {
		return tenancy.Client{}, err
	}
	scopes, err := tenancy.ParseScopes(strings.Fields(shown.Scope))
	if err != nil {
		return tenancy.Client{}, token.ErrMalformed
	}
	return tenancy.Client{
		TokenID: shown.ClientID, TenantID: place.Tenant, Name: c.name, Scopes: scopes & c.grant.Scopes, ExpiresAt: shown.ExpiresAt.UTC(),
	}, nil
}

// parse returns the claims of an access token that one of our keys has signed for the place.
func (s *Store) parse(ctx context.Context, place Place, text string) (claims, error) {
	var shown claims
	if len(text) > maxAccessToken {
		return shown, token.ErrMalformed
	}
	var away error
	parser := jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodES256.Alg()}), jwt.WithIssuer(place.Issuer), jwt.WithAudience(place.Audience),
		jwt.WithExpirationRequired(), jwt.WithTimeFunc(s.config.Now), jwt.WithStrictDecoding(),
	)
	_, err := parser.ParseWithClaims(text, &shown, func(t *jwt.Token) (any, error) {
		kid, _ := t.Header["kid"].(string)
		if t.Header["typ"] != accessTokenType || !canonical(kid) {
			return nil, token.ErrMalformed
		}
		key, err := s.public.Get(ctx, kid)
		if err != nil && !errors.Is(err, token.ErrRejected) {
			away = err
		}
		return key, err
	})
	switch {
	case away != nil:
		return shown, away
	case errors.Is(err, jwt.ErrTokenExpired):
		return shown, token.ErrExpired
	case errors.Is(err, jwt.ErrTokenMalformed):
		return shown, token.ErrMalformed
	case err != nil, shown.Tenant != string(place.Tenant), shown.Subject != shown.ClientID, !canonical(shown.ClientID):
		return shown, token.ErrUnknown
	}
	return shown, nil
}

// clientKey is under what a client is remembered.
type clientKey struct {
	tenant tenancy.ID
	id     string
}

func (k clientKey) text() string { return string(k.tenant) + k.id }

// client is what is remembered of one that is not revoked.
type client struct {
	name        string
	grant       token.Grant
	credentials map[string]time.Time // the ids of its secrets and trusts that are not revoked, and when they expire
}

// loadClient asks Postgres for a client.
func (s *Store) loadClient(ctx context.Context, key clientKey) (*client, error) {
	var row struct {
		clientRow
		Credentials []byte `db:"credentials"`
	}
	err := s.config.DB.GetContext(ctx, &row, `SELECT c.id, c.name, c.scopes, c.cidrs, c.revoked_at,
			(SELECT json_agg(json_build_object('id', e.id, 'expires_at', e.expires_at)) FROM (
				SELECT id, expires_at FROM `+secrets+` WHERE client_id = c.id AND revoked_at IS NULL
				UNION ALL SELECT id, NULL FROM `+trusts+` WHERE client_id = c.id AND revoked_at IS NULL
			) AS e) AS credentials
		FROM `+clients+` AS c WHERE c.tenant_id = $1 AND c.id = $2`, string(key.tenant), key.id)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, token.ErrUnknown
	case err != nil:
		return nil, fmt.Errorf("look up oauth client: %w", err)
	case row.RevokedAt.Valid:
		return nil, token.ErrRevoked
	}
	c := &client{name: row.Name, credentials: make(map[string]time.Time)}
	if c.grant, err = token.ReadGrant(row.Scopes, row.CIDRs); err != nil {
		return nil, fmt.Errorf("look up oauth client %s: %w", key.id, err)
	}
	var list []struct {
		ID        string    `json:"id"`
		ExpiresAt time.Time `json:"expires_at"`
	}
	if len(row.Credentials) > 0 {
		if err := json.Unmarshal(row.Credentials, &list); err != nil {
			return nil, fmt.Errorf("look up oauth client %s: %w", key.id, err)
		}
	}
	for _, e := range list {
		c.credentials[e.ID] = e.ExpiresAt.UTC()
	}
	return c, nil
}
