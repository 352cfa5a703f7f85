package gateway_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/scim/schema"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/guard"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// users creates n users in bulk and returns their ids.
func (c *client) users(n int) []string {
	c.t.Helper()
	operations := make([]operation, n)
	for i := range operations {
		operations[i] = operation{Method: "POST", Path: "/Users", BulkID: fmt.Sprint(i), Data: object{"userName": fmt.Sprintf("user %d", i)}}
	}
	ids := make([]string, n)
	for i, o := range c.bulk(operations...) {
		if o.Status != "201" {
			c.t.Fatalf("operation %d: %s %s", i, o.Status, o.Response)
		}
		ids[i] = o.Location[strings.LastIndexByte(o.Location, '/')+1:]
	}
	return ids
}

// oldUsers creates n users as if that was long ago.
func (c *client) oldUsers(n int) []string {
	c.t.Helper()
	ids := c.users(n)
	for table, column := range map[string]string{"users": "created", "journal": "at"} {
		if _, err := c.server.db.ExecContext(c.t.Context(), `UPDATE `+c.schema().Table(table)+` SET `+column+` = $1`, time.Now().AddDate(0, 0, -9)); err != nil {
			c.t.Fatal(err)
		}
	}
	return ids
}

// TestHold deletes and disables users in every way that SCIM has until the guard holds it, with the default settings: of 60
// users the 20th is too many where that is more than 20 %, and 13 are.
func TestHold(t *testing.T) {
	t.Parallel()
	c := start(t, 1).client(t, 0)
	ids := c.oldUsers(60)
	group := c.group("G", ids...)
	disable := patch(op("replace", "active", false))
	for _, id := range ids[:4] {
		c.send("DELETE", "/Users/"+id, "").is(t, 204)
	}
	c.send("PATCH", "/Users/"+ids[4], disable).is(t, 200)
	c.send("PATCH", "/Users/"+ids[5], patch(op("Replace", "active", "False"), op("add", "title", "x"))).is(t, 200)
	c.send("PATCH", "/Users/"+ids[6], patch(op("replace", "", object{"active": false}))).is(t, 200)
	c.send("PUT", "/Users/"+ids[7], object{"userName": "user 7", "active": false, "title": "x"}.String()).is(t, 200)
	var removals []operation
	for _, id := range ids[8:19] {
		removals = append(removals, operation{Method: "DELETE", Path: "/Users/" + id})
	}
	if got := statusesOf(c.bulk(removals...)); got != strings.TrimSpace(strings.Repeat("204 ", 11)) {
		t.Fatal(got)
	}
	for range 3 { // it is disabled already, and is one leaver
		c.send("PATCH", "/Users/"+ids[4], disable).is(t, 200)
		c.send("PATCH", "/Users/"+ids[5], patch(op("replace", "active", true))).is(t, 200)
		c.send("PATCH", "/Users/"+ids[5], disable).is(t, 200)
	}

	a := c.send("DELETE", "/Users/"+ids[19], "").is(t, 503)
	if a.header.Get("Retry-After") != "3600" {
		t.Errorf("Retry-After %q", a.header.Get("Retry-After"))
	}
	hold := c.hold()
	for _, part := range []string{"20 of the 60 users that were there, within 1h", "at most 20 %", hold.ID, "admin console", "onboarding API"} {
		if detail := a.failure(t).Detail; !strings.Contains(detail, part) {
			t.Errorf("detail %q has no %q", detail, part)
		}
	}
	if want := (guard.Found{Rule: guard.RulePercent, Guard: hold.Found.Guard, Leavers: 20, ResourceType: "User", Resources: 20, Directory: 60, Actor: c.tokenID}); hold.Found != want {
		t.Errorf("%+v, want %+v", hold.Found, want)
	}

	// All of them are held now, each with what else it would change.
	for _, send := range []func(id string) answer{
		func(id string) answer { return c.send("DELETE", "/Users/"+id, "") },
		func(id string) answer { return c.send("PATCH", "/Users/"+id, disable) },
		func(id string) answer {
			return c.send("PATCH", "/Users/"+id, patch(op("Replace", "active", "False"), op("add", "title", "y")))
		},
		func(id string) answer {
			return c.send("PUT", "/Users/"+id, object{"userName": "renamed", "active": false}.String())
		},
	} {
		send(ids[20]).is(t, 503)
	}
	c.send("DELETE", "/Groups/"+group, "").is(t, 503)
	results := c.bulk(operation{Method: "DELETE", Path: "/Users/" + ids[21]},
		operation{Method: "PATCH", Path: "/Users/" + ids[22], Data: json.RawMessage(patch(op("replace", "title", "z")))},
		operation{Method: "PATCH", Path: "/Users/" + ids[22], Data: json.RawMessage(disable)})
	if got := statusesOf(results); got != "503 200 503" || !strings.Contains(string(results[0].Response), hold.ID) {
		t.Errorf("%s %s", got, results[0].Response)
	}
	if user := c.send("GET", "/Users/"+ids[20], "").is(t, 200).object(t); user["active"] != true || user["title"] != nil || user["userName"] != "user 20" {
		t.Errorf("a part of what is held was done: %v", user)
	}

	// Everything else goes on.
	c.send("DELETE", "/Users/"+ids[0], "").is(t, 404)
	c.send("DELETE", "/Users/x", "").is(t, 404)
	c.send("PATCH", "/Users/"+ids[4], disable).is(t, 200)
	c.send("PATCH", "/Users/"+ids[4], patch(op("replace", "active", true))).is(t, 200)
	c.send("PATCH", "/Groups/"+group, patch(op("remove", `members[value eq "`+ids[30]+`"]`, nil))).is(t, 204)
	c.user("new")

	held, err := guard.New(c.server.db, nil).Held(t.Context(), c.schema(), hold.ID, "", 100)
	if err != nil || len(held.Held) != 6 || c.hold().Noted != 6 {
		t.Errorf("%+v %v", held, err)
	}
	fixture.Eventually(t, "the event", func() bool { return strings.Contains(c.server.log.String(), `"guard held"`) })
	events := 0
	for line := range strings.Lines(c.server.log.String()) {
		if strings.Contains(line, `"guard held"`) {
			events++
			if !strings.Contains(line, `"level":"WARN"`) || !strings.Contains(line, `"leavers":20`) || !strings.Contains(line, string(c.tenant.Slug)) {
				t.Error(line)
			}
		} else if strings.Contains(line, `"level":"ERROR"`) {
			t.Errorf("what is held is no failure of ours: %s", line)
		}
	}
	if events != 1 {
		t.Errorf("%d events", events)
	}

	store := guard.New(c.server.db, nil)
	if _, err := store.Reject(t.Context(), c.schema(), hold.ID, "ada", time.Time{}); err != nil {
		t.Fatal(err)
	}
	if detail := c.send("DELETE", "/Users/"+ids[19], "").is(t, 403).failure(t).Detail; !strings.Contains(detail, "stays") || !strings.Contains(detail, hold.ID) {
		t.Error(detail)
	}
	c.send("PATCH", "/Users/"+ids[22], disable).is(t, 403)
	c.send("DELETE", "/Users/"+ids[23], "").is(t, 204)
	if _, err := store.Approve(t.Context(), c.schema(), hold.ID, "ada", time.Time{}); err != nil {
		t.Fatal(err)
	}
	for _, id := range ids[24:] {
		c.send("DELETE", "/Users/"+id, "").is(t, 204)
	}
	c.send("DELETE", "/Users/"+ids[19], "").is(t, 204)
	c.send("DELETE", "/Groups/"+group, "").is(t, 204)
}

