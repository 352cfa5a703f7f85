package token

import (
	"context"
	"fmt"

	"github.com/google/uuid"

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
	result, err := s.config.DB.ExecContext(ctx, `UPDATE `+tokens+` SET revoked_at = COALESCE(revoked_at, $3)
		WHERE tenant_id = $1 AND id = $2`, string(tenant), tokenID, s.now())
	if err != nil {
		return fmt.Errorf("revoke token %s: %w", tokenID, err)
	}
	s.forget(tenant)
	if n, err := result.RowsAffected(); err == nil && n == 0 {
		return fmt.Errorf("revoke token %s: %w", tokenID, ErrNotFound)
	}
	return s.config.DB.Announce(ctx, tenantdb.Signal{Topic: tenantdb.TopicToken, Tenant: tenant})
}
