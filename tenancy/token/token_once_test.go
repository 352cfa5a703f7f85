package token_test

import (
	"errors"
	"net/netip"
	"testing"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/tenancy/token"
)

// A later attempt at a request has the same token with another secret, and the one that was lost is worthless.
func TestTokenIsMadeOnce(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 1)
	s, err := token.New(token.Config{DB: db, Key: key, Limit: 2})
	if err != nil {
		t.Fatal(err)
	}
	id, n := tenants[0].ID, token.NewToken{ID: uuid.NewString(), Name: "Entra"}
	lost, _, err := s.Issue(t.Context(), id, n)
	if err != nil {
		t.Fatal(err)
	}
	var secret token.Secret
	for range 3 { // also where there is no room for another one
		if secret, _, err = s.Issue(t.Context(), id, n); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Verify(t.Context(), id, lost.Reveal(), netip.Addr{}); !errors.Is(err, token.ErrUnknown) {
		t.Errorf("the lost one: %v", err)
	}
	if _, err := s.Verify(t.Context(), id, secret.Reveal(), netip.Addr{}); err != nil {
		t.Errorf("the last one: %v", err)
	}
	if list, err := s.List(t.Context(), id); err != nil || len(list) != 1 || list[0].ID != n.ID {
		t.Errorf("%d tokens, %v", len(list), err)
	}
	if err := s.Revoke(t.Context(), id, n.ID); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Issue(t.Context(), id, n); !errors.Is(err, token.ErrRevokedAlready) {
		t.Errorf("a revoked token came back: %v", err)
	}
}

// A later attempt at a rotation has the same new token with another secret, and there is one rotation. It does not begin
// anew what was completed or cancelled meanwhile, and is no way around another rotation.
func TestRotationIsStartedOnce(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 1)
	s, err := token.New(token.Config{DB: db, Key: key})
	if err != nil {
		t.Fatal(err)
	}
	id := tenants[0].ID
	_, old, err := s.Issue(t.Context(), id, token.NewToken{Name: "Entra"})
	if err != nil {
		t.Fatal(err)
	}
	n := token.NewRotation{ID: uuid.NewString()}
	lost, _, err := s.StartRotation(t.Context(), id, old.ID, n)
	if err != nil {
		t.Fatal(err)
	}
	secret, r, err := s.StartRotation(t.Context(), id, old.ID, n)
	if err != nil || r.New.ID != n.ID || r.State != token.RotationOpen {
		t.Fatalf("%+v, %v", r, err)
	}
	if _, err := s.Verify(t.Context(), id, lost.Reveal(), netip.Addr{}); !errors.Is(err, token.ErrUnknown) {
		t.Errorf("the lost one: %v", err)
	}
	if _, err := s.Verify(t.Context(), id, secret.Reveal(), netip.Addr{}); err != nil {
		t.Errorf("the last one: %v", err)
	}
	if _, _, err := s.StartRotation(t.Context(), id, old.ID, token.NewRotation{ID: uuid.NewString()}); !errors.Is(err, token.ErrRotating) {
		t.Errorf("another rotation: %v", err)
	}
	if list, err := s.List(t.Context(), id); err != nil || len(list) != 2 {
		t.Errorf("%d tokens, %v", len(list), err)
	}
	if _, err := s.CancelRotation(t.Context(), id, old.ID); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.StartRotation(t.Context(), id, old.ID, n); !errors.Is(err, token.ErrRevokedAlready) {
		t.Errorf("cancelled: %v", err)
	}
	done := token.NewRotation{ID: uuid.NewString()}
	secret, _, err = s.StartRotation(t.Context(), id, old.ID, done)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.CompleteRotation(t.Context(), id, old.ID, true); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.StartRotation(t.Context(), id, old.ID, done); !errors.Is(err, token.ErrRevokedAlready) {
		t.Errorf("completed: %v", err)
	}
	s.Reset()
	if _, err := s.Verify(t.Context(), id, secret.Reveal(), netip.Addr{}); err != nil {
		t.Errorf("the token of the completed rotation: %v", err)
	}
}

// Where somebody may have the secret, a later attempt at a request makes none: not one after the other, not at once, and not
// for a token that was revoked meanwhile. Another tenant's token with the ID is nobody's business.
func TestTokenIsShownOnce(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 1)
	s, err := token.New(token.Config{DB: db, Key: key})
	if err != nil {
		t.Fatal(err)
	}
	id, n := tenants[0].ID, token.NewToken{ID: uuid.NewString(), Name: "Entra", Once: true}
	type made struct {
		secret token.Secret
		err    error
	}
	answers := make(chan made, 4)
	for range cap(answers) {
		go func() {
			secret, _, err := s.Issue(t.Context(), id, n)
			answers <- made{secret, err}
		}()
	}
	var secret token.Secret
	shown := 0
	for range cap(answers) {
		switch a := <-answers; {
		case a.err == nil:
			secret, shown = a.secret, shown+1
		case !errors.Is(a.err, token.ErrMade):
			t.Error(a.err)
		}
	}
	if shown != 1 {
		t.Fatalf("shown %d times", shown)
	}
	if _, err := s.Verify(t.Context(), id, secret.Reveal(), netip.Addr{}); err != nil {
		t.Errorf("what was shown: %v", err)
	}
	if err := s.Revoke(t.Context(), id, n.ID); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Issue(t.Context(), id, n); !errors.Is(err, token.ErrRevokedAlready) {
		t.Errorf("a revoked token came back: %v", err)
	}
}
