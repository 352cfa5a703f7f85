package hostclaim_test

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"

	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/hostclaim"
	"github.com/askspoke/spoke/tenancy/hostname"
	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/registry"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

var at = time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC)

// fixture is a Store over n tenants, with a clock and a DNS of its own.
type fixture struct {
	*hostclaim.Store
	*testing.T
	db      *tenantdb.DB
	tenants []tenancy.Tenant
	dns     *nameServer
	bases   hostname.Resolver
	now     time.Time
}

func setUp(t *testing.T, n int) *fixture {
	t.Helper()
	f := &fixture{T: t, now: at, dns: startNameServer(t)}
	f.db, f.tenants = pgtest.Tenants(t, n)
	var err error
	if f.bases, err = hostname.NewResolver("askspoke.com", "eu.askspoke.example"); err != nil {
		t.Fatal(err)
	}
	f.Store = hostclaim.New(hostclaim.Config{DB: f.db, Bases: f.bases, Resolver: f.dns.resolver(), Now: func() time.Time { return f.now }})
	return f
}

// claim claims a host for tenant i.
func (f *fixture) claim(i int, host string) hostclaim.Host {
	f.Helper()
	h, err := f.Claim(f.Context(), f.tenants[i].ID, host)
	if err != nil {
		f.Fatal(err)
	}
	return h
}

// verify tries to verify a host of tenant i.
func (f *fixture) verify(i int, host string, want error) {
	f.Helper()
	h, err := f.Verify(f.Context(), f.tenants[i].ID, host)
	if !errors.Is(err, want) || (want == nil) == h.VerifiedAt.IsZero() {
		f.Errorf("verify %s for tenant %d: %+v, %v, want %v", host, i+1, h, err, want)
	}
}

