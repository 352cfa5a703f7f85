package onboarding_test

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/services/onboarding/client"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/operator"
)

// A tenant is complete with its first token when the answer comes.
func TestCreateTenant(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	guard := client.Guard{WindowSeconds: 600, Count: 50, Minimum: 5, Percent: 10}
	r, err := w.as(t, operator.Manage).CreateTenantWithResponse(t.Context(), nil, client.NewTenant{
		Slug: "Acme", Name: pointer(" Acme Inc. "),
		Settings: &client.NewSettings{
			Profile: pointer(client.ProfileStrict), UniqueGroupNames: pointer(false), Plan: pointer("pro"), Guard: &guard,
			Notify: &[]string{"it@acme.com"},
		},
		Token: &client.NewToken{Name: "Entra", Scopes: &client.Scopes{client.ScopeUsers, client.ScopeGroupsRead}, Cidrs: &client.CIDRs{"203.0.113.9/24"}},
	})
	if err != nil || r.JSON201 == nil {
		t.Fatalf("%v, %s", err, r.Body)
	}
	got := r.JSON201.Tenant
	want := client.Tenant{
		ID: got.ID, Slug: "acme", Name: "Acme Inc.", State: client.StateActive, TenantURL: "https://acme.askspoke.com/scim/v2",
		Settings:  client.Settings{Profile: client.ProfileStrict, Plan: "pro", Guard: guard, Notify: []string{"it@acme.com"}},
		CreatedAt: got.CreatedAt, UpdatedAt: got.UpdatedAt,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if at := r.HTTPResponse.Header.Get("Location"); at != "/v1/tenants/acme" || r.HTTPResponse.Header.Get("ETag") != `"1"` {
		t.Errorf("Location %q, ETag %q", at, r.HTTPResponse.Header.Get("ETag"))
	}
	made := r.JSON201.Token
	if diff := cmp.Diff(client.CIDRs{"203.0.113.0/24"}, made.Cidrs); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(client.Scopes{client.ScopeUsers, client.ScopeGroupsRead}, made.Scopes); diff != "" {
		t.Error(diff)
	}
	who, err := w.tokens.Verify(t.Context(), tenancy.ID(got.ID), made.Secret, netip.MustParseAddr("203.0.113.7"))
	if err != nil || who.TokenID != made.ID {
		t.Errorf("the token is %s's, %v", who.TokenID, err)
	}
	for _, name := range []string{"acme", "ACME", got.ID} {
		read, err := w.as(t, operator.Read).GetTenantWithResponse(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(&want, read.JSON200); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestTenantDefaults(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got := w.create(t, "acme")
	want := client.Tenant{
		ID: got.ID, Slug: "acme", Name: "acme", State: client.StateActive, TenantURL: "https://acme.askspoke.com/scim/v2",
		Settings: client.Settings{
			Profile: client.ProfileAuto, UniqueGroupNames: true, Notify: []string{},
			Guard: client.Guard{WindowSeconds: 3600, Count: 500, Minimum: 20, Percent: 20},
		},
		CreatedAt: got.CreatedAt, UpdatedAt: got.UpdatedAt,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestListTenants(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 5 {
		w.create(t, fmt.Sprintf("acme-%d", i))
	}
	w.create(t, "other")
	c := w.as(t, operator.Manage)
	if _, err := c.PauseTenantWithResponse(t.Context(), "acme-3", nil); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		params client.ListTenantsParams
		want   []string
	}{
		"all":   {client.ListTenantsParams{Limit: pointer(4)}, []string{"acme-0", "acme-1", "acme-2", "acme-3", "acme-4", "other"}},
		"text":  {client.ListTenantsParams{Limit: pointer(2), Query: pointer("CME")}, []string{"acme-0", "acme-1", "acme-2", "acme-3", "acme-4"}},
		"state": {client.ListTenantsParams{State: pointer(client.StatePaused)}, []string{"acme-3"}},
		"none":  {client.ListTenantsParams{Query: pointer("zz")}, nil},
	} {
		var got []string
		var links int
		for p := tc.params; ; {
			r, err := c.ListTenantsWithResponse(t.Context(), &p)
			if err != nil || r.JSON200 == nil {
				t.Fatalf("%v, %s", err, r.Body)
			}
			for _, tenant := range r.JSON200.Items {
				got = append(got, tenant.Slug)
			}
			link := r.HTTPResponse.Header.Get("Link")
			if (link == "") != (r.JSON200.NextCursor == nil) {
				t.Errorf("%s: Link %q, cursor %v", name, link, r.JSON200.NextCursor)
			}
			if p.Cursor = r.JSON200.NextCursor; p.Cursor == nil {
				break
			}
			links++
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if name == "text" && links != 2 {
			t.Errorf("%d further pages", links)
		}
	}
	// The link leads on as it is, with the filter.
	first := w.send(t, "GET /v1/tenants?limit=2&query=acme", "")
	link := first.header.Get("Link")
	next := w.send(t, "GET "+link[1:len(link)-len(`>; rel="next"`)], "")
	items, _ := next.json["items"].([]any)
	if len(items) != 2 || items[0].(map[string]any)["slug"] != "acme-2" {
		t.Errorf("%s leads to %s", link, next.body)
	}
}

func TestUpdateTenant(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := w.create(t, "acme")
	c := w.as(t, operator.Manage)
	change := client.TenantChange{Name: pointer("Acme AG"), Settings: &client.NewSettings{Profile: pointer(client.ProfileStrict), Notify: &[]string{"a@acme.com"}}}
	r, err := c.UpdateTenantWithResponse(t.Context(), "acme", &client.UpdateTenantParams{IfMatch: pointer(`"1"`)}, change)
	if err != nil || r.JSON200 == nil {
		t.Fatalf("%v, %s", err, r.Body)
	}
	want := made
	want.Name, want.Settings.Profile, want.Settings.Notify, want.UpdatedAt = "Acme AG", client.ProfileStrict, []string{"a@acme.com"}, r.JSON200.UpdatedAt
	if diff := cmp.Diff(want, *r.JSON200); diff != "" {
		t.Error(diff)
	}
	if tag := r.HTTPResponse.Header.Get("ETag"); tag != `"2"` {
		t.Errorf("ETag %s", tag)
	}
	for name, tc := range map[string]struct {
		ifMatch string
		status  int
		kind    string
	}{
		"missing": {"", 428, "precondition-required"},
		"stale":   {`"1"`, 412, "precondition-failed"},
		"ahead":   {`"3"`, 412, "precondition-failed"},
		"foreign": {`"abc"`, 412, "precondition-failed"},
		"bare":    {`2`, 412, "precondition-failed"},
		"weak":    {`W/"2"`, 412, "precondition-failed"},
	} {
		got := w.send(t, "PATCH /v1/tenants/acme", `{"name":"Lost"}`, "If-Match", tc.ifMatch)
		if kind, _ := got.problem(); got.status != tc.status || kind != tc.kind {
			t.Errorf("%s: %d %s, want %d %s", name, got.status, kind, tc.status, tc.kind)
		}
	}
	if got := w.send(t, "PATCH /v1/tenants/acme", `{}`, "If-Match", "*"); got.status != 200 || got.json["name"] != "Acme AG" {
		t.Errorf("any version: %d %s", got.status, got.body)
	}
}

// The states of a tenant, each by its operation, and what they refuse.
func TestTenantStates(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := w.create(t, "acme")
	for _, step := range []struct {
		line  string
		want  int
		state string
	}{
		{"POST /v1/tenants/acme/restore", 409, ""},
		{"POST /v1/tenants/acme/suspend", 200, "suspended"},
		{"POST /v1/tenants/acme/suspend", 200, "suspended"},
		{"POST /v1/tenants/acme/pause", 200, "paused"},
		{"POST /v1/tenants/acme/resume", 200, "active"},
		{"POST /v1/tenants/acme/suspend", 200, "suspended"},
		{"DELETE /v1/tenants/" + made.ID + "?grace_days=7", 202, "deleting"},
		{"POST /v1/tenants/acme/resume", 409, ""},
		{"DELETE /v1/tenants/acme", 409, ""},
		{"POST /v1/tenants/acme/restore", 200, "suspended"},
		{"DELETE /v1/tenants/acme?grace_days=0", 202, "deleting"},
	} {
		got := w.send(t, step.line, "")
		if state, _ := got.json["state"].(string); got.status != step.want || state != step.state {
			t.Errorf("%s: %d %s", step.line, got.status, got.body)
		}
		if kind, _ := got.problem(); step.want == 409 && kind != "state-conflict" {
			t.Errorf("%s: %s", step.line, kind)
		}
		if _, dated := got.json["delete_after"]; dated != (step.state == "deleting") {
			t.Errorf("%s: %s", step.line, got.body)
		}
	}
	for _, line := range []string{"POST /v1/tenants/acme/tokens", "POST /v1/tenants/acme/setup-links"} {
		body := map[bool]string{true: `{"name":"a"}`, false: `{"purpose":"host"}`}[line == "POST /v1/tenants/acme/tokens"]
		if got := w.send(t, line, body); got.status != 409 {
			t.Errorf("%s of a tenant that is deleting: %d %s", line, got.status, got.body)
		}
	}
}
