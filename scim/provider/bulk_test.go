package provider_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/memstore"
	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/schema"
)

const bulkSchemas = `"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"]`

// bulkBody is a bulk request. more is what the message holds besides, such as "failOnErrors":1,
func bulkBody(more string, operations ...string) string {
	return `{` + bulkSchemas + `,` + more + `"Operations":[` + strings.Join(operations, ",") + `]}`
}

// post is a creation in a bulk.
func post(path, bulkID, data string) string {
	return fmt.Sprintf(`{"method":"POST","path":%q,"bulkId":%q,"data":%s}`, path, bulkID, data)
}

// result is one operation of a bulk's answer.
type result struct {
	Location, Method, BulkID, Version, Status string
	Response                                  struct {
		Schemas                  []string
		Status, ScimType, Detail string
	}
}

func (r result) id() string { return r.Location[strings.LastIndexByte(r.Location, '/')+1:] }

// results sends a bulk and checks what holds of every answer.
func (s *service) results(body string) []result {
	s.t.Helper()
	a := s.do("POST", "/Bulk", body).is(s.t, http.StatusOK)
	var message struct {
		Schemas    []string
		Operations []result
	}
	if err := json.Unmarshal(a.Body, &message); err != nil {
		s.t.Fatal(err)
	}
	if !slices.Equal(message.Schemas, []string{provider.BulkResponseSchema}) || len(a.Operations) != len(message.Operations) || a.Route != "/Bulk" {
		s.t.Errorf("%d operations are counted at %s: %s", len(a.Operations), a.Route, a.Body)
	}
	for i, r := range message.Operations {
		status, err := strconv.Atoi(r.Status)
		failed := status >= 400
		switch {
		case err != nil || status != a.Operations[i].Status || failed != (a.Operations[i].Error != nil):
			s.t.Errorf("operation %d: status %q, counted %+v", i, r.Status, a.Operations[i])
		case failed && (r.Response.Status != r.Status || r.Response.Detail == "" || !slices.Equal(r.Response.Schemas, []string{scim.ErrorSchema})):
			s.t.Errorf("operation %d failed with %+v", i, r.Response)
		case !failed && r.Location == "":
			s.t.Errorf("operation %d has no location", i)
		case r.Method == http.MethodPost && failed && (r.Location != "" || r.Version != ""):
			s.t.Errorf("operation %d failed and has a location: %+v", i, r)
		}
	}
	return message.Operations
}

// statuses are those of the operations, with the scimType of an error.
func statuses(results []result) string {
	list := make([]string, len(results))
	for i, r := range results {
		list[i] = strings.TrimSpace(r.Status + " " + r.Response.ScimType)
	}
	return strings.Join(list, ", ")
}

// want checks the statuses of a bulk's operations.
func (s *service) want(body, want string) []result {
	s.t.Helper()
	results := s.results(body)
	if got := statuses(results); got != want {
		s.t.Fatalf("the operations have %s\nwant %s\n%+v", got, want, results)
	}
	return results
}

