//go:build unix

package main

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/askspoke/spoke/infra/pgtest"
)

// lines is a writer to a test's log.
type lines struct{ t *testing.T }

func (l lines) Write(text []byte) (int, error) {
	l.t.Log(strings.TrimRight(string(text), "\n"))
	return len(text), nil
}

// The story is as it is told, from the first request to the last recovery. Where the machine is so slow that a cycle fell
// apart, something else was played: then it is played again at half the pace, and at half of that.
func TestStory(t *testing.T) {
	t.Parallel()
	for pace := fastest; ; pace /= 2 {
		stalled, err := story(t, pace)
		if err == nil {
			return
		}
		if !stalled || pace <= fastest/4 {
			t.Fatal(err)
		}
		t.Logf("the machine stalled for longer than what divides two cycles: %v", err)
	}
}

// story plays it once, and says whether a cycle fell apart.
func story(t *testing.T, pace int) (stalled bool, err error) {
	t.Helper()
	s, err := setUp(t.Context(), options{pace: pace, database: pgtest.Database(t), log: lines{t}})
	defer func() {
		if err := s.stop(); err != nil {
			t.Error(err)
		}
	}()
	if err != nil {
		return false, err
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute*time.Duration(fastest/pace))
	defer cancel()
	err = s.play(ctx, newPrinter(lines{t}, false))
	if err != nil {
		t.Logf("spoke's log ends with\n%s", s.spoke.LogTail())
	}
	return s.stalled(), err
}
