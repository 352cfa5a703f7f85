package pgtest

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"sync/atomic"
	"testing"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// Counter counts the statements that a pool sends.
type Counter struct {
	driver.Connector
	n atomic.Int64
}

// Counted returns a pool on the database at url, which ends with the test, and the counter of its statements. It
// prepares none, so that each is one.
func Counted(t testing.TB, url string) (*tenantdb.DB, *Counter) {
	t.Helper()
	config, err := pq.NewConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	config.BinaryParameters = true
	connector, err := pq.NewConnectorConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	c := &Counter{Connector: connector}
	counted := *Open(t, url, tenantdb.Options{}) // with what it needs to listen
	counted.DB = sqlx.NewDb(sql.OpenDB(c), "postgres")
	db := &counted
	t.Cleanup(func() { db.Close() })
	return db, c
}

// Load returns how many there were.
func (c *Counter) Load() int64 { return c.n.Load() }

// Connect opens a connection whose statements are counted.
func (c *Counter) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	return &countedConn{Conn: conn, n: &c.n}, err
}

type countedConn struct {
	driver.Conn
	n *atomic.Int64
}

func (c *countedConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	c.n.Add(1)
	return c.Conn.(driver.QueryerContext).QueryContext(ctx, query, args)
}

func (c *countedConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	c.n.Add(1)
	return c.Conn.(driver.ExecerContext).ExecContext(ctx, query, args)
}

func (c *countedConn) CheckNamedValue(v *driver.NamedValue) error {
	return c.Conn.(driver.NamedValueChecker).CheckNamedValue(v)
}
