package guard_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/guard"
	"github.com/askspoke/spoke/tenancy/journal"
)

// kept is what the guard has noted.
func (w *world) kept() (holds, held int) {
	w.Helper()
	for table, n := range map[string]*int{"holds": &holds, "held": &held} {
		if err := w.db.GetContext(w.Context(), n, `SELECT count(*) FROM `+w.schema.Table(table)); err != nil {
			w.Fatal(err)
		}
	}
	return holds, held
}

// A rehearsal hears what the next attempt would hear, at each place, and leaves nothing.
func TestRehearsal(t *testing.T) {
	t.Parallel()
	w := open(t)
	g := tenancy.Guard{Window: time.Hour, Count: 3, Minimum: 100, Percent: 100}
	ids := w.users(6)
	ask := func(id string) (string, error) {
		err := w.Check(journal.Rehearse(t.Context()), w.schema, g, attempt("User", id, journal.ActionDelete, noon))
		return w.outcome(err), err
	}
	for i, id := range ids {
		before := [2]int{}
		before[0], before[1] = w.kept()
		says, err := ask(id)
		after := [2]int{}
		after[0], after[1] = w.kept()
		if before != after {
			t.Errorf("attempt %d: a rehearsal left %v of %v", i, after, before)
		}
		var held *guard.HeldError
		if errors.As(err, &held) && (held.Hold.ID == "") != held.Opened {
			t.Errorf("attempt %d: %+v", i, held)
		}
		if got := w.try(g, attempt("User", id, journal.ActionDelete, noon)); got != says {
			t.Errorf("attempt %d: %s, and the rehearsal said %s", i, got, says)
		}
	}
	hold, err := w.Open(t.Context(), w.schema)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Reject(t.Context(), w.schema, hold.ID, "ada", noon.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if says, _ := ask(ids[3]); says != "rejected" {
		t.Errorf("after the rejection: %s", says)
	}
	if says, _ := ask(newID()); says != "passes" {
		t.Errorf("of one that is not there: %s", says)
	}
}

// Those who rehearse at the same time as others attempt take nothing from them: there is the one hold, with its attempts.
func TestRehearsalsBesideAttempts(t *testing.T) {
	t.Parallel()
	w := open(t)
	g := tenancy.Guard{Window: time.Hour, Count: 1, Minimum: 100, Percent: 100}
	ids := w.users(9)
	if got := w.try(g, attempt("User", ids[0], journal.ActionDelete, noon)); got != "passes" {
		t.Fatal(got)
	}
	var all sync.WaitGroup
	var mu sync.Mutex
	said := map[string]int{}
	for _, id := range ids[1:] {
		for _, ctx := range []context.Context{t.Context(), journal.Rehearse(t.Context())} {
			all.Go(func() {
				err := w.Check(ctx, w.schema, g, attempt("User", id, journal.ActionDelete, noon))
				mu.Lock()
				defer mu.Unlock()
				var held *guard.HeldError
				if !errors.As(err, &held) {
					t.Errorf("%v", err)
				} else if !journal.Rehearsed(ctx) {
					said[w.outcome(err)]++
				}
			})
		}
	}
	all.Wait()
	if diff := cmp.Diff(map[string]int{"opens count": 1, "held": 7}, said); diff != "" {
		t.Error(diff)
	}
	if holds, held := w.kept(); holds != 1 || held != 8 {
		t.Errorf("%d holds of %d attempts", holds, held)
	}
}
