package activity_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/observability/health"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/activity"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func kind(resource string, action health.Action, outcome health.Outcome) activity.Kind {
	return activity.Kind{Resource: resource, Action: action, Outcome: outcome}
}

var created = kind("User", health.Create, health.Accepted)

func since(t *testing.T, db *tenantdb.DB, tenant tenancy.Tenant) []health.Count {
	t.Helper()
	list, err := activity.Since(t.Context(), db, tenantdb.SchemaFor(tenant.ID), time.Time{}.AddDate(1, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// sum is how many requests there are in all.
func sum(list []health.Count) (n int64) {
	for _, c := range list {
		n += c.Count
	}
	return n
}

func flush(t *testing.T, r *activity.Recorder) {
	t.Helper()
	if err := r.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// Two processes count requests of two tenants over two minutes. What is read is one row for each kind and minute, and each
// tenant's own; who is to know of them is told once they can be read.
func TestCounts(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 3)
	at := fixture.ClockAt(noon)
	var heard []tenancy.ID
	recorder := func() *activity.Recorder {
		return activity.New(activity.Config{DB: db, Now: at.Now, Heard: func(_ context.Context, ids []tenancy.ID, when time.Time) error {
			if !when.Equal(at.Now()) {
				t.Errorf("told of %s at %s", when, at.Now())
			}
			for _, id := range ids {
				if i := slices.IndexFunc(tenants, func(t tenancy.Tenant) bool { return t.ID == id }); sum(since(t, db, tenants[i])) == 0 {
					t.Errorf("told of tenant %d, of which there is nothing to read", i)
				}
			}
			heard = append(heard, ids...)
			return nil
		}})
	}
	one, two := recorder(), recorder()
	read := kind("User", health.Read, health.Accepted)
	at.Set(noon.Add(10 * time.Second))
	one.Count(activity.Request{Tenant: tenants[0].ID, Kind: created, Duration: 2 * time.Millisecond})
	one.Count(activity.Request{Tenant: tenants[0].ID, Kind: read, Duration: time.Millisecond, Position: 100, Total: 250})
	flush(t, one)
	at.Set(noon.Add(20 * time.Second))
	one.Count(activity.Request{Tenant: tenants[0].ID, Kind: created, Duration: 3 * time.Millisecond})
	one.Count(activity.Request{Tenant: tenants[1].ID, Kind: kind("", health.Authenticate, health.Unauthorized)})
	two.Count(activity.Request{Tenant: tenants[0].ID, Kind: created, Duration: 5 * time.Millisecond})
	two.Count(activity.Request{Tenant: tenants[0].ID, Kind: read, Position: 200, Total: 250})
	at.Set(noon.Add(61 * time.Second))
	one.Count(activity.Request{Tenant: tenants[0].ID, Kind: created, Duration: 7 * time.Millisecond})
	flush(t, two)
	flush(t, one)
	flush(t, one)
	second := func(n int) time.Time { return noon.Add(time.Duration(n) * time.Second) }
	want := []health.Count{
		{At: noon, Resource: "User", Action: health.Create, Outcome: health.Accepted, Count: 3, Duration: 10 * time.Millisecond, FirstAt: second(10), LastAt: second(20)},
		{At: noon, Resource: "User", Action: health.Read, Outcome: health.Accepted, Count: 2, Duration: time.Millisecond, FirstAt: second(10), LastAt: second(20), Position: 200, Total: 250},
		{At: second(60), Resource: "User", Action: health.Create, Outcome: health.Accepted, Count: 1, Duration: 7 * time.Millisecond, FirstAt: second(61), LastAt: second(61)},
	}
	if diff := cmp.Diff(want, since(t, db, tenants[0])); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	later, err := activity.Since(t.Context(), db, tenantdb.SchemaFor(tenants[0].ID), second(60))
	if diff := cmp.Diff(want[2:], later); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if diff := cmp.Diff([]health.Count{{
		At: noon, Action: health.Authenticate, Outcome: health.Unauthorized, Count: 1, FirstAt: second(20), LastAt: second(20),
	}}, since(t, db, tenants[1])); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if n := sum(since(t, db, tenants[2])); n != 0 {
		t.Errorf("a tenant without requests has %d", n)
	}
	slices.Sort(heard)
	told := []tenancy.ID{tenants[0].ID, tenants[0].ID, tenants[0].ID, tenants[1].ID}
	if slices.Sort(told); !slices.Equal(heard, told) {
		t.Errorf("told of %v, want %v", heard, told)
	}
}

// A flush is one statement for each tenant that had requests, and none where there were none.
func TestStatements(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 3)
	counted, n := pgtest.Counted(t, pgtest.Address(t, db))
	r := activity.New(activity.Config{DB: counted})
	for range 10 {
		for _, tenant := range tenants[:2] {
			for _, action := range []health.Action{health.Create, health.Update, health.Delete, health.Read} {
				r.Count(activity.Request{Tenant: tenant.ID, Kind: kind("User", action, health.Accepted)})
			}
		}
	}
	for i, want := range []int64{2, 2} {
		flush(t, r)
		if got := n.Load(); got != want {
			t.Errorf("after flush %d there were %d statements, want %d", i+1, got, want)
		}
	}
}

// The answer to a write is lost, so that it is sent again, and again by the next flush: nothing is counted twice.
func TestSentTwice(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 1)
	proxy := pgtest.NewProxy(t, pgtest.Address(t, db))
	through := pgtest.Open(t, proxy.URL, tenantdb.Options{})
	r := activity.New(activity.Config{DB: through})
	for i := range 20 {
		r.Count(activity.Request{Tenant: tenants[0].ID, Kind: created, Duration: time.Millisecond})
		proxy.LoseAnswer()
		_ = r.Flush(t.Context()) // whether it was told that it failed or not
		if got := sum(since(t, db, tenants[0])); got > int64(i+1) {
			t.Fatalf("%d requests were counted as %d", i+1, got)
		}
	}
	flush(t, r)
	flush(t, r)
	if list := since(t, db, tenants[0]); sum(list) != 20 {
		t.Errorf("20 requests were counted as %v", list)
	}
}

// Postgres is away for minutes: every request is kept, bounded in memory, and what is too much is counted as dropped. When it
// is back all is written, each in its own minute, and memory is given back.
func TestAway(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 2)
	proxy := pgtest.NewProxy(t, pgtest.Address(t, db))
	through := pgtest.Open(t, proxy.URL, tenantdb.Options{})
	at := fixture.ClockAt(noon)
	fail := errors.New("not now")
	told := 0
	r := activity.New(activity.Config{DB: through, Now: at.Now, Limit: 5, Heard: func(context.Context, []tenancy.ID, time.Time) error {
		told++
		return fail
	}})
	proxy.Away()
	for minute := range 6 {
		at.Set(noon.Add(time.Duration(minute) * time.Minute))
		for range 3 {
			r.Count(activity.Request{Tenant: tenants[0].ID, Kind: created})
		}
		if err := r.Flush(t.Context()); !tenantdb.Unavailable(err) {
			t.Errorf("minute %d: %v", minute, err)
		}
	}
	if got, want := r.Stats(), (activity.Stats{Kept: 5, Dropped: 3, Lag: 5 * time.Minute}); got != want {
		t.Errorf("while it is away: %+v, want %+v", got, want)
	}
	proxy.Back()
	if err := r.Flush(t.Context()); !errors.Is(err, fail) {
		t.Errorf("when nobody could be told: %v", err)
	}
	fail = nil
	flush(t, r)
	if told != 2 {
		t.Errorf("told %d times of what could be read, want twice", told)
	}
	list := since(t, db, tenants[0])
	if len(list) != 5 || sum(list) != 15 {
		t.Errorf("written were %v", list)
	}
	if got, want := r.Stats(), (activity.Stats{Dropped: 3}); got != want {
		t.Errorf("when all is written: %+v, want %+v", got, want)
	}
}

