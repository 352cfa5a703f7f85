package lifecycle_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// purging is the steps of a purge, in their order.
var purging = []lifecycle.Step{lifecycle.StepCondemn, lifecycle.StepDropSchema, lifecycle.StepDeleteRows, lifecycle.StepAnnounceGone}

// noTrace fails the test where anything but the audit log mentions a tenant: a schema, or a row of any table of the
// control schema, whichever columns it has.
func noTrace(t *testing.T, db *tenantdb.DB, id tenancy.ID) {
	t.Helper()
	for table, rows := range traces(t, db, id) {
		if table != "audit" {
			t.Errorf("%s mentions tenant %s: %q", table, id, rows)
		}
	}
}

func traces(t *testing.T, db *tenantdb.DB, id tenancy.ID) map[string][]string {
	t.Helper()
	found := make(map[string][]string)
	hex, _ := id.Hex()
	var schemas, tables []string
	if err := db.Select(&schemas, `SELECT nspname FROM pg_namespace WHERE nspname LIKE '%' || $1 || '%' OR nspname = $2`, hex, tenantdb.SchemaFor(id).Name()); err != nil {
		t.Fatal(err)
	}
	if len(schemas) > 0 {
		found["pg_namespace"] = schemas
	}
	if err := db.Select(&tables, `SELECT tablename FROM pg_tables WHERE schemaname = $1 ORDER BY 1`, tenantdb.Control.Name()); err != nil {
		t.Fatal(err)
	}
	if len(tables) < 8 {
		t.Errorf("the control schema has the tables %q alone", tables)
	}
	for _, table := range tables {
		var rows []string
		if err := db.Select(&rows, `SELECT r::text FROM `+tenantdb.Control.Table(table)+` AS r WHERE r::text LIKE '%' || $1 || '%' OR r::text LIKE '%' || $2 || '%'`, string(id), hex); err != nil {
			t.Fatal(err)
		}
		if len(rows) > 0 {
			found[table] = rows
		}
	}
	return found
}

// furnish gives a tenant a row in every table of the control schema that can have one of it.
func furnish(t *testing.T, db *tenantdb.DB, m *lifecycle.Manager, tenant tenancy.Tenant) {
	t.Helper()
	pgtest.AddHost(t, db, tenant.ID, string(tenant.Slug)+".example")
	if _, err := m.PutExtension(t.Context(), tenant.Slug, badge(`{}`), accept); err != nil {
		t.Fatal(err)
	}
	db.MustExec(`INSERT INTO `+tenantdb.Control.Table("audit")+` (id, at, actor, name, role, operation, tenant_id, request_id, address, problem, replayed)
		VALUES ($1, $2, 'a', 'a', 'admin', 'createTenant', $3, $1, '', '', false)`, string(tenancy.NewID()), at, string(tenant.ID))
	// Every table that refers to tenants has a row by now, or gets one here, whatever its other columns are.
	var tables []string
	if err := db.Select(&tables, `SELECT DISTINCT conrelid::regclass::text FROM pg_constraint WHERE contype = 'f' AND confrelid = $1::regclass ORDER BY 1`,
		tenantdb.Control.Table("tenants")); err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		var columns, values []string
		if err := db.Select(&columns, `SELECT attname FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped
			AND (attnotnull AND NOT atthasdef OR attname = 'tenant_id') ORDER BY attnum`, table); err != nil {
			t.Fatal(err)
		}
		if err := db.Select(&values, `SELECT CASE
			WHEN attname = 'tenant_id' THEN quote_literal($2::text)
			WHEN attname = 'purpose' THEN '''host'''
			WHEN attname = 'client_id' THEN '(SELECT id FROM '||$3||' WHERE tenant_id = '||quote_literal($2::text)||')'
			WHEN attname = 'administrator_id' THEN '(SELECT id FROM '||$4||' WHERE tenant_id = '||quote_literal($2::text)||')'
			WHEN attname = 'role' THEN '''owner'''
			WHEN attname = 'credential' THEN '''token'''
			WHEN attname = 'kind' AND $1 LIKE '%sign_on_connections%' THEN '''oidc'''
			WHEN attname = 'state' AND $1 LIKE '%sign_on_connections%' THEN '''draft'''
			WHEN attname = 'kind' THEN '''rotated'''
			WHEN attname = 'token_life' THEN '3600'
			WHEN atttypid = 'uuid'::regtype THEN 'gen_random_uuid()'
			WHEN atttypid = 'timestamptz'::regtype THEN 'now()'
			WHEN atttypid = 'bytea'::regtype THEN 'uuid_send(gen_random_uuid())'
			WHEN atttypid IN ('json'::regtype, 'jsonb'::regtype) THEN '''{}'''
			WHEN atttypid = 'boolean'::regtype THEN 'false'
			WHEN typcategory = 'A' THEN '''{}'''
			WHEN typcategory = 'N' THEN '1'
			ELSE 'gen_random_uuid()::text' END
			FROM pg_attribute JOIN pg_type ON pg_type.oid = atttypid WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped
			AND (attnotnull AND NOT atthasdef OR attname = 'tenant_id') ORDER BY attnum`, table, string(tenant.ID),
			tenantdb.Control.Table("oauth_clients"), tenantdb.Control.Table("administrators")); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec(`INSERT INTO ` + table + ` (` + strings.Join(columns, ", ") + `) VALUES (` + strings.Join(values, ", ") + `)`); err != nil {
			t.Fatalf("a row in %s: %v", table, err)
		}
	}
	found := traces(t, db, tenant.ID)
	for _, table := range append(tables, "audit", "pg_namespace") {
		if found[strings.Trim(table[strings.LastIndexByte(table, '.')+1:], `"`)] == nil {
			t.Errorf("%s does not mention the tenant", table)
		}
	}
}

