package lifecycle

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// The control schema's tables.
var (
	tenants = tenantdb.Control.Table("tenants")
	hosts   = tenantdb.Control.Table("hosts")
)

const tenantColumns = `id, slug, name, state, schema_name, unique_group_names, profile, created_at`

type row struct {
	ID               string    `db:"id"`
	Slug             string    `db:"slug"`
	Name             string    `db:"name"`
	State            string    `db:"state"`
	SchemaName       string    `db:"schema_name"`
	UniqueGroupNames bool      `db:"unique_group_names"`
	Profile          string    `db:"profile"`
	CreatedAt        time.Time `db:"created_at"`
}

func (r row) tenant() tenancy.Tenant {
	return tenancy.Tenant{
		ID: tenancy.ID(r.ID), Slug: tenancy.Slug(r.Slug), Name: r.Name, State: tenancy.State(r.State), Schema: r.SchemaName,
		Settings:  tenancy.Settings{UniqueGroupNames: r.UniqueGroupNames, Profile: tenancy.Profile(r.Profile)},
		CreatedAt: r.CreatedAt.UTC(),
	}
}

// Get returns the tenant with the slug, in whatever state, or tenancy.ErrNotFound. It always asks Postgres.
func (m *Manager) Get(ctx context.Context, slug tenancy.Slug) (tenancy.Tenant, error) {
	var r row
	err := m.config.DB.GetContext(ctx, &r, `SELECT `+tenantColumns+` FROM `+tenants+` WHERE slug = $1`, string(slug))
	if errors.Is(err, sql.ErrNoRows) {
		err = tenancy.ErrNotFound
	}
	if err != nil {
		return tenancy.Tenant{}, fmt.Errorf("read tenant %q: %w", slug, err)
	}
	return r.tenant(), nil
}

// List returns every tenant, in whatever state, by slug.
func (m *Manager) List(ctx context.Context) ([]tenancy.Tenant, error) {
	var rows []row
	err := m.config.DB.SelectContext(ctx, &rows, `SELECT `+tenantColumns+` FROM `+tenants+` ORDER BY slug`)
	if err != nil {
		return nil, fmt.Errorf("list tenants: %w", err)
	}
	list := make([]tenancy.Tenant, len(rows))
	for i, r := range rows {
		list[i] = r.tenant()
	}
	return list, nil
}
