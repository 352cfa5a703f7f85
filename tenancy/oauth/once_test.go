package oauth_test

import (
	"errors"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/oauth"
	"github.com/askspoke/spoke/tenancy/token"
)

// A later attempt at a request has the same client, trust and secret, the secret with another text; the one that was lost
// is worthless. It needs no room for another one, and what was revoked does not come back.
func TestMadeOnce(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 1)
	key, c := newKey(t), fixture.NewClock()
	s, err := oauth.New(oauth.Config{DB: db, Key: key, Now: c.Now, Clients: 1, Secrets: 2, Trusts: 1})
	if err != nil {
		t.Fatal(err)
	}
	id := tenants[0].ID
	client := oauth.NewClient{ID: uuid.NewString(), Name: "Entra"}
	trust := oauth.NewTrust{ID: uuid.NewString(), Issuer: "https://login.example.com", Audience: "a", Subject: "s"}
	secret := oauth.NewSecret{ID: uuid.NewString()}
	var texts []string
	for range 3 {
		made, err := s.CreateClient(t.Context(), id, client)
		if err != nil || made.ID != client.ID {
			t.Fatalf("%s, %v", made.ID, err)
		}
		if made, err := s.AddTrust(t.Context(), id, client.ID, trust); err != nil || made.ID != trust.ID || made.CreatedAt.IsZero() {
			t.Errorf("%+v, %v", made, err)
		}
		text, added, err := s.AddSecret(t.Context(), id, client.ID, secret)
		if err != nil || added.ID != secret.ID || added.Hint != text.Hint() {
			t.Fatalf("%+v, %v", added, err)
		}
		texts = append(texts, text.Reveal())
		c.Pass(time.Second)
	}
	for i, text := range texts {
		_, err := s.Issue(t.Context(), oauth.Request{Place: placeOf(tenants[0]), ClientID: client.ID, Secret: text, From: loopback})
		if (err == nil) != (i == 2) {
			t.Errorf("secret %d: %v", i, err)
		}
	}
	got, err := s.Client(t.Context(), id, client.ID)
	if err != nil || len(got.Secrets) != 1 || len(got.Trusts) != 1 || got.Version != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	if err := errors.Join(s.RevokeSecret(t.Context(), id, client.ID, secret.ID), s.RevokeTrust(t.Context(), id, client.ID, trust.ID)); err != nil {
		t.Fatal(err)
	}
	_, _, again := s.AddSecret(t.Context(), id, client.ID, secret)
	_, trusted := s.AddTrust(t.Context(), id, client.ID, trust)
	if err := s.RevokeClient(t.Context(), id, client.ID); err != nil {
		t.Fatal(err)
	}
	_, created := s.CreateClient(t.Context(), id, client)
	for i, err := range []error{again, trusted, created} {
		if !errors.Is(err, oauth.ErrGone) {
			t.Errorf("%d: %v", i, err)
		}
	}
}

// A change is made from the version that it names, of two at once by one, and leaves alone what it does not name.
func TestUpdateClient(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 1)
	s := store(t, db, newKey(t), fixture.NewClock())
	id := tenants[0].ID
	made, err := s.CreateClient(t.Context(), id, oauth.NewClient{Name: "Entra", Scopes: tenancy.ReadUsers, CIDRs: token.CIDRs{netip.MustParsePrefix("10.0.0.0/8")}, TokenLife: 2 * time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"first", "second"}
	failed := make([]error, len(names))
	ended := make(chan struct{})
	for i := range names {
		go func() {
			_, failed[i] = s.UpdateClient(t.Context(), id, made.ID, 1, oauth.ClientChange{Name: &names[i]})
			ended <- struct{}{}
		}()
	}
	<-ended
	<-ended
	winner := slices.Index(failed, nil)
	if winner < 0 || !errors.Is(failed[1-winner], tenancy.ErrVersion) {
		t.Fatalf("%v", failed)
	}
	want := made
	want.Version, want.Name = 2, names[winner]
	if got, err := s.Client(t.Context(), id, made.ID); err != nil || !cmp.Equal(want, got, plain, cmpopts.EquateEmpty()) {
		t.Errorf("%v (-want +got):\n%s", err, cmp.Diff(want, got, plain))
	}
	none, life := token.CIDRs{}, 3*time.Hour
	want.Version, want.CIDRs, want.TokenLife = 3, none, life
	got, err := s.UpdateClient(t.Context(), id, made.ID, 0, oauth.ClientChange{CIDRs: &none, TokenLife: &life})
	if diff := cmp.Diff(want, got, plain, cmpopts.EquateEmpty()); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	long := 7 * time.Hour
	if _, err := s.UpdateClient(t.Context(), id, made.ID, 3, oauth.ClientChange{TokenLife: &long}); !errors.Is(err, oauth.ErrTokenLife) {
		t.Errorf("a life that is too long: %v", err)
	}
}
