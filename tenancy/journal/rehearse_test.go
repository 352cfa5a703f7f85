package journal_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// A rehearsal tells what would come of a change, and leaves nothing of it.
func TestRehearse(t *testing.T) {
	t.Parallel()
	eachShape(t, func(t *testing.T, r *journal.Recorder, schema tenantdb.Schema) {
		observed := 0
		ctx := journal.Rehearse(journal.WithOrigin(t.Context(), journal.Origin{Observe: func(journal.Entry) { observed++ }}))
		result, err := r.Record(ctx, schema, insert(schema, userID, "ada"))
		if diff := cmp.Diff(journal.Result{Changed: true, Version: 1, Extra: []byte(`"ada"`)}, result); err != nil || diff != "" {
			t.Errorf("%v %s", err, diff)
		}
		if result, err = r.Record(ctx, schema, rename(schema, userID, "bob", 1)); err != nil || result.Changed {
			t.Errorf("what was rehearsed is there: %+v %v", result, err)
		}
		if _, err := r.Record(t.Context(), schema, insert(schema, userID, "ada")); err != nil {
			t.Fatal(err)
		}
		_, err = r.Record(ctx, schema, insert(schema, "0190a0a0-0000-7000-8000-000000000002", "ada"))
		if _, _, taken := tenantdb.UniqueViolation(err); !taken {
			t.Errorf("a name that is taken: %v", err)
		}
		if _, err := r.RecordAll(ctx, schema, journal.Batch{}); !errors.Is(err, journal.ErrRehearsal) {
			t.Errorf("a batch: %v", err)
		}
		page, err := journal.List(t.Context(), r.DB, schema, journal.Query{})
		if err != nil || len(page.Entries) != 1 || observed != 0 {
			t.Errorf("%+v %v, %d observed", page, err, observed)
		}
	})
}
