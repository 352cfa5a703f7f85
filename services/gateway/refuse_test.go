package gateway_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// snapshot is all that a tenant's tables hold, so that a test can tell that nothing has changed.
func (s *server) snapshot(t testing.TB, tenant tenancy.Tenant) []string {
	t.Helper()
	schema := tenantdb.SchemaFor(tenant.ID)
	all := []string{}
	for _, table := range [...]string{"users", "groups", "members", "journal"} {
		var rows []string
		query := `SELECT row_to_json(r)::text FROM ` + schema.Table(table) + ` AS r ORDER BY 1`
		if err := s.db.SelectContext(t.Context(), &rows, query); err != nil {
			t.Fatal(err)
		}
		all = append(append(all, table), rows...)
	}
	return all
}

// refusal is a request that must be refused.
type refusal struct {
	name         string
	method, path string // ADA and ENGINEERS stand for the ids of a user and a group
	body         string
	headers      []string
	status       int
	scimType     string
}

// refuse plays the refusals to a tenant with a user and a group that she is in, and checks that nothing has changed.
func refuse(t *testing.T, refusals []refusal) {
	t.Helper()
	s := start(t, 1)
	c := s.client(t, 0)
	ada := c.user("ada")
	c.user("grace")
	names := strings.NewReplacer("ADA", ada, "ENGINEERS", c.group("Engineers", ada))
	before := s.snapshot(t, c.tenant)
	for _, r := range refusals {
		a := c.send(r.method, names.Replace(r.path), names.Replace(r.body), r.headers...)
		want := []any{r.status, r.scimType}
		got := []any{a.status, ""}
		if r.method != http.MethodHead {
			got[1] = a.failure(t).SCIMType
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: status and scimType (-want +got):\n%s%s", r.name, diff, a)
		}
		if (a.status == http.StatusMethodNotAllowed) != (a.header.Get("Allow") != "") {
			t.Errorf("%s: status %d, Allow %q", r.name, a.status, a.header.Get("Allow"))
		}
	}
	if diff := cmp.Diff(before, s.snapshot(t, c.tenant)); diff != "" {
		t.Errorf("refused requests left something behind (-before +after):\n%s", diff)
	}
}

func post(name, body, scimType string) refusal {
	return refusal{name: name, method: "POST", path: "/Users", body: body, status: 400, scimType: scimType}
}

