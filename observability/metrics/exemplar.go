package metrics

import (
	"hash/maphash"
	"math/bits"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// exemplarEvery is how often a bucket gets a new exemplar. A scraper sees the last one alone, and to keep one costs several
// times what a histogram does.
const exemplarEvery = 100 * time.Millisecond

// exemplars are the requests by which a histogram's buckets can be looked into.
type exemplars struct {
	now  func() time.Time
	seed maphash.Seed
	// due is when a bucket may have the next one, in Unix nanoseconds. Buckets that share a place share their turns.
	due [1024]atomic.Int64
}

// observe adds a duration to the histogram of a route and a class, and the request that took it as an exemplar when its
// turn has come. traceID is empty where the request was not traced.
func (e *exemplars) observe(histogram prometheus.Observer, route, class string, took time.Duration, requestID, traceID string) {
	keeper, ok := histogram.(prometheus.ExemplarObserver)
	if !ok || requestID == "" || !e.turn(route, class, took) {
		histogram.Observe(took.Seconds())
		return
	}
	exemplar := prometheus.Labels{"request_id": requestID}
	if traceID != "" {
		exemplar["trace_id"] = traceID
	}
	keeper.ObserveWithExemplar(took.Seconds(), exemplar)
}

// turn tells whether a bucket's turn has come, a bucket being as wide as a power of two.
func (e *exemplars) turn(route, class string, took time.Duration) bool {
	bucket := uint64(bits.Len64(uint64(max(took, 0)))) //nolint:gosec // it is not negative
	place := maphash.String(e.seed, route) ^ maphash.String(e.seed, class) ^ bucket*0x9e3779b97f4a7c15>>32
	due := &e.due[place%uint64(len(e.due))]
	now, at := e.now().UnixNano(), due.Load()
	return now >= at && due.CompareAndSwap(at, now+int64(exemplarEvery))
}
