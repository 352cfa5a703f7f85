package lifecycle_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

var at = time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC)

func clock() time.Time { return at }

// control returns a database with the control schema and a Manager on it.
func control(t *testing.T) (*tenantdb.DB, *lifecycle.Manager) {
	t.Helper()
	db := pgtest.Control(t)
	return db, lifecycle.New(lifecycle.Config{DB: db, Now: clock})
}

// complete fails the test unless the tenant is active and its schema has the expected tables.
func complete(t *testing.T, db *tenantdb.DB, m *lifecycle.Manager, slug tenancy.Slug) tenancy.Tenant {
	t.Helper()
	tenant, err := m.Get(t.Context(), slug)
	if err != nil {
		t.Fatal(err)
	}
	if tenant.State != tenancy.StateActive {
		t.Errorf("%s is %s", slug, tenant.State)
	}
	var tables []string
	if err := db.Select(&tables, `SELECT tablename FROM pg_tables WHERE schemaname = $1 ORDER BY 1`, tenant.Schema); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"activity", "cycles", "groups", "held", "holds", "journal", "members", "nesting", "schema_version", "users"}, tables); diff != "" {
		t.Errorf("tables of %s (-want +got):\n%s", slug, diff)
	}
	return tenant
}

func TestCreate(t *testing.T) {
	t.Parallel()
	db, m := control(t)
	settings := tenancy.Settings{UniqueGroupNames: true, Profile: tenancy.ProfileStrict, Guard: tenancy.DefaultGuard()}
	created, err := m.Create(t.Context(), lifecycle.NewTenant{Slug: "Acme", Name: "Acme, Inc.", Settings: settings})
	if err != nil {
		t.Fatal(err)
	}
	want := tenancy.Tenant{
		ID: created.ID, Slug: "acme", Name: "Acme, Inc.", State: tenancy.StateActive,
		Schema: tenantdb.SchemaFor(created.ID).Name(), Settings: settings, Version: 1, CreatedAt: at, UpdatedAt: at,
	}
	if diff := cmp.Diff(want, created); diff != "" {
		t.Errorf("created (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, complete(t, db, m, "acme")); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}
	if _, err := m.Create(t.Context(), lifecycle.NewTenant{Slug: "acme"}); !errors.Is(err, tenancy.ErrSlugTaken) {
		t.Errorf("again: %v", err)
	}
	again, err := m.Create(t.Context(), lifecycle.NewTenant{Slug: "acme", Name: "ignored", Ensure: true})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, again); diff != "" {
		t.Errorf("ensured (-want +got):\n%s", diff)
	}
	if _, err := m.Create(t.Context(), lifecycle.NewTenant{Slug: "admin"}); !errors.Is(err, tenancy.ErrSlugInvalid) {
		t.Errorf("reserved slug: %v", err)
	}
	bad := lifecycle.NewTenant{Slug: "other", Settings: tenancy.Settings{Profile: "lax"}}
	if _, err := m.Create(t.Context(), bad); !errors.Is(err, tenancy.ErrSettings) {
		t.Errorf("unknown profile: %v", err)
	}
	if _, err := m.Get(t.Context(), "other"); !errors.Is(err, tenancy.ErrNotFound) {
		t.Errorf("unknown slug: %v", err)
	}
}

// Eight calls at once, from two replicas, for one slug: one gets the tenant and the others hear that it is taken.
func TestCreateAtOnce(t *testing.T) {
	t.Parallel()
	db, m := control(t)
	replicas := []*lifecycle.Manager{m, lifecycle.New(lifecycle.Config{DB: db})}
	var wg sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		wg.Go(func() {
			_, errs[i] = replicas[i%2].Create(t.Context(), lifecycle.NewTenant{Slug: "acme", Name: fmt.Sprint(i)})
		})
	}
	wg.Wait()
	won := 0
	for i, err := range errs {
		switch {
		case err == nil:
			won++
			if tenant := complete(t, db, m, "acme"); tenant.Name != fmt.Sprint(i) {
				t.Errorf("call %d won and the tenant is %q", i, tenant.Name)
			}
		case !errors.Is(err, tenancy.ErrSlugTaken):
			t.Errorf("call %d: %v", i, err)
		}
	}
	if won != 1 {
		t.Errorf("%d calls won", won)
	}
}

