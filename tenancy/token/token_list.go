package token

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/askspoke/spoke/tenancy"
)

// List returns a tenant's tokens, also those that are revoked or have expired, the oldest first.
func (s *Store) List(ctx context.Context, tenant tenancy.ID) ([]Token, error) {
	var rows []struct {
		ID         string       `db:"id"`
		Name       string       `db:"name"`
		Hint       string       `db:"hint"`
		CreatedAt  time.Time    `db:"created_at"`
		ExpiresAt  sql.NullTime `db:"expires_at"`
		RevokedAt  sql.NullTime `db:"revoked_at"`
		LastUsedAt sql.NullTime `db:"last_used_at"`
	}
	err := s.config.DB.SelectContext(ctx, &rows, `SELECT id, name, hint, created_at, expires_at, revoked_at, last_used_at
		FROM `+tokens+` WHERE tenant_id = $1 ORDER BY created_at, id`, string(tenant))
	if err != nil {
		return nil, fmt.Errorf("list tokens of tenant %s: %w", tenant, err)
	}
	list := make([]Token, len(rows))
	for i, r := range rows {
		list[i] = Token{
			ID: r.ID, TenantID: tenant, Name: r.Name, Hint: r.Hint, CreatedAt: r.CreatedAt.UTC(),
			ExpiresAt: timeOf(r.ExpiresAt), RevokedAt: timeOf(r.RevokedAt), LastUsedAt: timeOf(r.LastUsedAt),
		}
	}
	return list, nil
}

func timeOf(t sql.NullTime) time.Time {
	if !t.Valid {
		return time.Time{}
	}
	return t.Time.UTC()
}
