package transfer_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/resource"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/tenantdb"
	"github.com/askspoke/spoke/tenancy/transfer"
)

// slow is a client that reads on only after others have changed something.
type slow struct {
	bytes.Buffer
	await func()
}

func (s *slow) Write(p []byte) (int, error) {
	s.await()
	return s.Buffer.Write(p)
}

// TestExportIsOneMoment exports while users and groups are created, changed and put together, and makes sure that they are
// while the export waits for its client. Of every resource the export has as many changes as it says by its version, and
// every member that the journal says was added.
func TestExportIsOneMoment(t *testing.T) {
	t.Parallel()
	h := build(t)
	tenant := h.acme()
	h.filler(tenant, 9).fill(300, 5)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var changes atomic.Int64
	changed := make(chan struct{}, 1)
	var wg sync.WaitGroup
	for n := range 3 {
		wg.Go(func() {
			for ctx.Err() == nil {
				h.change(ctx, tenant, uint64(100+n))
				changes.Add(1)
				select {
				case changed <- struct{}{}:
				default:
				}
			}
		})
	}
	out := &slow{await: func() {
		for start := changes.Load(); changes.Load() < start+5; {
			select {
			case <-changed:
			case <-ctx.Done():
				return
			}
		}
	}}
	before := changes.Load()
	counts, err := h.Export(t.Context(), tenant.ID, out, transfer.Exporting{})
	if err != nil {
		t.Fatal(err)
	}
	if n := changes.Load() - before; n < 10 {
		t.Errorf("%d changes went on", n)
	}
	stop()
	wg.Wait()
	consistent(t, out.Bytes())
	got := h.imported(out.Bytes(), "copy")
	if diff := alike(t, out.Bytes()) == alike(t, h.export(got)); !diff || counts.Journal == 0 {
		t.Errorf("the copy of %v differs", counts)
	}
}

// change makes a user, changes it, and puts it into a new group.
func (h house) change(ctx context.Context, tenant tenancy.Tenant, seed uint64) {
	f := h.filler(tenant, seed+uint64(time.Now().UnixNano()))
	users, groups := f.types(tenant.ID)
	s := f.store(tenant)
	d := f.draft(users, 1)
	_, err := s.Create(ctx, users, d, provider.Read{})
	if err == nil {
		d.Object["title"] = "Chef"
		_, err = s.Update(ctx, users, provider.Update{
			ID: d.ID, Version: 1, At: d.At, Object: d.Object, Body: resource.Encode(users, d.Object),
			Changes: []resource.Change{{Path: "title", New: "Chef"}},
		}, provider.Read{})
	}
	if err == nil {
		_, err = s.Create(ctx, groups, f.draft(groups, 1, d.ID), provider.Read{})
	}
	if err != nil && ctx.Err() == nil {
		f.Error(err)
	}
}

// consistent compares resources, memberships and the journal of an export.
func consistent(t *testing.T, text []byte) {
	t.Helper()
	type line struct {
		Kind, Action, Group string
		Version             int64
		ResourceID          string `json:"resource_id"`
		Document            struct{ ID string }
		Detail              struct{ Members []string }
		User, Child         string
	}
	versions, last := map[string]int64{}, map[string]int64{}
	members, added := map[string][]string{}, map[string][]string{}
	gone := map[string]bool{}
	for _, raw := range lines(text) {
		var l line
		if err := json.Unmarshal([]byte(raw), &l); err != nil {
			t.Fatal(err)
		}
		switch {
		case l.Kind == "user", l.Kind == "group":
			versions[l.Document.ID] = l.Version
		case l.Kind == "member":
			members[l.Group] = append(members[l.Group], l.User+l.Child)
		case l.Kind == "journal" && l.Action == "delete":
			gone[l.ResourceID] = true
			delete(last, l.ResourceID)
		case l.Kind == "journal":
			last[l.ResourceID] = max(last[l.ResourceID], l.Version)
			if l.Action == "create" && len(l.Detail.Members) > 0 {
				added[l.ResourceID] = l.Detail.Members
			}
		}
	}
	if len(versions) != len(last) {
		t.Errorf("%d resources, and the journal tells of %d", len(versions), len(last))
	}
	for id, version := range versions {
		if grew := members[id] != nil || added[id] != nil; last[id] != version && (!grew || version < last[id]) { // who leaves counts a group up
			t.Errorf("%s has version %d, and the journal says %d", id, version, last[id])
		}
	}
	for group, list := range added {
		list = slices.DeleteFunc(list, func(id string) bool { return gone[id] })
		slices.Sort(list)
		slices.Sort(members[group])
		if !slices.Equal(slices.Compact(list), members[group]) {
			t.Errorf("%s has the members %v, and the journal says %v", group, members[group], list)
		}
	}
}

