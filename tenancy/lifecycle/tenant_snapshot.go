package lifecycle

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// DefaultTransferWait is how long an export or an import waits for others.
const DefaultTransferWait = 5 * time.Second

// ErrBusy says that as many exports and imports are under way as there may be at once. It passes.
var ErrBusy = errors.New("too many exports and imports are under way")

// Snapshot is a tenant as it is at one moment.
type Snapshot struct {
	// Tx reads what the tenant has in its schema at that moment: repeatable read, read only.
	Tx            *sqlx.Tx
	Tenant        tenancy.Tenant
	Extensions    []tenancy.Extension
	SchemaVersion int64     // of the tenant's migrations
	At            time.Time // the clock before that moment
}

// Snapshot calls read with a tenant that is not coming into being or going for good. Changes of its directory and of
// itself go on meanwhile, unseen; migrations, a purge, and a change of its extensions wait, and they wait for the lock of
// this package and not for one of the tables, before which the tenant's own requests would queue. ctx must have an end.
// Errors: tenancy.ErrNotFound, *tenancy.StateError, ErrBusy, and that of read.
func (m *Manager) Snapshot(ctx context.Context, id tenancy.ID, read func(context.Context, Snapshot) error) error {
	tenant, err := m.ByID(ctx, id)
	if err != nil {
		return err
	}
	return m.transfer(ctx, func() error {
		return m.config.DB.LockedShared(ctx, lockPrefix+lockName(tenant.Slug), func(ctx context.Context) error {
			return m.snapshot(ctx, id, read)
		})
	})
}

// transfer does work that can take as long as somebody's connection is slow: in a slot, but never in all of them.
func (m *Manager) transfer(ctx context.Context, work func() error) error {
	waiting, cancel := context.WithTimeoutCause(ctx, m.config.TransferWait, ErrBusy)
	defer cancel()
	if m.transfers.Acquire(waiting, 1) != nil {
		return fmt.Errorf("wait for other exports and imports: %w", context.Cause(waiting))
	}
	defer m.transfers.Release(1)
	return m.inSlot(ctx, work)
}

func (m *Manager) snapshot(ctx context.Context, id tenancy.ID, read func(context.Context, Snapshot) error) error {
	s := Snapshot{At: m.now()}
	tx, err := m.config.DB.BeginTxx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return fmt.Errorf("begin a snapshot: %w", err)
	}
	defer tx.Rollback() // nothing was changed
	s.Tx = tx
	if s.Tenant, err = one(ctx, tx, `SELECT `+tenantColumns+` FROM `+tenants+` WHERE id = $1`, string(id)); err != nil {
		return fmt.Errorf("read tenant %s: %w", id, err)
	}
	if !s.Tenant.State.Complete() {
		return &tenancy.StateError{Act: "export", State: s.Tenant.State}
	}
	if s.Extensions, err = listExtensions(ctx, tx, id); err != nil {
		return err
	}
	err = tx.GetContext(ctx, &s.SchemaVersion, versions{}.GetLatestVersion(tenantdb.SchemaFor(id).Table(versionTable)))
	if err != nil {
		return fmt.Errorf("read the version of the schema of tenant %s: %w", id, err)
	}
	return read(ctx, s)
}
