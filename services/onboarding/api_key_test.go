package onboarding_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/services/onboarding/client"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/operator"
)

func TestAPIKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.as(t, operator.Admin)
	made, err := c.CreateAPIKeyWithResponse(t.Context(), nil, client.NewAPIKey{Name: "shop", Role: client.RoleRead})
	if err != nil || made.JSON201 == nil {
		t.Fatalf("%v, %s", err, made.Body)
	}
	shop := w.bearing(t, made.JSON201.Secret)
	me, err := shop.GetMeWithResponse(t.Context())
	if err != nil || me.JSON200 == nil {
		t.Fatalf("%v, %s", err, me.Body)
	}
	want := &client.Caller{Actor: "key:" + made.JSON201.ID, Name: "shop", Role: client.RoleRead, ExpiresAt: &made.JSON201.ExpiresAt}
	if diff := cmp.Diff(want, me.JSON200); diff != "" {
		t.Error(diff)
	}
	var got []string
	for p := (client.ListAPIKeysParams{Limit: pointer(3)}); ; {
		r, err := c.ListAPIKeysWithResponse(t.Context(), &p)
		if err != nil || r.JSON200 == nil {
			t.Fatalf("%v, %s", err, r.Body)
		}
		for _, k := range r.JSON200.Items {
			got = append(got, k.Name)
			if k.Name == "shop" && (k.LastUsedAt == nil || *k.LastUsedFrom != "127.0.0.1" || k.CreatedBy != "key:"+w.ids[operator.Admin]) {
				t.Errorf("%+v", k)
			}
		}
		if p.Cursor = r.JSON200.NextCursor; p.Cursor == nil {
			break
		}
	}
	if diff := cmp.Diff([]string{"shop", "test admin", "test manage", "test read"}, got); diff != "" {
		t.Error(diff)
	}
	if r, err := c.RevokeAPIKeyWithResponse(t.Context(), made.JSON201.ID); err != nil || r.StatusCode() != 204 {
		t.Fatalf("%v, %s", err, r.Body)
	}
	if me, err = shop.GetMeWithResponse(t.Context()); err != nil || me.StatusCode() != 401 {
		t.Errorf("revoked: %v, %s", err, me.Body)
	}
	w.clock.Pass(operator.DefaultKeyLife)
	if got := w.send(t, "GET /v1/me", ""); got.status != 401 {
		t.Errorf("expired: %d %s", got.status, got.body)
	}
}

func TestSetupLinks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	acme := w.create(t, "acme")
	c := w.as(t, operator.Manage)
	const prefix = "https://acme.askspoke.com/setup/"
	secrets := make(map[string]string) // by id
	for range 3 {
		made, err := c.CreateSetupLinkWithResponse(t.Context(), "acme", nil, client.NewSetupLink{Purpose: client.SetupProvisioning})
		if err != nil || made.JSON201 == nil || made.JSON201.URL[:len(prefix)] != prefix || made.JSON201.CreatedBy != "key:"+w.ids[operator.Manage] {
			t.Fatalf("%v, %s", err, made.Body)
		}
		secrets[made.JSON201.ID] = made.JSON201.URL[len(prefix):]
	}
	states := make(map[client.SetupState]int)
	list := func() {
		clear(states)
		for p := (client.ListSetupLinksParams{Limit: pointer(2)}); ; {
			r, err := c.ListSetupLinksWithResponse(t.Context(), "acme", &p)
			if err != nil || r.JSON200 == nil {
				t.Fatalf("%v, %s", err, r.Body)
			}
			for _, l := range r.JSON200.Items {
				states[l.State]++
			}
			if p.Cursor = r.JSON200.NextCursor; p.Cursor == nil {
				return
			}
		}
	}
	i := 0
	for id, secret := range secrets {
		switch i++; i {
		case 1:
			if r, err := c.RevokeSetupLinkWithResponse(t.Context(), acme.ID, id); err != nil || r.StatusCode() != 204 {
				t.Fatalf("%v, %s", err, r.Body)
			}
		case 2:
			if _, err := w.operators.OpenLink(t.Context(), tenancy.ID(acme.ID), secret); err != nil {
				t.Fatal(err)
			}
		}
	}
	list()
	if diff := cmp.Diff(map[client.SetupState]int{client.SetupRevoked: 1, client.SetupUsed: 1, client.SetupOpen: 1}, states); diff != "" {
		t.Error(diff)
	}
	w.clock.Pass(time.Hour)
	list()
	if states[client.SetupExpired] != 1 {
		t.Errorf("an hour later: %v", states)
	}
}

// A link that makes an owner goes past who may do what at a tenant that has one.
func TestOwnerLinkNeedsAdmin(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	acme := w.create(t, "acme")
	link := client.NewSetupLink{Purpose: client.SetupAdministrator}
	create := func(role operator.Role) int {
		t.Helper()
		made, err := w.as(t, role).CreateSetupLinkWithResponse(t.Context(), "acme", nil, link)
		if err != nil {
			t.Fatal(err)
		}
		return made.StatusCode()
	}
	if got := create(operator.Manage); got != 201 {
		t.Errorf("the first owner's: %d", got)
	}
	_, err := w.admins.Add(t.Context(), admin.NewAdministrator{Tenant: tenancy.ID(acme.ID), Email: "ann@acme.com", Name: "Ann", Role: admin.Owner, CreatedBy: operator.Shell})
	if err != nil {
		t.Fatal(err)
	}
	if got := create(operator.Manage); got != 403 {
		t.Errorf("another owner's by manage: %d", got)
	}
	if got := create(operator.Admin); got != 201 {
		t.Errorf("another owner's by admin: %d", got)
	}
}
