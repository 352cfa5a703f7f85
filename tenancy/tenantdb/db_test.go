package tenantdb_test

import (
	"context"
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

func TestOpen(t *testing.T) {
	t.Parallel()
	address := pgtest.Database(t)
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	dsn := fmt.Sprintf("host=%s port=%s user=%s dbname=%s sslmode=disable", u.Hostname(), u.Port(), u.User.Username(), u.Path[1:])
	if password, ok := u.User.Password(); ok {
		dsn += " password='" + password + "'"
	}
	for name, tc := range map[string]struct {
		url     string
		options tenantdb.Options
		timeout string
		jit     string
	}{
		"url":        {address, tenantdb.Options{}, "10s", "off"},
		"dsn":        {dsn, tenantdb.Options{StatementTimeout: 1500 * time.Millisecond}, "1500ms", "off"},
		"no timeout": {address, tenantdb.Options{StatementTimeout: -1}, "0", "off"},
		"in the url": {address + "&statement_timeout=2000&jit=on", tenantdb.Options{}, "2s", "on"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db, err := tenantdb.Open(t.Context(), tc.url, tc.options)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			const q = `SELECT ARRAY[current_setting('statement_timeout'), current_setting('jit'), current_setting('application_name'), encode($1, 'hex')]::text`
			var text string
			if err := db.QueryRowContext(t.Context(), q, []byte{0, 0xff}).Scan(&text); err != nil {
				t.Fatal(err)
			}
			// Bytes arrive as bytes: parameters are binary.
			if diff := cmp.Diff("{"+tc.timeout+","+tc.jit+",spoke,00ff}", text); diff != "" {
				t.Errorf("session (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	if _, err := tenantdb.Open(t.Context(), "postgres://127.0.0.1:1/x?sslmode=disable", tenantdb.Options{}); !tenantdb.Unavailable(err) {
		t.Errorf("a server that refuses connections: %v", err)
	}
	if _, err := tenantdb.Open(t.Context(), "nonsense", tenantdb.Options{}); err == nil || tenantdb.Unavailable(err) {
		t.Errorf("a malformed DSN: %v", err)
	}
	if _, err := tenantdb.Open(t.Context(), "postgres://127.0.0.1:1/x", tenantdb.Options{MaxOpen: 1}); err == nil || tenantdb.Unavailable(err) {
		t.Errorf("one connection: %v", err)
	}
}

func TestStatementTimeoutIsUnavailable(t *testing.T) {
	t.Parallel()
	db := open(t, pgtest.Database(t), tenantdb.Options{StatementTimeout: 250 * time.Millisecond})
	if _, err := db.ExecContext(t.Context(), `SELECT pg_sleep(30)`); !tenantdb.Unavailable(err) {
		t.Errorf("statement timeout: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := db.ExecContext(ctx, `SELECT pg_sleep(30)`); !tenantdb.Unavailable(err) {
		t.Errorf("deadline: %v", err)
	}
}

func TestServerGoesAway(t *testing.T) {
	t.Parallel()
	proxy := pgtest.NewProxy(t, pgtest.Database(t))
	db := open(t, proxy.URL, tenantdb.Options{})
	proxy.Away()
	if _, err := db.ExecContext(t.Context(), `SELECT 1`); !tenantdb.Unavailable(err) {
		t.Errorf("server away: %v", err)
	}
	proxy.Back()
	if _, err := db.ExecContext(t.Context(), `SELECT 1`); err != nil {
		t.Errorf("server back: %v", err)
	}
}

func TestTerminatedBackend(t *testing.T) {
	t.Parallel()
	db := open(t, pgtest.Database(t), tenantdb.Options{})
	tx, err := db.BeginTxx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	var pid int
	if err := tx.Get(&pid, `SELECT pg_backend_pid()`); err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), `SELECT pg_terminate_backend($1, 5000)`, pid); err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(`SELECT 1`); !tenantdb.Unavailable(err) {
		t.Errorf("terminated backend: %v", err)
	}
}

func open(t *testing.T, address string, options tenantdb.Options) *tenantdb.DB {
	t.Helper()
	db, err := tenantdb.Open(t.Context(), address, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// A server that hangs is not waited for longer than a statement may take, and a little.
func TestHangingServer(t *testing.T) {
	t.Parallel()
	proxy := pgtest.NewProxy(t, pgtest.Database(t))
	db := pgtest.Open(t, proxy.URL, tenantdb.Options{StatementTimeout: 250 * time.Millisecond, ConnectTimeout: 3 * time.Second})
	answers := func() { // after a while, where the machine is so slow that a statement takes longer than it may
		t.Helper()
		fixture.Succeeds(t, "it answers", func() error { _, err := db.ExecContext(t.Context(), "SELECT 1"); return err })
	}
	answers()
	proxy.Stall()
	if _, err := db.ExecContext(t.Context(), "SELECT 1"); !tenantdb.Unavailable(err) {
		t.Errorf("while it hangs: %v, want an error that says that Postgres is away", err)
	}
	proxy.Back()
	answers()
}
