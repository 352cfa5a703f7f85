package guard_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/guard"
)

var strict = tenancy.Guard{Window: time.Hour, Count: 3, Minimum: 100, Percent: 20}

// held has a burst held, and returns the hold.
func (w *world) held(at time.Time, ids ...string) guard.Hold {
	w.Helper()
	w.deleteAll(strict, at, ids...)
	hold, err := w.Open(w.Context(), w.schema)
	if err != nil {
		w.Fatal(err)
	}
	return hold
}

func (w *world) expect(want string, at time.Time, ids ...string) {
	w.Helper()
	if got := w.deleteAll(strict, at, ids...); got != want {
		w.Errorf("got %s want %s", got, want)
	}
}

// TestApprove lets a burst pass, and counts anew when the approval has ended.
func TestApprove(t *testing.T) {
	t.Parallel()
	w := open(t)
	ids := w.users(40)
	hold := w.held(noon, ids[:5]...)
	approved, err := w.Approve(t.Context(), w.schema, hold.ID, "ada", time.Time{})
	want := hold
	want.State, want.Decided, want.DecidedBy, want.Until = guard.Approved, noon, "ada", noon.Add(24*time.Hour)
	if diff := cmp.Diff(want, approved); diff != "" || err != nil {
		t.Fatal(diff, err)
	}
	w.expect("20 passes, ", noon.Add(time.Minute), ids[3:23]...)
	w.expect("5 passes, ", noon.Add(24*time.Hour-time.Second), ids[23:28]...)
	w.expect("3 passes, 1 opens count, 1 held, ", noon.Add(24*time.Hour+time.Second), ids[28:33]...)
	if _, err := w.Open(t.Context(), w.schema); err != nil {
		t.Error(err)
	}
}

