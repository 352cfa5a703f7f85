package guard

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// Count is how many resources a hold keeps, each once whatever was to be done to it.
type Count struct {
	Users, Groups int
	Deletions     int // of both: the others would be disabled
}

// Count counts what a hold has noted, which is MaxHeld attempts at most; of a hold that there is not, nothing.
func (s *Store) Count(ctx context.Context, schema tenantdb.Schema, hold string) (Count, error) {
	var c Count
	if _, err := uuid.Parse(hold); err != nil {
		return c, nil //nolint:nilerr // such a hold there is not
	}
	err := s.db.QueryRowContext(ctx, `SELECT count(DISTINCT resource_id) FILTER (WHERE resource_type = 'User'),
			count(DISTINCT resource_id) FILTER (WHERE resource_type <> 'User'), count(DISTINCT resource_id) FILTER (WHERE action = 'delete')
		FROM `+schema.Table("held")+` WHERE hold_id = $1::uuid`, hold).Scan(&c.Users, &c.Groups, &c.Deletions)
	if err != nil {
		return Count{}, fmt.Errorf("count what hold %s keeps: %w", hold, err)
	}
	return c, nil
}
