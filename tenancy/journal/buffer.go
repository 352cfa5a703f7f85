package journal

import (
	"cmp"
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// BufferConfig are a Buffer's dependencies and bounds. Only DB is required.
type BufferConfig struct {
	DB *tenantdb.DB
	// Every is how long an entry waits for others before they are written together; default half a second.
	Every time.Duration
	// Entries and Bytes bound what waits, of all tenants together; default 20,000 and 64 MiB.
	Entries, Bytes int
	// AtOnce is how many tenants are written at a time at most, each on a connection; default 2.
	AtOnce int
	Logger *slog.Logger     // default: nothing is logged
	Now    func() time.Time // default time.Now
}

// Buffer writes refused entries behind the requests: they wait in memory, and each tenant's are written together in one
// statement. While Postgres is away they are kept and tried again. It is safe for concurrent use.
//
// It is bounded: a tenant's entries may take as much as is free still, so a tenant that floods it alone gets half, n of
// them leave one part in n + 1, and one who comes later always finds room. What finds none is dropped and counted, and so
// is an entry that Postgres refuses. What a deleted tenant left is forgotten.
//
// An entry gets its id when it is added, so one that is written twice is there once.
type Buffer struct {
	config BufferConfig
	kick   chan struct{} // something is due sooner than Run thinks

	mu       sync.Mutex
	tenants  map[tenancy.ID]*queue
	due      queues // those with entries that nobody is writing
	entries  int
	bytes    int
	written  uint64
	dropped  uint64
	warned   time.Time
	stopping bool // what waits is due at once
	closed   bool // nobody writes any more
}

// waiting is an entry that waits.
type waiting struct {
	Entry
	added time.Time
	size  int
}

// NewBuffer returns an empty Buffer. Its Run writes.
func NewBuffer(config BufferConfig) *Buffer {
	config.Every = cmp.Or(config.Every, time.Second/2)
	config.Entries, config.Bytes = cmp.Or(config.Entries, 20_000), cmp.Or(config.Bytes, 64<<20)
	config.AtOnce = cmp.Or(config.AtOnce, 2)
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	return &Buffer{config: config, kick: make(chan struct{}, 1), tenants: make(map[tenancy.ID]*queue)}
}

// Stats are what a Buffer has done and has still to do.
type Stats struct {
	Written, Dropped uint64
	Buffered         int
	Oldest           time.Time // when the entry was added that has waited longest; zero: none waits
}

// Stats returns the figures of now.
func (b *Buffer) Stats() Stats {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := Stats{Written: b.written, Dropped: b.dropped, Buffered: b.entries}
	for _, q := range b.tenants {
		if oldest := q.entries[0].added; s.Oldest.IsZero() || oldest.Before(s.Oldest) {
			s.Oldest = oldest
		}
	}
	return s
}

// Add takes over the entry of a refused request, and makes its ID, At and Outcome where they are empty. It returns false
// when it dropped the entry. It never waits for Postgres. The ids of a request are cut where they are longer than an
// import would take them, and a ResourceID that is no UUID is left out: no such resource can be.
func (b *Buffer) Add(tenant tenancy.ID, e Entry) bool {
	now := b.config.Now()
	err := e.refuse(now)
	size := e.size()
	b.mu.Lock()
	defer b.mu.Unlock()
	q := b.tenants[tenant]
	if q == nil {
		q = &queue{tenant: tenant, schema: tenantdb.SchemaFor(tenant), place: -1}
	}
	switch {
	case err != nil || !q.schema.Valid():
		b.drop(1, "an entry of the journal is malformed", err)
		return false
	case b.closed, len(q.entries) >= b.config.Entries-b.entries, q.bytes+size > b.config.Bytes-b.bytes:
		b.drop(1, "more was refused than the journal can take", nil)
		return false
	}
	q.entries = append(q.entries, waiting{Entry: e, added: now, size: size})
	q.bytes, b.bytes, b.entries = q.bytes+size, b.bytes+size, b.entries+1
	switch len(q.entries) {
	case 1:
		b.tenants[tenant] = q
		b.schedule(q, now.Add(b.config.Every))
	case writeAtOnce:
		if q.place >= 0 && q.failures == 0 { // it waits for others, and there are enough
			b.schedule(q, now)
		}
	}
	return true
}

// drop counts, and says so once a minute. b is locked.
func (b *Buffer) drop(n int, why string, err error) {
	b.dropped += uint64(n)
	if now := b.config.Now(); now.Sub(b.warned) >= time.Minute {
		b.warned = now
		b.config.Logger.Warn("refused requests are missing from the journal", "reason", why, "error", err, "dropped_total", b.dropped)
	}
}

// refuse makes of e what can be stored.
func (e *Entry) refuse(now time.Time) error {
	if e.ID == "" {
		id, err := NewID()
		if err != nil {
			return err
		}
		e.ID = id
	}
	if e.At.IsZero() {
		e.At = now
	}
	e.At, e.Outcome, e.Version = e.At.UTC().Truncate(time.Microsecond), Refused, 0
	e.Duration = max(e.Duration, 0)
	if len(e.Detail) == 0 {
		e.Detail = []byte(noDetail)
	}
	if e.ResourceID = strings.ToLower(e.ResourceID); !isID(e.ResourceID) {
		e.ResourceID = ""
	}
	for _, text := range []*string{&e.Actor, &e.RequestID, &e.ProviderRequestID} {
		*text = keep(*text)
	}
	if wrong := e.wrong(); wrong != "" {
		return &MalformedError{Problem: wrong}
	}
	return nil
}

// MalformedError is an Entry that no journal has.
type MalformedError struct{ Problem string }

// Error returns the problem.
func (e *MalformedError) Error() string { return e.Problem }

// keep makes a text keepable.
func keep(text string) string {
	if keepable(text) {
		return text
	}
	text = strings.ToValidUTF8(withoutNUL(text), "\uFFFD")
	for cut := longest; len(text) > longest; cut-- {
		if utf8.RuneStart(text[cut]) {
			text = text[:cut]
		}
	}
	return text
}

// size is about what the entry takes in memory.
func (e *Entry) size() int {
	return 320 + len(e.Detail) + len(e.Actor) + len(e.RequestID) + len(e.ProviderRequestID)
}

// Run writes what was added until ctx ends, and then what still waits, for some seconds at most. It returns nil.
func (b *Buffer) Run(ctx context.Context) error {
	b.write(ctx)
	b.mu.Lock()
	b.stopping = true
	for _, q := range b.due {
		q.failures = 0
		q.due = time.Time{}
	}
	b.mu.Unlock()
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWrites)
	defer cancel()
	b.write(last)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	if b.entries > 0 {
		b.warned = time.Time{}
		b.drop(b.entries, "they could not be written before the end", nil)
		b.tenants, b.due, b.entries, b.bytes = make(map[tenancy.ID]*queue), nil, 0, 0
	}
	return nil
}
