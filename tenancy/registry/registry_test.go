package registry_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/hostname"
	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/registry"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

func bases(t *testing.T) hostname.Resolver {
	t.Helper()
	r, err := hostname.NewResolver("askspoke.com")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func resolves(t *testing.T, r *registry.Registry, host string, want tenancy.Tenant) {
	t.Helper()
	got, err := r.Resolve(t.Context(), host)
	if err != nil {
		t.Errorf("Resolve(%q): %v", host, err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Resolve(%q) (-want +got):\n%s", host, diff)
	}
}

func unknown(t *testing.T, r *registry.Registry, hosts ...string) {
	t.Helper()
	for _, host := range hosts {
		if got, err := r.Resolve(t.Context(), host); !errors.Is(err, tenancy.ErrHostNotFound) || got.ID != "" {
			t.Errorf("Resolve(%q) = %v, %v", host, got, err)
		}
	}
}

func TestResolve(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 2)
	pgtest.AddHost(t, db, tenants[1].ID, "scim.acme.example")
	crashed := lifecycle.New(lifecycle.Config{DB: db, BeforeStep: func(_ context.Context, _ tenancy.Slug, step lifecycle.Step) error {
		if step == lifecycle.StepSchema {
			return errors.New("crash")
		}
		return nil
	}})
	if _, err := crashed.Create(t.Context(), lifecycle.NewTenant{Slug: "half"}); err == nil {
		t.Fatal("no crash")
	}
	r := registry.New(registry.Config{DB: db, Hosts: bases(t)})
	for range 2 { // asked, then remembered
		resolves(t, r, "tenant-1.askspoke.com", tenants[0])
		resolves(t, r, "tenant-2.askspoke.com", tenants[1])
		resolves(t, r, "scim.acme.example", tenants[1])
		unknown(t, r, "tenant-3.askspoke.com", "askspoke.com", "a.tenant-1.askspoke.com", "www.askspoke.com", "tenant-1.example",
			"tenant-1", "half.askspoke.com", "[::1]", "127.0.0.1", "", "';--")
	}
}

// replica is a Registry whose Run has begun to listen.
func replica(t *testing.T, config registry.Config) *registry.Registry {
	t.Helper()
	connected := make(chan struct{}, 8)
	before := config.Reset
	config.Reset = func() {
		if before != nil {
			before()
		}
		connected <- struct{}{}
	}
	r := registry.New(config)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	select {
	case <-connected:
	case <-time.After(20 * time.Second):
		t.Fatal("not listening in time")
	}
	return r
}

// delays are how long changes took to arrive.
type delays []time.Duration

// wait waits until ok becomes true, and notes how long that took from start.
func (d *delays) wait(t *testing.T, what string, start time.Time, ok func() bool) {
	t.Helper()
	fixture.Eventually(t, what, ok)
	*d = append(*d, time.Since(start))
}

// withinSecond fails the test unless changes took at most a second: most of them, since the machine may stall for once.
func (d delays) withinSecond(t *testing.T) {
	t.Helper()
	slices.Sort(d)
	if median := d[len(d)/2]; median > time.Second {
		t.Errorf("changes took %v", d)
	}
}

// Another replica creates, suspends, and gives a host to a tenant: this one, which remembers otherwise, follows.
func TestFollowsChanges(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 1)
	signals := make(chan tenantdb.Signal, 64)
	r := replica(t, registry.Config{
		DB: db, Hosts: bases(t), Remember: time.Hour, RememberNot: time.Hour,
		Hear: func(s tenantdb.Signal) { signals <- s },
	})
	m := lifecycle.New(lifecycle.Config{DB: pgtest.Open(t, pgtest.Address(t, db), tenantdb.Options{})})
	is := func(host string, state tenancy.State) func() bool {
		return func() bool {
			tenant, _ := r.Resolve(t.Context(), host)
			return tenant.State == state
		}
	}

	var took delays
	unknown(t, r, "acme.askspoke.com", "scim.acme.example")
	created, err := m.Create(t.Context(), lifecycle.NewTenant{Slug: "acme", Settings: tenancy.DefaultSettings()})
	if err != nil {
		t.Fatal(err)
	}
	took.wait(t, "a new tenant", time.Now(), is("acme.askspoke.com", tenancy.StateActive))
	resolves(t, r, "acme.askspoke.com", created)

	pgtest.AddHost(t, db, created.ID, "scim.acme.example")
	took.wait(t, "a new host", time.Now(), is("scim.acme.example", tenancy.StateActive))

	resolves(t, r, "tenant-1.askspoke.com", tenants[0])
	for _, state := range []tenancy.State{tenancy.StateSuspended, tenancy.StatePaused, tenancy.StateActive} {
		if err := m.SetState(t.Context(), created.ID, state); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		took.wait(t, string(state), start, is("acme.askspoke.com", state))
		took.wait(t, string(state)+" at the other host", start, is("scim.acme.example", state))
	}
	pgtest.RemoveHost(t, db, created.ID, "scim.acme.example")
	took.wait(t, "a removed host", time.Now(), is("scim.acme.example", ""))
	if _, err := m.Delete(t.Context(), created.ID, time.Hour); err != nil {
		t.Fatal(err)
	}
	took.wait(t, "a tenant that is deleted", time.Now(), is("acme.askspoke.com", tenancy.StateDeleting))
	if err := m.Purge(t.Context(), created.ID); err != nil {
		t.Fatal(err)
	}
	took.wait(t, "a tenant that is purged", time.Now(), is("acme.askspoke.com", ""))
	took.withinSecond(t)

	token := tenantdb.Signal{Topic: tenantdb.TopicToken, Tenant: created.ID}
	if err := db.Announce(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	if err := db.Notify(t.Context(), tenantdb.ControlChannel, "something else"); err != nil {
		t.Fatal(err)
	}
	for s := range signals { // the signals before it were the tenant's
		if s == token {
			break
		}
	}
}

// Postgres goes away and comes back, and in between a tenant was suspended.
func TestPostgresAway(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 2)
	proxy := pgtest.NewProxy(t, pgtest.Address(t, db))
	r := replica(t, registry.Config{DB: pgtest.Open(t, proxy.URL, tenantdb.Options{}), Hosts: bases(t)})
	resolves(t, r, "tenant-1.askspoke.com", tenants[0])
	unknown(t, r, "nobody.askspoke.com")
	proxy.Away()
	resolves(t, r, "tenant-1.askspoke.com", tenants[0])
	unknown(t, r, "nobody.askspoke.com", "a.b.askspoke.com")
	if _, err := r.Resolve(t.Context(), "tenant-2.askspoke.com"); !tenantdb.Unavailable(err) || errors.Is(err, tenancy.ErrHostNotFound) {
		t.Errorf("a host that is not remembered: %v", err)
	}
	if err := lifecycle.New(lifecycle.Config{DB: db}).SetState(t.Context(), tenants[0].ID, tenancy.StateSuspended); err != nil {
		t.Fatal(err)
	}
	proxy.Back()
	resolves(t, r, "tenant-2.askspoke.com", tenants[1])
	fixture.Eventually(t, "what was missed while Postgres was away is seen", func() bool {
		tenant, err := r.Resolve(t.Context(), "tenant-1.askspoke.com")
		return err == nil && tenant.State == tenancy.StateSuspended
	})
}

