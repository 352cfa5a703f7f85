package lifecycle_test

import (
	"strings"
	"testing"

	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

func TestBehind(t *testing.T) {
	t.Parallel()
	db, m := control(t)
	behind := func(want int, when string) {
		t.Helper()
		if got, err := m.Behind(t.Context()); err != nil || got != want {
			t.Errorf("%s: %d, %v; want %d", when, got, err, want)
		}
	}
	behind(0, "without a tenant")
	var tenants []tenancy.Tenant
	for _, slug := range []tenancy.Slug{"acme", "beta", "gamma"} {
		tenant, err := m.Create(t.Context(), lifecycle.NewTenant{Slug: slug})
		if err != nil {
			t.Fatal(err)
		}
		tenants = append(tenants, tenant)
	}
	behind(0, "as they were created")

	// As an earlier program left them, and a later one.
	for _, tenant := range tenants[:2] {
		if err := lifecycle.TenantDownTo(t.Context(), m, tenant, 1); err != nil {
			t.Fatal(err)
		}
	}
	set := func(tenant tenancy.Tenant, version int) {
		t.Helper()
		if _, err := db.Exec(`UPDATE `+tenantdb.Control.Table("tenants")+` SET schema_version = $2 WHERE id = $1`, string(tenant.ID), version); err != nil {
			t.Fatal(err)
		}
	}
	set(tenants[0], 0)
	set(tenants[1], 1)
	set(tenants[2], 1000)
	behind(2, "after an earlier program")
	if err := m.SetState(t.Context(), tenants[0].ID, tenancy.StateSuspended); err != nil {
		t.Fatal(err)
	}
	behind(2, "one of them suspended")
	if err := m.MigrateAll(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	behind(0, "migrated")
	complete(t, db, m, "beta")
	var latest int
	if err := db.Get(&latest, `SELECT schema_version FROM `+tenantdb.Control.Table("tenants")+` WHERE slug = 'gamma'`); err != nil || latest != 1000 {
		t.Errorf("what a later program has noted is now %d, %v", latest, err)
	}
}

// TestBehindIsOneStatement counts what the metric costs.
func TestBehindIsOneStatement(t *testing.T) {
	t.Parallel()
	db, m := control(t)
	if _, err := m.Create(t.Context(), lifecycle.NewTenant{Slug: "acme"}); err != nil {
		t.Fatal(err)
	}
	counted, statements := pgtest.Counted(t, pgtest.Address(t, db))
	before := statements.Load()
	if n, err := lifecycle.New(lifecycle.Config{DB: counted}).Behind(t.Context()); err != nil || n != 0 {
		t.Fatalf("%d, %v", n, err)
	}
	if n := statements.Load() - before; n != 1 {
		t.Errorf("%d statements", n)
	}
}

// Of the tenants that are behind, one cannot be migrated: the other is, and the first one when it can be.
func TestMigrateBehind(t *testing.T) {
	t.Parallel()
	db, m := control(t)
	var tenants []tenancy.Tenant
	for _, slug := range []tenancy.Slug{"acme", "beta", "gamma"} {
		tenant, err := m.Create(t.Context(), lifecycle.NewTenant{Slug: slug})
		if err != nil {
			t.Fatal(err)
		}
		tenants = append(tenants, tenant)
	}
	if migrated, err := m.MigrateBehind(t.Context()); err != nil || migrated != 0 {
		t.Errorf("none is behind: %d, %v", migrated, err)
	}
	for _, tenant := range tenants[:2] {
		if err := lifecycle.TenantDownTo(t.Context(), m, tenant, 2); err != nil {
			t.Fatal(err)
		}
		db.MustExec(`UPDATE `+tenantdb.Control.Table("tenants")+` SET schema_version = 2 WHERE id = $1`, string(tenant.ID))
	}
	inTheWay := tenantdb.SchemaFor(tenants[0].ID).Table("activity")
	db.MustExec(`CREATE TABLE ` + inTheWay + ` (a integer PRIMARY KEY)`)
	if migrated, err := m.MigrateBehind(t.Context()); migrated != 1 || err == nil || !strings.Contains(err.Error(), `"acme"`) || strings.Contains(err.Error(), "beta") {
		t.Errorf("one cannot be migrated: %d, %v", migrated, err)
	}
	complete(t, db, m, "beta")
	db.MustExec(`DROP TABLE ` + inTheWay)
	if migrated, err := m.MigrateBehind(t.Context()); err != nil || migrated != 1 {
		t.Errorf("now it can: %d, %v", migrated, err)
	}
	complete(t, db, m, "acme")
	if n, err := m.Behind(t.Context()); err != nil || n != 0 {
		t.Errorf("%d are behind, %v", n, err)
	}
}