// The clock goes back to a minute that was written and forgotten, and counts in it are added to those.
func TestClockGoesBack(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 1)
	at := fixture.ClockAt(noon)
	r := activity.New(activity.Config{DB: db, Now: at.Now})
	for _, after := range []time.Duration{0, time.Hour, 0, 0} {
		at.Set(noon.Add(after))
		r.Count(activity.Request{Tenant: tenants[0].ID, Kind: created})
		flush(t, r)
	}
	want := []health.Count{
		{At: noon, Resource: "User", Action: health.Create, Outcome: health.Accepted, Count: 3, FirstAt: noon, LastAt: noon},
		{At: noon.Add(time.Hour), Resource: "User", Action: health.Create, Outcome: health.Accepted, Count: 1, FirstAt: noon.Add(time.Hour), LastAt: noon.Add(time.Hour)},
	}
	if diff := cmp.Diff(want, since(t, db, tenants[0])); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A tenant whose schema is gone is forgotten, and does not keep the others from being written.
func TestGone(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 3)
	r := activity.New(activity.Config{DB: db, Heard: func(_ context.Context, ids []tenancy.ID, _ time.Time) error {
		if slices.Contains(ids, tenants[1].ID) {
			t.Error("told of a tenant that is gone")
		}
		return nil
	}})
	db.MustExec(`DROP SCHEMA ` + tenantdb.SchemaFor(tenants[1].ID).String() + ` CASCADE`)
	for _, tenant := range tenants {
		for range 2 {
			r.Count(activity.Request{Tenant: tenant.ID, Kind: created})
		}
	}
	r.Count(activity.Request{Tenant: "no id", Kind: created})
	flush(t, r)
	for _, i := range []int{0, 2} {
		if got := sum(since(t, db, tenants[i])); got != 2 {
			t.Errorf("tenant %d has %d requests, want 2", i, got)
		}
	}
	if got := r.Stats(); got.Kept != 2 || got.Dropped != 3 { // those of this minute are kept
		t.Errorf("%+v", got)
	}
}

