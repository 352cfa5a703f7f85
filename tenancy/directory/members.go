package directory

import "github.com/askspoke/spoke/scim/provider"

// knownMembers returns the CTEs that tell what the ids in the array are: wanted are the ids, known what each of them
// is, unknown those that are neither a user nor a group of the tenant. $1 is the id of the group, which is no member of
// itself. named asks for what the relation shows of a member.
func (s Store) knownMembers(array string, named bool) []string {
	display := ``
	if named {
		display = `, COALESCE(u.display, c.display) AS display`
	}
	return []string{
		`wanted AS MATERIALIZED (SELECT w.id FROM unnest(` + array + `::uuid[]) AS w (id))`,
		`known AS MATERIALIZED (SELECT w.id, u.id AS user_id, c.id AS child_id` + display + ` FROM wanted w
			LEFT JOIN ` + s.users + ` u ON u.id = w.id LEFT JOIN ` + s.groups + ` c ON c.id = w.id)`,
		`unknown AS MATERIALIZED (SELECT id FROM known WHERE COALESCE(user_id, child_id) IS NULL OR id = $1::uuid)`,
	}
}

// insertMembers returns the INSERT into members of the group $1 at the time $2, but for its FROM.
func (s Store) insertMembers() string {
	return `INSERT INTO ` + s.members + ` (group_id, member_id, user_id, child_id, added)
		SELECT $1::uuid, k.id, k.user_id, k.child_id, $2::timestamptz`
}

// knownRelation returns the expression that renders the known members as the relation, as a JSON string: jsonb would
// keep neither the order nor the size of an object.
func knownRelation(read provider.Read, args *arguments) string {
	if !read.Relation {
		return `NULL`
	}
	return rendered(args.add(fragment(read.Base)), ``,
		`SELECT k.id, `+memberKind(`k.user_id`)+`, to_json(k.display) AS display FROM known k ORDER BY k.id`)
}