func TestRefuseBody(t *testing.T) {
	t.Parallel()
	user := func(members string) string {
		return `{"schemas":["` + userSchema + `"],"userName":"linus",` + members + `}`
	}
	refusals := []refusal{
		post("no body", ``, "invalidSyntax"),
		post("broken off", `{"userName":`, "invalidSyntax"),
		post("no comma", `{"userName":"x" "title":"y"}`, "invalidSyntax"),
		post("a list", `[]`, "invalidSyntax"),
		post("a string", `"ada"`, "invalidSyntax"),
		post("null", `null`, "invalidSyntax"),
		post("two objects", `{"userName":"x"} {"userName":"y"}`, "invalidSyntax"),
		post("not JSON", `<user/>`, "invalidSyntax"),
		post("a literal NUL", "{\"userName\":\"a\x00b\"}", "invalidSyntax"),
		post("invalid UTF-8", "{\"userName\":\"\xff\xfe\"}", "invalidSyntax"),
		post("half a character", "{\"userName\":\"\xe2\x82\"}", "invalidSyntax"),
		post("an escaped NUL", user(`"title":"a\u0000b"`), "invalidValue"),
		post("an escaped NUL in a name", user(`"a\u0000b":1`), "invalidValue"),
		post("a member twice", user(`"userName":"grace"`), "invalidSyntax"),
		post("a member twice, in another case", user(`"USERNAME":"grace"`), "invalidSyntax"),
		post("a member twice, further in", user(`"name":{"givenName":"a","GivenName":"b"}`), "invalidSyntax"),
		post("200 objects in each other", user(`"x":`+strings.Repeat(`{"a":`, 200)+`1`+strings.Repeat(`}`, 200)), "invalidSyntax"),
		post("200 lists in each other", user(`"x":`+strings.Repeat(`[`, 200)+strings.Repeat(`]`, 200)), "invalidSyntax"),
		post("half a million brackets", strings.Repeat(`[`, 500_000), "invalidSyntax"),
		post("half a million objects", strings.Repeat(`{"":`, 250_000), "invalidSyntax"),
		post("a number for a string", user(`"title":7`), "invalidValue"),
		post("a string for a boolean", user(`"active":"perhaps"`), "invalidValue"),
		post("a number for a boolean", user(`"active":1`), "invalidValue"),
		post("a string for an object", user(`"name":"Linus"`), "invalidValue"),
		post("a number in a list", user(`"emails":[7]`), "invalidValue"),
		post("lists in a list", user(`"emails":[[]]`), "invalidValue"),
		post("a list for a string", user(`"title":["a","b"]`), "invalidValue"),
		post("a string for an extension", user(`"`+enterpriseSchema+`":"x"`), "invalidValue"),
		post("schemas is no list", `{"schemas":"`+userSchema+`","userName":"linus"}`, "invalidValue"),
		post("schemas has a number", `{"schemas":[7],"userName":"linus"}`, "invalidValue"),
		post("an empty userName", `{"schemas":["`+userSchema+`"],"userName":""}`, "invalidValue"),
		post("a userName of 3,000 letters", `{"schemas":["`+userSchema+`"],"userName":"`+strings.Repeat("a", 3000)+`"}`, "invalidValue"),
		{name: "a group without a name", method: "POST", path: "/Groups", body: `{"schemas":["` + groupSchema + `"]}`, status: 400, scimType: "invalidValue"},
		{name: "a member without a value", method: "POST", path: "/Groups", body: `{"displayName":"x","members":[{"display":"Ada"}]}`, status: 400, scimType: "invalidValue"},
		{
			name: "a group with one member that nobody knows", method: "POST", path: "/Groups", status: 400, scimType: "invalidValue",
			body: object{"displayName": "Ghosts", "members": elements([]string{"ADA", uuid.NewString()})}.String(),
		},
		{
			name: "a group with a member that is no id", method: "POST", path: "/Groups", status: 400, scimType: "invalidValue",
			body: object{"displayName": "Ghosts", "members": elements([]string{"ADA", "'; DROP SCHEMA public --"})}.String(),
		},
		{name: "a PUT of a broken body", method: "PUT", path: "/Users/ADA", body: `{`, status: 400, scimType: "invalidSyntax"},
		{name: "a PUT of another's userName", method: "PUT", path: "/Users/ADA", body: `{"userName":"GRACE"}`, status: 409, scimType: "uniqueness"},
		{name: "a PUT without a userName", method: "PUT", path: "/Users/ADA", body: `{"title":"x"}`, status: 400, scimType: "invalidValue"},
		{name: "a PUT with a member without a value", method: "PUT", path: "/Groups/ENGINEERS", body: `{"displayName":"Engineers","members":[{"display":"Ada"}]}`, status: 400, scimType: "invalidValue"},
		{name: "a PUT with a strange member", method: "PUT", path: "/Groups/ENGINEERS", body: `{"displayName":"y","members":[{"value":"x"}]}`, status: 400, scimType: "invalidValue"},
	}
	for _, kind := range [...]string{"text/plain", "application/xml", "application/jsonx", "multipart/form-data; boundary=x", "*/*", ";", "application/scim+json; charset=iso-8859-1", "application/json;charset=\"UTF-16\""} {
		refusals = append(refusals, refusal{
			name: "Content-Type " + kind, method: "POST", path: "/Users", body: user(`"title":"x"`), headers: []string{"Content-Type", kind}, status: 415,
		})
	}
	large := user(`"title":"` + strings.Repeat("a", 1<<20) + `"`)
	for _, method := range [...]string{"POST /Users", "PUT /Users/ADA", "PATCH /Users/ADA"} {
		method, path, _ := strings.Cut(method, " ")
		refusals = append(refusals, refusal{name: method + " of more than 1 MiB", method: method, path: path, body: large, status: 413})
	}
	refuse(t, refusals)
}

