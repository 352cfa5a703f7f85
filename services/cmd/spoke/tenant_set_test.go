package main

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// A server that has not heard that names are to be unique writes until it has. What it wrote is found at the end.
func TestUniteGroupNames(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 3)
	for i, test := range []struct {
		name  string
		later []string // groups that such a server creates while the command waits
		stop  bool     // Ctrl-C then
		want  func(error) bool
	}{
		{name: "another name", later: []string{"Analysts"}, want: func(err error) bool { return err == nil }},
		{name: "the same name", later: []string{"ENGINEERS"}, want: isShared},
		{name: "broken off", stop: true, want: func(err error) bool { return errors.Is(err, context.Canceled) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := directory.New(db, &journal.Recorder{DB: db})
			schema := tenantdb.SchemaFor(tenants[i].ID)
			unaware, aware := d.Store(schema, false), d.Store(schema, true)
			createGroup(t, unaware, "Engineers", 201)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			settle := time.Nanosecond
			if test.stop {
				settle = time.Hour
			}
			err := uniteGroupNames(ctx, aware, settle, func(time.Duration) {
				createGroup(t, aware, "engineers", 409) // whoever has heard refuses it already
				for _, name := range test.later {
					createGroup(t, unaware, name, 201)
				}
				if test.stop {
					cancel()
				}
			})
			if !test.want(err) {
				t.Fatal(err)
			}
			if err == nil {
				for _, name := range test.later {
					createGroup(t, aware, strings.ToUpper(name), 409)
				}
			}
		})
	}
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
