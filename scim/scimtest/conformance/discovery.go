package conformance

import (
	"net/http"
	"slices"
	"strings"
)

const (
	configSchema       = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
	resourceTypeSchema = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
	messagePrefix      = "urn:ietf:params:scim:api:"
)

var configChecks = []Check{
	{
		Name: "ServiceProviderConfig is an object of its schema", Shows: []string{"7644-4-1"},
		Run: func(t *Trial) { t.equal("schemas", t.config["schemas"], list{configSchema}) },
	},
	{
		Name:  "ServiceProviderConfig says of each feature whether it is supported",
		Shows: []string{"7643-5-1", "7643-5-2", "7643-5-3", "7643-5-4", "7643-5-7", "7643-5-8", "7643-5-10", "7643-5-11", "7643-5-12", "7643-5-13", "7643-5-14", "7643-5-15"},
		Run: func(t *Trial) {
			for _, name := range []string{"patch", "bulk", "filter", "changePassword", "sort", "etag"} {
				feature, _ := t.config[name].(object)
				if _, ok := feature["supported"].(bool); !ok {
					t.errorf("%s.supported is %v, want a boolean", name, feature["supported"])
				}
			}
		},
	},
	{
		Name:  "ServiceProviderConfig has its limits as integers",
		Shows: []string{"7643-5-5", "7643-5-6", "7643-5-9", "7643-2.3.4-1"},
		Run: func(t *Trial) {
			for feature, limits := range map[string][]string{"bulk": {"maxOperations", "maxPayloadSize"}, "filter": {"maxResults"}} {
				fields, _ := t.config[feature].(object)
				for _, limit := range limits {
					if n, ok := integer(fields[limit]); !ok || n < 0 {
						t.errorf("%s.%s is %v, want an integer", feature, limit, fields[limit])
					}
				}
			}
		},
	},
	{
		Name: "each authentication scheme has a type, a name and a description", Shows: []string{"7643-5-17", "7643-5-18", "7643-5-19", "7643-5-20"},
		Run: func(t *Trial) {
			schemes, ok := t.config["authenticationSchemes"].(list)
			if !ok {
				t.fatalf("authenticationSchemes is %v, want a list", t.config["authenticationSchemes"])
			}
			for _, scheme := range schemes {
				fields, _ := scheme.(object)
				if !slices.Contains([]string{"oauth", "oauth2", "oauthbearertoken", "httpbasic", "httpdigest"}, text(fields["type"])) {
					t.errorf("type is %v", fields["type"])
				}
				if text(fields["name"]) == "" || text(fields["description"]) == "" {
					t.errorf("%v has no name or description", scheme)
				}
			}
		},
	},
	{
		Name: "authenticationSchemes can be read without a token", Shows: []string{"7643-5-16"}, Needs: []Feature{Token},
		Run: func(t *Trial) {
			config := t.do(http.MethodGet, "/ServiceProviderConfig", nil, "Authorization", "").is(http.StatusOK).object()
			if config["authenticationSchemes"] == nil {
				t.errorf("there are no authenticationSchemes")
			}
		},
	},
	{
		Name: "ServiceProviderConfig announces the ways of paging", Shows: []string{"9865-4-1", "9865-4-2", "9865-4-3", "9865-2.4-1"}, Needs: []Feature{Cursor},
		Run: func(t *Trial) {
			pagination, _ := t.config["pagination"].(object)
			if _, ok := pagination["index"].(bool); !ok {
				t.errorf("pagination.index is %v, want a boolean", pagination["index"])
			}
			method := pagination["defaultPaginationMethod"]
			if method != nil && method != "cursor" && method != "index" {
				t.errorf("pagination.defaultPaginationMethod is %v", method)
			}
			for _, name := range []string{"defaultPageSize", "maxPageSize", "cursorTimeout"} {
				if n, ok := integer(pagination[name]); pagination[name] != nil && (!ok || n <= 0) {
					t.errorf("pagination.%s is %v, want a positive integer", name, pagination[name])
				}
			}
			_, next := t.get("/Users?count=1").is(http.StatusOK).list().object["nextCursor"]
			if method == "index" && next {
				t.errorf("a request that chooses no way of paging gets a cursor, though the default is index")
			}
		},
	},
}

