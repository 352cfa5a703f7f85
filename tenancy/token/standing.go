package token

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/lib/pq"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// Standing is what a tenant's providers can authenticate with: tokens, secrets of OAuth clients, and assertions that stand
// for one.
type Standing struct {
	Live int // neither revoked nor expired
	// Expires is when the first of them expires or, where none is live, when the last one did. Zero: none expires.
	Expires time.Time
}

// Standings returns those of tenants at this moment, in one statement. A tenant that has none is not in the map.
func (s *Store) Standings(ctx context.Context, ids []tenancy.ID) (map[tenancy.ID]Standing, error) {
	list := make([]string, len(ids))
	for i, id := range ids {
		list[i] = string(id)
	}
	var rows []struct {
		TenantID string       `db:"tenant_id"`
		Live     int          `db:"live"`
		Expires  sql.NullTime `db:"expires"`
	}
	err := s.config.DB.SelectContext(ctx, &rows, `SELECT tenant_id, count(*) FILTER (WHERE live) AS live,
			CASE WHEN bool_or(live) THEN min(expires_at) FILTER (WHERE live) ELSE max(expires_at) END AS expires
		FROM (SELECT tenant_id, expires_at, expires_at IS NULL OR expires_at > $2 AS live FROM (
			SELECT tenant_id, expires_at FROM `+tokens+` WHERE tenant_id = ANY ($1::uuid[]) AND revoked_at IS NULL
			UNION ALL
			SELECT s.tenant_id, s.expires_at FROM `+secrets+` AS s JOIN `+clients+` AS c ON c.id = s.client_id
			WHERE s.tenant_id = ANY ($1::uuid[]) AND s.revoked_at IS NULL AND c.revoked_at IS NULL
			UNION ALL
			SELECT u.tenant_id, NULL FROM `+trusts+` AS u JOIN `+clients+` AS c ON c.id = u.client_id
			WHERE u.tenant_id = ANY ($1::uuid[]) AND u.revoked_at IS NULL AND c.revoked_at IS NULL
		) AS every) AS each GROUP BY tenant_id ORDER BY tenant_id`, pq.Array(list), s.now())
	if err != nil {
		return nil, fmt.Errorf("look for credentials that expire: %w", err)
	}
	all := make(map[tenancy.ID]Standing, len(rows))
	for _, r := range rows {
		all[tenancy.ID(r.TenantID)] = Standing{r.Live, tenantdb.TimeOf(r.Expires)}
	}
	return all, nil
}
