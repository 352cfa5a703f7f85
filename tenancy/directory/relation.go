package directory

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/schema"
)

// relation returns the expression that renders the relation of the row t as JSON text, or NULL where it is empty.
func (s Store) relation(t *schema.ResourceType, read provider.Read, args *arguments) string {
	switch {
	case !read.Relation:
		return `NULL::text`
	case isGroup(t):
		return rendered(`SELECT r.member_id AS id, `+memberKind(`r.user_id`)+`, CASE WHEN r.user_id IS NULL
				THEN (SELECT to_json(c.display) FROM `+s.groups+` c WHERE c.id = r.child_id)
				ELSE (SELECT to_json(u.display) FROM `+s.users+` u WHERE u.id = r.user_id) END AS display
			FROM `+s.members+` r WHERE r.group_id = t.id ORDER BY r.member_id`, read, args)
	default:
		return rendered(`SELECT r.group_id AS id, '/Groups/' AS place, 'direct' AS type,
				(SELECT to_json(g.display) FROM `+s.groups+` g WHERE g.id = r.group_id) AS display
			FROM `+s.members+` r WHERE r.user_id = t.id ORDER BY r.group_id`, read, args)
	}
}

// memberKind returns the columns that tell what a member is, of an expression that is NULL unless it is a user.
func memberKind(user string) string {
	return `CASE WHEN ` + user + ` IS NULL THEN '/Groups/' ELSE '/Users/' END AS place,
		CASE WHEN ` + user + ` IS NULL THEN 'Group' ELSE 'User' END AS type`
}

// rendered returns the expression that renders elements (id, place, type, display) as a JSON list, in their order. The
// text is put together here because Postgres would write blanks between its parts, and concat is what it plans fastest;
// for the same reason the elements look their displays up one by one and do not join.
func rendered(elements string, read provider.Read, args *arguments) string {
	return `(SELECT '[' || string_agg(concat('{"value":"', e.id, '","$ref":"', ` + args.add(fragment(read.Base)) + `::text, e.place, e.id,
			'"', ',"display":' || e.display::text, ',"type":"', e.type, '"}'), ',') || ']' FROM (` + elements + `) e)`
}

// fragment returns text as it stands inside a JSON string.
func fragment(text string) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(text) // a string can always be encoded
	return strings.TrimSuffix(strings.TrimPrefix(b.String(), `"`), "\"\n")
}
