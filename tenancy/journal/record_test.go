package journal_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

var at = time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC)

const userID = "0190a0a0-0000-7000-8000-000000000001"

// directory returns a tenant's schema with a small table of things to change.
func directory(t *testing.T) (*tenantdb.DB, tenantdb.Schema) {
	t.Helper()
	db, tenants := pgtest.Tenants(t, 1)
	schema := tenantdb.SchemaFor(tenants[0].ID)
	db.MustExec(`CREATE TABLE ` + schema.Table("thing") + ` (id uuid PRIMARY KEY, name text UNIQUE, version bigint NOT NULL)`)
	return db, schema
}

func insert(schema tenantdb.Schema, id, name string) journal.Change {
	return journal.Change{
		With:    []string{`ins AS (INSERT INTO ` + schema.Table("thing") + ` (id, name, version) VALUES ($1, $2, 1) RETURNING version, name)`},
		Outcome: `SELECT true AS changed, version, NULL::jsonb AS detail, to_jsonb(name) AS extra FROM ins`,
		Args:    []any{id, name},
		Entry: journal.Entry{
			At: at, Action: journal.ActionCreate, ResourceType: "User", ResourceID: id,
			Detail: json.RawMessage(`{"by": "caller"}`),
		},
	}
}

// rename changes the thing when its version is as expected.
func rename(schema tenantdb.Schema, id, name string, version int) journal.Change {
	return journal.Change{
		With: []string{`upd AS (UPDATE ` + schema.Table("thing") + ` SET name = $2, version = version + 1 WHERE id = $1 AND version = $3
			RETURNING version)`},
		Outcome: `SELECT count(*) = 1 AS changed, max(version) AS version,
			jsonb_build_object('name', $2::text) AS detail, NULL::jsonb AS extra FROM upd`,
		Args:  []any{id, name, version},
		Entry: journal.Entry{At: at, Action: journal.ActionUpdate, ResourceType: "User", ResourceID: id},
	}
}

func eachShape(t *testing.T, run func(*testing.T, *journal.Recorder, tenantdb.Schema)) {
	t.Helper()
	for name, shape := range map[string]journal.Shape{"one statement": journal.OneStatement, "transaction": journal.Transaction} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db, schema := directory(t)
			run(t, &journal.Recorder{DB: db, Shape: shape}, schema)
		})
	}
}

// follow returns the journal as soon as it has n entries that can be followed.
func follow(t *testing.T, db *tenantdb.DB, schema tenantdb.Schema, n int) []journal.Entry {
	t.Helper()
	var entries []journal.Entry
	fixture.Eventually(t, "entries", func() bool {
		var err error
		if entries, _, err = journal.Follow(t.Context(), db, schema, "", 100); err != nil {
			t.Fatal(err)
		}
		return len(entries) >= n
	})
	for i := range entries {
		if id, err := uuid.Parse(entries[i].ID); err != nil || id.Version() != 7 {
			t.Errorf("id of an entry: %q, %v", entries[i].ID, err)
		}
		entries[i].ID = ""
	}
	return entries
}

func TestRecord(t *testing.T) {
	t.Parallel()
	eachShape(t, func(t *testing.T, r *journal.Recorder, schema tenantdb.Schema) {
		ctx := journal.WithOrigin(t.Context(), journal.Origin{Actor: "Entra", RequestID: "req-1"})
		record := func(c journal.Change, want journal.Result) {
			t.Helper()
			got, err := r.Record(ctx, schema, c)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("outcome (-want +got):\n%s", diff)
			}
		}
		record(insert(schema, userID, "ada"), journal.Result{Changed: true, Version: 1, Extra: []byte(`"ada"`)})
		record(rename(schema, userID, "grace", 1), journal.Result{Changed: true, Version: 2, Detail: []byte(`{"name": "grace"}`)})
		record(rename(schema, userID, "late", 1), journal.Result{Detail: []byte(`{"name": "late"}`)})

		_, err := r.Record(ctx, schema, insert(schema, uuid.NewString(), "grace"))
		if constraint, key, ok := tenantdb.UniqueViolation(err); !ok || constraint != "thing_name_key" || key != "name" {
			t.Errorf("taken name: %q, %q, %v", constraint, key, err)
		}
		nothing := insert(schema, uuid.NewString(), "x")
		nothing.Outcome += " WHERE false"
		if _, err := r.Record(ctx, schema, nothing); !errors.Is(err, journal.ErrNoOutcome) {
			t.Errorf("no outcome: %v", err)
		}

		want := []journal.Entry{
			{
				At: at, Outcome: journal.Accepted, Action: journal.ActionCreate, ResourceType: "User", ResourceID: userID, Version: 1,
				Actor: "Entra", RequestID: "req-1", Detail: json.RawMessage(`{"by": "caller"}`),
			},
			{
				At: at, Outcome: journal.Accepted, Action: journal.ActionUpdate, ResourceType: "User", ResourceID: userID, Version: 2,
				Actor: "Entra", RequestID: "req-1", Detail: json.RawMessage(`{"name": "grace"}`),
			},
		}
		if diff := cmp.Diff(want, follow(t, r.DB, schema, len(want))); diff != "" {
			t.Errorf("journal (-want +got):\n%s", diff)
		}
	})
}