// TestBulk has each method, with what RFC 7644 section 3.7.3 wants of the answer.
func TestBulk(t *testing.T) {
	t.Parallel()
	s := inMemory(t)
	ada, bob, eve := s.create("/Users", `{"userName":"ada"}`), s.create("/Users", `{"userName":"bob"}`), s.create("/Users", `{"userName":"eve"}`)
	body := bulkBody(`"failOnErrors":1,`,
		post("/Users", "qwerty", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"alice"}`),
		`{"method":"PUT","path":"/Users/`+ada+`","version":"W/\"1\"","data":{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ada2"}}`,
		`{"method":"PATCH","path":"/Users/`+bob+`","bulkId":"echo","data":`+patch(`{"op":"add","path":"title","value":"x"}`)+`}`,
		`{"method":"DELETE","path":"/Users/`+eve+`","version":"W/\"1\""}`)
	a := s.strict().do("POST", "/Bulk", body).is(t, 200)
	if !a.Changed || len(a.Tolerances) > 0 {
		t.Errorf("changed %t, tolerances %v", a.Changed, a.Tolerances)
	}
	alice := s.object(t, "alice")["id"]
	want := fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkResponse"],"Operations":[`+
		`{"location":"%[1]s/Users/%s","method":"POST","bulkId":"qwerty","version":"W/\"1\"","status":"201"},`+
		`{"location":"%[1]s/Users/%[3]s","method":"PUT","version":"W/\"2\"","status":"200"},`+
		`{"location":"%[1]s/Users/%[4]s","method":"PATCH","bulkId":"echo","version":"W/\"2\"","status":"200"},`+
		`{"location":"%[1]s/Users/%[5]s","method":"DELETE","status":"204"}]}`, base, alice, ada, bob, eve)
	if diff := cmp.Diff(want, string(a.Body)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	counted := []provider.Operation{
		{Method: "POST", Route: "/Users", Status: 201, Changed: true},
		{Method: "PUT", Route: "/Users/{id}", Status: 200, Changed: true},
		{Method: "PATCH", Route: "/Users/{id}", Status: 200, Changed: true},
		{Method: "DELETE", Route: "/Users/{id}", Status: 204, Changed: true},
	}
	if diff := cmp.Diff(counted, a.Operations); diff != "" {
		t.Errorf("counted (-want +got)\n%s", diff)
	}
	s.do("GET", "/Users/"+eve, "").is(t, 404)
}

// object is the user of a name.
func (s *service) object(t testing.TB, name string) map[string]any {
	t.Helper()
	list, _ := s.do("GET", "/Users?"+where(`userName eq "`+name+`"`), "").is(t, 200).object(t)["Resources"].([]any)
	if len(list) != 1 {
		t.Fatalf("%d users have the name %s", len(list), name)
	}
	return list[0].(map[string]any)
}

// TestBulkOperationFails has what is wrong with one operation, which ends no other.
func TestBulkOperationFails(t *testing.T) {
	t.Parallel()
	ok := post("/Users", "ok", `{"userName":"ok"}`)
	for _, tc := range [...]struct{ name, operation, want, detail string }{
		{"no bulkId", `{"method":"POST","path":"/Users","data":{"userName":"x"}}`, "400 invalidValue", "bulkId"},
		{"an empty bulkId", post("/Users", "", `{"userName":"x"}`), "400 invalidValue", "bulkId"},
		{"a bulkId that is no string", `{"method":"POST","path":"/Users","bulkId":1,"data":{"userName":"x"}}`, "400 invalidSyntax", "bulkId must be a string"},
		{"no method", `{"path":"/Users","bulkId":"1","data":{"userName":"x"}}`, "400 invalidValue", "method"},
		{"GET", `{"method":"GET","path":"/Users/ADA"}`, "400 invalidValue", `not "GET"`},
		{"another method", `{"method":"FROB","path":"/Users/ADA"}`, "400 invalidValue", `not "FROB"`},
		{"no path", `{"method":"POST","bulkId":"1","data":{"userName":"x"}}`, "400 invalidValue", "needs a path"},
		{"a path that is no string", `{"method":"DELETE","path":["/Users/ADA"]}`, "400 invalidSyntax", "path must be a string"},
		{"a URL", `{"method":"DELETE","path":"https://acme.askspoke.com/scim/v2/Users/ADA"}`, "404", "no endpoint"},
		{"a query", `{"method":"DELETE","path":"/Users/ADA?attributes=id"}`, "400 invalidValue", "without a host or a query"},
		{"a broken path", `{"method":"DELETE","path":"/Users/%zz"}`, "400 invalidValue", "no path"},
		{"an unknown endpoint", `{"method":"DELETE","path":"/Nothing/ADA"}`, "404", "no endpoint"},
		{"a bulk in a bulk", post("/Bulk", "1", `{"Operations":[]}`), "400 invalidValue", "/Bulk"},
		{"a search", post("/.search", "1", `{}`), "400 invalidValue", "/.search"},
		{"a search of users", post("/Users/.search", "1", `{}`), "400 invalidValue", "/Users/.search"},
		{"me", `{"method":"DELETE","path":"/Me"}`, "501", "/Me"},
		{"discovery", post("/Schemas", "1", `{}`), "405", "/Schemas"},
		{"a deletion of a search", `{"method":"DELETE","path":"/Groups/.search"}`, "405", "POST"},
		{"a method that the path has not", `{"method":"DELETE","path":"/Users"}`, "405", "GET, HEAD, POST"},
		{"a creation at a resource", post("/Users/ADA", "1", `{"userName":"x"}`), "405", "PATCH"},
		{"no data", `{"method":"PATCH","path":"/Users/ADA"}`, "400 invalidValue", "needs data"},
		{"data null", `{"method":"POST","path":"/Users","bulkId":"1","data":null}`, "400 invalidValue", "needs data"},
		{"data a list", `{"method":"POST","path":"/Users","bulkId":"1","data":[]}`, "400 invalidSyntax", "data must be an object"},
		{"a taken name", post("/Users", "1", `{"userName":"aDa"}`), "409 uniqueness", "userName"},
		{"a taken name in the request", post("/Users", "1", `{"userName":"OK"}`), "409 uniqueness", "userName"},
		{"a broken body", post("/Users", "1", `{"userName":7}`), "400 invalidValue", "userName"},
		{"a missing attribute", post("/Users", "1", `{}`), "400 invalidValue", "userName"},
		{"a broken patch", `{"method":"PATCH","path":"/Users/ADA","data":` + patch(`{"op":"remove","path":"colour"}`) + `}`, "400 invalidPath", "colour"},
		{"a resource that is not there", `{"method":"DELETE","path":"/Users/nobody"}`, "404", "nobody"},
		{"another version", `{"method":"DELETE","path":"/Users/ADA","version":"W/\"2\""}`, "412", "version"},
		{"an unknown member", post("/Groups", "1", `{"displayName":"g","members":[{"value":"nobody"}]}`), "400 invalidValue", "nobody"},
		{"an unknown bulkId", post("/Groups", "1", `{"displayName":"g","members":[{"value":"bulkId:nobody"}]}`), "409 invalidValue", `"nobody"`},
		{"an unknown bulkId in the path", `{"method":"DELETE","path":"/Users/bulkId:nobody"}`, "409 invalidValue", `"nobody"`},
		{"the bulkId of no creation", `{"method":"DELETE","path":"/Users/bulkId:self","bulkId":"self"}`, "409 invalidValue", `"self"`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := inMemory(t)
			ada := s.create("/Users", `{"userName":"ada"}`)
			results := s.want(bulkBody("", ok, strings.ReplaceAll(tc.operation, "ADA", ada), `{"method":"DELETE","path":"/Users/`+ada+`"}`), "201, "+tc.want+", 204")
			if detail := results[1].Response.Detail; !strings.Contains(detail, tc.detail) {
				t.Errorf("detail %q does not say %q", detail, tc.detail)
			}
			if want := base + "/Users/" + ada; strings.Contains(tc.operation, `"path":"/Users/ADA"`) && !strings.Contains(tc.operation, "POST") && results[1].Location != want {
				t.Errorf("location %q, want %q", results[1].Location, want)
			}
		})
	}
}

// TestBulkRefused has what is wrong with the message as a whole, which changes nothing.
func TestBulkRefused(t *testing.T) {
	t.Parallel()
	one := post("/Users", "1", `{"userName":"x"}`)
	many := slices.Repeat([]string{`{"method":"DELETE","path":"/Users/x"}`}, provider.MaxBulkOperations+1)
	for _, tc := range [...]struct {
		name, body string
		status     int
		scimType   scim.ErrorType
		detail     string
		strict     bool
	}{
		{name: "empty", body: "", status: 400, scimType: scim.InvalidSyntax},
		{name: "broken", body: `{"Operations":[`, status: 400, scimType: scim.InvalidSyntax},
		{name: "no operations", body: `{` + bulkSchemas + `}`, status: 400, scimType: scim.InvalidSyntax, detail: "Operations"},
		{name: "none", body: bulkBody(""), status: 400, scimType: scim.InvalidSyntax, detail: "Operations"},
		{name: "not a list", body: `{` + bulkSchemas + `,"Operations":{}}`, status: 400, scimType: scim.InvalidSyntax, detail: "Operations"},
		{name: "not an object", body: bulkBody("", one, `"DELETE"`), status: 400, scimType: scim.InvalidSyntax, detail: "Operation 2"},
		{name: "one bulkId twice", body: bulkBody("", one, post("/Groups", "1", `{"displayName":"g"}`)), status: 400, scimType: scim.InvalidValue, detail: `"1"`},
		{name: "too many", body: bulkBody("", many...), status: 413, detail: "maxOperations (1000)"},
		{name: "too deep", body: bulkBody("", post("/Users", "1", strings.Repeat(`{"a":`, 40)+"1"+strings.Repeat("}", 40))), status: 400, scimType: scim.InvalidSyntax},
		{name: "failOnErrors 0", body: bulkBody(`"failOnErrors":0,`, one), status: 400, scimType: scim.InvalidValue, detail: "failOnErrors"},
		{name: "failOnErrors below 0", body: bulkBody(`"failOnErrors":-1,`, one), status: 400, scimType: scim.InvalidValue, detail: "failOnErrors"},
		{name: "failOnErrors no number", body: bulkBody(`"failOnErrors":"1",`, one), status: 400, scimType: scim.InvalidValue, detail: "failOnErrors"},
		{name: "failOnErrors a fraction", body: bulkBody(`"failOnErrors":1.5,`, one), status: 400, scimType: scim.InvalidValue, detail: "failOnErrors"},
		{name: "no schemas", body: `{"Operations":[` + one + `]}`, status: 400, scimType: scim.InvalidValue, detail: "BulkRequest", strict: true},
		{name: "other schemas", body: `{"schemas":["urn:x"],"Operations":[` + one + `]}`, status: 400, scimType: scim.InvalidValue, detail: "BulkRequest", strict: true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := inMemory(t)
			if tc.strict {
				s.results(tc.body)
				s = inMemory(t).strict()
			}
			e := scimError(s.do("POST", "/Bulk", tc.body).is(t, tc.status).err)
			if e == nil || e.Type != tc.scimType || !strings.Contains(e.Detail, tc.detail) {
				t.Errorf("got %v", e)
			}
			if total := s.do("GET", "/Users?count=0", "").object(t)["totalResults"]; total != 0.0 {
				t.Errorf("%v users were made", total)
			}
		})
	}
	s := inMemory(t)
	if a := s.do("GET", "/Bulk", "").is(t, 405); a.Allow != "POST" {
		t.Errorf("Allow is %q", a.Allow)
	}
}

