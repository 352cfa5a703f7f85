package tenantdb_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lib/pq"

	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

const enough = 2 * tenantdb.AdmitAfter

func TestPreparedSurvivesTheBackend(t *testing.T) {
	t.Parallel()
	address := pgtest.Database(t)
	proxy := pgtest.NewProxy(t, address)
	db := open(t, proxy.URL, tenantdb.Options{Prepared: 4, MaxOpen: 2})
	other := open(t, address, tenantdb.Options{ApplicationName: "other"})
	ask(t, db, `SELECT $1::text`, "a", enough)
	var ended int
	err := other.QueryRowContext(t.Context(), `SELECT count(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity
		WHERE datname = current_database() AND application_name = 'spoke'`).Scan(&ended)
	if err != nil || ended == 0 {
		t.Fatalf("%d backends ended: %v", ended, err)
	}
	if got := ask(t, db, `SELECT $1::text`, "b", 3); got != "b" {
		t.Errorf("answer %q", got)
	}
	proxy.Away()
	var text string
	if err := db.QueryRowFixed(t.Context(), `SELECT $1::text`, "c").Scan(&text); !tenantdb.Unavailable(err) {
		t.Errorf("without a server: %v", err)
	}
	proxy.Back()
	if got := ask(t, db, `SELECT $1::text`, "d", 3); got != "d" {
		t.Errorf("answer %q", got)
	}
	if got := preparedHere(t, db, 1); got[0] != 1 {
		t.Errorf("%d statements are prepared", got[0])
	}
}

// Somebody else takes the statements away, as behind a pooler: the answer is right, and for a while none is prepared.
func TestPreparedTakenAway(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	var now atomic.Int64
	o := tenantdb.Options{Prepared: 4, MaxOpen: 2, Logger: slog.New(slog.NewTextHandler(&log, nil))}
	db := open(t, pgtest.Database(t), tenantdb.WithClock(o, func() time.Time { return time.Unix(1_000_000, now.Load()) }))
	for range 2 {
		ask(t, db, `SELECT $1::text`, "a", enough)
		if got := preparedHere(t, db, 1); got[0] != 1 {
			t.Fatalf("%d statements are prepared", got[0])
		}
		db.MustExec(`DEALLOCATE ALL`)
		if got := ask(t, db, `SELECT $1::text`, "b", enough); got != "b" {
			t.Errorf("answer %q", got)
		}
		if got := preparedHere(t, db, 1); got[0] != 0 {
			t.Errorf("%d statements are prepared meanwhile", got[0])
		}
		now.Add(int64(tenantdb.Rest))
	}
	if n := strings.Count(log.String(), "level=WARN"); n != 1 {
		t.Errorf("logged %d times:\n%s", n, log.String())
	}
}

// A name that another session's statement has, as behind a pooler.
func TestPreparedNameTaken(t *testing.T) {
	t.Parallel()
	db := open(t, pgtest.Database(t), tenantdb.Options{Prepared: 4, MaxOpen: 2})
	db.MustExec(`PREPARE "1" (text) AS SELECT 'of another tenant' || $1`)
	if got := ask(t, db, `SELECT $1::text`, "a", enough); got != "a" {
		t.Errorf("answer %q", got)
	}
}

func TestPreparedSchemaChanges(t *testing.T) {
	t.Parallel()
	db := open(t, pgtest.Database(t), tenantdb.Options{Prepared: 4, MaxOpen: 2})
	const query = `SELECT v FROM t WHERE id = $1`
	for _, change := range []string{
		`CREATE TABLE t (id int PRIMARY KEY, v int); INSERT INTO t VALUES (1, 7)`,
		`ALTER TABLE t ALTER v TYPE text`,  // another result: 0A000
		`ALTER TABLE t ALTER id TYPE text`, // another argument
		`ALTER TABLE t ADD more int`,       // nothing of the statement
		`DROP TABLE t; CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (1, '7')`,
	} {
		db.MustExec(change)
		if got := ask(t, db, query, 1, enough); got != "7" {
			t.Errorf("after %s: %q", change, got)
		}
		if got := preparedHere(t, db, 1); got[0] != 1 {
			t.Errorf("after %s: %d statements are prepared", change, got[0])
		}
	}
	db.MustExec(`DROP TABLE t`)
	var v string
	err := db.QueryRowFixed(t.Context(), query, 1).Scan(&v)
	if pqErr := pq.As(err, "42P01"); pqErr == nil {
		t.Errorf("a table that is gone: %v", err)
	}
}

// A call that is given up does not harm the next one.
func TestPreparedCancelled(t *testing.T) {
	t.Parallel()
	db := open(t, pgtest.Database(t), tenantdb.Options{Prepared: 4, MaxOpen: 2})
	const query = `SELECT 'slept' || pg_sleep($1::float8)::text`
	ask(t, db, query, 0, enough)
	for range 5 {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		var text string
		if err := db.QueryRowFixed(ctx, query, 30).Scan(&text); !tenantdb.Unavailable(err) {
			t.Errorf("a deadline: %v", err)
		}
		cancel()
		if got := ask(t, db, query, 0, 20); got != "slept" {
			t.Errorf("answer %q", got)
		}
	}
}

// Where the session is not the connection's own, nothing is prepared: a statement's name could be another tenant's.
func TestPreparedNotBehindPooler(t *testing.T) {
	t.Parallel()
	for name, refuse := range map[string]bool{"leaves the mark out": false, "refuses the mark": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			f := newFrontend(t, pgtest.Database(t), !refuse, refuse)
			db := open(t, f.url, tenantdb.Options{Prepared: 4, MaxOpen: 2, Logger: slog.New(slog.NewTextHandler(&log, nil))})
			if got := ask(t, db, `SELECT $1::text`, "a", enough); got != "a" {
				t.Errorf("answer %q", got)
			}
			preparedHere(t, db, 2) // a second connection
			if n := f.prepared(); n != 0 {
				t.Errorf("%d statements were prepared", n)
			}
			if n := strings.Count(log.String(), "a pooler is between"); n != 1 {
				t.Errorf("logged %d times:\n%s", n, log.String())
			}
		})
	}
}
