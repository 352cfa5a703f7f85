package onboarding_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/services/onboarding/client"
	"github.com/askspoke/spoke/tenancy/operator"
)

// A host is a tenant's when its TXT record shows it, and then nobody else's.
func TestHosts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	acme, _ := w.create(t, "acme"), w.create(t, "beta")
	c := w.as(t, operator.Manage)
	claim, err := c.ClaimHostWithResponse(t.Context(), "acme", nil, client.NewHost{Host: "SCIM.acme.com"})
	if err != nil || claim.JSON201 == nil || claim.JSON201.State != client.HostClaimed || claim.JSON201.Host != "scim.acme.com" {
		t.Fatalf("%v, %s", err, claim.Body)
	}
	other, err := c.ClaimHostWithResponse(t.Context(), "beta", nil, client.NewHost{Host: "scim.acme.com"})
	if err != nil || other.JSON201 == nil {
		t.Fatalf("%v, %s", err, other.Body)
	}
	const path = "/v1/tenants/acme/hosts/scim.acme.com"
	refuse := func(what, line, body string, status int, kind string, fields ...string) {
		t.Helper()
		got := w.send(t, line, body)
		k, f := got.problem()
		if got.status != status || k != kind || !cmp.Equal(fields, f) {
			t.Errorf("%s: %d %s", what, got.status, got.body)
		}
	}
	refuse("no record", "POST "+path+"/verify", "", 409, "host-unverified")
	w.txt.publish(*claim.JSON201.TxtName, *other.JSON201.TxtValue)
	refuse("the other's record", "POST "+path+"/verify", "", 409, "host-unverified")
	w.txt.publish(*claim.JSON201.TxtName, *claim.JSON201.TxtValue)
	done, err := c.VerifyHostWithResponse(t.Context(), acme.ID, "scim.acme.com", nil)
	if err != nil || done.JSON200 == nil || done.JSON200.State != client.HostVerified || done.JSON200.VerifiedAt == nil {
		t.Fatalf("%v, %s", err, done.Body)
	}
	refuse("first come", "POST /v1/tenants/beta/hosts/scim.acme.com/verify", "", 409, "host-taken", "host")
	refuse("taken", "POST /v1/tenants/beta/hosts", `{"host":"scim.acme.com"}`, 409, "host-taken", "host")
	refuse("foreign", "GET /v1/tenants/beta/hosts/none.acme.com", "", 404, "not-found")
	refuse("below the base domain", "POST /v1/tenants/beta/hosts", `{"host":"x.askspoke.com"}`, 400, "invalid-request", "host")
	refuse("no host", "POST /v1/tenants/beta/hosts", `{"host":"no host"}`, 400, "invalid-request", "host")
	refuse("never claimed", "POST /v1/tenants/beta/hosts/none.acme.com/verify", "", 404, "not-found")
	read, err := c.GetHostWithResponse(t.Context(), "acme", "scim.acme.com")
	if err != nil || read.JSON200 == nil || read.JSON200.State != client.HostVerified || read.JSON200.TxtValue != nil {
		t.Errorf("%v, %s", err, read.Body)
	}
	if r, err := c.RemoveHostWithResponse(t.Context(), "acme", "scim.acme.com"); err != nil || r.StatusCode() != 204 {
		t.Fatalf("%v, %s", err, r.Body)
	}
	refuse("again", "DELETE "+path, "", 404, "not-found")
	list, err := c.ListHostsWithResponse(t.Context(), "acme")
	if err != nil || len(list.JSON200.Items) != 0 {
		t.Errorf("%v, %s", err, list.Body)
	}
}

