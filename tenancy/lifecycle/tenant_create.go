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

// NewTenant is what one says to create a tenant.
type NewTenant struct {
	Slug     tenancy.Slug // from tenancy.ParseSlug
	Name     string       // default the slug
	Settings tenancy.Settings
	// Ensure makes Create return the existing tenant, unchanged, instead of ErrSlugTaken.
	Ensure bool
}

// Create brings a tenant into being and returns it active, with an empty directory. A slug whose creation was broken off
// is completed, with the name and settings given now. Of two calls at once for the same slug one gets the tenant and
// the other tenancy.ErrSlugTaken, which is also the answer for a slug that exists, unless Ensure is set.
func (m *Manager) Create(ctx context.Context, request NewTenant) (tenancy.Tenant, error) {
	request, err := request.normalize()
	if err != nil {
		return tenancy.Tenant{}, fmt.Errorf("create tenant: %w", err)
	}
	var tenant tenancy.Tenant
	err = m.locked(ctx, lockName(request.Slug), func(ctx context.Context) error {
		existing, err := m.Get(ctx, request.Slug)
		switch {
		case errors.Is(err, tenancy.ErrNotFound):
			existing = tenancy.Tenant{ID: m.config.NewID(), Slug: request.Slug, CreatedAt: m.now()}
		case err != nil:
			return err
		case existing.State == tenancy.StateCreating: // broken off; nobody works on it, or we would not hold the lock
		case existing.State != tenancy.StateDeleting && request.Ensure:
			tenant = existing
			return nil
		default:
			return tenancy.ErrSlugTaken
		}
		existing.Name, existing.Settings = request.Name, request.Settings
		if err := m.insert(ctx, existing); err != nil {
			return err
		}
		tenant, err = m.complete(ctx, existing)
		return err
	})
	if err != nil {
		return tenancy.Tenant{}, fmt.Errorf("create tenant %q: %w", request.Slug, err)
	}
	return tenant, nil
}

func lockName(slug tenancy.Slug) string { return "tenant " + string(slug) }

func (n NewTenant) normalize() (NewTenant, error) {
	slug, err := tenancy.ParseSlug(string(n.Slug))
	if err != nil {
		return n, err
	}
	n.Slug = slug
	if n.Name == "" {
		n.Name = string(slug)
	}
	if n.Settings.Profile == "" {
		n.Settings.Profile = tenancy.ProfileAuto
	}
	if !n.Settings.Profile.Valid() {
		return n, fmt.Errorf("%w: profile %.20q", tenancy.ErrSettings, n.Settings.Profile)
	}
	return n, nil
}

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
