// Package bounded has a map that forgets: what is over its size, what is rarely asked for first, and what is too old.
//
// It is otter's cache behind an interface. Go compiles a generic type anew in every package that can see one of its
// instances, and otter's are large: seen through tenancy/lookup they were 50 MB of each package of the console.
package bounded

import (
	"iter"
	"time"

	"github.com/maypok86/otter/v2"
)

// Map is a map of bounded size, for K that can be compared, as in Go's map. It is safe for concurrent use.
type Map[K comparable, V any] struct{ entries entries }

// Options say what a Map keeps. Only Size is required.
type Options struct {
	Size int              // how many entries
	TTL  time.Duration    // for how long since an entry was set; 0: for as long as there is room
	Now  func() time.Time // default time.Now; called by several goroutines at once
}

// New returns an empty Map. It panics when the size is not positive.
func New[K comparable, V any](options Options) Map[K, V] { return Map[K, V]{newEntries(options)} }

// Get returns what is kept for key.
func (m Map[K, V]) Get(key K) (v V, ok bool) {
	kept, ok := m.entries.GetIfPresent(key)
	if ok {
		v, _ = kept.(V) // an interface that is nil is kept as nil
	}
	return v, ok
}

// Set keeps v for key.
func (m Map[K, V]) Set(key K, v V) { m.entries.Set(key, v) }

// Delete forgets key.
func (m Map[K, V]) Delete(key K) { m.entries.Invalidate(key) }

// Clear forgets everything.
func (m Map[K, V]) Clear() { m.entries.InvalidateAll() }

// All returns what is kept, in no order.
func (m Map[K, V]) All() iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		for key, kept := range m.entries.All() {
			v, _ := kept.(V)
			if !yield(key.(K), v) {
				return
			}
		}
	}
}

// entries is an otter.Cache, of which nobody outside this file sees the type.
type entries interface {
	GetIfPresent(key any) (any, bool)
	Set(key, v any) (any, bool)
	Invalidate(key any) (any, bool)
	InvalidateAll()
	All() iter.Seq2[any, any]
}

func newEntries(options Options) entries {
	if options.Size <= 0 {
		panic("bounded: a map without a size")
	}
	config := &otter.Options[any, any]{MaximumSize: options.Size}
	if options.TTL > 0 {
		config.ExpiryCalculator = otter.ExpiryWriting[any, any](options.TTL)
	}
	if options.Now != nil {
		config.Clock = clock{options.Now}
	}
	return otter.Must(config)
}

// clock lets the cache see the injected time. Without ticks it drops what has expired when it is written to.
type clock struct{ now func() time.Time }

// NowNano returns the time in nanoseconds.
func (c clock) NowNano() int64 { return c.now().UnixNano() }

// Tick returns no ticks.
func (clock) Tick(time.Duration) <-chan time.Time { return nil }