func (c *client) schema() tenantdb.Schema { return tenantdb.SchemaFor(c.tenant.ID) }

// hold is the one that is open.
func (c *client) hold() guard.Hold {
	c.t.Helper()
	hold, err := guard.New(c.server.db, nil).Open(c.t.Context(), c.schema())
	if err != nil {
		c.t.Fatal(err)
	}
	return hold
}

// TestHoldCircle has a bulk whose circle fails while all deletions are held: what it made it takes back all the same.
func TestHoldCircle(t *testing.T) {
	t.Parallel()
	c := start(t, 1).client(t, 0)
	ids := c.oldUsers(25)
	for _, id := range ids[:19] {
		c.send("DELETE", "/Users/"+id, "").is(t, 204)
	}
	c.send("DELETE", "/Users/"+ids[19], "").is(t, 503)
	results := c.bulk(
		operation{Method: "POST", Path: "/Groups", BulkID: "a", Data: object{"displayName": "A", "members": elements([]string{"bulkId:b"})}},
		operation{Method: "POST", Path: "/Groups", BulkID: "b", Data: object{"displayName": "B", "members": elements([]string{"bulkId:a"})}},
	)
	if got := statusesOf(results); strings.Contains(got, "201") || strings.Contains(got, "500") {
		t.Errorf("%s %s", got, results[0].Response)
	}
	if n := c.send("GET", "/Groups", "").list(t).Total; n != 0 {
		t.Errorf("%d groups are left", n)
	}
}

