package ratelimit

import (
	"math"
	"time"
)

// A Rate is what a bucket grants. The zero Rate grants nothing.
type Rate struct {
	// PerSecond is the sustained rate; Unlimited turns the limit off. A fraction is possible, down to one in a day.
	PerSecond float64
	// Burst is how many may go at once after a pause: at least 1 of what grants anything.
	Burst int
}

// Unlimited is the PerSecond that limits nothing.
var Unlimited = math.Inf(1)

// NoLimit returns the Rate that limits nothing.
func NoLimit() Rate { return Rate{PerSecond: Unlimited} }

// Limits are the rates of one tenant.
type Limits struct{ Read, Write, Bulk Rate }

// Class says what is limited. It is a label of metrics and part of a key in Redis.
type Class string

// The classes. A subject of the first four is a tenant, of Operator a caller of the onboarding API, of the others a
// client's address.
const (
	Read           Class = "read"
	Write          Class = "write"
	Bulk           Class = "bulk"
	Issue          Class = "issue" // access tokens of OAuth
	Operator       Class = "operator"
	Authentication Class = "authentication" // attempts with a token that may be wrong
	Public         Class = "public"         // what is answered without a token
)

// Subject names a bucket: whose, of which class.
type Subject struct {
	Class Class
	Key   string
}

// neverAfter is what a bucket that grants nothing is said to need.
const neverAfter = time.Hour

// shape is a Rate as a bucket counts it, in microseconds.
type shape struct {
	interval int64 // in which one token comes
	span     int64 // in which an empty bucket fills
	longest  int64 // that anybody waits for a token
}

// shape returns the rate's shape, rounded so that it never grants more. ok is false for what grants nothing.
func (r Rate) shape(longest time.Duration) (s shape, ok bool) {
	if !(r.PerSecond > 0) || r.Burst < 1 { // NaN too
		return shape{}, false
	}
	const day = 24 * time.Hour
	interval := int64(min(math.Ceil(1e6/r.PerSecond), float64(day.Microseconds())))
	// Far below where a clock in microseconds overflows, whatever the burst.
	burst := min(int64(r.Burst), (1<<50)/interval)
	return shape{interval: interval, span: interval * max(burst, 1), longest: longest.Microseconds()}, true
}

func (r Rate) unlimited() bool { return math.IsInf(r.PerSecond, 1) }

// Window returns in which time an empty bucket fills, in whole seconds, at least one.
func (r Rate) Window() time.Duration {
	s, ok := r.shape(0)
	if !ok || r.unlimited() {
		return neverAfter
	}
	return wholeSeconds(micros(s.span))
}

func micros(n int64) time.Duration { return time.Duration(n) * time.Microsecond }

// wholeSeconds rounds up, to at least one.
func wholeSeconds(d time.Duration) time.Duration {
	rounded := d.Truncate(time.Second)
	if rounded < d {
		rounded += time.Second
	}
	return max(time.Second, rounded)
}
