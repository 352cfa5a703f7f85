package background_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/askspoke/spoke/services/background"
)

// A job that panics ends alone and is logged, and the end waits for those that go on.
func TestJobs(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	j := background.New(slog.New(slog.NewTextHandler(&log, nil)), 1)
	ended := false
	j.Start(func(context.Context) { panic("a mistake") })
	j.Start(func(ctx context.Context) {
		<-ctx.Done()
		ended = true
	})
	j.Stop()
	if !ended {
		t.Error("a job goes on after the end")
	}
	if !strings.Contains(log.String(), "job panicked") || !strings.Contains(log.String(), "a mistake") || !strings.Contains(log.String(), "background_test.go") {
		t.Errorf("logged: %s", log.String())
	}
}

// Who waits for what a job comes to hears of it, also where it panics.
func TestCall(t *testing.T) {
	t.Parallel()
	j := background.New(slog.New(slog.DiscardHandler), 0)
	mistake := errors.New("no")
	for name, tc := range map[string]struct {
		work func(context.Context) error
		want error
	}{
		"done":   {func(context.Context) error { return nil }, nil},
		"failed": {func(context.Context) error { return mistake }, mistake},
		"panics": {func(context.Context) error { panic("a mistake") }, background.ErrPanicked},
		"exits":  {func(context.Context) error { runtime.Goexit(); return nil }, background.ErrPanicked},
	} {
		if err := <-j.Call(tc.work); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	j.Call(func(context.Context) error { return nil }) // nobody waits
	j.Stop()
}

// There are so many places, one that is given back can be taken, and twice given back is once.
func TestPlaces(t *testing.T) {
	t.Parallel()
	const most = 3
	j := background.New(slog.New(slog.DiscardHandler), most)
	releases := make([]func(), most)
	var err error
	for i := range releases {
		if releases[i], err = j.Enter(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := j.Enter(); !errors.Is(err, background.ErrFull) {
		t.Errorf("one place too many: %v", err)
	}
	releases[0]()
	releases[0]()
	if releases[0], err = j.Enter(); err != nil {
		t.Errorf("a place that was given back: %v", err)
	}
	if _, err := j.Enter(); !errors.Is(err, background.ErrFull) {
		t.Errorf("a place that was given back twice: %v", err)
	}
	for _, release := range releases {
		release()
	}
	j.Stop()
}

// A service without places has jobs all the same.
func TestNoPlaces(t *testing.T) {
	t.Parallel()
	j := background.New(slog.New(slog.DiscardHandler), 0)
	if _, err := j.Enter(); !errors.Is(err, background.ErrFull) {
		t.Errorf("%v", err)
	}
	var ran atomic.Bool
	j.Start(func(context.Context) { ran.Store(true) })
	j.Stop()
	if !ran.Load() {
		t.Error("the job did not run")
	}
}

// The end waits for a job that begins while it waits, and for one that a place was taken for.
func TestStopWaitsForLateJobs(t *testing.T) {
	t.Parallel()
	j := background.New(slog.New(slog.DiscardHandler), 1)
	release, err := j.Enter()
	if err != nil {
		t.Fatal(err)
	}
	var late atomic.Bool
	j.Start(func(ctx context.Context) {
		<-ctx.Done() // the end has come
		j.Start(func(ctx context.Context) {
			if ctx.Err() == nil {
				t.Error("a job that begins after the end is not told")
			}
			defer release()
			late.Store(true)
		})
	})
	j.Stop()
	j.Stop()
	if !late.Load() {
		t.Error("the end did not wait")
	}
}