// TestBulkMethodCase has methods in small letters, which the strict profile refuses.
func TestBulkMethodCase(t *testing.T) {
	t.Parallel()
	s := inMemory(t)
	body := bulkBody("", `{"Method":"post","PATH":"Users/","bulkid":"1","Data":{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"x"}}`)
	if r := s.want(body, "201"); r[0].Method != http.MethodPost {
		t.Errorf("method %q", r[0].Method)
	}
	s.strict().want(body, "400 invalidValue")
}

// TestFailOnErrors lists what was processed: the operations up to the error that was one too many.
func TestFailOnErrors(t *testing.T) {
	t.Parallel()
	good := func(n int) string {
		return post("/Users", fmt.Sprint("g", n), fmt.Sprintf(`{"userName":"user %d"}`, n))
	}
	bad := func(n int) string { return post("/Users", fmt.Sprint("b", n), `{"userName":"taken"}`) }
	gone := `{"method":"DELETE","path":"/Users/nobody"}`
	for _, tc := range [...]struct {
		limit      string
		operations []string
		want       string
	}{
		{"", []string{bad(1), gone, bad(2), good(1)}, "409 uniqueness, 404, 409 uniqueness, 201"},
		{`"failOnErrors":null,`, []string{bad(1), good(1)}, "409 uniqueness, 201"},
		{`"failOnErrors":1,`, []string{good(1), good(2), good(3)}, "201, 201, 201"},
		{`"failOnErrors":1,`, []string{good(1), bad(1), good(2)}, "201, 409 uniqueness"},
		{`"failOnErrors":2,`, []string{good(1), bad(1), good(2), good(3), bad(2), good(4)}, "201, 409 uniqueness, 201, 201, 409 uniqueness"},
		{`"failOnErrors":3,`, []string{good(1), gone, bad(2), gone, good(4)}, "201, 404, 409 uniqueness, 404"},
		{`"failOnErrors":9,`, []string{bad(1), bad(2), good(1)}, "409 uniqueness, 409 uniqueness, 201"},
		{`"failOnErrors":1,`, []string{post("/Groups", "g", `{"displayName":"g","members":[{"value":"bulkId:b1"}]}`), good(1), bad(1), good(2)}, "201, 409 uniqueness"},
		{`"failOnErrors":2,`, []string{post("/Groups", "g", `{"displayName":"g","members":[{"value":"bulkId:b1"}]}`), good(1), bad(1), good(2)}, "409 invalidValue, 201, 409 uniqueness"},
	} {
		s := inMemory(t)
		s.create("/Users", `{"userName":"taken"}`)
		results := s.want(bulkBody(tc.limit, tc.operations...), tc.want)
		made := 1
		for _, r := range results {
			if r.Status == "201" {
				made++
			}
		}
		if total := s.do("GET", "/Users?count=0", "").object(t)["totalResults"]; total != float64(made) {
			t.Errorf("%s: %v users, want %d", tc.limit, total, made)
		}
	}
}

