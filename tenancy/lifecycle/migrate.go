package lifecycle

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"

	"github.com/askspoke/spoke/tenancy/tenantdb"
)

//go:embed migrations
var migrations embed.FS

// The kinds of schema, each with a folder of migrations.
const (
	controlMigrations = "migrations/control"
	tenantMigrations  = "migrations/tenant"
)

// MigrateControl creates and migrates the control schema. Two at once are safe.
func (m *Manager) MigrateControl(ctx context.Context) error {
	return m.locked(ctx, "control", func(ctx context.Context) error {
		if err := m.createSchema(ctx, tenantdb.Control); err != nil {
			return err
		}
		return m.migrate(ctx, tenantdb.Control, controlMigrations)
	})
}

func (m *Manager) createSchema(ctx context.Context, schema tenantdb.Schema) error {
	if _, err := m.config.DB.ExecContext(ctx, `CREATE SCHEMA IF NOT EXISTS `+schema.String()); err != nil && !schemaExists(err) {
		return fmt.Errorf("create schema %s: %w", schema, err)
	}
	return nil
}

// ErrOutdated says that the control schema is not the one that this program was made for.
var ErrOutdated = errors.New("the control schema is not up to date")

// CheckControl returns nil when the control schema has every migration, else ErrOutdated. It changes nothing.
func (m *Manager) CheckControl(ctx context.Context) error {
	var exists bool
	err := m.config.DB.GetContext(ctx, &exists, versions{}.TableExists(tenantdb.Control.Table(versionTable)))
	if err != nil {
		return fmt.Errorf("check control schema: %w", err)
	}
	if !exists {
		return ErrOutdated
	}
	provider, err := m.provider(tenantdb.Control, controlMigrations)
	if err != nil {
		return fmt.Errorf("check control schema: %w", err)
	}
	pending, err := provider.HasPending(ctx)
	switch {
	case err != nil:
		return fmt.Errorf("check control schema: %w", err)
	case pending:
		return ErrOutdated
	}
	return nil
}

// provider returns what runs the migrations of a folder in a schema.
func (m *Manager) provider(schema tenantdb.Schema, folder string) (*goose.Provider, error) {
	files, err := fs.Sub(migrations, folder)
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	store, err := database.NewStoreFromQuerier(schema.Table(versionTable), versions{})
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectCustom, m.config.DB.DB.DB, template{files, schema},
		goose.WithStore(store), goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
}

func (m *Manager) migrate(ctx context.Context, schema tenantdb.Schema, folder string) error {
	provider, err := m.provider(schema, folder)
	if err != nil {
		return fmt.Errorf("migrate %s: %w", schema, err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate %s: %w", schema, err)
	}
	return nil
}