func (f *fixture) list(i int, want ...hostclaim.Host) {
	f.Helper()
	got, err := f.List(f.Context(), f.tenants[i].ID)
	if err != nil {
		f.Error(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		f.Errorf("hosts of tenant %d (-want +got):\n%s", i+1, diff)
	}
}

// owner fails the test unless tenant i is served at the host; -1 is nobody.
func (f *fixture) owner(host string, i int) {
	f.Helper()
	tenant, err := registry.New(registry.Config{DB: f.db, Hosts: f.bases}).Resolve(f.Context(), host)
	switch {
	case i < 0 && !errors.Is(err, tenancy.ErrHostNotFound):
		f.Errorf("%s is served for %s, %v", host, tenant.Slug, err)
	case i >= 0 && (err != nil || tenant.ID != f.tenants[i].ID):
		f.Errorf("%s is served for %q, %v", host, tenant.Slug, err)
	}
}

// A host from its claim to its removal.
func TestHost(t *testing.T) {
	t.Parallel()
	f := setUp(t, 2)
	h := f.claim(0, " SCIM.Acme.COM. ")
	if !strings.HasPrefix(h.Value, "spoke-host-verification=") || len(h.Value) < 50 {
		t.Errorf("value %q", h.Value)
	}
	want := hostclaim.Host{Name: "scim.acme.com", Record: "_spoke-challenge.scim.acme.com", Value: h.Value, CreatedAt: at, ExpiresAt: at.Add(hostclaim.DefaultLifetime)}
	if diff := cmp.Diff(want, h); diff != "" {
		t.Errorf("claimed (-want +got):\n%s", diff)
	}
	f.list(0, want)
	f.list(1)
	f.owner("scim.acme.com", -1)
	f.verify(1, "scim.acme.com", tenancy.ErrHostNotFound)
	f.verify(0, "scim.acme.com", hostclaim.ErrRecordMissing)
	f.dns.publish(h.Record, dns.RcodeSuccess, "v=spf1 -all", h.Value)
	f.owner("scim.acme.com", -1)
	f.now = at.Add(time.Hour)
	f.verify(0, "Scim.Acme.com", nil)
	verified := hostclaim.Host{Name: "scim.acme.com", CreatedAt: f.now, VerifiedAt: f.now}
	f.list(0, verified)
	f.owner("scim.acme.com", 0)

	f.dns.publish(h.Record, dns.RcodeNameError)
	f.now = at.Add(time.Hour * 24 * 365)
	f.verify(0, "scim.acme.com", nil)
	if again := f.claim(0, "scim.acme.com"); again != verified {
		t.Errorf("claimed again: %+v", again)
	}
	for i, want := range []error{nil, tenancy.ErrHostNotFound} {
		if err := f.Remove(t.Context(), f.tenants[1].ID, "scim.acme.com"); !errors.Is(err, tenancy.ErrHostNotFound) {
			t.Errorf("another tenant's: %v", err)
		}
		if err := f.Remove(t.Context(), f.tenants[0].ID, "scim.acme.com"); !errors.Is(err, want) {
			t.Errorf("removal %d: %v", i, err)
		}
		f.list(0)
		f.owner("scim.acme.com", -1)
	}
	if fresh := f.claim(0, "scim.acme.com"); fresh.Value == h.Value {
		t.Error("a new claim has the old value")
	}
	if err := f.Remove(t.Context(), f.tenants[0].ID, "scim.acme.com"); err != nil {
		t.Error(err)
	}
	f.list(0)
}

func TestRefusedHosts(t *testing.T) {
	t.Parallel()
	f := setUp(t, 1)
	const address, platform, invalid, single, port = "is an IP address: give a name",
		"belongs to the platform, below whose domain a tenant's host follows from its slug",
		"is no valid host name such as scim.acme.com", "must have a domain, as scim.acme.com has", "must have no port"
	long := strings.Repeat("a.", 117) + "com" // 237 bytes: its record would be one too long
	for host, reason := range map[string]string{
		"192.0.2.1": address, "[2001:db8::1]": address, "2001:db8::1": address, "::1": address, "1.2.3": address, "0x7f.1": address, "a.0x7f": address,
		"askspoke.com": platform, "acme.askspoke.com": platform, "a.b.askspoke.com": platform, "WWW.askspoke.com.": platform,
		"eu.askspoke.example": platform, "x.eu.askspoke.example": platform,
		"acme": single, "localhost": single, "scim.acme.com:443": port, "": invalid, "*.acme.com": invalid, "a..com": invalid, "a_b.com": invalid,
		"-a.com": invalid, "a b.com": invalid, "a.com/x": invalid, "xn--a.com": invalid, strings.Repeat("a", 64) + ".com": invalid, "a.com\x00": invalid,
		long: "is too long",
	} {
		_, err := f.Claim(t.Context(), f.tenants[0].ID, host)
		var refused *tenancy.HostError
		if !errors.As(err, &refused) || refused.Reason != reason || refused.Host != host || !errors.Is(err, tenancy.ErrHostInvalid) {
			t.Errorf("%.60q: %v, want %q", host, err, reason)
		}
		f.verify(0, host, tenancy.ErrHostNotFound)
	}
	f.list(0)
	if h := f.claim(0, "Bücher.example"); h.Name != "xn--bcher-kva.example" {
		t.Errorf("an internationalised name is %q", h.Name)
	}
	f.claim(0, long[2:])
	f.claim(0, "notaskspoke.com")
}

// Two claim one host. Whoever verifies first has it, and the other hears that it is taken, whatever the DNS says.
func TestTwoClaim(t *testing.T) {
	t.Parallel()
	f := setUp(t, 3)
	first, second := f.claim(0, "scim.acme.com"), f.claim(1, "scim.acme.com")
	if first.Value == second.Value || first.Record != second.Record {
		t.Errorf("%+v and %+v", first, second)
	}
	f.dns.publish(first.Record, dns.RcodeSuccess, second.Value)
	f.verify(0, "scim.acme.com", hostclaim.ErrRecordDiffers)
	f.verify(1, "scim.acme.com", nil)
	f.dns.publish(first.Record, dns.RcodeSuccess, first.Value)
	f.verify(0, "scim.acme.com", tenancy.ErrHostTaken)
	if _, err := f.Claim(t.Context(), f.tenants[2].ID, "scim.acme.com"); !errors.Is(err, tenancy.ErrHostTaken) {
		t.Errorf("a third claim: %v", err)
	}
	f.owner("scim.acme.com", 1)
	if err := f.Remove(t.Context(), f.tenants[1].ID, "scim.acme.com"); err != nil {
		t.Fatal(err)
	}
	f.verify(0, "scim.acme.com", nil)
	f.owner("scim.acme.com", 0)
}

// Tenants verify one host at once, several times each: one has it.
func TestVerifyAtOnce(t *testing.T) {
	t.Parallel()
	f := setUp(t, 3)
	var values []string
	var record string
	for i := range f.tenants {
		h := f.claim(i, "scim.acme.com")
		record, values = h.Record, append(values, h.Value)
	}
	f.dns.publish(record, dns.RcodeSuccess, values...)
	errs := make([]error, 6)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() { _, errs[i] = f.Verify(t.Context(), f.tenants[i%3].ID, "scim.acme.com") })
	}
	wg.Wait()
	won := -1
	for i, err := range errs {
		switch {
		case err == nil && (won < 0 || won == i%3):
			won = i % 3
		case err == nil:
			t.Errorf("tenants %d and %d have it", won+1, i%3+1)
		case !errors.Is(err, tenancy.ErrHostTaken):
			t.Errorf("tenant %d: %v", i%3+1, err)
		}
	}
	f.owner("scim.acme.com", won)
	if errs[won] != nil || errs[won+3] != nil {
		t.Errorf("who has it is told %v, %v", errs[won], errs[won+3])
	}
}

