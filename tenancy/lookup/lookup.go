// Package lookup remembers answers of Postgres that every request needs: whose host this is, whose token that is.
//
// It does not know what it remembers, and it does not listen for changes: its owner does and calls Forget.
//
// Invariants: memory is bounded, for absences as well, so nobody fills it with invented keys; the same key is asked for
// once however many wait for it, and only so many keys at once, those that were right before apart from the others; an
// answer that was on its way when something was forgotten is returned but not remembered; an answer is remembered no
// longer than its time to live, so a missed notification heals by itself. While Postgres is away, what is remembered is returned until then.
package lookup

import (
	"context"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
	"golang.org/x/sync/singleflight"

	"github.com/askspoke/spoke/tenancy/bounded"
)

// Cache remembers answers. It is safe for concurrent use.
type Cache[K comparable, V any] struct {
	config  Config[K, V]
	present bounded.Map[K, V]
	absent  bounded.Map[K, error]
	flights singleflight.Group
	slots   *semaphore.Weighted

	familiar      bounded.Map[K, struct{}] // keys that had an answer when they were last asked for; if Config.Familiar
	familiarSlots *semaphore.Weighted

	mu         sync.Mutex
	generation uint64 // grows with each Forget and Reset
}

// New returns an empty Cache.
func New[K comparable, V any](config Config[K, V]) *Cache[K, V] {
	if config.Now == nil {
		config.Now = time.Now
	}
	c := &Cache[K, V]{
		config:        config,
		present:       bounded.New[K, V](bounded.Options{Size: config.Size, TTL: config.TTL, Now: config.Now}),
		absent:        bounded.New[K, error](bounded.Options{Size: config.AbsentSize, TTL: config.AbsentTTL, Now: config.Now}),
		slots:         semaphore.NewWeighted(int64(config.Parallel)),
		familiarSlots: semaphore.NewWeighted(int64(config.Parallel)),
	}
	if config.Familiar > 0 {
		c.familiar = bounded.New[K, struct{}](bounded.Options{Size: config.Size, TTL: config.Familiar, Now: config.Now})
	}
	return c
}

// Familiar tells whether key had an answer when it was last asked for, within Config.Familiar. It asks nobody.
func (c *Cache[K, V]) Familiar(key K) bool {
	if c.config.Familiar <= 0 {
		return false
	}
	_, ok := c.familiar.Get(key)
	return ok
}

func (c *Cache[K, V]) slotsFor(key K) *semaphore.Weighted {
	if c.Familiar(key) {
		return c.familiarSlots
	}
	return c.slots
}

// Get returns the answer for key from memory, or else asks for it. Errors are Load's, or ctx's.
func (c *Cache[K, V]) Get(ctx context.Context, key K) (V, error) {
	if v, known, err := c.known(key); known {
		return v, err
	}
	return c.ask(ctx, key)
}

// known returns the answer that is in memory, if one is.
func (c *Cache[K, V]) known(key K) (v V, known bool, err error) {
	if v, ok := c.present.Get(key); ok {
		return v, true, nil
	}
	err, known = c.absent.Get(key)
	return v, known, err
}

func (c *Cache[K, V]) ask(ctx context.Context, key K) (V, error) {
	// Who asks after something was forgotten does not join a question from before it.
	flight := strconv.FormatUint(c.current(), 36) + " " + c.config.Text(key)
	answer := c.flights.DoChan(flight, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.config.Timeout)
		defer cancel()
		slots := c.slotsFor(key)
		if err := slots.Acquire(ctx, 1); err != nil {
			return nil, err
		}
		defer slots.Release(1)
		if v, known, err := c.known(key); known { // a question that ended after this one looked and before it began
			return v, err
		}
		generation := c.current()
		v, err := c.config.Load(ctx, key)
		c.remember(generation, key, v, err)
		return v, err
	})
	var none V
	select {
	case <-ctx.Done():
		return none, ctx.Err()
	case a := <-answer:
		if a.Err != nil {
			return none, a.Err
		}
		return a.Val.(V), nil
	}
}

func (c *Cache[K, V]) current() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.generation
}

// remember keeps an answer unless something was forgotten since it was asked for. Familiar is no answer, so it is kept
// in any case.
func (c *Cache[K, V]) remember(generation uint64, key K, v V, err error) {
	switch {
	case c.config.Familiar <= 0:
	case err == nil:
		c.familiar.Set(key, struct{}{})
	case c.config.Absent(err):
		c.familiar.Delete(key)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case generation != c.generation:
	case err == nil:
		c.present.Set(key, v)
		c.absent.Delete(key)
	case c.config.Absent(err):
		c.absent.Set(key, err)
	}
}

// Forget forgets the answers that match, and every absence: what was absent may be there now.
func (c *Cache[K, V]) Forget(match func(K, V) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.generation++
	var keys []K
	for k, v := range c.present.All() {
		if match(k, v) {
			keys = append(keys, k)
		}
	}
	for _, k := range keys {
		c.present.Delete(k)
	}
	c.absent.Clear()
}

// Reset forgets everything.
func (c *Cache[K, V]) Reset() { c.Forget(func(K, V) bool { return true }) }
