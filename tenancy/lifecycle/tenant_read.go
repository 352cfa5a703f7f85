package lifecycle

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// The control schema's tables.
var (
	tenants = tenantdb.Control.Table("tenants")
)

const tenantColumns = `id, slug, name, state, schema_name, unique_group_names, profile, plan, guard, notify, version,
	created_at, updated_at, delete_after, COALESCE(state_before, '') AS state_before`

type row struct {
	ID               string         `db:"id"`
	Slug             string         `db:"slug"`
	Name             string         `db:"name"`
	State            string         `db:"state"`
	SchemaName       string         `db:"schema_name"`
	UniqueGroupNames bool           `db:"unique_group_names"`
	Profile          string         `db:"profile"`
	Plan             string         `db:"plan"`
	Guard            []byte         `db:"guard"`
	Notify           pq.StringArray `db:"notify"`
	Version          int64          `db:"version"`
	CreatedAt        time.Time      `db:"created_at"`
	UpdatedAt        time.Time      `db:"updated_at"`
	DeleteAfter      sql.NullTime   `db:"delete_after"`
	StateBefore      string         `db:"state_before"`
}

func (r row) tenant() (tenancy.Tenant, error) {
	t := tenancy.Tenant{
		ID: tenancy.ID(r.ID), Slug: tenancy.Slug(r.Slug), Name: r.Name, State: tenancy.State(r.State), Schema: r.SchemaName,
		Settings: tenancy.Settings{
			UniqueGroupNames: r.UniqueGroupNames, Profile: tenancy.Profile(r.Profile), Plan: r.Plan, Guard: tenancy.DefaultGuard(),
		},
		Version: r.Version, CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(), StateBefore: tenancy.State(r.StateBefore),
		DeleteAfter: tenantdb.TimeOf(r.DeleteAfter),
	}
	if len(r.Notify) > 0 {
		t.Settings.Notify = r.Notify
	}
	if r.Guard != nil {
		if err := json.Unmarshal(r.Guard, &t.Settings.Guard); err != nil {
			return t, fmt.Errorf("tenant %q: %w", t.Slug, err)
		}
	}
	return t, nil
}

// guardColumn is a guard as its column has it: NULL for the default, so that the tenant follows when that changes.
func guardColumn(g tenancy.Guard) (any, error) {
	if g == tenancy.DefaultGuard() {
		return nil, nil
	}
	text, err := json.Marshal(g)
	return string(text), err
}

// Get returns the tenant with the slug, in whatever state, or tenancy.ErrNotFound. It always asks Postgres.
func (m *Manager) Get(ctx context.Context, slug tenancy.Slug) (tenancy.Tenant, error) {
	t, err := m.one(ctx, `SELECT `+tenantColumns+` FROM `+tenants+` WHERE slug = $1`, string(slug))
	if err != nil {
		return t, fmt.Errorf("read tenant %q: %w", slug, err)
	}
	return t, nil
}

// ByID returns the tenant with the id, as Get does.
func (m *Manager) ByID(ctx context.Context, id tenancy.ID) (tenancy.Tenant, error) {
	if _, ok := id.Hex(); !ok {
		return tenancy.Tenant{}, fmt.Errorf("read tenant %.40q: %w", id, tenancy.ErrNotFound)
	}
	t, err := m.one(ctx, `SELECT `+tenantColumns+` FROM `+tenants+` WHERE id = $1`, string(id))
	if err != nil {
		return t, fmt.Errorf("read tenant %s: %w", id, err)
	}
	return t, nil
}

// one returns the tenant that a statement yields, or tenancy.ErrNotFound.
func (m *Manager) one(ctx context.Context, statement string, args ...any) (tenancy.Tenant, error) {
	return one(ctx, m.config.DB, statement, args...)
}

func one(ctx context.Context, db sqlx.QueryerContext, statement string, args ...any) (tenancy.Tenant, error) {
	var r row
	err := sqlx.GetContext(ctx, db, &r, statement, args...)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return tenancy.Tenant{}, tenancy.ErrNotFound
	case err != nil:
		return tenancy.Tenant{}, err
	}
	return r.tenant()
}

// List returns every tenant, in whatever state, by slug.
func (m *Manager) List(ctx context.Context) ([]tenancy.Tenant, error) {
	return m.list(ctx, `SELECT `+tenantColumns+` FROM `+tenants+` ORDER BY slug`)
}

// ListAfter returns at most limit tenants, in whatever state, whose slugs come after the one given; "" is before all.
func (m *Manager) ListAfter(ctx context.Context, after tenancy.Slug, limit int) ([]tenancy.Tenant, error) {
	return m.list(ctx, `SELECT `+tenantColumns+` FROM `+tenants+` WHERE slug > $1 ORDER BY slug LIMIT $2`, string(after), limit)
}

func (m *Manager) list(ctx context.Context, statement string, args ...any) ([]tenancy.Tenant, error) {
	var rows []row
	if err := m.config.DB.SelectContext(ctx, &rows, statement, args...); err != nil {
		return nil, fmt.Errorf("list tenants: %w", err)
	}
	list := make([]tenancy.Tenant, len(rows))
	for i, r := range rows {
		var err error
		if list[i], err = r.tenant(); err != nil {
			return nil, fmt.Errorf("list tenants: %w", err)
		}
	}
	return list, nil
}
