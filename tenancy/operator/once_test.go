package operator_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/askspoke/spoke/tenancy/operator"
)

const actor = "key:a"

func attempt(t *testing.T, s *operator.Store, key, request string) operator.Attempt {
	t.Helper()
	a, err := s.Attempt(t.Context(), actor, key, []byte(request), operator.HoldAttempt)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestOnceIsAnsweredOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := attempt(t, w.Store, "k", "request")
	if first.Answer != nil || first.Again || first.ID == "" {
		t.Errorf("the first attempt: %+v", first)
	}
	if _, err := w.Attempt(t.Context(), actor, "k", []byte("request"), operator.HoldAttempt); !errors.Is(err, operator.ErrInFlight) {
		t.Errorf("meanwhile: %v", err)
	}
	if _, err := w.Attempt(t.Context(), actor, "k", []byte("another"), operator.HoldAttempt); !errors.Is(err, operator.ErrReused) {
		t.Errorf("another meanwhile: %v", err)
	}
	const answer = "the answer, with a s3cret"
	if err := w.Keep(t.Context(), first, w.tenants[0].ID, []byte(answer)); err != nil {
		t.Fatal(err)
	}
	again := attempt(t, w.Store, "k", "request")
	if string(again.Answer) != answer || again.ID != first.ID {
		t.Errorf("again: %q of %s, want %q of %s", again.Answer, again.ID, answer, first.ID)
	}
	if _, err := w.Attempt(t.Context(), actor, "k", []byte("another"), operator.HoldAttempt); !errors.Is(err, operator.ErrReused) {
		t.Errorf("another: %v", err)
	}
	other, err := w.Attempt(t.Context(), "key:b", "k", []byte("another"), operator.HoldAttempt)
	if err != nil || other.Answer != nil {
		t.Errorf("of another actor: %q, %v", other.Answer, err)
	}
	var kept string
	if err := w.db.GetContext(t.Context(), &kept, `SELECT string_agg(encode(answer, 'escape') || encode(request, 'escape'), ' ') FROM spoke.idempotency`); err != nil {
		t.Fatal(err)
	}
	if kept == "" || strings.Contains(kept, "s3cret") || strings.Contains(kept, "request") {
		t.Errorf("kept in the clear: %s", kept)
	}
}

func TestOnceIsTakenOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	broken := attempt(t, w.Store, "k", "request")
	w.clock.Pass(operator.HoldAttempt)
	next := attempt(t, w.Store, "k", "request")
	if !next.Again || next.ID != broken.ID {
		t.Errorf("taken over: %+v, want again and the ID %s", next, broken.ID)
	}
	if err := w.Keep(t.Context(), broken, "", []byte("late")); !errors.Is(err, operator.ErrNotKept) { // its process was only slow
		t.Errorf("a late answer: %v", err)
	}
	if _, err := w.Attempt(t.Context(), actor, "k", []byte("request"), operator.HoldAttempt); !errors.Is(err, operator.ErrInFlight) {
		t.Errorf("the late answer counts: %v", err)
	}
	if err := w.Keep(t.Context(), next, "", []byte("answer")); err != nil {
		t.Fatal(err)
	}
	if last := attempt(t, w.Store, "k", "request"); string(last.Answer) != "answer" {
		t.Errorf("answered %q", last.Answer)
	}
}

func TestOnceIsGivenUpOrForgotten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := attempt(t, w.Store, "k", "request")
	if err := w.GiveUp(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	second := attempt(t, w.Store, "k", "request")
	if !second.Again || second.ID != first.ID {
		t.Errorf("after it was given up: %+v", second)
	}
	if err := w.Forget(t.Context(), second); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Attempt(t.Context(), actor, "k", []byte("another"), operator.HoldAttempt); !errors.Is(err, operator.ErrReused) {
		t.Errorf("what may have changed something was forgotten: %v", err)
	}
	fresh := attempt(t, w.Store, "k2", "request")
	if err := w.Forget(t.Context(), fresh); err != nil {
		t.Fatal(err)
	}
	if a := attempt(t, w.Store, "k2", "another"); a.Again || a.ID == fresh.ID {
		t.Errorf("after it was forgotten: %+v", a)
	}
}

func TestOnceExpires(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := attempt(t, w.Store, "k", "request")
	if err := w.Keep(t.Context(), first, "", []byte("answer")); err != nil {
		t.Fatal(err)
	}
	w.clock.Pass(operator.KeepAnswer - time.Microsecond)
	if a := attempt(t, w.Store, "k", "request"); a.Answer == nil {
		t.Error("the answer is gone too soon")
	}
	w.clock.Pass(time.Microsecond)
	if a := attempt(t, w.Store, "k", "another"); a.Answer != nil || a.ID == first.ID || a.Again {
		t.Errorf("after a day: %+v", a)
	}
}

func TestOnceOfManyAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var group sync.WaitGroup
	results := make(chan error, 8)
	for range cap(results) {
		group.Go(func() {
			_, err := w.Attempt(t.Context(), actor, "k", []byte("request"), operator.HoldAttempt)
			results <- err
		})
	}
	group.Wait()
	begun := 0
	for range cap(results) {
		if err := <-results; err == nil {
			begun++
		} else if !errors.Is(err, operator.ErrInFlight) {
			t.Error(err)
		}
	}
	if begun != 1 {
		t.Errorf("%d have begun", begun)
	}
}

// The driver sends a statement again when its answer is lost: that is the same attempt.
func TestOnceWithALostAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s, proxy := w.lossy(t)
	proxy.LoseAnswer()
	if a := attempt(t, s, "k", "request"); a.Again || a.Answer != nil {
		t.Errorf("%+v", a)
	}
}

// The answer can hold a tenant's secret, so it goes with the tenant. An answer that was moved to another request, or read
// by one without the key, cannot be read.
func TestOnceAnswersAreBound(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, key := range []string{"a", "b"} {
		if err := w.Keep(t.Context(), attempt(t, w.Store, key, "request"), w.tenants[0].ID, []byte(key)); err != nil {
			t.Fatal(err)
		}
	}
	const swap = `UPDATE spoke.idempotency SET answer = (SELECT answer FROM spoke.idempotency WHERE key = 'b') WHERE key = 'a'`
	if _, err := w.db.ExecContext(t.Context(), swap); err != nil {
		t.Fatal(err)
	}
	if a, err := w.Attempt(t.Context(), actor, "a", []byte("request"), operator.HoldAttempt); err == nil {
		t.Errorf("the answer of another request was given: %q", a.Answer)
	}
	if _, err := w.db.ExecContext(t.Context(), `DELETE FROM spoke.tenants WHERE id = $1`, string(w.tenants[0].ID)); err != nil {
		t.Fatal(err)
	}
	if a := attempt(t, w.Store, "b", "request"); a.Answer != nil {
		t.Error("the answer outlives the tenant")
	}
}
