package directory

import (
	"context"
	"fmt"
	"strings"

	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// SharedNamesError says that groups have the same displayName, so that it cannot be made unique.
type SharedNamesError struct {
	Names []string // a few of them
}

// Error names some.
func (e *SharedNamesError) Error() string {
	return fmt.Sprintf("groups share a displayName: %s", strings.Join(e.Names, ", "))
}

// UniteGroupNames makes the names of the groups that exist unique, where the tenant's setting has come to ask for it:
// names are kept unique only from when they are written. It changes nothing that a client sees. The error is a
// *SharedNamesError where names are not unique; then nothing was changed.
func (s Store) UniteGroupNames(ctx context.Context) error {
	_, err := s.db.ExecContext(ctx, `UPDATE `+s.groups+` SET unique_name = display_name WHERE unique_name IS DISTINCT FROM display_name`)
	if _, _, taken := tenantdb.UniqueViolation(err); !taken {
		if err != nil {
			return fmt.Errorf("make group names unique: %w", err)
		}
		return nil
	}
	shared := &SharedNamesError{}
	err = s.db.SelectContext(ctx, &shared.Names, `SELECT min(display) FROM `+s.groups+`
		GROUP BY display_name HAVING count(*) > 1 ORDER BY display_name LIMIT 5`)
	if err != nil {
		return fmt.Errorf("find groups of one name: %w", err)
	}
	return shared
}
