// Package lifecycle creates, changes, moves and removes tenants, and migrates schemas: the control schema and one schema
// per tenant.
//
// It does not resolve hosts (package registry), issue tokens (package token) or serve requests.
//
// Invariants:
//   - Every step is idempotent and ends in a state the next run recognises. A process that dies between any two steps
//     leaves a tenant in state creating, which the next Create for its slug or the next MigrateAll completes; importing,
//     which the next Import or PurgeDue removes; or purging, which the next PurgeDue completes.
//   - A tenant's row is there before its schema and after it, so nothing is left that no row tells of.
//   - Work on one tenant is serialised by a lock on its slug. Should the lock's connection break while the work goes on,
//     that is still safe: each migration is one transaction that inserts its version under a primary key, and each change
//     of state names the states that it starts from.
//   - A change of a tenant counts its version, names the one it was made from, and is told to the replicas.
//   - No search_path: migrations name their schema by the placeholder {{schema}}.
package lifecycle

import (
	"context"
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
	// Settle is how long RemoveExtension waits, and UniteDue; default DefaultSettle, negative: not at all. For tests.
	Settle time.Duration
	// TransferWait is how long an export or an import waits for others to end before it is refused with ErrBusy; default
	// DefaultTransferWait.
	TransferWait time.Duration
	// Plans are the names of the plans that a tenant may have. Default none: then no tenant has one.
	Plans []string
}

// Manager creates, migrates and lists tenants. It is safe for concurrent use.
type Manager struct {
	config    Config
	slots     *semaphore.Weighted
	transfers *semaphore.Weighted // half of the slots
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
	if config.TransferWait == 0 {
		config.TransferWait = DefaultTransferWait
	}
	// A worker holds one connection for the lock and needs a second one: with a worker per connection they would wait
	// for each other for ever.
	if limit := config.DB.Stats().MaxOpenConnections / 2; limit > 0 {
		config.Parallel = min(config.Parallel, limit)
	}
	return &Manager{
		config: config, slots: semaphore.NewWeighted(int64(config.Parallel)),
		transfers: semaphore.NewWeighted(int64(max(1, config.Parallel/2))),
	}
}
