package metrics

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	dto "github.com/prometheus/client_model/go"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/observability/health"
	"github.com/askspoke/spoke/tenancy"
)

func ranked(limit int) (*Registry, *fixture.Clock) {
	c := fixture.ClockAt(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	return newRegistry(Build{}, limit, c.Now), c
}

// gather returns the metrics of a name by the value of their label tenant.
func gather(t testing.TB, r *Registry, name string) map[string]float64 {
	t.Helper()
	families, err := r.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	byTenant := make(map[string]float64)
	for _, family := range families {
		if family.GetName() != name {
			continue
		}
		for _, m := range family.GetMetric() {
			byTenant[label(m, "tenant")] += m.GetCounter().GetValue() + m.GetGauge().GetValue()
		}
	}
	return byTenant
}

func label(m *dto.Metric, name string) string {
	for _, pair := range m.GetLabel() {
		if pair.GetName() == name {
			return pair.GetValue()
		}
	}
	return ""
}

func slug(i int) tenancy.Slug { return tenancy.Slug(fmt.Sprintf("tenant-%04d", i)) }

func requests(r *Registry, tenant tenancy.Slug, n int) {
	for range n {
		r.SCIMRequest(Request{Tenant: tenant, Route: "/Users", Method: "GET", Status: 200})
	}
}

func TestTheMostActiveTenantsHaveSeries(t *testing.T) {
	t.Parallel()
	const all, limit = 5000, 200
	r, clock := ranked(limit)
	for i := range all { // the first to come are the least active
		requests(r, slug(i), 1+i/1000)
	}
	first := gather(t, r, "spoke_tenant_requests_total")
	if len(first) != limit+1 || first["tenant-0000"] != 1 || first["tenant-4999"] != 0 {
		t.Fatalf("%d series before the first ranking", len(first))
	}
	clock.Pass(rankEvery)
	busy := make([]string, 0, limit)
	for i := all - limit; i < all; i++ {
		busy = append(busy, string(slug(i)))
		requests(r, slug(i), 5)
	}
	gather(t, r, "spoke_tenant_requests_total") // ranks
	for i := range all {
		requests(r, slug(i), 1)
	}
	got := gather(t, r, "spoke_tenant_requests_total")
	other := got[manyTenants]
	delete(got, manyTenants)
	if diff := cmp.Diff(busy, slices.Sorted(maps.Keys(got))); diff != "" {
		t.Errorf("those with series: (-want +got)\n%s", diff)
	}
	if got["tenant-4999"] != 1 {
		t.Errorf("a new series begins at %v, want 0 and then a request", got["tenant-4999"]-1)
	}
	wantOther := 0.0
	for i := range all {
		if i >= limit {
			wantOther += float64(1 + i/1000)
		}
		if i >= all-limit {
			wantOther += 5
		} else {
			wantOther++
		}
	}
	overflow := gather(t, r, "spoke_tenant_label_overflow_total")[""]
	if other != wantOther || overflow != wantOther {
		t.Errorf("%v counted as _other and %v as overflow, want %v", other, overflow, wantOther)
	}
}

func TestATenantThatGrowsTakesThePlaceOfOneThatDoesNot(t *testing.T) {
	t.Parallel()
	r, clock := ranked(2)
	hour := func(counts ...int) []string {
		for i, n := range counts {
			requests(r, slug(i), n)
		}
		clock.Pass(time.Hour)
		got := gather(t, r, "spoke_tenant_requests_total")
		delete(got, manyTenants)
		return slices.Sorted(maps.Keys(got))
	}
	for _, step := range []struct {
		why    string
		counts []int
		want   []string
	}{
		{"the first have series at once", []int{10, 20, 5}, []string{"tenant-0000", "tenant-0001"}},
		// 0 has 10+5 and stays ahead of 5/2+15 by what is in its favour.
		{"a little more active is not enough", []int{10, 20, 15}, []string{"tenant-0000", "tenant-0001"}},
		{"much more active is", []int{10, 20, 60}, []string{"tenant-0001"}},
		{"and its series begin with the next request", []int{10, 20, 60}, []string{"tenant-0001", "tenant-0002"}},
		{"the silent fall back", []int{90, 90, 0}, []string{"tenant-0001"}},
		{"", []int{90, 90, 0}, []string{"tenant-0000", "tenant-0001"}},
	} {
		if diff := cmp.Diff(step.want, hour(step.counts...)); diff != "" {
			t.Fatalf("%s: (-want +got)\n%s", step.why, diff)
		}
	}
}

func TestASilentTenantGivesUpItsSeries(t *testing.T) {
	t.Parallel()
	r, clock := ranked(10)
	requests(r, "acme", 1000)
	r.Operation("acme", Operation{"User", "create", health.Accepted})
	r.Tolerance("acme", "pathKeys")
	r.RateLimitRefused("acme", "write")
	names := []string{
		"spoke_tenant_requests_total", "spoke_tenant_operations_total", "spoke_scim_tenant_tolerances_total", "spoke_ratelimit_tenant_refused_total",
	}
	series := func() (n int) {
		for _, name := range names {
			n += len(gather(t, r, name))
		}
		return n
	}
	clock.Pass(silence - time.Minute) // nobody has read the metrics until now
	if n := series(); n != len(names) {
		t.Errorf("%d series, want %d", n, len(names))
	}
	clock.Pass(silence)
	if n := series(); n != 0 || len(r.tenants.known) != 0 {
		t.Errorf("%d series and %d tenants known of one that is silent for a day", n, len(r.tenants.known))
	}
	requests(r, "acme", 2)
	if got := gather(t, r, "spoke_tenant_requests_total"); got["acme"] != 2 {
		t.Errorf("it comes back with %v", got)
	}
}

func TestNoTenantHasNoSeries(t *testing.T) {
	t.Parallel()
	r, _ := ranked(10)
	r.SCIMRequest(Request{Method: "GET", Status: 404})
	r.Tolerance("", "pathKeys")
	if got := gather(t, r, "spoke_tenant_requests_total"); len(got) != 0 {
		t.Errorf("got %v", got)
	}
}

// TestSeriesStayBounded counts while the ranking takes series away: none may come back by a count that was under way.
func TestSeriesStayBounded(t *testing.T) {
	t.Parallel()
	const limit, all = 5, 50
	r, clock := ranked(limit)
	var group sync.WaitGroup
	for worker := range 4 {
		group.Go(func() {
			for i := range 4000 {
				busy := slug((worker + i/40) % all)
				requests(r, busy, 1)
				r.Operation(busy, Operation{"User", "update", health.Accepted})
			}
		})
	}
	done := make(chan struct{})
	go func() { group.Wait(); close(done) }()
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		clock.Pass(rankEvery)
		for _, name := range []string{"spoke_tenant_requests_total", "spoke_tenant_operations_total"} {
			if n := len(gather(t, r, name)); n > limit+1 {
				t.Fatalf("%d series of %s", n, name)
			}
		}
	}
	if r.tenants.shown != limit {
		t.Errorf("%d tenants have series, want %d", r.tenants.shown, limit)
	}
}

