package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// MigrateAll migrates every tenant's schema, a few at once, and completes tenants whose creation was broken off. A
// tenant that fails does not stop the others: the errors are joined, each naming its tenant. progress, if not nil, is
// called after each tenant, one call at a time.
func (m *Manager) MigrateAll(ctx context.Context, progress func(done, total int)) error {
	list, err := m.List(ctx)
	if err != nil {
		return fmt.Errorf("migrate all tenants: %w", err)
	}
	var (
		group errgroup.Group
		mu    sync.Mutex
		done  int
		errs  []error
	)
	group.SetLimit(m.config.Parallel)
	for _, tenant := range list {
		if ctx.Err() != nil {
			break
		}
		group.Go(func() error {
			err := m.migrateTenant(ctx, tenant.Slug)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				errs = append(errs, err)
			}
			done++
			if progress != nil {
				progress(done, len(list))
			}
			return nil
		})
	}
	_ = group.Wait() // the errors are in errs
	return errors.Join(append(errs, ctx.Err())...)
}

// migrateTenant migrates one tenant, or completes it. One that goes for good is left alone.
func (m *Manager) migrateTenant(ctx context.Context, slug tenancy.Slug) error {
	err := m.locked(ctx, lockName(slug), func(ctx context.Context) error {
		tenant, err := m.Get(ctx, slug)
		if errors.Is(err, tenancy.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		switch tenant.State {
		case tenancy.StateImporting, tenancy.StatePurging: // what is broken off goes
			return nil
		case tenancy.StateCreating:
			_, err := m.complete(ctx, tenant)
			return err
		}
		if err := m.migrate(ctx, tenantdb.SchemaFor(tenant.ID), tenantMigrations); err != nil {
			return err
		}
		return m.noteVersion(ctx, tenant.ID)
	})
	if err != nil {
		return fmt.Errorf("migrate tenant %q: %w", slug, err)
	}
	return nil
}