// TestBulkLikeSingle sends random work as one bulk to a service and one by one to another: what is there afterwards and
// what was answered is the same.
func TestBulkLikeSingle(t *testing.T) {
	t.Parallel()
	var operations []string
	add := func(method, path, data string) {
		operations = append(operations, fmt.Sprintf(`{"method":%q,"path":%q,"bulkId":"%d","data":%s}`, method, path, len(operations), data))
	}
	for i := range 60 {
		id := fmt.Sprintf("00000000-0000-4000-8000-%012d", 1+i*7%40)
		switch i % 6 {
		case 0, 1, 2, 3:
			add("POST", "/Users", fmt.Sprintf(`{"userName":"user %d","title":"%d"}`, i%17, i))
		case 4:
			add("POST", "/Groups", fmt.Sprintf(`{"displayName":"group %d","members":[{"value":%q}]}`, i%5, id))
		default:
			add("PATCH", "/Users/"+id, patch(fmt.Sprintf(`{"op":"replace","path":"userName","value":"user %d"}`, i%23)))
		}
	}
	bulk, single := inMemory(t), inMemory(t)
	bulk.Now, single.Now = nil, nil
	ids := 0 // a bulk makes an id for each creation, a refused one too
	single.NewID = func() string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", ids) }
	var want []string
	for _, text := range operations {
		var op struct {
			Method, Path string
			Data         json.RawMessage
		}
		if err := json.Unmarshal([]byte(text), &op); err != nil {
			t.Fatal(err)
		}
		if op.Method == http.MethodPost {
			ids++
		}
		a := single.do(op.Method, op.Path, string(op.Data))
		want = append(want, strings.TrimSpace(fmt.Sprint(a.Status, " ", a.ETag)))
	}
	var got []string
	for _, r := range bulk.results(bulkBody("", operations...)) {
		got = append(got, strings.TrimSpace(r.Status+" "+r.Version))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("answers (-single +bulk)\n%s", diff)
	}
	for _, path := range []string{"/Users", "/Groups"} {
		query := "?count=1000&attributes=userName,displayName,title,members.value"
		if diff := cmp.Diff(string(single.do("GET", path+query, "").Body), string(bulk.do("GET", path+query, "").Body)); diff != "" {
			t.Errorf("%s (-single +bulk)\n%s", path, diff)
		}
	}
}

