package directory

import (
	"context"
	"fmt"
)

// Size is how many resources a directory has.
type Size struct{ Users, ActiveUsers, Groups int64 }

// Size counts the resources, all of them: it takes a second for each few million. A user whose active is not said is active.
func (s Store) Size(ctx context.Context) (Size, error) {
	var size Size
	err := s.db.QueryRowContext(ctx, `SELECT count(*), count(*) FILTER (WHERE NOT search @> '{"active": false}'), (SELECT count(*) FROM `+s.groups+`)
		FROM `+s.users).Scan(&size.Users, &size.ActiveUsers, &size.Groups)
	if err != nil {
		return Size{}, fmt.Errorf("count the directory: %w", err)
	}
	return size, nil
}

// HasMembers says whether any group has a member.
func (s Store) HasMembers(ctx context.Context) (bool, error) {
	var has bool
	if err := s.db.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM `+s.members+`)`).Scan(&has); err != nil {
		return false, fmt.Errorf("look for a member: %w", err)
	}
	return has, nil
}
