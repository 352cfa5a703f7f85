package operator_test

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/tenancy/operator"
)

// Calls that anybody can make are kept for a week.
func TestPruneStrangers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, who := range []string{operator.Anonymous, actor} {
		if _, err := w.Record(t.Context(), operator.Call{Actor: who, Operation: "getMe", RequestID: uuid.NewString()}); err != nil {
			t.Fatal(err)
		}
	}
	for _, step := range []struct {
		pass time.Duration
		want int64
	}{{6 * 24 * time.Hour, 0}, {24 * time.Hour, 1}, {0, 0}} {
		w.clock.Pass(step.pass)
		if deleted, err := w.Prune(t.Context(), operator.DefaultKeepCalls); err != nil || deleted != step.want {
			t.Errorf("after another %s %d rows went, %v", step.pass, deleted, err)
		}
	}
	list, _, err := w.Calls(t.Context(), operator.CallFilter{}, operator.Page{Limit: 5})
	if err != nil || len(list) != 1 || list[0].Actor != actor {
		t.Errorf("left are %v, %v", list, err)
	}
}

func TestPrune(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	fill := func() {
		if _, err := w.Record(t.Context(), operator.Call{Actor: actor, Operation: "getMe", RequestID: uuid.NewString()}); err != nil {
			t.Fatal(err)
		}
		attempt(t, w.Store, uuid.NewString(), "request")
		w.link(t)
	}
	// More than a batch, without a statement for each.
	if _, err := w.db.ExecContext(t.Context(), `INSERT INTO spoke.audit (id, at, actor, name, role, operation, request_id, address, problem, replayed)
		SELECT md5(i::text)::uuid, $1, 'a', '', '', '', md5(i::text)::uuid, '', '', false FROM generate_series(1, 2500) i`, w.clock.Now()); err != nil {
		t.Fatal(err)
	}
	fill()
	w.clock.Pass(100 * 24 * time.Hour)
	fill()
	deleted, err := w.Prune(t.Context(), 30*24*time.Hour)
	if err != nil || deleted != 2503 {
		t.Errorf("%d rows went, %v", deleted, err)
	}
	for _, table := range []string{"audit", "idempotency", "setup_links"} {
		var left int
		if err := w.db.GetContext(t.Context(), &left, `SELECT count(*) FROM spoke.`+table); err != nil || left != 1 {
			t.Errorf("%s: %d are left, %v", table, left, err)
		}
	}
}
