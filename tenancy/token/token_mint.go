package token

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/tenancy"
)

const maxName = 100

// Mint issues a token to a tenant and returns its secret, which cannot be had again. A zero expiresAt means never.
// Errors: ErrName, ErrExpiry, ErrLimit, tenancy.ErrNotFound.
func (s *Store) Mint(ctx context.Context, tenant tenancy.ID, name string, expiresAt time.Time) (Secret, Token, error) {
	secret := NewSecret(ForTenant)
	token := Token{
		ID: uuid.NewString(), TenantID: tenant, Name: strings.TrimSpace(name), Hint: secret.Hint(), CreatedAt: s.now(),
	}
	if !validName(token.Name) {
		return Secret{}, Token{}, ErrName
	}
	if !expiresAt.IsZero() {
		token.ExpiresAt = expiresAt.UTC().Truncate(time.Microsecond)
	}
	if !token.Live(token.CreatedAt) {
		return Secret{}, Token{}, ErrExpiry
	}
	if err := s.insert(ctx, token, s.config.Key.Hash(secret)); err != nil {
		return Secret{}, Token{}, fmt.Errorf("mint token for tenant %s: %w", tenant, err)
	}
	return secret, token, nil
}

func validName(name string) bool {
	n := utf8.RuneCountInString(name)
	return n > 0 && n <= maxName && utf8.ValidString(name) && !strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) })
}

// insert writes the token while it holds the tenant's row, so that two at once do not both take the last place.
func (s *Store) insert(ctx context.Context, t Token, h Hash) (err error) {
	tx, err := s.config.DB.BeginTxx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = tx.Rollback() // the first error is the one that matters
		}
	}()
	var id string
	err = tx.GetContext(ctx, &id, `SELECT id FROM `+tenants+` WHERE id = $1 FOR UPDATE`, string(t.TenantID))
	if errors.Is(err, sql.ErrNoRows) {
		return tenancy.ErrNotFound
	}
	if err != nil {
		return err
	}
	var live int
	err = tx.GetContext(ctx, &live, `SELECT count(*) FROM `+tokens+`
		WHERE tenant_id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)`, string(t.TenantID), t.CreatedAt)
	if err != nil {
		return err
	}
	if live >= s.config.Limit {
		return ErrLimit
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO `+tokens+` (id, tenant_id, name, hash, hint, created_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		t.ID, string(t.TenantID), t.Name, h[:], t.Hint, t.CreatedAt, sql.NullTime{Time: t.ExpiresAt, Valid: !t.ExpiresAt.IsZero()})
	if err != nil {
		return err
	}
	return tx.Commit()
}
