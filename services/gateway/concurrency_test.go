package gateway_test

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// together sends requests at once and returns the answers in their order.
func (c *client) together(requests ...route) []answer {
	c.t.Helper()
	answers := make([]answer, len(requests))
	var begin, done sync.WaitGroup
	begin.Add(1)
	for i, r := range requests {
		done.Go(func() {
			begin.Wait()
			answers[i] = c.send(r.method, r.path, r.body)
		})
	}
	begin.Done()
	done.Wait()
	return answers
}

func statuses(answers []answer) []int {
	out := make([]int, len(answers))
	for i, a := range answers {
		out[i] = a.status
	}
	slices.Sort(out)
	return out
}

func TestEqualCreatesAtOnce(t *testing.T) {
	t.Parallel()
	s := start(t, 1)
	c := s.client(t, 0)
	for i := range 20 {
		user := route{"POST", "/Users", fmt.Sprintf(`{"userName":"ada-%d"}`, i), 201}
		group := route{"POST", "/Groups", fmt.Sprintf(`{"displayName":"Engineers %d"}`, i), 201}
		for _, r := range [...]route{user, group} {
			if diff := cmp.Diff([]int{201, 409}, statuses(c.together(r, r))); diff != "" {
				t.Errorf("two of %s (-want +got):\n%s", r.body, diff)
			}
		}
	}
	if users, groups := c.send("GET", "/Users", "").list(t).Total, c.send("GET", "/Groups", "").list(t).Total; users != 20 || groups != 20 {
		t.Errorf("%d users and %d groups, want 20 of each", users, groups)
	}
	if got := len(s.journal(t, c.tenant)); got != 40 {
		t.Errorf("the journal has %d rows, want 40", got)
	}
}

func TestMembersAtOnce(t *testing.T) {
	t.Parallel()
	s := start(t, 1)
	c := s.client(t, 0)
	var leaving, coming []string
	for i := range 20 {
		leaving = append(leaving, c.user(fmt.Sprintf("leaving-%d", i)))
		coming = append(coming, c.user(fmt.Sprintf("coming-%d", i)))
	}
	group := c.group("Engineers", leaving...)
	var requests []route
	for i := range coming {
		requests = append(requests,
			route{"PATCH", "/Groups/" + group, patch(op("Add", "members", elements(coming[i:i+1]))), 204},
			route{"PATCH", "/Groups/" + group, patch(op("Remove", "members", elements(leaving[i:i+1]))), 204},
		)
	}
	for _, a := range c.together(requests...) {
		a.is(t, 204)
	}
	slices.Sort(coming)
	if diff := cmp.Diff(coming, c.members(group)); diff != "" {
		t.Errorf("members (-want +got):\n%s", diff)
	}
	if got := c.send("GET", "/Groups/"+group, "").header.Get("ETag"); got != `W/"41"` {
		t.Errorf("after 40 changes of the first version the ETag is %s", got)
	}
}

// TestMembersAndDeletesAtOnce has members deleted while they are added: each request is answered, and none is left in
// the group who is not there.
func TestMembersAndDeletesAtOnce(t *testing.T) {
	t.Parallel()
	s := start(t, 1)
	c := s.client(t, 0)
	group := c.group("Engineers")
	var requests []route
	for i := range 10 {
		id := c.user(fmt.Sprintf("user-%d", i))
		requests = append(requests,
			route{"PATCH", "/Groups/" + group, patch(op("Add", "members", elements([]string{id}))), 204},
			route{"DELETE", "/Users/" + id, "", 204},
		)
	}
	for i, a := range c.together(requests...) {
		if i%2 == 1 {
			a.is(t, 204)
		} else if a.status != 204 && a.status != 400 { // unknown already
			t.Errorf("adding a member that is being deleted: %s", a)
		}
	}
	if diff := cmp.Diff([]string{}, c.members(group)); diff != "" {
		t.Errorf("members who are deleted (-want +got):\n%s", diff)
	}
}

// TestPatchesAtOnce has 20 clients change an attribute each. A 503 says that others came first, and that nothing was
// changed: those try again.
func TestPatchesAtOnce(t *testing.T) {
	t.Parallel()
	s := start(t, 1)
	c := s.client(t, 0)
	ada := c.user("ada")
	paths := []string{
		"externalId", "displayName", "nickName", "title", "userType", "preferredLanguage", "locale", "timezone", "profileUrl",
		"name.formatted", "name.familyName", "name.givenName", "name.middleName", "name.honorificPrefix", "name.honorificSuffix",
		enterpriseSchema + ":employeeNumber", enterpriseSchema + ":costCenter", enterpriseSchema + ":organization",
		enterpriseSchema + ":department", customSchema + ":startDate",
	}
	for pending := paths; len(pending) > 0; {
		var requests []route
		for _, path := range pending {
			requests = append(requests, route{"PATCH", "/Users/" + ada, patch(op("Replace", path, "of "+path)), 200})
		}
		var again []string
		for i, a := range c.together(requests...) {
			if a.status == http.StatusServiceUnavailable {
				again = append(again, pending[i])
				continue
			}
			a.is(t, 200)
		}
		if len(again) == len(pending) {
			t.Fatal("of many changes of one user not one was made")
		}
		pending = again
	}
	for _, path := range paths {
		if got := c.send("GET", "/Users?"+where(path+` eq "of `+path+`"`), "").list(t).Total; got != 1 {
			t.Errorf("the change of %s is lost", path)
		}
	}
	if got := c.send("GET", "/Users/"+ada, "").header.Get("ETag"); got != `W/"21"` {
		t.Errorf("after 20 changes of the first version the ETag is %s", got)
	}
	if got := len(s.journal(t, c.tenant)); got != 21 {
		t.Errorf("the journal has %d rows, want 21", got)
	}
}
