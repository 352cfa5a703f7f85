package activity

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/observability/health"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// Config are a Recorder's dependencies. Only DB is required.
type Config struct {
	DB *tenantdb.DB
	// Heard, when set, is told which tenants had requests that can be read by then. It is asked again after an error.
	Heard func(ctx context.Context, tenants []tenancy.ID, at time.Time) error
	// Bucket is the time whose requests are counted together, in whole milliseconds; default that of
	// health.DefaultPace. All processes have the same.
	Bucket time.Duration
	// Every is how often counts are written; default a second, and no more than a quarter of Bucket.
	Every time.Duration
	// Limit is how many counts are kept in memory, of all tenants together; default 100,000, which is some 30 MB.
	Limit  int
	Now    func() time.Time
	Logger *slog.Logger // default: nothing is logged
}

// Recorder counts requests. It is safe for concurrent use.
type Recorder struct {
	config  Config
	writing sync.Mutex // one Flush at a time

	mu      sync.Mutex // never held over a round trip
	bucket  time.Time  // that is counted in
	source  uuid.UUID  // of it
	size    int        // counts of all tenants
	dropped int64
	tenants map[tenancy.ID]*counts
	unheard map[tenancy.ID]struct{} // tenants that Heard is to be told of
}

// counts are one tenant's. Those of a bucket that is over go when they are written.
type counts struct {
	dirty time.Time // since when something is not written; zero: all is
	of    map[key]*count
}

// key is a row of the table.
type key struct {
	at     time.Time
	source uuid.UUID
	Kind
}

// count is what a row says.
type count struct {
	n, written      int64 // counted, and known to be written
	duration        time.Duration
	first, last     time.Time
	position, total int
}

// New returns a Recorder. Its Run writes what it counts.
func New(config Config) *Recorder {
	config.Bucket = max(cmp.Or(config.Bucket, health.DefaultPace().Bucket).Truncate(time.Millisecond), time.Millisecond)
	config.Every = cmp.Or(config.Every, min(time.Second, config.Bucket/4))
	config.Limit = cmp.Or(config.Limit, 100_000)
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	return &Recorder{config: config, tenants: make(map[tenancy.ID]*counts), unheard: make(map[tenancy.ID]struct{})}
}

// Count counts a request that was answered now. It never waits for Postgres. A nil Recorder counts nothing.
func (r *Recorder) Count(request Request) {
	if r == nil {
		return
	}
	now := r.config.Now().UTC().Truncate(time.Microsecond)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.turn(now)
	t, ok := r.tenants[request.Tenant]
	k := key{r.bucket, r.source, request.Kind}
	var c *count
	if ok {
		c = t.of[k]
	}
	if c == nil {
		if r.size >= r.config.Limit {
			r.dropped++
			return
		}
		if !ok {
			t = &counts{of: make(map[key]*count)}
			r.tenants[request.Tenant] = t
		}
		c = &count{first: now}
		t.of[k] = c
		r.size++
	}
	if t.dirty.IsZero() {
		t.dirty = now
	}
	c.n++
	c.duration += request.Duration
	c.last = now
	c.position, c.total = max(c.position, request.Position), max(c.total, request.Total)
}

// turn begins another bucket when it is time. A bucket that the clock comes back to is another source's, so that what was
// forgotten of it is not written over.
func (r *Recorder) turn(now time.Time) {
	at := now.Truncate(r.config.Bucket)
	if at.Equal(r.bucket) {
		return
	}
	r.bucket, r.source = at, uuid.New()
	for id, t := range r.tenants {
		r.forget(id, t)
	}
}

// forget gives up what is written and can no longer grow.
func (r *Recorder) forget(id tenancy.ID, t *counts) {
	for k, c := range t.of {
		if c.written == c.n && k.source != r.source {
			delete(t.of, k)
			r.size--
		}
	}
	if len(t.of) == 0 {
		delete(r.tenants, id)
	}
}

// Stats are a Recorder's figures.
type Stats struct {
	Kept    int           // counts in memory
	Dropped int64         // requests that were not counted, because memory was full or their tenant is gone
	Lag     time.Duration // how long the oldest request that is not written has waited
}

// Stats returns the figures at this moment.
func (r *Recorder) Stats() Stats {
	now := r.config.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	s := Stats{Kept: r.size, Dropped: r.dropped}
	for _, t := range r.tenants {
		if !t.dirty.IsZero() {
			s.Lag = max(s.Lag, now.Sub(t.dirty))
		}
	}
	return s
}
