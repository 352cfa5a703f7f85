package directory

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"

	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/resource"
	"github.com/askspoke/spoke/scim/schema"
)

// relation returns the expression that renders the relation of the row t as JSON text: NULL where it is empty, an empty
// text where it has more elements than the read wants, and nestedMark. seeRelation reads it.
func (s Store) relation(t *schema.ResourceType, read provider.Read, args *arguments) string {
	if !read.Relation {
		return `NULL::text`
	}
	limit, base := ``, args.add(fragment(read.Base))
	if read.Most > 0 {
		limit = args.add(read.Most) + `::bigint`
	}
	if isGroup(t) {
		return rendered(base, limit, s.directMembers(first(`r.member_id`, limit)))
	}
	all := nestedMark
	if s.nests {
		all = rendered(base, limit, s.allGroups()+first(`a.id`, limit))
	}
	return `CASE WHEN ` + s.nested() + ` THEN ` + all + ` ELSE ` + rendered(base, limit, s.directGroups(first(`r.group_id`, limit))) + ` END`
}

// nestedMark stands for the groups of a user where the statement was not made for groups in groups: it plans no recursion,
// which takes longer than all the rest of it.
const nestedMark = `'nested'`

// errNested says that the statement was not made for groups in groups, which the tenant has.
var errNested = errors.New("the tenant has groups in groups")

// seeRelation reads what the expression of relation says beside the elements.
func seeRelation(d *resource.Document) error {
	switch {
	case d.Relation == nil:
	case len(d.Relation) == 0:
		d.Relation, d.Large = nil, true
	case d.Relation[0] != '[':
		return errNested
	}
	return nil
}

// readNesting does a read, and does it again if it turns out that the tenant has groups in groups, which is remembered.
func readNesting[T any](s Store, read func(Store) (T, error)) (T, error) {
	answer, err := read(s)
	if !errors.Is(err, errNested) {
		return answer, err
	}
	s.nestings.Store(s.schema, true)
	s.nests = true
	return read(s)
}

// first returns what ends a query that is to yield its rows in the order of an id: one more than limit, which may be empty.
func first(id, limit string) string {
	if limit != `` {
		limit = ` LIMIT ` + limit + ` + 1`
	}
	return ` ORDER BY ` + id + limit
}

// directMembers are the members of the group t. end ends the query that chooses them, before anything is looked up of each.
func (s Store) directMembers(end string) string {
	return `SELECT r.member_id AS id, ` + memberKind(`r.user_id`) + `, CASE WHEN r.user_id IS NULL
			THEN (SELECT to_json(c.display) FROM ` + s.groups + ` c WHERE c.id = r.child_id)
			ELSE (SELECT to_json(u.display) FROM ` + s.users + ` u WHERE u.id = r.user_id) END AS display
		FROM (SELECT r.* FROM ` + s.members + ` r WHERE r.group_id = t.id` + end + `) r ORDER BY r.member_id`
}

// directGroups are the groups that the user t is a member of.
func (s Store) directGroups(end string) string {
	return `SELECT r.group_id AS id, '/Groups/' AS place, 'direct' AS type, ` + s.groupDisplay(`r.group_id`) + ` AS display
		FROM (SELECT r.* FROM ` + s.members + ` r WHERE r.user_id = t.id` + end + `) r ORDER BY r.group_id`
}

// allGroups are these and the groups that contain them, at any depth.
func (s Store) allGroups() string {
	return `WITH RECURSIVE above (id, direct) AS (SELECT r.group_id, true FROM ` + s.members + ` r WHERE r.user_id = t.id
			UNION SELECT r.group_id, false FROM above a JOIN ` + s.members + ` r ON r.child_id = a.id)
		SELECT a.id, '/Groups/' AS place, CASE WHEN bool_or(a.direct) THEN 'direct' ELSE 'indirect' END AS type,
			` + s.groupDisplay(`a.id`) + ` AS display
		FROM above a GROUP BY a.id`
}

func (s Store) groupDisplay(id string) string {
	return `(SELECT to_json(g.display) FROM ` + s.groups + ` g WHERE g.id = ` + id + `)`
}

// memberKind returns the columns that tell what a member is, of an expression that is NULL unless it is a user.
func memberKind(user string) string {
	return `CASE WHEN ` + user + ` IS NULL THEN '/Groups/' ELSE '/Users/' END AS place,
		CASE WHEN ` + user + ` IS NULL THEN 'Group' ELSE 'User' END AS type`
}

// rendered returns the expression that renders elements (id, place, type, display) as a JSON list, in the order of their ids:
// NULL where there are none, and an empty text where they are more than limit, which may be empty. base is the argument that
// holds the URI of the endpoints as it stands inside a JSON string.
func rendered(base, limit, elements string) string {
	list := `'[' || ` + joinedElements(base) + ` || ']'`
	if limit != `` {
		list = `CASE WHEN count(*) > ` + limit + ` THEN '' ELSE ` + list + ` END`
	}
	return `(SELECT ` + list + ` FROM (` + elements + `) e)`
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
