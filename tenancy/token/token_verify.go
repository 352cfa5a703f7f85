package token

import (
	"context"
	"crypto/hmac"
	"database/sql"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/askspoke/spoke/tenancy"
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
	used   atomic.Int64 // the Unix second of the last use that was noted
}

// Verify returns whose token the text is at a tenant. Errors wrap ErrRejected (ErrMalformed, ErrUnknown, ErrExpired,
// ErrRevoked) or say that Postgres could not be asked (tenantdb.Unavailable).
func (s *Store) Verify(ctx context.Context, tenant tenancy.ID, text string) (tenancy.Client, error) {
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
	s.use(v, now)
	return v.client, nil
}

// load asks Postgres for a token.
func (s *Store) load(ctx context.Context, key cacheKey) (*verified, error) {
	if _, ok := key.tenant.Hex(); !ok {
		return nil, ErrUnknown
	}
	var row struct {
		ID        string       `db:"id"`
		Name      string       `db:"name"`
		Hash      []byte       `db:"hash"`
		ExpiresAt sql.NullTime `db:"expires_at"`
		Revoked   bool         `db:"revoked"`
	}
	err := s.config.DB.GetContext(ctx, &row, `SELECT id, name, hash, expires_at, revoked_at IS NOT NULL AS revoked FROM `+tokens+`
		WHERE tenant_id = $1 AND hash = $2`, string(key.tenant), key.hash[:])
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
	v := &verified{client: tenancy.Client{TokenID: row.ID, TenantID: key.tenant, Name: row.Name}}
	if row.ExpiresAt.Valid {
		v.client.ExpiresAt = row.ExpiresAt.Time.UTC()
	}
	return v, nil
}

// use notes that a token was used, at most once a second for each token, so that a busy one costs no lock.
func (s *Store) use(v *verified, now time.Time) {
	second, noted := now.Unix(), v.used.Load()
	if noted == second || !v.used.CompareAndSwap(noted, second) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.After(s.uses[v.client.TokenID]) {
		s.uses[v.client.TokenID] = now
	}
}
