package admin_test

import (
	"sync"
	"testing"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/tenantdb"
	"github.com/askspoke/spoke/tenancy/token"
)

type world struct {
	*admin.Store
	clock     *fixture.Clock
	db        *tenantdb.DB
	mine, its tenancy.ID // two tenants
}

// newWorld returns a store over a database with two tenants.
func newWorld(t *testing.T) world {
	t.Helper()
	db, tenants := pgtest.Tenants(t, 2)
	c := fixture.NewClock()
	return world{Store: newStore(t, db, c), clock: c, db: db, mine: tenants[0].ID, its: tenants[1].ID}
}

func newStore(t *testing.T, db *tenantdb.DB, c *fixture.Clock) *admin.Store {
	t.Helper()
	key, err := token.ParseKey("MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=")
	if err != nil {
		t.Fatal(err)
	}
	s, err := admin.New(admin.Config{DB: db, Key: key, Now: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// lossy returns another store over the same database, whose answers a proxy can lose.
func (w world) lossy(t *testing.T) (*admin.Store, *pgtest.Proxy) {
	t.Helper()
	proxy := pgtest.NewProxy(t, pgtest.Address(t, w.db))
	return newStore(t, pgtest.Open(t, proxy.URL, tenantdb.Options{}), w.clock), proxy
}

// add adds an administrator of the first tenant.
func (w world) add(t *testing.T, email string, role admin.Role) admin.Administrator {
	t.Helper()
	a, err := w.Add(t.Context(), admin.NewAdministrator{Tenant: w.mine, Email: email, Name: "Ada", Role: role, CreatedBy: "shell:root"})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// atOnce does something n times at once and returns the errors.
func atOnce(n int, do func(i int) error) []error {
	errs := make([]error, n)
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() { errs[i] = do(i) })
	}
	group.Wait()
	return errs
}
