package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lib/pq"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// A group has its name among the unique ones from when it is written. So where a tenant's names come to be unique, those
// that exist have to be added, twice: at once, and when no replica is left that writes groups without.

// directoryOf returns the directory of a tenant.
func (m *Manager) directoryOf(t tenancy.Tenant) directory.Store {
	d := directory.New(m.config.DB, &journal.Recorder{DB: m.config.DB})
	return d.Store(tenantdb.SchemaFor(t.ID), t.Settings.UniqueGroupNames)
}

// uniteNow makes the names that exist unique after the setting was made, or undoes the setting.
func (m *Manager) uniteNow(ctx context.Context, before, after tenancy.Tenant) (tenancy.Tenant, error) {
	why := m.directoryOf(after).UniteGroupNames(ctx)
	if why == nil {
		return after, nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	before.Version = after.Version
	if _, err := m.writeSettings(ctx, before); err != nil {
		return tenancy.Tenant{}, errors.Join(why, fmt.Errorf("the settings could not be put back: %w", err))
	}
	return tenancy.Tenant{}, why
}

// UniteDue makes the names of groups unique that were written while replicas had not heard that they are to be. Where
// groups have come to share a name, the setting is taken back, which is an error that names the tenant and the names.
// One tenant that fails does not stop the others.
func (m *Manager) UniteDue(ctx context.Context) error {
	due, err := m.list(ctx, `SELECT `+tenantColumns+` FROM `+tenants+`
		WHERE names_settle_at <= $1 AND state = ANY ($2) ORDER BY slug`, m.now(), pq.Array(origins(actDelete)))
	if err != nil {
		return fmt.Errorf("unite group names: %w", err)
	}
	var errs []error
	for _, t := range due {
		if ctx.Err() != nil {
			break
		}
		if err := m.uniteAgain(ctx, t); err != nil {
			errs = append(errs, fmt.Errorf("unite group names of tenant %q: %w", t.Slug, err))
		}
	}
	return errors.Join(append(errs, ctx.Err())...)
}

func (m *Manager) uniteAgain(ctx context.Context, t tenancy.Tenant) error {
	err := m.directoryOf(t).UniteGroupNames(ctx)
	var shared *directory.SharedNamesError
	if err != nil && !errors.As(err, &shared) {
		return err
	}
	if shared == nil {
		_, err = m.config.DB.ExecContext(ctx, `UPDATE `+tenants+` SET names_settle_at = NULL WHERE id = $1 AND names_settle_at <= $2`,
			string(t.ID), m.now())
		return err
	}
	t.Settings.UniqueGroupNames = false
	_, err = m.writeSettings(ctx, t)
	switch {
	case errors.Is(err, tenancy.ErrVersion): // another sweep took it back, or somebody changed it: then the next one looks
		return nil
	case err != nil:
		return errors.Join(shared, err)
	}
	return fmt.Errorf("names are not unique from now on: %w", shared)
}
