package gateway_test

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
)

// operations are the series of a metric of operations, such as "User create accepted", with their values.
func (s *server) operations(t testing.TB, metric, tenant string) map[string]string {
	t.Helper()
	if tenant != "" {
		tenant = `,tenant="` + tenant + `"`
	}
	series := regexp.MustCompile(`(?m)^` + metric + `{action="(\w+)",outcome="(\w+)",resource="(\w+)"` + tenant + `} (\d+)$`)
	found := make(map[string]string)
	for _, m := range series.FindAllStringSubmatch(s.scrape(t), -1) {
		found[m[3]+" "+m[1]+" "+m[2]] = m[4]
	}
	return found
}

// TestChangesAreCounted counts by the journal's words what was done, and by the method what was not.
func TestChangesAreCounted(t *testing.T) {
	t.Parallel()
	s := start(t, 2)
	c, other := s.client(t, 0), s.client(t, 1)
	ada, grace := c.user("ada"), c.user("grace")
	group := c.group("Engineers", ada)
	send := func(status int, method, path, body string) {
		t.Helper()
		c.send(method, path, body).is(t, status)
	}
	send(200, "PATCH", "/Users/"+ada, patch(op("replace", "title", "Countess")))
	send(200, "PATCH", "/Users/"+ada, patch(op("replace", "title", "Countess")))
	send(200, "PATCH", "/Users/"+ada, patch(op("replace", "active", false)))
	send(200, "PATCH", "/Users/"+ada, patch(op("replace", "active", true)))
	send(204, "PATCH", "/Groups/"+group, patch(op("add", "members", elements([]string{grace}))))
	send(204, "PATCH", "/Groups/"+group, patch(op("remove", fmt.Sprintf("members[value eq %q]", grace), nil)))
	send(204, "DELETE", "/Users/"+grace, "")
	send(404, "DELETE", "/Users/"+grace, "")
	send(409, "POST", "/Users", object{"userName": "ada"}.String())
	send(400, "PATCH", "/Groups/"+group, patch(op("add", "members", elements([]string{uuid.NewString()}))))
	send(200, "GET", "/Users", "")
	send(200, "POST", "/Users/.search", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"]}`)
	c.as("wrong").send("POST", "/Users", "{}").is(t, http.StatusUnauthorized)
	want := map[string]string{
		"User create accepted": "2", "Group create accepted": "1", "User update accepted": "1", "User update unchanged": "1",
		"User disable accepted": "1", "User restore accepted": "1", "Group member_add accepted": "1",
		"Group member_remove accepted": "1", "User delete accepted": "1", "User delete refused": "1", "User create refused": "1",
		"Group reference refused": "1", "User create unauthorized": "1",
	}
	if diff := cmp.Diff(want, s.operations(t, "spoke_tenant_operations_total", string(c.tenant.Slug))); diff != "" {
		t.Errorf("of the tenant (-want +got):\n%s", diff)
	}
	other.user("ada")
	all := maps.Clone(want)
	all["User create accepted"] = "3"
	if diff := cmp.Diff(all, s.operations(t, "spoke_provisioning_operations_total", "")); diff != "" {
		t.Errorf("of all (-want +got):\n%s", diff)
	}
	text := s.scrape(t)
	for _, line := range []string{
		`spoke_tenant_requests_total{class="2xx",tenant="` + string(c.tenant.Slug) + `"} 12`,
		`spoke_tenant_requests_total{class="4xx",tenant="` + string(c.tenant.Slug) + `"} 4`,
		`spoke_tenant_requests_total{class="2xx",tenant="` + string(other.tenant.Slug) + `"} 1`,
		`spoke_scim_request_duration_seconds_count{class="4xx",method="DELETE",route="/Users/{id}"} 1`,
	} {
		if !strings.Contains(text, line) {
			t.Errorf("the metrics have no %s", line)
		}
	}
}
