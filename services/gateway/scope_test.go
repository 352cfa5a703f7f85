package gateway_test

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/services/gateway"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/token"
)

// scoped returns the client with a new token that has the scopes and addresses.
func (c *client) scoped(scopes tenancy.Scopes, cidrs ...string) *client {
	c.t.Helper()
	list, err := token.ParseCIDRs(cidrs)
	if err != nil {
		c.t.Fatal(err)
	}
	secret, issued, err := c.server.tokens.Issue(c.t.Context(), c.tenant.ID, token.NewToken{Name: "scoped", Scopes: scopes, CIDRs: list})
	if err != nil {
		c.t.Fatal(err)
	}
	with := c.as(secret.Reveal())
	with.tokenID = issued.ID
	return with
}

// Each scope opens its own routes, and what it does not open is a 403 that names the scope and changes nothing.
func TestScopes(t *testing.T) {
	t.Parallel()
	s := start(t, 1)
	c := s.client(t, 0)
	ada := c.user("ada")
	group := c.group("Engineers", ada)
	users, groups := tenancy.ReadUsers|tenancy.WriteUsers, tenancy.ReadGroups|tenancy.WriteGroups
	before := s.snapshot(t, c.tenant)
	for scopes, may := range map[tenancy.Scopes]struct{ readUsers, writeUsers, readGroups, writeGroups bool }{
		tenancy.ReadUsers:                      {readUsers: true},
		users:                                  {readUsers: true, writeUsers: true},
		tenancy.ReadGroups:                     {readGroups: true},
		groups:                                 {readGroups: true, writeGroups: true},
		tenancy.ReadUsers | tenancy.ReadGroups: {readUsers: true, readGroups: true},
	} {
		with := c.scoped(scopes)
		for _, r := range [...]struct {
			method, path, body string
			permitted          bool
			scope              string
		}{
			{"GET", "/Users", "", may.readUsers, "users:read"},
			{"GET", "/Users/" + ada, "", may.readUsers, "users:read"},
			{"HEAD", "/Users/" + ada, "", may.readUsers, ""},
			{"POST", "/Users/.search", searchBody, may.readUsers, "users:read"},
			{"POST", "/Users", `{`, may.writeUsers, "users"},
			{"PUT", "/Users/" + ada, `{`, may.writeUsers, "users"},
			{"PATCH", "/Users/" + ada, `{`, may.writeUsers, "users"},
			{"DELETE", "/Users/no-such-user", "", may.writeUsers, "users"},
			{"GET", "/Groups", "", may.readGroups, "groups:read"},
			{"GET", "/Groups/" + group, "", may.readGroups, "groups:read"},
			{"POST", "/Groups/.search", searchBody, may.readGroups, "groups:read"},
			{"POST", "/Groups", `{`, may.writeGroups, "groups"},
			{"PUT", "/Groups/" + group, `{`, may.writeGroups, "groups"},
			{"PATCH", "/Groups/" + group, `{`, may.writeGroups, "groups"},
			{"DELETE", "/Groups/no-such-group", "", may.writeGroups, "groups"},
		} {
			a := with.send(r.method, r.path, r.body)
			if (a.status != http.StatusForbidden) != r.permitted {
				t.Errorf("%s %s with %s: %s", r.method, r.path, scopes, a)
			}
			if !r.permitted && !strings.Contains(string(a.body), "the scope "+r.scope+".") && r.method != "HEAD" {
				t.Errorf("%s %s with %s names no scope: %s", r.method, r.path, scopes, a)
			}
		}
		for _, r := range [...]route{{method: "GET", path: "/"}, {method: "POST", path: "/.search", body: searchBody}} {
			var want []string
			if may.readUsers {
				want = append(want, ada)
			}
			if may.readGroups {
				want = append(want, group)
			}
			if diff := cmp.Diff(want, with.send(r.method, r.path, r.body).list(t).IDs); diff != "" {
				t.Errorf("%s %s with %s (-want +got):\n%s", r.method, r.path, scopes, diff)
			}
		}
		for _, path := range [...]string{"/Schemas", "/ResourceTypes"} {
			text := string(with.send("GET", path, "").is(t, 200).body)
			if strings.Contains(text, userSchema) != may.readUsers || strings.Contains(text, groupSchema) != may.readGroups {
				t.Errorf("%s with %s: %s", path, scopes, text)
			}
		}
		with.send("GET", "/ServiceProviderConfig", "").is(t, 200)
	}
	if diff := cmp.Diff(before, s.snapshot(t, c.tenant)); diff != "" {
		t.Errorf("something has changed (-before +after):\n%s", diff)
	}
	// A user's groups are an attribute of the user.
	if got := values(c.scoped(users).send("GET", "/Users/"+ada, "").is(t, 200).object(t), "groups"); !cmp.Equal([]string{group}, got) {
		t.Errorf("groups of the user: %v", got)
	}
}

