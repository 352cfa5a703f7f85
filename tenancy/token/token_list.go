package token

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

const columns = `id, tenant_id, name, hint, scopes, cidrs, line, replaces, created_at, expires_at, revoked_at,
	first_used_at, first_used_from, last_used_at, last_used_from`

// row is the columns of a token.
type row struct {
	ID            string         `db:"id"`
	TenantID      string         `db:"tenant_id"`
	Name          string         `db:"name"`
	Hint          string         `db:"hint"`
	Scopes        pq.StringArray `db:"scopes"`
	CIDRs         pq.StringArray `db:"cidrs"`
	Line          sql.NullString `db:"line"`
	Replaces      sql.NullString `db:"replaces"`
	CreatedAt     time.Time      `db:"created_at"`
	ExpiresAt     sql.NullTime   `db:"expires_at"`
	RevokedAt     sql.NullTime   `db:"revoked_at"`
	FirstUsedAt   sql.NullTime   `db:"first_used_at"`
	FirstUsedFrom sql.NullString `db:"first_used_from"`
	LastUsedAt    sql.NullTime   `db:"last_used_at"`
	LastUsedFrom  sql.NullString `db:"last_used_from"`
}

func (r row) token() (Token, error) {
	grant, err := ReadGrant(r.Scopes, r.CIDRs)
	return Token{
		ID: r.ID, TenantID: tenancy.ID(r.TenantID), Name: r.Name, Hint: r.Hint, Scopes: grant.Scopes, CIDRs: grant.CIDRs,
		Line: cmp.Or(r.Line.String, r.ID), Replaces: r.Replaces.String,
		CreatedAt: r.CreatedAt.UTC(), ExpiresAt: tenantdb.TimeOf(r.ExpiresAt), RevokedAt: tenantdb.TimeOf(r.RevokedAt),
		FirstUsedAt: tenantdb.TimeOf(r.FirstUsedAt), FirstUsedFrom: tenantdb.AddressOf(r.FirstUsedFrom),
		LastUsedAt: tenantdb.TimeOf(r.LastUsedAt), LastUsedFrom: tenantdb.AddressOf(r.LastUsedFrom),
	}, err
}

// List returns a tenant's tokens, also those that are revoked or have expired, the oldest first.
func (s *Store) List(ctx context.Context, tenant tenancy.ID) ([]Token, error) {
	var rows []row
	err := s.config.DB.SelectContext(ctx, &rows, `SELECT `+columns+` FROM `+tokens+` WHERE tenant_id = $1 ORDER BY created_at, id`, string(tenant))
	if err != nil {
		return nil, fmt.Errorf("list tokens of tenant %s: %w", tenant, err)
	}
	list := make([]Token, len(rows))
	for i, r := range rows {
		if list[i], err = r.token(); err != nil {
			return nil, fmt.Errorf("list tokens of tenant %s: %w", tenant, err)
		}
	}
	return list, nil
}

// Get returns a token of a tenant, or ErrNotFound, also for a token of another one.
func (s *Store) Get(ctx context.Context, tenant tenancy.ID, tokenID string) (Token, error) {
	t, err := find(ctx, s.config.DB, tenant, tokenID)
	if err != nil {
		return Token{}, fmt.Errorf("get token %.40s: %w", tokenID, err)
	}
	return t, nil
}

// find reads a token, in a transaction or without.
func find(ctx context.Context, db sqlx.QueryerContext, tenant tenancy.ID, tokenID string) (Token, error) {
	if _, ok := tenant.Hex(); !ok || uuid.Validate(tokenID) != nil {
		return Token{}, ErrNotFound
	}
	var r row
	err := sqlx.GetContext(ctx, db, &r, `SELECT `+columns+` FROM `+tokens+` WHERE tenant_id = $1 AND id = $2`, string(tenant), tokenID)
	if errors.Is(err, sql.ErrNoRows) {
		return Token{}, ErrNotFound
	}
	if err != nil {
		return Token{}, err
	}
	return r.token()
}