// What the DNS says instead of the value, in words that can be shown.
func TestRecordErrors(t *testing.T) {
	t.Parallel()
	f := setUp(t, 1)
	h := f.claim(0, "scim.acme.com")
	var many []string
	for i := range 60 {
		many = append(many, fmt.Sprintf("%02d %s", i, strings.Repeat("é", 70)))
	}
	short := func(n int) (cut []string) {
		for _, v := range many[:n] {
			cut = append(cut, strings.ToValidUTF8(v[:100], "�"))
		}
		return cut
	}
	for name, tc := range map[string]struct {
		code   int
		values []string
		want   hostclaim.RecordError
	}{
		"no such name":   {dns.RcodeNameError, nil, hostclaim.RecordError{Err: hostclaim.ErrRecordMissing}},
		"no such record": {dns.RcodeSuccess, []string{}, hostclaim.RecordError{Err: hostclaim.ErrRecordMissing}},
		"another value":  {dns.RcodeSuccess, []string{"other"}, hostclaim.RecordError{Err: hostclaim.ErrRecordDiffers, Found: []string{"other"}}},
		"in capitals":    {dns.RcodeSuccess, []string{strings.ToUpper(h.Value)}, hostclaim.RecordError{Err: hostclaim.ErrRecordDiffers, Found: []string{strings.ToUpper(h.Value)}}},
		"many":           {dns.RcodeSuccess, many, hostclaim.RecordError{Err: hostclaim.ErrRecordDiffers, Found: short(5), More: 55}},
		"server failure": {dns.RcodeServerFailure, nil, hostclaim.RecordError{Err: hostclaim.ErrDNS}},
		"refused":        {dns.RcodeRefused, nil, hostclaim.RecordError{Err: hostclaim.ErrDNS}},
	} {
		f.dns.publish(h.Record, tc.code, tc.values...)
		_, err := f.Verify(t.Context(), f.tenants[0].ID, h.Name)
		var got *hostclaim.RecordError
		if !errors.As(err, &got) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		tc.want.Record, tc.want.Value = h.Record, h.Value
		if !errors.Is(err, tc.want.Err) || (got.Cause != nil) != errors.Is(err, hostclaim.ErrDNS) {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff([]any{tc.want.Record, tc.want.Value, tc.want.Found, tc.want.More}, []any{got.Record, got.Value, got.Found, got.More}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if text := got.Error(); !strings.Contains(text, h.Record) || strings.Contains(text, f.dns.address) {
			t.Errorf("%s: it says %s", name, text)
		}
	}
	f.owner(h.Name, -1)

	// Among more than fit into a datagram it is found over TCP, also with quotes around it.
	f.dns.publish(h.Record, dns.RcodeSuccess, append(many, `"`+h.Value+`"`)...)
	before := f.dns.askedOverTCP()
	f.verify(0, h.Name, nil)
	if f.dns.askedOverTCP() == before {
		t.Error("TCP was not needed, so the test shows nothing")
	}
}

// No DNS server answers.
func TestDNSAway(t *testing.T) {
	t.Parallel()
	f := setUp(t, 1)
	h := f.claim(0, "scim.acme.com")
	closed, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	away := hostclaim.New(hostclaim.Config{DB: f.db, Bases: f.bases, Resolver: resolverAt(closed.LocalAddr().String()), Now: func() time.Time { return f.now }})
	_, err = away.Verify(t.Context(), f.tenants[0].ID, h.Name)
	var record *hostclaim.RecordError
	if !errors.As(err, &record) || !errors.Is(err, hostclaim.ErrDNS) || strings.Contains(record.Error(), "127.0.0.1") {
		t.Errorf("%v", err)
	}
	f.owner(h.Name, -1)
}

func TestLimit(t *testing.T) {
	t.Parallel()
	f := setUp(t, 2)
	errs := make([]error, hostclaim.MaxHosts+4)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() { _, errs[i] = f.Claim(t.Context(), f.tenants[0].ID, fmt.Sprintf("h%d.acme.com", i)) })
	}
	wg.Wait()
	refused := 0
	for _, err := range errs {
		if errors.Is(err, tenancy.ErrHostLimit) {
			refused++
		} else if err != nil {
			t.Error(err)
		}
	}
	list, err := f.List(t.Context(), f.tenants[0].ID)
	if refused != 4 || len(list) != hostclaim.MaxHosts || err != nil {
		t.Errorf("%d are refused, %d claimed, %v", refused, len(list), err)
	}
	f.claim(0, list[0].Name) // it is one of them
	f.claim(1, "other.acme.com")
	f.now = at.Add(hostclaim.DefaultLifetime)
	f.claim(0, "later.acme.com") // the others have expired
}

