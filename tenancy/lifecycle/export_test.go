package lifecycle

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// ControlDownTo takes the migrations of the control schema back that come after a version.
func ControlDownTo(ctx context.Context, m *Manager, version int64) error {
	provider, err := m.provider(tenantdb.Control, controlMigrations)
	if err != nil {
		return err
	}
	_, err = provider.DownTo(ctx, version)
	return err
}

// TenantDownTo takes the migrations of a tenant's schema back that come after a version.
func TenantDownTo(ctx context.Context, m *Manager, t tenancy.Tenant, version int64) error {
	provider, err := m.provider(tenantdb.SchemaFor(t.ID), tenantMigrations)
	if err != nil {
		return err
	}
	_, err = provider.DownTo(ctx, version)
	return err
}

// SkeletonSQL returns the expression by which the migration computes tenancy.Slug.Skeleton from slug.
func SkeletonSQL(t *testing.T) string {
	t.Helper()
	text, err := migrations.ReadFile(controlMigrations + "/00005_tenants.sql")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`, (replace\(.*\)) AS skeleton`).FindSubmatch(text)
	if found == nil {
		t.Fatal("the migration has no such expression")
	}
	return string(found[1])
}

// WriteSettings writes the settings of a tenant over those of its version.
func WriteSettings(ctx context.Context, m *Manager, t tenancy.Tenant) (tenancy.Tenant, error) {
	return m.writeSettings(ctx, t)
}

// WholeSchema returns the statements that make the schema of a tenant.
func WholeSchema(t *testing.T, id tenancy.ID) string {
	t.Helper()
	text, err := wholeSchema()
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(text, placeholder, tenantdb.SchemaFor(id).String())
}
