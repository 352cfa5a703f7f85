package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/askspoke/spoke/infra/postgres"
)

// connections to Postgres that each of the two servers may open. A closed loop needs no more than it has clients.
const connections = 16

// A machine is what a run starts, in order; stop stops it in the opposite order.
type machine struct {
	failed   context.CancelCauseFunc // called when something ends that should not
	dir      string
	binary   string
	env      []string // Spoke's environment
	postgres *postgres.Server
	spoke    *process
	bare     *process
	plain    *server // nil until a scenario needs it
	huge     *bench  // nil until a scenario needs it
	stops    []func() error
}

func (m *machine) stop() error {
	var errs []error
	for i := len(m.stops) - 1; i >= 0; i-- {
		errs = append(errs, m.stops[i]())
	}
	m.stops = nil
	return errors.Join(errs...)
}

// explain adds to an error what ended although it should not have, and what the servers wrote last.
func (m *machine) explain(ctx context.Context, err error) error {
	select { // a connection breaks a moment before the end of the process behind it is known
	case <-ctx.Done():
	case <-time.After(200 * time.Millisecond):
	}
	if cause := context.Cause(ctx); cause != nil && !errors.Is(err, cause) {
		err = errors.Join(cause, err)
	}
	for _, p := range []*process{m.spoke, m.bare} {
		if p != nil && p.tail() != "" {
			err = fmt.Errorf("%w\nthe log of %s ends with\n%s", err, p.name, p.tail())
		}
	}
	return err
}

// start starts everything and fills the directory.
func (m *machine) start(ctx context.Context, o options) (*bench, error) {
	var err error
	if m.dir, err = os.MkdirTemp("", "spoke-loadtest-"); err != nil {
		return nil, fmt.Errorf("make a directory: %w", err)
	}
	m.stops = append(m.stops, func() error { return os.RemoveAll(m.dir) })
	if err := m.startPostgres(ctx); err != nil {
		return nil, err
	}
	b := &bench{options: o, machine: m, postmaster: m.postgres.PID(), created: new(atomic.Int64), patches: new(atomic.Int64)}
	if b.db, err = sql.Open("postgres", m.databaseURL()); err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	m.stops = append(m.stops, b.db.Close)
	if err := m.build(ctx, o.spoke); err != nil {
		return nil, err
	}
	if err := m.startSpoke(ctx, b); err != nil {
		return nil, err
	}
	if err := b.seed(ctx); err != nil {
		return nil, fmt.Errorf("fill the directory: %w", err)
	}
	return b, m.startBare(ctx, b)
}

func (m *machine) logFile(name string) string { return filepath.Join(m.dir, name+".log") }
