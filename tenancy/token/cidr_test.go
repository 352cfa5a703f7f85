package token_test

import (
	"errors"
	"net/netip"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/token"
)

func TestParseCIDRs(t *testing.T) {
	t.Parallel()
	got, err := token.ParseCIDRs([]string{
		"203.0.113.9/24", "203.0.113.0/24", "192.0.2.7", "2001:db8::1/32", "::1", "::ffff:10.0.0.0/104", "::ffff:192.0.2.7", "0.0.0.0/0",
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"203.0.113.0/24", "192.0.2.7/32", "2001:db8::/32", "::1/128", "10.0.0.0/8", "0.0.0.0/0"}
	if diff := cmp.Diff(want, got.Strings()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, text := range []string{"", "x", "203.0.113.0/33", "203.0.113.0/", "fe80::1%eth0", "fe80::%eth0/64", "::ffff:10.0.0.0/90", "1.2.3", "203.0.113.0/24 "} {
		var refusal *token.CIDRError
		if list, err := token.ParseCIDRs([]string{"::1", text}); !errors.As(err, &refusal) || !errors.Is(err, token.ErrCIDRs) || list != nil {
			t.Errorf("ParseCIDRs(%q) = %v, %v", text, list, err)
		}
	}
	if _, err := token.ParseCIDRs(slices.Repeat([]string{"::1"}, 101)); !errors.Is(err, token.ErrCIDRs) {
		t.Errorf("101 ranges: %v", err)
	}
}

// A token with permitted addresses is refused elsewhere, which is no use of it; one that is worthless is rejected the
// same way from everywhere.
func TestAddresses(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 1)
	c := fixture.NewClock()
	s := store(t, db, c)
	cidrs, err := token.ParseCIDRs([]string{"203.0.113.0/24", "2001:db8::/32"})
	if err != nil {
		t.Fatal(err)
	}
	secret, issued, err := s.Issue(t.Context(), tenants[0].ID, token.NewToken{Name: "Entra", Scopes: tenancy.ReadUsers | tenancy.ReadGroups, CIDRs: cidrs})
	if err != nil {
		t.Fatal(err)
	}
	want := tenancy.Client{TokenID: issued.ID, TenantID: tenants[0].ID, Name: "Entra", Scopes: tenancy.ReadUsers | tenancy.ReadGroups}
	for _, from := range []string{"203.0.113.7", "::ffff:203.0.113.7", "2001:db8::7", "2001:db8::7%eth0"} {
		if got, err := s.Verify(t.Context(), tenants[0].ID, secret.Reveal(), netip.MustParseAddr(from)); err != nil || got != want {
			t.Errorf("from %s: %+v, %v", from, got, err)
		}
	}
	if err := s.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	before, err := s.Get(t.Context(), tenants[0].ID, issued.ID)
	if err != nil {
		t.Fatal(err)
	}
	c.Pass(5e9)
	for _, from := range []netip.Addr{{}, netip.MustParseAddr("203.0.114.1"), netip.MustParseAddr("2001:db9::"), netip.MustParseAddr("::ffff:192.0.2.1"), netip.MustParseAddr("::203.0.113.7")} {
		got, err := s.Verify(t.Context(), tenants[0].ID, secret.Reveal(), from)
		var refusal *token.AddressError
		if !errors.As(err, &refusal) || refusal.Address != from || errors.Is(err, token.ErrRejected) || got != (tenancy.Client{}) {
			t.Errorf("from %s: %+v, %v", from, got, err)
		}
	}
	if err := s.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	after, err := s.Get(t.Context(), tenants[0].ID, issued.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, after, plain); diff != "" {
		t.Errorf("a refused use was noted (-before +after):\n%s", diff)
	}
	if err := s.Revoke(t.Context(), tenants[0].ID, issued.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Verify(t.Context(), tenants[0].ID, secret.Reveal(), netip.MustParseAddr("192.0.2.1")); !errors.Is(err, token.ErrRevoked) {
		t.Errorf("a revoked token from elsewhere: %v", err)
	}
	if _, _, err := s.Issue(t.Context(), tenants[0].ID, token.NewToken{Name: "x", CIDRs: token.CIDRs{{}}}); !errors.Is(err, token.ErrCIDRs) {
		t.Errorf("a range that is none: %v", err)
	}
}

// A scope that a later program gave is nothing to this one, and ranges that it cannot read let nobody in.
func TestGrantOfLaterProgram(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 1)
	s := store(t, db, fixture.NewClock())
	table := `"spoke"."tokens"`
	for _, tc := range []struct {
		scopes, cidrs string
		want          tenancy.Scopes
		broken        bool
	}{
		{`{}`, `{}`, tenancy.AllScopes, false},
		{`{devices}`, `{}`, tenancy.NoScopes, false},
		{`{devices,groups:read}`, `{}`, tenancy.ReadGroups, false},
		{`{users}`, `{elsewhere}`, 0, true},
	} {
		secret, issued, err := s.Mint(t.Context(), tenants[0].ID, "x", fixture.NewClock().Now().AddDate(1, 0, 0))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.ExecContext(t.Context(), `UPDATE `+table+` SET scopes = $2::text[], cidrs = $3::text[] WHERE id = $1`, issued.ID, tc.scopes, tc.cidrs); err != nil {
			t.Fatal(err)
		}
		got, err := s.Verify(t.Context(), tenants[0].ID, secret.Reveal(), loopback)
		if got.Scopes != tc.want || (err != nil) != tc.broken {
			t.Errorf("%s %s: %d, %v", tc.scopes, tc.cidrs, got.Scopes, err)
		}
		if err := s.Revoke(t.Context(), tenants[0].ID, issued.ID); (err != nil) != tc.broken {
			t.Error(err)
		}
	}
}
