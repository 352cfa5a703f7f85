package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

const (
	badgeSchema = "urn:example:params:scim:schemas:extension:Badge:2.0:User"
	teamSchema  = "urn:example:params:scim:schemas:extension:Team:2.0:Group"
)

const badgeDocument = `{"id": "` + badgeSchema + `", "name": "Badge", "description": "What opens doors.", "attributes": [
	{"name": "number"}, {"name": "key", "caseExact": true}, {"name": "floor", "type": "integer"}, {"name": "weight", "type": "decimal"},
	{"name": "visitor", "type": "boolean"}, {"name": "issued", "type": "dateTime"}, {"name": "colors", "multiValued": true},
	{"name": "doors", "type": "complex", "multiValued": true, "subAttributes": [{"name": "value"}, {"name": "type"}, {"name": "primary", "type": "boolean"}]},
	{"name": "host", "type": "complex", "subAttributes": [{"name": "value"}, {"name": "$ref", "type": "reference", "referenceTypes": ["User"]}]}]}`

const teamDocument = `{"id": "` + teamSchema + `", "name": "Team", "attributes": [{"name": "site"}]}`

// extend gives a tenant an extension, or a new document to one that it has.
func (s *server) extend(t testing.TB, tenant tenancy.Tenant, document, resourceType string) {
	t.Helper()
	e, err := directory.ParseExtension([]byte(document), resourceType)
	if err == nil {
		_, err = s.manager.PutExtension(t.Context(), tenant.Slug, e, func(existing []tenancy.Extension) error {
			return directory.CheckExtension(e, existing)
		})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// remove tries to remove an extension of users. Its wait is long enough for the servers of a test to hear.
func (s *server) remove(ctx context.Context, tenant tenancy.Tenant, urn string, waiting func()) error {
	m := lifecycle.New(lifecycle.Config{DB: s.db, Settle: 2 * time.Second})
	return m.RemoveExtension(ctx, lifecycle.Removal{
		Slug: tenant.Slug, URN: urn, Waiting: func(time.Duration) { waiting() },
		Use: func(ctx context.Context, tenant tenancy.Tenant, e tenancy.Extension) (int, string, error) {
			return directory.New(s.db, nil).Store(tenantdb.SchemaFor(tenant.ID), true).ExtensionUse(ctx, e.ResourceType, e.URN)
		},
	})
}

// knows waits until the server that the client asks has, or has not, the schema.
func (c *client) knows(urn string, status int) {
	c.t.Helper()
	fixture.Eventually(c.t, fmt.Sprintf("GET /Schemas/%s is %d", urn, status), func() bool {
		return c.send("GET", "/Schemas/"+urn, "").status == status
	})
}

func (c *client) find(filter string) list {
	c.t.Helper()
	return c.send("GET", "/Users?filter="+url.QueryEscape(filter), "").list(c.t)
}

func (s *server) settings(t testing.TB, tenant tenancy.Tenant, profile tenancy.Profile) {
	t.Helper()
	if _, err := s.manager.Update(t.Context(), tenant.ID, 0, lifecycle.Change{Profile: &profile}); err != nil {
		t.Fatal(err)
	}
}

// strictly waits until the server is strict with the client.
func (c *client) strictly() {
	c.t.Helper()
	fixture.Eventually(c.t, "the tenant is strict", func() bool {
		return c.send("GET", "/Users?filter="+url.QueryEscape(`userName eq bare`), "").status == http.StatusBadRequest
	})
}

// badged creates a user with a badge as Entra ID does, which names no custom schema in schemas.
func (c *client) badged(userName, badge string) string {
	c.t.Helper()
	body := `{"schemas": ["` + userSchema + `"], "userName": "` + userName + `", "` + badgeSchema + `": ` + badge + `}`
	return c.send("POST", "/Users", body).is(c.t, http.StatusCreated).id(c.t)
}

func (c *client) badge(id string) any {
	c.t.Helper()
	return c.send("GET", "/Users/"+id, "").is(c.t, http.StatusOK).object(c.t)[badgeSchema]
}

// TestExtension is the life of a resource with a tenant's own attributes, in both profiles (RFC 7643 section 3.3).
func TestExtension(t *testing.T) {
	t.Parallel()
	for _, profile := range []tenancy.Profile{tenancy.ProfileAuto, tenancy.ProfileStrict} {
		t.Run(string(profile), func(t *testing.T) {
			t.Parallel()
			s := start(t, 2)
			c := s.client(t, 0)
			s.settings(t, c.tenant, profile)
			c.send("GET", "/Users", "").is(t, 200) // so that the tenant is in memory
			s.extend(t, c.tenant, badgeDocument, "User")
			s.extend(t, c.tenant, teamDocument, "Group")
			c.knows(teamSchema, 200)
			if profile == tenancy.ProfileStrict {
				c.strictly()
			}
			discovered(t, c)
			written(t, s, c)
			filtered(t, c)
			projected(t, c)
		})
	}
}

func discovered(t *testing.T, c *client) {
	t.Helper()
	got := c.send("GET", "/Schemas/"+strings.ToUpper(badgeSchema), "").is(t, 200).object(t)
	attributes, _ := got["attributes"].([]any)
	want := map[string]any{
		"name": "floor", "type": "integer", "multiValued": false, "description": "The attribute floor.", "required": false, "caseExact": false,
		"mutability": "readWrite", "returned": "default", "uniqueness": "none",
	}
	if diff := cmp.Diff(want, attributes[2]); diff != "" || got["description"] != "What opens doors." {
		t.Errorf("what is published (-want +got):\n%s", diff)
	}
	if n := c.send("GET", "/Schemas", "").list(t).Total; n != 6 {
		t.Errorf("%d schemas, want 6", n)
	}
	for name, urn := range map[string]string{"User": badgeSchema, "Group": teamSchema} {
		list, _ := c.send("GET", "/ResourceTypes/"+name, "").is(t, 200).object(t)["schemaExtensions"].([]any)
		if len(list) == 0 || !cmp.Equal(list[len(list)-1], any(map[string]any{"schema": urn, "required": false})) {
			t.Errorf("extensions of %s: %v", name, list)
		}
	}
}

func written(t *testing.T, s *server, c *client) {
	t.Helper()
	id := c.badged("ada", `{"NUMBER": "B-7", "floor": 3, "doors": [{"value": "north", "type": "main", "primary": true}], "host": {"value": "42"}}`)
	created := c.send("GET", "/Users/"+id, "").is(t, 200).object(t)
	if diff := cmp.Diff([]any{userSchema, badgeSchema}, created["schemas"]); diff != "" {
		t.Errorf("schemas (-want +got):\n%s", diff)
	}
	want := map[string]any{
		"number": "B-7", "floor": 3.0, "host": map[string]any{"value": "42", "$ref": "Users/42"},
		"doors": []any{map[string]any{"value": "north", "type": "main", "primary": true}},
	}
	expect := func(when string) {
		t.Helper()
		if diff := cmp.Diff(any(want), c.badge(id)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", when, diff)
		}
	}
	expect("created")
	c.send("PATCH", "/Users/"+id, patch(op("replace", badgeSchema+":number", "B-8"), op("add", strings.ToLower(badgeSchema)+":colors", array("red", "blue")),
		op("add", badgeSchema+`:doors[type eq "main"].value`, "south"), op("remove", badgeSchema+":host", nil))).is(t, 200)
	want["number"], want["colors"], want["doors"] = "B-8", array("red", "blue"), array(map[string]any{"value": "south", "type": "main", "primary": true})
	delete(want, "host")
	expect("changed by paths")
	c.send("PATCH", "/Users/"+id, patch(op("add", "", object{badgeSchema: object{"floor": 4}}))).is(t, 200)
	want["floor"] = 4.0
	expect("changed by an object")
	if c.profile() == tenancy.ProfileAuto {
		c.send("PATCH", "/Users/"+id, patch(op("Add", "", object{badgeSchema + ":visitor": "True"}))).is(t, 200) // Entra ID, aadOptscim062020
		want["visitor"] = true
		expect("changed by a path as a key")
	}
	c.send("PATCH", "/Users/"+id, patch(op("add", badgeSchema+":floor", "high"))).is(t, 400)
	c.send("PUT", "/Users/"+id, object{"schemas": array(userSchema), "userName": "ada", badgeSchema: object{"number": "B-9"}}.String()).is(t, 200)
	want = map[string]any{"number": "B-9"}
	expect("put")
	c.send("PATCH", "/Users/"+id, patch(op("remove", badgeSchema, nil))).is(t, 200)
	got := c.send("GET", "/Users/"+id, "").is(t, 200).object(t)
	if diff := cmp.Diff([]any{userSchema}, got["schemas"]); diff != "" || got[badgeSchema] != nil {
		t.Errorf("removed: %v", got)
	}
	group := c.send("POST", "/Groups", object{"schemas": array(groupSchema, teamSchema), "displayName": "Team", teamSchema: object{"site": "Oslo"}}.String()).is(t, 201).id(t)
	if got := c.send("GET", "/Groups?filter="+url.QueryEscape(teamSchema+`:site eq "OSLO"`), "").list(t); !cmp.Equal(got.IDs, []string{group}) {
		t.Errorf("found %v", got)
	}
	var rows int
	if err := s.db.GetContext(t.Context(), &rows, `SELECT count(*) FROM `+tenantdb.SchemaFor(c.tenant.ID).Table("journal")+`
		WHERE resource_id = $1 AND detail::text LIKE '%' || $2 || '%'`, id, badgeSchema); err != nil || rows < 5 {
		t.Errorf("%d rows of the journal tell of the badge: %v", rows, err)
	}
}

// profile is the profile that the client's tenant has now.
func (c *client) profile() tenancy.Profile {
	c.t.Helper()
	now, err := c.server.manager.Get(c.t.Context(), c.tenant.Slug)
	if err != nil {
		c.t.Fatal(err)
	}
	return now.Settings.Profile
}

func filtered(t *testing.T, c *client) {
	t.Helper()
	one := c.badged("filter-1", `{"number": "X-1", "key": "Abc", "floor": 1, "weight": 1.5, "visitor": true, "issued": "2026-03-01T12:00:00+01:00",
		"colors": ["Red", "Green"], "doors": [{"value": "north", "type": "main"}], "host": {"value": "42"}}`)
	two := c.badged("filter-2", `{"number": "X-2", "key": "abc", "floor": 20, "weight": 2.5, "visitor": false, "issued": "2026-03-01T12:00:00Z", "colors": ["Blue"]}`)
	for filter, want := range map[string][]string{
		`:number eq "x-1"`: {one}, `:number ne "x-1"`: {two}, `:number co "-"`: {one, two}, `:number sw "X-2"`: {two}, `:number ew "1"`: {one},
		`:key eq "abc"`: {two}, `:host pr`: {one}, `:floor gt 1`: {two}, `:floor ge 1`: {one, two}, `:floor lt 20`: {one}, `:floor le 20`: {one, two},
		`:weight eq 2.5`: {two}, `:visitor eq true`: {one}, `:issued eq "2026-03-01T11:00:00Z"`: {one}, `:issued gt "2026-03-01T11:30:00Z"`: {two},
		`:colors eq "green"`: {one}, `:doors[type eq "main" and value eq "NORTH"]`: {one}, `:doors.value eq "north"`: {one}, `:host.value eq "42"`: {one},
		`:number eq "nobody"`: {},
	} {
		got := c.find(badgeSchema + filter + ` and userName sw "filter-"`).IDs
		slices.Sort(want) // two that are created within a millisecond come in the order of their ids
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", filter, diff)
		}
	}
	c.send("GET", "/Users?filter="+url.QueryEscape(badgeSchema+`:nothing pr`), "").is(t, 400)
}

func projected(t *testing.T, c *client) {
	t.Helper()
	id := c.badged("projected", `{"number": "P-1", "floor": 1}`)
	for query, want := range map[string]any{
		"attributes=" + badgeSchema + ":floor":          map[string]any{"floor": 1.0},
		"attributes=" + badgeSchema:                     map[string]any{"number": "P-1", "floor": 1.0},
		"attributes=userName":                           nil,
		"excludedAttributes=" + badgeSchema + ":number": map[string]any{"floor": 1.0},
		"excludedAttributes=" + badgeSchema:             nil,
	} {
		if diff := cmp.Diff(want, c.send("GET", "/Users/"+id+"?"+query, "").is(t, 200).object(t)[badgeSchema]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
	}
}

// TestExtensionIsolation has another tenant use an extension that it has not: it is as if nobody had it.
func TestExtensionIsolation(t *testing.T) {
	t.Parallel()
	s := start(t, 2)
	a, b := s.client(t, 0), s.client(t, 1)
	s.extend(t, a.tenant, badgeDocument, "User")
	a.knows(badgeSchema, 200)
	theirs := a.badged("ada", `{"number": "7"}`)
	b.send("GET", "/Schemas/"+badgeSchema, "").is(t, 404)
	for _, path := range []string{"/Schemas", "/ResourceTypes", "/ResourceTypes/User", "/ServiceProviderConfig"} {
		if strings.Contains(string(b.send("GET", path, "").is(t, 200).body), "Badge") {
			t.Errorf("%s shows the other tenant's schema", path)
		}
	}
	id := b.badged("ada", `{"number": "8"}`) // auto: what no schema defines is ignored
	if got := b.badge(id); got != nil {
		t.Errorf("it was kept: %v", got)
	}
	b.send("GET", "/Users?filter="+url.QueryEscape(badgeSchema+`:number eq "7"`), "").is(t, 400)
	b.send("PATCH", "/Users/"+id, patch(op("add", badgeSchema+":number", "8"))).is(t, 400)
	b.send("GET", "/Users/"+theirs, "").is(t, 404)
	s.settings(t, b.tenant, tenancy.ProfileStrict)
	b.strictly()
	body := `{"schemas": ["` + userSchema + `"], "userName": "grace", "` + badgeSchema + `": {"number": "7"}}`
	b.send("POST", "/Users", body).is(t, 400)
	// Its own extension of the same URN is another one.
	s.extend(t, b.tenant, `{"id": "`+strings.ToUpper(badgeSchema)+`", "name": "Theirs", "attributes": [{"name": "number", "type": "integer"}]}`, "User")
	b.knows(badgeSchema, 200)
	b.send("POST", "/Users", body).is(t, 400)
	if got := a.badge(theirs); !cmp.Equal(got, any(map[string]any{"number": "7"})) {
		t.Errorf("the first tenant has %v", got)
	}
}

// TestExtensionReachesEveryServer adds, replaces and removes an extension while two servers have the tenant in memory.
func TestExtensionReachesEveryServer(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 1)
	var servers [2]*server
	var clients [2]*client
	for i := range servers {
		servers[i] = serve(t, db, tenants, db, directory.New(db, &journal.Recorder{DB: db}))
		clients[i] = servers[i].client(t, 0)
		clients[i].send("GET", "/Schemas/"+badgeSchema, "").is(t, 404)
	}
	tenant := tenants[0]
	id := ""
	servers[0].extend(t, tenant, badgeDocument, "User")
	for _, c := range clients {
		c.knows(badgeSchema, 200)
	}
	id = clients[0].badged("ada", `{"number": "7"}`)
	servers[0].extend(t, tenant, strings.Replace(badgeDocument, `{"name": "number"}`, `{"name": "number"}, {"name": "added"}`, 1), "User")
	for i, c := range clients {
		fixture.Eventually(t, "the new attribute is kept", func() bool {
			return c.send("PATCH", "/Users/"+id, patch(op("add", badgeSchema+":added", fmt.Sprint(i)))).status == 200
		})
	}
	var used *tenancy.ExtensionUsedError
	if err := servers[0].remove(t.Context(), tenant, badgeSchema, func() { t.Error("it waits") }); !errors.As(err, &used) || used.Count != 1 || used.Example != id {
		t.Errorf("removal of what is used: %v", err)
	}
	clients[1].send("PATCH", "/Users/"+id, patch(op("remove", badgeSchema, nil))).is(t, 200)
	if err := servers[0].remove(t.Context(), tenant, strings.ToLower(badgeSchema), func() {}); err != nil {
		t.Fatal(err)
	}
	for _, c := range clients {
		c.knows(badgeSchema, 404)
		c.send("PATCH", "/Users/"+id, patch(op("add", badgeSchema+":number", "7"))).is(t, 400)
	}
}

// TestExtensionRemovedWhileWritten has two servers write data under an extension while it is removed: either it stays,
// or no resource has data.
func TestExtensionRemovedWhileWritten(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 1)
	var clients []*client
	var s *server
	for range 2 {
		s = serve(t, db, tenants, db, directory.New(db, &journal.Recorder{DB: db}))
		clients = append(clients, s.client(t, 0))
	}
	tenant := tenants[0]
	users := []string{clients[0].user("one"), clients[0].user("two")}
	for round := range 2 {
		s.extend(t, tenant, badgeDocument, "User")
		for _, c := range clients {
			c.knows(badgeSchema, 200)
		}
		ctx, stop := context.WithCancel(t.Context())
		var writers sync.WaitGroup
		var kept, refused atomic.Int64
		for i, c := range clients {
			writers.Go(func() {
				for n := 0; ctx.Err() == nil; n++ {
					if round == 0 && n > 10 && kept.Load() > 0 { // leaves data behind
						return
					}
					switch c.send("PATCH", "/Users/"+users[i], patch(op("replace", badgeSchema+":number", fmt.Sprint(n)))).status {
					case 200:
						kept.Add(1)
					case 503:
						refused.Add(1)
					}
					if round > 0 {
						c.send("PATCH", "/Users/"+users[i], patch(op("remove", badgeSchema, nil)))
					}
				}
			})
		}
		fixture.Eventually(t, "something is written", func() bool { return kept.Load() > 0 })
		var err error
		fixture.Eventually(t, "a removal is decided", func() bool {
			err = s.remove(t.Context(), tenant, badgeSchema, func() {})
			var used *tenancy.ExtensionUsedError
			return err == nil || round == 0 && errors.As(err, &used)
		})
		stop()
		writers.Wait()
		var left int
		if err := db.GetContext(t.Context(), &left, `SELECT count(*) FROM `+tenantdb.SchemaFor(tenant.ID).Table("users")+`
			WHERE document::jsonb ? $1 OR search ? $1`, badgeSchema); err != nil {
			t.Fatal(err)
		}
		if gone := err == nil; gone != (left == 0) || gone != (round == 1) || round == 1 && refused.Load() == 0 {
			t.Errorf("round %d: removal %v, %d users with data, %d writes refused", round, err, left, refused.Load())
		}
		for i, c := range clients {
			if round == 0 {
				c.send("PATCH", "/Users/"+users[i], patch(op("remove", badgeSchema, nil))).is(t, 200)
			}
		}
	}
}

