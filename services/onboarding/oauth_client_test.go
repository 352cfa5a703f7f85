package onboarding_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/services/onboarding/client"
	"github.com/askspoke/spoke/tenancy/operator"
)

// A change of an OAuth client is made from the version that was read.
func TestUpdateOAuthClient(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.create(t, "acme")
	w.create(t, "beta")
	c := w.as(t, operator.Manage)
	made, err := c.CreateOAuthClientWithResponse(t.Context(), "acme", nil, client.NewOAuthClient{
		Name: "Entra", Scopes: &client.Scopes{client.ScopeUsers}, Cidrs: &client.CIDRs{"192.0.2.1/32"},
	})
	if err != nil || made.JSON201 == nil || made.HTTPResponse.Header.Get("ETag") != `"1"` {
		t.Fatalf("%v, %s", err, made.Body)
	}
	id, want := made.JSON201.ID, *made.JSON201
	change := client.OAuthClientChange{Name: pointer("Entra ID"), Scopes: &client.Scopes{client.ScopeGroupsRead}}
	changed, err := c.UpdateOAuthClientWithResponse(t.Context(), "acme", id, &client.UpdateOAuthClientParams{IfMatch: pointer(`"1"`)}, change)
	if err != nil || changed.JSON200 == nil || changed.HTTPResponse.Header.Get("ETag") != `"2"` {
		t.Fatalf("%v, %s", err, changed.Body)
	}
	want.Name, want.Scopes = "Entra ID", client.Scopes{client.ScopeGroupsRead}
	if diff := cmp.Diff(want, *changed.JSON200); diff != "" {
		t.Error(diff)
	}
	read, err := c.GetOAuthClientWithResponse(t.Context(), "acme", id)
	if err != nil || read.HTTPResponse.Header.Get("ETag") != `"2"` || !cmp.Equal(&want, read.JSON200) {
		t.Errorf("%v, %s", err, read.Body)
	}
	path := "PATCH /v1/tenants/acme/oauth-clients/" + id
	for name, tc := range map[string]struct {
		line, tag, body string
		status          int
		kind            string
		fields          []string
	}{
		"stale":          {path, `"1"`, `{"name":"x"}`, 412, "precondition-failed", nil},
		"no tag":         {path, "", `{"name":"x"}`, 428, "precondition-required", nil},
		"name":           {path, "*", `{"name":" "}`, 400, "invalid-request", []string{"name"}},
		"scope":          {path, "*", `{"scopes":["all"]}`, 400, "invalid-request", []string{"scopes.0"}},
		"no scope":       {path, "*", `{"scopes":[]}`, 400, "invalid-request", []string{"scopes"}},
		"cidr":           {path, "*", `{"cidrs":["all"]}`, 400, "invalid-request", []string{"cidrs"}},
		"life":           {path, "*", `{"token_life_seconds":60}`, 400, "invalid-request", []string{"token_life_seconds"}},
		"unknown":        {path, "*", `{"id":"x"}`, 400, "invalid-request", []string{"id"}},
		"another tenant": {"PATCH /v1/tenants/beta/oauth-clients/" + id, "*", `{"name":"x"}`, 404, "not-found", nil},
	} {
		got := w.send(t, tc.line, tc.body, "If-Match", tc.tag)
		if kind, fields := got.problem(); got.status != tc.status || kind != tc.kind || !cmp.Equal(tc.fields, fields) {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	if got := w.send(t, path, `{"name":"x"}`, "If-Match", "*", "Authorization", "Bearer "+w.keys[operator.Read]); got.status != 403 {
		t.Errorf("a reader: %d %s", got.status, got.body)
	}
	w.send(t, "DELETE /v1/tenants/acme/oauth-clients/"+id, "")
	if got := w.send(t, path, `{"name":"x"}`, "If-Match", "*"); got.status != 409 {
		t.Errorf("revoked: %d %s", got.status, got.body)
	}
}
