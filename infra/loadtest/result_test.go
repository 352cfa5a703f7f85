package main

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// durations returns 1ms, 2ms, … up to n, the last one first.
func durations(n int) []time.Duration {
	var all []time.Duration
	for i := n; i > 0; i-- {
		all = append(all, time.Duration(i)*time.Millisecond)
	}
	return all
}

func TestPercentile(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		of      int
		percent float64
		want    time.Duration
	}{
		{0, 50, 0},
		{1, 50, time.Millisecond},
		{1, 99, time.Millisecond},
		{2, 50, time.Millisecond},
		{3, 50, 2 * time.Millisecond},
		{100, 50, 50 * time.Millisecond},
		{100, 99, 99 * time.Millisecond},
		{1000, 99, 990 * time.Millisecond},
		{100, 100, 100 * time.Millisecond},
		{100, 0, time.Millisecond},
	} {
		all := durations(tc.of)
		if got := percentile(all, tc.percent); got != tc.want {
			t.Errorf("percentile %v of %d = %v, want %v", tc.percent, tc.of, got, tc.want)
		}
		if !cmp.Equal(all, durations(tc.of)) {
			t.Error("percentile changed its argument")
		}
	}
}

func TestMedian(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		of   []float64
		want float64
	}{
		{nil, 0},
		{[]float64{3}, 3},
		{[]float64{9, 1}, 5},
		{[]float64{9, 1, 2}, 2},
		{[]float64{4, 1, 3, 2}, 2.5},
	} {
		if got := median(tc.of); got != tc.want {
			t.Errorf("median of %v = %v, want %v", tc.of, got, tc.want)
		}
	}
}

// steady is a round of a second in which n requests took latency each.
func steady(n int, latency time.Duration) round {
	r := round{elapsed: time.Second, each: 1}
	for range n {
		r.latencies = append(r.latencies, latency)
	}
	return r
}

// sample has a second pair of rounds that something disturbed.
func sample() result {
	r := result{
		scenario: scenario{name: "get", targets: halfOfBare},
		clients:  8,
		sides:    []side{{name: "spoke"}, {name: "bare"}},
		rounds: [][]round{
			{steady(60, 6*time.Millisecond), steady(10, 40*time.Millisecond), steady(60, 6*time.Millisecond)},
			{steady(100, 4*time.Millisecond), steady(100, 4*time.Millisecond), steady(100, 4*time.Millisecond)},
		},
	}
	for i := range r.rounds[1] {
		r.rounds[1][i].cpu = cpu{server: 50 * time.Millisecond, database: 150 * time.Millisecond}
	}
	return r
}

func TestRatiosAreTheMedianOverPairsOfRounds(t *testing.T) {
	t.Parallel()
	r := sample()
	if got := r.rateRatio(); math.Abs(got-0.6) > 1e-9 {
		t.Errorf("ratio of rates = %v, want 0.6", got)
	}
	if got := r.medianRatio(); math.Abs(got-1.5) > 1e-9 {
		t.Errorf("ratio of medians = %v, want 1.5", got)
	}
	if got := r.rate(0); got != 60 {
		t.Errorf("rate = %v, want 60", got)
	}
	if got := r.latency(0, 99); got != 40*time.Millisecond {
		t.Errorf("p99 = %v, want that of the disturbed round", got)
	}
}

func TestTargets(t *testing.T) {
	t.Parallel()
	one := func(result) float64 { return 1 }
	for _, tc := range []struct {
		target target
		met    bool
		text   string
	}{
		{target{"of it", one, 0.5, false}, true, "1.00 of it (target: at least 0.50): met"},
		{target{"of it", one, 1, false}, true, "1.00 of it (target: at least 1.00): met"},
		{target{"of it", one, 1.5, false}, false, "1.00 of it (target: at least 1.50): NOT MET"},
		{target{"times it", one, 1.5, true}, true, "1.00 times it (target: at most 1.50): met"},
		{target{"times it", one, 0.5, true}, false, "1.00 times it (target: at most 0.50): NOT MET"},
	} {
		v := tc.target.judge(result{})
		if v.Met != tc.met || v.String() != tc.text {
			t.Errorf("got %v %q, want %v %q", v.Met, v, tc.met, tc.text)
		}
	}
}

func TestCPURatio(t *testing.T) {
	t.Parallel()
	r := sample()
	if got := r.cpuRatio(); got != 0 {
		t.Errorf("ratio of a side that used nothing = %v", got)
	}
	r.rounds[0][0].cpu = cpu{server: 130 * time.Millisecond, database: 130 * time.Millisecond} // 2 ms an operation, like the other
	if got := r.cpuRatio(); math.Abs(got-1) > 1e-9 {
		t.Errorf("ratio = %v, want 1", got)
	}
	r.rounds[1] = []round{{elapsed: time.Second, each: 1}}
	if got := r.cpuRatio(); !math.IsNaN(got) {
		t.Errorf("ratio to nothing = %v", got)
	}
}
