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

// insert writes the row of a tenant in state creating, or renews the one that a broken-off creation left.
func (m *Manager) insert(ctx context.Context, t tenancy.Tenant) error {
	if err := m.step(ctx, t.Slug, StepInsert); err != nil {
		return err
	}
	_, err := m.config.DB.ExecContext(ctx, `INSERT INTO `+tenants+` AS t
		(id, slug, name, schema_name, state, unique_group_names, profile, created_at, updated_at)
		VALUES ($1, $2, $3, $4, 'creating', $5, $6, $7, $8)
		ON CONFLICT (slug) DO UPDATE SET name = EXCLUDED.name, unique_group_names = EXCLUDED.unique_group_names,
			profile = EXCLUDED.profile, updated_at = EXCLUDED.updated_at
		WHERE t.state = 'creating'`,
		string(t.ID), string(t.Slug), t.Name, tenantdb.SchemaFor(t.ID).Name(),
		t.Settings.UniqueGroupNames, string(t.Settings.Profile), t.CreatedAt, m.now())
	if err != nil {
		return fmt.Errorf("insert tenant: %w", err)
	}
	return nil
}

// complete does the steps after insert for a tenant that is creating. Each may have been done before.
func (m *Manager) complete(ctx context.Context, t tenancy.Tenant) (tenancy.Tenant, error) {
	schema := tenantdb.SchemaFor(t.ID)
	for _, s := range []struct {
		step Step
		do   func() error
	}{
		{StepCreateSchema, func() error { return m.createSchema(ctx, schema) }},
		{StepMigrate, func() error { return m.migrate(ctx, schema, tenantMigrations) }},
		{StepActivate, func() error { return m.activate(ctx, t.ID) }},
		{StepAnnounce, func() error {
			// The tenant exists, whether or not this arrives: without it a replica learns a little later, when it has
			// forgotten that the host was unknown.
			_ = m.announce(ctx, t.ID)
			return nil
		}},
	} {
		if err := m.step(ctx, t.Slug, s.step); err != nil {
			return tenancy.Tenant{}, err
		}
		if err := s.do(); err != nil {
			return tenancy.Tenant{}, err
		}
	}
	t.State, t.Schema = tenancy.StateActive, schema.Name()
	return t, nil
}

func (m *Manager) activate(ctx context.Context, id tenancy.ID) error {
	result, err := m.config.DB.ExecContext(ctx, `UPDATE `+tenants+` SET state = 'active', updated_at = $2
		WHERE id = $1 AND state = 'creating'`, string(id), m.now())
	if err != nil {
		return fmt.Errorf("activate tenant: %w", err)
	}
	if n, err := result.RowsAffected(); err != nil || n != 1 {
		return fmt.Errorf("activate tenant: %w", errors.Join(err, sql.ErrNoRows))
	}
	return nil
}

// announce tells the replicas about the tenant.
func (m *Manager) announce(ctx context.Context, id tenancy.ID) error {
	return m.config.DB.Announce(ctx, tenantdb.Signal{Topic: tenantdb.TopicTenant, Tenant: id})
}

// now is the clock in the precision that Postgres keeps, so that what is returned is what is read later.
func (m *Manager) now() time.Time { return m.config.Now().UTC().Truncate(time.Microsecond) }
