package gateway_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/askspoke/spoke/scim/provider"
)

// operation is one operation of a bulk, as it is sent and as it comes back.
type operation struct {
	Method   string          `json:"method"`
	Path     string          `json:"path,omitempty"`
	BulkID   string          `json:"bulkId,omitempty"`
	Version  string          `json:"version,omitempty"`
	Data     any             `json:"data,omitempty"`
	Location string          `json:"location,omitempty"`
	Status   string          `json:"status,omitempty"`
	Response json.RawMessage `json:"response,omitempty"`
}

// bulk sends operations and returns what became of them.
func (c *client) bulk(operations ...operation) []operation {
	c.t.Helper()
	body := object{"schemas": array(provider.BulkRequestSchema), "Operations": operations}.String()
	a := c.send(http.MethodPost, "/Bulk", body).is(c.t, http.StatusOK)
	var message struct{ Operations []operation }
	if err := json.Unmarshal(a.body, &message); err != nil {
		c.t.Fatal(err)
	}
	for i, o := range message.Operations {
		if len(o.Response) > 0 {
			answer{status: http.StatusOK, header: a.header, body: o.Response}.tellsNothing(c.t)
		}
		if o.Method != operations[i].Method || o.BulkID != operations[i].BulkID {
			c.t.Errorf("operation %d is answered with %s %q", i, o.Method, o.BulkID)
		}
	}
	return message.Operations
}

// tellsNothing checks that an error lets nothing out.
func (a answer) tellsNothing(t testing.TB) {
	t.Helper()
	for _, leak := range leaks {
		if strings.Contains(string(a.body), leak) {
			t.Errorf("an error lets out %q: %s", leak, a.body)
		}
	}
}

// statusesOf are the statuses of operations.
func statusesOf(operations []operation) string {
	list := make([]string, len(operations))
	for i, o := range operations {
		list[i] = o.Status
	}
	return strings.Join(list, " ")
}

// TestBulk plays a bulk over Postgres that has each method, references in every direction and operations that fail, and
// looks at what it led to.
func TestBulk(t *testing.T) {
	t.Parallel()
	c := start(t, 1).client(t, 0)
	old, leaver := c.user("old"), c.user("leaver")
	managed := func(name, manager string) object {
		return object{"userName": name, enterpriseSchema: object{"manager": object{"value": manager}}}
	}
	results := c.bulk(
		operation{Method: "POST", Path: "/Groups", BulkID: "team", Data: object{"displayName": "Team", "members": elements([]string{"bulkId:ada", "bulkId:sub", old})}},
		operation{Method: "POST", Path: "/Users", BulkID: "ada", Data: managed("ada", "bulkId:bob")},
		operation{Method: "POST", Path: "/Users", BulkID: "bob", Data: managed("bob", "bulkId:ada")},
		operation{Method: "POST", Path: "/Groups", BulkID: "sub", Data: object{"displayName": "Sub"}},
		operation{Method: "PATCH", Path: "/Groups/bulkId:sub", Data: json.RawMessage(patch(op("add", "members", elements([]string{"bulkId:bob"}))))},
		operation{Method: "PATCH", Path: "/Groups/bulkId:team", Data: json.RawMessage(patch(op("remove", `members[value eq "`+old+`"]`, nil)))},
		operation{Method: "POST", Path: "/Users", BulkID: "again", Data: object{"userName": "ADA"}},
		operation{Method: "POST", Path: "/Groups", BulkID: "without", Data: object{"displayName": "x", "members": elements([]string{"bulkId:again"})}},
		operation{Method: "PUT", Path: "/Users/" + old, Version: `W/"1"`, Data: object{"userName": "older"}},
		operation{Method: "PUT", Path: "/Users/" + old, Version: `W/"1"`, Data: object{"userName": "oldest"}},
		operation{Method: "DELETE", Path: "/Users/" + leaver, Version: `W/"1"`},
		operation{Method: "DELETE", Path: "/Users/" + leaver},
	)
	if got, want := statusesOf(results), "201 201 201 201 204 204 409 409 200 412 204 404"; got != want {
		t.Fatalf("got  %s\nwant %s", got, want)
	}
	id := func(i int) string { return results[i].Location[strings.LastIndexByte(results[i].Location, '/')+1:] }
	team, ada, bob, sub := id(0), id(1), id(2), id(3)
	want := []string{ada, sub}
	slices.Sort(want)
	if got := values(c.send("GET", "/Groups/"+team, "").is(t, 200).object(t), "members"); !slices.Equal(got, want) {
		t.Errorf("members %q, want %q", got, want)
	}
	if got := values(c.send("GET", "/Groups/"+sub, "").is(t, 200).object(t), "members"); !slices.Equal(got, []string{bob}) {
		t.Errorf("members %q, want %s", got, bob)
	}
	for _, o := range results[:4] {
		path := o.Location[strings.Index(o.Location, "/scim/v2")+len("/scim/v2"):]
		c.send("GET", path, "").is(t, 200)
	}
}

// TestBulkLimits has the two limits that ServiceProviderConfig tells (RFC 7644 section 3.7.4), and a body that only a
// bulk may have.
func TestBulkLimits(t *testing.T) {
	t.Parallel()
	c := start(t, 1).client(t, 0)
	var config struct {
		Bulk struct{ MaxOperations, MaxPayloadSize int }
	}
	if err := json.Unmarshal(c.send("GET", "/ServiceProviderConfig", "").is(t, 200).body, &config); err != nil {
		t.Fatal(err)
	}
	operations := make([]operation, config.Bulk.MaxOperations, config.Bulk.MaxOperations+1)
	for i := range operations {
		operations[i] = operation{
			Method: "POST", Path: "/Users", BulkID: fmt.Sprint(i),
			Data: object{"userName": fmt.Sprintf("user %d", i), "title": strings.Repeat("x", 2000)},
		}
	}
	for i, o := range c.bulk(operations...) {
		if o.Status != "201" {
			t.Fatalf("operation %d: %s %s", i, o.Status, o.Response)
		}
	}
	body := object{"schemas": array(provider.BulkRequestSchema), "Operations": append(operations, operations[0])}.String()
	if detail := c.send("POST", "/Bulk", body).is(t, 413).failure(t).Detail; !strings.Contains(detail, fmt.Sprint("(", config.Bulk.MaxOperations, ")")) {
		t.Errorf("detail %q", detail)
	}
	body = `{"Operations":[],"x":"` + strings.Repeat("x", config.Bulk.MaxPayloadSize) + `"}`
	if detail := c.send("POST", "/Bulk", body).is(t, 413).failure(t).Detail; !strings.Contains(detail, fmt.Sprint(config.Bulk.MaxPayloadSize)) {
		t.Errorf("detail %q", detail)
	}
}
