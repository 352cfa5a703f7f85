package gateway_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/tenancy/journal"
)

// changesOf are the entry's changed attributes as "path: old → new".
func changesOf(t *testing.T, e journal.Entry) []string {
	t.Helper()
	var detail struct {
		Changes []struct {
			Path     string
			Old, New any
		}
		Added, Removed []string
	}
	if err := json.Unmarshal(e.Detail, &detail); err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, c := range detail.Changes {
		list = append(list, fmt.Sprintf("%s: %v → %v", c.Path, c.Old, c.New))
	}
	if len(detail.Added)+len(detail.Removed) > 0 {
		list = append(list, fmt.Sprintf("members: +%d -%d", len(detail.Added), len(detail.Removed)))
	}
	return list
}

// TestJournalActions has what a change came to in the journal, in whatever dialect it was asked for: who may use the service
// is told by disable and restore.
func TestJournalActions(t *testing.T) {
	t.Parallel()
	c := start(t, 1).client(t, 0)
	ada, bob := c.user("ada"), c.user("bob")
	user, group := "/Users/"+ada, "/Groups/"+c.group("Engineers")
	bulk := func(method, path string, data any) string {
		o := object{"method": method, "path": path}
		if data != nil {
			o["data"] = data
		}
		return object{"Operations": array(o)}.String()
	}
	raw := func(body string) json.RawMessage { return json.RawMessage(body) }
	member := func(id string) []any { return array(object{"$ref": nil, "value": id}) }
	for _, tc := range [...]struct {
		name, method, path, body string
		action                   journal.Action // "": nothing has changed
		changes                  []string
	}{
		{"Entra disables", "PATCH", user, patch(op("Replace", "active", "False")), "disable", []string{"active: true → false"}},
		{"Entra disables again", "PATCH", user, patch(op("Replace", "active", "False")), "", nil},
		{"Entra restores, and changes more", "PATCH", user, patch(op("Replace", "active", "True"), op("Add", "title", "Countess")), "restore", []string{"title: <nil> → Countess", "active: false → true"}},
		{"Entra disables with the flag", "PATCH", user, patch(op("replace", "", object{"active": false, "title": "Lady"})), "disable", []string{"title: Countess → Lady", "active: true → false"}},
		{"Entra restores by Add", "PATCH", user, patch(op("Add", "active", "true")), "restore", []string{"active: false → true"}},
		{"Okta disables without a path", "PATCH", user, patch(op("replace", "", object{"active": "false"})), "disable", []string{"active: true → false"}},
		{"Okta restores by PUT", "PUT", user, object{"userName": "ada", "title": "Lady", "active": true}.String(), "restore", []string{"active: false → true"}},
		{"Okta disables by PUT", "PUT", user, object{"userName": "ada", "title": "Lady", "active": false}.String(), "disable", []string{"active: true → false"}},
		{"a PUT that says nothing of it", "PUT", user, object{"userName": "ada", "title": "x"}.String(), "update", []string{"title: Lady → x"}},
		{"a bulk restores", "POST", "/Bulk", bulk("PATCH", user, raw(patch(op("replace", "active", true)))), "restore", []string{"active: false → true"}},
		{"a bulk disables by a text", "POST", "/Bulk", bulk("patch", user, raw(patch(op("Replace", "active", "False")))), "disable", []string{"active: true → false"}},
		{"a bulk restores by PUT", "POST", "/Bulk", bulk("PUT", user, object{"userName": "ada", "title": "x", "active": "True"}), "restore", []string{"active: false → true"}},
		{"by its URN", "PATCH", user, patch(op("Replace", userSchema+":active", "False")), "disable", []string{"active: true → false"}},
		{"clearing is no change", "PATCH", user, patch(op("Remove", "active", nil)), "", nil},

		{"Entra adds a member", "PATCH", group, patch(op("Add", "members", member(ada))), "member_add", []string{"members: +1 -0"}},
		{"Entra adds it again", "PATCH", group, patch(op("Add", "members", member(ada))), "", nil},
		{"Okta adds a member", "PATCH", group, patch(op("add", "members", array(object{"value": bob, "display": "bob"}))), "member_add", []string{"members: +1 -0"}},
		{"Entra removes a member", "PATCH", group, patch(op("Remove", "members", member(ada))), "member_remove", []string{"members: +0 -1"}},
		{"Entra removes a member with the flag", "PATCH", group, patch(op("remove", `members[value eq "`+bob+`"]`, nil)), "member_remove", []string{"members: +0 -1"}},
		{"a bulk adds members", "POST", "/Bulk", bulk("PATCH", group, raw(patch(op("add", "members", elements([]string{ada, bob}))))), "member_add", []string{"members: +2 -0"}},
		{"a bulk removes a member", "POST", "/Bulk", bulk("PATCH", group, raw(patch(op("Remove", "members", member(bob))))), "member_remove", []string{"members: +0 -1"}},
		{"one comes and one goes", "PATCH", group, patch(op("add", "members", member(bob)), op("remove", `members[value eq "`+ada+`"]`, nil)), "update", []string{"members: +1 -1"}},
		{"Okta pushes a group", "PUT", group, object{"displayName": "Builders", "members": elements([]string{ada})}.String(), "update", []string{"displayName: Engineers → Builders", "members: +1 -1"}},
		{"a bulk deletes", "POST", "/Bulk", bulk("DELETE", group, nil), "delete", nil},
		{"the last", "DELETE", user, "", "delete", nil},
	} {
		a := c.send(tc.method, tc.path, tc.body)
		if a.status >= 400 {
			t.Fatalf("%s: %s", tc.name, a)
		}
		want := 1
		if tc.action == "" {
			want = 0
		}
		entries := c.entries(journal.Query{RequestID: a.header.Get("X-Request-Id")}, want)
		if want != len(entries) || want == 0 {
			continue
		}
		if diff := cmp.Diff(tc.action, entries[0].Action); diff != "" {
			t.Errorf("%s (-want +got)\n%s%s", tc.name, diff, a)
		}
		if tc.action == "delete" {
			continue
		}
		if diff := cmp.Diff(tc.changes, changesOf(t, entries[0])); diff != "" {
			t.Errorf("%s (-want +got)\n%s%s", tc.name, diff, entries[0].Detail)
		}
	}
}

