package lookup_test

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/askspoke/spoke/tenancy/lookup"
)

var (
	errAbsent = errors.New("absent")
	errAway   = errors.New("away")
)

// source answers a key with key*10, has no key above 99, and can be away.
type source struct {
	asked, atOnce, most atomic.Int64
	away                atomic.Bool
	gate                chan struct{} // when not nil, each answer waits for it
	entered             chan struct{}
	nanos               atomic.Int64
}

func (s *source) load(ctx context.Context, key int) (int, error) {
	s.asked.Add(1)
	n := s.atOnce.Add(1)
	defer s.atOnce.Add(-1)
	for m := s.most.Load(); n > m && !s.most.CompareAndSwap(m, n); m = s.most.Load() {
	}
	if s.entered != nil {
		s.entered <- struct{}{}
	}
	if s.gate != nil {
		select {
		case <-s.gate:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
	switch {
	case s.away.Load():
		return 0, errAway
	case key > 99:
		return 0, errAbsent
	}
	return key * 10, nil
}

func (s *source) cache() *lookup.Cache[int, int] {
	return lookup.New(lookup.Config[int, int]{
		Load: s.load, Absent: func(err error) bool { return errors.Is(err, errAbsent) }, Text: strconv.Itoa,
		Size: 64, TTL: time.Minute, AbsentSize: 8, AbsentTTL: 5 * time.Second, Parallel: 2, Timeout: 10 * time.Second, Familiar: time.Hour,
		Now: func() time.Time { return time.Unix(1_700_000_000, s.nanos.Load()) },
	})
}

func (s *source) pass(d time.Duration) { s.nanos.Add(int64(d)) }

func want(t *testing.T, s *source, c *lookup.Cache[int, int], key, value int, err error, asked int64) {
	t.Helper()
	got, gotErr := c.Get(t.Context(), key)
	if got != value || !errors.Is(gotErr, err) || s.asked.Load() != asked {
		t.Errorf("Get(%d) = %d, %v after %d questions; want %d, %v after %d", key, got, gotErr, s.asked.Load(), value, err, asked)
	}
}

func TestGet(t *testing.T) {
	t.Parallel()
	s := new(source)
	c := s.cache()
	want(t, s, c, 1, 10, nil, 1)
	want(t, s, c, 1, 10, nil, 1)
	want(t, s, c, 100, 0, errAbsent, 2)
	want(t, s, c, 100, 0, errAbsent, 2)
	s.pass(6 * time.Second) // absences are forgotten first
	want(t, s, c, 100, 0, errAbsent, 3)
	want(t, s, c, 1, 10, nil, 3)
	s.pass(time.Minute)
	want(t, s, c, 1, 10, nil, 4)
}

func TestAway(t *testing.T) {
	t.Parallel()
	s := new(source)
	c := s.cache()
	want(t, s, c, 1, 10, nil, 1)
	s.away.Store(true)
	want(t, s, c, 1, 10, nil, 1)
	want(t, s, c, 2, 0, errAway, 2)
	want(t, s, c, 2, 0, errAway, 3) // not remembered
	s.pass(time.Minute + time.Second)
	want(t, s, c, 1, 0, errAway, 4) // staleness is bounded
	s.away.Store(false)
	want(t, s, c, 1, 10, nil, 5)
}

func TestForget(t *testing.T) {
	t.Parallel()
	s := new(source)
	c := s.cache()
	want(t, s, c, 1, 10, nil, 1)
	want(t, s, c, 2, 20, nil, 2)
	want(t, s, c, 100, 0, errAbsent, 3)
	c.Forget(func(key, _ int) bool { return key == 1 })
	want(t, s, c, 2, 20, nil, 3)
	want(t, s, c, 1, 10, nil, 4)
	want(t, s, c, 100, 0, errAbsent, 5)
	c.Reset()
	want(t, s, c, 2, 20, nil, 6)
}

// An answer that is on its way when its key is forgotten may be old: it is not remembered.
func TestForgetWhileAsking(t *testing.T) {
	t.Parallel()
	s := &source{gate: make(chan struct{}), entered: make(chan struct{}, 9)}
	c := s.cache()
	done := make(chan error, 1)
	go func() {
		_, err := c.Get(t.Context(), 1)
		done <- err
	}()
	<-s.entered
	c.Forget(func(int, int) bool { return false })
	close(s.gate)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	want(t, s, c, 1, 10, nil, 2)
	want(t, s, c, 1, 10, nil, 2)
}

// A hundred ask for one key: it is asked for once. The one who came first goes away, and the others get their answer.
func TestOneQuestion(t *testing.T) {
	t.Parallel()
	s := &source{gate: make(chan struct{}), entered: make(chan struct{}, 9)}
	c := s.cache()
	first, leave := context.WithCancel(t.Context())
	left := make(chan error, 1)
	go func() {
		_, err := c.Get(first, 1)
		left <- err
	}()
	<-s.entered
	leave()
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Errorf("who left: %v", err)
	}
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			if v, err := c.Get(t.Context(), 1); v != 10 || err != nil {
				t.Errorf("Get = %d, %v", v, err)
			}
		})
	}
	close(s.gate)
	wg.Wait()
	if n := s.asked.Load(); n != 1 {
		t.Errorf("asked %d times", n)
	}
}

