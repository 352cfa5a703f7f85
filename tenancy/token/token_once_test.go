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