// TestJournalHoldsNoPassword sends a password in every way in which one is accepted, and looks for it in all that the tenant
// has, and in the log.
func TestJournalHoldsNoPassword(t *testing.T) {
	t.Parallel()
	s := journaled(t)
	c := s.client(t, 0)
	const secret = "hunter2-4711"
	user := func(name string) object {
		return object{"schemas": array(userSchema), "userName": name, "PASSWORD": secret, userSchema + ":password": secret}
	}
	id := c.send("POST", "/Users", user("ada").String()).is(t, 201).id(t)
	put := user("ada")
	put["title"] = "put"
	c.send("PUT", "/Users/"+id, put.String()).is(t, 200)
	for i, o := range []object{
		op("replace", "password", secret), op("Add", "Password", secret), op("replace", userSchema+":password", secret),
		op("replace", "", object{"password": secret}), op("replace", "", object{userSchema + ":password": secret}),
		op("replace", "", object{userSchema: object{"password": secret}}), op("replace", userSchema, object{"password": secret}),
	} {
		c.send("PATCH", "/Users/"+id, patch(o, op("replace", "title", fmt.Sprint(i)))).is(t, 200)
		c.send("PATCH", "/Users/"+id, patch(o, op("replace", "active", "perhaps"))).is(t, 400)
	}
	c.send("PATCH", "/Users/"+id, patch(op("remove", "password", nil))).is(t, 200)
	for _, o := range c.bulk(
		operation{Method: "POST", Path: "/Users", BulkID: "1", Data: user("grace")},
		operation{Method: "PUT", Path: "/Users/" + id, Data: user("ada")},
		operation{Method: "PATCH", Path: "/Users/" + id, Data: json.RawMessage(patch(op("replace", "password", secret), op("replace", "title", "bulk")))},
		operation{Method: "POST", Path: "/Users", BulkID: "2", Data: user("ADA")},
	)[:3] {
		if o.Status >= "300" {
			t.Errorf("%+v", o)
		}
	}
	last := c.send("POST", "/Users", user("ada").String()).is(t, 409)
	c.refusalOf(last)
	c.send("DELETE", "/Users/"+id, "").is(t, 204)
	rows := s.snapshot(t, c.tenant)
	if len(rows) < 20 {
		t.Fatalf("%d rows", len(rows))
	}
	for _, row := range append(rows, s.log.String()) {
		if strings.Contains(row, secret) {
			t.Errorf("the password is kept: %.2000s", row)
		}
	}
}