func TestRefusePatch(t *testing.T) {
	t.Parallel()
	stranger := uuid.NewString()
	title := op("replace", "title", "changed")
	rename := op("replace", "displayName", "changed")
	many := make([]any, 2001)
	for i := range many {
		many[i] = title
	}
	users := map[string]struct{ body, scimType string }{
		"no operations":                    {`{"schemas":["` + patchSchema + `"]}`, "invalidSyntax"},
		"an empty list of operations":      {patch(), "invalidSyntax"},
		"operations are an object":         {`{"Operations":{"op":"add"}}`, "invalidSyntax"},
		"an operation is a string":         {`{"Operations":["add"]}`, "invalidSyntax"},
		"an operation that nobody knows":   {patch(title, op("move", "title", "x")), "invalidSyntax"},
		"no op":                            {patch(title, object{"path": "title", "value": "x"}), "invalidSyntax"},
		"a path that is a number":          {`{"Operations":[{"op":"add","path":7,"value":"x"}]}`, "invalidPath"},
		"a path that nobody knows":         {patch(title, op("replace", "shoeSize", "46")), "invalidPath"},
		"a sub-attribute that nobody does": {patch(title, op("replace", "name.shoeSize", "46")), "invalidPath"},
		"a path with an open bracket":      {patch(title, op("replace", `emails[type eq "work"`, "x")), "invalidPath"},
		"a path with a broken filter":      {patch(title, op("replace", `emails[type eq].value`, "x")), "invalidFilter"},
		"a path with an unknown filter":    {patch(title, op("replace", `emails[size eq "x"].value`, "x")), "invalidFilter"},
		"a path of 10,000 parentheses":     {patch(title, op("remove", "emails["+strings.Repeat("(", 9000)+"]", nil)), "invalidFilter"},
		"a path of a megabyte":             {patch(title, op("remove", strings.Repeat("a", 900_000), nil)), "invalidPath"},
		"a NUL in a path":                  {patch(title, op("remove", "emails[type eq \"\x00\"]", nil)), "invalidValue"},
		"a remove without a path":          {patch(title, op("remove", "", nil)), "noTarget"},
		"no value":                         {patch(title, op("replace", "title", nil)), "invalidValue"},
		"a number for a string":            {patch(title, op("replace", "nickName", 7)), "invalidValue"},
		"a string for a boolean":           {patch(title, op("replace", "active", "perhaps")), "invalidValue"},
		"a string without a path":          {patch(title, op("replace", "", "x")), "invalidValue"},
		"a remove of what is required":     {patch(title, op("remove", "userName", nil)), "mutability"},
		"an empty userName":                {patch(title, op("replace", "userName", "")), "invalidValue"},
		"the id":                           {patch(title, op("replace", "id", stranger)), "mutability"},
		"meta":                             {patch(title, op("replace", "meta.created", "2020-01-01T00:00:00Z")), "mutability"},
		"groups":                           {patch(title, op("add", "groups", array(object{"value": "ENGINEERS"}))), "mutability"},
		"2,001 operations":                 {patch(many...), "413"},
		"a userName that another has":      {patch(title, op("replace", "userName", "Grace")), "uniqueness"},
	}
	groups := map[string]struct{ body, scimType string }{
		"an unknown member":                {patch(op("add", "members", array(object{"value": stranger}))), "invalidValue"},
		"an unknown member after a rename": {patch(rename, op("add", "members", elements([]string{"ADA", stranger}))), "invalidValue"},
		"an unknown member in a list":      {patch(op("add", "members", elements([]string{stranger, "ADA"}))), "invalidValue"},
		"an unknown member instead of all": {patch(rename, op("replace", "members", elements([]string{stranger}))), "invalidValue"},
		"a member's value is immutable":    {patch(op("replace", `members[value eq "ADA"].value`, stranger)), "mutability"},
		"a removal, then a failure":        {patch(op("remove", `members[value eq "ADA"]`, nil), op("replace", "shoeSize", 7)), "invalidPath"},
		"all removed, then a failure":      {patch(op("remove", "members", nil), op("remove", "displayName", nil)), "mutability"},
		"a member without a value":         {patch(rename, op("add", "members", array(object{"display": "x"}))), "invalidValue"},
	}
	var refusals []refusal
	add := func(path string, cases map[string]struct{ body, scimType string }) {
		for name, tc := range cases {
			status := 400
			switch tc.scimType {
			case "uniqueness":
				status = 409
			case "413":
				status, tc.scimType = 413, ""
			}
			refusals = append(refusals, refusal{name: path + ": " + name, method: "PATCH", path: path, body: tc.body, status: status, scimType: tc.scimType})
		}
	}
	add("/Users/ADA", users)
	add("/Groups/ENGINEERS", groups)
	refuse(t, refusals)
}

