package oauth_test

import (
	"strings"
	"testing"
	"time"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/tenancy/oauth"
	"github.com/askspoke/spoke/tenancy/token"
)

// Familiar is what was right itself, for as long as it may be, and no more of one tenant than there is room for.
func TestFamiliar(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 2)
	c := fixture.NewClock()
	s := store(t, db, newKey(t), c)
	h, other := newHolder(t, s, tenants[0], time.Time{}), newHolder(t, s, tenants[1], time.Time{})
	is := func(want bool, text, what string) {
		t.Helper()
		if s.Familiar(tenants[0].ID, text) != want {
			t.Errorf("%s: familiar is not %t", what, want)
		}
	}
	first := issue(t, s, tenants[0], h).Text
	is(false, first, "one that was not shown yet")
	accepts(t, s, tenants[0], first)
	is(true, first, "one that was right")
	forged := first[:strings.LastIndex(first, ".")+1] + strings.Repeat("A", 86)
	rejects(t, s, placeOf(tenants[0]), forged, token.ErrUnknown)
	is(false, forged, "one that names the same key")
	is(true, first, "one that was right, after a forged one")
	if s.Familiar(tenants[1].ID, first) {
		t.Error("familiar at another tenant")
	}
	theirs := issue(t, s, tenants[1], other).Text
	accepts(t, s, tenants[1], theirs)
	c.Pass(time.Second)
	var last string
	for range 64 {
		last = issue(t, s, tenants[0], h).Text
		accepts(t, s, tenants[0], last)
	}
	is(false, first, "the oldest of 65")
	is(true, last, "the last of 65")
	if !s.Familiar(tenants[1].ID, theirs) {
		t.Error("one tenant's tokens took another's room")
	}
	if err := s.RevokeSecret(t.Context(), tenants[0].ID, h.ID, h.secret.ID); err != nil {
		t.Fatal(err)
	}
	rejects(t, s, placeOf(tenants[0]), last, token.ErrRevoked)
	is(false, last, "one that is revoked")
	c.Pass(oauth.DefaultTokenLife)
	if s.Familiar(tenants[1].ID, theirs) {
		t.Error("familiar after its end")
	}

	// Client secrets.
	right, wrong := other.request(tenants[1]), other.request(tenants[1])
	wrong.Secret = token.NewSecret(token.ForClient).Reveal()
	refuses(t, s, wrong, oauth.InvalidClient)
	greedy := right
	greedy.Scope = "admin" // the secret is right all the same
	refuses(t, s, greedy, oauth.InvalidScope)
	elsewhere := right
	elsewhere.Place = placeOf(tenants[0])
	if !s.FamiliarClient(right) || s.FamiliarClient(wrong) || s.FamiliarClient(elsewhere) {
		t.Error("not the secret that was right is familiar")
	}
	refuses(t, s, h.request(tenants[0]), oauth.InvalidClient)
	if s.FamiliarClient(h.request(tenants[0])) {
		t.Error("a revoked secret is familiar")
	}
	c.Pass(24 * time.Hour)
	if s.FamiliarClient(right) {
		t.Error("familiar for more than a day")
	}
}
