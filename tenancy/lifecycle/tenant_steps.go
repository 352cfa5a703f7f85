package lifecycle

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/lib/pq"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// insert writes the row of a tenant, or renews the one that a broken-off creation left.
func (m *Manager) insert(ctx context.Context, t tenancy.Tenant) error {
	guard, err := guardColumn(t.Settings.Guard)
	if err != nil {
		return err
	}
	_, err = m.config.DB.ExecContext(ctx, `INSERT INTO `+tenants+` AS t (id, slug, name, schema_name, state, unique_group_names,
			profile, plan, guard, notify, created_at, updated_at, skeleton)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb, COALESCE($10::text[], '{}'), $11, $12, $13)
		ON CONFLICT (slug) DO UPDATE SET name = EXCLUDED.name, unique_group_names = EXCLUDED.unique_group_names,
			profile = EXCLUDED.profile, plan = EXCLUDED.plan, guard = EXCLUDED.guard, notify = EXCLUDED.notify,
			updated_at = EXCLUDED.updated_at, skeleton = EXCLUDED.skeleton
		WHERE t.state = 'creating'`,
		string(t.ID), string(t.Slug), t.Name, tenantdb.SchemaFor(t.ID).Name(), string(t.State), t.Settings.UniqueGroupNames,
		string(t.Settings.Profile), t.Settings.Plan, guard, pq.Array(t.Settings.Notify), t.CreatedAt, m.now(),
		t.Slug.Skeleton())
	if constraint, key, _ := tenantdb.UniqueViolation(err); constraint == "tenants_skeleton_key" || key == "skeleton" {
		return tenancy.ErrSlugConfusable
	}
	if err != nil {
		return fmt.Errorf("insert tenant: %w", err)
	}
	return nil
}

// complete does the steps after insert for a tenant that is creating, and returns it active.
func (m *Manager) complete(ctx context.Context, t tenancy.Tenant) (tenancy.Tenant, error) {
	schema := tenantdb.SchemaFor(t.ID)
	err := m.steps(ctx, t.Slug, []stepDo{
		{StepSchema, func() error { return m.buildSchema(ctx, schema) }},
		{StepActivate, func() (err error) { t, err = m.activate(ctx, t.ID, ""); return err }},
		{StepAnnounce, func() error {
			// The tenant exists, whether or not this arrives: without it a replica learns a little later, when it has
			// forgotten that the host was unknown.
			_ = m.announce(ctx, t.ID)
			return nil
		}},
	})
	return t, err
}

// activate ends a creation or an import, whose lock the caller holds. It does not count the version: nobody saw the tenant
// before. request, where there is one, is noted as the latest change.
func (m *Manager) activate(ctx context.Context, id, request tenancy.ID) (tenancy.Tenant, error) {
	version, err := latest()
	if err != nil {
		return tenancy.Tenant{}, err
	}
	t, err := m.one(ctx, `UPDATE `+tenants+` SET state = 'active', updated_at = $2, change_id = $4, schema_version = $5
		WHERE id = $1 AND state = ANY ($3) RETURNING `+tenantColumns,
		string(id), m.now(), pq.Array(origins(actActivate)), sql.NullString{String: string(request), Valid: request != ""}, version)
	if !errors.Is(err, tenancy.ErrNotFound) {
		return t, err
	}
	if t, err = m.ByID(ctx, id); err == nil && t.State != tenancy.StateActive { // active: the statement was sent twice
		err = &tenancy.StateError{Act: string(actActivate), State: t.State}
	}
	return t, err
}

// announce tells the replicas about the tenant.
func (m *Manager) announce(ctx context.Context, id tenancy.ID) error {
	return m.config.DB.Announce(ctx, tenantdb.Signal{Topic: tenantdb.TopicTenant, Tenant: id})
}

// now is the clock in the precision that Postgres keeps, so that what is returned is what is read later.
func (m *Manager) now() time.Time { return m.config.Now().UTC().Truncate(time.Microsecond) }
