package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"sync"

	"github.com/askspoke/spoke/tenancy"
)

// latest is the last migration of a tenant's schema that this program has.
var latest = sync.OnceValues(func() (int64, error) {
	files, err := fs.Glob(migrations, tenantMigrations+"/*.sql")
	if err != nil {
		return 0, fmt.Errorf("read migrations: %w", err)
	}
	var last int64
	for _, file := range files {
		version, err := versionOf(file)
		if err != nil {
			return 0, err
		}
		last = max(last, version)
	}
	return last, nil
})

// versionOf returns the number that a migration's name begins with.
func versionOf(file string) (int64, error) {
	number, _, _ := strings.Cut(path.Base(file), "_")
	version, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("migration %s has no number: %w", file, err)
	}
	return version, nil
}

// Behind returns how many tenants have a schema that lacks migrations of this program's: those that spoke migrate has not
// come to, or failed at. It is one query of the control schema. A tenant that is coming into being or going is left out.
func (m *Manager) Behind(ctx context.Context) (int, error) {
	version, err := latest()
	if err != nil {
		return 0, err
	}
	var behind int
	err = m.config.DB.GetContext(ctx, &behind, `SELECT count(*) FROM `+tenants+`
		WHERE schema_version < $1 AND state IN ('active', 'suspended', 'paused', 'deleting')`, version)
	if err != nil {
		return 0, fmt.Errorf("count the tenants whose schemas are behind: %w", err)
	}
	return behind, nil
}

// MigrateBehind migrates the tenants that Behind counts, one after another, and returns how many it migrated: one that a
// program of the release before made after spoke migrate had run, or one whose migration failed. A tenant that fails does not
// stop the others: the errors are joined, each naming its tenant.
func (m *Manager) MigrateBehind(ctx context.Context) (migrated int, err error) {
	version, err := latest()
	if err != nil {
		return 0, err
	}
	var slugs []tenancy.Slug
	err = m.config.DB.SelectContext(ctx, &slugs, `SELECT slug FROM `+tenants+`
		WHERE schema_version < $1 AND state IN ('active', 'suspended', 'paused', 'deleting') ORDER BY slug`, version)
	if err != nil {
		return 0, fmt.Errorf("find the tenants whose schemas are behind: %w", err)
	}
	var errs []error
	for _, slug := range slugs {
		if ctx.Err() != nil {
			break
		}
		if err := m.migrateTenant(ctx, slug); err != nil {
			errs = append(errs, err)
			continue
		}
		migrated++
	}
	return migrated, errors.Join(append(errs, ctx.Err())...)
}

// noteVersion notes that a tenant's schema has all of this program's migrations. A later program's may have more.
func (m *Manager) noteVersion(ctx context.Context, id tenancy.ID) error {
	version, err := latest()
	if err != nil {
		return err
	}
	_, err = m.config.DB.ExecContext(ctx, `UPDATE `+tenants+` SET schema_version = $2 WHERE id = $1 AND schema_version < $2`, string(id), version)
	if err != nil {
		return fmt.Errorf("note the version of tenant %s: %w", id, err)
	}
	return nil
}
