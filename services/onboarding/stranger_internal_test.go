package onboarding

import (
	"net/netip"
	"testing"
	"time"
)

// One stranger neither fills the audit log nor keeps the others out of it, whichever address of its network it uses.
func TestStrangers(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	s := newStrangers()
	from := netip.MustParseAddr("2001:db8::1")
	audited := 0
	for range 1000 {
		if s.allow(from, now) {
			audited++
		}
		from = from.Next()
	}
	if audited != strangerAtOnce {
		t.Errorf("%d calls of one were audited", audited)
	}
	if !s.allow(netip.MustParseAddr("192.0.2.1"), now) {
		t.Error("another one was not")
	}
	if !s.allow(from, now.Add(time.Second)) {
		t.Error("nor the one, a second later")
	}
	for a := netip.MustParseAddr("10.0.0.1"); a != netip.MustParseAddr("10.1.0.1"); a = a.Next() {
		s.allow(a, now)
	}
	if len(s.of) > strangersKnown {
		t.Errorf("%d are known", len(s.of))
	}
}
