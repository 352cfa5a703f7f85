package onboarding

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// The audit log has this many calls of strangers a second at most, and this many at once: from one address, and from all.
// Those beyond are logged and counted.
const (
	strangerPerSecond  = 1
	strangerAtOnce     = 20
	strangersPerSecond = 10
	strangersAtOnce    = 200
	// strangersKnown is how many addresses are told apart at a time. An address that has a whole budget is forgotten.
	strangersKnown = 4096
)

// strangers bounds what callers without a credential add to the audit log, so that one of them neither fills it nor keeps
// the others out of it.
type strangers struct {
	mu    sync.Mutex
	all   *rate.Limiter
	of    map[netip.Prefix]*rate.Limiter
	swept time.Time // when addresses were forgotten last
}

func newStrangers() *strangers {
	return &strangers{all: rate.NewLimiter(strangersPerSecond, strangersAtOnce), of: make(map[netip.Prefix]*rate.Limiter)}
}

// allow says whether a call from an address is still to be audited.
func (s *strangers) allow(from netip.Addr, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	network := networkOf(from)
	one := s.of[network]
	if one == nil {
		if len(s.of) >= strangersKnown && now.Sub(s.swept) >= time.Second { // not at each call of a flood
			s.forget(now)
		}
		one = rate.NewLimiter(strangerPerSecond, strangerAtOnce)
		if len(s.of) < strangersKnown { // else all have called in the last seconds: the budget of all bounds them
			s.of[network] = one
		}
	}
	return one.AllowN(now, 1) && s.all.AllowN(now, 1)
}

func (s *strangers) forget(now time.Time) {
	s.swept = now
	for network, one := range s.of {
		if one.TokensAt(now) >= strangerAtOnce {
			delete(s.of, network)
		}
	}
}

// networkOf returns what one caller has to itself: an address of IPv4, and 64 bits of IPv6.
func networkOf(a netip.Addr) netip.Prefix {
	bits := 64
	if a = a.Unmap(); a.Is4() {
		bits = 32
	}
	network, _ := a.Prefix(bits) // the zero prefix for one that is not known
	return network
}
