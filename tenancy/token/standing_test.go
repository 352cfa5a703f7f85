package token_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/oauth"
	"github.com/askspoke/spoke/tenancy/token"
)

// What tenants can authenticate with: what is revoked counts for nothing, what is expired only where nothing else is left.
func TestStandings(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 6)
	c := fixture.NewClock()
	s := store(t, db, c)
	clients, err := oauth.New(oauth.Config{DB: db, Key: key, Now: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	in := func(days int) time.Time { return c.Now().AddDate(0, 0, days) }
	mint(t, s, tenants[0], time.Time{}) // never expires
	mint(t, s, tenants[1], in(40))
	mint(t, s, tenants[1], in(20))
	_, revoked := mint(t, s, tenants[1], in(10))
	if err := s.Revoke(t.Context(), tenants[1].ID, revoked.ID); err != nil {
		t.Fatal(err)
	}
	mint(t, s, tenants[2], in(1)) // will have expired
	mint(t, s, tenants[2], in(2))
	mint(t, s, tenants[3], in(1))
	mint(t, s, tenants[3], in(30))
	client := func(tenant tenancy.Tenant, expires time.Time) oauth.Client {
		t.Helper()
		made, err := clients.CreateClient(t.Context(), tenant.ID, oauth.NewClient{Name: "Entra"})
		if err == nil {
			_, _, err = clients.AddSecret(t.Context(), tenant.ID, made.ID, oauth.NewSecret{ExpiresAt: expires})
		}
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
	mint(t, s, tenants[4], in(50))
	client(tenants[4], in(25))
	if err := clients.RevokeClient(t.Context(), tenants[4].ID, client(tenants[4], in(15)).ID); err != nil {
		t.Fatal(err)
	}
	at := c.Now()
	c.Pass(3 * 24 * time.Hour)
	ids := make([]tenancy.ID, len(tenants))
	for i, tenant := range tenants {
		ids[i] = tenant.ID
	}
	got, err := s.Standings(t.Context(), ids)
	if err != nil {
		t.Fatal(err)
	}
	day := func(n int) time.Time { return at.AddDate(0, 0, n) }
	want := map[tenancy.ID]token.Standing{
		ids[0]: {Live: 1}, ids[1]: {Live: 2, Expires: day(20)}, ids[2]: {Expires: day(2)}, ids[3]: {Live: 1, Expires: day(30)},
		ids[4]: {Live: 2, Expires: day(25)},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if one, err := s.Standings(t.Context(), ids[:1]); err != nil || len(one) != 1 {
		t.Errorf("of one: %v, %v", one, err)
	}
}