// Nothing is left of a tenant that is purged but its calls in the audit log, and what it had is free. Its neighbour stays.
func TestPurgeLeavesNoTrace(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 2)
	m := lifecycle.New(lifecycle.Config{DB: db})
	for _, tenant := range tenants {
		furnish(t, db, m, tenant)
	}
	neighbour := traces(t, db, tenants[1].ID)
	if err := m.Purge(t.Context(), tenants[0].ID); !errors.Is(err, tenancy.ErrStateInvalid) {
		t.Errorf("purge an active tenant: %v", err)
	}
	if _, err := m.Delete(t.Context(), tenants[0].ID, time.Hour); err != nil {
		t.Fatal(err)
	}
	if err := m.Purge(t.Context(), tenants[0].ID); err != nil {
		t.Fatal(err)
	}
	noTrace(t, db, tenants[0].ID)
	if len(traces(t, db, tenants[0].ID)["audit"]) != 1 {
		t.Error("the audit log has forgotten the tenant")
	}
	if diff := cmp.Diff(neighbour, traces(t, db, tenants[1].ID)); diff != "" {
		t.Errorf("its neighbour has changed (-before +after):\n%s", diff)
	}
	if err := m.Purge(t.Context(), tenants[0].ID); !errors.Is(err, tenancy.ErrNotFound) {
		t.Errorf("again: %v", err)
	}
	pgtest.AddHost(t, db, tenants[1].ID, "tenant-1.example")
	again, err := m.Create(t.Context(), lifecycle.NewTenant{Slug: "tenant-1"})
	if err != nil || again.ID == tenants[0].ID {
		t.Errorf("its slug: %+v, %v", again, err)
	}
}

// A process dies before each step of a purge, by an error and by a panic. The next sweep ends it, and meanwhile the tenant
// is either as before or cannot be had any more.
func TestCrashInPurge(t *testing.T) {
	t.Parallel()
	for i, step := range purging {
		for _, how := range []string{"error", "panic"} {
			t.Run(strings.ReplaceAll(string(step), " ", "_")+"/"+how, func(t *testing.T) {
				t.Parallel()
				db, tenants := pgtest.Tenants(t, 1)
				id := tenants[0].ID
				m := lifecycle.New(lifecycle.Config{DB: db})
				furnish(t, db, m, tenants[0])
				if _, err := m.Delete(t.Context(), id, 0); err != nil {
					t.Fatal(err)
				}
				doomed := dying(db, step, how)
				if err := recovered(func() error { _, err := doomed.PurgeDue(t.Context()); return err }); !errors.Is(err, errCrash) {
					t.Fatalf("crash: %v", err)
				}
				state := tenancy.StatePurging
				if i == 0 {
					state = tenancy.StateDeleting
				}
				left, err := m.ByID(t.Context(), id)
				if gone := step == lifecycle.StepAnnounceGone; errors.Is(err, tenancy.ErrNotFound) != gone || !gone && left.State != state {
					t.Errorf("it is %s, %v", left.State, err)
				}
				if i > 0 {
					if _, err := m.Undelete(t.Context(), id); err == nil {
						t.Error("it can be had back")
					}
					if err := m.MigrateAll(t.Context(), nil); err != nil {
						t.Errorf("migrate: %v", err)
					}
				}
				purged, err := m.PurgeDue(t.Context())
				if want := map[bool]int{true: 0, false: 1}[step == lifecycle.StepAnnounceGone]; purged != want || err != nil {
					t.Errorf("the next sweep purges %d, %v", purged, err)
				}
				noTrace(t, db, id)
				if _, err := m.Create(t.Context(), lifecycle.NewTenant{Slug: tenants[0].Slug}); err != nil {
					t.Errorf("the slug is not free: %v", err)
				}
			})
		}
	}
}

