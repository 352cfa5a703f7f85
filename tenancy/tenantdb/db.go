// Package tenantdb is the one door to Postgres: it opens the pool, names the schemas, says what a database error means,
// and carries notifications between replicas.
//
// It holds no query of its own about a tenant; those are inline in the packages that use them.
//
// Invariants: the name of a schema in SQL comes from [SchemaFor] or [Control] only, validated and quoted, so one
// statement touches one schema; nothing depends on a session's state, so the pool may be behind PgBouncer in transaction
// mode (a listener may not: see [Options].ListenURL): hot statements are prepared only in a session that was shown to be
// the connection's own, and sent as text whenever they cannot be; parameters travel in binary mode
// (binary_parameters=yes), in which a []byte argument is sent as bytea, so JSON must be passed as a string.
//
// A write can be sent twice: when a connection breaks before the answer, database/sql tries the statement again on
// another one. Every write must therefore carry ids made by the program, so that its repetition conflicts.
package tenantdb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// Options bound a pool. The zero value of a field means its default.
type Options struct {
	MaxOpen          int           // connections, at least 2; default 16
	MaxIdle          int           // connections kept open; default MaxOpen
	Lifetime         time.Duration // of a connection, which bounds its catalog cache; default 30 minutes
	IdleTime         time.Duration // default 5 minutes
	StatementTimeout time.Duration // default 10 seconds; negative: none, for migrations
	ConnectTimeout   time.Duration // default 5 seconds
	ApplicationName  string        // default "spoke"
	ListenURL        string        // for LISTEN, which needs a session of its own; default the pool's URL
	Prepared         int           // hot statements kept prepared on each connection at most; default 0: none
	Logger           *slog.Logger  // default none

	// OpenPool is sql.OpenDB, or one that sees each statement go by, as for traces; default sql.OpenDB.
	OpenPool func(driver.Connector) *sql.DB

	now func() time.Time // time.Now but for tests
}

func (o Options) withDefaults(url string) Options {
	def := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	if o.MaxOpen == 0 {
		o.MaxOpen = 16
	}
	if o.MaxIdle == 0 {
		o.MaxIdle = o.MaxOpen
	}
	def(&o.Lifetime, 30*time.Minute)
	def(&o.IdleTime, 5*time.Minute)
	def(&o.StatementTimeout, 10*time.Second)
	def(&o.ConnectTimeout, 5*time.Second)
	if o.ApplicationName == "" {
		o.ApplicationName = "spoke"
	}
	if o.ListenURL == "" {
		o.ListenURL = url
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.OpenPool == nil {
		o.OpenPool = sql.OpenDB
	}
	if o.now == nil {
		o.now = time.Now
	}
	return o
}

// DB is a pool of connections to Postgres.
type DB struct {
	*sqlx.DB
	options Options
	hot     *hot // nil: nothing is prepared
}

// Open returns a pool for url (a postgres:// URL or a key=value DSN) and checks that the server answers. For an error
// because the server is away, Unavailable is true.
func Open(ctx context.Context, url string, options Options) (*DB, error) {
	o := options.withDefaults(url)
	if o.MaxOpen < 2 {
		return nil, fmt.Errorf("open database: at least 2 connections are needed, not %d", o.MaxOpen)
	}
	config, err := configure(url, o)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	h := newHot(o)
	connector, err := newConnector(config, h)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	pool := o.OpenPool(connector)
	pool.SetMaxOpenConns(o.MaxOpen)
	pool.SetMaxIdleConns(o.MaxIdle)
	pool.SetConnMaxLifetime(o.Lifetime)
	pool.SetConnMaxIdleTime(o.IdleTime)
	if err := pool.PingContext(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("open database: %w", err)
	}
	return &DB{DB: sqlx.NewDb(pool, "postgres"), options: o, hot: h}, nil
}

// configure returns the driver's configuration for url. What is decided here wins over the URL, except that the URL may
// name its own statement_timeout and jit.
func configure(url string, o Options) (pq.Config, error) {
	config, err := pq.NewConfig(url)
	if err != nil {
		return pq.Config{}, err
	}
	config.BinaryParameters = true
	config.ApplicationName = o.ApplicationName
	config.ConnectTimeout = o.ConnectTimeout
	if config.Runtime == nil {
		config.Runtime = make(map[string]string)
	}
	// Parameters of the connection's start, not a SET: a pooler in transaction mode keeps them with the server connection.
	for name, value := range map[string]string{
		"statement_timeout": strconv.FormatInt(max(0, o.StatementTimeout.Milliseconds()), 10),
		// A recursive query is planned as if it returned millions of rows, and compiling it for them takes 25 times as long
		// as a page of users does.
		"jit": "off",
	} {
		if _, ok := config.Runtime[name]; !ok {
			config.Runtime[name] = value
		}
	}
	return config, nil
}
