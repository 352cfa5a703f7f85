package journal_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/lib/pq"

	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// insertAll makes things of the names; one whose name is there already is not made.
func insertAll(schema tenantdb.Schema, names ...string) journal.Batch {
	ids := make([]string, len(names))
	batch := journal.Batch{
		With: []string{
			`wanted AS (SELECT * FROM unnest($1::uuid[], $2::text[]) WITH ORDINALITY AS w(id, name, place))`,
			`ins AS (INSERT INTO ` + schema.Table("thing") + ` (id, name, version) SELECT id, name, 1 FROM wanted ON CONFLICT DO NOTHING RETURNING id, version)`,
		},
		Outcome: `SELECT (w.place - 1)::integer AS place, i.version FROM ins i JOIN wanted w ON w.id = i.id`,
	}
	for i, name := range names {
		ids[i] = fmt.Sprintf("0190a0a0-0000-7000-8000-%012d", len(name)*100+i)
		batch.Entries = append(batch.Entries, journal.Entry{
			At: at, Action: journal.ActionCreate, ResourceType: "User", ResourceID: ids[i], Detail: json.RawMessage(`{"name": "` + name + `\"{,}"}`),
		})
	}
	batch.Args = []any{pq.Array(ids), pq.Array(names)}
	return batch
}

// TestRecordAll has a row for each change that was made, and none for the others, with what the context says of who
// made them.
func TestRecordAll(t *testing.T) {
	t.Parallel()
	eachShape(t, func(t *testing.T, r *journal.Recorder, schema tenantdb.Schema) {
		ctx := journal.WithOrigin(t.Context(), journal.Origin{Actor: "entra", RequestID: "4711"})
		made, err := r.RecordAll(ctx, schema, insertAll(schema, "a", "b", "a"))
		if diff := cmp.Diff([]bool{true, true, false}, made); diff != "" || err != nil {
			t.Fatalf("%v\n%s", err, diff)
		}
		if made, err = r.RecordAll(ctx, schema, insertAll(schema, "a", "b")); err != nil || made[0] || made[1] {
			t.Errorf("again: %v, %v", made, err)
		}
		entries := follow(t, r.DB, schema, 2)
		if len(entries) != 2 {
			t.Fatalf("%d entries", len(entries))
		}
		for i, e := range entries {
			want := journal.Entry{
				ID: e.ID, At: at, Outcome: journal.Accepted, Action: journal.ActionCreate, ResourceType: "User", ResourceID: fmt.Sprintf("0190a0a0-0000-7000-8000-%012d", 100+i),
				Version: 1, Actor: "entra", RequestID: "4711", Detail: json.RawMessage(`{"name": "` + string("ab"[i]) + `\"{,}"}`),
			}
			if diff := cmp.Diff(want, e); diff != "" {
				t.Errorf("entry %d (-want +got)\n%s", i, diff)
			}
		}
	})
}

// TestRecordAllOrNothing has the journal refuse a row: no change is made.
func TestRecordAllOrNothing(t *testing.T) {
	t.Parallel()
	eachShape(t, func(t *testing.T, r *journal.Recorder, schema tenantdb.Schema) {
		batch := insertAll(schema, "a", "b")
		batch.Entries[1].Detail = json.RawMessage(`{broken`)
		if made, err := r.RecordAll(t.Context(), schema, batch); err == nil {
			t.Errorf("made %v", made)
		}
		var n int
		if err := r.DB.Get(&n, `SELECT (SELECT count(*) FROM `+schema.Table("thing")+`) + (SELECT count(*) FROM `+schema.Table("journal")+`)`); err != nil || n != 0 {
			t.Errorf("%d rows were written, %v", n, err)
		}
	})
}
