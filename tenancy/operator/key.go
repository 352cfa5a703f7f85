package operator

import (
	"cmp"
	"context"
	"crypto/hmac"
	"database/sql"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/tenancy/token"

	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// DefaultKeyLife is how long an API key is valid where nothing else is said.
const DefaultKeyLife = 365 * 24 * time.Hour

// Key is what is known of an API key, without its secret.
type Key struct {
	ID           string
	Name         string
	Role         Role
	Hint         string // the secret's last four characters
	CreatedAt    time.Time
	CreatedBy    string // the actor
	ExpiresAt    time.Time
	RevokedAt    time.Time // zero: not revoked
	LastUsedAt   time.Time // zero: never; to the minute
	LastUsedFrom string    // the address of the last use
}

// NewKey is what one says to create a key.
type NewKey struct {
	// ID is the key's, "" for a new one. With the ID of a request that is made once, a later attempt replaces the secret of
	// the key that an earlier one made and could not hand over.
	ID        string
	Name      string
	Role      Role
	ExpiresAt time.Time // zero: DefaultKeyLife from now
	CreatedBy string    // the actor
}

// CreateKey makes a key and returns its secret, which cannot be had again. Errors: ErrName, ErrRole, ErrExpiry, ErrRevoked
// for an ID whose key was revoked.
func (s *Store) CreateKey(ctx context.Context, n NewKey) (token.Secret, Key, error) {
	secret, now := token.NewSecret(token.ForOperator), s.now()
	if n.ExpiresAt.IsZero() {
		n.ExpiresAt = now.Add(DefaultKeyLife)
	}
	k := Key{
		ID: cmp.Or(n.ID, uuid.NewString()), Name: strings.TrimSpace(n.Name), Role: n.Role, Hint: secret.Hint(),
		CreatedAt: now, CreatedBy: n.CreatedBy, ExpiresAt: micro(n.ExpiresAt),
	}
	switch {
	case !validName(k.Name):
		return token.Secret{}, Key{}, ErrName
	case !k.Role.Valid():
		return token.Secret{}, Key{}, ErrRole
	case !k.ExpiresAt.After(now):
		return token.Secret{}, Key{}, ErrExpiry
	}
	hash := s.config.Key.Hash(secret)
	result, err := s.config.DB.ExecContext(ctx, `INSERT INTO `+keys+` AS k (id, name, role, hash, hint, created_at, created_by, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO UPDATE SET hash = EXCLUDED.hash, hint = EXCLUDED.hint,
			name = EXCLUDED.name, role = EXCLUDED.role, created_at = EXCLUDED.created_at, expires_at = EXCLUDED.expires_at
		WHERE k.revoked_at IS NULL AND k.created_by = EXCLUDED.created_by`,
		k.ID, k.Name, string(k.Role), hash[:], k.Hint, k.CreatedAt, k.CreatedBy, k.ExpiresAt)
	if err != nil {
		return token.Secret{}, Key{}, fmt.Errorf("create API key: %w", err)
	}
	if n, err := result.RowsAffected(); err == nil && n == 0 {
		return token.Secret{}, Key{}, fmt.Errorf("create API key: %w", ErrRevoked)
	}
	return secret, k, nil
}

// lastUse is how precise the time and the address of the last use are: a busy key is not written at each call, nor one that
// two addresses use in turn.
const lastUse = time.Minute

// VerifyKey returns whose key the text is, and notes that it is used from an address. Errors wrap ErrRejected
// (ErrMalformed, ErrUnknown, ErrExpired, ErrRevoked) or say that Postgres could not be asked (tenantdb.Unavailable).
func (s *Store) VerifyKey(ctx context.Context, text string, from netip.Addr) (Identity, error) {
	secret, err := token.ParseSecret(token.ForOperator, text)
	if err != nil {
		return Identity{}, ErrMalformed
	}
	hash, now := s.config.Key.Hash(secret), s.now()
	if identity, ok := s.admitted(hash); ok {
		return identity, nil
	}
	var row struct {
		ID        string    `db:"id"`
		Name      string    `db:"name"`
		Role      string    `db:"role"`
		Hash      []byte    `db:"hash"`
		ExpiresAt time.Time `db:"expires_at"`
		Revoked   bool      `db:"revoked"`
	}
	err = s.config.DB.GetContext(ctx, &row, `WITH used AS (UPDATE `+keys+` SET last_used_at = $2, last_used_from = $3
			WHERE hash = $1 AND revoked_at IS NULL AND expires_at > $2
			AND (last_used_at IS NULL OR last_used_at < $4))
		SELECT id, name, role, hash, expires_at, revoked_at IS NOT NULL AS revoked FROM `+keys+` WHERE hash = $1`,
		hash[:], now, tenantdb.AddressText(from), now.Add(-lastUse))
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return Identity{}, ErrUnknown
	case err != nil:
		return Identity{}, fmt.Errorf("look up API key: %w", err)
	case !hmac.Equal(row.Hash, hash[:]): // the index found it; this takes the same time wherever they differ
		return Identity{}, ErrUnknown
	case row.Revoked:
		return Identity{}, ErrRevoked
	case !row.ExpiresAt.After(now):
		return Identity{}, ErrExpired
	}
	return Identity{Actor: KeyActor(row.ID), Name: row.Name, Role: Role(row.Role), ExpiresAt: row.ExpiresAt.UTC()}, nil
}