// What is due goes, and nothing else; what fails does not stop the others.
func TestPurgeDue(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 7)
	now := at
	m := lifecycle.New(lifecycle.Config{DB: db, Now: func() time.Time { return now }})
	for i, grace := range []time.Duration{0, time.Hour, 2 * time.Hour, time.Hour, time.Hour} {
		deleted, err := m.Delete(t.Context(), tenants[i].ID, grace)
		if err != nil || !deleted.DeleteAfter.Equal(at.Add(grace)) {
			t.Fatal(deleted, err)
		}
	}
	if _, err := m.Undelete(t.Context(), tenants[3].ID); err != nil {
		t.Fatal(err)
	}
	put(t, db, tenants[5].ID, tenancy.StateImporting) // broken off
	sweep := func(m *lifecycle.Manager, want int, wrong string, left ...int) {
		t.Helper()
		purged, err := m.PurgeDue(t.Context())
		if purged != want || (err != nil) != (wrong != "") || err != nil && (!strings.Contains(err.Error(), wrong) || strings.Count(err.Error(), "purge tenant") != 1) {
			t.Errorf("purged %d, %v, want %d, %q", purged, err, want, wrong)
		}
		list, err := m.List(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var got, names []string
		for _, tenant := range list {
			got = append(got, string(tenant.Slug))
		}
		for _, i := range left {
			names = append(names, fmt.Sprintf("tenant-%d", i))
		}
		if diff := cmp.Diff(names, got); diff != "" {
			t.Errorf("left (-want +got):\n%s", diff)
		}
	}
	sweep(m, 2, "", 2, 3, 4, 5, 7)
	now = at.Add(time.Hour)
	doomed := lifecycle.New(lifecycle.Config{DB: db, Now: func() time.Time { return now }, BeforeStep: func(_ context.Context, slug tenancy.Slug, step lifecycle.Step) error {
		if slug == "tenant-2" && step == lifecycle.StepDropSchema {
			return errCrash
		}
		return nil
	}})
	sweep(doomed, 1, `"tenant-2"`, 2, 3, 4, 7)
	sweep(m, 1, "", 3, 4, 7)
	now = at.Add(2 * time.Hour)
	sweep(m, 1, "", 4, 7)
}

// What somebody works on is left to them: an import in progress is none that was broken off.
func TestPurgeDueLeavesWork(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 1)
	put(t, db, tenants[0].ID, tenancy.StateImporting)
	m := lifecycle.New(lifecycle.Config{DB: db})
	err := db.Locked(t.Context(), "spoke lifecycle tenant tenant-1", func(ctx context.Context) error {
		purged, err := m.PurgeDue(ctx)
		if purged != 0 {
			t.Errorf("purged %d", purged)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if _, err := m.Create(t.Context(), lifecycle.NewTenant{Slug: "tenant-1"}); err != nil {
		t.Errorf("create where an import was broken off: %v", err)
	}
	noTrace(t, db, tenants[0].ID)
	complete(t, db, m, "tenant-1")
}

// At the last moment a deletion is undone, or undone and made again with another grace: the tenant stays, whole.
func TestUndoneJustBeforeThePurge(t *testing.T) {
	t.Parallel()
	for name, again := range map[string]bool{"undone": false, "deleted again": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db, tenants := pgtest.Tenants(t, 1)
			id := tenants[0].ID
			m := lifecycle.New(lifecycle.Config{DB: db})
			if err := m.SetState(t.Context(), id, tenancy.StatePaused); err != nil {
				t.Fatal(err)
			}
			if _, err := m.Delete(t.Context(), id, 0); err != nil {
				t.Fatal(err)
			}
			late := lifecycle.New(lifecycle.Config{DB: db, BeforeStep: func(ctx context.Context, _ tenancy.Slug, step lifecycle.Step) error {
				if step != lifecycle.StepCondemn {
					t.Errorf("it goes on to %s", step)
					return nil
				}
				_, err := m.Undelete(ctx, id)
				if again && err == nil {
					_, err = m.Delete(ctx, id, time.Hour)
				}
				return err
			}})
			if purged, err := late.PurgeDue(t.Context()); purged != 0 || err != nil {
				t.Errorf("purged %d, %v", purged, err)
			}
			after, err := m.ByID(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			if want := map[bool]tenancy.State{false: tenancy.StatePaused, true: tenancy.StateDeleting}[again]; after.State != want || again == after.DeleteAfter.IsZero() {
				t.Errorf("it is %s, to be purged at %s", after.State, after.DeleteAfter)
			}
			if err := m.MigrateAll(t.Context(), nil); err != nil {
				t.Errorf("its schema: %v", err)
			}
		})
	}
}

func TestDelete(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 1)
	m := lifecycle.New(lifecycle.Config{DB: db, Now: clock})
	id := tenants[0].ID
	for _, grace := range []time.Duration{-1, lifecycle.MaxGrace + 1} {
		_, err := m.Delete(t.Context(), id, grace)
		var wrong *tenancy.SettingError
		if !errors.As(err, &wrong) || wrong.Setting != "grace" {
			t.Errorf("grace %s: %v", grace, err)
		}
	}
	for i, state := range []tenancy.State{tenancy.StateActive, tenancy.StateSuspended, tenancy.StatePaused} {
		if err := m.SetState(t.Context(), id, state); err != nil {
			t.Fatal(err)
		}
		want := tenants[0]
		want.State, want.StateBefore, want.DeleteAfter = tenancy.StateDeleting, state, at.Add(lifecycle.MaxGrace)
		want.Version, want.UpdatedAt = int64(3*i+3), at
		got, err := m.Delete(t.Context(), id, lifecycle.MaxGrace)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
		want.State, want.StateBefore, want.DeleteAfter = state, "", time.Time{}
		want.Version++
		got, err = m.Undelete(t.Context(), id)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	}
}
