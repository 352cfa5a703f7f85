package ratelimit

// A bucket is the moment at which it will be full, in microseconds of some clock (the generic cell rate algorithm, ITU-T
// I.371). Before now, it is full. It says all that a count of tokens and the time of the count would, in one number, and
// a bucket that is full need not be kept at all.
type bucket int64

// A verdict is what a bucket says to one who asks for a token.
type verdict struct {
	granted   bool
	wait      int64 // microseconds until the token is there: of one that was granted too, who has reserved it
	remaining int64 // tokens that are there now for the next
	full      int64 // microseconds until the bucket is full
}

// take asks for a token at a time. It is granted, and reserved, when it is there within patience microseconds; otherwise
// the bucket does not change.
func (b bucket) take(now int64, s shape, patience int64) (bucket, verdict) {
	b = b.at(now, s)
	after := b + bucket(s.interval)
	wait := max(0, int64(after)-now-s.span)
	if wait > patience {
		return b, verdict{wait: wait, full: int64(b) - now, remaining: b.level(now, s)}
	}
	return after, verdict{granted: true, wait: wait, full: int64(after) - now, remaining: after.level(now, s)}
}

// drain takes n tokens, and no more than are there.
func (b bucket) drain(now int64, s shape, n int64) bucket {
	b = b.at(now, s)
	return b + bucket(min(n, b.level(now, s))*s.interval)
}

// put puts one token back.
func (b bucket) put(now int64, s shape) bucket { return (b - bucket(s.interval)).at(now, s) }

// at is the bucket with its moment moved to where it can be: not before now, nor after an empty bucket with all its
// waiters would be full. It can be later when the rate was a slower one, or when Redis's clock was set back.
func (b bucket) at(now int64, s shape) bucket {
	return min(max(b, bucket(now)), bucket(now+s.span+s.longest))
}

// level is how many tokens are there, none when some are reserved that are to come.
func (b bucket) level(now int64, s shape) int64 {
	return max(0, (now+s.span-int64(b.at(now, s)))/s.interval)
}