// TestBulkBatches has creations that need nothing of each other reach the store at once, and no others.
func TestBulkBatches(t *testing.T) {
	t.Parallel()
	user := func(n int) string { return post("/Users", fmt.Sprint("u", n), fmt.Sprintf(`{"userName":"%d"}`, n)) }
	group := post("/Groups", "g", `{"displayName":"g","members":[{"value":"bulkId:u2"}]}`)
	for _, tc := range [...]struct {
		name, limit string
		operations  []string
		want        []string
	}{
		{"users", "", []string{user(1), user(2), user(3)}, []string{"CreateAll 3"}},
		{"users and a group", "", []string{user(1), user(2), group, user(3), user(4)}, []string{"CreateAll 2", "CreateAll 1", "CreateAll 2"}},
		{"a group before", "", []string{group, user(1), user(2), user(3)}, []string{"CreateAll 2", "CreateAll 1", "CreateAll 1"}},
		{"another operation between", "", []string{user(1), `{"method":"DELETE","path":"/Users/x"}`, user(2)}, []string{"CreateAll 1", "Delete", "CreateAll 1"}},
		{"what is refused before", "", []string{user(1), post("/Users", "x", `{}`), user(2)}, []string{"CreateAll 2"}},
		{"as many as may fail", `"failOnErrors":2,`, []string{user(1), user(2), user(3), user(4), user(5)}, []string{"CreateAll 2", "CreateAll 2", "CreateAll 1"}},
	} {
		w := &watched{Store: memstore.New()}
		newService(t, w, scim.Auto).results(bulkBody(tc.limit, tc.operations...))
		if diff := cmp.Diff(tc.want, w.calls); diff != "" {
			t.Errorf("%s (-want +got)\n%s", tc.name, diff)
		}
	}
}

