//go:build unix

package main

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// record is what the provider believes of a user in Spoke.
type record struct {
	person
	id string
}

// A cycle is what the provider did in one.
type cycle struct {
	n                int // the first is 1
	changes, refused int // changes that were tried, and that were not done
	statuses         map[int]int
	aborted          bool // it could not sign in
}

// A provider behaves as Entra ID does: it looks a user up before it changes them, changes what differs, disables before it
// deletes, tries what failed again in each next cycle, and gives a cycle up when it cannot sign in.
type provider struct {
	source *source
	slug   string
	http   *http.Client
	every  time.Duration // between two requests
	pause  time.Duration // between two cycles, at least: longer than gap
	gap    time.Duration // a longer pause divides two cycles
	usual  time.Duration // from the beginning of one to that of the next

	stalled atomic.Bool // a pause within a cycle was longer than gap

	mu      sync.Mutex
	token   string
	walk    bool // the next cycle looks at everybody again
	cycles  []cycle
	records map[string]record // of run alone, but for look
	groups  map[string]bool
	fault   error
}

// run sends cycles until the context ends.
func (p *provider) run(ctx context.Context) {
	for n := 1; ; n++ {
		began := time.Now()
		c := cycle{n: n, statuses: map[int]int{}}
		err := p.cycle(ctx, &c)
		p.mu.Lock()
		p.cycles = append(p.cycles, c)
		if p.fault == nil && ctx.Err() == nil {
			p.fault = err
		}
		p.mu.Unlock()
		wait := max(time.Until(began.Add(p.usual)), p.pause)
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

// cycle sends what has changed.
func (p *provider) cycle(ctx context.Context, c *cycle) error {
	people := p.source.next()
	p.mu.Lock()
	walk := p.walk
	p.walk = false
	p.mu.Unlock()
	w := &work{provider: p, cycle: c}
	if err := w.probe(ctx); err != nil || c.aborted {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(people)) {
		if err := w.user(ctx, name, people[name], walk); err != nil || c.aborted {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(p.source.groups)) {
		if err := w.group(ctx, name); err != nil || c.aborted {
			return err
		}
	}
	return nil
}

// signIn has the provider use a token from now on.
func (p *provider) signIn(token string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.token = token
}

// restart has the next cycle look at everybody again.
func (p *provider) restart() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.walk = true
}

// done returns the cycles that have ended, and what went wrong that is not Spoke's to refuse.
func (p *provider) done() ([]cycle, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fault != nil {
		return nil, &brokenError{p.slug, p.fault}
	}
	return slices.Clone(p.cycles), nil
}

// A brokenError is that a provider could not go on, so that nothing more comes to be.
type brokenError struct {
	slug string
	err  error
}

func (e *brokenError) Error() string {
	return "the identity provider of " + e.slug + ": " + e.err.Error()
}
func (e *brokenError) Unwrap() error { return e.err }

// id returns the id of a user in Spoke.
func (p *provider) id(name string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.records[name].id
}