func BenchmarkTenantCount(b *testing.B) {
	for name, all := range map[string]int{"200 tenants": 200, "5000 tenants": 5000} {
		b.Run(name, func(b *testing.B) {
			r, _ := ranked(maxTenants)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				r.tenants.request(slugs[i*7919%all], "2xx")
			}
		})
	}
}

var slugs = func() (list []tenancy.Slug) {
	for i := range 5000 {
		list = append(list, slug(i))
	}
	return list
}()

// BenchmarkTenantRanking is the worst ranking: 5,000 tenants, and all 200 with series change places.
func BenchmarkTenantRanking(b *testing.B) {
	r, clock := ranked(maxTenants)
	for i := 0; b.Loop(); i++ {
		b.StopTimer()
		for j, s := range slugs {
			r.tenants.count(s, r.tenants.requests, 1, "2xx")
			if j/maxTenants == i%25 {
				r.tenants.count(s, r.tenants.requests, 1<<(40+min(i, 20)), "4xx")
			}
			for _, action := range changes {
				r.tenants.count(s, r.tenants.operations, 0, "User", string(action), "accepted")
				r.tenants.count(s, r.tenants.operations, 0, "Group", string(action), "accepted")
			}
		}
		clock.Pass(rankEvery)
		b.StartTimer()
		r.tenants.rank()
	}
}

func TestTheHelpSaysHowManyTenants(t *testing.T) {
	t.Parallel()
	for _, d := range New(Build{}).Descriptions() {
		if d.Name == "spoke_tenant_requests_total" && !strings.Contains(d.Help, fmt.Sprint(maxTenants)) {
			t.Errorf("the help of %s is %q", d.Name, d.Help)
		}
	}
}
