package lifecycle_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// A server that has not heard that names are to be unique writes until it has. What it wrote is found by the sweep.
func TestUniteDue(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, later string // what such a server creates meanwhile
		shared      bool
	}{
		{name: "another name", later: "Analysts"},
		{name: "the same name", later: "ENGINEERS", shared: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			db, tenants := pgtest.Tenants(t, 1)
			d := directory.New(db, &journal.Recorder{DB: db})
			now := at
			m := lifecycle.New(lifecycle.Config{DB: db, Now: func() time.Time { return now }})
			id := tenants[0].ID
			unaware, aware := d.Store(tenantdb.SchemaFor(id), false), d.Store(tenantdb.SchemaFor(id), true)
			uniqueNames(t, m, id, false)
			createGroup(t, unaware, "Engineers", 201)
			uniqueNames(t, m, id, true)
			createGroup(t, aware, "engineers", 409) // whoever has heard refuses it already
			createGroup(t, unaware, test.later, 201)

			now = at.Add(lifecycle.DefaultSettle - time.Second)
			if err := m.UniteDue(t.Context()); err != nil {
				t.Errorf("before it is due: %v", err)
			}
			createGroup(t, unaware, "Late "+test.name, 201) // one more, which shows that it was not done too early
			now = at.Add(lifecycle.DefaultSettle)
			if err := m.UniteDue(t.Context()); test.shared != isShared(err) || !test.shared && err != nil {
				t.Fatal(err)
			}
			got, err := m.ByID(t.Context(), id)
			if err != nil || got.Settings.UniqueGroupNames == test.shared {
				t.Errorf("unique group names: %t, %v", got.Settings.UniqueGroupNames, err)
			}
			if !test.shared {
				createGroup(t, aware, strings.ToUpper(test.later), 409)
				createGroup(t, aware, "late "+test.name, 409)
			}
			if err := m.UniteDue(t.Context()); err != nil {
				t.Errorf("again, when nothing is due: %v", err)
			}
		})
	}
}

// Names that are shared when the setting is made refuse it, and it is as it was.
func TestUniqueNamesRefused(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 1)
	m := lifecycle.New(lifecycle.Config{DB: db})
	id := tenants[0].ID
	before := uniqueNames(t, m, id, false)
	store := directory.New(db, &journal.Recorder{DB: db}).Store(tenantdb.SchemaFor(id), false)
	createGroup(t, store, "Engineers", 201)
	createGroup(t, store, "engineers", 201)
	unique := true
	strict := tenancy.ProfileStrict
	if _, err := m.Update(t.Context(), id, 0, lifecycle.Change{UniqueGroupNames: &unique, Profile: &strict}); !isShared(err) {
		t.Errorf("error: %v", err)
	}
	after, err := m.ByID(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before.Settings, after.Settings); diff != "" {
		t.Errorf("settings (-before +after):\n%s", diff)
	}
	createGroup(t, store, "ENGINEERS", 201)
}

func uniqueNames(t *testing.T, m *lifecycle.Manager, id tenancy.ID, unique bool) tenancy.Tenant {
	t.Helper()
	tenant, err := m.Update(t.Context(), id, 0, lifecycle.Change{UniqueGroupNames: &unique})
	if err != nil {
		t.Fatal(err)
	}
	return tenant
}

func isShared(err error) bool {
	var shared *directory.SharedNamesError
	return errors.As(err, &shared) && len(shared.Names) == 1 && strings.EqualFold(shared.Names[0], "engineers")
}

// createGroup creates a group as a client does and compares the status.
func createGroup(t *testing.T, store directory.Store, name string, want int) {
	t.Helper()
	types, err := directory.ResourceTypes(tenancy.NewExtensions(nil))
	if err != nil {
		t.Fatal(err)
	}
	body := `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"` + name + `"}`
	r := httptest.NewRequest(http.MethodPost, "/scim/v2/Groups", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/scim+json")
	request, err := provider.ReadRequest(r, "/scim/v2")
	if err != nil {
		t.Fatal(err)
	}
	p := provider.Provider{Store: store, Types: types, Base: "https://acme.example/scim/v2", Lenient: scim.Auto}
	response, err := p.Serve(t.Context(), request)
	var refused *scim.Error
	if errors.As(err, &refused) {
		response.Status = refused.Status
	}
	if response.Status != want {
		t.Errorf("create %s: %d, %v, want %d", name, response.Status, err, want)
	}
}
