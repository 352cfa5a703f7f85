package token_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/tenantdb"
	"github.com/askspoke/spoke/tenancy/token"
)

var key = func() token.Key {
	k, err := token.ParseKey(token.GenerateKey())
	if err != nil {
		panic(err)
	}
	return k
}()

func store(t *testing.T, db *tenantdb.DB, c *fixture.Clock) *token.Store {
	t.Helper()
	s, err := token.New(token.Config{DB: db, Key: key, Now: c.Now, Limit: 3})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mint(t *testing.T, s *token.Store, tenant tenancy.Tenant, expires time.Time) (string, token.Token) {
	t.Helper()
	secret, minted, err := s.Mint(t.Context(), tenant.ID, "Entra", expires)
	if err != nil {
		t.Fatal(err)
	}
	return secret.Reveal(), minted
}

// rejects fails the test unless the token is rejected for the reason.
func rejects(t *testing.T, s *token.Store, id tenancy.ID, text string, reason error) {
	t.Helper()
	client, err := s.Verify(t.Context(), id, text, loopback)
	if !errors.Is(err, reason) || !errors.Is(err, token.ErrRejected) || client != (tenancy.Client{}) {
		t.Errorf("Verify = %v, %v; want %v", client, err, reason)
	}
	if err != nil && (tenantdb.Unavailable(err) || len(text) > 4 && strings.Contains(err.Error(), text)) {
		t.Errorf("error of a rejected token: %v", err)
	}
}

// loopback is from where tests use tokens.
var loopback = netip.MustParseAddr("127.0.0.1")

// plain compares addresses and ranges by their value.
var plain = cmp.Options{
	cmp.Comparer(func(a, b netip.Addr) bool { return a == b }), cmp.Comparer(func(a, b netip.Prefix) bool { return a == b }),
}

func accepts(t *testing.T, s *token.Store, minted token.Token, text string) {
	t.Helper()
	want := tenancy.Client{TokenID: minted.ID, TenantID: minted.TenantID, Name: minted.Name, Scopes: minted.Scopes, ExpiresAt: minted.ExpiresAt}
	got, err := s.Verify(t.Context(), minted.TenantID, text, loopback)
	if err != nil {
		t.Errorf("Verify: %v", err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Verify (-want +got):\n%s", diff)
	}
}

func TestVerify(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 2)
	c := fixture.NewClock()
	s := store(t, db, c)
	text, minted := mint(t, s, tenants[0], c.Now().Add(30*time.Second))
	for range 2 { // asked, then remembered
		accepts(t, s, minted, text)
		rejects(t, s, tenants[1].ID, text, token.ErrUnknown)
		rejects(t, s, "no tenant", text, token.ErrUnknown)
		rejects(t, s, tenants[0].ID, text[:len(text)-1], token.ErrMalformed)
		rejects(t, s, tenants[0].ID, strings.ToLower(text), token.ErrMalformed)
		rejects(t, s, tenants[0].ID, "", token.ErrMalformed)
	}
	other, err := token.ParseKey(token.GenerateKey())
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := token.New(token.Config{DB: db, Key: other, Now: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	rejects(t, stranger, tenants[0].ID, text, token.ErrUnknown)

	c.Pass(30*time.Second - 1)
	accepts(t, s, minted, text)
	c.Pass(1) // still remembered, and expired
	rejects(t, s, tenants[0].ID, text, token.ErrExpired)
	rejects(t, store(t, db, c), tenants[0].ID, text, token.ErrExpired) // not remembered
}

func TestMintRefuses(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 1)
	c := fixture.NewClock()
	s := store(t, db, c)
	for name, tc := range map[string]struct {
		tenant  tenancy.ID
		name    string
		expires time.Time
		want    error
	}{
		"no name":        {tenants[0].ID, " ", time.Time{}, token.ErrName},
		"long name":      {tenants[0].ID, strings.Repeat("x", 101), time.Time{}, token.ErrName},
		"control":        {tenants[0].ID, "a\x00b", time.Time{}, token.ErrName},
		"not UTF-8":      {tenants[0].ID, "a\xff", time.Time{}, token.ErrName},
		"expired":        {tenants[0].ID, "x", c.Now(), token.ErrExpiry},
		"unknown tenant": {tenancy.NewID(), "x", time.Time{}, tenancy.ErrNotFound},
	} {
		if _, _, err := s.Mint(t.Context(), tc.tenant, tc.name, tc.expires); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := token.New(token.Config{DB: db, Key: key, Limit: 1}); err == nil {
		t.Error("a limit of one token was accepted")
	}
	if _, err := token.New(token.Config{DB: db}); err == nil {
		t.Error("no key was accepted")
	}
}

// Of eight at once three get the tenant's three tokens; an expired and a revoked one make room.
func TestLimit(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 1)
	c := fixture.NewClock()
	s := store(t, db, c)
	var wg sync.WaitGroup
	var minted atomic.Int64
	for i := range 8 {
		wg.Go(func() {
			_, _, err := s.Mint(t.Context(), tenants[0].ID, fmt.Sprint(i), c.Now().Add(time.Hour))
			switch {
			case err == nil:
				minted.Add(1)
			case !errors.Is(err, token.ErrLimit):
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := minted.Load(); n != 3 {
		t.Errorf("%d tokens", n)
	}
	list, err := s.List(t.Context(), tenants[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Revoke(t.Context(), tenants[0].ID, list[0].ID); err != nil {
		t.Fatal(err)
	}
	mint(t, s, tenants[0], time.Time{})
	c.Pass(time.Hour)
	mint(t, s, tenants[0], time.Time{})
	mint(t, s, tenants[0], time.Time{})
	if _, _, err := s.Mint(t.Context(), tenants[0].ID, "x", time.Time{}); !errors.Is(err, token.ErrLimit) {
		t.Errorf("the fourth: %v", err)
	}
}

func TestRevoke(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 2)
	c := fixture.NewClock()
	s := store(t, db, c)
	text, minted := mint(t, s, tenants[0], time.Time{})
	accepts(t, s, minted, text)
	for id, tenant := range map[string]tenancy.ID{minted.ID: tenants[1].ID, "x": tenants[0].ID, string(tenancy.NewID()): tenants[0].ID} {
		if err := s.Revoke(t.Context(), tenant, id); !errors.Is(err, token.ErrNotFound) {
			t.Errorf("Revoke(%s, %s): %v", tenant, id, err)
		}
	}
	accepts(t, s, minted, text)
	revokedAt := c.Now()
	for range 2 { // the second time changes nothing
		if err := s.Revoke(t.Context(), tenants[0].ID, minted.ID); err != nil {
			t.Fatal(err)
		}
		rejects(t, s, tenants[0].ID, text, token.ErrRevoked)
		c.Pass(time.Second)
	}
	minted.RevokedAt = revokedAt
	list, err := s.List(t.Context(), tenants[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	minted.LastUsedAt = list[0].LastUsedAt
	if diff := cmp.Diff([]token.Token{minted}, list, plain); diff != "" {
		t.Errorf("List (-want +got):\n%s", diff)
	}
}

// A second replica, which remembers the token, hears of the revocation; a third, which hears nothing, forgets in time.
func TestRevokeElsewhere(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 1)
	c := fixture.NewClock()
	here, there, deaf := store(t, db, c), store(t, db, c), store(t, db, c)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	connected, ended := make(chan struct{}, 8), make(chan error, 1)
	go func() {
		ended <- db.Listen(ctx, tenantdb.ControlChannel, func(payload string) {
			if signal, ok := tenantdb.ParseSignal(payload); ok {
				there.Hear(signal)
			}
		}, func() { there.Reset(); connected <- struct{}{} })
	}()
	<-connected
	text, minted := mint(t, here, tenants[0], time.Time{})
	accepts(t, there, minted, text)
	accepts(t, deaf, minted, text)
	if err := here.Revoke(t.Context(), tenants[0].ID, minted.ID); err != nil {
		t.Fatal(err)
	}
	// The clock stands still, so that it is not the end of what is remembered.
	fixture.Eventually(t, "the second replica rejects", func() bool {
		_, err := there.Verify(t.Context(), tenants[0].ID, text, loopback)
		return errors.Is(err, token.ErrRevoked)
	})
	accepts(t, deaf, minted, text)
	c.Pass(time.Minute + time.Second)
	rejects(t, deaf, tenants[0].ID, text, token.ErrRevoked)
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestPostgresAway(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 1)
	c := fixture.NewClock()
	proxy := pgtest.NewProxy(t, pgtest.Address(t, db))
	s := store(t, pgtest.Open(t, proxy.URL, tenantdb.Options{}), c)
	text, minted := mint(t, s, tenants[0], time.Time{})
	cold, coldMinted := mint(t, s, tenants[0], time.Time{})
	accepts(t, s, minted, text)
	proxy.Away()
	accepts(t, s, minted, text)
	if _, err := s.Verify(t.Context(), tenants[0].ID, cold, loopback); !tenantdb.Unavailable(err) || errors.Is(err, token.ErrRejected) {
		t.Errorf("a token that is not remembered: %v", err)
	}
	rejects(t, s, tenants[0].ID, "spk_", token.ErrMalformed)
	if err := s.Flush(t.Context()); !tenantdb.Unavailable(err) {
		t.Errorf("Flush: %v", err)
	}
	proxy.Back()
	accepts(t, s, coldMinted, cold)
	if err := s.Flush(t.Context()); err != nil { // what could not be written is not lost
		t.Fatal(err)
	}
	list, err := s.List(t.Context(), tenants[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range list {
		if !l.LastUsedAt.Equal(c.Now()) {
			t.Errorf("last use of %s is %s", l.ID, l.LastUsedAt)
		}
	}
}

// The last use is written when Run is told to end, and never put back by a replica that is late.
func TestLastUse(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 1)
	c := fixture.NewClock()
	s, late := store(t, db, c), store(t, db, c)
	text, minted := mint(t, s, tenants[0], time.Time{})
	accepts(t, late, minted, text)
	c.Pass(time.Minute)
	accepts(t, s, minted, text)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Run(ctx); err != nil {
		t.Fatal(err)
	}
	if err := late.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	list, err := s.List(t.Context(), tenants[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(c.Now(), list[0].LastUsedAt); diff != "" {
		t.Errorf("last use (-want +got):\n%s", diff)
	}
}
