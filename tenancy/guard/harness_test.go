package guard_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/guard"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// world is a tenant whose directory and journal are made by hand, and the clock of decisions.
type world struct {
	testing.TB
	*guard.Store
	db     *tenantdb.DB
	schema tenantdb.Schema
	mu     sync.Mutex
	now    time.Time
}

func open(t testing.TB) *world {
	t.Helper()
	db, tenants := pgtest.Tenants(t, 1)
	w := &world{TB: t, db: db, schema: tenantdb.SchemaFor(tenants[0].ID), now: noon}
	w.Store = guard.New(db, w.clock)
	return w
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) exec(statement string, args ...any) {
	w.Helper()
	if _, err := w.db.ExecContext(w.Context(), statement, args...); err != nil {
		w.Fatal(err)
	}
}

// users puts n users into the directory and returns their ids.
func (w *world) users(n int) []string {
	w.Helper()
	var ids []string
	err := w.db.SelectContext(w.Context(), &ids, `INSERT INTO `+w.schema.Table("users")+` (id, user_name, document, search, version, created, modified)
		SELECT id, id::text, json_build_object('userName', 'User ' || id), '{}', 1, $2, $2
		FROM (SELECT gen_random_uuid() AS id FROM generate_series(1, $1)) new RETURNING id`, n, noon.AddDate(0, 0, -9))
	if err != nil {
		w.Fatal(err)
	}
	return ids
}

func (w *world) groups(n int) []string {
	w.Helper()
	var ids []string
	err := w.db.SelectContext(w.Context(), &ids, `INSERT INTO `+w.schema.Table("groups")+` (id, display_name, display, document, search, version, created, modified)
		SELECT id, id::text, 'Group ' || id, '{}', '{}', 1, $2, $2
		FROM (SELECT gen_random_uuid() AS id FROM generate_series(1, $1)) new RETURNING id`, n, noon.AddDate(0, 0, -9))
	if err != nil {
		w.Fatal(err)
	}
	return ids
}

// note writes a row of the journal, and of a deletion it deletes.
func (w *world) note(a guard.Attempt) error {
	entry, err := journal.NewID()
	if err != nil {
		return err
	}
	table := map[string]string{"User": "users", "Group": "groups"}[a.ResourceType]
	return errors.Join(
		second(w.db.ExecContext(w.Context(), `INSERT INTO `+w.schema.Table("journal")+` (id, at, action, resource_type, resource_id, version, actor, request_id, detail)
			VALUES ($1, $2, $3, $4, $5, 1, '', '', '{}')`, entry, a.At, string(a.Action), a.ResourceType, a.ResourceID)),
		second(w.db.ExecContext(w.Context(), `DELETE FROM `+w.schema.Table(table)+` WHERE id = $1 AND $2 = 'delete'`, a.ResourceID, string(a.Action))))
}

func second[T any](_ T, err error) error { return err }

func attempt(kind, id string, action journal.Action, at time.Time) guard.Attempt {
	return guard.Attempt{ResourceType: kind, ResourceID: id, Action: action, At: at, Actor: "token"}
}

// try has the guard asked and the change made, and says what came of it.
func (w *world) try(g tenancy.Guard, a guard.Attempt) string {
	w.Helper()
	err := w.Do(w.Context(), w.schema, g, a, func() error { return w.note(a) })
	return w.outcome(err)
}

func (w *world) outcome(err error) string {
	w.Helper()
	var held *guard.HeldError
	var rejected *guard.RejectedError
	switch {
	case err == nil:
		return "passes"
	case errors.As(err, &held) && held.Opened:
		return "opens " + string(held.Hold.Found.Rule)
	case errors.As(err, &held):
		return "held"
	case errors.As(err, &rejected):
		return "rejected"
	}
	w.Fatal(err)
	return ""
}

// deleteAll deletes users one after another and says what came of them, each outcome once in a row with its number.
func (w *world) deleteAll(g tenancy.Guard, at time.Time, ids ...string) string {
	w.Helper()
	out, last, n := "", "", 0
	flush := func() {
		if n > 0 {
			out += fmt.Sprintf("%d %s, ", n, last)
		}
	}
	for _, id := range ids {
		got := w.try(g, attempt("User", id, journal.ActionDelete, at))
		if got != last {
			flush()
			last, n = got, 0
		}
		n++
	}
	flush()
	return out
}

func newID() string { return uuid.NewString() }
