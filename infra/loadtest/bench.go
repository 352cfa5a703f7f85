package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"

	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// A bench is what scenarios run on: the two servers, the database behind both, and what is in it.
type bench struct {
	options options
	machine *machine
	spoke   *server
	bare    *server // nil: scenarios have Spoke on both sides
	metrics string  // host:port of Spoke's metrics
	// postmaster is the process whose children are the database.
	postmaster int
	db         *sql.DB
	schemas    schemas
	users      []user        // in both schemas
	spares     []user        // one for each client, in no group
	created    *atomic.Int64 // numbers of users that are taken
	patches    *atomic.Int64 // numbers of values that are taken
}

// schemas are those of the tenant that Spoke serves and of the one whose tables the bare server uses, if there is one.
type schemas struct{ spoke, bare tenantdb.Schema }

// A user is one that both schemas have.
type user struct {
	id     string
	digits string // the number in its names
}

// run starts everything, runs the chosen scenarios, and stops everything.
func run(ctx context.Context, o options) (r report, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	m := &machine{failed: cancel}
	defer func() { err = errors.Join(err, m.stop()) }()
	b, err := m.start(ctx, o)
	if err != nil {
		return report{}, m.explain(ctx, err)
	}
	r = report{Environment: m.environment(), options: o}
	for _, s := range o.chosen() {
		one, err := m.measure(ctx, b, s)
		if err != nil {
			return report{}, m.explain(ctx, fmt.Errorf("scenario %s: %w", s.name, err))
		}
		r.results = append(r.results, one)
	}
	return r, nil
}

// measure runs a scenario on the bench that it belongs to. The first one with the huge directory fills it.
func (m *machine) measure(ctx context.Context, b *bench, s scenario) (result, error) {
	if s.run != nil {
		r, err := s.run(ctx, m, b)
		r.scenario = s
		return r, err
	}
	if !s.huge {
		return b.measure(ctx, s)
	}
	if m.huge == nil {
		huge, err := m.makeHuge(ctx, b)
		if err != nil {
			return result{}, fmt.Errorf("fill the huge directory: %w", err)
		}
		m.huge = huge
	}
	return m.huge.measure(ctx, s)
}

// environment is what figures depend on, beside the options.
type environment struct {
	Go       string `json:"go"`
	Postgres string `json:"postgres"`
	System   string `json:"system"`
	CPUs     int    `json:"cpus"`
	Pool     int    `json:"connections_of_each_server"`
}

func (m *machine) environment() environment {
	return environment{
		Go: runtime.Version(), Postgres: m.postgres.Version(), System: runtime.GOOS + "/" + runtime.GOARCH,
		CPUs: runtime.NumCPU(), Pool: connections,
	}
}
