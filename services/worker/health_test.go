package worker_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/observability/health"
	"github.com/askspoke/spoke/services/worker"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/activity"
	"github.com/askspoke/spoke/tenancy/status"
	"github.com/askspoke/spoke/tenancy/tenantdb"
	"github.com/askspoke/spoke/tenancy/token"
)

// clinic is a database with tenants, a gateway that counts their requests, and a clock.
type clinic struct {
	*testing.T
	db      *tenantdb.DB
	tenants []tenancy.Tenant
	nanos   *atomic.Int64
	gateway *activity.Recorder
	status  *status.Store
	key     token.Key
}

func openClinic(t *testing.T, n int) clinic {
	t.Helper()
	db, tenants := pgtest.Tenants(t, n)
	key, err := token.ParseKey(token.GenerateKey())
	if err != nil {
		t.Fatal(err)
	}
	c := clinic{T: t, db: db, tenants: tenants, nanos: new(atomic.Int64), status: status.New(status.Config{DB: db}), key: key}
	// The clock begins after the tenants.
	c.nanos.Store(time.Now().Add(time.Hour).Truncate(time.Hour).UnixNano())
	c.gateway = activity.New(activity.Config{DB: db, Now: c.now, Heard: c.status.Mark})
	return c
}

func (c clinic) now() time.Time       { return time.Unix(0, c.nanos.Load()).UTC() }
func (c clinic) pass(d time.Duration) { c.nanos.Add(int64(d)) }

// worker returns a function that runs the job of a worker whose database is db.
func (c clinic) worker(db *tenantdb.DB, configure ...func(*worker.Parts)) func() error {
	c.Helper()
	p := parts(c.T, db, c.key, c.now)
	for _, set := range configure {
		set(&p)
	}
	for _, job := range worker.Jobs(p) {
		if job.Name == "evaluate health" {
			return func() error { return job.Do(c.Context()) }
		}
	}
	c.Fatal("there is no such job")
	return nil
}

// requests counts n requests of a tenant and writes the counts.
func (c clinic) requests(tenant, n int, action health.Action, outcome health.Outcome) {
	c.Helper()
	for range n {
		c.gateway.Count(activity.Request{
			Tenant: c.tenants[tenant].ID, Kind: activity.Kind{Resource: "User", Action: action, Outcome: outcome}, Duration: time.Millisecond,
		})
	}
	if err := c.gateway.Flush(c.Context()); err != nil {
		c.Fatal(err)
	}
}

func (c clinic) do(run func() error) {
	c.Helper()
	if err := run(); err != nil {
		c.Fatal(err)
	}
}

func (c clinic) record(tenant int) status.Record {
	c.Helper()
	r, err := c.status.Get(c.Context(), c.tenants[tenant].ID)
	if err != nil {
		c.Fatal(err)
	}
	return r
}

// known is how many requests the facts know of.
func (c clinic) known(tenant int) (n int64) {
	c.Helper()
	f := c.record(tenant).Facts
	for _, t := range f.Totals {
		n += t.Count
	}
	for _, r := range f.Recent {
		n += r.Count
	}
	return n
}

// cycles are the tenant's, the first first, with the requests of each.
func (c clinic) cycles(tenant int) (list []int64) {
	c.Helper()
	all, err := activity.Cycles(c.Context(), c.db, tenantdb.SchemaFor(c.tenants[tenant].ID), c.now().AddDate(1, 0, 0), 100)
	if err != nil {
		c.Fatal(err)
	}
	for _, cycle := range all {
		list = append([]int64{cycle.Summary().Requests}, list...)
	}
	return list
}

