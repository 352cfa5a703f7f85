package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

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
	b := &bench{options: o}
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
	notef("filling the directory with %d users", o.users)
	if err := b.seed(ctx); err != nil {
		return nil, fmt.Errorf("fill the directory: %w", err)
	}
	return b, m.startBare(ctx, b)
}

// startPostgres starts the database with commits that are durable, since what a commit costs is part of a write.
func (m *machine) startPostgres(ctx context.Context) error {
	server, err := postgres.Start(ctx, postgres.Options{Log: os.Stderr, Fsync: true})
	if err != nil {
		return err
	}
	m.postgres = server
	m.stops = append(m.stops, server.Stop)
	go func() {
		<-server.Done()
		if err := server.Err(); err != nil {
			m.failed(err)
		}
	}()
	return nil
}

// databaseURL is how this program and the bare server reach the database: as Spoke does, with parameters in binary.
func (m *machine) databaseURL() string { return m.postgres.URL() + "&binary_parameters=yes" }

// startSpoke creates the two tenants and starts the product for the first.
func (m *machine) startSpoke(ctx context.Context, b *bench) error {
	addr, err := freeAddr()
	if err != nil {
		return err
	}
	if b.metrics, err = freeAddr(); err != nil {
		return err
	}
	key := make([]byte, 32)
	rand.Read(key) // never fails
	m.env = []string{
		"SPOKE_DATABASE_URL=" + m.postgres.URL(), "SPOKE_BASE_DOMAIN=localhost", "SPOKE_PUBLIC_SCHEME=http",
		"SPOKE_TOKEN_KEY=" + base64.StdEncoding.EncodeToString(key), "SPOKE_ADDR=" + addr, "SPOKE_METRICS_ADDR=" + b.metrics,
		"SPOKE_DATABASE_MAX_CONNECTIONS=" + strconv.Itoa(connections),
	}
	if _, err := m.command(ctx, "migrate"); err != nil {
		return err
	}
	if err := m.createTenants(ctx, b, addr); err != nil {
		return err
	}
	m.spoke, err = m.run("spoke", m.env, m.binary, "serve")
	if err != nil {
		return err
	}
	return m.spoke.awaitReady(ctx, b.metrics)
}

// startBare starts this program again, as the bare server, on the second tenant's tables.
func (m *machine) startBare(ctx context.Context, b *bench) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	if b.bare.addr, err = freeAddr(); err != nil {
		return err
	}
	m.bare, err = m.run("the bare server", bareEnvironment(m.databaseURL(), b.bare), self, bareCommand)
	if err != nil {
		return err
	}
	return m.bare.awaitReady(ctx, b.bare.addr)
}

func (m *machine) logFile(name string) string { return filepath.Join(m.dir, name+".log") }
