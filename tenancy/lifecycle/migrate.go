package lifecycle

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/binary"
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
	if _, err := m.config.DB.ExecContext(ctx, `CREATE SCHEMA IF NOT EXISTS `+schema.String()); err != nil {
		return fmt.Errorf("create schema %s: %w", schema, err)
	}
	return nil
}

func (m *Manager) migrate(ctx context.Context, schema tenantdb.Schema, folder string) error {
	files, err := fs.Sub(migrations, folder)
	if err != nil {
		return fmt.Errorf("read migrations of %s: %w", schema, err)
	}
	store, err := database.NewStoreFromQuerier(schema.Table(versionTable), versions{})
	if err != nil {
		return fmt.Errorf("migrate %s: %w", schema, err)
	}
	provider, err := goose.NewProvider(goose.DialectCustom, m.config.DB.DB.DB, template{files, schema},
		goose.WithStore(store), goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return fmt.Errorf("migrate %s: %w", schema, err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate %s: %w", schema, err)
	}
	return nil
}

// lockKey returns the number under which Postgres knows the lock named key.
func lockKey(key string) int64 {
	sum := sha256.Sum256([]byte("spoke lifecycle " + key))
	return int64(binary.BigEndian.Uint64(sum[:8]))
}