// Of 5,000 tenants three have traffic. The others cost nothing but their part of a statement for 200 of them, when they are
// due, and no statement reaches into their schemas: they have none.
func TestHealthStatements(t *testing.T) {
	t.Parallel()
	const tenants, busy, atOnce = 5000, 3, 200
	c := openClinic(t, busy)
	c.db.MustExec(`INSERT INTO `+tenantdb.Control.Table("tenants")+` (id, slug, name, schema_name, state, unique_group_names, profile, created_at, updated_at)
		SELECT gen_random_uuid(), 'silent-' || n, 'Silent', 'nowhere_' || n, 'active', true, 'auto', $1, $1 FROM generate_series(1, $2) AS n`,
		c.now(), tenants-busy)
	counted, n := pgtest.Counted(t, pgtest.Address(t, c.db))
	run := c.worker(counted)
	statements := func(what string, most int64) {
		t.Helper()
		before := n.Load()
		began := time.Now()
		c.do(run)
		got := n.Load() - before
		t.Logf("%s: %d statements in %s", what, got, time.Since(began).Round(time.Millisecond))
		if got > most {
			t.Errorf("%s: %d statements, want at most %d", what, got, most)
		}
	}
	const batch = 3 // a claim, the credentials and a save
	statements("all are new", 1+batch*tenants/atOnce+1)
	c.pass(15 * time.Second)
	statements("none is due", 2)
	for tenant := range busy {
		c.requests(tenant, 10, health.Create, health.Accepted)
		c.requests(tenant, 1, health.Read, health.Accepted)
	}
	c.pass(15 * time.Second)
	statements("three have traffic", 1+batch+2*busy)
	for tenant := range busy {
		if got := c.known(tenant); got != 11 {
			t.Errorf("of 11 requests of tenant %d %d are known", tenant, got)
		}
	}
	c.pass(15 * time.Second)
	statements("they are silent again", 2)
	c.pass(20 * time.Minute)
	statements("all are due after a while", 1+batch*tenants/atOnce+1)
	c.pass(2 * time.Minute) // the worker had not run for long, so it has waited for what gateways may have kept
	statements("three cycles have ended", 1+batch+busy)
	if got := c.cycles(0); !cmp.Equal(got, []int64{11}) {
		t.Errorf("the cycles of a tenant are %v", got)
	}
	counts, err := c.status.Counts(t.Context())
	if err != nil || counts[health.AwaitingFirstRequest] != tenants-busy {
		t.Errorf("counted are %v: %v", counts, err)
	}
}

