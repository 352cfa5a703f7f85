package gateway

import (
	"fmt"
	"sync"
	"time"

	"github.com/askspoke/spoke/tenancy"
)

// repeatEvery is how often a refusal is journaled that a client can repeat as often as it likes.
const repeatEvery = time.Minute

// repeated journals refusals of a kind once a minute at most: the first one at once, and at the end of the minute the last
// one with the number of those that came meanwhile. It holds memory for kinds that were refused within the last minute.
type repeated struct {
	mu    sync.Mutex
	kinds map[repeatedKind]*repetition
}

// repeatedKind is what is the same for an administrator.
type repeatedKind struct {
	tenant tenancy.ID
	rule   string
}

// repetition is what came of a kind since one was journaled.
type repetition struct {
	count int
	last  func(more string) // journals the last one
	timer *time.Timer
}

// note calls add at once, or later or never where another one of the kind was journaled a short while ago. more is for the
// detail's end.
func (r *repeated) note(kind repeatedKind, add func(more string)) {
	r.mu.Lock()
	if known := r.kinds[kind]; known != nil {
		known.count++
		known.last = add
		r.mu.Unlock()
		return
	}
	if r.kinds == nil {
		r.kinds = make(map[repeatedKind]*repetition)
	}
	r.kinds[kind] = &repetition{timer: time.AfterFunc(repeatEvery, func() { r.turn(kind) })}
	r.mu.Unlock()
	add("")
}

// turn ends a minute.
func (r *repeated) turn(kind repeatedKind) {
	r.mu.Lock()
	known := r.kinds[kind]
	if known == nil {
		r.mu.Unlock()
		return
	}
	last, count := known.last, known.count
	known.last, known.count = nil, 0
	if count == 0 {
		delete(r.kinds, kind)
	} else {
		known.timer.Reset(repeatEvery)
	}
	r.mu.Unlock()
	if count > 0 {
		last(fmt.Sprintf(" (Refused %d times within a minute.)", count))
	}
}

// finish ends all minutes at once.
func (r *repeated) finish() {
	r.mu.Lock()
	kinds := make([]repeatedKind, 0, len(r.kinds))
	for kind, known := range r.kinds {
		known.timer.Stop()
		kinds = append(kinds, kind)
	}
	r.mu.Unlock()
	for _, kind := range kinds {
		r.turn(kind) // where something was left
		r.mu.Lock()
		if known := r.kinds[kind]; known != nil {
			known.timer.Stop()
			delete(r.kinds, kind)
		}
		r.mu.Unlock()
	}
}
