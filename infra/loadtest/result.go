package main

import (
	"math"
	"slices"
	"time"
)

// A round is what came of driving one side for a while.
type round struct {
	elapsed   time.Duration
	latencies []time.Duration // of each answered request, in no order
	each      int             // operations in a request
	cpu       cpu
}

// rate returns the operations answered in a second.
func (r round) rate() float64 { return float64(len(r.latencies)*r.each) / r.elapsed.Seconds() }

// A result is what came of a scenario: the rounds of its sides, in pairs where there are two.
type result struct {
	scenario scenario
	clients  int
	sides    []side
	rounds   [][]round // of each side
	answer   int       // size of an answer to the first side in bytes, without its header
	memory   memory    // of Spoke, from the warm-up on
	// pages are those of the console, where they were read.
	pages []pageResult
	// statements is how many a request asked Postgres, where that was counted.
	statements float64
}

// rate returns a side's operations in a second, the median over its rounds.
func (r result) rate(side int) float64 {
	var rates []float64
	for _, one := range r.rounds[side] {
		rates = append(rates, one.rate())
	}
	return median(rates)
}

// latency returns a percentile over all requests of a side.
func (r result) latency(side int, percent float64) time.Duration {
	var all []time.Duration
	for _, one := range r.rounds[side] {
		all = append(all, one.latencies...)
	}
	return percentile(all, percent)
}

// cpu returns the processor time for one operation of a side, the mean over its rounds.
func (r result) cpu(side int) cpu {
	var sum cpu
	n := 0
	for _, one := range r.rounds[side] {
		sum, n = sum.plus(one.cpu), n+len(one.latencies)*one.each
	}
	each := time.Duration(max(n, 1))
	return cpu{sum.server / each, sum.database / each}
}

// rateRatio returns the rate of the first side in parts of the second one's: the median over the pairs of rounds, so
// that a disturbance of some rounds does not count. It is 0 where there is one side.
func (r result) rateRatio() float64 { return r.ratio(round.rate) }

// medianRatio is rateRatio of the median latencies.
func (r result) medianRatio() float64 {
	return r.ratio(func(one round) float64 { return float64(percentile(one.latencies, 50)) })
}

// cpuRatio returns the processor time for an operation of the first side, of server and database, in parts of the second
// one's, and no number where the system does not say.
func (r result) cpuRatio() float64 {
	one, other := r.cpu(0), r.cpu(1)
	if other.server+other.database == 0 {
		return math.NaN()
	}
	return float64(one.server+one.database) / float64(other.server+other.database)
}

func (r result) ratio(of func(round) float64) float64 {
	if len(r.sides) < 2 {
		return 0
	}
	var ratios []float64
	for i := range r.rounds[0] {
		ratios = append(ratios, of(r.rounds[0][i])/of(r.rounds[1][i]))
	}
	return median(ratios)
}

// percentile returns the least value that at least percent of all are not above (the nearest rank), 0 of none.
func percentile(all []time.Duration, percent float64) time.Duration {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	rank := int(math.Ceil(percent / 100 * float64(len(sorted))))
	return sorted[max(rank, 1)-1]
}

// median returns the middle value, of an even number the mean of the two in the middle, and 0 of none.
func median(all []float64) float64 {
	n := len(all)
	if n == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