const searchBody = `{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"]}`

// Each operation of a bulk needs its own scope.
func TestScopesOfBulk(t *testing.T) {
	t.Parallel()
	s := start(t, 1)
	c := s.client(t, 0)
	group := c.group("Engineers")
	with := c.scoped(tenancy.ReadUsers | tenancy.WriteUsers)
	a := with.send("POST", "/Bulk", object{"schemas": array("urn:ietf:params:scim:api:messages:2.0:BulkRequest"), "Operations": array(
		object{"method": "POST", "path": "/Users", "bulkId": "1", "data": object{"userName": "ada"}},
		object{"method": "POST", "path": "/Groups", "bulkId": "2", "data": object{"displayName": "new"}},
		object{"method": "PATCH", "path": "/Groups/" + group, "data": object{"schemas": array(patchSchema), "Operations": array(op("replace", "displayName", "x"))}},
		object{"method": "PUT", "path": "/Groups/" + group, "data": object{"displayName": "x"}},
		object{"method": "DELETE", "path": "/Groups/" + group},
		object{"method": "POST", "path": "/Users", "bulkId": "3", "data": object{"userName": "grace"}},
	)}.String()).is(t, 200)
	operations, _ := a.object(t)["Operations"].([]any)
	var got []string
	for _, o := range operations {
		status, _ := o.(map[string]any)["status"].(string)
		got = append(got, status)
	}
	if diff := cmp.Diff([]string{"201", "403", "403", "403", "403", "201"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s\n%s", diff, a)
	}
	if l := c.send("GET", "/Groups", "").list(t); !cmp.Equal([]string{group}, l.IDs) {
		t.Errorf("groups: %v", l.IDs)
	}
	reader := c.scoped(tenancy.ReadUsers)
	if a := reader.send("POST", "/Bulk", object{"schemas": array("urn:ietf:params:scim:api:messages:2.0:BulkRequest"), "Operations": array(
		object{"method": "POST", "path": "/Users", "bulkId": "1", "data": object{"userName": "linus"}})}.String()); !strings.Contains(string(a.body), `"403"`) {
		t.Errorf("who may read writes: %s", a)
	}
}

// A token that permits addresses is 403 from others, in a way that its holder can act on; whoever has no live token hears
// the same 401 from everywhere.
func TestPermittedAddresses(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 1)
	s := serve(t, db, tenants, db, directory.New(db, &journal.Recorder{DB: db}), func(c *gateway.Config) {
		c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	})
	c := s.client(t, 0)
	with := c.scoped(tenancy.AllScopes, "203.0.113.0/24", "2001:db8::/32")
	for from, status := range map[string]int{
		"203.0.113.9": 200, "::ffff:203.0.113.9": 200, "[::ffff:203.0.113.9]:4711": 200, "2001:db8::9": 200, "[2001:db8::9]:4711": 200,
		"198.51.100.4": 403, "2001:db9::1": 403, "::203.0.113.9": 403, "198.51.100.4, 203.0.113.9": 200, "203.0.113.9, 198.51.100.4": 403,
	} {
		a := with.send("GET", "/Users", "", "X-Forwarded-For", from)
		if a.status != status {
			t.Errorf("from %s: %s", from, a)
		}
		if a.status == 403 && (!strings.Contains(string(a.body), "may not be used from the address") || strings.Contains(string(a.body), "203.0.113.0")) {
			t.Errorf("from %s: %s", from, a)
		}
		c.send("GET", "/Users", "", "X-Forwarded-For", from).is(t, 200) // a token without addresses
	}
	with.send("GET", "/ServiceProviderConfig", "", "X-Forwarded-For", "198.51.100.4").is(t, 403)
	unknown := c.as(token.NewSecret(token.ForTenant).Reveal()).send("GET", "/Users", "", "X-Forwarded-For", "198.51.100.4").is(t, 401)
	if err := s.tokens.Revoke(t.Context(), c.tenant.ID, with.tokenID); err != nil {
		t.Fatal(err)
	}
	for _, from := range [...]string{"198.51.100.4", "203.0.113.9"} {
		if revoked := with.send("GET", "/Users", "", "X-Forwarded-For", from).is(t, 401); !cmp.Equal(unknown.body, revoked.body) {
			t.Errorf("a revoked token from %s: %s", from, revoked)
		}
	}
}