// KeyActor returns the actor of the key with an id.
func KeyActor(id string) string { return "key:" + id }

// Keys returns a page of the keys, also those that are revoked or have expired, and whether there are more.
func (s *Store) Keys(ctx context.Context, page Page) (list []Key, more bool, err error) {
	var rows []struct {
		ID           string         `db:"id"`
		Name         string         `db:"name"`
		Role         string         `db:"role"`
		Hint         string         `db:"hint"`
		CreatedAt    time.Time      `db:"created_at"`
		CreatedBy    string         `db:"created_by"`
		ExpiresAt    time.Time      `db:"expires_at"`
		RevokedAt    sql.NullTime   `db:"revoked_at"`
		LastUsedAt   sql.NullTime   `db:"last_used_at"`
		LastUsedFrom sql.NullString `db:"last_used_from"`
	}
	at, id := page.After.before()
	err = s.config.DB.SelectContext(ctx, &rows, `SELECT id, name, role, hint, created_at, created_by, expires_at, revoked_at,
		last_used_at, last_used_from FROM `+keys+` WHERE (created_at, id) < ($1, $2::uuid)
		ORDER BY created_at DESC, id DESC LIMIT $3`, at, id, page.Limit+1)
	if err != nil {
		return nil, false, fmt.Errorf("list API keys: %w", err)
	}
	if more = len(rows) > page.Limit; more {
		rows = rows[:page.Limit]
	}
	list = make([]Key, len(rows))
	for i, r := range rows {
		list[i] = Key{
			ID: r.ID, Name: r.Name, Role: Role(r.Role), Hint: r.Hint, CreatedAt: r.CreatedAt.UTC(), CreatedBy: r.CreatedBy,
			ExpiresAt: r.ExpiresAt.UTC(), RevokedAt: tenantdb.TimeOf(r.RevokedAt), LastUsedAt: tenantdb.TimeOf(r.LastUsedAt), LastUsedFrom: r.LastUsedFrom.String,
		}
	}
	return list, more, nil
}

// RevokeKey makes a key worthless, everywhere at once. One that was revoked before stays so. Error: ErrNotFound.
func (s *Store) RevokeKey(ctx context.Context, id string) error {
	if uuid.Validate(id) != nil {
		return fmt.Errorf("revoke API key: %w", ErrNotFound)
	}
	result, err := s.config.DB.ExecContext(ctx, `UPDATE `+keys+` SET revoked_at = COALESCE(revoked_at, $2) WHERE id = $1`, id, s.now())
	if err != nil {
		return fmt.Errorf("revoke API key %s: %w", id, err)
	}
	if n, err := result.RowsAffected(); err == nil && n == 0 {
		return fmt.Errorf("revoke API key %s: %w", id, ErrNotFound)
	}
	return nil
}
