package token

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// Revoke makes a tenant's token worthless: here at once, and at the other replicas when they hear of it. A token that
// was revoked before stays so and is announced again. ErrNotFound also for a token of another tenant. When only the
// announcement failed, the error is returned and the call may be repeated.
func (s *Store) Revoke(ctx context.Context, tenant tenancy.ID, tokenID string) error {
	if uuid.Validate(tokenID) != nil {
		return fmt.Errorf("revoke token: %w", ErrNotFound)
	}
	err := s.change(ctx, tenant, func(tx *sqlx.Tx) error {
		_, err := s.end(ctx, tx, tenant, tokenID, EventRevoked)
		return err
	})
	s.forget(tenant)
	if err != nil {
		return fmt.Errorf("revoke token %s: %w", tokenID, err)
	}
	return s.config.DB.Announce(ctx, tenantdb.Signal{Topic: tenantdb.TopicToken, Tenant: tenant})
}

// end revokes a token and writes the event, unless it is revoked.
func (s *Store) end(ctx context.Context, tx *sqlx.Tx, tenant tenancy.ID, tokenID string, kind EventKind) (Token, error) {
	t, err := find(ctx, tx, tenant, tokenID)
	if err != nil || !t.RevokedAt.IsZero() {
		return t, err
	}
	t.RevokedAt = s.now()
	_, err = tx.ExecContext(ctx, `UPDATE `+tokens+` SET revoked_at = $3 WHERE tenant_id = $1 AND id = $2 AND revoked_at IS NULL`,
		string(tenant), tokenID, t.RevokedAt)
	if err != nil {
		return t, err
	}
	return t, RecordEvents(ctx, tx, Event{
		At: t.RevokedAt, TenantID: tenant, Credential: CredentialToken, CredentialID: t.ID, Name: t.Name, Kind: kind, ExpiresAt: t.ExpiresAt,
	})
}
