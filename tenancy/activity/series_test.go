package activity_test

import (
	"errors"
	"fmt"
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

type (
	outcomes = map[health.Outcome]int64
	changes  = map[health.Action]int64
)

// Requests of two tenants and two processes, before, in, between and after the steps: each is in the step that it came in,
// the ends belong to the step that begins, steps without any are there, and changes are those that were made.
func TestSeries(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 2)
	at := fixture.ClockAt(noon)
	one, two := activity.New(activity.Config{DB: db, Now: at.Now}), activity.New(activity.Config{DB: db, Now: at.Now})
	for _, r := range []struct {
		after time.Duration
		by    *activity.Recorder
		kind  activity.Kind
		n     int
	}{
		{-time.Minute, one, created, 9},
		{0, one, created, 2},
		{14 * time.Minute, two, created, 3},
		{14 * time.Minute, one, kind("Group", health.MemberAdd, health.Accepted), 4},
		{14 * time.Minute, one, kind("User", health.Update, health.Unchanged), 5},
		{15*time.Minute - time.Second, one, kind("User", health.Read, health.Accepted), 6},
		{15 * time.Minute, one, kind("User", health.Create, health.Refused), 7},
		{45 * time.Minute, two, kind("", health.Authenticate, health.Unauthorized), 8},
		{50 * time.Minute, one, created, 9},
	} {
		at.Set(noon.Add(r.after))
		for range r.n {
			r.by.Count(activity.Request{Tenant: tenants[0].ID, Kind: r.kind})
		}
		r.by.Count(activity.Request{Tenant: tenants[1].ID, Kind: created})
	}
	flush(t, one)
	flush(t, two)
	got, err := activity.Series(t.Context(), db, tenantdb.SchemaFor(tenants[0].ID), noon, noon.Add(50*time.Minute), 15*time.Minute)
	want := []activity.Point{
		{At: noon, Outcomes: outcomes{"accepted": 15, "unchanged": 5}, Changes: changes{"create": 5, "member_add": 4}},
		{At: noon.Add(15 * time.Minute), Outcomes: outcomes{"refused": 7}},
		{At: noon.Add(30 * time.Minute)},
		{At: noon.Add(45 * time.Minute), Outcomes: outcomes{"unauthorized": 8}},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestSeriesRefused(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 1)
	schema := tenantdb.SchemaFor(tenants[0].ID)
	for _, c := range []struct {
		length, step time.Duration
		want         error
	}{
		{0, time.Minute, nil},
		{activity.MaxSteps * time.Minute, time.Minute, nil},
		{activity.MaxSteps*time.Minute + 1, time.Minute, activity.ErrSteps},
		{-1, time.Minute, activity.ErrSteps},
		{time.Hour, 0, activity.ErrSteps},
		{time.Hour, -time.Minute, activity.ErrSteps},
		{time.Millisecond, time.Microsecond, activity.ErrSteps},
	} {
		if _, err := activity.Series(t.Context(), db, schema, noon, noon.Add(c.length), c.step); !errors.Is(err, c.want) {
			t.Errorf("%s in steps of %s: %v, want %v", c.length, c.step, err, c.want)
		}
	}
	if _, err := activity.Series(t.Context(), db, tenantdb.SchemaFor(tenancy.NewID()), noon, noon.Add(time.Hour), time.Hour); !tenantdb.Undefined(err) {
		t.Errorf("of a tenant that is not there: %v", err)
	}
}

// fill gives a tenant counts of kinds kinds in each minute of the days before until.
func fill(t testing.TB, db *tenantdb.DB, tenant tenancy.Tenant, until time.Time, days, kinds int) {
	t.Helper()
	_, err := db.ExecContext(t.Context(), `INSERT INTO `+tenantdb.SchemaFor(tenant.ID).Table("activity")+`
		(at, resource, action, outcome, source, count, duration, first_at, last_at)
		SELECT at, (ARRAY['User', 'Group'])[k % 2 + 1], (ARRAY['create', 'update', 'disable', 'delete', 'read'])[k / 2 % 5 + 1],
			(ARRAY['accepted', 'refused'])[k / 10 % 2 + 1], md5(at::text)::uuid, 1, 1000, at, at
		FROM generate_series($1::timestamptz - $2::int * interval '1 day', $1::timestamptz - interval '1 minute', '1 minute') AS at,
			generate_series(0, $3::int - 1) AS k`, until, days, kinds)
	if err != nil {
		t.Fatal(err)
	}
}

// A history is read as it was counted, while days pass and counts come late: into today and into yesterday at once, into
// what is remembered by the next day.
func TestHistory(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 2)
	counted, statements := pgtest.Counted(t, pgtest.Address(t, db))
	at := fixture.ClockAt(noon)
	at.Set(noon)
	fill(t, db, tenants[0], noon, 34, 1)
	h := activity.NewHistory(activity.HistoryConfig{DB: counted, Now: at.Now})
	// day returns what the history says of a day, counted back from the last one.
	day := func(back int) int64 {
		t.Helper()
		list, err := h.LastMonth(t.Context(), tenants[0].ID)
		if err != nil || len(list) != 30 {
			t.Fatalf("%d days, %v", len(list), err)
		}
		for i, p := range list {
			if want := at.Now().Truncate(activity.Day).AddDate(0, 0, i-29); !p.At.Equal(want) {
				t.Fatalf("day %d is %s, want %s", i, p.At, want)
			}
		}
		return list[29-back].Outcomes[health.Accepted]
	}
	late := func(when time.Time) {
		t.Helper()
		r := activity.New(activity.Config{DB: db, Now: func() time.Time { return when }})
		r.Count(activity.Request{Tenant: tenants[0].ID, Kind: created})
		flush(t, r)
	}
	const whole, half = 24 * 60, 12 * 60
	expect := func(back int, want int64) {
		t.Helper()
		if got := day(back); got != want {
			t.Errorf("%d days before %s: %d requests, want %d", back, at.Now(), got, want)
		}
	}
	expect(0, half)
	expect(29, whole)
	late(noon)
	late(noon.AddDate(0, 0, -2)) // is remembered
	expect(0, half+1)
	expect(2, whole)
	at.Set(noon.Add(17 * time.Hour)) // past midnight, and yesterday is not settled
	late(noon)
	expect(0, 0)
	expect(1, half+2)
	expect(3, whole)
	at.Set(noon.Add(19 * time.Hour)) // now it is
	expect(1, half+2)
	late(noon)
	expect(1, half+2)
	at.Set(noon.Add(24 * time.Hour)) // the day that is remembered is read again
	expect(1, half+3)
	expect(3, whole+1)
	at.Set(noon.Add(-48 * time.Hour)) // the clock goes back
	expect(0, whole+1)
	at.Set(noon.Add(60 * 24 * time.Hour))
	expect(0, 0)
	expect(29, 0)
	at.Set(noon)
	before := statements.Load()
	expect(5, whole)
	if n := statements.Load() - before; n != 1 {
		t.Errorf("a month is %d statements", n)
	}
	list, err := h.LastDay(t.Context(), tenants[0].ID)
	if err != nil || len(list) != 96 {
		t.Fatalf("%d quarters, %v", len(list), err)
	}
	if first, last := list[0].At, list[95].At; !first.Equal(noon.Add(-24*time.Hour+activity.Quarter)) || !last.Equal(noon) {
		t.Errorf("quarters from %s until %s", first, last)
	}
	if got := list[0].Outcomes[health.Accepted]; got != 15 {
		t.Errorf("a quarter of an hour has %d requests", got)
	}
	if got := list[95].Outcomes[health.Accepted]; got != 3 {
		t.Errorf("the quarter under way has %d requests", got)
	}
	other, err := h.LastMonth(t.Context(), tenants[1].ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range other {
		if len(p.Outcomes) > 0 {
			t.Errorf("another tenant's day is %v", p)
		}
	}
}

// Many who look at one tenant cost one statement, and an outage is an error that is not remembered.
func TestHistoryShared(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 1)
	address := pgtest.Address(t, db)
	fill(t, db, tenants[0], noon, 2, 1)
	proxy := pgtest.NewProxy(t, address)
	counted, statements := pgtest.Counted(t, proxy.URL)
	at := fixture.ClockAt(noon)
	at.Set(noon)
	h := activity.NewHistory(activity.HistoryConfig{DB: counted, Now: at.Now})
	if _, err := counted.ExecContext(t.Context(), `SELECT 1`); err != nil { // so that there is a connection
		t.Fatal(err)
	}
	before := statements.Load()
	proxy.Stall()
	var wg sync.WaitGroup
	entered := make(chan struct{}, 50)
	for range 50 {
		wg.Go(func() {
			entered <- struct{}{}
			if list, err := h.LastMonth(t.Context(), tenants[0].ID); err != nil || list[29].Outcomes[health.Accepted] != 12*60 {
				t.Errorf("%v, %v", list, err)
			}
		})
	}
	for range 50 {
		<-entered
	}
	proxy.Back()
	wg.Wait()
	// Some may have come only after the first were answered, and asked again together.
	if n := statements.Load() - before; n < 1 || n > 10 {
		t.Errorf("50 who ask at once cost %d statements", n)
	}
	proxy.Away()
	if _, err := h.LastDay(t.Context(), tenants[0].ID); !tenantdb.Unavailable(err) {
		t.Errorf("while Postgres is away: %v", err)
	}
	proxy.Back()
	if _, err := h.LastDay(t.Context(), tenants[0].ID); err != nil {
		t.Errorf("when it is back: %v", err)
	}
}

