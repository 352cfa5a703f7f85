package lifecycle_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// One tenant's schema is broken: the others are migrated all the same and the error names it alone.
func TestMigrateAllGoesOn(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 5)
	m := lifecycle.New(lifecycle.Config{DB: db})
	for _, tenant := range tenants {
		schema := tenantdb.SchemaFor(tenant.ID)
		// As before the first migration.
		db.MustExec(`DROP SCHEMA ` + schema.String() + ` CASCADE`)
		db.MustExec(`CREATE SCHEMA ` + schema.String())
	}
	db.MustExec(`CREATE TABLE ` + tenantdb.SchemaFor(tenants[2].ID).Table("groups") + ` (id int)`)

	var progress []string
	err := m.MigrateAll(t.Context(), func(done, total int) { progress = append(progress, fmt.Sprintf("%d/%d", done, total)) })
	if err == nil || !strings.Contains(err.Error(), `"tenant-3"`) || strings.Count(err.Error(), "migrate tenant") != 1 {
		t.Errorf("error: %v", err)
	}
	if diff := cmp.Diff([]string{"1/5", "2/5", "3/5", "4/5", "5/5"}, progress); diff != "" {
		t.Errorf("progress (-want +got):\n%s", diff)
	}
	for i, tenant := range tenants {
		if i != 2 {
			complete(t, db, m, tenant.Slug)
		}
	}
	db.MustExec(`DROP TABLE ` + tenantdb.SchemaFor(tenants[2].ID).Table("groups"))
	if err := m.MigrateAll(t.Context(), nil); err != nil {
		t.Errorf("after the repair: %v", err)
	}
	complete(t, db, m, tenants[2].Slug)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := m.MigrateAll(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 2)
	got, err := lifecycle.New(lifecycle.Config{DB: db}).List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(tenants, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSetState(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 1)
	m := lifecycle.New(lifecycle.Config{DB: db})
	id := tenants[0].ID
	for _, state := range []tenancy.State{tenancy.StateSuspended, tenancy.StatePaused, tenancy.StateActive, tenancy.StateActive} {
		if err := m.SetState(t.Context(), id, state); err != nil {
			t.Fatal(err)
		}
		if got, err := m.Get(t.Context(), tenants[0].Slug); err != nil || got.State != state {
			t.Errorf("state is %q (%v), want %q", got.State, err, state)
		}
	}
	if _, err := m.Delete(t.Context(), id, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Create(t.Context(), lifecycle.NewTenant{Slug: tenants[0].Slug, Ensure: true}); !errors.Is(err, tenancy.ErrSlugTaken) {
		t.Errorf("ensure a tenant that is being deleted: %v", err)
	}
	if err := m.SetState(t.Context(), tenancy.NewID(), tenancy.StateActive); !errors.Is(err, tenancy.ErrNotFound) {
		t.Errorf("unknown tenant: %v", err)
	}
	for _, state := range []tenancy.State{tenancy.StateCreating, tenancy.StateDeleting, tenancy.StatePurging, "gone", ""} {
		if err := m.SetState(t.Context(), id, state); !errors.Is(err, tenancy.ErrStateInvalid) {
			t.Errorf("state %q: %v", state, err)
		}
	}
	crash(t, db, lifecycle.StepSchema, "error")
	creating, err := m.Get(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	if err := m.SetState(t.Context(), creating.ID, tenancy.StateActive); !errors.Is(err, tenancy.ErrStateInvalid) {
		t.Errorf("a tenant without tables: %v", err)
	}
}
