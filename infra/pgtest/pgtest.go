// Package pgtest gives a test a Postgres database of its own.
//
// The server is the one at SPOKE_TEST_DATABASE_URL (a superuser's URL) or, without it, a private one that the test
// process starts. A test is never skipped for want of Postgres: it fails and says what is missing.
//
// It does not migrate anything, except in [Tenants], and in [Control] and [ControlDatabase].
package pgtest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"fmt"
	"net/url"
	"os"
	"testing"
	"time"

	"github.com/lib/pq"
)

// Variable names the environment variable with the URL of a server to use.
const Variable = "SPOKE_TEST_DATABASE_URL"

// Database returns the URL of a new, empty database, which is dropped when the test ends. Tests that call it may run
// in parallel.
func Database(t testing.TB) string {
	t.Helper()
	return create(t, serverURL(t), "template0")
}

// create makes a copy of a template, which is dropped when the test ends, and returns its URL.
func create(t testing.TB, server, template string) string {
	t.Helper()
	name := uniqueName()
	admin(t, server, `CREATE DATABASE `+pq.QuoteIdentifier(name)+` TEMPLATE `+pq.QuoteIdentifier(template))
	t.Cleanup(func() { admin(t, server, `DROP DATABASE IF EXISTS `+pq.QuoteIdentifier(name)+` WITH (FORCE)`) })
	address, err := databaseURL(server, name)
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// databaseURL returns the URL of a database on a server.
func databaseURL(server, name string) (string, error) {
	u, err := url.Parse(server)
	if err != nil {
		return "", fmt.Errorf("%s is not a URL: %w", Variable, err)
	}
	u.Path = "/" + name
	query := u.Query()
	if !query.Has("sslmode") {
		query.Set("sslmode", "disable")
	}
	u.RawQuery = query.Encode()
	return u.String(), nil
}

// serverURL returns the URL of a server, started on the first call when there is none.
func serverURL(t testing.TB) string {
	t.Helper()
	if server := os.Getenv(Variable); server != "" {
		return server
	}
	server, err := private()
	if err != nil {
		t.Fatalf("no Postgres for tests: set %s to a superuser's URL, or install the server's binaries: %v", Variable, err)
	}
	return server
}

func uniqueName() string {
	var b [8]byte
	rand.Read(b[:]) // never fails, by its documentation
	return fmt.Sprintf("spoke_test_%d_%s", os.Getpid(), hex.EncodeToString(b[:]))
}

// admin runs one statement on the server's own database. It opens a connection for it, so that none outlives the test.
func admin(t testing.TB, server, statement string) {
	t.Helper()
	db, err := openServer(server)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if _, err := db.ExecContext(ctx, statement); err != nil {
		t.Fatalf("test server: %s: %v", statement, err)
	}
}

// openServer returns a pool on the server's own database, which has connected to nothing yet.
func openServer(server string) (*sql.DB, error) {
	config, err := pq.NewConfig(server)
	if err != nil {
		return nil, fmt.Errorf("%s is not a URL of Postgres: %w", Variable, err)
	}
	if config.SSLMode == "" {
		config.SSLMode = pq.SSLModeDisable
	}
	connector, err := pq.NewConnectorConfig(config)
	if err != nil {
		return nil, fmt.Errorf("%s is not a URL of Postgres: %w", Variable, err)
	}
	return sql.OpenDB(connector), nil
}
