package token

import (
	"context"
	"crypto/hmac"
	"database/sql"
	"errors"
	"fmt"
	"net/netip"
	"sync/atomic"

	"github.com/lib/pq"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// cacheKey is under what a verified token is remembered. It holds no secret.
type cacheKey struct {
	tenant tenancy.ID
	hash   Hash
}

func (k cacheKey) text() string { return string(k.tenant) + string(k.hash[:]) }

// verified is a token that Postgres knows and that was not revoked when it was asked.
type verified struct {
	client tenancy.Client
	cidrs  CIDRs
	never  bool         // it had not been used then
	used   atomic.Int64 // the Unix second of the last use that was noted
}

// Verify returns whose token the text is at a tenant, and notes that it was used from an address. Errors wrap ErrRejected
// (ErrMalformed, ErrUnknown, ErrExpired, ErrRevoked), are an *AddressError for a live token that may not be used from
// there, or say that Postgres could not be asked (tenantdb.Unavailable).
func (s *Store) Verify(ctx context.Context, tenant tenancy.ID, text string, from netip.Addr) (tenancy.Client, error) {
	secret, err := Parse(text)
	if err != nil {
		return tenancy.Client{}, err
	}
	v, err := s.cache.Get(ctx, cacheKey{tenant, s.config.Key.Hash(secret)})
	if err != nil {
		return tenancy.Client{}, err
	}
	now := s.config.Now()
	if !v.client.ExpiresAt.IsZero() && !now.Before(v.client.ExpiresAt) {
		return tenancy.Client{}, ErrExpired
	}
	if err := v.cidrs.Permit(from); err != nil {
		return tenancy.Client{}, err
	}
	s.use(v, use{now, from})
	return v.client, nil
}

// Familiar tells, from memory, whether the text was a right token of the tenant when it was last asked for, within a day.
// To verify such a one is no guess, and does not wait for those of others.
func (s *Store) Familiar(tenant tenancy.ID, text string) bool {
	secret, err := Parse(text)
	return err == nil && s.cache.Familiar(cacheKey{tenant, s.config.Key.Hash(secret)})
}

// load asks Postgres for a token.
func (s *Store) load(ctx context.Context, key cacheKey) (*verified, error) {
	if _, ok := key.tenant.Hex(); !ok {
		return nil, ErrUnknown
	}
	var row struct {
		ID        string         `db:"id"`
		Name      string         `db:"name"`
		Hash      []byte         `db:"hash"`
		Scopes    pq.StringArray `db:"scopes"`
		CIDRs     pq.StringArray `db:"cidrs"`
		ExpiresAt sql.NullTime   `db:"expires_at"`
		Revoked   bool           `db:"revoked"`
		Never     bool           `db:"never"`
	}
	err := s.config.DB.GetContext(ctx, &row, `SELECT id, name, hash, scopes, cidrs, expires_at,
			revoked_at IS NOT NULL AS revoked, first_used_at IS NULL AND last_used_at IS NULL AS never
		FROM `+tokens+` WHERE tenant_id = $1 AND hash = $2`, string(key.tenant), key.hash[:])
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, ErrUnknown
	case err != nil:
		return nil, fmt.Errorf("look up token: %w", err)
	case !hmac.Equal(row.Hash, key.hash[:]): // the index found it; this takes the same time wherever they differ
		return nil, ErrUnknown
	case row.Revoked:
		return nil, ErrRevoked
	}
	grant, err := ReadGrant(row.Scopes, row.CIDRs)
	if err != nil {
		return nil, fmt.Errorf("look up token %s: %w", row.ID, err)
	}
	v := &verified{
		client: tenancy.Client{TokenID: row.ID, TenantID: key.tenant, Name: row.Name, Scopes: grant.Scopes, ExpiresAt: tenantdb.TimeOf(row.ExpiresAt)},
		cidrs:  grant.CIDRs, never: row.Never,
	}
	return v, nil
}

// use notes that a token was used, at most once a second for each token, so that a busy one costs no lock.
func (s *Store) use(v *verified, u use) {
	second, noted := u.at.Unix(), v.used.Load()
	if noted == second || !v.used.CompareAndSwap(noted, second) {
		return
	}
	s.note(uses{first: u, last: u, client: v.client, never: v.never})
}
