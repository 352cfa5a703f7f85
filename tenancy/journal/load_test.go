package journal_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// TestLoadKeepsOrder loads entries whose ids are in no order, more often out of it than the cluster has had transactions,
// and follows them; what is written later comes after them.
func TestLoadKeepsOrder(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 2)
	first, second := tenantdb.SchemaFor(tenants[0].ID), tenantdb.SchemaFor(tenants[1].ID)
	at := time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC)
	ids := make([]string, 40)
	for i := range ids {
		id, err := journal.NewID()
		if err != nil {
			t.Fatal(err)
		}
		ids[(i*17)%len(ids)] = id // 17 and 40 have no divisor in common
	}
	var want []journal.Entry
	load := journal.Load(db, first)
	for i, id := range ids {
		e := journal.Entry{ID: id, At: at, Outcome: journal.Accepted, Action: journal.ActionUpdate, ResourceType: "User", ResourceID: uuid.NewString(), Version: int64(i), Actor: "a", RequestID: "r", Detail: []byte(`{"a": [1]}`)}
		want = append(want, e)
		if err := load.Add(t.Context(), int64(i), e); err != nil {
			t.Fatal(err)
		}
		if i == len(ids)/2 { // the rest is far ahead of the cluster
			var now int64
			if err := db.Get(&now, `SELECT pg_current_xact_id()::text::bigint`); err != nil {
				t.Fatal(err)
			}
			load.Ahead(now + 300)
		}
	}
	if err := load.Finish(t.Context()); err != nil {
		t.Fatal(err)
	}
	got, cursor := followUntil(t, db, first, "", len(want))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("followed (-want +got)\n%s", diff)
	}
	later, err := (&journal.Recorder{DB: db}).Record(t.Context(), first, journal.Change{
		Outcome: `SELECT true AS changed, 1::bigint AS version, NULL::jsonb AS detail, NULL::jsonb AS extra`,
		Entry:   journal.Entry{At: at, Action: journal.ActionCreate, ResourceType: "User", ResourceID: uuid.NewString()},
	})
	if err != nil || !later.Changed {
		t.Fatal(err)
	}
	if got, _ = followUntil(t, db, first, cursor, 1); got[0].Action != journal.ActionCreate {
		t.Errorf("later: %v", got)
	}

	var exported []journal.Entry
	if err := journal.Export(t.Context(), db, first, func(e journal.Entry) error { exported = append(exported, e); return nil }); err != nil {
		t.Fatal(err)
	}
	load = journal.Load(db, second)
	for i, e := range exported {
		if err := load.Add(t.Context(), int64(i), e); err != nil {
			t.Fatal(err)
		}
	}
	if err := load.Finish(t.Context()); err != nil {
		t.Fatal(err)
	}
	got, _ = followUntil(t, db, second, "", len(exported))
	if diff := cmp.Diff(exported, got); diff != "" {
		t.Errorf("loaded again (-want +got)\n%s", diff)
	}
}

// followUntil follows until there are so many entries: what other tests of the cluster hold open holds them back.
func followUntil(t *testing.T, db *tenantdb.DB, schema tenantdb.Schema, after journal.Cursor, n int) ([]journal.Entry, journal.Cursor) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		got, cursor, err := journal.Follow(ctx, db, schema, after, 1000)
		if err != nil {
			t.Fatal(err)
		}
		if len(got) >= n {
			return got, cursor
		}
	}
}

// TestExportInChunks exports more than a chunk has, by their number and by their size.
func TestExportInChunks(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 1)
	schema := tenantdb.SchemaFor(tenants[0].ID)
	load := journal.Load(db, schema)
	const n = 2*journal.ExportAtOnce + 7
	for i := range int64(n) {
		id, err := journal.NewID()
		if err != nil {
			t.Fatal(err)
		}
		detail := `{}`
		if i%100 == 0 { // what Postgres does not make smaller
			var b strings.Builder
			for b.Len() < journal.ExportBytesAtOnce/3 {
				b.WriteString(uuid.NewString())
			}
			detail = `{"a":"` + b.String() + `"}`
		}
		err = load.Add(t.Context(), i, journal.Entry{
			ID: id, At: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Action: journal.ActionUpdate, ResourceType: "User", ResourceID: uuid.NewString(), Version: i, Detail: []byte(detail),
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := load.Finish(t.Context()); err != nil {
		t.Fatal(err)
	}
	var next int64
	err := journal.Export(t.Context(), db, schema, func(e journal.Entry) error {
		if e.Version != next {
			t.Fatalf("entry %d instead of %d", e.Version, next)
		}
		next++
		return nil
	})
	if err != nil || next != n {
		t.Errorf("%d entries, %v", next, err)
	}
}