// TestReject keeps what was held for a week, and lets others go.
func TestReject(t *testing.T) {
	t.Parallel()
	w := open(t)
	ids := w.users(40)
	hold := w.held(noon, ids[:6]...)
	if _, err := w.Reject(t.Context(), w.schema, hold.ID, "ada", time.Time{}); err != nil {
		t.Fatal(err)
	}
	soon := noon.Add(time.Minute)
	w.expect("3 rejected, ", soon, ids[3:6]...)
	if got := w.try(strict, attempt("User", ids[3], "disable", soon)); got != "rejected" {
		t.Error(got)
	}
	w.expect("3 passes, 1 opens count, ", soon, ids[6:10]...) // counted anew
	w.expect("1 rejected, 1 held, ", soon, ids[3], ids[10])

	if _, err := w.Approve(t.Context(), w.schema, hold.ID, "bob", time.Time{}); !errors.Is(err, guard.ErrOpen) {
		t.Errorf("approved a rejected hold while another one is open: %v", err)
	}
	second, err := w.Open(t.Context(), w.schema)
	if err != nil {
		t.Fatal(err)
	}
	w.now = noon.Add(2 * time.Minute)
	if _, err := w.Reject(t.Context(), w.schema, second.ID, "ada", w.now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	w.expect("2 rejected, ", w.now, ids[3], ids[10])
	w.expect("1 rejected, 2 passes, ", w.now.Add(90*time.Minute), ids[3], ids[9], ids[10])
	w.expect("1 passes, ", noon.Add(7*24*time.Hour+time.Second), ids[3])

	// What was rejected can be approved later, and then passes.
	w.now = noon.Add(3 * time.Hour)
	w.expect("1 rejected, ", w.now, ids[4])
	var decided *guard.DecidedError
	if _, err := w.ApproveOpen(t.Context(), w.schema, hold.ID, "bob", time.Time{}); !errors.As(err, &decided) || decided.Hold.State != guard.Rejected || decided.Hold.DecidedBy != "ada" {
		t.Errorf("approved by who does not know that it is rejected: %v", err)
	}
	w.expect("1 rejected, ", w.now, ids[4])
	if _, err := w.Approve(t.Context(), w.schema, hold.ID, "ada", time.Time{}); err != nil {
		t.Fatal(err)
	}
	w.expect("10 passes, ", w.now.Add(time.Minute), append(ids[4:6:6], ids[12:20]...)...)
}

// TestDecisions tells what comes of each decision after each other one.
func TestDecisions(t *testing.T) {
	t.Parallel()
	w := open(t)
	ids := w.users(5)
	hold := w.held(noon, ids...)
	approve := func(until time.Time) (guard.Hold, error) {
		return w.Approve(t.Context(), w.schema, hold.ID, "ada", until)
	}
	reject := func(until time.Time) (guard.Hold, error) {
		return w.Reject(t.Context(), w.schema, hold.ID, "bob", until)
	}
	for _, until := range []time.Time{noon, noon.Add(-time.Second), noon.Add(guard.MaxDecided + time.Second)} {
		_, err := approve(until)
		_, err2 := reject(until)
		if !errors.Is(err, guard.ErrUntil) || !errors.Is(err2, guard.ErrUntil) {
			t.Errorf("until %s: %v, %v", until, err, err2)
		}
	}
	for _, id := range []string{newID(), "x", ""} {
		_, err := w.Approve(t.Context(), w.schema, id, "ada", time.Time{})
		_, err2 := w.Reject(t.Context(), w.schema, id, "ada", time.Time{})
		_, err3 := w.Get(t.Context(), w.schema, id)
		if !errors.Is(err, guard.ErrNotFound) || !errors.Is(err2, guard.ErrNotFound) || !errors.Is(err3, guard.ErrNotFound) {
			t.Errorf("%q: %v, %v, %v", id, err, err2, err3)
		}
	}
	first, err := reject(time.Time{})
	if err != nil || first.State != guard.Rejected {
		t.Fatalf("%+v %v", first, err)
	}
	w.now = noon.Add(time.Hour)
	again, err := reject(w.now.Add(time.Hour))
	if diff := cmp.Diff(first, again); diff != "" || err != nil {
		t.Error(diff, err)
	}
	first, err = approve(time.Time{})
	if err != nil || first.State != guard.Approved || !first.Decided.Equal(w.now) || first.DecidedBy != "ada" {
		t.Errorf("%+v %v", first, err)
	}
	if again, err = approve(w.now.Add(time.Minute)); err != nil || !cmp.Equal(first, again) {
		t.Errorf("%+v %v", again, err)
	}
	var decided *guard.DecidedError
	if _, err := reject(time.Time{}); !errors.As(err, &decided) || !cmp.Equal(decided.Hold, first) {
		t.Errorf("%+v %v", decided, err)
	}
}

// TestHolds lists them page by page, and forgets old ones.
func TestHolds(t *testing.T) {
	t.Parallel()
	w := open(t)
	ids := w.users(60)
	var want []string
	for i := range 5 {
		w.now = noon.Add(time.Duration(i) * 48 * time.Hour)
		hold := w.held(w.now, ids[:5]...)
		ids = ids[5:]
		want = append([]string{hold.ID}, want...)
		if i == 4 {
			break
		}
		if _, err := w.Reject(t.Context(), w.schema, hold.ID, "ada", w.now.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	list := func() (got []string) {
		for cursor := ""; ; {
			page, err := w.Holds(t.Context(), w.schema, cursor, 2)
			if err != nil {
				t.Fatal(err)
			}
			for _, h := range page.Holds {
				got = append(got, h.ID)
			}
			if cursor = page.Next; cursor == "" {
				return got
			}
		}
	}
	if diff := cmp.Diff(want, list()); diff != "" {
		t.Error(diff)
	}
	for _, cursor := range []string{"x", "eA", "eCA", want[0]} {
		if _, err := w.Holds(t.Context(), w.schema, cursor, 2); !errors.Is(err, guard.ErrCursor) {
			t.Errorf("cursor %q: %v", cursor, err)
		}
	}
	for _, wantPruned := range []int{2, 1, 0} {
		n, err := w.Prune(t.Context(), w.schema, noon.Add(5*24*time.Hour), 2)
		if n != wantPruned || err != nil {
			t.Errorf("%d pruned, want %d: %v", n, wantPruned, err)
		}
	}
	if diff := cmp.Diff(want[:2], list()); diff != "" {
		t.Error(diff)
	}
}
