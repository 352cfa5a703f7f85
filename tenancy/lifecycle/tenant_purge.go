package lifecycle

import (
	"context"
	"errors"
	"fmt"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// Purge removes a tenant that is deleting for good, whether or not its grace is over: its schema, and every row of the
// control schema that belongs to it. Then its slug and its hosts are free. Errors: tenancy.ErrNotFound,
// *tenancy.StateError, tenancy.ErrVersion when it was changed at the same moment.
func (m *Manager) Purge(ctx context.Context, id tenancy.ID) error {
	t, err := m.ByID(ctx, id)
	if err != nil {
		return fmt.Errorf("purge tenant: %w", err)
	}
	err = m.locked(ctx, lockName(t.Slug), func(ctx context.Context) error {
		if t, err = m.ByID(ctx, id); err != nil {
			return err
		}
		if t.State == tenancy.StateImporting || t.State == tenancy.StateCreating { // its import holds the lock, unless it was broken off
			return &tenancy.StateError{Act: string(actPurge), State: t.State}
		}
		return m.purge(ctx, t)
	})
	if err != nil {
		return fmt.Errorf("purge tenant %q: %w", t.Slug, err)
	}
	return nil
}

// PurgeDue purges every tenant whose grace is over, whose purge was broken off, or whose import was. One that somebody
// works on is left to them. It returns how many are gone; a tenant that fails does not stop the others, and the errors
// are joined.
func (m *Manager) PurgeDue(ctx context.Context) (purged int, err error) {
	due, err := m.list(ctx, `SELECT `+tenantColumns+` FROM `+tenants+`
		WHERE state IN ('purging', 'importing') OR state = 'deleting' AND delete_after <= $1 ORDER BY delete_after, slug`, m.now())
	if err != nil {
		return 0, fmt.Errorf("purge what is due: %w", err)
	}
	var errs []error
	for _, t := range due {
		if ctx.Err() != nil {
			break
		}
		ours, err := m.tryLocked(ctx, lockName(t.Slug), func(ctx context.Context) error {
			now, err := m.ByID(ctx, t.ID)
			if err != nil {
				return err
			}
			if now.State == tenancy.StateDeleting && (now.DeleteAfter.IsZero() || now.DeleteAfter.After(m.now())) {
				return errUndone // and perhaps deleted again
			}
			return m.purge(ctx, now)
		})
		var changed *tenancy.StateError
		switch {
		case !ours, errors.Is(err, errUndone), errors.Is(err, tenancy.ErrVersion), errors.Is(err, tenancy.ErrNotFound), errors.As(err, &changed):
		case err != nil:
			errs = append(errs, fmt.Errorf("purge tenant %q: %w", t.Slug, err))
		default:
			purged++
		}
	}
	return purged, errors.Join(append(errs, ctx.Err())...)
}

var errUndone = errors.New("the deletion was undone")

// purge removes a tenant as it was read, whose lock the caller holds. Every step may have been done before. The row goes
// last: as long as anything is left of a tenant, the row says so. tenancy.ErrVersion says that it was changed meanwhile,
// such as deleted anew with another grace, and nothing was removed.
func (m *Manager) purge(ctx context.Context, t tenancy.Tenant) error {
	schema := tenantdb.SchemaFor(t.ID)
	return m.steps(ctx, t.Slug, []stepDo{
		{StepCondemn, func() error {
			_, err := m.move(ctx, origin{t.ID, t.Version}, actPurge, `state = 'purging', state_before = NULL, delete_after = NULL`)
			return err
		}},
		{StepDropSchema, func() error {
			_, err := m.config.DB.ExecContext(ctx, `DROP SCHEMA IF EXISTS `+schema.String()+` CASCADE`)
			return err
		}},
		{StepDeleteRows, func() error {
			// What else refers to the tenant goes with it: ON DELETE CASCADE.
			_, err := m.config.DB.ExecContext(ctx, `DELETE FROM `+tenants+` WHERE id = $1 AND state = 'purging'`, string(t.ID))
			return err
		}},
		{StepAnnounceGone, func() error {
			_ = m.announce(ctx, t.ID) // that the tenant may not be served was told before
			return nil
		}},
	})
}
