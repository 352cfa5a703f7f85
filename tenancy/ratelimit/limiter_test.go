package ratelimit

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

var acme = Subject{Class: Write, Key: "acme"}

// Ten come at once where 2 may, and one each 100 ms: eight wait, in their order, and who is past the wait is refused.
func TestDelayInOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := New(Config{Wait: 500 * time.Millisecond})
		rate := Rate{PerSecond: 10, Burst: 2}
		var mu sync.Mutex
		var order []int
		decisions := make([]Decision, 10)
		for i := range decisions {
			go func() {
				d, err := l.Take(t.Context(), acme, rate)
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				decisions[i] = d
				if d.Outcome != Refused {
					order = append(order, i)
				}
			}()
			synctest.Wait() // each has come before the next
		}
		time.Sleep(time.Second) //nolint:forbidigo // the bubble's clock
		synctest.Wait()
		if diff := cmp.Diff([]int{0, 1, 2, 3, 4, 5, 6}, order); diff != "" {
			t.Errorf("the order (-want +got):\n%s", diff)
		}
		for i, d := range decisions {
			wanted := Decision{Class: Write, Rate: rate, Outcome: Refused, Reset: 700 * time.Millisecond, RetryAfter: time.Second}
			switch {
			case i < 2:
				wanted = Decision{Class: Write, Rate: rate, Outcome: Allowed, Remaining: 1 - i, Reset: time.Duration(i+1) * 100 * time.Millisecond}
			case i < 7:
				wait := time.Duration(i-1) * 100 * time.Millisecond
				wanted = Decision{Class: Write, Rate: rate, Outcome: Delayed, Waited: wait, Reset: wait + 200*time.Millisecond}
			}
			if diff := cmp.Diff(wanted, d); diff != "" {
				t.Errorf("number %d (-want +got):\n%s", i, diff)
			}
		}
	})
}

// Only so many wait at a time, for each subject; the next is refused at once.
func TestWaitersAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := New(Config{Wait: time.Hour, Waiters: 3})
		rate := Rate{PerSecond: 1, Burst: 1}
		var outcomes []Outcome
		var mu sync.Mutex
		for range 6 {
			go func() {
				d, _ := l.Take(t.Context(), acme, rate)
				mu.Lock()
				defer mu.Unlock()
				outcomes = append(outcomes, d.Outcome)
			}()
			synctest.Wait()
		}
		mu.Lock()
		if diff := cmp.Diff([]Outcome{Allowed, Refused, Refused}, outcomes); diff != "" {
			t.Errorf("at once (-want +got):\n%s", diff)
		}
		mu.Unlock()
		if d, _ := l.Take(t.Context(), Subject{Write, "globex"}, rate); d.Outcome != Allowed {
			t.Errorf("another tenant: %s", d.Outcome)
		}
		time.Sleep(4 * time.Second) //nolint:forbidigo // the bubble's clock
		synctest.Wait()
		if diff := cmp.Diff([]Outcome{Allowed, Refused, Refused, Delayed, Delayed, Delayed}, outcomes); diff != "" {
			t.Errorf("in the end (-want +got):\n%s", diff)
		}
	})
}

// One of those who wait gives up: those behind it go a turn earlier, and the bucket is as if it had never come.
func TestGivingUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := New(Config{Wait: 10 * time.Second})
		rate := Rate{PerSecond: 1, Burst: 1}
		start := time.Now()
		went := make([]time.Duration, 5)
		contexts := make([]context.CancelFunc, 5)
		for i := range went {
			var ctx context.Context
			ctx, contexts[i] = context.WithCancel(t.Context())
			go func() {
				if _, err := l.Take(ctx, acme, rate); errors.Is(err, context.Canceled) {
					went[i] = -1
				} else {
					went[i] = time.Since(start)
				}
			}()
			synctest.Wait()
		}
		time.Sleep(1500 * time.Millisecond) //nolint:forbidigo // the bubble's clock
		contexts[2]()
		synctest.Wait()
		time.Sleep(10 * time.Second) //nolint:forbidigo // the bubble's clock
		synctest.Wait()
		if diff := cmp.Diff([]time.Duration{0, time.Second, -1, 2 * time.Second, 3 * time.Second}, went); diff != "" {
			t.Errorf("when they went (-want +got):\n%s", diff)
		}
		for _, cancel := range contexts {
			cancel()
		}
		if sh := l.shard(acme); len(sh.entries[acme].queue.slots) != 0 {
			t.Error("the queue is not empty")
		}
	})
}

func TestAllGiveUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := New(Config{Wait: 10 * time.Second})
		rate := Rate{PerSecond: 1, Burst: 1}
		if d, _ := l.Take(t.Context(), acme, rate); d.Outcome != Allowed {
			t.Fatal(d)
		}
		ctx, cancel := context.WithCancel(t.Context())
		for range 5 {
			go func() {
				if _, err := l.Take(ctx, acme, rate); !errors.Is(err, context.Canceled) {
					t.Error(err)
				}
			}()
		}
		synctest.Wait()
		cancel()
		synctest.Wait()
		if d, _ := l.Take(t.Context(), acme, rate); d.Waited != time.Second {
			t.Errorf("after five who gave up the next waited %s, want 1s", d.Waited)
		}
	})
}

// The same bound as a bucket's holds with queues, and with clients that give up at random.
func TestLimiterIsBounded(t *testing.T) {
	t.Parallel()
	for seed := range uint64(30) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				random := rand.New(rand.NewPCG(seed, 1))
				l := New(Config{Wait: time.Second, Waiters: 1 + random.IntN(30)})
				rate := Rate{PerSecond: 1 + 99*random.Float64(), Burst: 1 + random.IntN(10)}
				start := time.Now()
				var mu sync.Mutex
				var went []int64
				for range 300 {
					time.Sleep(time.Duration(random.Int64N(int64(2 * time.Second / time.Duration(rate.PerSecond+1))))) //nolint:forbidigo // the bubble's clock
					ctx, cancel := context.WithTimeout(t.Context(), time.Duration(random.Int64N(int64(2*time.Second))))
					go func() {
						defer cancel()
						if d, err := l.Take(ctx, acme, rate); err == nil && d.Outcome != Refused {
							mu.Lock()
							defer mu.Unlock()
							went = append(went, time.Since(start).Microseconds())
						}
					}()
				}
				time.Sleep(5 * time.Second) //nolint:forbidigo // the bubble's clock
				synctest.Wait()
				slices.Sort(went)
				s, _ := rate.shape(time.Second)
				checkBound(t, went, s)
				if least := int(rate.PerSecond * float64(went[len(went)-1]) / 1e6 / 4); len(went) < least {
					t.Errorf("%d went, want %d at least", len(went), least)
				}
			})
		})
	}
}

// What was full is forgotten, and with more subjects than there is memory for, the fullest.
func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := New(Config{Size: 640})
		rate := Rate{PerSecond: 1, Burst: 5}
		kept := func() (n int) {
			for i := range l.addresses.shards {
				n += len(l.addresses.shards[i].entries)
			}
			return n
		}
		for i := range 20_000 {
			if _, err := l.Take(t.Context(), Subject{Authentication, strconv.Itoa(i)}, rate); err != nil {
				t.Fatal(err)
			}
		}
		if n := kept(); n > 640+shardCount {
			t.Errorf("%d buckets are kept, want 640", n)
		}
		for i := range 1000 {
			if i%100 == 0 {
				time.Sleep(time.Second) //nolint:forbidigo // the bubble's clock
			}
			if _, err := l.Take(t.Context(), Subject{Authentication, "new" + strconv.Itoa(i)}, rate); err != nil {
				t.Fatal(err)
			}
		}
		if n := kept(); n > 300 {
			t.Errorf("%d buckets are kept after all are full, want few", n)
		}
	})
}

func TestNothingAndEverything(t *testing.T) {
	t.Parallel()
	l := New(Config{})
	for range 10_000 {
		if d, _ := l.Take(t.Context(), acme, NoLimit()); d.Outcome != Allowed {
			t.Fatal(d)
		}
	}
	d, err := l.Take(t.Context(), acme, Rate{})
	if diff := cmp.Diff(Decision{Class: Write, Outcome: Refused, Reset: time.Hour, RetryAfter: time.Hour}, d); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}
