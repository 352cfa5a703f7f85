package operator_test

import (
	"testing"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/tenantdb"
	"github.com/askspoke/spoke/tenancy/token"
)

type world struct {
	*operator.Store
	clock   *fixture.Clock
	db      *tenantdb.DB
	tenants []tenancy.Tenant
}

// newWorld returns a store over a database with two tenants.
func newWorld(t *testing.T) world {
	t.Helper()
	db, tenants := pgtest.Tenants(t, 2)
	c := fixture.NewClock()
	return world{Store: newStore(t, db, c), clock: c, db: db, tenants: tenants}
}

func newStore(t *testing.T, db *tenantdb.DB, c *fixture.Clock) *operator.Store {
	t.Helper()
	key, err := token.ParseKey("MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=")
	if err != nil {
		t.Fatal(err)
	}
	s, err := operator.New(operator.Config{DB: db, Key: key, Now: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// lossy returns another store over the same database, whose answers a proxy can lose.
func (w world) lossy(t *testing.T) (*operator.Store, *pgtest.Proxy) {
	t.Helper()
	proxy := pgtest.NewProxy(t, pgtest.Address(t, w.db))
	return newStore(t, pgtest.Open(t, proxy.URL, tenantdb.Options{}), w.clock), proxy
}