// TestExportByState exports tenants in every state that has something to export.
func TestExportByState(t *testing.T) {
	t.Parallel()
	h := build(t)
	tenant := h.acme()
	h.filler(tenant, 3).fill(5, 2)
	want := alike(t, h.export(tenant))
	for _, state := range []tenancy.State{tenancy.StateSuspended, tenancy.StatePaused} {
		if err := h.SetState(t.Context(), tenant.ID, state); err != nil {
			t.Fatal(err)
		}
		if got := alike(t, h.export(tenant)); got != want {
			t.Errorf("%s: the export differs", state)
		}
	}
	if _, err := h.Delete(t.Context(), tenant.ID, time.Hour); err != nil {
		t.Fatal(err)
	}
	if got := alike(t, h.export(tenant)); got != want {
		t.Error("deleting: the export differs")
	}
	crashed := extend(t, h.db, crashing(lifecycle.StepDropSchema))
	if err := crashed.Purge(t.Context(), tenant.ID); !errors.Is(err, errCrash) {
		t.Fatal(err)
	}
	var state *tenancy.StateError
	var out bytes.Buffer
	if _, err := h.Export(t.Context(), tenant.ID, &out, transfer.Exporting{}); !errors.As(err, &state) || out.Len() > 0 {
		t.Errorf("purging: %v, %d bytes", err, out.Len())
	}
	if _, err := h.Export(t.Context(), tenancy.NewID(), &out, transfer.Exporting{}); !errors.Is(err, tenancy.ErrNotFound) || out.Len() > 0 {
		t.Errorf("unknown: %v, %d bytes", err, out.Len())
	}
}

// TestExportHoldsOffMigrations lets a purge wait for an export, and nobody who works with the tenant.
func TestExportHoldsOffMigrations(t *testing.T) {
	t.Parallel()
	h := build(t)
	tenant := h.acme()
	h.filler(tenant, 3).fill(200, 2)
	other := extend(t, h.db)
	impatient := lifecycle.New(lifecycle.Config{DB: pgtest.Open(t, pgtest.Address(t, h.db), tenantdb.Options{StatementTimeout: 100 * time.Millisecond})})
	var once sync.Once
	out := &slow{await: func() {
		once.Do(func() {
			if err := impatient.MigrateAll(t.Context(), nil); !tenantdb.Unavailable(err) {
				t.Errorf("a migration meanwhile: %v", err)
			}
			h.change(t.Context(), tenant, 1)
			h.export(tenant)
		})
	}}
	if _, err := h.Export(t.Context(), tenant.ID, out, transfer.Exporting{}); err != nil {
		t.Fatal(err)
	}
	if err := other.MigrateAll(t.Context(), nil); err != nil {
		t.Errorf("a migration after it: %v", err)
	}
}

// TestExportFails ends an export by its writer and by its context.
func TestExportFails(t *testing.T) {
	t.Parallel()
	h := build(t)
	tenant := h.acme()
	h.filler(tenant, 4).fill(300, 0)
	r, w := io.Pipe()
	broken := errors.New("broken")
	r.CloseWithError(broken)
	if _, err := h.Export(t.Context(), tenant.ID, w, transfer.Exporting{}); !errors.Is(err, broken) {
		t.Errorf("a writer that fails: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	out := &slow{await: cancel}
	if _, err := h.Export(ctx, tenant.ID, out, transfer.Exporting{}); !errors.Is(err, context.Canceled) {
		t.Errorf("a context that ends: %v", err)
	}
	_, err := h.Transfer.Import(t.Context(), &out.Buffer, transfer.Importing{Slug: "half"})
	var refused *tenancy.ImportError
	if !errors.As(err, &refused) || refused.Problem != tenancy.ImportTruncated {
		t.Errorf("what was written: %v", err)
	}
}

// TestNoStatementWaits looks, whenever an export or an import waits for its client, for a statement that goes on: it would
// meet the statement_timeout when the client is slow.
func TestNoStatementWaits(t *testing.T) {
	t.Parallel()
	h := build(t)
	tenant := h.acme()
	f := h.filler(tenant, 6)
	f.fill(2500, 10)
	f.large(2300)
	watcher := pgtest.Open(t, pgtest.Address(t, h.db), tenantdb.Options{ApplicationName: "watcher"})
	looks := 0
	look := func() {
		looks++
		var active []string
		err := watcher.SelectContext(t.Context(), &active, `SELECT query FROM pg_stat_activity
			WHERE datname = current_database() AND backend_type = 'client backend' AND state = 'active' AND pid <> pg_backend_pid()`)
		if err != nil || len(active) > 0 {
			t.Errorf("while the client is waited for: %q, %v", active, err)
		}
	}
	out := &slow{await: look}
	if _, err := h.Export(t.Context(), tenant.ID, out, transfer.Exporting{}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Transfer.Import(t.Context(), watched{&out.Buffer, look}, transfer.Importing{Slug: "copy"}); err != nil {
		t.Fatal(err)
	}
	if looks < 50 {
		t.Errorf("looked %d times", looks)
	}
}

// watched calls look before each read.
type watched struct {
	io.Reader
	look func()
}

func (w watched) Read(p []byte) (int, error) {
	w.look()
	return w.Reader.Read(p)
}