func TestRefuseQuery(t *testing.T) {
	t.Parallel()
	var refusals []refusal
	for name, filter := range map[string]string{
		"an attribute that nobody knows": `shoeSize eq "46"`,
		"a sub-attribute":                `name.shoeSize eq "46"`,
		"a URN":                          `urn:example:nothing:attribute eq "x"`,
		"only an attribute":              `userName`,
		"no value":                       `userName eq`,
		"no closing quote":               `userName eq "ada`,
		"single quotes":                  `userName eq 'ada'`,
		"an operator that nobody knows":  `userName like "a"`,
		"an order of booleans":           `active gt true`,
		"text in a number":               `meta.lastModified gt "yesterday"`,
		"the password":                   `password eq "x"`,
		"brackets in brackets":           `emails[emails[type eq "work"]]`,
		"10,000 parentheses":             strings.Repeat("(", 10_000),
		"10,000 balanced parentheses":    strings.Repeat("(", 4999) + "active pr" + strings.Repeat(")", 4999),
		"more than 10 KiB":               `userName eq "` + strings.Repeat("a", 11_000) + `"`,
		"101 terms":                      strings.Repeat(`title pr or `, 100) + `title pr`,
		"a NUL":                          "userName eq \"a\x00\"",
		"an escaped NUL":                 `userName eq "a\u0000"`,
		"invalid UTF-8":                  "userName eq \"\xff\"",
		"SQL after it":                   `userName eq "x"; DROP TABLE users`,
		"something after it":             `userName eq "x" title`,
		"empty parentheses":              `()`,
		"nothing negated":                `not`,
	} {
		refusals = append(refusals, refusal{name: "filter with " + name, method: "GET", path: "/Users?" + where(filter), status: 400, scimType: "invalidFilter"})
	}
	for _, query := range [...]string{"startIndex=x", "count=x", "count=1.5", "attributes=id&excludedAttributes=name", "filter=%zz", "%zz=1", "filter=%"} {
		refusals = append(refusals, refusal{name: query, method: "GET", path: "/Users?" + query, status: 400, scimType: "invalidValue"})
	}
	body := object{"schemas": array(userSchema), "userName": "linus"}.String()
	refusals = append(refusals,
		refusal{name: "POST with both projections", method: "POST", path: "/Users?attributes=id&excludedAttributes=name", body: body, status: 400, scimType: "invalidValue"},
		refusal{name: "PUT with both projections", method: "PUT", path: "/Users/ADA?attributes=id&excludedAttributes=name", body: body, status: 400, scimType: "invalidValue"},
		refusal{name: "PATCH with both projections", method: "PATCH", path: "/Users/ADA?attributes=id&excludedAttributes=name", body: patch(op("replace", "title", "x")), status: 400, scimType: "invalidValue"},
		refusal{name: "a filter on discovery", method: "GET", path: "/ResourceTypes?" + where(`name eq "User"`), status: 403},
	)
	refuse(t, refusals)
}

