package tenantdb_test

import (
	"fmt"
	"testing"

	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// call calls query n times and returns whether the last call was hot.
func call(h tenantdb.Hot, query string, n int) (hot bool) {
	for range n {
		hot = h.Call(query)
	}
	return hot
}

func TestHotAfterEnoughCalls(t *testing.T) {
	t.Parallel()
	h := tenantdb.NewHot(1)
	if call(h, "a", tenantdb.AdmitAfter-1) {
		t.Error("hot too early")
	}
	if !call(h, "a", 1) {
		t.Error("not hot after enough calls")
	}
}

// One that is called in the window stays, whatever else is called; one that is not gives way.
func TestHotGivesWay(t *testing.T) {
	t.Parallel()
	h := tenantdb.NewHot(1)
	call(h, "a", tenantdb.AdmitAfter)
	if call(h, "b", 100) {
		t.Error("b took the place of a statement that was called in the same window")
	}
	if !call(h, "a", 1) {
		t.Error("a lost its place")
	}
	if !call(h, "b", 300) {
		t.Error("b did not get the place of a statement that is not called any more")
	}
	if call(h, "a", 1) {
		t.Error("both are hot, and the limit is 1")
	}
}

// Among 5,000 tenants with an even load nothing is prepared in turns.
func TestHotWithEvenLoad(t *testing.T) {
	t.Parallel()
	const limit, tenants = 100, 5_000
	queries := make([]string, tenants)
	for i := range queries {
		queries[i] = fmt.Sprintf("SELECT %d", i)
	}
	h, hot := tenantdb.NewHot(limit), map[string]bool{}
	for range 60 {
		for _, q := range queries {
			if h.Call(q) {
				hot[q] = true
			}
		}
	}
	if len(hot) > limit {
		t.Errorf("%d statements were hot at one time or another, and %d at most may be at once", len(hot), limit)
	}
	// A tenant that comes and is called far more than they are gets its place.
	if len(hot) < limit && !call(h, "mine", tenantdb.AdmitAfter) {
		t.Error("a statement that is called much found no place")
	}
}
