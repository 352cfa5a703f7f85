package gateway_test

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/askspoke/spoke/scim/scimtest/conformance"
	"github.com/askspoke/spoke/services/gateway"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/lifecycle"
)

// notOffered are the checks that cannot be played at the gateway, with why.
var notOffered = map[string]string{
	"the provider is served over TLS 1.2 or later": "TLS ends at the proxy before the gateway; scim/scimtest/conformance plays it",
	"/Me says the permanent URI":                   "/Me is 501: the token is an identity provider's, and stands for no user",
}

const rareSchema = "urn:example:params:scim:schemas:extension:Rare:2.0:User"

// rareDocument has the types and characteristics that no attribute of a user has.
const rareDocument = `{"id": "` + rareSchema + `", "name": "Rare", "description": "What is rare.", "attributes": [
	{"name": "number", "type": "integer", "description": "A number."}, {"name": "tags", "multiValued": true, "description": "Words."},
	{"name": "issued", "type": "dateTime", "description": "A time."},
	{"name": "once", "mutability": "immutable", "description": "It is set once."},
	{"name": "asked", "returned": "request", "description": "It is returned on request."},
	{"name": "shown", "returned": "always", "description": "It is returned always."}]}`

// TestConformance plays the checks of RFC 7643, RFC 7644 and RFC 9865 at a tenant of each profile. Both pass the same ones,
// but for the tolerances that a check lists; and what the lenient tenant needed is listed by some check.
//
//nolint:tparallel // what the checks needed is counted at their end, and among themselves they are parallel
func TestConformance(t *testing.T) {
	t.Parallel()
	s := start(t, 1)
	settings := tenancy.DefaultSettings()
	settings.Profile = tenancy.ProfileStrict
	strict, err := s.manager.Create(t.Context(), lifecycle.NewTenant{Slug: "strict", Settings: settings})
	if err != nil {
		t.Fatal(err)
	}
	s.tenants = append(s.tenants, strict)
	connect := func(i int, profile conformance.Profile) *conformance.Session {
		t.Helper()
		s.extend(t, s.tenants[i], rareDocument, "User")
		c := s.client(t, i)
		c.knows(rareSchema, http.StatusOK)
		session, err := conformance.Connect(t.Context(), conformance.Options{
			URL: "http://" + c.host + gateway.BasePath, Token: c.secret, Profile: profile, Client: &http.Client{Transport: s.http, Timeout: patience},
		})
		if err != nil {
			t.Fatal(err)
		}
		return session
	}
	auto, strictly := connect(0, conformance.Auto), connect(1, conformance.Strict)
	t.Run("checks", func(t *testing.T) { conformance.TestProfiles(t, auto, strictly, notOffered) })

	var listed []string
	for _, c := range conformance.Checks() {
		for _, tolerance := range c.Tolerates {
			listed = append(listed, tolerance.String())
		}
	}
	for _, name := range s.needed(t, s.tenants[0]) {
		if !slices.Contains(listed, name) {
			t.Errorf("the lenient tenant needed %s, which no check lists", name)
		}
	}
	if needed := s.needed(t, strict); len(needed) > 0 {
		t.Errorf("the strict tenant tolerated %v", needed)
	}
}

// needed are the tolerances that the requests of a tenant needed, by name, as the metrics tell.
func (s *server) needed(t testing.TB, tenant tenancy.Tenant) []string {
	t.Helper()
	series := regexp.MustCompile(`(?m)^spoke_scim_tenant_tolerances_total{tenant="` + string(tenant.Slug) + `",tolerance="(\w+)"} [1-9]`)
	var names []string
	for _, found := range series.FindAllStringSubmatch(s.scrape(t), -1) {
		names = append(names, found[1])
	}
	return names
}

// TestPasswordIsKeptNowhere sends a password in each way there is and looks for it in every row of the tenant
// (RFC 7643 section 9.2, MUST NOT).
func TestPasswordIsKeptNowhere(t *testing.T) {
	t.Parallel()
	s := start(t, 1)
	c := s.client(t, 0)
	const password = "t1meMa$heen-nowhere"
	body := object{"schemas": array(userSchema), "userName": "ada", "password": password}.String()
	path := "/Users/" + c.send(http.MethodPost, "/Users", body).is(t, http.StatusCreated).id(t)
	c.send(http.MethodPut, path, body).is(t, http.StatusOK)
	c.send(http.MethodPatch, path, patch(object{"op": "replace", "path": "password", "value": password})).is(t, http.StatusOK)
	c.send(http.MethodPatch, path, patch(object{"op": "add", "value": object{"password": password}})).is(t, http.StatusOK)
	c.send(http.MethodPost, "/Users", body).is(t, http.StatusConflict)
	for _, row := range s.snapshot(t, c.tenant) {
		if strings.Contains(row, password) {
			t.Errorf("a row has the password: %s", row)
		}
	}
}
