package journal_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// days fills a journal with a create, a delete, a refused delete and an update of each of n days before at, which is not
// one of them; each is named by its day.
func days(t *testing.T, db *tenantdb.DB, schema tenantdb.Schema, n int) {
	t.Helper()
	loader := journal.Load(db, schema)
	for day := n; day >= 1; day-- {
		for i, action := range []journal.Action{journal.ActionCreate, journal.ActionDelete, "refused", journal.ActionUpdate} {
			e := journal.Entry{
				At: at.AddDate(0, 0, -day), Action: action, ResourceType: "User", ResourceID: userID, RequestID: fmt.Sprintf("%s %d", action, day),
				Detail: json.RawMessage(`{}`),
			}
			if action == "refused" {
				e.Action, e.Outcome, e.Status = journal.ActionDelete, journal.Refused, 404
			}
			e.ID = idAt(e.At, i)
			if err := loader.Add(t.Context(), 0, e); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := loader.Finish(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func left(t *testing.T, db *tenantdb.DB, schema tenantdb.Schema) (names []string) {
	t.Helper()
	if err := db.SelectContext(t.Context(), &names, `SELECT request_id FROM `+schema.Table("journal")+` ORDER BY id`); err != nil {
		t.Fatal(err)
	}
	return names
}

// What is old goes, but for accepted deletions that can be undone still, and whoever follows goes on.
func TestPrune(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 1)
	schema := tenantdb.SchemaFor(tenants[0].ID)
	days(t, db, schema, 6)
	var cursor journal.Cursor
	following(t, db, schema, &cursor, 10, 10) // days 6 and 5, and the half of day 4

	removed, err := journal.Prune(t.Context(), db, schema, at.AddDate(0, 0, -2), at.AddDate(0, 0, -4))
	if removed != 14 || err != nil {
		t.Errorf("%d were removed, %v", removed, err)
	}
	want := []string{"delete 4", "delete 3", "create 2", "delete 2", "refused 2", "update 2", "create 1", "delete 1", "refused 1", "update 1"}
	if diff := cmp.Diff(want, left(t, db, schema)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if removed, err = journal.Prune(t.Context(), db, schema, at.AddDate(0, 0, -2), at.AddDate(0, 0, -4)); removed != 0 || err != nil {
		t.Errorf("again: %d were removed, %v", removed, err)
	}
	if diff := cmp.Diff(want[1:], next(t, db, schema, &cursor, 100)); diff != "" {
		t.Errorf("followed (-want +got)\n%s", diff)
	}
}

// A long journal is pruned in many statements, and the pruning passes over what is kept.
func TestPruneMany(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 1)
	schema := tenantdb.SchemaFor(tenants[0].ID)
	// 1500 deletions that are kept, 3000 others that are old, 500 that are not.
	db.MustExec(`INSERT INTO `+schema.Table("journal")+` (id, at, action, resource_type, resource_id, version, actor, request_id, detail)
		SELECT ('0190a0a0-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, $1::timestamptz + n * interval '1 second',
			CASE WHEN n <= 1500 THEN 'delete' ELSE 'update' END, 'User', $2::uuid, 1, '', '', '{}' FROM generate_series(1, 5000) n`, at, userID)
	pruning := journal.Pruning{Schema: schema, Before: at.Add(4501 * time.Second), KeepDeletes: at}
	var steps []int64
	for done := false; !done; {
		removed, finished, err := pruning.Step(t.Context(), db)
		if err != nil || len(steps) > 5 {
			t.Fatalf("%v, removed %v", err, steps)
		}
		done, steps = finished, append(steps, removed)
	}
	if diff := cmp.Diff([]int64{0, 500, 1000, 1000, 500, 0}, steps); diff != "" {
		t.Errorf("removed by each step (-want +got)\n%s", diff)
	}
	if n := len(left(t, db, schema)); n != 2000 {
		t.Errorf("%d are left", n)
	}
}

// Pruning waits for no one who writes, nor do they for it.
func TestPruneWaitsForNobody(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 1)
	schema := tenantdb.SchemaFor(tenants[0].ID)
	days(t, db, schema, 3)
	tx, err := db.BeginTxx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	write := `INSERT INTO ` + schema.Table("journal") + ` (id, at, action, resource_type, resource_id, version, actor, request_id, detail)
		VALUES ($1, $2, 'update', 'User', $3, 1, '', 'open', '{}')`
	tx.MustExec(write, idAt(at.AddDate(0, 0, -3), 99), at.AddDate(0, 0, -3), userID)
	if removed, err := journal.Prune(t.Context(), db, schema, at, at); removed != 12 || err != nil {
		t.Errorf("beside an open transaction: %d were removed, %v", removed, err)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	// What a pruning holds until its end keeps no writer from writing.
	pruning, err := db.BeginTxx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer pruning.Rollback()
	if removed, err := journal.Prune(t.Context(), pruning, schema, at, at); removed != 1 || err != nil {
		t.Errorf("%d were removed, %v", removed, err)
	}
	db.MustExec(write, idAt(at, 100), at, userID)
	if err := pruning.Commit(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"open"}, left(t, db, schema)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
