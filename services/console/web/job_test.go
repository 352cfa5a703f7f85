package web

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
)

// A job that panics ends alone, and the server's end waits for those that go on.
func TestJobs(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	j := newJobs(slog.New(slog.NewTextHandler(&log, nil)))
	ended := false
	j.Start(func(context.Context) { panic("a mistake") })
	j.Start(func(ctx context.Context) {
		<-ctx.Done()
		ended = true
	})
	j.stop()
	if !ended {
		t.Error("a job goes on after the end")
	}
	if !strings.Contains(log.String(), "job panicked") || !strings.Contains(log.String(), "a mistake") {
		t.Errorf("logged: %s", log.String())
	}
}

// There are so many places, one that is given back can be taken, and twice given back is once.
func TestPlaces(t *testing.T) {
	t.Parallel()
	j := newJobs(slog.New(slog.DiscardHandler))
	releases := make([]func(), maxPlaces)
	var err error
	for i := range releases {
		if releases[i], err = j.Enter(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := j.Enter(); !errors.Is(err, errBusy) {
		t.Errorf("one place too many: %v", err)
	}
	releases[0]()
	releases[0]()
	if releases[0], err = j.Enter(); err != nil {
		t.Errorf("a place that was given back: %v", err)
	}
	if _, err := j.Enter(); !errors.Is(err, errBusy) {
		t.Errorf("a place that was given back twice: %v", err)
	}
	for _, release := range releases {
		release()
	}
	j.stop()
}