func TestOAuthClients(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.create(t, "acme")
	w.create(t, "beta")
	c := w.as(t, operator.Manage)
	made, err := c.CreateOAuthClientWithResponse(t.Context(), "acme", nil, client.NewOAuthClient{
		Name: "Entra", Scopes: &client.Scopes{client.ScopeUsers}, Cidrs: &client.CIDRs{"192.0.2.1"}, TokenLifeSeconds: pointer(7200),
	})
	if err != nil || made.JSON201 == nil {
		t.Fatalf("%v, %s", err, made.Body)
	}
	id := made.JSON201.ID
	want := client.OAuthClient{
		ID: id, Name: "Entra", State: client.SecretLive, Scopes: client.Scopes{client.ScopeUsers}, Cidrs: client.CIDRs{"192.0.2.1/32"},
		TokenLifeSeconds: 7200, CreatedAt: made.JSON201.CreatedAt, Secrets: []client.OAuthSecret{}, Trusts: []client.OAuthTrust{},
	}
	if diff := cmp.Diff(want, *made.JSON201); diff != "" {
		t.Error(diff)
	}
	secret, err := c.CreateOAuthSecretWithResponse(t.Context(), "acme", id, nil, client.NewOAuthSecret{})
	if err != nil || secret.JSON201 == nil || secret.JSON201.ClientSecret == "" {
		t.Fatalf("%v, %s", err, secret.Body)
	}
	trust, err := c.CreateOAuthTrustWithResponse(t.Context(), "acme", id, nil, client.NewOAuthTrust{
		Issuer: "https://token.example.com", Audience: "spoke", Subject: "repo:acme",
	})
	if err != nil || trust.JSON201 == nil || len(trust.JSON201.Algorithms) == 0 {
		t.Fatalf("%v, %s", err, trust.Body)
	}
	const path = "/v1/tenants/acme/oauth-clients"
	for name, tc := range map[string]struct {
		line, body string
		status     int
		fields     []string
	}{
		"another tenant":   {"GET /v1/tenants/beta/oauth-clients/" + id, "", 404, nil},
		"no id":            {"GET " + path + "/none", "", 404, nil},
		"life":             {"POST " + path, `{"name":"a","token_life_seconds":60}`, 400, []string{"token_life_seconds"}},
		"name":             {"POST " + path, `{"name":" "}`, 400, []string{"name"}},
		"cidr":             {"POST " + path, `{"name":"a","cidrs":["all"]}`, 400, []string{"cidrs"}},
		"issuer":           {"POST " + path + "/" + id + "/trusts", `{"issuer":"http://a.com","audience":"a","subject":"b"}`, 400, []string{"issuer"}},
		"algorithm":        {"POST " + path + "/" + id + "/trusts", `{"issuer":"https://a.com","audience":"a","subject":"b","algorithms":["HS256"]}`, 400, []string{"algorithms"}},
		"expired secret":   {"POST " + path + "/" + id + "/secrets", `{"expires_at":"2000-01-01T00:00:00Z"}`, 400, []string{"expires_at"}},
		"no such secret":   {"DELETE " + path + "/" + id + "/secrets/" + id, "", 404, nil},
		"no such trust":    {"DELETE " + path + "/" + id + "/trusts/" + id, "", 404, nil},
		"secret of none":   {"POST /v1/tenants/beta/oauth-clients/" + id + "/secrets", "{}", 404, nil},
		"revoke another's": {"DELETE /v1/tenants/beta/oauth-clients/" + id, "", 404, nil},
	} {
		got := w.send(t, tc.line, tc.body)
		if _, fields := got.problem(); got.status != tc.status || !cmp.Equal(tc.fields, fields) {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	if r, err := c.RevokeOAuthSecretWithResponse(t.Context(), "acme", id, secret.JSON201.ID); err != nil || r.StatusCode() != 204 {
		t.Fatalf("%v, %s", err, r.Body)
	}
	if r, err := c.RevokeOAuthTrustWithResponse(t.Context(), "acme", id, trust.JSON201.ID); err != nil || r.StatusCode() != 204 {
		t.Fatalf("%v, %s", err, r.Body)
	}
	read, err := c.GetOAuthClientWithResponse(t.Context(), "acme", id)
	if err != nil || read.JSON200.Secrets[0].State != client.SecretRevoked || read.JSON200.Trusts[0].State != client.SecretRevoked {
		t.Errorf("%v, %s", err, read.Body)
	}
	if r, err := c.RevokeOAuthClientWithResponse(t.Context(), "acme", id); err != nil || r.StatusCode() != 204 {
		t.Fatalf("%v, %s", err, r.Body)
	}
	list, err := c.ListOAuthClientsWithResponse(t.Context(), "acme")
	if err != nil || len(list.JSON200.Items) != 1 || list.JSON200.Items[0].State != client.SecretRevoked {
		t.Errorf("%v, %s", err, list.Body)
	}
	if got := w.send(t, "POST "+path+"/"+id+"/secrets", "{}"); got.status != 409 {
		t.Errorf("a secret of a revoked client: %d %s", got.status, got.body)
	}
}
