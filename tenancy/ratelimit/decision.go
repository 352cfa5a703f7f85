package ratelimit

import (
	"net/http"
	"strconv"
	"time"
)

// Outcome is what became of a request.
type Outcome string

// The outcomes: Allowed at once, Delayed and then allowed, Refused.
const (
	Allowed Outcome = "allowed"
	Delayed Outcome = "delayed"
	Refused Outcome = "refused"
)

// A Decision is what Take found.
type Decision struct {
	Class   Class
	Rate    Rate
	Outcome Outcome
	// Waited is how long the request was delayed.
	Waited time.Duration
	// Remaining is how many more may go at once, and Reset when the bucket is full if none does.
	Remaining int
	Reset     time.Duration
	// RetryAfter is when a refused request would not be refused, if nobody else came. It is whole seconds, at least one.
	RetryAfter time.Duration
}

func decide(class Class, rate Rate, v verdict) Decision {
	d := Decision{Class: class, Rate: rate, Outcome: Refused, Remaining: int(v.remaining), Reset: micros(v.full)}
	switch {
	case v.granted && v.wait == 0:
		d.Outcome = Allowed
	case v.granted:
		d.Outcome = Delayed
	default:
		d.Remaining, d.RetryAfter = 0, wholeSeconds(micros(v.wait))
	}
	return d
}

// Header writes what a client may know of its limit: RateLimit-Policy and RateLimit as in
// draft-ietf-httpapi-ratelimit-headers-11, the three X-RateLimit fields that were there before it, and Retry-After when
// the request is refused. A class without a limit has none.
//
// X-RateLimit-Reset is in seconds from now. Some services put a point in time there, but a client that takes our seconds
// for one finds it passed and tries at once, while the other way round it would wait for decades. No identity provider
// is known to read more than Retry-After.
func (d Decision) Header(h http.Header) {
	if d.Rate.unlimited() {
		return
	}
	reset := seconds(d.Reset)
	if d.Outcome == Refused {
		reset = seconds(d.RetryAfter) // the draft: they mean the same moment
		h.Set("Retry-After", reset)
	}
	quota, remaining := strconv.Itoa(max(0, d.Rate.Burst)), strconv.Itoa(d.Remaining)
	name := `"` + string(d.Class) + `"`
	h.Set("RateLimit-Policy", name+";q="+quota+";w="+seconds(d.Rate.Window()))
	h.Set("RateLimit", name+";r="+remaining+";t="+reset)
	h.Set("X-RateLimit-Limit", quota)
	h.Set("X-RateLimit-Remaining", remaining)
	h.Set("X-RateLimit-Reset", reset)
}

// seconds is a time in seconds, rounded up.
func seconds(d time.Duration) string {
	return strconv.FormatInt(int64((d+time.Second-1)/time.Second), 10)
}
