package gateway_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/tenancy"
)

// TestIfMatchAtOnce has many clients change a resource that each read at the same version: one is answered, the others
// hear that it has changed, and the journal has one row.
func TestIfMatchAtOnce(t *testing.T) {
	t.Parallel()
	s := start(t, 1)
	c := s.client(t, 0)
	ada := c.user("ada")
	var others []string
	for i := range 8 {
		others = append(others, c.user(fmt.Sprintf("user-%d", i)))
	}
	for name, tc := range map[string]struct {
		method, path, body string // VALUE differs from client to client
		status             int
	}{
		"a user patched":   {"PATCH", "/Users/USER", patch(op("replace", "title", "VALUE")), 200},
		"a user replaced":  {"PUT", "/Users/USER", `{"userName":"a user replaced","nickName":"VALUE"}`, 200},
		"a group renamed":  {"PATCH", "/Groups/GROUP", patch(op("replace", "displayName", "VALUE")), 204},
		"members added":    {"PATCH", "/Groups/GROUP", patch(op("add", "members", elements([]string{"VALUE"}))), 204},
		"members replaced": {"PUT", "/Groups/GROUP", `{"displayName":"Engineers","members":[{"value":"VALUE"}]}`, 200},
		"members filtered": {"PATCH", "/Groups/GROUP", patch(op("remove", `members[type eq "User"]`, nil), op("add", "members", elements([]string{"VALUE"}))), 204},
		"a group deleted":  {"DELETE", "/Groups/GROUP", "", 204},
		"a user deleted":   {"DELETE", "/Users/USER", "", 204},
	} {
		// Each has its own group and user: a change that another case has made already would be none, and rightly
		// answered with success at the same version.
		path := strings.NewReplacer("GROUP", c.group(name, ada), "USER", c.user(name)).Replace(tc.path)
		etag := c.send("GET", path, "").is(t, 200).header.Get("ETag")
		rows := len(s.journal(t, c.tenant))
		answers := make([]answer, len(others))
		c.each(len(others), func(i int) {
			answers[i] = c.send(tc.method, path, strings.ReplaceAll(tc.body, "VALUE", others[i]), "If-Match", etag)
		})
		won, lost := 0, 0
		for _, a := range answers {
			switch {
			case a.status == tc.status:
				won++
			case a.status == http.StatusPreconditionFailed, tc.method == "DELETE" && a.status == http.StatusNotFound:
				lost++
			default:
				t.Errorf("%s: %s", name, a)
			}
		}
		if grown := len(s.journal(t, c.tenant)) - rows; won != 1 || grown != 1 {
			t.Errorf("%s: %d were made, %d not, and the journal has %d more rows", name, won, lost, grown)
		}
	}
}

// each runs n things at once.
func (c *client) each(n int, run func(i int)) {
	c.t.Helper()
	done := make(chan struct{})
	for i := range n {
		go func() {
			run(i)
			done <- struct{}{}
		}()
	}
	for range n {
		<-done
	}
}

// TestConditions has every way of writing at a wrong version leave all as it is, on Postgres.
func TestConditions(t *testing.T) {
	t.Parallel()
	s := start(t, 1)
	c := s.client(t, 0)
	ada := c.user("ada")
	group := c.group("Engineers", ada)
	c.send("PATCH", "/Users/"+ada, patch(op("replace", "title", "a"))).is(t, 200)
	c.send("PATCH", "/Groups/"+group, patch(op("replace", "displayName", "a"))).is(t, 204)
	before := s.snapshot(t, c.tenant)
	for _, write := range routes(ada, group) {
		if write.method == "POST" {
			continue
		}
		for _, match := range [...]string{`W/"1"`, `W/"3"`, `"1", "3"`, "nonsense"} {
			want := http.StatusPreconditionFailed
			if !strings.Contains(write.path, ada) && !strings.Contains(write.path, group) || strings.Contains(write.path, "filter") {
				want = write.status // a list has no version
			}
			c.send(write.method, write.path, write.body, "If-Match", match).is(t, want)
			if write.method != "GET" && write.method != "HEAD" {
				c.send(write.method, write.path, write.body, "If-None-Match", `W/"2"`).is(t, http.StatusPreconditionFailed)
				c.send(write.method, strings.NewReplacer(ada, group, group, ada).Replace(write.path), write.body, "If-Match", match).is(t, http.StatusNotFound)
			}
		}
	}
	// A change of nothing at the wrong version is refused too.
	c.send("PATCH", "/Groups/"+group, patch(op("add", "members", elements([]string{ada}))), "If-Match", `"1"`).is(t, 412)
	c.send("PATCH", "/Groups/"+group, patch(op("add", "members", elements([]string{ada}))), "If-Match", `"2"`).is(t, 204)
	if diff := cmp.Diff(before, s.snapshot(t, c.tenant)); diff != "" {
		t.Errorf("refused requests left something behind (-before +after):\n%s", diff)
	}
	a := c.send("GET", "/Users/"+ada, "", "If-None-Match", `W/"1", "2"`).is(t, http.StatusNotModified)
	if len(a.body) != 0 || a.header.Get("ETag") != `W/"2"` || a.header.Get("Content-Type") != "" {
		t.Errorf("304: %v %s", a.header, a)
	}
}

