package lifecycle_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// allStates are those that a tenant can be in.
var allStates = []tenancy.State{
	tenancy.StateCreating, tenancy.StateImporting, tenancy.StateActive, tenancy.StateSuspended, tenancy.StatePaused,
	tenancy.StateDeleting, tenancy.StatePurging,
}

// put puts a tenant into a state by hand.
func put(t *testing.T, db *tenantdb.DB, id tenancy.ID, state tenancy.State) {
	t.Helper()
	db.MustExec(`UPDATE `+tenantdb.Control.Table("tenants")+` SET state = $2, state_before = NULL, delete_after = NULL, names_settle_at = NULL
		WHERE id = $1`, string(id), string(state))
}

// Every act is tried from every state: it is done, or refused with the state, and then nothing has changed.
func TestTransitions(t *testing.T) {
	t.Parallel()
	name := "Other"
	serving := []tenancy.State{tenancy.StateActive, tenancy.StateSuspended, tenancy.StatePaused}
	for act, tc := range map[string]struct {
		from []tenancy.State // those from which there is the act
		to   tenancy.State   // "" leaves it, "gone" is no tenant at all
		do   func(context.Context, *lifecycle.Manager, tenancy.Tenant) error
	}{
		"resume": {serving, tenancy.StateActive, func(ctx context.Context, m *lifecycle.Manager, t tenancy.Tenant) error {
			return m.SetState(ctx, t.ID, tenancy.StateActive)
		}},
		"suspend": {serving, tenancy.StateSuspended, func(ctx context.Context, m *lifecycle.Manager, t tenancy.Tenant) error {
			return m.SetState(ctx, t.ID, tenancy.StateSuspended)
		}},
		"pause": {serving, tenancy.StatePaused, func(ctx context.Context, m *lifecycle.Manager, t tenancy.Tenant) error {
			return m.SetState(ctx, t.ID, tenancy.StatePaused)
		}},
		"delete": {serving, tenancy.StateDeleting, func(ctx context.Context, m *lifecycle.Manager, t tenancy.Tenant) error {
			_, err := m.Delete(ctx, t.ID, time.Hour)
			return err
		}},
		"undelete": {[]tenancy.State{tenancy.StateDeleting}, tenancy.StateActive, func(ctx context.Context, m *lifecycle.Manager, t tenancy.Tenant) error {
			_, err := m.Undelete(ctx, t.ID)
			return err
		}},
		"purge": {[]tenancy.State{tenancy.StateDeleting, tenancy.StatePurging}, "gone", func(ctx context.Context, m *lifecycle.Manager, t tenancy.Tenant) error {
			return m.Purge(ctx, t.ID)
		}},
		"update": {serving, "", func(ctx context.Context, m *lifecycle.Manager, t tenancy.Tenant) error {
			_, err := m.Update(ctx, t.ID, 0, lifecycle.Change{Name: &name})
			return err
		}},
		"extend": {serving, "", func(ctx context.Context, m *lifecycle.Manager, t tenancy.Tenant) error {
			_, err := m.PutExtension(ctx, t.Slug, badge(`{}`), accept)
			return err
		}},
	} {
		t.Run(act, func(t *testing.T) {
			t.Parallel()
			db, tenants := pgtest.Tenants(t, len(allStates))
			m := lifecycle.New(lifecycle.Config{DB: db, Now: clock})
			for i, from := range allStates {
				id := tenants[i].ID
				put(t, db, id, from)
				before, err := m.ByID(t.Context(), id)
				if err != nil {
					t.Fatal(err)
				}
				err = tc.do(t.Context(), m, before)
				after, readErr := m.ByID(t.Context(), id)
				var refused *tenancy.StateError
				switch allowed := slices.Contains(tc.from, from); {
				case !allowed:
					if !errors.As(err, &refused) || refused.State != from || !errors.Is(err, tenancy.ErrStateInvalid) {
						t.Errorf("from %s: %v", from, err)
					}
					if diff := cmp.Diff(before, after); diff != "" {
						t.Errorf("from %s, refused, it has changed (-before +after):\n%s", from, diff)
					}
				case err != nil:
					t.Errorf("from %s: %v", from, err)
				case tc.to == "gone":
					if !errors.Is(readErr, tenancy.ErrNotFound) {
						t.Errorf("from %s: it is %s, %v", from, after.State, readErr)
					}
				case tc.to != "" && after.State != tc.to, act != "extend" && after.Version != before.Version+1:
					t.Errorf("from %s: it is %s, version %d after %d", from, after.State, after.Version, before.Version)
				}
			}
			if err := tc.do(t.Context(), m, tenancy.Tenant{ID: tenancy.NewID(), Slug: "nobody"}); !errors.Is(err, tenancy.ErrNotFound) {
				t.Errorf("no such tenant: %v", err)
			}
		})
	}
}

