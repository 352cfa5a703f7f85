package tenantdb

import (
	"container/list"
	"hash/maphash"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// admitAfter is how often a statement is called in one window before it is prepared. It is far more than preparing
	// it again on a connection costs.
	admitAfter = 32
	// callsPerStatement times the limit is the length of a window: a number of calls and not a time, so that a quiet
	// process forgets nothing. A statement is admitted when it is more than one call of 8 times the limit.
	callsPerStatement = 256
	// buckets count the calls of statements that are not chosen, by their hash: 16 KiB, however many tenants there are.
	// Statements that share one are admitted early, which does no harm.
	buckets = 1 << 14
	// rest is how long no statement is prepared after something other than us changed the prepared ones.
	rest = time.Minute
)

// hot chooses which statements are prepared: at most limit at a time, those that are called most. One gives way to
// another only when it was not called in the current window, so among many tenants with an even load the first ones
// stay, and nothing is prepared in turns.
type hot struct {
	limit int
	log   *slog.Logger
	now   func() time.Time
	seed  maphash.Seed

	until  atomic.Int64 // nothing is prepared before, in Unix nanoseconds
	warned sync.Once

	mu     sync.Mutex // never held over a round trip
	calls  int        // of the current window
	window uint64
	seen   [buckets]uint8
	chosen map[string]*list.Element // of *statement
	recent list.List                // the same, the last called first
}

// statement is one that was chosen.
type statement struct {
	text    string
	window  uint64      // in which it was last called
	dropped atomic.Bool // another one has its place
}

// newHot returns nil for a limit of 0: nothing is hot.
func newHot(o Options) *hot {
	if o.Prepared <= 0 {
		return nil
	}
	return &hot{limit: o.Prepared, log: o.Logger, now: o.now, seed: maphash.MakeSeed(), chosen: make(map[string]*list.Element)}
}

// choose counts a call of query and returns its statement, or nil when it is not to be prepared.
func (h *hot) choose(query string) *statement {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.calls++; h.calls > h.limit*callsPerStatement {
		h.calls = 1
		h.window++
		clear(h.seen[:])
	}
	if e, ok := h.chosen[query]; ok {
		s := e.Value.(*statement)
		s.window = h.window
		h.recent.MoveToFront(e)
		return s
	}
	count := &h.seen[maphash.String(h.seed, query)%buckets]
	if *count < admitAfter {
		*count++
	}
	if *count < admitAfter || !h.room() {
		return nil
	}
	s := &statement{text: query, window: h.window}
	h.chosen[query] = h.recent.PushFront(s)
	return s
}

// room makes room for one more statement, and returns false when all of them were called in this window.
func (h *hot) room() bool {
	if len(h.chosen) < h.limit {
		return true
	}
	last := h.recent.Back()
	s := last.Value.(*statement)
	if s.window == h.window {
		return false
	}
	s.dropped.Store(true)
	h.recent.Remove(last)
	delete(h.chosen, s.text)
	return true
}

func (h *hot) resting() bool {
	until := h.until.Load()
	return until != 0 && h.now().UnixNano() < until
}

// pause stops preparing for a while.
func (h *hot) pause(why error) {
	h.until.Store(h.now().Add(rest).UnixNano())
	h.warn("prepared statements vanish or collide: none are used for a minute each time", why)
}

// warn logs the first trouble and no other.
func (h *hot) warn(message string, why error) {
	h.warned.Do(func() { h.log.Warn(message, "error", why) }) //nolint:sloglint // callers pass constants
}
