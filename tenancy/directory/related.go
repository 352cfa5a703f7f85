package directory

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/askspoke/spoke/scim/schema"
)

// Related is a member of a group, or a group that something is a member of.
type Related struct {
	ID    string
	Group bool   // else a user
	Name  string // its displayName, else its userName
}

// relatedMost bounds a page of related resources.
const relatedMost = 1000

// MembersOf returns at most limit direct members of a group in the order of their ids, those behind the id after, "" for the
// first ones, and whether there are more. It costs as much in a large group as in a small one. A group that is not there has
// none.
func (s Store) MembersOf(ctx context.Context, group, after string, limit int) (list []Related, more bool, err error) {
	limit = min(max(limit, 1), relatedMost)
	if after == "" {
		after = noID
	}
	if !isID(group) || !isID(after) {
		return nil, false, nil
	}
	list, err = s.related(ctx, `SELECT r.member_id, r.user_id IS NULL, CASE WHEN r.user_id IS NULL
			THEN (SELECT c.display FROM `+s.groups+` c WHERE c.id = r.child_id)
			ELSE (SELECT COALESCE(u.display, u.document->>'userName') FROM `+s.users+` u WHERE u.id = r.user_id) END
		FROM (SELECT member_id, user_id, child_id FROM `+s.members+` WHERE group_id = $1 AND member_id > $2::uuid ORDER BY member_id LIMIT $3) r
		ORDER BY r.member_id`, group, after, limit+1)
	if err != nil {
		return nil, false, fmt.Errorf("read members of group %s: %w", group, err)
	}
	list, more = cut(list, limit)
	return list, more, nil
}

// GroupsOf is MembersOf for the groups that a user or a group is a direct member of.
func (s Store) GroupsOf(ctx context.Context, t *schema.ResourceType, member, after string, limit int) (list []Related, more bool, err error) {
	limit = min(max(limit, 1), relatedMost)
	if after == "" {
		after = noID
	}
	if !isID(member) || !isID(after) {
		return nil, false, nil
	}
	list, err = s.related(ctx, `SELECT r.group_id, true, (SELECT g.display FROM `+s.groups+` g WHERE g.id = r.group_id)
		FROM (SELECT group_id FROM `+s.members+` WHERE `+memberColumn(t)+` = $1 AND group_id > $2::uuid ORDER BY group_id LIMIT $3) r
		ORDER BY r.group_id`, member, after, limit+1)
	if err != nil {
		return nil, false, fmt.Errorf("read groups of %s: %w", member, err)
	}
	list, more = cut(list, limit)
	return list, more, nil
}

// memberColumn has the id of a member of that type, and an index.
func memberColumn(t *schema.ResourceType) string {
	if isGroup(t) {
		return `child_id`
	}
	return `user_id`
}

// aboveMost bounds how many direct groups, and how many groups altogether, a look for indirect ones begins with and ends at.
const aboveMost = 1000

// GroupsAbove returns at most limit groups that a user or a group is in through another group, and whether there may be
// more: it looks at so many groups and no further. It is one statement where no group is in a group.
func (s Store) GroupsAbove(ctx context.Context, t *schema.ResourceType, member string, limit int) (list []Related, more bool, err error) {
	limit = min(max(limit, 1), relatedMost)
	if !isID(member) {
		return nil, false, nil
	}
	var looked int
	rows, err := s.reads.QueryContext(ctx, `WITH RECURSIVE direct AS MATERIALIZED (SELECT group_id AS id FROM `+s.members+`
				WHERE `+memberColumn(t)+` = $1 AND `+s.nested()+` LIMIT $2),
			above (id) AS (SELECT id FROM direct UNION SELECT m.group_id FROM above a JOIN `+s.members+` m ON m.child_id = a.id),
			seen AS MATERIALIZED (SELECT id FROM above LIMIT $3)
		SELECT n.looked, r.id, (SELECT g.display FROM `+s.groups+` g WHERE g.id = r.id) FROM (SELECT count(*) AS looked FROM seen) n
		LEFT JOIN (SELECT id FROM seen WHERE NOT EXISTS (SELECT 1 FROM `+s.members+` m WHERE m.group_id = seen.id AND m.member_id = $1)
			ORDER BY id LIMIT $4) r ON true ORDER BY r.id`, member, aboveMost, 2*aboveMost, limit+1)
	if err != nil {
		return nil, false, fmt.Errorf("read groups above %s: %w", member, err)
	}
	defer rows.Close()
	for rows.Next() {
		var id, name sql.NullString
		if err := rows.Scan(&looked, &id, &name); err != nil {
			return nil, false, fmt.Errorf("read groups above %s: %w", member, err)
		}
		if id.Valid {
			list = append(list, Related{ID: id.String, Group: true, Name: name.String})
		}
	}
	if err := rows.Err(); err != nil {
		return nil, false, fmt.Errorf("read groups above %s: %w", member, err)
	}
	list, more = cut(list, limit)
	return list, more || looked >= aboveMost, nil
}

func (s Store) related(ctx context.Context, statement string, args ...any) (list []Related, err error) {
	rows, err := s.reads.QueryContext(ctx, statement, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var r Related
		var name sql.NullString
		if err := rows.Scan(&r.ID, &r.Group, &name); err != nil {
			return nil, err
		}
		r.Name = name.String
		list = append(list, r)
	}
	return list, rows.Err()
}

// cut cuts the row off that only says that there are more.
func cut(list []Related, limit int) ([]Related, bool) {
	if len(list) > limit {
		return list[:limit], true
	}
	return list, false
}
