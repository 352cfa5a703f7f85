package ratelimit

import (
	"context"
	"slices"
	"time"
)

// queue is who waits for tokens of one bucket, in the order of arrival, and the moments at which one of them may go. The
// moments belong to the queue and not to the waiters: whoever gives up leaves the earliest to those behind.
type queue struct {
	slots    []slot // in order; never fewer than the waiters
	waiters  []*waiter
	entering int // that are asking Redis
	timer    *time.Timer
}

// slot is a reserved token.
type slot struct {
	at   int64 // when it is there, by the limiter's clock
	ours bool  // it was reserved in our memory, where it can be put back exactly
}

type waiter struct{ turn chan struct{} }

func (q *queue) busy() bool { return q.entering > 0 || len(q.slots) > 0 }

// enter takes a token or reserves one, for which the returned waiter waits.
func (l *Limiter) enter(ctx context.Context, subject Subject, s shape) (verdict, *waiter) {
	sh := l.shard(subject)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	now := l.now()
	e := sh.entry(subject, now)
	q := &e.queue
	if next := len(q.waiters); next < len(q.slots) { // one that somebody left
		return verdict{granted: true, wait: max(1, q.slots[next].at-now), full: s.span}, q.join()
	}
	patience := s.longest
	if len(q.waiters)+q.entering >= l.config.Waiters {
		patience = 0
	}
	v, ours := verdict{}, true
	if l.config.Shared.Up() {
		q.entering++
		sh.mu.Unlock()
		shared, err := l.config.Shared.run(ctx, take, subject, s, patience)
		sh.mu.Lock()
		q.entering--
		v, ours, now = shared, err != nil, l.now()
	}
	if ours {
		e.bucket, v = e.bucket.take(now, s, patience)
	}
	if !v.granted || v.wait == 0 {
		return v, nil
	}
	l.reserve(sh, e, slot{now + v.wait, ours})
	return v, q.join()
}

// join adds a waiter, for whom there is a slot.
func (q *queue) join() *waiter {
	w := &waiter{make(chan struct{})}
	q.waiters = append(q.waiters, w)
	return w
}

// reserve adds a slot. Answers of Redis can overtake each other, so it need not be the last. The shard is locked.
func (l *Limiter) reserve(sh *shard, e *entry, reserved slot) {
	q := &e.queue
	i := len(q.slots)
	for i > 0 && q.slots[i-1].at > reserved.at {
		i--
	}
	q.slots = slices.Insert(q.slots, i, reserved)
	if i == 0 {
		l.arm(sh, e)
	}
}

// arm sets the timer to the first slot. The shard is locked.
func (l *Limiter) arm(sh *shard, e *entry) {
	q := &e.queue
	if q.timer != nil {
		q.timer.Stop()
		q.timer = nil
	}
	if len(q.slots) > 0 {
		q.timer = time.AfterFunc(micros(q.slots[0].at-l.now()), func() { l.release(sh, e) })
	}
}

// release lets those go whose time has come. A slot for which nobody waits any more is lost.
func (l *Limiter) release(sh *shard, e *entry) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	q := &e.queue
	now := l.now()
	for len(q.slots) > 0 && q.slots[0].at <= now {
		q.slots = q.slots[1:]
		if len(q.waiters) > 0 {
			close(q.waiters[0].turn)
			q.waiters = q.waiters[1:]
		}
	}
	l.arm(sh, e)
}

// leave takes a waiter out of the queue. It returns false when its turn has come already.
func (l *Limiter) leave(subject Subject, w *waiter, s shape) bool {
	sh := l.shard(subject)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	e, ok := sh.entries[subject] // it stays while somebody waits
	if !ok {
		return false
	}
	q := &e.queue
	i := slices.Index(q.waiters, w)
	if i < 0 {
		return false
	}
	q.waiters = slices.Delete(q.waiters, i, i+1)
	// All behind move up by one, so the last slot is the one left over. In our memory it is as if it had never been; in
	// Redis others may have reserved after it, so it stays for who comes next.
	if last := len(q.slots) - 1; q.slots[last].ours {
		q.slots = q.slots[:last]
		e.bucket = e.bucket.put(l.now(), s)
		if last == 0 {
			l.arm(sh, e)
		}
	}
	return true
}
