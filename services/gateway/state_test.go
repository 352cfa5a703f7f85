package gateway_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/tenancy"
)

// route is a request that an active tenant with a user and a group takes.
type route struct {
	method, path, body string
	status             int
}

// routes has one request for each thing that the provider does. Those that delete come last.
func routes(user, group string) []route {
	return []route{
		{"GET", "/Users", "", 200},
		{"GET", "/Users?" + where(`userName eq "ada" and active eq true`), "", 200},
		{"GET", "/Users?count=0", "", 200},
		{"GET", "/Groups?excludedAttributes=members", "", 200},
		{"GET", "/Groups?" + where(`members eq "`+user+`"`), "", 200},
		{"GET", "/Users/" + user, "", 200},
		{"GET", "/Users/" + user + "?attributes=id", "", 200},
		{"GET", "/Groups/" + group, "", 200},
		{"HEAD", "/Groups/" + group, "", 200},
		{"POST", "/Users", `{"userName":"new"}`, 201},
		{"POST", "/Groups", `{"displayName":"New"}`, 201},
		{"POST", "/Groups", object{"displayName": "New with members", "members": elements([]string{user})}.String(), 201},
		{"PUT", "/Users/" + user, `{"userName":"ada","title":"put"}`, 200},
		{"PUT", "/Groups/" + group, `{"displayName":"Put","members":[]}`, 200},
		{"PATCH", "/Users/" + user, patch(op("replace", "title", "patched")), 200},
		{"PATCH", "/Groups/" + group, patch(op("add", "members", elements([]string{user}))), 204},
		{"PATCH", "/Groups/" + group, patch(op("replace", "displayName", "Patched")), 204},
		{"PATCH", "/Groups/" + group, patch(op("remove", `members[type eq "User"]`, nil)), 204},
		{"DELETE", "/Groups/" + group, "", 204},
		{"DELETE", "/Users/" + user, "", 204},
	}
}

// TestState has a running gateway follow a tenant's state by notification.
func TestState(t *testing.T) {
	t.Parallel()
	s := start(t, 2)
	c, other := s.client(t, 0), s.client(t, 1)
	ada := c.user("ada")
	group := c.group("Engineers", ada)
	before := s.snapshot(t, c.tenant)
	stranger := c.as(s.nobodysToken(t))
	unknown := stranger.send("GET", "/Users", "").is(t, 401)
	set := func(state tenancy.State, status int) {
		t.Helper()
		var err error
		if state == tenancy.StateDeleting {
			_, err = s.manager.Delete(t.Context(), c.tenant.ID, time.Hour)
		} else if tenant, _ := s.manager.ByID(t.Context(), c.tenant.ID); tenant.State == tenancy.StateDeleting {
			_, err = s.manager.Undelete(t.Context(), c.tenant.ID)
		} else {
			err = s.manager.SetState(t.Context(), c.tenant.ID, state)
		}
		if err != nil {
			t.Fatal(err)
		}
		fixture.Eventually(t, "the gateway sees that the tenant is "+string(state), func() bool { return c.send("GET", "/Users", "").status == status })
	}
	for _, refused := range [...]struct {
		state  tenancy.State
		status int
		retry  string
		says   string
	}{
		{tenancy.StateSuspended, 403, "", "is suspended"},
		{tenancy.StatePaused, 503, "10", "is paused"},
		{tenancy.StateDeleting, 403, "", "is being deleted"},
		{tenancy.StateSuspended, 403, "", "is suspended"},
	} {
		set(refused.state, refused.status)
		for _, r := range append(routes(ada, group), route{"GET", "/Schemas", "", 200}, route{"GET", "/Nothing", "", 404}, route{"POST", "/Bulk", "", 400}) {
			a := c.send(r.method, r.path, r.body)
			if a.status != refused.status || a.header.Get("Retry-After") != refused.retry || r.method != "HEAD" && !strings.Contains(string(a.body), refused.says) {
				t.Errorf("%s %s of a tenant that is %s: Retry-After %q, %s", r.method, r.path, refused.state, a.header.Get("Retry-After"), a)
			}
		}
		other.send("GET", "/Users", "").is(t, 200)
		told := stranger.send("GET", "/Users", "").is(t, 401)
		if diff := cmp.Diff(visible(unknown), visible(told)); diff != "" {
			t.Errorf("a stranger learns that the tenant is %s (-active +now):\n%s", refused.state, diff)
		}
		set(tenancy.StateActive, 200)
	}
	if diff := cmp.Diff(before, s.snapshot(t, c.tenant)); diff != "" {
		t.Errorf("a tenant that was not active has changed (-before +after):\n%s", diff)
	}
	for _, r := range routes(ada, group) {
		c.send(r.method, r.path, r.body).is(t, r.status)
	}
	set(tenancy.StateDeleting, 403)
	if err := s.manager.Purge(t.Context(), c.tenant.ID); err != nil {
		t.Fatal(err)
	}
	fixture.Eventually(t, "the gateway sees that the tenant is gone", func() bool { return c.send("GET", "/Users", "").status == 404 })
	unknownHost := *c
	unknownHost.host = "nobody." + domain
	if diff := cmp.Diff(visible(unknownHost.send("GET", "/Users", "")), visible(c.send("GET", "/Users", ""))); diff != "" {
		t.Errorf("a tenant that was deleted is told from one that never was (-never +now):\n%s", diff)
	}
}

// visible is what a client can tell two answers apart by, but for the time and the id of the request.
func visible(a answer) any {
	header := a.header.Clone()
	header.Del("Date")
	header.Del("X-Request-Id")
	return struct {
		Status int
		Header http.Header
		Body   string
	}{a.status, header, string(a.body)}
}
