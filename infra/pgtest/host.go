package pgtest

import (
	"testing"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// AddHost gives a tenant a host, as if it had been claimed and verified, and tells every replica.
func AddHost(t testing.TB, db *tenantdb.DB, id tenancy.ID, host string) {
	t.Helper()
	db.MustExec(`INSERT INTO `+tenantdb.Control.Table("hosts")+` (host, tenant_id, created_at) VALUES ($1, $2, now())`, host, string(id))
	announce(t, db, id)
}

// RemoveHost takes a host from a tenant, and tells every replica.
func RemoveHost(t testing.TB, db *tenantdb.DB, id tenancy.ID, host string) {
	t.Helper()
	db.MustExec(`DELETE FROM `+tenantdb.Control.Table("hosts")+` WHERE host = $1 AND tenant_id = $2`, host, string(id))
	announce(t, db, id)
}

func announce(t testing.TB, db *tenantdb.DB, id tenancy.ID) {
	t.Helper()
	if err := db.Announce(t.Context(), tenantdb.Signal{Topic: tenantdb.TopicTenant, Tenant: id}); err != nil {
		t.Fatal(err)
	}
}