// What is remembered is the same as what is read anew.
func TestHistoryRemembers(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 1)
	at := fixture.ClockAt(noon)
	at.Set(noon.Add(3 * time.Hour))
	fill(t, db, tenants[0], noon.Add(3*time.Hour), 31, 2)
	h := activity.NewHistory(activity.HistoryConfig{DB: db, Now: at.Now})
	for hour := range 40 {
		at.Set(noon.Add(time.Duration(3+hour) * time.Hour))
		got, err := h.LastMonth(t.Context(), tenants[0].ID)
		if err != nil {
			t.Fatal(err)
		}
		want, err := activity.NewHistory(activity.HistoryConfig{DB: db, Now: at.Now}).LastMonth(t.Context(), tenants[0].ID)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Fatalf("after %d hours: %v (-want +got):\n%s", hour, err, diff)
		}
	}
}

// What the charts of a tenant cost that has requests of 20 kinds in each minute of a month, which is as many as there are:
// 864,000 rows.
func BenchmarkHistory(b *testing.B) {
	db, tenants := pgtest.Tenants(b, 1)
	at := fixture.ClockAt(noon)
	at.Set(noon)
	fill(b, db, tenants[0], noon, 31, 20)
	db.MustExecContext(b.Context(), `VACUUM ANALYZE `+tenantdb.SchemaFor(tenants[0].ID).Table("activity"))
	remembers := activity.NewHistory(activity.HistoryConfig{DB: db, Now: at.Now})
	for name, read := range map[string]func() ([]activity.Point, error){
		"Month": func() ([]activity.Point, error) {
			return activity.NewHistory(activity.HistoryConfig{DB: db, Now: at.Now}).LastMonth(b.Context(), tenants[0].ID)
		},
		"MonthRemembered": func() ([]activity.Point, error) { return remembers.LastMonth(b.Context(), tenants[0].ID) },
		"Day":             func() ([]activity.Point, error) { return remembers.LastDay(b.Context(), tenants[0].ID) },
	} {
		b.Run(name, func(b *testing.B) {
			if _, err := read(); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if list, err := read(); err != nil || len(list) == 0 {
					b.Fatal(fmt.Sprint(len(list)), err)
				}
			}
		})
	}
}
