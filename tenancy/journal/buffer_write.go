package journal

import (
	"container/heap"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

const (
	// A statement writes so many entries, and is begun with so many bytes.
	writeAtOnce      = 500
	writeBytesAtOnce = 1 << 20
	// writeTimeout is how long a statement may take. A tenant whose journal is locked must not hold up others for long.
	writeTimeout = 3 * time.Second
	// longestPause is how long a tenant waits at most whose entries could not be written.
	longestPause = 15 * time.Second
	// lastWrites is how long the entries are tried that wait when the program ends.
	lastWrites = 10 * time.Second
)

// queue is what waits of a tenant. Its fields are the Buffer's to lock.
type queue struct {
	tenant   tenancy.ID
	schema   tenantdb.Schema
	entries  []waiting
	bytes    int
	due      time.Time
	failures int // one after another
	place    int // in queues; -1: it is written just now, or has nothing
}

// schedule makes q due. b is locked.
func (b *Buffer) schedule(q *queue, due time.Time) {
	q.due = due
	if q.place < 0 {
		heap.Push(&b.due, q)
	} else {
		heap.Fix(&b.due, q.place)
	}
	if q.place == 0 {
		b.wake()
	}
}

// wake makes Run look at what is due.
func (b *Buffer) wake() {
	select {
	case b.kick <- struct{}{}:
	default:
	}
}

// write writes what is due, some tenants at a time, until ctx ends, or until nothing waits when it is the last time.
func (b *Buffer) write(ctx context.Context) {
	var writers sync.WaitGroup
	defer writers.Wait()
	places := make(chan struct{}, b.config.AtOnce)
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case places <- struct{}{}:
		}
		q, batch, wait := b.next()
		if q != nil {
			writers.Go(func() {
				// A statement that has begun is not broken off when the program ends.
				n, err := b.insert(context.WithoutCancel(ctx), q.schema, batch)
				b.done(q, n, len(batch), err)
				<-places
			})
			continue
		}
		<-places
		if wait == 0 {
			return
		}
		timer.Reset(wait)
		select {
		case <-ctx.Done():
			return
		case <-b.kick:
		case <-timer.C:
		}
	}
}

// next returns what is to be written now and takes its tenant out of the others' sight; or how long there is nothing to
// do, 0 for ever.
func (b *Buffer) next() (q *queue, batch []Entry, wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	const idle = time.Minute
	if len(b.due) == 0 {
		if b.stopping && b.entries == 0 {
			return nil, nil, 0
		}
		return nil, nil, idle
	}
	if wait := b.due[0].due.Sub(b.config.Now()); wait > 0 {
		return nil, nil, wait
	}
	q = heap.Pop(&b.due).(*queue)
	bytes := 0
	for _, w := range q.entries[:min(len(q.entries), writeAtOnce)] {
		if bytes += w.size; bytes > writeBytesAtOnce && len(batch) > 0 {
			break
		}
		batch = append(batch, w.Entry)
	}
	return q, batch, 0
}

// done takes the first entries of q away, of which written are in the journal, unless they are to be tried again.
func (b *Buffer) done(q *queue, written, tried int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case gone(err):
		tried = len(q.entries)
	case err != nil:
		tried = 0
		q.failures++
		if q.failures == 1 {
			b.config.Logger.Warn("refused requests wait for the journal", "tenant_id", string(q.tenant), "error", err)
		}
	default:
		q.failures = 0
		b.written += uint64(written)
		if written < tried {
			b.drop(tried-written, "Postgres refuses them", nil)
		}
	}
	for _, w := range q.entries[:tried] {
		q.bytes -= w.size
		b.bytes -= w.size
	}
	b.entries -= tried
	q.entries = slices.Delete(q.entries, 0, tried)
	now := b.config.Now()
	switch {
	case len(q.entries) == 0:
		delete(b.tenants, q.tenant)
		b.wake()
	case q.failures > 0:
		pause := min(b.config.Every<<min(q.failures, 10), longestPause)
		if b.stopping {
			pause = b.config.Every
		}
		b.schedule(q, now.Add(pause))
	case b.stopping || len(q.entries) >= writeAtOnce:
		b.schedule(q, now)
	default:
		b.schedule(q, q.entries[0].added.Add(b.config.Every))
	}
}
