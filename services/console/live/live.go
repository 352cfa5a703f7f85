// Package live tells browsers what has changed of a page, by server-sent events, for as long as they show it.
//
// A [Topic] reads what a page shows of a tenant, as fragments of HTML that have ids. A [Hub] reads a topic of a tenant every
// second while anybody watches it, once however many they are, and sends each of them what he has not got yet. It knows
// neither sessions nor pages: who watches, and whether he still may, is said by who serves the stream.
//
// Invariants: nothing is sent to a viewer whose right to see it was not checked after it was read; a viewer who may not any
// more loses the stream within a tick; a slow viewer holds up nobody and costs no memory, since what he has missed is
// replaced by what is so now; streams are bounded, by session, by tenant and by process, so that no tenant has all of them; each write has a deadline of its own, whatever
// the server's is; a stream ends when its client goes, when its session ends, and when the hub drains.
package live

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/askspoke/spoke/tenancy"
)

// Errors of Serve, before anything was written.
var (
	ErrTooMany  = errors.New("too many streams")
	ErrDraining = errors.New("the process is about to stop")
	ErrTopic    = errors.New("no such topic")
)

// What a Viewer's Check returns to end the stream.
var (
	ErrEnded = errors.New("the session has ended")                // he may not see the page any more
	ErrOther = errors.New("the viewer is shown another page now") // he may, but not as before: he is to come again
)

// Fragment is an element of a page. It is morphed into the one that the page has: what a script, or the viewer, changed of
// its attributes is lost, but for whether a details is open, and what has the focus keeps it.
type Fragment struct {
	ID   string // of the element: lower-case letters, digits and hyphens
	HTML string // the element itself, with that id
}

// Topic is a page, or a part of one, that is watched.
type Topic struct {
	Name string
	// Open is called when somebody begins to watch the topic of a tenant, and returns what reads it until nobody does. That is
	// for one goroutine, and can remember what need not be read each time.
	Open func(tenant tenancy.ID) Read
	// OpenOf, when set, is called instead for each of the things that a tenant has many of: who watches "NAME/one" watches of
	// "one". It is for who serves the stream to see that there is such a thing, and that it is the tenant's.
	OpenOf func(tenant tenancy.ID, of string) Read
}

// Read returns the fragments of a topic, always those with the same ids. A fragment that is the same text as before is sent
// to nobody, so it should have no "3 seconds ago". The error is for the log.
type Read func(ctx context.Context) ([]Fragment, error)

// Config are a Hub's bounds. Every zero value but Topics' means a default.
type Config struct {
	Topics []Topic
	// Status, when set, returns the fragment that says how current the others are: as of failing, since when they cannot be
	// read, or zero where they can.
	Status func(failing time.Time) Fragment

	Every      time.Duration // between two reads of a topic; default a second
	Seldom     time.Duration // between two reads at most, while they fail; default 5 s
	Timeout    time.Duration // of a read or a check; default 5 s
	Heartbeat  time.Duration // after so long without anything to say; default 15 s
	Write      time.Duration // for one write; default 10 s
	PerSession int           // streams of a session; default 6
	PerTenant  int           // streams of a tenant, whose people can have many sessions, each asked every second; default 150
	PerProcess int           // streams; default 2000
	Now        func() time.Time
	Logger     *slog.Logger // default: nothing is logged
}

// Hub reads topics for who watches them. It is safe for concurrent use.
type Hub struct {
	config Config
	topics map[string]Topic
	ctx    context.Context // ends when the hub drains
	drain  context.CancelFunc

	mu       sync.Mutex
	feeds    map[feedKey]*feed
	sessions map[string]int     // streams
	tenants  map[tenancy.ID]int // streams
	streams  int
	reads    int64
}

// New returns a Hub that nobody watches.
func New(config Config) *Hub {
	config.Every = cmp.Or(config.Every, time.Second)
	config.Seldom = max(cmp.Or(config.Seldom, 5*time.Second), config.Every)
	config.Timeout = cmp.Or(config.Timeout, 5*time.Second)
	config.Heartbeat = cmp.Or(config.Heartbeat, 15*time.Second)
	config.Write = cmp.Or(config.Write, 10*time.Second)
	config.PerSession = cmp.Or(config.PerSession, 6)
	config.PerTenant = cmp.Or(config.PerTenant, 150)
	config.PerProcess = cmp.Or(config.PerProcess, 2000)
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	h := &Hub{config: config, topics: make(map[string]Topic), feeds: make(map[feedKey]*feed), sessions: make(map[string]int), tenants: make(map[tenancy.ID]int)}
	for _, t := range config.Topics {
		h.topics[t.Name] = t
	}
	h.ctx, h.drain = context.WithCancel(context.Background())
	return h
}

// Drain ends all streams, whose clients come again and then find another process, and lets none begin.
func (h *Hub) Drain() { h.drain() }

// Stats are a Hub's figures.
type Stats struct {
	Streams int   // under way
	Feeds   int   // topics of tenants that are read
	Reads   int64 // ever
}

// Stats returns the figures at this moment.
func (h *Hub) Stats() Stats {
	h.mu.Lock()
	defer h.mu.Unlock()
	return Stats{Streams: h.streams, Feeds: len(h.feeds), Reads: h.reads}
}
