package pgtest

import (
	"fmt"
	"testing"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// DB returns a pool on a new, empty database. Both end with the test.
func DB(t testing.TB) *tenantdb.DB {
	t.Helper()
	return Open(t, Database(t), tenantdb.Options{})
}

// Address returns the URL of the test database that db is open on, for a [Proxy] or a second pool.
func Address(t testing.TB, db *tenantdb.DB) string {
	t.Helper()
	var name string
	if err := db.GetContext(t.Context(), &name, `SELECT current_database()`); err != nil {
		t.Fatalf("name of the test database: %v", err)
	}
	address, err := databaseURL(serverURL(t), name)
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// Open returns a pool on the database at url, which ends with the test.
func Open(t testing.TB, url string, options tenantdb.Options) *tenantdb.DB {
	t.Helper()
	db, err := tenantdb.Open(t.Context(), url, options)
	if err != nil {
		t.Fatalf("open test database: %v", err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// Tenants returns a pool on a new database with the control schema and n active tenants, which have the
// default settings and the slugs tenant-1, tenant-2, ….
func Tenants(t testing.TB, n int) (*tenantdb.DB, []tenancy.Tenant) {
	t.Helper()
	db := Control(t)
	manager := lifecycle.New(lifecycle.Config{DB: db})
	tenants := make([]tenancy.Tenant, n)
	for i := range tenants {
		tenant, err := manager.Create(t.Context(), lifecycle.NewTenant{
			Slug: tenancy.Slug(fmt.Sprintf("tenant-%d", i+1)), Settings: tenancy.DefaultSettings(),
		})
		if err != nil {
			t.Fatalf("create test tenant: %v", err)
		}
		tenants[i] = tenant
	}
	return db, tenants
}