// Many goroutines count while flushes go on, and the end of Run writes what is left: every request is there once.
func TestRun(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 2)
	r := activity.New(activity.Config{DB: db, Every: time.Millisecond})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()
	const goroutines, each = 8, 2000
	var wg sync.WaitGroup
	for g := range goroutines {
		wg.Go(func() {
			for range each {
				r.Count(activity.Request{Tenant: tenants[g%2].ID, Kind: created})
			}
		})
	}
	wg.Wait()
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	for _, tenant := range tenants {
		if got := sum(since(t, db, tenant)); got != goroutines*each/2 {
			t.Errorf("%d requests were counted as %d", goroutines*each/2, got)
		}
	}
	if lag := r.Stats().Lag; lag != 0 {
		t.Errorf("at the end something has waited for %s", lag)
	}
}

// What counting costs a request.
func BenchmarkCount(b *testing.B) {
	r := activity.New(activity.Config{})
	ids := make([]tenancy.ID, 100)
	for i := range ids {
		ids[i] = tenancy.NewID()
	}
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for i := 0; pb.Next(); i++ {
			r.Count(activity.Request{Tenant: ids[i%len(ids)], Kind: created, Duration: time.Millisecond})
		}
	})
}

// A cycle is written once, however often it is, and read page by page, the latest first.
func TestCycles(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 1)
	schema := tenantdb.SchemaFor(tenants[0].ID)
	var written []health.Cycle
	for i := range 5 {
		began := noon.Add(time.Duration(i) * time.Hour)
		written = append(written, health.Cycle{
			Kind: health.Incremental, Started: began, Ended: began.Add(time.Minute),
			Counts: []health.Tally{{Resource: "User", Action: health.Create, Outcome: health.Accepted, Count: int64(i), Duration: time.Second}},
		})
	}
	for _, some := range [][]health.Cycle{nil, written[:3], written, written[4:]} {
		if err := activity.WriteCycles(t.Context(), db, schema, some); err != nil {
			t.Fatal(err)
		}
	}
	var got []health.Cycle
	for before := noon.AddDate(1, 0, 0); len(got) < 6; before = got[len(got)-1].Started {
		page, err := activity.Cycles(t.Context(), db, schema, before, 2)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		got = append(got, page...)
	}
	slices.Reverse(got)
	if diff := cmp.Diff(written, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