// CreateAll notes how many drafts come, and fails on all of them where Create is to fail.
func (w *watched) CreateAll(ctx context.Context, t *schema.ResourceType, drafts []provider.Draft, read provider.Read) []provider.Created {
	if err := w.call(fmt.Sprint("CreateAll ", len(drafts)), read.Relation); err != nil {
		created := make([]provider.Created, len(drafts))
		for i := range created {
			created[i].Err = err
		}
		return created
	}
	return w.Store.CreateAll(ctx, t, drafts, read)
}

// TestBulkStoreFails has the store fail: on one operation, which is told of it, and on one after another, whereupon the
// rest is not tried.
func TestBulkStoreFails(t *testing.T) {
	t.Parallel()
	failure := errors.New("the disk is on fire")
	remove := func(id string) string { return `{"method":"DELETE","path":"/Users/` + id + `"}` }
	open := func(times int) (*service, *watched, string) {
		w := &watched{Store: memstore.New(), fail: map[string]error{"Delete": failure}, left: times}
		s := newService(t, w, scim.Auto)
		return s, w, s.create("/Users", `{"userName":"ada"}`)
	}
	s, _, ada := open(1)
	a := s.do("POST", "/Bulk", bulkBody("", remove(ada), remove(ada))).is(t, 200)
	if strings.Contains(string(a.Body), "fire") || a.Operations[0].Status != 500 || !errors.Is(a.Operations[0].Error, failure) || a.Operations[1].Status != 204 {
		t.Errorf("%s %+v", a.Body, a.Operations)
	}
	s, w, ada := open(9)
	s.Failure = func(err error) *scim.Error { return &scim.Error{Status: 503, Detail: "away", Err: err} }
	w.calls = nil
	results := s.want(bulkBody("", post("/Users", "1", `{"userName":"x"}`), remove(ada), remove(ada), remove(ada), remove(ada), post("/Users", "2", `{"userName":"y"}`)),
		"201, 503, 503, 503, 503, 503")
	if len(w.calls) != 4 || results[1].Response.Detail != "away" || !strings.Contains(results[5].Response.Detail, "not tried") {
		t.Errorf("%v, %+v", w.calls, results)
	}
	s, _, ada = open(9)
	if a := s.do("POST", "/Bulk", bulkBody("", remove(ada), remove(ada), remove(ada), remove(ada))); !errors.Is(a.err, failure) || a.Status != 500 {
		t.Errorf("nothing could be done: %v %s", a.err, a.Body)
	}
}

// TestBulkTime has the clock of the tests go on with every operation: after a minute the rest is not tried.
func TestBulkTime(t *testing.T) {
	t.Parallel()
	results := inMemory(t).results(bulkBody("", slices.Repeat([]string{`{"method":"DELETE","path":"/Users/nobody"}`}, 100)...))
	tried := slices.IndexFunc(results, func(r result) bool { return r.Status == "503" })
	if len(results) != 100 || tried < 20 || tried > 60 || results[99].Status != "503" {
		t.Errorf("%d of %d were tried", tried, len(results))
	}
}

// TestBulkClientGone has the client hang up in the middle: what was done is counted, the rest is not done.
func TestBulkClientGone(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	s := newService(t, &hangUp{memstore.New(), cancel}, scim.Auto)
	ada := s.create("/Users", `{"userName":"ada"}`)
	remove := `{"method":"DELETE","path":"/Users/` + ada + `"}`
	response, err := s.Serve(ctx, provider.Request{Method: "POST", Path: "/Bulk", Body: []byte(bulkBody("", remove, post("/Users", "1", `{"userName":"x"}`)))})
	if !errors.Is(err, context.Canceled) || response.Body != nil || len(response.Operations) != 2 || response.Operations[0].Status != 204 || response.Operations[1].Status != 503 {
		t.Errorf("%v %+v", err, response)
	}
	if total := s.do("GET", "/Users?count=0", "").object(t)["totalResults"]; total != 0.0 {
		t.Errorf("%v users", total)
	}
}

// hangUp is a store whose client goes when the first resource is deleted.
type hangUp struct {
	*memstore.Store
	gone func()
}

func (h *hangUp) Delete(ctx context.Context, t *schema.ResourceType, deletion provider.Deletion) error {
	h.gone()
	return h.Store.Delete(ctx, t, deletion)
}
