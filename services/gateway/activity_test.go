package gateway_test

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/services/gateway"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/activity"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/ratelimit"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// counting is a server that counts the requests of its tenants.
type counting struct {
	*server
	recorder *activity.Recorder
}

func startCounting(t *testing.T, n int, configure ...func(*gateway.Config)) counting {
	t.Helper()
	db, tenants := pgtest.Tenants(t, n)
	recorder := activity.New(activity.Config{DB: db})
	configure = append(configure, func(c *gateway.Config) { c.Activity = recorder })
	return counting{serve(t, db, tenants, db, directory.New(db, &journal.Recorder{DB: db}), configure...), recorder}
}

// counts are how many requests of each kind a tenant had, as "User create accepted: 1", in order.
func (s counting) counts(t *testing.T, tenant tenancy.Tenant) []string {
	t.Helper()
	if err := s.recorder.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	list, err := activity.Since(t.Context(), s.db, tenantdb.SchemaFor(tenant.ID), time.Unix(0, 0))
	if err != nil {
		t.Fatal(err)
	}
	sum := make(map[string]int64)
	for _, c := range list {
		sum[fmt.Sprintf("%s %s %s", cmp.Or(c.Resource, "-"), c.Action, c.Outcome)] += c.Count
		if c.Duration < 0 || c.Duration > time.Minute*time.Duration(c.Count) {
			t.Errorf("%+v", c)
		}
	}
	lines := []string{}
	for kind, n := range sum {
		lines = append(lines, fmt.Sprintf("%s: %d", kind, n))
	}
	slices.Sort(lines)
	return lines
}

