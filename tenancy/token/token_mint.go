package token

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"github.com/askspoke/spoke/tenancy"
)

const maxName = 100

// NewToken is what one says to issue a token.
type NewToken struct {
	Name      string
	Scopes    tenancy.Scopes // NoScopes: all
	CIDRs     CIDRs          // from where it may be used; none: from everywhere
	ExpiresAt time.Time      // zero: never
}

// Mint issues a token that may do everything from everywhere. It is Issue for a NewToken with a name and an expiry.
func (s *Store) Mint(ctx context.Context, tenant tenancy.ID, name string, expiresAt time.Time) (Secret, Token, error) {
	return s.Issue(ctx, tenant, NewToken{Name: name, ExpiresAt: expiresAt})
}

// Issue makes a token for a tenant and returns its secret, which cannot be had again. Errors: ErrName, ErrExpiry,
// *CIDRError, ErrLimit, tenancy.ErrNotFound.
func (s *Store) Issue(ctx context.Context, tenant tenancy.ID, n NewToken) (Secret, Token, error) {
	secret, t, err := s.draft(tenant, n)
	if err != nil {
		return Secret{}, Token{}, err
	}
	t.Line = t.ID
	err = AtTenant(ctx, s.config.DB, tenant, func(tx *sqlx.Tx) error {
		if err := s.room(ctx, tx, t); err != nil {
			return err
		}
		return insert(ctx, tx, t, s.config.Key.Hash(secret))
	})
	if err != nil {
		return Secret{}, Token{}, fmt.Errorf("issue token to tenant %s: %w", tenant, err)
	}
	return secret, t, nil
}

// draft returns a token that is not written yet.
func (s *Store) draft(tenant tenancy.ID, n NewToken) (Secret, Token, error) {
	grant, err := NewGrant(n.Scopes, n.CIDRs)
	if err != nil {
		return Secret{}, Token{}, err
	}
	secret := NewSecret(ForTenant)
	t := Token{
		ID: uuid.NewString(), TenantID: tenant, Name: strings.TrimSpace(n.Name), Hint: secret.Hint(), CreatedAt: s.now(),
		Scopes: grant.Scopes, CIDRs: grant.CIDRs,
	}
	if !ValidName(t.Name) {
		return Secret{}, Token{}, ErrName
	}
	if !n.ExpiresAt.IsZero() {
		t.ExpiresAt = n.ExpiresAt.UTC().Truncate(time.Microsecond)
	}
	if !t.Live(t.CreatedAt) {
		return Secret{}, Token{}, ErrExpiry
	}
	return secret, t, nil
}

// ValidName says whether a credential may have the name.
func ValidName(name string) bool {
	n := utf8.RuneCountInString(name)
	return n > 0 && n <= maxName && utf8.ValidString(name) && !strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) })
}

// room returns ErrLimit where the tenant has as many lines of live tokens as it may have.
func (s *Store) room(ctx context.Context, tx *sqlx.Tx, t Token) error {
	var live int
	err := tx.GetContext(ctx, &live, `SELECT count(DISTINCT COALESCE(line, id)) FROM `+tokens+`
		WHERE tenant_id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)`, string(t.TenantID), t.CreatedAt)
	if err == nil && live >= s.config.Limit {
		return ErrLimit
	}
	return err
}

func insert(ctx context.Context, tx *sqlx.Tx, t Token, h Hash) error {
	scopes, cidrs := Grant{t.Scopes, t.CIDRs}.Stored()
	_, err := tx.ExecContext(ctx, `INSERT INTO `+tokens+` (id, tenant_id, name, hash, hint, created_at, expires_at, scopes, cidrs, line, replaces)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		t.ID, string(t.TenantID), t.Name, h[:], t.Hint, t.CreatedAt, orNull(t.ExpiresAt), scopes, cidrs,
		sql.NullString{String: t.Line, Valid: t.Line != t.ID}, sql.NullString{String: t.Replaces, Valid: t.Replaces != ""})
	return err
}

func orNull(t time.Time) sql.NullTime { return sql.NullTime{Time: t, Valid: !t.IsZero()} }