var discoveryChecks = []Check{
	{
		Name: "one resource type and one schema are answered as one resource is", Shows: []string{"7644-4-6", "7644-3.4.1-1"},
		Run: func(t *Trial) {
			t.equal("name", t.get("/ResourceTypes/User").is(http.StatusOK).object()["name"], "User")
			t.equal("id", t.get("/Schemas/" + userSchema).is(http.StatusOK).object()["id"], userSchema)
		},
	},
	{
		Name: "resource types and schemas are in a ListResponse", Shows: []string{"7644-4-2", "7644-4-3"},
		Run: func(t *Trial) {
			for _, path := range []string{"/ResourceTypes", "/Schemas"} {
				p := t.get(path).is(http.StatusOK).list()
				if p.Total != len(p.Resources) || p.Total == 0 {
					t.errorf("totalResults is %d for %d resources", p.Total, len(p.Resources))
				}
			}
		},
	},
	{
		Name: "discovery ignores paging and sorting", Shows: []string{"7644-4-4"},
		Run: func(t *Trial) {
			for _, path := range []string{"/ResourceTypes", "/Schemas"} {
				all := t.get(path).is(http.StatusOK).list().ids()
				t.unless(len(all) > 1, "%s has nothing to page through", path)
				part := t.get(path + "?startIndex=2&count=1&sortBy=id&sortOrder=descending").is(http.StatusOK).list().ids()
				t.equal("the list with paging", part, all)
			}
		},
	},
	{
		Name: "discovery refuses a filter with 403", Shows: []string{"7644-4-5"},
		Run: func(t *Trial) {
			for _, path := range []string{"/ResourceTypes", "/Schemas", "/ServiceProviderConfig"} {
				t.get(path + where(`name eq "User"`)).refused(http.StatusForbidden)
			}
		},
	},
	{
		Name: "discovery cannot be changed", Shows: []string{"7643-7-10", "7644-3.12-3"},
		Run: func(t *Trial) {
			for _, path := range []string{"/ServiceProviderConfig", "/ResourceTypes", "/Schemas", "/Schemas/" + userSchema} {
				if a := t.put(path, object{"schemas": list{configSchema}}); a.status < 400 || a.status >= 500 {
					t.errorf("PUT %s is answered with %d", path, a.status)
				}
			}
		},
	},
	{
		Name: "schemas do not list messages", Shows: []string{"7644-3.1-2"},
		Run: func(t *Trial) {
			t.unless(len(t.schemas) > 0, "/Schemas cannot be read")
			for urn := range t.schemas {
				if strings.HasPrefix(urn, messagePrefix) {
					t.errorf("/Schemas lists %s", urn)
				}
			}
		},
	},
	{
		Name: "each location of discovery leads to its document, and is a URI without a query", Shows: []string{"7644-1.2-1", "7644-1.3-1"},
		Run: func(t *Trial) {
			for _, path := range []string{"/ResourceTypes", "/Schemas"} {
				all := t.get(path).is(http.StatusOK).list().Resources
				t.unless(len(all) > 0, "%s is empty", path)
				for _, item := range all {
					meta, _ := item["meta"].(object)
					t.equal("the id at "+text(meta["location"]), t.follow(text(meta["location"])).is(http.StatusOK).object()["id"], item["id"])
				}
			}
		},
	},
}

// follow sends a GET to an absolute URI of the provider, or to one that is relative to the base URI (RFC 7643 section
// 2.3.7). The host that the provider is reached at stays: behind a proxy it may call itself another.
func (t *Trial) follow(uri string) answer {
	base := *t.base
	base.Path += "/"
	u, err := base.Parse(uri)
	if err != nil || uri == "" || u.RawQuery != "" {
		t.fatalf("%q is no URI of a resource", uri)
	}
	a := t.send(t.base.Scheme+"://"+t.base.Host+u.EscapedPath(), http.MethodGet, nil, nil)
	a.request = "GET " + uri
	t.exchange = "\n  > GET " + uri + "\n  < " + a.String()
	return a
}
