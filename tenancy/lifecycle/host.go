package lifecycle

import (
	"context"
	"fmt"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/hostname"
)

// AddHost gives a tenant a host of its own and returns the host normalized. A host that another tenant has is
// tenancy.ErrHostTaken; one that the tenant has already is no error. The caller has made sure that the tenant controls
// the host, and that it is not below a base domain, where it would never be looked up.
func (m *Manager) AddHost(ctx context.Context, id tenancy.ID, host string) (string, error) {
	name, err := hostname.Normalize(host)
	if err != nil {
		return "", fmt.Errorf("add host: %w", err)
	}
	_, err = m.config.DB.ExecContext(ctx, `INSERT INTO `+hosts+` (host, tenant_id, created_at)
		SELECT $1, id, $3 FROM `+tenants+` WHERE id = $2 ON CONFLICT (host) DO NOTHING`, name, string(id), m.now())
	if err != nil {
		return "", fmt.Errorf("add host %q: %w", name, err)
	}
	var owners []string
	if err := m.config.DB.SelectContext(ctx, &owners, `SELECT tenant_id FROM `+hosts+` WHERE host = $1`, name); err != nil {
		return "", fmt.Errorf("add host %q: %w", name, err)
	}
	switch {
	case len(owners) == 0:
		return "", fmt.Errorf("add host %q: %w", name, tenancy.ErrNotFound)
	case owners[0] != string(id):
		return "", fmt.Errorf("add host %q: %w", name, tenancy.ErrHostTaken)
	}
	return name, m.announce(ctx, id)
}

// RemoveHost takes a host from a tenant. A host that the tenant does not have is tenancy.ErrHostNotFound.
func (m *Manager) RemoveHost(ctx context.Context, id tenancy.ID, host string) error {
	name, err := hostname.Normalize(host)
	if err != nil {
		return fmt.Errorf("remove host: %w", err)
	}
	result, err := m.config.DB.ExecContext(ctx, `DELETE FROM `+hosts+` WHERE host = $1 AND tenant_id = $2`, name, string(id))
	if err != nil {
		return fmt.Errorf("remove host %q: %w", name, err)
	}
	if n, err := result.RowsAffected(); err == nil && n == 0 {
		return fmt.Errorf("remove host %q: %w", name, tenancy.ErrHostNotFound)
	}
	return m.announce(ctx, id)
}