func TestRefuseRoute(t *testing.T) {
	t.Parallel()
	var refusals []refusal
	body := object{"schemas": array(userSchema), "userName": "linus"}.String()
	for _, id := range [...]string{
		"not-a-uuid", "1", "null", uuid.NewString(), strings.ToUpper(uuid.NewString()), "{" + uuid.NewString() + "}",
		"00000000-0000-0000-0000-000000000000", "ADA%20", "ADA/more", "ADA%2Fmore", "..%2F..", "'%20OR%201=1", "%F0%9F%92%A9", "%FF",
		strings.Repeat("a", 30_000), strings.Repeat("1/", 1000), "bulkId:1",
	} {
		for _, endpoint := range [...]string{"/Users/", "/Groups/"} {
			refusals = append(refusals,
				refusal{name: "GET a strange id " + id, method: "GET", path: endpoint + id, status: 404},
				refusal{name: "HEAD a strange id " + id, method: "HEAD", path: endpoint + id, status: 404},
				refusal{name: "PATCH a strange id " + id, method: "PATCH", path: endpoint + id, body: patch(op("replace", "displayName", "x")), status: 404},
				refusal{name: "DELETE a strange id " + id, method: "DELETE", path: endpoint + id, status: 404},
			)
		}
		refusals = append(refusals,
			refusal{name: "PUT a strange id " + id, method: "PUT", path: "/Users/" + id, body: body, status: 404},
			refusal{name: "members of a strange id " + id, method: "PATCH", path: "/Groups/" + id, body: patch(op("add", "members", elements([]string{"ADA"}))), status: 404},
		)
	}
	refusals = append(refusals,
		refusal{name: "a user as a group", method: "GET", path: "/Groups/ADA", status: 404},
		refusal{name: "a group as a user", method: "DELETE", path: "/Users/ENGINEERS", status: 404},
		refusal{name: "a NUL in the path", method: "GET", path: "/Users/a%00b", status: 400, scimType: "invalidSyntax"},
	)
	for _, path := range [...]string{"/Nothing", "/Users2", "/Schemas/urn:nothing", "/ResourceTypes/Nothing", "/ServiceProviderConfig/x", "/Bulk/x", "/Me/x", "/scim/v2/Users", "/Users/ADA/../ADA"} {
		refusals = append(refusals, refusal{name: "GET " + path, method: "GET", path: path, status: 404})
	}
	for _, route := range [...]string{
		"DELETE /Users", "PUT /Users", "PATCH /Users", "OPTIONS /Users", "TRACE /Users", "FROB /Users", "POST /Users/ADA", "OPTIONS /Users/ADA",
		"PATCH /Groups", "DELETE /Groups", "POST /Groups/ENGINEERS", "POST /ServiceProviderConfig", "PUT /Schemas", "DELETE /ResourceTypes",
		"PATCH /Schemas/" + userSchema, "GET /Users/.search", "DELETE /Groups/.search", "GET /.search", "POST /", "DELETE /", "PUT /",
	} {
		method, path, _ := strings.Cut(route, " ")
		refusals = append(refusals, refusal{name: route, method: method, path: path, status: 405})
	}
	for _, route := range [...]string{"GET /Me", "POST /Me", "PUT /Me", "PATCH /Me", "DELETE /Me"} {
		method, path, _ := strings.Cut(route, " ")
		refusals = append(refusals, refusal{name: route, method: method, path: path, body: "{}", status: 501})
	}
	for _, method := range [...]string{"PATCH", "DELETE", "PUT"} {
		refusals = append(refusals, refusal{
			name: "a method override to " + method, method: "POST", path: "/Users/ADA", body: patch(op("replace", "active", false)),
			headers: []string{"X-HTTP-Method-Override", method, "X-HTTP-Method", method, "X-Method-Override", method}, status: 405,
		})
	}
	refuse(t, refusals)
}

func TestRefuseToken(t *testing.T) {
	t.Parallel()
	s := start(t, 1)
	c := s.client(t, 0)
	for _, name := range [...]string{"a", "b"} {
		c.send("POST", "/Users", `{"userName":"`+name+`"}`).is(t, 201)
	}
	before := s.snapshot(t, c.tenant)
	nobody := s.nobodysToken(t)
	expired, _, err := s.tokens.Mint(t.Context(), c.tenant.ID, "short", time.Now().Add(time.Second))
	if err != nil {
		t.Fatal(err)
	}
	want := c.as(nobody).send("GET", "/Users", "").is(t, 401)
	for _, header := range [...]string{
		"Bearer " + nobody, "Bearer spk_" + strings.Repeat("0", 49), "Bearer x", "Bearer", "Bearer ", "Bearer  ", "bearer nothing", "Bearer " + c.secret + " x",
		"Bearer " + c.secret[:len(c.secret)-1], "Bearer " + c.secret + "x", "Bearer " + strings.ToUpper(c.secret), "Bearer \"" + c.secret + "\"",
		"Bearer " + strings.Repeat("a", 30_000), "Bearer \xff\xfe", "Bearer tenant' OR '1'='1",
	} {
		a := c.send("GET", "/Users", "", "Authorization", header).is(t, 401)
		if diff := cmp.Diff(string(want.body), string(a.body)); diff != "" {
			t.Errorf("%.60q is answered otherwise than an unknown token (-unknown +this):\n%s", header, diff)
		}
		if got := a.header.Get("WWW-Authenticate"); got != `Bearer realm="scim", error="invalid_token"` {
			t.Errorf("%.60q: WWW-Authenticate is %q", header, got)
		}
	}
	for _, header := range [...]string{"", "Basic YWRhOnBhc3N3b3Jk", c.secret, "Token " + c.secret, "Bearer\t" + c.secret, "Digest username=\"ada\""} {
		if got := c.send("GET", "/Users", "", "Authorization", header).is(t, 401).header.Get("WWW-Authenticate"); !strings.HasPrefix(got, "Bearer ") {
			t.Errorf("%.60q: WWW-Authenticate is %q", header, got)
		}
	}
	for _, route := range [...]string{"GET /ServiceProviderConfig", "GET /Nothing", "DELETE /Users", "POST /Users", "POST /Bulk", "HEAD /Users", "PATCH /Users/x"} {
		method, path, _ := strings.Cut(route, " ")
		c.as(nobody).send(method, path, "").is(t, 401)
	}
	c.send("GET", "/Users", "", "Authorization", "bearer   "+c.secret+"  ").is(t, 200)
	fixture.Eventually(t, "an expired token is refused", func() bool { return c.as(expired.Reveal()).send("GET", "/Users", "").status == 401 })
	revoked := s.client(t, 0)
	cursor, _ := revoked.send("GET", "/Users?count=1&cursor", "").is(t, 200).object(t)["nextCursor"].(string)
	revoked.send("GET", "/Users?count=1&cursor="+cursor, "").is(t, 200)
	if err := s.tokens.Revoke(t.Context(), c.tenant.ID, revoked.tokenID); err != nil {
		t.Fatal(err)
	}
	fixture.Eventually(t, "a revoked token is refused", func() bool { return revoked.send("GET", "/Users", "").status == 401 })
	revoked.send("GET", "/Users?count=1&cursor="+cursor, "").is(t, 401)
	if diff := cmp.Diff(before, s.snapshot(t, c.tenant)); diff != "" {
		t.Errorf("refused requests left something behind (-before +after):\n%s", diff)
	}
}

