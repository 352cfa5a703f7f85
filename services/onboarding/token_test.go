package onboarding_test

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/services/onboarding/client"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/operator"
)

func TestTokens(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	acme, beta := w.create(t, "acme"), w.create(t, "beta")
	c := w.as(t, operator.Manage)
	made, err := c.CreateTokenWithResponse(t.Context(), "acme", nil, client.NewToken{Name: "Okta"})
	if err != nil || made.JSON201 == nil {
		t.Fatalf("%v, %s", err, made.Body)
	}
	id := made.JSON201.ID
	if at := made.HTTPResponse.Header.Get("Location"); at != "/v1/tenants/acme/tokens/"+id {
		t.Errorf("Location %s", at)
	}
	if _, err := w.tokens.Verify(t.Context(), tenancy.ID(acme.ID), made.JSON201.Secret, netip.Addr{}); err != nil {
		t.Error(err)
	}
	read, err := c.GetTokenWithResponse(t.Context(), acme.ID, id)
	if err != nil || read.JSON200 == nil {
		t.Fatalf("%v, %s", err, read.Body)
	}
	want := client.Token{
		ID: id, Name: "Okta", Hint: made.JSON201.Secret[len(made.JSON201.Secret)-4:], State: client.SecretLive, CreatedAt: made.JSON201.CreatedAt,
		Scopes: client.Scopes{client.ScopeUsers, client.ScopeGroups}, Cidrs: client.CIDRs{},
	}
	if diff := cmp.Diff(&want, read.JSON200); diff != "" {
		t.Error(diff)
	}
	for _, line := range []string{"GET /v1/tenants/beta/tokens/" + id, "DELETE /v1/tenants/" + beta.ID + "/tokens/" + id} {
		if got := w.send(t, line, ""); got.status != 404 {
			t.Errorf("%s: %d %s", line, got.status, got.body)
		}
	}
	gone, err := c.RevokeTokenWithResponse(t.Context(), "acme", id)
	if err != nil || gone.StatusCode() != 204 {
		t.Fatalf("%v, %s", err, gone.Body)
	}
	list, err := c.ListTokensWithResponse(t.Context(), "acme")
	if err != nil || len(list.JSON200.Items) != 1 || list.JSON200.Items[0].State != client.SecretRevoked || list.JSON200.Items[0].RevokedAt == nil {
		t.Errorf("%v, %s", err, list.Body)
	}
	for i := range 6 {
		got := w.send(t, "POST /v1/tenants/acme/tokens", `{"name":"one of many"}`)
		if kind, _ := got.problem(); (i < 5) != (got.status == 201) || i == 5 && (got.status != 409 || kind != "limit-reached") {
			t.Errorf("token %d: %d %s", i, got.status, got.body)
		}
	}
}

// A rotation ends only when the identity provider has used the new token, or when somebody insists.
func TestRotation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	acme := w.create(t, "acme")
	c := w.as(t, operator.Manage)
	verify := func(secret string) error {
		_, err := w.tokens.Verify(t.Context(), tenancy.ID(acme.ID), secret, netip.MustParseAddr("198.51.100.7"))
		return err
	}
	old, err := c.CreateTokenWithResponse(t.Context(), "acme", nil, client.NewToken{Name: "Okta", Cidrs: &client.CIDRs{"198.51.100.0/24"}})
	if err != nil {
		t.Fatal(err)
	}
	id := old.JSON201.ID
	path := "/v1/tenants/acme/tokens/" + id + "/rotation"
	if got := w.send(t, "GET "+path, ""); got.status != 404 {
		t.Errorf("before it is started: %d %s", got.status, got.body)
	}
	started, err := c.StartRotationWithResponse(t.Context(), "acme", id, nil, client.NewRotation{})
	if err != nil || started.JSON201 == nil {
		t.Fatalf("%v, %s", err, started.Body)
	}
	if s := started.JSON201; s.State != client.RotationOpen || s.Proven || s.Old.ID != id || *s.New.Replaces != id || !cmp.Equal(s.New.Cidrs, s.Old.Cidrs) {
		t.Errorf("%s", started.Body)
	}
	for line, kind := range map[string]string{"POST " + path: "state-conflict", "POST " + path + "/complete": "rotation-unproven"} {
		body := map[bool]string{true: "{}"}[line == "POST "+path]
		got := w.send(t, line, body)
		if k, _ := got.problem(); got.status != 409 || k != kind {
			t.Errorf("%s: %d %s", line, got.status, got.body)
		}
	}
	if err := verify(started.JSON201.Secret); err != nil {
		t.Fatal(err)
	}
	read, err := c.GetRotationWithResponse(t.Context(), "acme", id)
	if err != nil || !read.JSON200.Proven || read.JSON200.New.FirstUsedAt == nil || *read.JSON200.New.FirstUsedFrom != "198.51.100.7" {
		t.Errorf("%v, %s", err, read.Body)
	}
	done, err := c.CompleteRotationWithResponse(t.Context(), "acme", id, nil)
	if err != nil || done.JSON200 == nil || done.JSON200.State != client.RotationCompleted {
		t.Fatalf("%v, %s", err, done.Body)
	}
	if verify(old.JSON201.Secret) == nil || verify(started.JSON201.Secret) != nil {
		t.Error("the old token is good, or the new one is not")
	}
	// The new one is rotated, and that is cancelled; then again, and forced.
	id = started.JSON201.New.ID
	path = "/v1/tenants/acme/tokens/" + id + "/rotation"
	next := w.send(t, "POST "+path, `{"expires_at":"2999-01-01T00:00:00Z"}`)
	if got := w.send(t, "POST "+path+"/cancel", ""); got.json["state"] != "cancelled" {
		t.Errorf("%d %s", got.status, got.body)
	}
	if verify(next.json["secret"].(string)) == nil || verify(started.JSON201.Secret) != nil {
		t.Error("cancelled: the new token is good, or the old one is not")
	}
	w.send(t, "POST "+path, `{}`)
	if got := w.send(t, "POST "+path+"/complete?force=true", ""); got.json["state"] != "completed" || got.json["proven"] != false {
		t.Errorf("%d %s", got.status, got.body)
	}
}
