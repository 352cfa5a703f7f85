package oauth_test

import (
	"errors"
	"math"
	"testing"
	"time"

	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/oauth"
	"github.com/askspoke/spoke/tenancy/token"
)

// A plan bounds tokens and clients together, and another plan counts from the next one on.
func TestLimitOfAPlan(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 2)
	key, id := newKey(t), tenants[0].ID
	limit := token.LimitOf(func(plan string) int { return map[string]int{"": 2, "more": 3, "all": math.MaxInt}[plan] })
	tokens, err := token.New(token.Config{DB: db, Key: key, LimitOf: limit})
	if err != nil {
		t.Fatal(err)
	}
	clients, err := oauth.New(oauth.Config{DB: db, Key: key, LimitOf: limit})
	if err != nil {
		t.Fatal(err)
	}
	mint := func() error { _, _, err := tokens.Mint(t.Context(), id, "a", time.Time{}); return err }
	create := func() error {
		_, err := clients.CreateClient(t.Context(), id, oauth.NewClient{Name: "a"})
		return err
	}
	full := func() {
		t.Helper()
		if err := mint(); !errors.Is(err, token.ErrLimit) {
			t.Errorf("one more token: %v", err)
		}
		if err := create(); !errors.Is(err, oauth.ErrLimit) {
			t.Errorf("one more client: %v", err)
		}
	}
	if err := errors.Join(mint(), create()); err != nil {
		t.Fatal(err)
	}
	full()
	if _, _, err := tokens.Mint(t.Context(), tenants[1].ID, "a", time.Time{}); err != nil {
		t.Errorf("another tenant: %v", err)
	}
	m := lifecycle.New(lifecycle.Config{DB: db, Plans: []string{"more", "all"}})
	for _, plan := range []string{"more", "all"} {
		if _, err := m.Update(t.Context(), id, 0, lifecycle.Change{Plan: &plan}); err != nil {
			t.Fatal(err)
		}
		if err := create(); err != nil {
			t.Errorf("with the plan %s: %v", plan, err)
		}
		if plan == "more" {
			full()
		}
	}
}