// Without the journal a change is made and observed all the same, one or many at once, and leaves no row.
func TestRecordOff(t *testing.T) {
	t.Parallel()
	eachShape(t, func(t *testing.T, r *journal.Recorder, schema tenantdb.Schema) {
		r.Off = true
		observed := 0
		ctx := journal.WithOrigin(t.Context(), journal.Origin{Observe: func(journal.Entry) { observed++ }})
		got, err := r.Record(ctx, schema, insert(schema, userID, "ada"))
		if diff := cmp.Diff(journal.Result{Changed: true, Version: 1, Extra: []byte(`"ada"`)}, got); diff != "" || err != nil {
			t.Errorf("%v (-want +got)\n%s", err, diff)
		}
		made, err := r.RecordAll(ctx, schema, insertAll(schema, "a", "ada", "b"))
		if diff := cmp.Diff([]bool{true, false, true}, made); diff != "" || err != nil {
			t.Errorf("%v (-want +got)\n%s", err, diff)
		}
		var things, rows int
		if err := r.DB.QueryRow(`SELECT (SELECT count(*) FROM `+schema.Table("thing")+`), (SELECT count(*) FROM `+schema.Table("journal")+`)`).Scan(&things, &rows); err != nil {
			t.Fatal(err)
		}
		if things != 3 || rows != 0 || observed != 3 {
			t.Errorf("%d things, %d rows, %d observed", things, rows, observed)
		}
	})
}

// A journal row that cannot be written takes its change with it.
func TestRecordIsAtomic(t *testing.T) {
	t.Parallel()
	eachShape(t, func(t *testing.T, r *journal.Recorder, schema tenantdb.Schema) {
		first, second := insert(schema, uuid.NewString(), "a"), insert(schema, uuid.NewString(), "b")
		first.Entry.ID = uuid.NewString()
		second.Entry.ID = first.Entry.ID
		if _, err := r.Record(t.Context(), schema, first); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Record(t.Context(), schema, second); err == nil {
			t.Fatal("the same journal id was accepted twice")
		}
		var names []string
		if err := r.DB.Select(&names, `SELECT name FROM `+schema.Table("thing")+` ORDER BY name`); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"a"}, names); diff != "" {
			t.Errorf("changes (-want +got):\n%s", diff)
		}
	})
}

// The server undoes the change a number of times, as after a deadlock: Record tries three times altogether.
func TestRecordRetries(t *testing.T) {
	t.Parallel()
	eachShape(t, func(t *testing.T, r *journal.Recorder, schema tenantdb.Schema) {
		// A sequence counts on when its transaction is undone.
		r.DB.MustExec(`CREATE SEQUENCE ` + schema.Table("attempt"))
		r.DB.MustExec(`CREATE FUNCTION ` + schema.Table("undo") + `(times int, code text) RETURNS int LANGUAGE plpgsql AS $$
			BEGIN
				IF nextval('` + schema.Table("attempt") + `') <= times THEN RAISE EXCEPTION 'undone' USING ERRCODE = code; END IF;
				RETURN 1;
			END $$`)
		for _, tc := range []struct {
			times    int
			code     string
			attempts int
			ok       bool
		}{
			{0, "40P01", 1, true},
			{2, "40P01", 3, true},
			{2, "40001", 3, true},
			{9, "40001", 3, false},
			{9, "22023", 1, false},
		} {
			r.DB.MustExec(`ALTER SEQUENCE ` + schema.Table("attempt") + ` RESTART`)
			id := uuid.NewString()
			change := insert(schema, id, id)
			change.Outcome = `SELECT ` + schema.Table("undo") + `($3, $4) = 1 AS changed, version, NULL::jsonb AS detail,
				NULL::jsonb AS extra FROM ins`
			change.Args = append(change.Args, tc.times, tc.code)
			_, err := r.Record(t.Context(), schema, change)
			var attempts, rows int
			if err := r.DB.Get(&attempts, `SELECT last_value FROM `+schema.Table("attempt")); err != nil {
				t.Fatal(err)
			}
			if err := r.DB.Get(&rows, `SELECT count(*) FROM `+schema.Table("journal")+` WHERE resource_id = $1`, id); err != nil {
				t.Fatal(err)
			}
			if (err == nil) != tc.ok || attempts != tc.attempts || (rows == 1) != tc.ok {
				t.Errorf("%d times %s: %d attempts, %d rows, %v", tc.times, tc.code, attempts, rows, err)
			}
		}
	})
}

func TestOrigin(t *testing.T) {
	t.Parallel()
	want := journal.Origin{Actor: "a", RequestID: "r"}
	if diff := cmp.Diff(want, journal.OriginFrom(journal.WithOrigin(t.Context(), want))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := journal.OriginFrom(context.Background()); got.Actor+got.RequestID != "" {
		t.Errorf("empty context: %v", got)
	}
}
