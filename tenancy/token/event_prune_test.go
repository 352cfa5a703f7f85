package token_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/infra/pgtest"
)

// Events go after 400 days, in more than one batch, and those that are younger stay. Nothing that was said is said again.
func TestPruneEvents(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 1)
	c := fixture.NewClock()
	s := store(t, db, c)
	_, old := mint(t, s, tenants[0], time.Time{})
	_, young := mint(t, s, tenants[0], time.Time{})
	if _, err := db.ExecContext(t.Context(), `INSERT INTO spoke.token_events (id, at, tenant_id, credential, credential_id, name, kind, days, address)
		SELECT md5(i::text)::uuid, $1, $2, 'token', md5(i::text)::uuid, '', 'revoked', 0, '' FROM generate_series(1, 2500) i`, c.Now(), string(tenants[0].ID)); err != nil {
		t.Fatal(err)
	}
	if err := s.Revoke(t.Context(), tenants[0].ID, old.ID); err != nil {
		t.Fatal(err)
	}
	prune := func(want int64) {
		t.Helper()
		if n, err := s.PruneEvents(t.Context()); n != want || err != nil {
			t.Errorf("%d events went, %v; want %d", n, err, want)
		}
	}
	c.Pass(400*24*time.Hour - time.Second)
	prune(0)
	if err := s.Revoke(t.Context(), tenants[0].ID, young.ID); err != nil {
		t.Fatal(err)
	}
	c.Pass(time.Second)
	prune(2501)
	if err := s.Revoke(t.Context(), tenants[0].ID, old.ID); err != nil { // it was, and nothing more is to be said of it
		t.Fatal(err)
	}
	left := []string{} // not by Events, which waits for the transactions of others
	if err := db.SelectContext(t.Context(), &left, `SELECT credential_id || ' ' || kind FROM spoke.token_events ORDER BY id`); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{young.ID + " revoked"}, left); diff != "" {
		t.Errorf("left are (-want +got):\n%s", diff)
	}
}
