package activity_test

import (
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

// Requests of two processes before and after a time are summed up by kind; those of a minute that was over before are left
// out, and so are another tenant's. A list that was empty finds nothing.
func TestTotals(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 2)
	at := fixture.ClockAt(noon)
	one := activity.New(activity.Config{DB: db, Now: at.Now})
	two := activity.New(activity.Config{DB: db, Now: at.Now})
	read, refused := kind("User", health.Read, health.Accepted), kind("", health.Authenticate, health.Unauthorized)
	count := func(r *activity.Recorder, after time.Duration, tenant tenancy.Tenant, kind activity.Kind, total int) {
		at.Set(noon.Add(after))
		r.Count(activity.Request{Tenant: tenant.ID, Kind: kind, Position: total, Total: total})
	}
	count(one, time.Minute, tenants[0], created, 0) // before
	count(one, 10*time.Minute+30*time.Second, tenants[0], read, 0)
	count(two, 11*time.Minute, tenants[0], created, 0)
	count(one, 12*time.Minute, tenants[0], created, 0)
	count(one, 13*time.Minute, tenants[0], read, 1)
	count(one, 14*time.Minute, tenants[0], read, 3)
	count(two, 15*time.Minute, tenants[1], refused, 0)
	flush(t, one)
	flush(t, two)
	from := noon.Add(10*time.Minute + 10*time.Second)
	got, err := activity.Totals(t.Context(), db, tenantdb.SchemaFor(tenants[0].ID), from)
	if err != nil {
		t.Fatal(err)
	}
	minute := func(n int) time.Time { return noon.Add(time.Duration(n) * time.Minute) }
	want := []activity.Total{
		{Kind: created, Count: 2, FirstAt: minute(11), LastAt: minute(12)},
		{Kind: read, Count: 3, FirstAt: minute(10).Add(30 * time.Second), LastAt: minute(14), FoundAt: minute(13)},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	none, err := activity.Totals(t.Context(), db, tenantdb.SchemaFor(tenants[1].ID), minute(16))
	if err != nil || len(none) != 0 {
		t.Errorf("after the last request: %v, %v", none, err)
	}
}

// A minute whose requests came before and after the time counts from that time.
func TestTotalsWithinMinute(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 1)
	at := fixture.ClockAt(noon)
	r := activity.New(activity.Config{DB: db, Now: at.Now})
	for _, after := range []time.Duration{10 * time.Second, 50 * time.Second} {
		at.Set(noon.Add(after))
		r.Count(activity.Request{Tenant: tenants[0].ID, Kind: created})
	}
	flush(t, r)
	from := noon.Add(30 * time.Second)
	got, err := activity.Totals(t.Context(), db, tenantdb.SchemaFor(tenants[0].ID), from)
	want := []activity.Total{{Kind: created, Count: 2, FirstAt: from, LastAt: noon.Add(50 * time.Second)}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}
