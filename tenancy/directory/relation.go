package directory

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/schema"
)

// relation returns the expression that renders the relation of the row t as JSON text: NULL where it is empty, and
// an empty text where it has more elements than the read wants.
func (s Store) relation(t *schema.ResourceType, read provider.Read, args *arguments) string {
	switch {
	case !read.Relation:
		return `NULL::text`
	case isGroup(t):
		return bounded(args.add(fragment(read.Base)), read.Most, s.directMembers(), args)
	default:
		base := args.add(fragment(read.Base))
		return `CASE WHEN ` + s.nested() + ` THEN ` + bounded(base, read.Most, s.allGroups(), args) +
			` ELSE ` + bounded(base, read.Most, s.directGroups(), args) + ` END`
	}
}

// directMembers are the members of the group t.
func (s Store) directMembers() string {
	return `SELECT r.member_id AS id, ` + memberKind(`r.user_id`) + `, CASE WHEN r.user_id IS NULL
			THEN (SELECT to_json(c.display) FROM ` + s.groups + ` c WHERE c.id = r.child_id)
			ELSE (SELECT to_json(u.display) FROM ` + s.users + ` u WHERE u.id = r.user_id) END AS display
		FROM ` + s.members + ` r WHERE r.group_id = t.id ORDER BY r.member_id`
}

// directGroups are the groups that the user t is a member of.
func (s Store) directGroups() string {
	return `SELECT r.group_id AS id, '/Groups/' AS place, 'direct' AS type, ` + s.groupDisplay(`r.group_id`) + ` AS display
		FROM ` + s.members + ` r WHERE r.user_id = t.id ORDER BY r.group_id`
}

// allGroups are these and the groups that contain them, at any depth.
func (s Store) allGroups() string {
	return `WITH RECURSIVE above (id, direct) AS (SELECT r.group_id, true FROM ` + s.members + ` r WHERE r.user_id = t.id
			UNION SELECT r.group_id, false FROM above a JOIN ` + s.members + ` r ON r.child_id = a.id)
		SELECT a.id, '/Groups/' AS place, CASE WHEN bool_or(a.direct) THEN 'direct' ELSE 'indirect' END AS type,
			` + s.groupDisplay(`a.id`) + ` AS display
		FROM above a GROUP BY a.id ORDER BY a.id`
}

func (s Store) groupDisplay(id string) string {
	return `(SELECT to_json(g.display) FROM ` + s.groups + ` g WHERE g.id = ` + id + `)`
}

// memberKind returns the columns that tell what a member is, of an expression that is NULL unless it is a user.
func memberKind(user string) string {
	return `CASE WHEN ` + user + ` IS NULL THEN '/Groups/' ELSE '/Users/' END AS place,
		CASE WHEN ` + user + ` IS NULL THEN 'Group' ELSE 'User' END AS type`
}

// rendered returns the expression that renders elements (id, place, type, display) as a JSON list, in their order, or as
// NULL where there are none. base is the argument that holds the URI of the endpoints as it stands inside a JSON string.
func rendered(base, elements string) string {
	return `(SELECT '[' || ` + joinedElements(base) + ` || ']' FROM (` + elements + `) e)`
}

// bounded returns the expression that renders elements, or as an empty text where they are more than most; 0 is any
// number. Postgres looks at no more of them than it must.
func bounded(base string, most int, elements string, args *arguments) string {
	if most == 0 {
		return rendered(base, elements)
	}
	limit := args.add(most) + `::bigint`
	return `(SELECT CASE WHEN count(*) > ` + limit + ` THEN '' ELSE '[' || ` + joinedElements(base) + ` || ']' END
		FROM (` + elements + ` LIMIT ` + limit + ` + 1) e)`
}

// joinedElements returns the expression that aggregates elements e as JSON objects with commas between them. The text is
// put together here because Postgres would write blanks between its parts, and concat is what it plans fastest; for the
// same reason the elements look their displays up one by one and do not join.
func joinedElements(base string) string {
	return `string_agg(concat('{"value":"', e.id, '","$ref":"', ` + base + `::text, e.place, e.id,
			'"', ',"display":' || e.display::text, ',"type":"', e.type, '"}'), ',')`
}

// fragment returns text as it stands inside a JSON string.
func fragment(text string) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(text) // a string can always be encoded
	return strings.TrimSuffix(strings.TrimPrefix(b.String(), `"`), "\"\n")
}