// TestCursorWalk reads 300 users and some groups page by page while others write, over Postgres. Who was there all the
// time is seen once.
func TestCursorWalk(t *testing.T) {
	t.Parallel()
	s := start(t, 2)
	c, foreign := s.client(t, 0), s.client(t, 1)
	stays := make(map[string]bool)
	var leaves []string
	for i := range 300 {
		id := c.send("POST", "/Users", object{"userName": fmt.Sprintf("user-%03d", (i*7)%300), "title": string(rune('a' + i%3))}.String()).is(t, 201).id(t)
		if i%5 == 0 {
			leaves = append(leaves, id)
		} else {
			stays[id] = true
		}
	}
	groups := []string{c.group("A"), c.group("B")}
	for n, tc := range [...]struct{ path, query string }{
		{"/Users", ""},
		{"/Users", "sortBy=userName&sortOrder=descending"},
		{"/Users", "sortBy=title&" + where(`userName sw "user"`)},
		{"/Users", "sortBy=meta.lastModified"},
		{"/", ""},
		{"/", "sortBy=displayName"},
	} {
		seen := make(map[string]int)
		cursor, pages := "", 0
		for ; pages == 0 || cursor != ""; pages++ {
			a := c.send("GET", tc.path+"?count=17&attributes=id&"+tc.query+"&cursor="+cursor, "").is(t, 200)
			for _, id := range a.list(t).IDs {
				seen[id]++
			}
			cursor, _ = a.object(t)["nextCursor"].(string)
			if pages < 5 {
				c.user(fmt.Sprintf("new-%d-%d", n, pages))
				c.send("DELETE", "/Users/"+leaves[0], "").is(t, 204)
				leaves = leaves[1:]
			}
			if cursor != "" {
				foreign.send("GET", tc.path+"?count=17&attributes=id&"+tc.query+"&cursor="+url.QueryEscape(cursor), "").is(t, 400)
			}
		}
		for id := range stays {
			if seen[id] != 1 {
				t.Errorf("%s?%s: a user was seen %d times", tc.path, tc.query, seen[id])
				break
			}
		}
		for _, id := range groups {
			if want := map[string]int{"/": 1}[tc.path]; seen[id] != want {
				t.Errorf("%s?%s: a group was seen %d times", tc.path, tc.query, seen[id])
			}
		}
		if pages < 15 {
			t.Errorf("%s?%s: %d pages", tc.path, tc.query, pages)
		}
	}
}

