package token

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

const maxName = 100

// NewToken is what one says to issue a token.
type NewToken struct {
	// ID is the token's, "" for a new one. With the ID of a request that is made once, a later attempt replaces the secret of
	// the token that an earlier one made and could not hand over.
	ID string
	// Once has a later attempt with the ID refused with ErrMade: whoever made the earlier one may have its secret.
	Once      bool
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
// *CIDRError, ErrLimit, tenancy.ErrNotFound, ErrRevokedAlready for an ID whose token was revoked, ErrMade.
func (s *Store) Issue(ctx context.Context, tenant tenancy.ID, n NewToken) (Secret, Token, error) {
	secret, t, err := s.draft(tenant, n)
	if err != nil {
		return Secret{}, Token{}, err
	}
	t.Line = t.ID
	err = AtTenant(ctx, s.config.DB, tenant, func(tx *sqlx.Tx) error {
		if n.ID != "" {
			if err := forgo(ctx, tx, t, n.Once); err != nil {
				return err
			}
		}
		if err := s.room(ctx, tx, t); err != nil {
			return err
		}
		return insert(ctx, tx, t, s.config.Key.Hash(secret))
	})
	if err != nil {
		return Secret{}, Token{}, fmt.Errorf("issue token to tenant %s: %w", tenant, err)
	}
	if n.ID != "" {
		s.forget(tenant)
	}
	return secret, t, nil
}

// forgo removes the token that an earlier attempt at the same request made, where nobody has its secret.
func forgo(ctx context.Context, tx *sqlx.Tx, t Token, once bool) error {
	before, err := find(ctx, tx, t.TenantID, t.ID)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil
	case err != nil:
		return err
	case !before.RevokedAt.IsZero():
		return ErrRevokedAlready
	case once:
		return ErrMade
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM `+tokens+` WHERE tenant_id = $1 AND id = $2`, string(t.TenantID), t.ID)
	return err
}

// draft returns a token that is not written yet.
func (s *Store) draft(tenant tenancy.ID, n NewToken) (Secret, Token, error) {
	grant, err := NewGrant(n.Scopes, n.CIDRs)
	if err != nil {
		return Secret{}, Token{}, err
	}
	secret := NewSecret(ForTenant)
	t := Token{
		ID: cmp.Or(n.ID, uuid.NewString()), TenantID: tenant, Name: strings.TrimSpace(n.Name), Hint: secret.Hint(), CreatedAt: s.now(),
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

func insert(ctx context.Context, tx *sqlx.Tx, t Token, h Hash) error {
	scopes, cidrs := Grant{t.Scopes, t.CIDRs}.Stored()
	_, err := tx.ExecContext(ctx, `INSERT INTO `+tokens+` (id, tenant_id, name, hash, hint, created_at, expires_at, scopes, cidrs, line, replaces)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		t.ID, string(t.TenantID), t.Name, h[:], t.Hint, t.CreatedAt, tenantdb.TimeOrNull(t.ExpiresAt), scopes, cidrs,
		sql.NullString{String: t.Line, Valid: t.Line != t.ID}, sql.NullString{String: t.Replaces, Valid: t.Replaces != ""})
	return err
}
