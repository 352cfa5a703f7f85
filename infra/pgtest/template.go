package pgtest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/lib/pq"

	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// ControlDatabase returns the URL of a new database with the control schema and no tenant, which is dropped when the test
// ends. It is a copy of a template that the server keeps, since to run the migrations takes twice as long as all else.
func ControlDatabase(t testing.TB) string {
	t.Helper()
	server := serverURL(t)
	name, err := template(server)
	if err != nil {
		t.Fatalf("test server: a template with the control schema: %v", err)
	}
	return create(t, server, name)
}

// Control returns a pool on a new database with the control schema and no tenant. Both end with the test.
func Control(t testing.TB) *tenantdb.DB {
	t.Helper()
	return Open(t, ControlDatabase(t), tenantdb.Options{})
}

// templates has the outcome of each server's template, of which a process asks once.
var templates sync.Map // of func() error by URL

// template returns the name of a database with the control schema, which nobody may connect to. It is made when the server
// has none of these very migrations, by one process while the others wait, and stays as long as the server.
func template(server string) (string, error) {
	name := "spoke_test_template_" + lifecycle.ControlFingerprint()
	once, _ := templates.LoadOrStore(server, sync.OnceValue(func() error { return ensure(server, name) }))
	return name, once.(func() error)()
}

// ensure makes the template when it is not there. Half of one has another name, and is begun anew.
func ensure(server, name string) (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	pool, err := openServer(server)
	if err != nil {
		return err
	}
	defer pool.Close()
	conn, err := pool.Conn(ctx) // which has the lock, until it ends
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, `SELECT pg_advisory_lock(hashtextextended($1, 0))`, name); err != nil {
		return err
	}
	var there bool
	if err := conn.QueryRowContext(ctx, `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`, name).Scan(&there); err != nil || there {
		return err
	}
	half := pq.QuoteIdentifier(name + "_half")
	for _, statement := range []string{`DROP DATABASE IF EXISTS ` + half + ` WITH (FORCE)`, `CREATE DATABASE ` + half + ` TEMPLATE template0`} {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	url, err := databaseURL(server, name+"_half")
	if err != nil {
		return err
	}
	if err := migrate(ctx, url); err != nil {
		return err
	}
	if err := left(ctx, conn, name+"_half"); err != nil {
		return err
	}
	for _, statement := range []string{`ALTER DATABASE ` + half + ` ALLOW_CONNECTIONS false`, `ALTER DATABASE ` + half + ` RENAME TO ` + pq.QuoteIdentifier(name)} {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return nil
}

func migrate(ctx context.Context, url string) (err error) {
	db, err := tenantdb.Open(ctx, url, tenantdb.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return lifecycle.New(lifecycle.Config{DB: db}).MigrateControl(ctx)
}

// left waits until the sessions on a database have ended, which they do a moment after their connections.
func left(ctx context.Context, conn *sql.Conn, name string) error {
	for {
		var n int
		if err := conn.QueryRowContext(ctx, `SELECT count(*) FROM pg_stat_activity WHERE datname = $1`, name).Scan(&n); err != nil || n == 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
}