// Suspend and delete at once, many times: each tenant ends deleting, and a suspension either came first or was refused.
func TestTransitionsAtOnce(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 8)
	m := lifecycle.New(lifecycle.Config{DB: db})
	for _, tenant := range tenants {
		var suspended, deleted error
		var wg sync.WaitGroup
		wg.Go(func() { suspended = m.SetState(t.Context(), tenant.ID, tenancy.StateSuspended) })
		wg.Go(func() { _, deleted = m.Delete(t.Context(), tenant.ID, time.Hour) })
		wg.Wait()
		after, err := m.ByID(t.Context(), tenant.ID)
		if err != nil || deleted != nil {
			t.Fatal(err, deleted)
		}
		want := tenancy.Tenant{State: tenancy.StateDeleting, StateBefore: tenancy.StateSuspended, Version: 3}
		if suspended != nil {
			want.StateBefore, want.Version = tenancy.StateActive, 2
			if !errors.Is(suspended, tenancy.ErrStateInvalid) {
				t.Errorf("suspend: %v", suspended)
			}
		}
		if after.State != want.State || after.StateBefore != want.StateBefore || after.Version != want.Version {
			t.Errorf("it is %s after %s, version %d; suspend answered %v", after.State, after.StateBefore, after.Version, suspended)
		}
	}
}

// The answer to a change is lost on its way, and the driver sends the change again: it is made once, and is no conflict.
func TestChangeSentTwice(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 1)
	id := tenants[0].ID
	proxy := pgtest.NewProxy(t, pgtest.Address(t, db))
	far := pgtest.Open(t, proxy.URL, tenantdb.Options{})
	m := lifecycle.New(lifecycle.Config{DB: far})
	lose := func(what string, version int64, do func() error) {
		t.Helper()
		if err := far.PingContext(t.Context()); err != nil { // a connection that is open already
			t.Fatal(err)
		}
		proxy.LoseAnswer()
		err := do()
		after, readErr := lifecycle.New(lifecycle.Config{DB: db}).ByID(t.Context(), id)
		if readErr != nil || after.Version != version {
			t.Errorf("%s: version %d, %v, want %d", what, after.Version, readErr, version)
		}
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	lose("suspend", 2, func() error { return m.SetState(t.Context(), id, tenancy.StateSuspended) })
	lose("delete", 3, func() error { _, err := m.Delete(t.Context(), id, time.Hour); return err })
	lose("undelete", 4, func() error { _, err := m.Undelete(t.Context(), id); return err })
	lose("resume", 5, func() error { return m.SetState(t.Context(), id, tenancy.StateActive) })
	before, err := lifecycle.New(lifecycle.Config{DB: db}).ByID(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	before.Name = "Acme"
	lose("update", 6, func() error { _, err := lifecycle.WriteSettings(t.Context(), m, before); return err })
}

// The same for each step of a creation and of a purge.
func TestStepSentTwice(t *testing.T) {
	t.Parallel()
	db, _ := control(t)
	proxy := pgtest.NewProxy(t, pgtest.Address(t, db))
	m := lifecycle.New(lifecycle.Config{
		DB:         pgtest.Open(t, proxy.URL, tenantdb.Options{}),
		BeforeStep: func(context.Context, tenancy.Slug, lifecycle.Step) error { proxy.LoseAnswer(); return nil },
	})
	created, err := m.Create(t.Context(), lifecycle.NewTenant{Slug: "acme"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(created, complete(t, db, m, "acme")); diff != "" || created.Version != 1 {
		t.Errorf("version %d (-created +read):\n%s", created.Version, diff)
	}
	deleted, err := m.Delete(t.Context(), created.ID, 0)
	if err != nil || deleted.Version != 2 {
		t.Fatal(deleted, err)
	}
	if purged, err := m.PurgeDue(t.Context()); purged != 1 || err != nil {
		t.Errorf("purged %d, %v", purged, err)
	}
	noTrace(t, db, created.ID)
}
