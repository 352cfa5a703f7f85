package provisionlog_test

import (
	"net/http"
	"testing"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/services/console/consoletest"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/guard"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// While Postgres is away the pages say so, nothing is decided, and all goes on when it is back.
func TestLogAway(t *testing.T) {
	t.Parallel()
	db := pgtest.DB(t)
	proxy := pgtest.NewProxy(t, pgtest.Address(t, db))
	w := consoletest.Over(t, pgtest.Open(t, proxy.URL, tenantdb.Options{}), consoletest.WithReplay)
	p := w.Guarded(t)
	hold := p.Burst(p.User("a"), p.User("b"), p.User("c"))
	_, refused := p.Asks(http.MethodPost, "/Users", `{"userName":"C"}`)
	b := w.As(t, admin.Admin)
	form := consoletest.FormOf(t, b.Get(t, "/log/"+refused+"/replay").Is(t, http.StatusOK), `{"userName":"d"}`)
	proxy.Away()
	for _, path := range []string{"/log", "/log/" + refused, "/log/export", "/guard", "/guard/holds/" + hold.ID, "/guard/deleted"} {
		b.Get(t, path).Is(t, http.StatusServiceUnavailable).Has(t, "cannot reach its database")
	}
	for _, path := range []string{"/log/" + refused + "/replay", "/guard/holds/" + hold.ID + "/approve", "/guard/deleted/restore"} {
		b.Post(t, path, form).Is(t, http.StatusServiceUnavailable)
	}
	proxy.Back()
	fixture.Eventually(t, "Postgres is used again", func() bool { return b.Get(t, "/guard").Status == http.StatusOK })
	open, err := w.Guard.Open(t.Context(), tenantdb.SchemaFor(w.Acme.ID))
	if err != nil || open.ID != hold.ID || open.State != guard.Open {
		t.Errorf("%+v %v", open, err)
	}
	b.Post(t, "/log/"+refused+"/replay", form).Is(t, http.StatusOK).Has(t, "accepted, 201")
}