// A tenant comes with its extensions, in one answer, and a new one is heard of.
func TestResolveExtensions(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 2)
	m := lifecycle.New(lifecycle.Config{DB: db})
	r := replica(t, registry.Config{DB: db, Hosts: bases(t)})
	resolves(t, r, "tenant-1.askspoke.com", tenants[0])
	for _, urn := range []string{"urn:example:b", "urn:example:a"} {
		e := tenancy.Extension{URN: urn, ResourceType: "User", Document: `{"id": "é\u0041"}`}
		if _, err := m.PutExtension(t.Context(), tenants[0].Slug, e, func([]tenancy.Extension) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	list, err := m.Extensions(t.Context(), tenants[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	want := tenants[0]
	want.Extensions = tenancy.NewExtensions(list)
	fixture.Succeeds(t, "the extensions are heard of", func() error {
		got, err := r.Resolve(t.Context(), "tenant-1.askspoke.com")
		if err == nil && !cmp.Equal(want, got) {
			err = fmt.Errorf("(-want +got):\n%s", cmp.Diff(want, got))
		}
		return err
	})
	resolves(t, r, "tenant-2.askspoke.com", tenants[1])
	if got := want.Extensions.List; len(got) != 2 || got[0].URN != "urn:example:b" || got[0].Document != `{"id": "é\u0041"}` {
		t.Errorf("%+v", got)
	}
}

// Each state: a tenant that is coming into being or going for good is as one that never was, at its own host too.
func TestResolveStates(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 1)
	pgtest.AddHost(t, db, tenants[0].ID, "scim.acme.example")
	for state, known := range map[tenancy.State]bool{
		tenancy.StateCreating: false, tenancy.StateImporting: false, tenancy.StatePurging: false,
		tenancy.StateActive: true, tenancy.StateSuspended: true, tenancy.StatePaused: true, tenancy.StateDeleting: true,
	} {
		db.MustExec(`UPDATE `+tenantdb.Control.Table("tenants")+` SET state = $1`, string(state))
		r := registry.New(registry.Config{DB: db, Hosts: bases(t)})
		if !known {
			unknown(t, r, "tenant-1.askspoke.com", "scim.acme.example")
			continue
		}
		want := tenants[0]
		want.State = state
		resolves(t, r, "tenant-1.askspoke.com", want)
		resolves(t, r, "scim.acme.example", want)
	}
}

// A tenant is read with all of its settings, as package lifecycle reads it.
func TestResolveSettings(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 1)
	m := lifecycle.New(lifecycle.Config{DB: db, Plans: []string{"team"}})
	plan, notify, profile := "team", []string{"it@acme.com", "b@acme.com"}, tenancy.ProfileStrict
	guard := tenancy.Guard{Window: time.Hour, Count: 9, Minimum: 2, Percent: 50}
	_, err := m.Update(t.Context(), tenants[0].ID, 0, lifecycle.Change{Plan: &plan, Notify: &notify, Profile: &profile, Guard: &guard})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Delete(t.Context(), tenants[0].ID, time.Hour); err != nil {
		t.Fatal(err)
	}
	want, err := m.ByID(t.Context(), tenants[0].ID)
	if err != nil || want.Settings.Guard != guard || want.StateBefore == "" || want.DeleteAfter.IsZero() {
		t.Fatalf("%+v, %v", want, err)
	}
	resolves(t, registry.New(registry.Config{DB: db, Hosts: bases(t)}), "tenant-1.askspoke.com", want)
}