// A thousand invented keys: only two are asked for at once.
func TestInventedKeys(t *testing.T) {
	t.Parallel()
	s := new(source)
	c := s.cache()
	var wg sync.WaitGroup
	for i := range 1000 {
		wg.Go(func() {
			if _, err := c.Get(t.Context(), 100+i); !errors.Is(err, errAbsent) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := s.most.Load(); n > 2 {
		t.Errorf("%d questions at once", n)
	}
	want(t, s, c, 1, 10, nil, 1001)
}

// What was right once has slots of its own: invented keys that fill the others do not hold it up.
func TestFamiliar(t *testing.T) {
	t.Parallel()
	s := new(source)
	c := s.cache()
	want(t, s, c, 1, 10, nil, 1)
	if !c.Familiar(1) || c.Familiar(2) || c.Familiar(100) {
		t.Error("familiar is what had an answer")
	}
	c.Reset()
	if !c.Familiar(1) {
		t.Error("an answer that is forgotten leaves the key familiar")
	}
	s.gate, s.entered = make(chan struct{}), make(chan struct{}, 9)
	var wg sync.WaitGroup
	for i := range 5 {
		wg.Go(func() { _, _ = c.Get(t.Context(), 100+i) })
	}
	<-s.entered
	<-s.entered // both slots are taken
	answered := make(chan int, 1)
	wg.Go(func() {
		v, _ := c.Get(t.Context(), 1)
		answered <- v
	})
	<-s.entered // the third is not one of the invented
	if n := s.atOnce.Load(); n != 3 {
		t.Errorf("%d are asked for at once, want 3", n)
	}
	close(s.gate)
	if v := <-answered; v != 10 {
		t.Errorf("the familiar key has %d", v)
	}
	wg.Wait()
	s.pass(2 * time.Hour)
	if c.Familiar(1) {
		t.Error("familiar for ever")
	}
}

func TestFamiliarNoMore(t *testing.T) {
	t.Parallel()
	gone := false
	c := lookup.New(lookup.Config[int, int]{
		Load: func(context.Context, int) (int, error) {
			if gone {
				return 0, errAbsent
			}
			return 1, nil
		},
		Absent: func(err error) bool { return errors.Is(err, errAbsent) }, Text: strconv.Itoa,
		Size: 8, TTL: time.Minute, AbsentSize: 8, AbsentTTL: time.Second, Parallel: 2, Timeout: time.Minute, Familiar: time.Hour,
	})
	_, _ = c.Get(t.Context(), 1)
	gone = true
	c.Reset()
	if _, err := c.Get(t.Context(), 1); !errors.Is(err, errAbsent) || c.Familiar(1) {
		t.Errorf("%v, familiar %v", err, c.Familiar(1))
	}
}