// TestTolerancesAreCounted looks at the metrics after requests that needed tolerances, one of them refused for another
// reason.
func TestTolerancesAreCounted(t *testing.T) {
	t.Parallel()
	s := start(t, 1)
	c := s.client(t, 0)
	c.send("POST", "/Users", `{"userName": "ada", "active": "True"}`).is(t, 201)
	c.send("POST", "/Users", `{"userName": "ada", "active": "True"}`).is(t, 409)
	c.send("GET", "/Users", "").is(t, 200)
	fixture.Eventually(t, "the tolerances are counted", func() bool {
		got := s.scrape(t)
		return strings.Contains(got, `spoke_scim_tolerances_total{tolerance="booleanAsString"} 2`) &&
			strings.Contains(got, `spoke_scim_tenant_tolerances_total{tenant="`+string(c.tenant.Slug)+`",tolerance="missingSchemas"} 2`)
	})
}

// /Schemas says of each tenant whether the names of its groups are unique.
func TestUniquenessOfGroupNames(t *testing.T) {
	t.Parallel()
	s := start(t, 0)
	for _, unique := range []bool{true, false} {
		settings := tenancy.DefaultSettings()
		settings.UniqueGroupNames = unique
		tenant, err := s.manager.Create(t.Context(), lifecycle.NewTenant{Slug: tenancy.Slug(fmt.Sprintf("unique-%t", unique)), Settings: settings})
		if err != nil {
			t.Fatal(err)
		}
		s.tenants = append(s.tenants, tenant)
	}
	for i, want := range []struct {
		uniqueness string
		status     int
	}{{"server", 409}, {"none", 201}} {
		c := s.client(t, i)
		got := c.send("GET", "/Schemas/"+groupSchema, "").is(t, 200).object(t)
		attributes, _ := got["attributes"].([]any)
		at := slices.IndexFunc(attributes, func(a any) bool { return a.(map[string]any)["name"] == "displayName" })
		if uniqueness := attributes[at].(map[string]any)["uniqueness"]; uniqueness != want.uniqueness {
			t.Errorf("%s: displayName has the uniqueness %v, want %s", c.tenant.Slug, uniqueness, want.uniqueness)
		}
		c.send("POST", "/Groups", `{"displayName":"Engineers"}`).is(t, 201)
		c.send("POST", "/Groups", `{"displayName":"ENGINEERS"}`).is(t, want.status)
	}
}
