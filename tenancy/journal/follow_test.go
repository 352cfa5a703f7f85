package journal_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

func record(t *testing.T, r *journal.Recorder, schema tenantdb.Schema, name string) {
	t.Helper()
	change := insert(schema, uuid.NewString(), name)
	change.Entry.RequestID = name
	if _, err := r.Record(t.Context(), schema, change); err != nil {
		t.Error(err)
	}
}

// following follows from the cursor until want names were read: a transaction of another test, in whatever database of
// the server, holds rows back too.
func following(t *testing.T, db *tenantdb.DB, schema tenantdb.Schema, cursor *journal.Cursor, limit, want int) []string {
	t.Helper()
	var names []string
	fixture.Eventually(t, fmt.Sprintf("%d entries", want), func() bool {
		names = append(names, next(t, db, schema, cursor, limit)...)
		return len(names) >= want
	})
	return names
}

// next follows from the cursor and returns the names that were recorded.
func next(t *testing.T, db *tenantdb.DB, schema tenantdb.Schema, cursor *journal.Cursor, limit int) []string {
	t.Helper()
	entries, after, err := journal.Follow(t.Context(), db, schema, *cursor, limit)
	if err != nil {
		t.Fatal(err)
	}
	*cursor = after
	var names []string
	for _, e := range entries {
		names = append(names, e.RequestID)
	}
	return names
}

func TestFollow(t *testing.T) {
	t.Parallel()
	db, schema := directory(t)
	r := &journal.Recorder{DB: db}
	var cursor journal.Cursor
	if got := next(t, db, schema, &cursor, 10); got != nil || cursor != "" {
		t.Errorf("an empty journal: %v, %q", got, cursor)
	}
	for _, name := range []string{"a", "b", "c"} {
		record(t, r, schema, name)
	}
	first := cursor
	if diff := cmp.Diff([]string{"a", "b", "c"}, following(t, db, schema, &cursor, 2, 3)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, want := range [][]string{{"a", "b"}, {"c"}, nil} { // again, now that all are old enough
		if diff := cmp.Diff(want, next(t, db, schema, &first, 2)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	for _, bad := range []journal.Cursor{
		"x", "1", "1.", ".x", "-1." + journal.Cursor(userID), "1.{" + userID + "}",
		"1'; DROP TABLE users; --." + userID,
	} {
		if _, _, err := journal.Follow(t.Context(), db, schema, bad, 1); !errors.Is(err, journal.ErrCursor) {
			t.Errorf("cursor %q: %v", bad, err)
		}
	}
}

// A transaction takes its number, others come and commit, and it commits last: the reader waits for it and then sees
// all, none twice.
func TestFollowLateCommit(t *testing.T) {
	t.Parallel()
	db, schema := directory(t)
	r := &journal.Recorder{DB: db}
	var cursor journal.Cursor
	record(t, r, schema, "before")
	if diff := cmp.Diff([]string{"before"}, following(t, db, schema, &cursor, 10, 1)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}

	late, err := db.BeginTxx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer late.Rollback()
	late.MustExec(`INSERT INTO `+schema.Table("journal")+` (id, at, action, resource_type, resource_id, version, actor, request_id, detail)
		VALUES ($1, $2, 'create', 'User', $3, 1, '', 'late', '{}')`, uuid.Must(uuid.NewV7()).String(), at, userID)
	record(t, r, schema, "during")

	if got := next(t, db, schema, &cursor, 10); got != nil {
		t.Errorf("while the transaction is open: %v", got)
	}
	if err := late.Commit(); err != nil {
		t.Fatal(err)
	}
	record(t, r, schema, "after")
	if diff := cmp.Diff([]string{"late", "during", "after"}, following(t, db, schema, &cursor, 10, 3)); diff != "" {
		t.Errorf("afterwards (-want +got):\n%s", diff)
	}
}

// Many writers and a reader at once: each row is seen exactly once.
func TestFollowWhileWriting(t *testing.T) {
	t.Parallel()
	eachShape(t, func(t *testing.T, r *journal.Recorder, schema tenantdb.Schema) {
		const writers, each = 4, 25
		var wg sync.WaitGroup
		for w := range writers {
			wg.Go(func() {
				for i := range each {
					record(t, r, schema, fmt.Sprintf("%d-%d", w, i))
				}
			})
		}
		done := make(chan struct{})
		go func() { wg.Wait(); close(done) }()
		var cursor journal.Cursor
		seen := make(map[string]int)
		read := 0
		see := func(names []string) {
			for _, name := range names {
				seen[name]++
				read++
			}
		}
		for writing := true; writing; {
			select {
			case <-done:
				writing = false
			default:
				see(next(t, r.DB, schema, &cursor, 7))
			}
		}
		see(following(t, r.DB, schema, &cursor, 7, writers*each-read))
		if len(seen) != writers*each {
			t.Errorf("%d rows seen of %d", len(seen), writers*each)
		}
		for name, n := range seen {
			if n != 1 {
				t.Errorf("%s was seen %d times", name, n)
			}
		}
	})
}
