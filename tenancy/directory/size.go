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

// SizeUpTo counts as Size does where there are at most limit users and as many groups, and returns false where there are
// more: what it costs is bounded by limit.
func (s Store) SizeUpTo(ctx context.Context, limit int) (size Size, all bool, err error) {
	err = s.db.QueryRowContext(ctx, `SELECT count(*), count(*) FILTER (WHERE NOT search @> '{"active": false}'),
			(SELECT count(*) FROM (SELECT FROM `+s.groups+` LIMIT $1) AS g)
		FROM (SELECT search FROM `+s.users+` LIMIT $1) AS u`, limit+1).Scan(&size.Users, &size.ActiveUsers, &size.Groups)
	if err != nil {
		return Size{}, false, fmt.Errorf("count the directory: %w", err)
	}
	if size.Users > int64(limit) || size.Groups > int64(limit) {
		return Size{}, false, nil
	}
	return size, true, nil
}

// SmallUpTo is how many users, and how many groups, a directory has at most that is counted for whoever looks at it.
const SmallUpTo = 1000

// SmallSize counts as Size does where the directory is small, and returns false where it is not. last is how large it was
// when all of it was counted last, the zero Size where it never was: one that was far from small is not tried.
func (s Store) SmallSize(ctx context.Context, last Size) (size Size, small bool, err error) {
	if max(last.Users, last.Groups) > 2*SmallUpTo {
		return Size{}, false, nil
	}
	return s.SizeUpTo(ctx, SmallUpTo)
}