// TestQueries has searches, roots and orders go through SQL.
func TestQueries(t *testing.T) {
	t.Parallel()
	s := start(t, 1)
	c := s.client(t, 0)
	c.send("POST", "/Users", `{"userName":"b","displayName":"z","title":"x"}`).is(t, 201)
	c.send("POST", "/Groups", `{"displayName":"a"}`).is(t, 201)
	c.send("POST", "/Users", `{"userName":"A","displayName":"y"}`).is(t, 201)
	names := func(a answer) []string {
		t.Helper()
		found := []string{}
		list, _ := a.is(t, 200).object(t)["Resources"].([]any)
		for _, item := range list {
			r, _ := item.(map[string]any)
			found = append(found, r["displayName"].(string))
		}
		return found
	}
	for query, want := range map[string][]string{
		"/":                        {"z", "y", "a"},
		"/?" + where("title pr"):   {"z"},
		"/?" + where("title ne x"): {"y", "a"},
		"/?" + where(`not (emails[type eq "work"])`):                {"z", "y", "a"},
		"/?" + where(`emails[not (shoeSize pr)]`):                   {},
		"/?" + where(`meta.resourceType eq Group`):                  {"a"},
		"/?" + where(`displayName pr and meta.resourceType ne "x"`): {"z", "y", "a"},
		"/?startIndex=2&count=2":                                    {"y", "a"},
		"/?startIndex=3&sortBy=userName":                            {"a"},
		"/?sortBy=displayName":                                      {"y", "z", "a"},
		"/Users?sortBy=userName":                                    {"y", "z"},
		"/Users?sortBy=title":                                       {"z", "y"},
		"/Users?sortBy=title&sortOrder=descending":                  {"y", "z"},
	} {
		if diff := cmp.Diff(want, names(c.send("GET", query, ""))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
	}
	search := `{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],"filter":"displayName pr","sortBy":"displayName","attributes":["displayName"]}`
	if diff := cmp.Diff([]string{"y", "z"}, names(c.send("POST", "/Users/.search", search))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"y", "z", "a"}, names(c.send("POST", "/.search", search))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if rows := s.journal(t, c.tenant); len(rows) != 3 {
		t.Errorf("a search left a row in the journal: %v", rows)
	}
}

// TestStranger reads the service provider's configuration without a token, and nothing else. It is the same whatever
// the state of the tenant, and whichever tenant.
func TestStranger(t *testing.T) {
	t.Parallel()
	s := start(t, 2)
	c := s.client(t, 0)
	nobody, other := c.as(""), s.client(t, 1).as("")
	want := string(c.send("GET", "/ServiceProviderConfig", "").is(t, 200).body)
	same := func() {
		t.Helper()
		for _, path := range [...]string{"/ServiceProviderConfig", "/serviceproviderconfig", "/ServiceProviderConfig/", "//ServiceProviderConfig?x=1"} {
			if diff := cmp.Diff(want, string(nobody.send("GET", path, "").is(t, 200).body)); diff != "" {
				t.Errorf("%s (-with a token +without):\n%s", path, diff)
			}
		}
		nobody.send("HEAD", "/ServiceProviderConfig", "").is(t, 200)
	}
	same()
	if diff := cmp.Diff(want, strings.ReplaceAll(string(other.send("GET", "/ServiceProviderConfig", "").is(t, 200).body), other.host, c.host)); diff != "" {
		t.Errorf("tenants are told apart (-one +other):\n%s", diff)
	}
	for _, r := range [...]string{
		"POST /ServiceProviderConfig", "PUT /ServiceProviderConfig", "GET /ServiceProviderConfig/x", "GET /ServiceProviderConfigs", "GET /ResourceTypes", "GET /Schemas",
		"GET /Users", "GET /", "GET /%53erviceProviderConfig", "GET /Users/../ServiceProviderConfig", "OPTIONS /ServiceProviderConfig",
	} {
		method, path, _ := strings.Cut(r, " ")
		nobody.send(method, path, "").is(t, 401)
	}
	nobody.send("GET", "/ServiceProviderConfig?"+where("patch pr"), "").is(t, 403)
	for _, wrong := range [...]string{"Bearer x", "Basic YTpi", "Bearer " + s.nobodysToken(t)} {
		c.send("GET", "/ServiceProviderConfig", "", "Authorization", wrong).is(t, 401)
	}
	if err := s.manager.SetState(t.Context(), c.tenant.ID, tenancy.StateSuspended); err != nil {
		t.Fatal(err)
	}
	fixture.Eventually(t, "the tenant is suspended", func() bool { return c.send("GET", "/ServiceProviderConfig", "").status == 403 })
	same()
	unknown := nobody
	unknown.host = "nobody." + domain
	unknown.send("GET", "/ServiceProviderConfig", "").is(t, 404)
}

// TestOtherVersion asks for versions of SCIM that are not served (RFC 7644 section 3.13).
func TestOtherVersion(t *testing.T) {
	t.Parallel()
	s := start(t, 1)
	c := s.client(t, 0)
	for _, target := range [...]string{"/scim/v1/Users", "/scim/v3", "/scim/v3/Users/x", "/scim/v1.1/Groups", "/scim/v20/"} {
		if e := c.get(target).is(t, 400).failure(t); e.SCIMType != "invalidVers" {
			t.Errorf("%s: %+v", target, e)
		}
	}
	refused := []string{}
	for _, target := range [...]string{"/scim/v2x", "/scim/v/Users", "/scim/v123456/Users", "/v1/Users", "/scim/Users", "/scim/v1x"} {
		refused = append(refused, c.get(target).is(t, 404).failure(t).SCIMType)
	}
	if slices.ContainsFunc(refused, func(kind string) bool { return kind != "" }) {
		t.Errorf("a 404 has a scimType: %v", refused)
	}
}