// A claim expires: it is told, made anew under another value, and goes in the end. One that is claimed again lives longer.
func TestExpiry(t *testing.T) {
	t.Parallel()
	f := setUp(t, 1)
	h := f.claim(0, "scim.acme.com")
	f.dns.publish(h.Record, dns.RcodeSuccess, h.Value)
	f.now = at.Add(time.Hour)
	longer := f.claim(0, "scim.acme.com")
	if longer.Value != h.Value || !longer.CreatedAt.Equal(at) || !longer.ExpiresAt.Equal(f.now.Add(hostclaim.DefaultLifetime)) {
		t.Errorf("claimed again: %+v", longer)
	}
	f.now = longer.ExpiresAt
	f.verify(0, "scim.acme.com", hostclaim.ErrExpired)
	f.list(0, longer)
	f.claim(0, "gone.acme.com")
	anew := f.claim(0, "scim.acme.com")
	if anew.Value == h.Value || !anew.CreatedAt.Equal(f.now) {
		t.Errorf("claimed anew: %+v", anew)
	}
	f.verify(0, "scim.acme.com", hostclaim.ErrRecordDiffers)
	f.dns.publish(h.Record, dns.RcodeSuccess, anew.Value)
	f.verify(0, "scim.acme.com", nil)

	f.now = f.now.Add(hostclaim.DefaultLifetime)
	kept := f.claim(0, "kept.acme.com")
	for _, want := range []int64{0, 1, 0} {
		if n, err := f.Prune(t.Context()); n != want || err != nil {
			t.Errorf("pruned %d, %v, want %d", n, err, want)
		}
		if want == 0 {
			f.now = f.now.Add(7 * 24 * time.Hour)
		}
	}
	list, err := f.List(t.Context(), f.tenants[0].ID)
	if err != nil || len(list) != 2 || list[0] != kept || list[1].VerifiedAt.IsZero() {
		t.Errorf("left are %+v, %v", list, err)
	}
}

