package ratelimit

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// second is one in the unit of buckets.
const second = int64(1_000_000)

func shapeOf(t testing.TB, rate Rate, longest time.Duration) shape {
	t.Helper()
	s, ok := rate.shape(longest)
	if !ok {
		t.Fatalf("%v grants nothing", rate)
	}
	return s
}

// Each row asks once, at a time in milliseconds, of the same bucket: 2 a second, 3 at once.
func TestTake(t *testing.T) {
	t.Parallel()
	s := shapeOf(t, Rate{PerSecond: 2, Burst: 3}, time.Second)
	b := bucket(0)
	const epoch = 1_700_000_000 * second
	for i, row := range []struct {
		at, patience int64
		want         verdict
	}{
		{0, 0, verdict{granted: true, remaining: 2, full: 500}},
		{0, 0, verdict{granted: true, remaining: 1, full: 1000}},
		{0, 0, verdict{granted: true, full: 1500}},
		{0, 0, verdict{wait: 500, full: 1500}},
		{499, 0, verdict{wait: 1, full: 1001}},
		{500, 0, verdict{granted: true, full: 1500}},
		{500, 499, verdict{wait: 500, full: 1500}},
		{500, 500, verdict{granted: true, wait: 500, full: 2000}},
		{500, 1000, verdict{granted: true, wait: 1000, full: 2500}},
		{500, 1000, verdict{wait: 1500, full: 2500}},
		{2500, 0, verdict{granted: true, remaining: 1, full: 1000}},
		{1_000_000, 0, verdict{granted: true, remaining: 2, full: 500}}, // after a pause no more than the burst
	} {
		var got verdict
		b, got = b.take(epoch+row.at*1000, s, row.patience*1000)
		got.wait, got.full = got.wait/1000, got.full/1000
		if got != row.want {
			t.Errorf("row %d at %d: %+v, want %+v", i, row.at, got, row.want)
		}
	}
}

func TestDrainAndPut(t *testing.T) {
	t.Parallel()
	s := shapeOf(t, Rate{PerSecond: 1, Burst: 10}, 2*time.Second)
	b := bucket(0).drain(0, s, 4)
	if n := b.level(0, s); n != 6 {
		t.Errorf("10 less 4 are %d", n)
	}
	b = b.drain(0, s, 1000)
	if b != bucket(10*second) {
		t.Errorf("a drained bucket is full at %d, want in 10 seconds: nobody is in debt", b)
	}
	if b = b.put(0, s); b.level(0, s) != 1 {
		t.Errorf("one put back are %d", b.level(0, s))
	}
	for range 20 {
		b = b.put(0, s)
	}
	if n := b.level(0, s); n != 10 {
		t.Errorf("a full bucket holds %d, want 10", n)
	}
	b, _ = bucket(0).drain(0, s, 10).take(0, s, second) // one is reserved
	if got := b.drain(0, s, 5); got != b {
		t.Errorf("what is not there was drained: %d, want %d", got, b)
	}
}

// A bucket that was emptied at a slow rate, or before the clock was set back, is not empty for longer than the rate says.
func TestBucketOfAnotherTime(t *testing.T) {
	t.Parallel()
	slow, fast := shapeOf(t, Rate{PerSecond: 0.01, Burst: 10}, 2*time.Second), shapeOf(t, Rate{PerSecond: 100, Burst: 10}, 2*time.Second)
	b := bucket(0).drain(0, slow, 10)
	_, v := b.take(0, fast, 0)
	if diff := cmp.Diff(2*second+10_000, v.wait); diff != "" {
		t.Errorf("the wait (-want +got):\n%s", diff)
	}
}

func TestShape(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		rate Rate
		want shape
		ok   bool
	}{
		{Rate{}, shape{}, false},
		{Rate{PerSecond: 10}, shape{}, false},
		{Rate{PerSecond: -1, Burst: 5}, shape{}, false},
		{Rate{PerSecond: math.NaN(), Burst: 5}, shape{}, false},
		{Rate{PerSecond: 50, Burst: 100}, shape{20_000, 2_000_000, 0}, true},
		{Rate{PerSecond: 3, Burst: 1}, shape{333_334, 333_334, 0}, true},
		{Rate{PerSecond: 1e-12, Burst: 1}, shape{86_400 * second, 86_400 * second, 0}, true},
		{Rate{PerSecond: 1e9, Burst: math.MaxInt}, shape{1, 1 << 50, 0}, true},
	} {
		if got, ok := row.rate.shape(0); got != row.want || ok != row.ok {
			t.Errorf("%v: %v, %v; want %v, %v", row.rate, got, ok, row.want, row.ok)
		}
	}
}

// checkBound says whether in any stretch of time more went than rate*t + burst. The times are in microseconds.
func checkBound(t interface{ Errorf(string, ...any) }, went []int64, s shape) {
	for i := range went {
		for j := i; j < len(went); j++ {
			if n, most := int64(j-i+1), (went[j]-went[i]+s.span)/s.interval; n > most {
				t.Errorf("%d went in %dµs, where %d may", n, went[j]-went[i], most)
				return
			}
		}
	}
}

// Whatever is asked and whenever, no stretch of time has more than rate*t + burst, drained and reserved tokens included.
func TestBucketIsBounded(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rate := Rate{PerSecond: rapid.Float64Range(0.5, 2000).Draw(t, "rate"), Burst: rapid.IntRange(1, 20).Draw(t, "burst")}
		s, _ := rate.shape(2 * time.Second)
		var b bucket
		var now int64
		var went []int64
		for range rapid.IntRange(1, 60).Draw(t, "requests") {
			now += rapid.Int64Range(0, 3*s.interval).Draw(t, "pause")
			if rapid.IntRange(0, 9).Draw(t, "kind") == 0 {
				before := b.level(now, s)
				b = b.drain(now, s, rapid.Int64Range(1, 5).Draw(t, "tokens"))
				for range before - b.level(now, s) {
					went = append(went, now)
				}
				continue
			}
			var v verdict
			if b, v = b.take(now, s, rapid.Int64Range(0, second).Draw(t, "patience")); v.granted {
				went = append(went, now+v.wait)
			}
		}
		checkBound(t, went, s)
	})
}
