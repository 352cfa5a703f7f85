package metrics

import (
	"cmp"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/askspoke/spoke/tenancy"
)

const (
	// maxTenants is how many tenants have series of their own in a process. The others are counted together as
	// manyTenants, which is no slug.
	maxTenants  = 200
	manyTenants = "_other"
	// rankEvery is how often at most the tenants are ranked: so seldom that a scraper sees a series more than once.
	rankEvery = time.Minute
	// halfLife is the time in which a request comes to count half: a cycle of an identity provider is 40 minutes or less,
	// so a tenant that is provisioned keeps its rank from one to the next.
	halfLife = time.Hour
	// stay is how many times as active as one that has series another tenant must be to take its place, so that two that are
	// much the same do not change places at each ranking and tear each other's series.
	stay = 1.25
	// silence is how long a tenant without a request keeps its series where nobody needs its place.
	silence = 24 * time.Hour
)

// tenants are the metrics that have the tenant as a label, and the choice of those tenants: the most active of this
// process by requests, each counting half as much after every hour. A new tenant has series at once while there is room,
// else at the first ranking in which it is among the most active; who falls out gives up its series. They begin at zero
// when it comes back, as after a restart, which rate() and increase() know.
//
// The tenants are ranked when the metrics are read, so a request pays for none of it. Every tenant with a request in the
// last day is known by its exact count; that is a hundred bytes each, and no more of them than there are tenants.
type tenants struct {
	limit int
	now   func() time.Time

	requests, operations, tolerances, refused *prometheus.CounterVec // the label tenant is the first of each
	overflow                                  prometheus.Counter

	// mu is held for reading while a counter is found and counted, so that none comes back once its tenant has given it up.
	mu     sync.RWMutex
	known  map[tenancy.Slug]*activity
	shown  int
	ranked time.Time
}

// activity is how active a tenant is.
type activity struct {
	slug   tenancy.Slug
	recent atomic.Int64 // requests since the last ranking
	score  float64      // of those before
	heard  time.Time    // the ranking before which the last request came
	shown  bool         // has series of its own
}

func newTenants(limit int, now func() time.Time) *tenants {
	return &tenants{
		limit: limit, now: now, ranked: now(), known: make(map[tenancy.Slug]*activity),
		requests: counters("spoke_tenant_requests_total",
			"Answered SCIM requests by tenant and class of status: the 200 most active tenants, the others together as _other.", "tenant", "class"),
		operations: counters("spoke_tenant_operations_total",
			"Changes of the directory by tenant, resource, action and outcome; tenants as in spoke_tenant_requests_total.", "tenant", "resource", "action", "outcome"),
		tolerances: counters("spoke_scim_tenant_tolerances_total",
			"SCIM requests that needed a departure from the RFC, by tenant and tolerance; tenants as in spoke_tenant_requests_total.", "tenant", "tolerance"),
		refused: counters("spoke_ratelimit_tenant_refused_total",
			"Requests refused for their tenant's rate, by class of limit; tenants as in spoke_tenant_requests_total.", "tenant", "class"),
		overflow: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "spoke_tenant_label_overflow_total",
			Help: "What was counted under the tenant _other, because more tenants are active than have series of their own.",
		}),
	}
}

// request counts a request of a tenant, by which it is ranked.
func (t *tenants) request(slug tenancy.Slug, class string) {
	t.count(slug, t.requests, 1, class)
}

// count counts once in vec, whose labels after the tenant are given.
func (t *tenants) count(slug tenancy.Slug, vec *prometheus.CounterVec, requests int64, labels ...string) {
	if slug == "" { // of no tenant
		return
	}
	t.mu.RLock()
	defer t.mu.RUnlock()
	a := t.known[slug]
	if a == nil {
		t.mu.RUnlock()
		a = t.meet(slug)
		t.mu.RLock()
	}
	a.recent.Add(requests)
	label := string(slug)
	if !a.shown {
		label = manyTenants
		t.overflow.Inc()
	}
	var values [4]string // so that it is not made anew for each
	values[0] = label
	n := copy(values[1:], labels)
	vec.WithLabelValues(values[:n+1]...).Inc()
}

// meet makes a tenant known, with series of its own while there is room.
func (t *tenants) meet(slug tenancy.Slug) *activity {
	t.mu.Lock()
	defer t.mu.Unlock()
	a := t.known[slug]
	if a == nil {
		a = &activity{slug: slug, heard: t.now()}
		t.known[slug] = a
		if t.shown < t.limit {
			a.shown = true
			t.shown++
		}
	}
	return a
}

// rank chooses the tenants that have series, when it is time to. Requests wait for that: of 5,000 tenants a
// millisecond, and some more when all that have series change places.
func (t *tenants) rank() {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	elapsed := now.Sub(t.ranked)
	if elapsed < rankEvery {
		return
	}
	t.ranked = now
	fade := math.Exp2(-elapsed.Hours() / halfLife.Hours())
	list := make([]*activity, 0, len(t.known))
	for slug, a := range t.known {
		recent := a.recent.Swap(0)
		if a.score = a.score*fade + float64(recent); recent > 0 {
			a.heard = now
		}
		if now.Sub(a.heard) < silence {
			list = append(list, a)
			continue
		}
		delete(t.known, slug)
		t.hide(a)
	}
	slices.SortFunc(list, func(a, b *activity) int {
		return cmp.Or(cmp.Compare(b.standing(), a.standing()), cmp.Compare(a.slug, b.slug))
	})
	t.shown = min(len(list), t.limit)
	for _, a := range list[t.shown:] {
		t.hide(a)
	}
	for _, a := range list[:t.shown] {
		a.shown = true
	}
}

// hide takes a tenant's series from it.
func (t *tenants) hide(a *activity) {
	if !a.shown {
		return
	}
	a.shown = false
	for _, vec := range t.byTenant() {
		vec.DeletePartialMatch(prometheus.Labels{"tenant": string(a.slug)})
	}
}

// standing is the score with what is in favour of a tenant that has series.
func (a *activity) standing() float64 {
	if a.shown {
		return a.score * stay
	}
	return a.score
}

func (t *tenants) byTenant() []*prometheus.CounterVec {
	return []*prometheus.CounterVec{t.requests, t.operations, t.tolerances, t.refused}
}

// Describe describes the metrics.
func (t *tenants) Describe(ch chan<- *prometheus.Desc) {
	t.overflow.Describe(ch)
	for _, vec := range t.byTenant() {
		vec.Describe(ch)
	}
}

// Collect ranks the tenants and reads the metrics.
func (t *tenants) Collect(ch chan<- prometheus.Metric) {
	t.rank()
	t.overflow.Collect(ch)
	for _, vec := range t.byTenant() {
		vec.Collect(ch)
	}
}
