package tenantdb_test

import (
	"database/sql"
	"fmt"
	"sync"
	"testing"

	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// ask calls a fixed statement n times with the argument and returns the last answer.
func ask(t *testing.T, db *tenantdb.DB, query string, arg any, n int) (answer string) {
	t.Helper()
	for range n {
		if err := db.QueryRowFixed(t.Context(), query, arg).Scan(&answer); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	}
	return answer
}

// preparedHere returns how many statements each of n connections has, all of them taken at once.
func preparedHere(t *testing.T, db *tenantdb.DB, n int) []int {
	t.Helper()
	list := make([]int, n)
	conns := make([]*sql.Conn, n)
	for i := range conns {
		var err error
		if conns[i], err = db.DB.Conn(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := conns[i].QueryRowContext(t.Context(), `SELECT count(*) FROM pg_prepared_statements`).Scan(&list[i]); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range conns {
		c.Close()
	}
	return list
}

// A hot statement is one round trip, and Postgres parses none of it.
func TestPreparedRoundTrips(t *testing.T) {
	t.Parallel()
	f := newFrontend(t, pgtest.Database(t), false, false)
	db := open(t, f.url, tenantdb.Options{Prepared: 4, MaxOpen: 2})
	const query = `SELECT $1::text || '!'`
	ask(t, db, query, "a", tenantdb.AdmitAfter-1)
	if n := f.prepared(); n != 0 {
		t.Errorf("%d statements were prepared before they were hot", n)
	}
	ask(t, db, query, "a", 1)
	f.reset()
	if got := ask(t, db, query, "b", 10); got != "b!" {
		t.Errorf("answer %q", got)
	}
	if f.count('P') != 0 || f.count('B') != 10 || f.count('S') != 10 {
		t.Errorf("10 calls: %d parses, %d binds, %d round trips", f.count('P'), f.count('B'), f.count('S'))
	}
	f.reset()
	ask(t, db, query, "c", tenantdb.RenewAfter)
	if n := f.prepared(); n != 1 {
		t.Errorf("renewed %d times", n)
	}
	if got := preparedHere(t, db, 1); got[0] != 1 {
		t.Errorf("%d statements are prepared", got[0])
	}
}

func TestPreparedOff(t *testing.T) {
	t.Parallel()
	db := open(t, pgtest.Database(t), tenantdb.Options{MaxOpen: 2})
	ask(t, db, `SELECT $1::text`, "a", 2*tenantdb.AdmitAfter)
	if got := preparedHere(t, db, 1); got[0] != 0 {
		t.Errorf("%d statements are prepared", got[0])
	}
}

// Many more hot statements than the limit, one after another: no connection ever holds more.
func TestPreparedBound(t *testing.T) {
	t.Parallel()
	const limit = 3
	db := open(t, pgtest.Database(t), tenantdb.Options{Prepared: limit, MaxOpen: 2})
	for i := range 40 {
		query := fmt.Sprintf(`SELECT $1::text || ' of %d'`, i)
		if got, want := ask(t, db, query, "x", 400), fmt.Sprintf("x of %d", i); got != want {
			t.Errorf("%q, want %q", got, want)
		}
		for _, n := range preparedHere(t, db, 2) {
			if n > limit {
				t.Fatalf("a connection has %d statements", n)
			}
		}
	}
}

// Many tenants at once, with more statements than the limit: each answer is the tenant's own, and each write is made once.
func TestPreparedUnderConcurrency(t *testing.T) {
	t.Parallel()
	const tenants, workers, rounds = 12, 8, 300
	db := open(t, pgtest.Database(t), tenantdb.Options{Prepared: 6, MaxOpen: 4})
	for i := range tenants {
		db.MustExec(fmt.Sprintf(`CREATE SCHEMA s%d; CREATE TABLE s%d.t (id text PRIMARY KEY, n int); INSERT INTO s%d.t VALUES ('own', %d)`, i, i, i, i))
	}
	var group sync.WaitGroup
	for w := range workers {
		group.Go(func() {
			for r := range rounds {
				i := (w*r + r*r/7) % tenants
				if r%3 > 0 {
					i %= 3 // some are hotter
				}
				var n int
				if err := db.QueryRowFixed(t.Context(), fmt.Sprintf(`SELECT n FROM s%d.t WHERE id = $1`, i), "own").Scan(&n); err != nil || n != i {
					t.Errorf("tenant %d: %d, %v", i, n, err)
				}
				id := fmt.Sprintf("%d/%d", w, r)
				write := fmt.Sprintf(`WITH w AS (INSERT INTO s%d.t VALUES ($1, %d) RETURNING n) SELECT n FROM w`, i, i)
				if err := db.QueryRowFixed(t.Context(), write, id).Scan(&n); err != nil || n != i {
					t.Errorf("tenant %d: %d, %v", i, n, err)
				}
			}
		})
	}
	group.Wait()
	total := 0
	for i := range tenants {
		var n, foreign int
		query := fmt.Sprintf(`SELECT count(*), count(*) FILTER (WHERE n <> %d) FROM s%d.t`, i, i)
		if err := db.QueryRowContext(t.Context(), query).Scan(&n, &foreign); err != nil || foreign != 0 {
			t.Errorf("tenant %d: %d rows of others, %v", i, foreign, err)
		}
		total += n
	}
	if total != tenants+workers*rounds {
		t.Errorf("%d rows, want %d", total, tenants+workers*rounds)
	}
	for _, n := range preparedHere(t, db, 4) {
		if n > 6 {
			t.Errorf("a connection has %d statements", n)
		}
	}
}
