package directory

import "github.com/askspoke/spoke/scim/filter"

// related compiles a condition on the relation: the groups of a user, the members of a group. where gets what compiles
// a comparison of one membership. The joins are outer ones, so that the planner drops those that where does not need.
func (c *compiler) related(where func(row func(filter.Test) string) string) string {
	if !isGroup(c.t) {
		return `t.id IN (SELECT r.user_id FROM (` + c.store.memberships() + `) r
			LEFT JOIN ` + c.store.groups + ` g ON g.id = r.group_id WHERE ` + where(c.groupOf) + `)`
	}
	return `t.id IN (SELECT r.group_id FROM ` + c.store.members + ` r
		LEFT JOIN ` + c.store.users + ` u ON u.id = r.user_id
		LEFT JOIN ` + c.store.groups + ` g ON g.id = r.child_id WHERE ` + where(c.memberOf) + `)`
}

// groupOf compiles a comparison of one element of the groups of a user.
func (c *compiler) groupOf(n filter.Test) string {
	switch subName(n) {
	case "value":
		return c.id(`r.group_id`, n)
	case "$ref":
		return c.uri("/Groups", `r.group_id`, n)
	case "display":
		return c.column(`g.display_name`, n)
	case "type":
		return c.column(`r.type`, n)
	}
	return `true`
}

// memberOf compiles a comparison of one element of the members of a group. eq names the columns that are indexed.
func (c *compiler) memberOf(n filter.Test) string {
	switch subName(n) {
	case "value":
		if n.Op == filter.Equal {
			return `(` + c.id(`r.user_id`, n) + ` OR ` + c.id(`r.child_id`, n) + `)`
		}
		return c.id(`r.member_id`, n)
	case "$ref":
		if n.Op == filter.Equal {
			return `(` + c.uri("/Users", `r.user_id`, n) + ` OR ` + c.uri("/Groups", `r.child_id`, n) + `)`
		}
		return c.column(`(`+c.add(c.base)+`::text || CASE WHEN r.user_id IS NULL THEN '/Groups/' ELSE '/Users/' END || r.member_id)`, n)
	case "display":
		return c.column(`NULLIF(COALESCE(u.display_name, g.display_name), '')`, n)
	case "type":
		return c.column(`CASE WHEN r.user_id IS NULL THEN 'group' ELSE 'user' END`, n)
	}
	return `true`
}

// subName is the sub-attribute that a comparison names, "" for the presence of the whole.
func subName(n filter.Test) string {
	switch {
	case n.Ref.Sub != nil:
		return n.Ref.Sub.Name
	case n.Op == filter.Present:
		return ""
	}
	return "value"
}
