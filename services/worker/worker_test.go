package worker_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/services/worker"
)

// record collects what happened, with the time since the start.
type record struct {
	mu    sync.Mutex
	start time.Time
	lines []string
}

func (r *record) add(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines = append(r.lines, time.Since(r.start).String()+" "+fmt.Sprintf(format, args...))
}

// exactly makes no wait different.
func exactly(d time.Duration) time.Duration { return d }

// Each job runs soon and then at its interval, whatever the others do: one fails, one panics.
func TestSchedule(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := &record{start: time.Now()}
		var log bytes.Buffer
		job := func(name string, every time.Duration, do func() error) worker.Job {
			return worker.Job{Name: name, Every: every, Do: func(context.Context) error { r.add("%s", name); return do() }}
		}
		w := worker.New(worker.Config{
			Jobs: []worker.Job{
				job("good", 7*time.Second, func() error { return nil }),
				job("bad", 11*time.Second, func() error { return errors.New("no luck") }),
				job("ugly", time.Minute, func() error { panic("oh") }),
			},
			Jitter: exactly, Logger: slog.New(slog.NewTextHandler(&log, nil)),
			Ran: func(name string, outcome worker.Outcome, _ time.Time) { r.add("%s %s", name, outcome) },
		})
		ctx, cancel := context.WithTimeout(t.Context(), 22*time.Second)
		defer cancel()
		if err := w.Run(ctx); err != nil {
			t.Error(err)
		}
		want := []string{
			"7s good", "7s good done", "14s good", "14s good done", "21s good", "21s good done",
			"10s bad", "10s bad failed", "21s bad", "21s bad failed", "10s ugly", "10s ugly failed",
		}
		if diff := cmp.Diff(count(want), count(r.lines)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if got := log.String(); strings.Count(got, `job=bad error="no luck"`) != 2 || strings.Count(got, "panic: oh") != 1 {
			t.Errorf("logged:\n%s", got)
		}
	})
}

// count takes the order of what happens at one time away.
func count(lines []string) map[string]int {
	n := make(map[string]int)
	for _, line := range lines {
		n[line]++
	}
	return n
}

// One job at a time, and the next run of a long one counts from its end.
func TestOneAtATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := &record{start: time.Now()}
		long := func(name string) worker.Job {
			return worker.Job{Name: name, Every: 10 * time.Second, Do: func(context.Context) error {
				r.add("begins")
				<-time.After(4 * time.Second)
				r.add("ends")
				return nil
			}}
		}
		ctx, cancel := context.WithTimeout(t.Context(), 27*time.Second)
		defer cancel()
		if err := worker.New(worker.Config{Jobs: []worker.Job{long("a"), long("b")}, Jitter: exactly}).Run(ctx); err != nil {
			t.Error(err)
		}
		want := []string{"10s begins", "14s ends", "14s begins", "18s ends", "24s begins", "28s ends"}
		if diff := cmp.Diff(want, r.lines); diff != "" { // the last one, which does not look at ctx, is waited for
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// A job beside the others neither waits for them nor they for it.
func TestBeside(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := &record{start: time.Now()}
		job := func(name string, every, takes time.Duration) worker.Job {
			return worker.Job{Name: name, Every: every, Do: func(context.Context) error {
				r.add("%s begins", name)
				<-time.After(takes)
				r.add("%s ends", name)
				return nil
			}}
		}
		ctx, cancel := context.WithTimeout(t.Context(), 9*time.Second)
		defer cancel()
		w := worker.New(worker.Config{
			Jobs: []worker.Job{job("a", 4*time.Second, 2*time.Second)}, Jitter: exactly,
			Beside: []worker.Job{job("slow", time.Second, 20*time.Second), job("quick", 5*time.Second, 0)},
		})
		if err := w.Run(ctx); err != nil {
			t.Error(err)
		}
		want := []string{"1s slow begins", "4s a begins", "5s quick begins", "5s quick ends", "6s a ends", "21s slow ends"}
		if diff := cmp.Diff(want, r.lines); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// Who is woken runs at once, and then at its interval from there; once for any number of calls while it runs.
func TestWake(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := &record{start: time.Now()}
		wake := make(chan struct{}, 1)
		w := worker.New(worker.Config{
			Jobs: []worker.Job{{Name: "a", Every: 10 * time.Second, Do: func(context.Context) error {
				r.add("a")
				<-time.After(time.Second)
				return nil
			}}, {Name: "b", Every: time.Hour, Do: func(context.Context) error { return nil }}},
			Wake: map[string]<-chan struct{}{"a": wake}, Jitter: exactly,
		})
		ctx, cancel := context.WithTimeout(t.Context(), 16*time.Second)
		defer cancel()
		for _, after := range []time.Duration{2 * time.Second, 2500 * time.Millisecond, 2600 * time.Millisecond} {
			time.AfterFunc(after, func() {
				select {
				case wake <- struct{}{}:
				default:
				}
			})
		}
		if err := w.Run(ctx); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff([]string{"2s a", "3s a", "14s a"}, r.lines); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// What is told to stop is no failure.
func TestStop(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		ran := 0
		w := worker.New(worker.Config{
			Jobs: []worker.Job{
				{Name: "endless", Every: time.Second, Do: func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }},
				{Name: "waiting", Every: time.Second, Do: func(context.Context) error { return nil }},
			},
			Jitter: func(d time.Duration) time.Duration { return d }, Logger: slog.New(slog.NewTextHandler(&log, nil)),
			Ran: func(name string, _ worker.Outcome, _ time.Time) {
				if name == "endless" {
					ran++
				}
			},
		})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := w.Run(ctx); err != nil || ran != 0 || log.Len() != 0 {
			t.Errorf("%v, %d runs\n%s", err, ran, log.String())
		}
	})
}

// The default jitter stays near, and is not always the same.
func TestJitter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var waits []time.Duration
		w := worker.New(worker.Config{Jobs: []worker.Job{{Name: "a", Every: 10 * time.Second, Do: func(context.Context) error {
			waits = append(waits, time.Since(start))
			start = time.Now()
			return nil
		}}}})
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
		defer cancel()
		if err := w.Run(ctx); err != nil {
			t.Error(err)
		}
		different := make(map[time.Duration]bool)
		for _, wait := range waits {
			if wait < 9*time.Second || wait > 11*time.Second {
				t.Errorf("a wait of %s", wait)
			}
			different[wait] = true
		}
		if len(waits) < 50 || len(different) < 10 {
			t.Errorf("%d waits, %d different", len(waits), len(different))
		}
	})
}
