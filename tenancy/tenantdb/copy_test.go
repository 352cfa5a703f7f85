package tenantdb_test

import (
	"context"
	"errors"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// TestCopyIn writes rows, and finds the first one that Postgres refuses, for each reason and at each place; then none is
// written.
func TestCopyIn(t *testing.T) {
	t.Parallel()
	db := pgtest.DB(t)
	if _, err := db.Exec(`CREATE TABLE public.things (id integer PRIMARY KEY, name text, form json)`); err != nil {
		t.Fatal(err)
	}
	columns := []string{"id", "name", "form"}
	rows := func(n int) [][]any {
		list := make([][]any, n)
		for i := range list {
			list[i] = []any{int64(i), "a\tb\\\n" + strconv.Itoa(i), `{"a":"\\"}`}
		}
		return list
	}
	copyIn := func(list [][]any) error { return db.CopyIn(t.Context(), `"public"."things"`, columns, list) }
	for _, n := range []int{1, 2, 3, 100} {
		for _, at := range []int{0, 1, n / 2, n - 1} {
			for name, spoil := range map[string]func(row []any){
				"NUL": func(row []any) { row[1] = "\x00" }, "form": func(row []any) { row[2] = "{" },
				"number": func(row []any) { row[0] = int64(1) << 40 }, "twice": func(row []any) { row[0] = int64(at) - 1 },
			} {
				if at >= n || name == "twice" && at == 0 {
					continue
				}
				list := rows(n)
				spoil(list[at])
				spoil(list[n-1])
				var refused *tenantdb.RowError
				if err := copyIn(list); !errors.As(err, &refused) || refused.Row != at {
					t.Errorf("%s in row %d of %d: %v", name, at, n, err)
				}
			}
		}
	}
	if err := copyIn(append(rows(3), []any{int64(3), nil, nil})); err != nil {
		t.Fatal(err)
	}
	var got []string
	if err := db.Select(&got, `SELECT COALESCE(name, 'null') FROM public.things ORDER BY id`); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a\tb\\\n0", "a\tb\\\n1", "a\tb\\\n2", "null"}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	var refused *tenantdb.RowError
	if err := db.CopyIn(t.Context(), `"public"."nothing"`, columns, rows(1)); err == nil || errors.As(err, &refused) {
		t.Errorf("no table: %v", err)
	}
	if err := copyIn(nil); err != nil {
		t.Errorf("no rows: %v", err)
	}
}

// TestLockedShared takes a lock in both ways.
func TestLockedShared(t *testing.T) {
	t.Parallel()
	db := pgtest.DB(t)
	ctx := t.Context()
	try := func() (ours bool) {
		ours, err := db.TryLocked(ctx, "x", func(context.Context) error { return nil })
		if err != nil {
			t.Error(err)
		}
		return ours
	}
	met := errors.New("met")
	err := db.LockedShared(ctx, "x", func(ctx context.Context) error {
		return db.LockedShared(ctx, "x", func(context.Context) error {
			if try() {
				t.Error("held alone while it is shared")
			}
			return met
		})
	})
	if !errors.Is(err, met) || !try() {
		t.Errorf("%v, or it is still held", err)
	}
}