// Those who come later wait for the first, however long its migrations take: the pool is as the command's that migrates.
func TestMigrateControlAtOnce(t *testing.T) {
	t.Parallel()
	db := pgtest.Open(t, pgtest.Database(t), tenantdb.Options{StatementTimeout: -1})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if err := lifecycle.New(lifecycle.Config{DB: db}).MigrateControl(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

var errCrash = errors.New("crash")

// creation is the steps of one, in their order.
var creation = []lifecycle.Step{lifecycle.StepInsert, lifecycle.StepSchema, lifecycle.StepActivate, lifecycle.StepAnnounce}

// A process dies before each step, by an error and by a panic, and the next run completes the tenant.
func TestCrash(t *testing.T) {
	t.Parallel()
	for _, step := range creation {
		for _, how := range []string{"error", "panic"} {
			t.Run(strings.ReplaceAll(string(step), " ", "_")+"/"+how, func(t *testing.T) {
				t.Parallel()
				db, m := control(t)
				crash(t, db, step, how)
				if step == lifecycle.StepAnnounce { // the tenant is active; only the announcement is missing
					if _, err := m.Create(t.Context(), lifecycle.NewTenant{Slug: "acme"}); !errors.Is(err, tenancy.ErrSlugTaken) {
						t.Errorf("next run: %v", err)
					}
					complete(t, db, m, "acme")
					return
				}
				created, err := m.Create(t.Context(), lifecycle.NewTenant{Slug: "acme", Name: "second"})
				if err != nil {
					t.Fatalf("next run: %v", err)
				}
				if diff := cmp.Diff(created, complete(t, db, m, "acme")); diff != "" || created.Name != "second" {
					t.Errorf("(-created +read):\n%s", diff)
				}
			})
		}
	}
}

// The same, and the next MigrateAll completes it.
func TestCrashThenMigrateAll(t *testing.T) {
	t.Parallel()
	for _, step := range creation[1:] { // before the first there is nothing to complete
		t.Run(strings.ReplaceAll(string(step), " ", "_"), func(t *testing.T) {
			t.Parallel()
			db, m := control(t)
			crash(t, db, step, "panic")
			if err := m.MigrateAll(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
			complete(t, db, m, "acme")
		})
	}
}

// crash begins to create the tenant acme and dies before a step.
func crash(t *testing.T, db *tenantdb.DB, at lifecycle.Step, how string) {
	t.Helper()
	doomed := dying(db, at, how)
	err := recovered(func() error {
		_, err := doomed.Create(t.Context(), lifecycle.NewTenant{Slug: "acme", Name: "first"})
		return err
	})
	if !errors.Is(err, errCrash) {
		t.Fatalf("crash: %v", err)
	}
}

// dying returns a Manager that dies before a step, by an error or by a panic.
func dying(db *tenantdb.DB, at lifecycle.Step, how string) *lifecycle.Manager {
	return lifecycle.New(lifecycle.Config{DB: db, BeforeStep: func(_ context.Context, _ tenancy.Slug, step lifecycle.Step) error {
		if step != at {
			return nil
		}
		if how == "panic" {
			panic(errCrash)
		}
		return errCrash
	}})
}

// recovered returns what work does, or the error that it panics with.
func recovered(work func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err, _ = r.(error)
		}
	}()
	return work()
}

// A process was killed, and Postgres goes on with its statement: the next run waits for that and takes the schema over.
func TestSchemaAtOnce(t *testing.T) {
	t.Parallel()
	db, m := control(t)
	crash(t, db, lifecycle.StepSchema, "panic")
	tenant, err := m.Get(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	left, err := db.BeginTxx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer left.Rollback()
	if _, err := left.ExecContext(t.Context(), lifecycle.WholeSchema(t, tenant.ID)); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { _, err := m.Create(t.Context(), lifecycle.NewTenant{Slug: "acme"}); done <- err }()
	fixture.Eventually(t, "the next run waits", func() (waiting bool) {
		if err := db.GetContext(t.Context(), &waiting, `SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()
			AND wait_event_type = 'Lock' AND query LIKE 'CREATE SCHEMA%')`); err != nil {
			t.Fatal(err)
		}
		return waiting
	})
	if err := left.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	complete(t, db, m, "acme")
}

// The session that holds the lock is killed while a tenant is being made: the lock is free at once, and the next run
// completes.
func TestConnectionKilled(t *testing.T) {
	t.Parallel()
	db, m := control(t)
	doomed := lifecycle.New(lifecycle.Config{DB: db, BeforeStep: func(ctx context.Context, _ tenancy.Slug, step lifecycle.Step) error {
		if step != lifecycle.StepSchema {
			return nil
		}
		var killed int
		err := db.GetContext(ctx, &killed, `SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_locks
			WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`)
		return errors.Join(err, errCrash)
	}})
	if _, err := doomed.Create(t.Context(), lifecycle.NewTenant{Slug: "acme"}); !errors.Is(err, errCrash) {
		t.Fatal(err)
	}
	if _, err := m.Create(t.Context(), lifecycle.NewTenant{Slug: "acme"}); err != nil {
		t.Fatal(err)
	}
	complete(t, db, m, "acme")
}
