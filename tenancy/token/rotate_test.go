package token_test

import (
	"errors"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/tenantdb"
	"github.com/askspoke/spoke/tenancy/token"
)

// story is an event as far as these tests look at it.
type story struct {
	ID      string
	Kind    token.EventKind
	Days    int
	Address netip.Addr
}

// events are what Events returns, two at a time.
func events(t *testing.T, s *token.Store, tenant tenancy.ID) []story {
	t.Helper()
	var told []story
	var cursor token.EventCursor
	for {
		list, next, err := s.Events(t.Context(), tenant, cursor, 2)
		if err != nil {
			t.Fatal(err)
		}
		if len(list) == 0 {
			if next != cursor {
				t.Errorf("the cursor moved from %q to %q", cursor, next)
			}
			return told
		}
		for _, e := range list {
			told = append(told, story{e.CredentialID, e.Kind, e.Days, e.Address})
		}
		cursor = next
	}
}

// told fails the test unless the events are these in some order of transactions.
func told(t *testing.T, s *token.Store, tenant tenancy.ID, want ...story) {
	t.Helper()
	var got []story
	fixture.Eventually(t, "the events are there", func() bool { // transactions of other tests hold them back
		got = events(t, s, tenant)
		return len(got) >= len(want)
	})
	if diff := cmp.Diff(want, got, plain, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestRotation(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 2)
	c := fixture.NewClock()
	s, other := store(t, db, c), store(t, db, c)
	id := tenants[0].ID
	cidrs, err := token.ParseCIDRs([]string{"127.0.0.0/8"})
	if err != nil {
		t.Fatal(err)
	}
	secret, old, err := s.Issue(t.Context(), id, token.NewToken{Name: "Entra", Scopes: tenancy.ReadUsers, CIDRs: cidrs, ExpiresAt: c.Now().Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Rotation(t.Context(), id, old.ID); !errors.Is(err, token.ErrNoRotation) {
		t.Errorf("a token that is not rotated: %v", err)
	}
	c.Pass(time.Minute)
	fresh, started, err := s.StartRotation(t.Context(), id, old.ID, token.NewRotation{})
	if err != nil {
		t.Fatal(err)
	}
	want := token.Rotation{State: token.RotationOpen, Old: old, New: token.Token{
		ID: started.New.ID, TenantID: id, Name: "Entra", Hint: fresh.Hint(), Scopes: tenancy.ReadUsers, CIDRs: cidrs,
		Line: old.ID, Replaces: old.ID, CreatedAt: c.Now(),
	}}
	state := func() token.Rotation {
		t.Helper()
		r, err := s.Rotation(t.Context(), id, old.ID)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	for _, got := range []token.Rotation{started, state()} {
		if diff := cmp.Diff(want, got, plain); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}

	// What cannot be now.
	for what, try := range map[string]func() error{
		"again": func() error { _, _, err := s.StartRotation(t.Context(), id, old.ID, token.NewRotation{}); return err },
		"of the new one": func() error {
			_, _, err := s.StartRotation(t.Context(), id, started.New.ID, token.NewRotation{})
			return err
		},
	} {
		if err := try(); !errors.Is(err, token.ErrRotating) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := s.CompleteRotation(t.Context(), id, old.ID, false); !errors.Is(err, token.ErrUnproven) {
		t.Errorf("complete without proof: %v", err)
	}
	for _, tenant := range []tenancy.ID{tenants[1].ID, "none"} {
		_, _, start := s.StartRotation(t.Context(), tenant, old.ID, token.NewRotation{})
		_, read := s.Rotation(t.Context(), tenant, old.ID)
		_, complete := s.CompleteRotation(t.Context(), tenant, old.ID, true)
		_, cancel := s.CancelRotation(t.Context(), tenant, old.ID)
		for _, err := range []error{start, read, complete, cancel} {
			if !errors.Is(err, token.ErrNotFound) {
				t.Errorf("tenant %s: %v", tenant, err)
			}
		}
	}
	accepts(t, s, old, secret.Reveal())

	// A refused use proves nothing, one that the other replica saw does.
	if _, err := other.Verify(t.Context(), id, fresh.Reveal(), netip.MustParseAddr("192.0.2.1")); err == nil {
		t.Error("used from elsewhere")
	}
	if _, err := s.CompleteRotation(t.Context(), id, old.ID, false); !errors.Is(err, token.ErrUnproven) {
		t.Errorf("complete after a refused use: %v", err)
	}
	c.Pass(time.Second)
	used := c.Now()
	accepts(t, other, started.New, fresh.Reveal())
	c.Pass(time.Second)
	if _, err := other.Verify(t.Context(), id, fresh.Reveal(), netip.MustParseAddr("127.0.0.2")); err != nil {
		t.Fatal(err)
	}
	if err := other.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	want.Proven = true
	want.New.FirstUsedAt, want.New.FirstUsedFrom = used, loopback
	want.New.LastUsedAt, want.New.LastUsedFrom = c.Now(), netip.MustParseAddr("127.0.0.2")
	got := state()
	want.Old.FirstUsedAt, want.Old.FirstUsedFrom = got.Old.FirstUsedAt, got.Old.FirstUsedFrom
	want.Old.LastUsedAt, want.Old.LastUsedFrom = got.Old.LastUsedAt, got.Old.LastUsedFrom
	if diff := cmp.Diff(want, got, plain); diff != "" {
		t.Errorf("after the first use (-want +got):\n%s", diff)
	}
	want.State, want.Old.RevokedAt = token.RotationCompleted, c.Now()
	for range 2 { // the second time changes nothing
		done, err := s.CompleteRotation(t.Context(), id, old.ID, false)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, done, plain); diff != "" {
			t.Errorf("completed (-want +got):\n%s", diff)
		}
		c.Pass(time.Second)
	}
	rejects(t, s, id, secret.Reveal(), token.ErrRevoked)
	accepts(t, s, started.New, fresh.Reveal())
	if _, err := s.CancelRotation(t.Context(), id, old.ID); !errors.Is(err, token.ErrNoRotation) {
		t.Errorf("cancel what is completed: %v", err)
	}
	if _, _, err := s.StartRotation(t.Context(), id, old.ID, token.NewRotation{}); !errors.Is(err, token.ErrRevokedAlready) {
		t.Errorf("rotate a revoked token: %v", err)
	}
	// The new one can be rotated in its turn, and keeps the line.
	_, next, err := s.StartRotation(t.Context(), id, started.New.ID, token.NewRotation{})
	if err != nil || next.New.Line != old.ID {
		t.Fatalf("%v, line %s", err, next.New.Line)
	}
	told(t, s, id,
		story{old.ID, token.EventFirstUse, 0, loopback}, story{started.New.ID, token.EventFirstUse, 0, loopback},
		story{old.ID, token.EventRotated, 0, netip.Addr{}})
	told(t, s, tenants[1].ID)
}

func TestRotationCancelled(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 1)
	c := fixture.NewClock()
	s := store(t, db, c)
	id := tenants[0].ID
	text, old := mint(t, s, tenants[0], time.Time{})
	if _, err := s.CancelRotation(t.Context(), id, old.ID); !errors.Is(err, token.ErrNoRotation) {
		t.Errorf("cancel nothing: %v", err)
	}
	fresh, started, err := s.StartRotation(t.Context(), id, old.ID, token.NewRotation{})
	if err != nil {
		t.Fatal(err)
	}
	accepts(t, s, started.New, fresh.Reveal())
	for range 2 {
		if r, err := s.CancelRotation(t.Context(), id, old.ID); err != nil || r.State != token.RotationCancelled {
			t.Fatalf("%s, %v", r.State, err)
		}
	}
	rejects(t, s, id, fresh.Reveal(), token.ErrRevoked)
	accepts(t, s, old, text)
	if _, err := s.CompleteRotation(t.Context(), id, old.ID, true); !errors.Is(err, token.ErrNoRotation) {
		t.Errorf("complete what is cancelled: %v", err)
	}

	// By force it needs no proof; a new token that expired unused takes nothing with it.
	if _, _, err := s.StartRotation(t.Context(), id, old.ID, token.NewRotation{ExpiresAt: c.Now().Add(time.Minute)}); err != nil {
		t.Fatal(err)
	}
	c.Pass(time.Minute)
	if _, err := s.CompleteRotation(t.Context(), id, old.ID, true); !errors.Is(err, token.ErrNoRotation) {
		t.Errorf("complete with an expired token: %v", err)
	}
	if _, _, err := s.StartRotation(t.Context(), id, old.ID, token.NewRotation{ExpiresAt: c.Now()}); !errors.Is(err, token.ErrExpiry) {
		t.Errorf("a new token that has expired: %v", err)
	}
	if _, _, err := s.StartRotation(t.Context(), id, old.ID, token.NewRotation{}); err != nil {
		t.Fatal(err)
	}
	if r, err := s.CompleteRotation(t.Context(), id, old.ID, true); err != nil || r.State != token.RotationCompleted || r.Proven {
		t.Errorf("by force: %+v, %v", r, err)
	}
	rejects(t, s, id, text, token.ErrRevoked)
}

// A tenant whose tokens are as many as there may be can still rotate each of them.
func TestRotationAtLimit(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 1)
	s := store(t, db, fixture.NewClock())
	var list []token.Token
	for range 3 {
		_, minted := mint(t, s, tenants[0], time.Time{})
		list = append(list, minted)
	}
	for _, old := range list {
		if _, _, err := s.StartRotation(t.Context(), tenants[0].ID, old.ID, token.NewRotation{}); err != nil {
			t.Error(err)
		}
	}
	if _, _, err := s.Mint(t.Context(), tenants[0].ID, "x", time.Time{}); !errors.Is(err, token.ErrLimit) {
		t.Errorf("one more: %v", err)
	}
}

// Without Postgres each act says so and does nothing; a use that could not be written still proves the new token later.
func TestRotationPostgresAway(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 1)
	c := fixture.NewClock()
	proxy := pgtest.NewProxy(t, pgtest.Address(t, db))
	s := store(t, pgtest.Open(t, proxy.URL, tenantdb.Options{}), c)
	_, old := mint(t, s, tenants[0], time.Time{})
	fresh, started, err := s.StartRotation(t.Context(), tenants[0].ID, old.ID, token.NewRotation{})
	if err != nil {
		t.Fatal(err)
	}
	accepts(t, s, started.New, fresh.Reveal())
	proxy.Away()
	_, _, start := s.StartRotation(t.Context(), tenants[0].ID, old.ID, token.NewRotation{})
	_, complete := s.CompleteRotation(t.Context(), tenants[0].ID, old.ID, true)
	_, cancel := s.CancelRotation(t.Context(), tenants[0].ID, old.ID)
	_, read := s.Rotation(t.Context(), tenants[0].ID, old.ID)
	_, warn := s.WarnExpiring(t.Context())
	_, _, list := s.Events(t.Context(), "", "", 1)
	for i, err := range []error{start, complete, cancel, read, warn, list} {
		if !tenantdb.Unavailable(err) {
			t.Errorf("%d: %v", i, err)
		}
	}
	proxy.Back()
	if r, err := s.CompleteRotation(t.Context(), tenants[0].ID, old.ID, false); err != nil || !r.Proven { // the use was kept
		t.Errorf("%+v, %v", r, err)
	}
}

func TestWarnExpiring(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 1)
	c := fixture.NewClock()
	s, err := token.New(token.Config{DB: db, Key: key, Now: c.Now, Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	const day = 24 * time.Hour
	in := func(d time.Duration) token.Token {
		_, minted := mint(t, s, tenants[0], c.Now().Add(d))
		return minted
	}
	mint(t, s, tenants[0], time.Time{})
	year, week, hour, gone := in(365*day), in(7*day), in(time.Hour), in(365*day)
	want := []story{}
	sweep := func(pass time.Duration, more ...story) {
		t.Helper()
		c.Pass(pass)
		for range 2 {
			if _, err := s.WarnExpiring(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		want = append(want, more...)
		told(t, s, tenants[0].ID, want...)
	}
	none := netip.Addr{}
	sweep(0)
	sweep(time.Hour, story{hour.ID, token.EventExpired, 0, none})
	sweep(6*day, story{week.ID, token.EventExpiring, 1, none})
	if err := s.Revoke(t.Context(), tenants[0].ID, gone.ID); err != nil {
		t.Fatal(err)
	}
	want = append(want, story{gone.ID, token.EventRevoked, 0, none})
	sweep(20 * day) // week expired more than a week ago, and nobody swept
	sweep(365*day - 26*day - time.Hour - 30*day - 1)
	sweep(1, story{year.ID, token.EventExpiring, 30, none})
	sweep(25*day, story{year.ID, token.EventExpiring, 7, none})
	sweep(4*day, story{year.ID, token.EventExpiring, 1, none})
	sweep(day, story{year.ID, token.EventExpired, 0, none})
	sweep(day)
	if _, _, err := s.Events(t.Context(), "", "1.x", 1); !errors.Is(err, token.ErrCursor) {
		t.Errorf("a cursor of nobody: %v", err)
	}
}