// nobodysToken is one that is well formed and was never issued.
func (s *server) nobodysToken(t testing.TB) string {
	t.Helper()
	other := s.client(t, 0)
	if err := s.tokens.Revoke(t.Context(), other.tenant.ID, other.tokenID); err != nil {
		t.Fatal(err)
	}
	return other.secret
}

func TestUnknownHost(t *testing.T) {
	t.Parallel()
	s := start(t, 1)
	c := s.client(t, 0)
	var bodies []string
	for _, host := range [...]string{
		"nobody." + domain, domain, "www." + domain, "tenant-1.evil." + domain, "tenant-1." + domain + ".evil.example", "evil.example", "127.0.0.1", "[::1]:80",
		"tenant_1." + domain, "a..b", strings.Repeat("a", 300) + "." + domain, "tenant-1", "-." + domain,
	} {
		other := *c
		other.host = host
		a := other.send("GET", "/Users", "").is(t, 404)
		bodies = append(bodies, string(a.body))
		other.secret = ""
		other.send("GET", "/Users", "").is(t, 404)
		other.send("DELETE", "/Users/x", "").is(t, 404)
	}
	for i := range bodies {
		if bodies[i] != bodies[0] {
			t.Errorf("unknown hosts are told apart: %s, %s", bodies[0], bodies[i])
		}
	}
	for _, host := range [...]string{"TENANT-1.AskSpoke.Test", c.host + ".", c.host + ":8443", c.host + ".:443"} {
		other := *c
		other.host = host
		other.send("GET", "/Users", "").is(t, 200)
	}
	c.send("GET", "/Users", "", "X-Forwarded-Host", "nobody."+domain).is(t, 200)
}

// TestPanic has a store that panics on every write: it has no recorder.
func TestPanic(t *testing.T) {
	t.Parallel()
	whole := start(t, 1)
	s := serve(t, whole.db, whole.tenants, whole.db, directory.New(whole.db, nil))
	c := s.client(t, 0)
	body := object{"schemas": array(userSchema), "userName": "ada"}.String()
	for range 3 {
		a := c.send("POST", "/Users", body).is(t, 500)
		if e := a.failure(t); e.SCIMType != "" {
			t.Errorf("a 500 has a scimType: %s", a)
		}
	}
	if got := c.send("GET", "/Users", "").list(t).Total; got != 0 {
		t.Errorf("%d users after panics", got)
	}
}

// TestOnlyInBase tells that SCIM is nowhere but below its base.
func TestOnlyInBase(t *testing.T) {
	t.Parallel()
	s := start(t, 1)
	c := s.client(t, 0)
	for _, target := range [...]string{"/", "/Users", "/scim", "/scim/", "/scim/vx/Users", "/scim/v2Users", "/scim/v2x/Users", "/SCIM/v2/Users", "//scim/v2/Users", "/scim%2Fv2/Users", "/x/scim/v2/Users", "/metrics", "/debug/pprof/", "/favicon.ico"} {
		a := c.raw(fmt.Sprintf("GET %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nConnection: close\r\n\r\n", target, c.host, c.secret))
		if a.status != 404 {
			t.Errorf("GET %s: %s", target, a)
		}
	}
}
