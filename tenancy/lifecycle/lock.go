package lifecycle

import (
	"context"
	"fmt"

	"github.com/askspoke/spoke/tenancy"
)

// lockPrefix begins the names of the locks of this package.
const lockPrefix = "spoke lifecycle "

func lockName(slug tenancy.Slug) string { return "tenant " + string(slug) }

// locked runs work while this process holds the lock named key and one of the Manager's slots.
func (m *Manager) locked(ctx context.Context, key string, work func(context.Context) error) error {
	return m.inSlot(ctx, func() error { return m.config.DB.Locked(ctx, lockPrefix+key, work) })
}

// tryLocked is locked, unless somebody else holds the lock: then it returns false and nothing is done.
func (m *Manager) tryLocked(ctx context.Context, key string, work func(context.Context) error) (ours bool, err error) {
	err = m.inSlot(ctx, func() error {
		ours, err = m.config.DB.TryLocked(ctx, lockPrefix+key, work)
		return err
	})
	return ours, err
}

func (m *Manager) inSlot(ctx context.Context, work func() error) error {
	if err := m.slots.Acquire(ctx, 1); err != nil {
		return fmt.Errorf("wait for a free worker: %w", err)
	}
	defer m.slots.Release(1)
	return work()
}