// Two workers at once and a gateway: every request is known once in the end, and each cycle written once.
func TestHealthOfTwoWorkers(t *testing.T) {
	t.Parallel()
	c := openClinic(t, 4)
	workers := []func() error{c.worker(c.db), c.worker(pgtest.Open(t, pgtest.Address(t, c.db), tenantdb.Options{}))}
	const rounds = 60
	for round := range rounds {
		var wg sync.WaitGroup
		for _, run := range workers {
			wg.Go(func() {
				if err := run(); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Go(func() {
			for tenant := range c.tenants {
				if round < rounds/3 || round > rounds*2/3 {
					c.requests(tenant, 2, health.Create, health.Accepted)
				}
			}
		})
		wg.Wait()
		c.pass(time.Minute)
	}
	c.pass(15 * time.Minute)
	for range 3 {
		for _, run := range workers {
			c.do(run)
		}
		c.pass(2 * time.Minute)
	}
	const first, second = 20 * 2, 19 * 2
	for tenant := range c.tenants {
		if got := c.known(tenant); got != first+second {
			t.Errorf("tenant %d: %d requests are known, want %d", tenant, got, first+second)
		}
		if got := c.cycles(tenant); !cmp.Equal(got, []int64{first, second}) {
			t.Errorf("tenant %d: the cycles have %v requests", tenant, got)
		}
	}
}

// A worker loses Postgres between what it read and what it saves. Another takes over when the lease is over; what is told is
// told under the same keys, and counts are counted once.
func TestHealthCrash(t *testing.T) {
	t.Parallel()
	c := openClinic(t, 1)
	proxy := pgtest.NewProxy(t, pgtest.Address(t, c.db))
	told := make(map[string]int)
	tell := func(_ context.Context, tenant status.Record, before, after health.Verdict, news []health.News) {
		if tenant.ID != c.tenants[0].ID || before.State == after.State {
			t.Errorf("told of %s, %s to %s", tenant.Slug, before.State, after.State)
		}
		for _, n := range news {
			told[n.Key]++
		}
	}
	dying := c.worker(pgtest.Open(t, proxy.URL, tenantdb.Options{}), func(p *worker.Parts) {
		p.Tell = func(ctx context.Context, tenant status.Record, before, after health.Verdict, news []health.News) error {
			proxy.Away()
			tell(ctx, tenant, before, after, news)
			return nil
		}
	})
	other := c.worker(c.db, func(p *worker.Parts) {
		p.Tell = func(ctx context.Context, tenant status.Record, before, after health.Verdict, news []health.News) error {
			tell(ctx, tenant, before, after, news)
			return nil
		}
	})
	c.requests(0, 30, health.Create, health.Accepted)
	c.do(dying) // nothing is told of yet
	if len(told) > 0 {
		t.Fatalf("told %v", told)
	}
	c.pass(time.Minute)
	c.requests(0, 60, health.Create, health.Failed)
	if err := dying(); !tenantdb.Unavailable(err) {
		t.Fatalf("it did not lose Postgres: %v", err)
	}
	c.do(other)
	if got := c.record(0).Verdict.State; got == health.AtRisk || got == health.Degraded {
		t.Errorf("the other did not wait for the end of the lease: %s", got)
	}
	c.requests(0, 5, health.Create, health.Failed)
	c.pass(status.DefaultLease)
	c.do(other)
	if got := c.known(0); got != 95 {
		t.Errorf("of 95 requests %d are known", got)
	}
	for key, n := range told {
		if n != 2 {
			t.Errorf("news with the key %s were told %d times, want once by each", key, n)
		}
	}
	if len(told) != 1 {
		t.Errorf("told %v", told)
	}
	proxy.Back()
	c.pass(time.Minute)
	c.do(dying)
	if len(told) != 1 {
		t.Errorf("told again: %v", told)
	}
}

// Postgres was away for gateways and workers. The worker is back first, and what the gateway kept is counted all the same.
func TestHealthOutage(t *testing.T) {
	t.Parallel()
	c := openClinic(t, 1)
	proxy := pgtest.NewProxy(t, pgtest.Address(t, c.db))
	through := pgtest.Open(t, proxy.URL, tenantdb.Options{})
	run := c.worker(through)
	gateway := activity.New(activity.Config{DB: through, Now: c.now, Heard: status.New(status.Config{DB: through}).Mark})
	count := func(n int) {
		for range n {
			gateway.Count(activity.Request{Tenant: c.tenants[0].ID, Kind: activity.Kind{Resource: "User", Action: health.Update, Outcome: health.Accepted}})
		}
	}
	for range 4 {
		count(5)
		if err := gateway.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		c.do(run)
		c.pass(15 * time.Second)
	}
	c.pass(-30 * time.Second) // the minute is not over
	proxy.Away()
	count(7)
	for range 12 {
		if err := gateway.Flush(t.Context()); !tenantdb.Unavailable(err) {
			t.Fatalf("away: %v", err)
		}
		if err := run(); !tenantdb.Unavailable(err) {
			t.Fatalf("away: %v", err)
		}
		c.pass(time.Minute)
		count(1)
	}
	proxy.Back()
	c.do(run) // before the gateway
	if err := gateway.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 4 {
		c.pass(15 * time.Second)
		c.do(run)
	}
	if got := c.known(0); got != 20+7+12 {
		t.Errorf("of %d requests %d are known", 20+7+12, got)
	}
}

// Held deletions, expiring tokens and the state of the tenant make a verdict without a request.
func TestHealthWithoutRequests(t *testing.T) {
	t.Parallel()
	c := openClinic(t, 3)
	p := parts(t, c.db, c.key, c.now)
	run := c.worker(c.db)
	for tenant := range c.tenants {
		c.requests(tenant, 30, health.Create, health.Accepted)
	}
	schema := tenantdb.SchemaFor(c.tenants[0].ID)
	hold := uuid.NewString()
	openHold(t, c.db, schema, hold, c.now())
	if _, _, err := p.Tokens.Mint(t.Context(), c.tenants[1].ID, "Entra", c.now().Add(12*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := p.Tenants.SetState(t.Context(), c.tenants[2].ID, tenancy.StateSuspended); err != nil {
		t.Fatal(err)
	}
	c.do(run)
	for tenant, want := range []health.State{health.GuardHeld, health.TokenExpiring, health.Paused} {
		if got := c.record(tenant).Verdict; got.State != want {
			t.Errorf("tenant %d is %s, want %s: %v", tenant, got.State, want, got.Reasons)
		}
	}
	if got := c.record(0).Facts.Hold; got == nil || got.Held != 2 || !got.OpenedAt.Equal(c.now()) {
		t.Errorf("held is %+v", got)
	}
	c.db.MustExec(`UPDATE `+schema.Table("holds")+` SET state = 'rejected' WHERE id = $1`, hold)
	if err := c.status.Due(t.Context(), c.tenants[0].ID, c.now()); err != nil {
		t.Fatal(err)
	}
	c.do(run)
	if got := c.record(0); got.Facts.Hold != nil || got.Verdict.State == health.GuardHeld {
		t.Errorf("after the decision it is %s: %+v", got.Verdict.State, got.Facts.Hold)
	}
	if err := p.Tenants.SetState(t.Context(), c.tenants[2].ID, tenancy.StateActive); err != nil {
		t.Fatal(err)
	}
	c.pass(11 * time.Minute) // nobody is told of it: it is looked at again by itself
	c.do(run)
	if got := c.record(2); got.Verdict.State == health.Paused || !got.Facts.EnabledAt.Equal(c.now()) {
		t.Errorf("resumed it is %s, served since %s", got.Verdict.State, got.Facts.EnabledAt)
	}
}

// openHold opens a hold of two deletions, as the guard does.
func openHold(t *testing.T, db *tenantdb.DB, schema tenantdb.Schema, id string, at time.Time) {
	t.Helper()
	fill(t, db, schema, "holds", map[string]any{"id": id, "opened_at": at, "found": "{}", "state": "held"})
	for range 2 {
		fill(t, db, schema, "held", map[string]any{
			"hold_id": id, "resource_id": uuid.NewString(), "action": "delete", "resource_type": "User", "name": "x",
			"first_at": at, "last_at": at, "attempts": 1,
		})
	}
}

// fill inserts a row, and gives columns without a default that it does not name a zero.
func fill(t *testing.T, db *tenantdb.DB, schema tenantdb.Schema, table string, values map[string]any) {
	t.Helper()
	var missing []struct {
		Name string `db:"column_name"`
		Type string `db:"data_type"`
	}
	if err := db.Select(&missing, `SELECT column_name, data_type FROM information_schema.columns
		WHERE table_schema = $1 AND table_name = $2 AND is_nullable = 'NO' AND column_default IS NULL`, schema.Name(), table); err != nil {
		t.Fatal(err)
	}
	for _, m := range missing {
		if _, ok := values[m.Name]; !ok {
			values[m.Name] = map[string]any{"bigint": 0, "text": ""}[m.Type]
		}
	}
	names, places, args := "", "", []any(nil)
	for name, value := range values {
		args = append(args, value)
		if len(args) > 1 {
			names, places = names+", ", places+", "
		}
		names, places = names+name, places+fmt.Sprintf("$%d", len(args))
	}
	db.MustExec(`INSERT INTO `+schema.Table(table)+` (`+names+`) VALUES (`+places+`)`, args...)
}

// What tells fails: the verdict is not saved, and the tenant looked at again when the lease is over.
func TestHealthTellFails(t *testing.T) {
	t.Parallel()
	c := openClinic(t, 1)
	fail := errors.New("no mail today")
	var keys []string
	run := c.worker(c.db, func(p *worker.Parts) {
		p.Tell = func(_ context.Context, _ status.Record, _, _ health.Verdict, news []health.News) error {
			for _, n := range news {
				keys = append(keys, n.Key)
			}
			return fail
		}
	})
	c.requests(0, 60, health.Create, health.Failed)
	if err := run(); !errors.Is(err, fail) {
		t.Fatalf("%v", err)
	}
	c.do(run) // it is claimed
	c.pass(status.DefaultLease)
	if err := run(); !errors.Is(err, fail) {
		t.Fatalf("%v", err)
	}
	fail = nil
	c.pass(status.DefaultLease)
	c.do(run)
	c.pass(time.Minute)
	c.do(run)
	if len(keys) != 3 || keys[0] != keys[1] || keys[1] != keys[2] {
		t.Errorf("told %q", keys)
	}
}

// The directory of a tenant is counted when it has changed, and the facts have it.
func TestCountDirectories(t *testing.T) {
	t.Parallel()
	c := openClinic(t, 2)
	p := parts(t, c.db, c.key, c.now)
	var count func() error
	for _, job := range worker.Jobs(p) {
		if job.Name == "count directories" {
			count = func() error { return job.Do(t.Context()) }
		}
	}
	run := c.worker(c.db)
	users := func(tenant, n int) {
		c.db.MustExec(`INSERT INTO `+tenantdb.SchemaFor(c.tenants[tenant].ID).Table("users")+` (id, user_name, document, search, version, created, modified)
			SELECT gen_random_uuid(), gen_random_uuid()::text, '{}', jsonb_build_object('active', n > 1), 1, $1, $1 FROM generate_series(1, $2) AS n`, c.now(), n)
	}
	users(0, 3)
	c.do(run)
	c.do(count)
	size := func(want status.Size) {
		t.Helper()
		if got := c.record(0).Size; got != want {
			t.Errorf("the size is %+v, want %+v", got, want)
		}
	}
	size(status.Size{Users: 3, ActiveUsers: 2})
	users(0, 2)
	users(1, 2)
	c.requests(0, 2, health.Create, health.Accepted)
	c.pass(time.Minute)
	c.do(run)
	c.do(count)
	size(status.Size{Users: 3, ActiveUsers: 2}) // not so soon
	c.pass(time.Hour)
	c.do(count)
	size(status.Size{Users: 5, ActiveUsers: 3})
	if got := c.record(1).Size.Users; got != 0 { // no request was counted that changed it
		t.Errorf("a directory that has not changed was counted: %d", got)
	}
	c.do(run)
	if got := c.record(0).Facts.Users; got != 5 {
		t.Errorf("the facts have %d users", got)
	}
}
