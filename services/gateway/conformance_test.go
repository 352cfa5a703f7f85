package gateway_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/askspoke/spoke/scim/scimtest/conformance"
	"github.com/askspoke/spoke/services/gateway"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/lifecycle"
)

// unmet are the checks that the gateway does not pass, with what is wrong or why it is so.
var unmet = map[string]string{
	"authenticationSchemes can be read without a token": "a tenant's host tells nothing to strangers; the scheme is on the page where the token is shown",
	"a binary value that is not base64 is refused":      "binary values are not judged",
	"the reference of a manager leads to it":            "manager.$ref is ../Users/ and the id, which from the base URI leads outside of it",
}

// TestConformance plays the checks of RFC 7643, RFC 7644 and RFC 9865 at a tenant of each profile.
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
	for i, profile := range []conformance.Profile{conformance.Auto, conformance.Strict} {
		t.Run(string(profile), func(t *testing.T) {
			t.Parallel()
			c := s.client(t, i)
			session, err := conformance.Connect(t.Context(), conformance.Options{
				URL: "http://" + c.host + gateway.BasePath, Token: c.secret, Profile: profile, Client: &http.Client{Transport: s.http, Timeout: patience},
			})
			if err != nil {
				t.Fatal(err)
			}
			conformance.Test(t, session, unmet)
		})
	}
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
