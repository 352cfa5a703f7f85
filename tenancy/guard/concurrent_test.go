package guard_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/guard"
	"github.com/askspoke/spoke/tenancy/journal"
)

// race has 8 deleters for each store delete users at once, and returns how many were deleted.
func (w *world) race(g tenancy.Guard, ids []string, stores ...*guard.Store) int64 {
	w.Helper()
	var next, passed atomic.Int64
	var group sync.WaitGroup
	for i := range 8 * len(stores) {
		group.Go(func() {
			for {
				n := next.Add(1) - 1
				if n >= int64(len(ids)) {
					return
				}
				a := attempt("User", ids[n], journal.ActionDelete, noon.Add(time.Duration(n)*time.Millisecond))
				err := stores[i%len(stores)].Do(w.Context(), w.schema, g, a, func() error { return w.note(a) })
				var held *guard.HeldError
				switch {
				case err == nil:
					passed.Add(1)
				case !errors.As(err, &held):
					w.Error(err)
				}
			}
		})
	}
	group.Wait()
	return passed.Load()
}

// TestConcurrent has 8 deleters at once in one process: as many pass as may, and no more.
func TestConcurrent(t *testing.T) {
	t.Parallel()
	w := open(t)
	ids := w.users(300)
	g := tenancy.Guard{Window: time.Hour, Count: 37, Minimum: 1000, Percent: 20}
	if n := w.race(g, ids, w.Store); n != 37 {
		t.Errorf("%d passed", n)
	}
	w.checkNoted(300 - 37)
}

// TestProcesses has three processes delete at once: each of the others can be one ahead.
func TestProcesses(t *testing.T) {
	t.Parallel()
	w := open(t)
	ids := w.users(300)
	g := tenancy.Guard{Window: time.Hour, Count: 37, Minimum: 1000, Percent: 20}
	n := w.race(g, ids, w.Store, guard.New(w.db, w.clock), guard.New(w.db, w.clock))
	if n < 37 || n > 39 {
		t.Errorf("%d passed", n)
	}
	w.checkNoted(300 - int(n))
}

// TestOpeners has many processes open a hold at the same moment: they open one, and each attempt is noted.
func TestOpeners(t *testing.T) {
	t.Parallel()
	w := open(t)
	ids := w.users(64)
	g := tenancy.Guard{Window: time.Hour, Count: 1, Minimum: 1000, Percent: 20}
	w.deleteAll(g, noon, ids[0])
	var opened atomic.Int64
	var group sync.WaitGroup
	for _, id := range ids[1:] {
		group.Go(func() {
			var held *guard.HeldError
			if err := w.Check(t.Context(), w.schema, g, attempt("User", id, journal.ActionDelete, noon)); !errors.As(err, &held) {
				t.Errorf("%v", err)
			} else if held.Opened {
				opened.Add(1)
			}
		})
	}
	group.Wait()
	if n := opened.Load(); n != 1 {
		t.Errorf("%d opened a hold", n)
	}
	w.checkNoted(63)
}

// checkNoted compares the number of the one hold with its rows.
func (w *world) checkNoted(want int) {
	w.Helper()
	page, err := w.Holds(w.Context(), w.schema, "", 10)
	if err != nil || len(page.Holds) != 1 {
		w.Fatalf("%+v %v", page, err)
	}
	held, err := w.Held(w.Context(), w.schema, page.Holds[0].ID, "", 1000)
	if err != nil || len(held.Held) != want || page.Holds[0].Noted != want {
		w.Errorf("%d rows, %d noted, want %d: %v", len(held.Held), page.Holds[0].Noted, want, err)
	}
}

// TestTurn gives up waiting with its context, and leaves the turn to the next one.
func TestTurn(t *testing.T) {
	t.Parallel()
	w := open(t)
	ids := w.users(2)
	a, b := attempt("User", ids[0], journal.ActionDelete, noon), attempt("User", ids[1], journal.ActionDelete, noon)
	ctx, cancel := context.WithCancel(t.Context())
	err := w.Do(t.Context(), w.schema, tenancy.DefaultGuard(), a, func() error {
		cancel()
		return w.Do(ctx, w.schema, tenancy.DefaultGuard(), b, func() error { return errors.New("it has not waited") })
	})
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if got := w.try(tenancy.DefaultGuard(), b); got != "passes" {
		t.Error(got)
	}
}