// A tenant's state decides: one that is deleted gets no host, and one that is purged gives back what it had.
func TestStates(t *testing.T) {
	t.Parallel()
	f := setUp(t, 2)
	m := lifecycle.New(lifecycle.Config{DB: f.db})
	id := f.tenants[0].ID
	a, b := f.claim(0, "a.acme.com"), f.claim(0, "b.acme.com")
	f.dns.publish(a.Record, dns.RcodeSuccess, a.Value)
	f.dns.publish(b.Record, dns.RcodeSuccess, b.Value)
	if err := m.SetState(t.Context(), id, tenancy.StateSuspended); err != nil {
		t.Fatal(err)
	}
	f.verify(0, "a.acme.com", nil)
	if _, err := m.Delete(t.Context(), id, time.Hour); err != nil {
		t.Fatal(err)
	}
	f.verify(0, "b.acme.com", tenancy.ErrStateInvalid)
	if _, err := f.Claim(t.Context(), id, "c.acme.com"); !errors.Is(err, tenancy.ErrStateInvalid) {
		t.Errorf("claim: %v", err)
	}
	if _, err := f.Claim(t.Context(), f.tenants[1].ID, "a.acme.com"); !errors.Is(err, tenancy.ErrHostTaken) {
		t.Errorf("while the deletion can be undone: %v", err)
	}
	if err := m.Purge(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	f.claim(1, "a.acme.com")
	for _, id := range []tenancy.ID{id, "none", tenancy.NewID()} {
		if _, err := f.Claim(t.Context(), id, "d.acme.com"); !errors.Is(err, tenancy.ErrNotFound) {
			t.Errorf("no such tenant: %v", err)
		}
		if list, err := f.List(t.Context(), id); len(list) != 0 || err != nil {
			t.Errorf("hosts of no tenant: %+v, %v", list, err)
		}
	}
}

// A running server follows.
func TestServersFollow(t *testing.T) {
	t.Parallel()
	f := setUp(t, 1)
	h := f.claim(0, "scim.acme.com")
	f.dns.publish(h.Record, dns.RcodeSuccess, h.Value)
	heard := make(chan tenantdb.Signal, 16)
	listening := make(chan struct{}, 4)
	r := registry.New(registry.Config{
		DB: f.db, Hosts: f.bases, Remember: time.Hour, RememberNot: time.Hour,
		Hear: func(s tenantdb.Signal) { heard <- s }, Reset: func() { listening <- struct{}{} },
	})
	go r.Run(t.Context()) // it ends with the test
	<-listening
	if _, err := r.Resolve(t.Context(), h.Name); !errors.Is(err, tenancy.ErrHostNotFound) {
		t.Fatal(err)
	}
	f.verify(0, h.Name, nil)
	<-heard
	if _, err := r.Resolve(t.Context(), h.Name); err != nil {
		t.Errorf("verified: %v", err)
	}
	if err := f.Remove(t.Context(), f.tenants[0].ID, h.Name); err != nil {
		t.Fatal(err)
	}
	<-heard
	if _, err := r.Resolve(t.Context(), h.Name); !errors.Is(err, tenancy.ErrHostNotFound) {
		t.Errorf("removed: %v", err)
	}
}
