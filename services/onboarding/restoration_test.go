package onboarding_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// What the journal says of a restoration is as whole as of a change by SCIM: who, in which call, and how long it took.
func TestRestorationIsJournaled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tenant := tenancy.ID(w.create(t, "acme").ID)
	types, err := directory.ResourceTypes(tenancy.NewExtensions(nil))
	if err != nil {
		t.Fatal(err)
	}
	schema := tenantdb.SchemaFor(tenant)
	p := provider.Provider{
		Store: directory.New(w.db, &journal.Recorder{DB: w.db}).Store(schema, true), Types: types,
		Base: "https://acme.example/scim/v2", Lenient: scim.Auto,
	}
	made, err := p.Serve(t.Context(), provider.Request{Method: http.MethodPost, Path: "/Users", Body: []byte(`{"userName":"ada"}`)})
	if err != nil {
		t.Fatal(err)
	}
	id := made.Location[len(made.Location)-36:]
	if _, err := p.Serve(t.Context(), provider.Request{Method: http.MethodDelete, Path: "/Users/" + id}); err != nil {
		t.Fatal(err)
	}
	before := time.Now()
	got := w.send(t, "POST /v1/tenants/acme/deleted/"+id+"/restore", "{}")
	if got.status != http.StatusOK {
		t.Fatalf("%d %s", got.status, got.body)
	}
	page, err := journal.List(t.Context(), w.db, schema, journal.Query{Actions: []journal.Action{journal.ActionRestore}})
	if err != nil || len(page.Entries) != 1 {
		t.Fatalf("%d entries, %v", len(page.Entries), err)
	}
	e := page.Entries[0]
	if e.Duration <= 0 || e.Duration > time.Since(before) || e.RequestID != got.header.Get("X-Request-Id") || e.Actor == "" || e.ResourceID != id {
		t.Errorf("it is %+v", e)
	}
}