func (s counting) want(t *testing.T, tenant tenancy.Tenant, want ...string) {
	t.Helper()
	slices.Sort(want)
	if diff := gocmp.Diff(want, s.counts(t, tenant)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What a provider asks for is counted in the words of the journal where it was done, and otherwise by the method.
func TestActivity(t *testing.T) {
	t.Parallel()
	s := startCounting(t, 2)
	c := s.client(t, 0)
	ada, grace := c.user("ada"), c.user("grace")
	group := c.group("Engineers", ada)
	user := "/Users/" + ada
	send := func(status int, method, path, body string) {
		t.Helper()
		c.send(method, path, body).is(t, status)
	}
	send(200, "PATCH", user, patch(op("replace", "title", "Countess")))
	send(200, "PATCH", user, patch(op("replace", "title", "Countess"))) // unchanged
	send(200, "PATCH", user, patch(op("replace", "active", false)))
	send(200, "PATCH", user, patch(op("replace", "active", true)))
	send(204, "PATCH", "/Groups/"+group, patch(op("add", "members", elements([]string{grace}))))
	send(204, "PATCH", "/Groups/"+group, patch(op("remove", fmt.Sprintf("members[value eq %q]", grace), nil)))
	send(204, "DELETE", "/Users/"+grace, "")
	send(404, "DELETE", "/Users/"+grace, "")
	send(409, "POST", "/Users", object{"userName": "ada"}.String())
	send(400, "PATCH", user, patch(op("replace", "shoeSize", 7)))
	send(400, "PATCH", "/Groups/"+group, patch(op("add", "members", elements([]string{uuid.NewString()}))))
	send(200, "GET", user, "")
	send(404, "GET", "/Users/"+uuid.NewString(), "")
	send(200, "GET", "/Users?filter="+url.QueryEscape(`userName eq "ada"`), "")
	send(200, "POST", "/Users/.search", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"]}`)
	send(200, "GET", "/", "")
	send(200, "GET", "/Schemas", "")
	send(404, "GET", "/Nothing", "")
	send(405, "PUT", "/Users", `{}`)
	c.as("wrong").send("GET", "/Users", "").is(t, 401)
	c.as("").send("GET", "/Users", "").is(t, 401)                 // nobody
	c.as("").send("GET", "/ServiceProviderConfig", "").is(t, 200) // a stranger
	s.want(t, c.tenant,
		"User create accepted: 2", "Group create accepted: 1",
		"User update accepted: 1", "User update unchanged: 1", "User disable accepted: 1", "User restore accepted: 1",
		"Group member_add accepted: 1", "Group member_remove accepted: 1",
		"User delete accepted: 1", "User delete refused: 1", "User create refused: 1", "User update refused: 2", "Group reference refused: 1",
		"User read accepted: 3", "User read refused: 1", "- read accepted: 1", "- other accepted: 1", "- other refused: 1",
		"- authenticate unauthorized: 1",
	)
	if got := s.counts(t, s.tenants[1]); len(got) != 0 {
		t.Errorf("another tenant has %v", got)
	}
}

// A bulk counts as what it holds, and once more as itself.
func TestActivityOfBulk(t *testing.T) {
	t.Parallel()
	s := startCounting(t, 1)
	c := s.client(t, 0)
	ada := c.user("ada")
	bulk := func(operations ...any) string {
		return object{"schemas": array("urn:ietf:params:scim:api:messages:2.0:BulkRequest"), "Operations": operations}.String()
	}
	c.send("POST", "/Bulk", bulk(
		object{"method": "POST", "path": "/Users", "bulkId": "1", "data": object{"userName": "grace"}},
		object{"method": "POST", "path": "/Users", "bulkId": "2", "data": object{"userName": "linus"}},
		object{"method": "POST", "path": "/Users", "bulkId": "3", "data": object{"userName": "ada"}},
		object{"method": "PATCH", "path": "/Users/" + ada, "data": object{"Operations": array(op("replace", "active", false))}},
		object{"method": "PATCH", "path": "/Users/" + ada, "data": object{"Operations": array(op("replace", "active", false))}},
		object{"method": "DELETE", "path": "/Users/" + uuid.NewString()},
		object{"method": "POST", "path": "/Groups", "bulkId": "4", "data": object{"displayName": "x", "members": elements([]string{uuid.NewString()})}},
	)).is(t, http.StatusOK)
	c.send("POST", "/Bulk", `{"Operations":7}`).is(t, http.StatusBadRequest)
	s.want(t, c.tenant, "User create accepted: 3", "User create refused: 1", "User disable accepted: 1", "User update unchanged: 1",
		"User delete refused: 1", "Group reference refused: 1", "- other accepted: 1", "- other refused: 1")
}

// Refusals that are not the provider's are told apart: for the rate, and for the state of the tenant.
func TestActivityOfRefused(t *testing.T) {
	t.Parallel()
	s := startCounting(t, 1, func(c *gateway.Config) {
		one := ratelimit.Rate{PerSecond: 0.0001, Burst: 1}
		c.Rates = &gateway.Rates{
			Tenant: func(string) ratelimit.Limits {
				return ratelimit.Limits{Read: ratelimit.NoLimit(), Write: one, Bulk: one}
			},
			Issue:    one,
			Failures: ratelimit.Rate{PerSecond: 100, Burst: 100},
			Public:   one,
		}
	})
	c := s.client(t, 0)
	c.user("ada")
	c.send("POST", "/Groups", `{}`).is(t, http.StatusTooManyRequests)
	if err := s.manager.SetState(t.Context(), c.tenant.ID, tenancy.StateSuspended); err != nil {
		t.Fatal(err)
	}
	fixture.Eventually(t, "the tenant is suspended", func() bool { return c.send("GET", "/Users", "").status == http.StatusForbidden })
	counts := s.counts(t, c.tenant)
	if !slices.Contains(counts, "User read forbidden: 1") {
		t.Errorf("counted are %v", counts)
	}
	counts = slices.DeleteFunc(counts, func(line string) bool { return strings.HasPrefix(line, "User read ") }) // as it took to hear of it
	if diff := gocmp.Diff([]string{"Group create limited: 1", "User create accepted: 1"}, counts); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	c.send("DELETE", "/Users/"+uuid.NewString(), "").is(t, http.StatusForbidden)
	if counts := s.counts(t, c.tenant); !slices.Contains(counts, "User delete forbidden: 1") {
		t.Errorf("counted are %v", counts)
	}
}

// How far a client has read a list is counted.
func TestActivityOfPages(t *testing.T) {
	t.Parallel()
	s := startCounting(t, 1)
	c := s.client(t, 0)
	for i := range 5 {
		c.user(fmt.Sprintf("user-%d", i))
	}
	c.send("GET", "/Users?startIndex=1&count=2", "").is(t, 200)
	c.send("GET", "/Users?startIndex=3&count=2", "").is(t, 200)
	c.send("GET", "/Users?filter=userName+pr", "").is(t, 200)
	s.want(t, c.tenant, "User create accepted: 5", "User read accepted: 3")
	var position, total int
	if err := s.db.QueryRow(`SELECT max(position), max(total) FROM `+tenantdb.SchemaFor(c.tenant.ID).Table("activity")).Scan(&position, &total); err != nil {
		t.Fatal(err)
	}
	if position != 4 || total != 5 {
		t.Errorf("read were %d of %d, want 4 of 5", position, total)
	}
}

// The time of a change has that of its statement, and a bulk's is counted once, whatever it holds.
func TestActivityTakesTime(t *testing.T) {
	t.Parallel()
	s := startCounting(t, 2)
	c, bulky := s.client(t, 0), s.client(t, 1)
	id := c.user("ann")
	release, blocked := s.hold(t, tenantdb.SchemaFor(c.tenant.ID).Table("users"))
	answered := make(chan answer, 1)
	go func() {
		answered <- c.send("PATCH", "/Users/"+id, `{"schemas":["`+patchSchema+`"],"Operations":[{"op":"replace","path":"title","value":"Engineer"}]}`)
	}()
	blocked()
	since := time.Now()
	fixture.Eventually(t, "the change has waited", func() bool { return time.Since(since) > 20*time.Millisecond })
	waited := time.Since(since)
	release()
	(<-answered).is(t, http.StatusOK)
	if took := s.took(t, c.tenant)["User update"]; took < waited {
		t.Errorf("a change that waited for %s is counted with %s", waited, took)
	}
	bulky.send("POST", "/Bulk", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[
		{"method":"POST","path":"/Users","bulkId":"a","data":{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"a"}},
		{"method":"POST","path":"/Groups","bulkId":"b","data":{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"b"}}]}`).is(t, http.StatusOK)
	s.want(t, bulky.tenant, "- other accepted: 1", "User create accepted: 1", "Group create accepted: 1")
	took := s.took(t, bulky.tenant)
	if took[" other"] <= 0 || took["User create"] != 0 || took["Group create"] != 0 {
		t.Errorf("a bulk is counted with %v", took)
	}
}

// took is how long the requests of a tenant took together, by resource and action.
func (s counting) took(t *testing.T, tenant tenancy.Tenant) map[string]time.Duration {
	t.Helper()
	if err := s.recorder.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	list, err := activity.Since(t.Context(), s.db, tenantdb.SchemaFor(tenant.ID), time.Unix(0, 0))
	if err != nil {
		t.Fatal(err)
	}
	sum := make(map[string]time.Duration)
	for _, c := range list {
		sum[c.Resource+" "+string(c.Action)] += c.Duration
	}
	return sum
}

// An OAuth client whose secret is wrong is not heard of otherwise.
func TestActivityOfIssue(t *testing.T) {
	t.Parallel()
	s := startCounting(t, 1)
	c := s.client(t, 0)
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {uuid.NewString()}, "client_secret": {"wrong"}}
	if answer := c.form(form); answer.status != http.StatusUnauthorized {
		t.Fatalf("status %d: %s", answer.status, answer.body)
	}
	s.want(t, c.tenant, "- authenticate unauthorized: 1")
}

// Who shows nothing is no provider, and does not touch the tenant's health; who shows something wrong may be one.
func TestActivityOfNobody(t *testing.T) {
	t.Parallel()
	s := startCounting(t, 1)
	c := s.client(t, 0)
	for _, path := range [...]string{"/Users", "/nothing", "/ServiceProviderConfig"} {
		c.send("GET", path, "", "Authorization", "")
	}
	c.send("GET", "/Users", "", "Authorization", "Basic YWRhOnBhc3N3b3Jk").is(t, 401)
	s.want(t, c.tenant, "- authenticate unauthorized: 1")
}