// TestDeletedIsGone deletes a user and a group that can be restored: for SCIM there is nothing until they are.
func TestDeletedIsGone(t *testing.T) {
	t.Parallel()
	s := start(t, 1)
	c := s.client(t, 0)
	ada, bob := c.user("ada"), c.user("bob")
	group := c.group("G", ada, bob)
	outer := c.group("Outer", group)
	whole := c.send("GET", "/Users/"+ada, "").is(t, 200)
	etag := whole.header.Get("ETag")
	c.send("DELETE", "/Users/"+ada, "").is(t, 204)
	c.send("DELETE", "/Groups/"+group, "").is(t, 204)

	for path, body := range map[string]string{"/Users/" + ada: `{"userName":"ada"}`, "/Groups/" + group: `{"displayName":"G"}`} {
		c.send("GET", path, "").is(t, 404)
		c.send("PUT", path, body).is(t, 404)
		c.send("PATCH", path, patch(op("replace", "externalId", "x"))).is(t, 404)
		c.send("DELETE", path, "").is(t, 404)
		c.send("GET", path, "", "If-None-Match", etag).is(t, 404)
	}
	for _, path := range []string{`/Users?filter=userName+eq+"ada"`, `/Users?filter=id+eq+"` + ada + `"`, `/Groups?filter=displayName+eq+"G"`, `/Groups?filter=members.value+eq+"` + ada + `"`} {
		if l := c.send("GET", strings.ReplaceAll(path, `"`, "%22"), "").list(t); l.Total != 0 {
			t.Errorf("%s: %+v", path, l)
		}
	}
	if l := c.send("GET", "/Users", "").list(t); l.Total != 1 || l.IDs[0] != bob {
		t.Errorf("%+v", l)
	}
	if got := values(c.send("GET", "/Groups/"+outer, "").is(t, 200).object(t), "members"); len(got) != 0 {
		t.Errorf("members %v", got)
	}
	if got := values(c.send("GET", "/Users/"+bob, "").is(t, 200).object(t), "groups"); len(got) != 0 {
		t.Errorf("groups %v", got)
	}
	c.send("PATCH", "/Groups/"+outer, patch(op("add", "members", elements([]string{ada})))).is(t, 400)

	store := directory.New(s.db, &journal.Recorder{DB: s.db}).Store(c.schema(), true)
	types := []*schema.ResourceType{schema.User(schema.SpokeCustom()), schema.Group()}
	restore := func(id string) error {
		_, err := store.Restore(t.Context(), types, directory.Restoration{ID: id, At: time.Now()})
		return err
	}
	again := c.user("Ada") // the provider provisions her anew
	if err := restore(ada); err == nil || !strings.Contains(err.Error(), "taken") {
		t.Errorf("restored beside another user of that name: %v", err)
	}
	c.send("DELETE", "/Users/"+again, "").is(t, 204)
	if err := restore(ada); err != nil {
		t.Fatal(err)
	}
	if err := restore(group); err != nil {
		t.Fatal(err)
	}
	c.send("POST", "/Users", object{"userName": "ADA"}.String()).is(t, 409)
	was, is := whole.object(t), c.send("GET", "/Users/"+ada, "").is(t, 200)
	if creationOf(was) != creationOf(is.object(t)) || is.header.Get("ETag") == etag {
		t.Errorf("was %s, is %s", whole, is)
	}
	c.send("GET", "/Users/"+ada, "", "If-None-Match", etag).is(t, 200)
	// The group was deleted after she was, so it came back without her, and she without it.
	if got := values(c.send("GET", "/Groups/"+group, "").is(t, 200).object(t), "members"); len(got) != 1 || got[0] != bob {
		t.Errorf("members %v", got)
	}
	if got := values(c.send("GET", "/Groups/"+outer, "").is(t, 200).object(t), "members"); len(got) != 1 || got[0] != group {
		t.Errorf("members %v", got)
	}
	c.send(http.MethodPatch, "/Users/"+ada, patch(op("replace", "active", false))).is(t, 200)
}

func creationOf(user map[string]any) any {
	meta, _ := user["meta"].(map[string]any)
	return meta["created"]
}

// TestHoldCounted tells what is held from what fails and what is refused.
func TestHoldCounted(t *testing.T) {
	t.Parallel()
	s := startCounting(t, 1)
	c := s.client(t, 0)
	ids := c.oldUsers(25)
	for _, id := range ids[:19] {
		c.send("DELETE", "/Users/"+id, "").is(t, 204)
	}
	c.send("DELETE", "/Users/"+ids[19], "").is(t, 503)
	c.send("PATCH", "/Users/"+ids[20], patch(op("replace", "active", false))).is(t, 503)
	c.bulk(operation{Method: "DELETE", Path: "/Users/" + ids[21]})
	if _, err := guard.New(s.db, nil).Reject(t.Context(), c.schema(), c.hold().ID, "ada", time.Time{}); err != nil {
		t.Fatal(err)
	}
	c.send("DELETE", "/Users/"+ids[19], "").is(t, 403)
	s.want(t, c.tenant, "- other accepted: 2", "User create accepted: 25", "User delete accepted: 19", "User delete held: 2",
		"User update held: 1", "User delete refused: 1")
}
