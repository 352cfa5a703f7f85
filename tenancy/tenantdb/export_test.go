package tenantdb

import "time"

// AdmitAfter and RenewAfter are the constants, for tests to count calls by.
const (
	AdmitAfter = admitAfter
	RenewAfter = renewAfter
	Rest       = rest
)

// WithClock returns options with another clock.
func WithClock(o Options, now func() time.Time) Options {
	o.now = now
	return o
}

// Hot chooses statements as a pool with the options does.
type Hot struct{ hot *hot }

// NewHot returns the choice of a pool with the limit.
func NewHot(limit int) Hot { return Hot{newHot(Options{Prepared: limit}.withDefaults(""))} }

// Call counts a call and says whether it is to be prepared.
func (h Hot) Call(query string) bool { return h.hot.choose(query) != nil }
