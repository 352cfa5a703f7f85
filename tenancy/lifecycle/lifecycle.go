// Package lifecycle creates tenants and migrates schemas: the control schema and one schema per tenant.
//
// It does not resolve hosts (package registry), issue tokens (package token) or serve requests.
//
// Invariants:
//   - Every step is idempotent and ends in a state the next run recognises, so a process that dies between any two steps
//     leaves a tenant in state creating, which the next Create for its slug or the next MigrateAll completes.
//   - Work on one tenant is serialised by an advisory lock on its slug, held by an otherwise empty transaction and
//     therefore safe behind a pooler in transaction mode. Should the lock's connection break while the work goes on, the
//     migrations are still safe: each is one transaction that inserts its version under a primary key.
//   - No search_path: migrations name their schema by the placeholder {{schema}}.
package lifecycle

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// Config are a Manager's dependencies. Only DB is required.
type Config struct {
	// DB is where migrations run. Its StatementTimeout bounds each statement of a migration and the wait for a lock, so
	// `spoke migrate` opens a pool of its own with a long one or none.
	DB *tenantdb.DB
	// Now is the clock; default time.Now.
	Now func() time.Time
	// NewID makes a tenant's ID; default tenancy.NewID.
	NewID func() tenancy.ID
	// BeforeStep, when set, is called before each step. An error ends the work there, as a crash would. For tests.
	BeforeStep func(ctx context.Context, slug tenancy.Slug, step Step) error
	// Parallel is how many tenants MigrateAll works on at once; default 4, at most half of DB's connections, since each
	// takes two.
	Parallel int
	// Settle is how long RemoveExtension waits; default DefaultSettle, negative: not at all. For tests.
	Settle time.Duration
}

// Step is one of the steps in which a tenant comes into being.
type Step string

// The steps, in their order.
const (
	StepInsert       Step = "insert"        // the tenant's row, in state creating
	StepCreateSchema Step = "create schema" // the empty schema
	StepMigrate      Step = "migrate"       // its tables
	StepActivate     Step = "activate"      // state active
	StepAnnounce     Step = "announce"      // the replicas hear of it
)

// Steps returns all steps in their order.
func Steps() []Step {
	return []Step{StepInsert, StepCreateSchema, StepMigrate, StepActivate, StepAnnounce}
}

// Manager creates, migrates and lists tenants. It is safe for concurrent use.
type Manager struct {
	config Config
	slots  *semaphore.Weighted
}

// New returns a Manager.
func New(config Config) *Manager {
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.NewID == nil {
		config.NewID = tenancy.NewID
	}
	if config.Parallel <= 0 {
		config.Parallel = 4
	}
	if config.Settle == 0 {
		config.Settle = DefaultSettle
	}
	// A worker holds one connection for the lock and needs a second one: with a worker per connection they would wait
	// for each other for ever.
	if limit := config.DB.Stats().MaxOpenConnections / 2; limit > 0 {
		config.Parallel = min(config.Parallel, limit)
	}
	return &Manager{config: config, slots: semaphore.NewWeighted(int64(config.Parallel))}
}

// locked runs work while this process holds the advisory lock named key and one of the Manager's slots.
func (m *Manager) locked(ctx context.Context, key string, work func(context.Context) error) error {
	if err := m.slots.Acquire(ctx, 1); err != nil {
		return fmt.Errorf("wait for a free worker: %w", err)
	}
	defer m.slots.Release(1)
	tx, err := m.config.DB.BeginTxx(ctx, nil)
	if err != nil {
		return fmt.Errorf("lock %s: %w", key, err)
	}
	defer tx.Rollback() // also when work panics; should it fail, the connection is gone and the lock with it
	if _, err := tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock($1)`, lockKey(key)); err != nil {
		return fmt.Errorf("lock %s: %w", key, err)
	}
	return work(ctx)
}

func (m *Manager) step(ctx context.Context, slug tenancy.Slug, step Step) error {
	if m.config.BeforeStep == nil {
		return nil
	}
	if err := m.config.BeforeStep(ctx, slug, step); err != nil {
		return fmt.Errorf("step %s: %w", step, err)
	}
	return nil
}
