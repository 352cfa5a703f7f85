package console

import (
	"net/http"
	"testing"

	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/guard"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// While Postgres is away the pages say so, nothing is decided, and all goes on when it is back.
func TestLogAway(t *testing.T) {
	t.Parallel()
	db := pgtest.DB(t)
	proxy := pgtest.NewProxy(t, pgtest.Address(t, db))
	w := over(t, pgtest.Open(t, proxy.URL, tenantdb.Options{}), withReplay)
	p := w.guarded(t)
	hold := p.burst(p.user("a"), p.user("b"), p.user("c"))
	_, refused := p.asks(http.MethodPost, "/Users", `{"userName":"C"}`)
	b := w.as(t, admin.Admin)
	form := formOf(t, b.get(t, "/log/"+refused+"/replay").is(t, http.StatusOK), `{"userName":"d"}`)
	proxy.Away()
	for _, path := range []string{"/log", "/log/" + refused, "/log/export", "/guard", "/guard/holds/" + hold.ID, "/guard/deleted"} {
		b.get(t, path).is(t, http.StatusServiceUnavailable).has(t, "cannot reach its database")
	}
	for _, path := range []string{"/log/" + refused + "/replay", "/guard/holds/" + hold.ID + "/approve", "/guard/deleted/restore"} {
		b.post(t, path, form).is(t, http.StatusServiceUnavailable)
	}
	proxy.Back()
	w.until(t, func() bool { return b.get(t, "/guard").status == http.StatusOK })
	open, err := w.Guard.Open(t.Context(), tenantdb.SchemaFor(w.acme.ID))
	if err != nil || open.ID != hold.ID || open.State != guard.Open {
		t.Errorf("%+v %v", open, err)
	}
	b.post(t, "/log/"+refused+"/replay", form).is(t, http.StatusOK).has(t, "accepted, 201")
}
