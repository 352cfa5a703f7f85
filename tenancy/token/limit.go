package token

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/askspoke/spoke/tenancy"
)

// LimitOf says how many live tokens and OAuth clients a tenant may have together, by the name of its plan, "" for none.
type LimitOf func(plan string) int

// Room returns ErrLimit where the tenant has as many live tokens and OAuth clients as its plan lets it have. Tokens that
// replace one another count once.
func (l LimitOf) Room(ctx context.Context, tx *sqlx.Tx, tenant tenancy.ID, at time.Time) error {
	var found struct {
		Plan    string `db:"plan"`
		Tokens  int    `db:"tokens"`
		Clients int    `db:"clients"`
	}
	err := tx.GetContext(ctx, &found, `SELECT plan,
			(SELECT count(DISTINCT COALESCE(line, id)) FROM `+tokens+` WHERE tenant_id = $1 AND revoked_at IS NULL
				AND (expires_at IS NULL OR expires_at > $2)) AS tokens,
			(SELECT count(*) FROM `+clients+` WHERE tenant_id = $1 AND revoked_at IS NULL) AS clients
		FROM `+tenants+` WHERE id = $1`, string(tenant), at)
	if err == nil && found.Tokens+found.Clients >= l(found.Plan) {
		return ErrLimit
	}
	return err
}

// room returns ErrLimit where the tenant has as many lines of live tokens as it may have.
func (s *Store) room(ctx context.Context, tx *sqlx.Tx, t Token) error {
	if s.config.LimitOf != nil {
		return s.config.LimitOf.Room(ctx, tx, t.TenantID, t.CreatedAt)
	}
	var live int
	err := tx.GetContext(ctx, &live, `SELECT count(DISTINCT COALESCE(line, id)) FROM `+tokens+`
		WHERE tenant_id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)`, string(t.TenantID), t.CreatedAt)
	if err == nil && live >= s.config.Limit {
		return ErrLimit
	}
	return err
}
