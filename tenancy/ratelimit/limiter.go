package ratelimit

import (
	"cmp"
	"context"
	"time"
)

// Config bounds a Limiter. A zero field is its default.
type Config struct {
	Shared  *Redis        // where the buckets are; nil: in this process
	Wait    time.Duration // how long a request is delayed at most; default 2 seconds
	Waiters int           // how many wait for one bucket at a time, in this process; default 100
	Size    int           // buckets of tenants, and of addresses, that are kept besides those that somebody waits for; default 100,000
}

// Limiter lets requests through at the rates that it is given. It is safe for concurrent use.
type Limiter struct {
	config Config
	epoch  time.Time
	// Apart, so that somebody with many addresses cannot have the tenants' buckets evicted.
	tenants, addresses *table
}

// New returns a Limiter whose buckets are full.
func New(config Config) *Limiter {
	config.Wait = cmp.Or(config.Wait, 2*time.Second)
	config.Waiters = cmp.Or(config.Waiters, 100)
	config.Size = cmp.Or(config.Size, 100_000)
	return &Limiter{config: config, epoch: time.Now(), tenants: newTable(config.Size), addresses: newTable(config.Size)}
}

// now is the monotonic clock in microseconds.
func (l *Limiter) now() int64 { return time.Since(l.epoch).Microseconds() }

// shard returns where the subject's bucket is.
func (l *Limiter) shard(subject Subject) *shard {
	if subject.Class == Authentication || subject.Class == Public {
		return l.addresses.shard(subject)
	}
	return l.tenants.shard(subject)
}

// Take takes a token of the subject's bucket, waits for it when it comes soon enough, and otherwise says when to come
// again. The error is ctx's: whoever gave up has no token.
func (l *Limiter) Take(ctx context.Context, subject Subject, rate Rate) (Decision, error) {
	if rate.unlimited() {
		return Decision{Class: subject.Class, Rate: rate, Outcome: Allowed}, nil
	}
	s, ok := rate.shape(l.config.Wait)
	if !ok {
		return Decision{Class: subject.Class, Rate: rate, Outcome: Refused, Reset: neverAfter, RetryAfter: neverAfter}, nil
	}
	start := l.now()
	v, w := l.enter(ctx, subject, s)
	d := decide(subject.Class, rate, v)
	if w == nil {
		return d, nil
	}
	select {
	case <-w.turn:
	case <-ctx.Done():
		if l.leave(subject, w, s) {
			return d, ctx.Err()
		}
	}
	d.Waited = micros(l.now() - start)
	return d, nil
}

// Drain takes n tokens, or as many as are there: it leaves a bucket empty and nobody in debt. It is for a request whose
// cost is known only when it is done.
func (l *Limiter) Drain(ctx context.Context, subject Subject, rate Rate, n int) {
	l.change(ctx, subject, rate, drain, int64(n))
}

// Return puts back a token that was taken and turned out not to be due.
func (l *Limiter) Return(ctx context.Context, subject Subject, rate Rate) {
	l.change(ctx, subject, rate, put, 1)
}

func (l *Limiter) change(ctx context.Context, subject Subject, rate Rate, what operation, n int64) {
	s, ok := rate.shape(l.config.Wait)
	if !ok || rate.unlimited() || n <= 0 {
		return
	}
	if l.config.Shared.Up() {
		if _, err := l.config.Shared.run(ctx, what, subject, s, n); err == nil {
			return
		}
	}
	sh := l.shard(subject)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	now := l.now()
	e := sh.entry(subject, now)
	switch what {
	case drain:
		e.bucket = e.bucket.drain(now, s, n)
	case put:
		e.bucket = e.bucket.put(now, s)
	}
}
