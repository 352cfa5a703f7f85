package directory_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/schema"
)

// fill writes n users, each in one of n/10 groups, by the shortest way: statements that Create does not use.
func (s tenant) fill(n int) {
	s.Helper()
	s.db.MustExec(`INSERT INTO `+s.schema.Table("users")+` (id, user_name, external_id, display_name, display, document, search, version, created, modified)
		SELECT gen_random_uuid(), 'user'||i||'@example.com', 'ext'||i, 'user number '||i, 'User Number '||i,
			json_build_object('schemas', ARRAY['urn:ietf:params:scim:schemas:core:2.0:User'], 'userName', 'user'||i||'@example.com',
				'displayName', 'User Number '||i, 'active', i % 50 <> 0, 'nickName', repeat('x', 400)),
			jsonb_build_object('schemas', ARRAY['urn:ietf:params:scim:schemas:core:2.0:user'], 'active', i % 50 <> 0, 'title', 'title '||i%100,
				'name', jsonb_build_object('givenName', 'given'||i%100, 'familyName', 'family'||i%100, 'formatted', 'formatted'||i),
				'emails', jsonb_build_array(jsonb_build_object('type', 'work', 'value', 'user'||i||'@example.com')),
				'addresses', jsonb_build_array(jsonb_build_object('type', 'work', 'locality', 'city'||i%100, 'country', 'c'||i%100, 'region', 'r'||i%100)),
				'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User',
					jsonb_build_object('department', 'dep'||i%100, 'manager', jsonb_build_object('value', 'm'||i%100)),
				'urn:ietf:params:scim:schemas:extension:SpokeCustom:2.0:User', jsonb_build_object('startDate', '2026-01-'||i%100)),
			1, $1::timestamptz + i * interval '1 ms', $1 FROM generate_series(1, $2) i`, at, n)
	s.db.MustExec(`INSERT INTO `+s.schema.Table("groups")+` (id, external_id, display_name, unique_name, display, document, search, version, created, modified)
		SELECT gen_random_uuid(), 'ext'||i, 'group '||i, 'group '||i, 'Group '||i,
			json_build_object('schemas', ARRAY['urn:ietf:params:scim:schemas:core:2.0:Group'], 'displayName', 'Group '||i), '{}', 1,
			$1::timestamptz + i * interval '1 ms', $1 FROM generate_series(1, $2) i`, at, n/10)
	s.db.MustExec(`INSERT INTO `+s.schema.Table("members")+` (group_id, member_id, user_id, added)
		SELECT g.id, u.id, u.id, $1 FROM (SELECT id, row_number() OVER (ORDER BY created) n FROM `+s.schema.Table("groups")+`) g
		JOIN (SELECT id, row_number() OVER (ORDER BY created) n FROM `+s.schema.Table("users")+`) u ON (u.n - 1) / 10 + 1 = g.n`, at)
	s.db.MustExec(`VACUUM ANALYZE ` + s.schema.Table("users") + `, ` + s.schema.Table("groups") + `, ` + s.schema.Table("members"))
}

// TestIndexes asks the planner how it would answer a filter on each attribute that identity providers match by.
func TestIndexes(t *testing.T) {
	t.Parallel()
	s := openOne(t)
	s.fill(4000)
	const enterprise, custom = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:", "urn:ietf:params:scim:schemas:extension:SpokeCustom:2.0:User:"
	var user, group string
	if err := s.db.QueryRow(`SELECT user_id, group_id FROM `+s.schema.Table("members")+` LIMIT 1`).Scan(&user, &group); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		kind          *schema.ResourceType
		filter, index string
	}{
		{users, `userName eq "user7@example.com"`, "users_user_name_key"},
		{users, `id eq "` + user + `"`, "users_pkey"},
		{users, `externalId eq "ext7"`, "users_external_id_idx"},
		{users, `displayName eq "User Number 7"`, "users_display_name_idx"},
		{users, `emails[type eq "work" and value eq "user7@example.com"]`, "users_search_idx"},
		{users, `emails.value eq "user7@example.com"`, "users_search_idx"},
		{users, `active eq false`, "users_search_idx"},
		{users, `title eq "Title 7"`, "users_search_idx"},
		{users, `name.givenName eq "given7"`, "users_search_idx"},
		{users, `name.familyName eq "family7"`, "users_search_idx"},
		{users, `name.formatted eq "formatted7"`, "users_search_idx"},
		{users, `addresses[type eq "work" and locality eq "city7"]`, "users_search_idx"},
		{users, `addresses[type eq "work" and country eq "c7"]`, "users_search_idx"},
		{users, `addresses[type eq "work" and region eq "r7"]`, "users_search_idx"},
		{users, enterprise + `department eq "dep7"`, "users_search_idx"},
		{users, enterprise + `manager eq "m7"`, "users_search_idx"},
		{users, custom + `startDate eq "2026-01-7"`, "users_search_idx"},
		{users, `title eq "title 7" and active eq true`, "users_search_idx"},
		{users, `externalId eq "ext7" or userName eq "user8@example.com"`, "users_external_id_idx"},
		{users, `groups.value eq "` + group + `"`, "members_pkey"},
		{users, `displayName sw "user number 77"`, "users_display_name_idx"},
		{groups, `displayName eq "Group 7"`, "groups_display_name_idx"},
		{groups, `externalId eq "ext7"`, "groups_external_id_idx"},
		{groups, `members eq "` + user + `"`, "members_user_id_idx"},
		{groups, `id eq "` + group + `" and members eq "` + user + `"`, "groups_pkey"},
	} {
		query := provider.Query{Read: provider.Read{Base: base}, Filter: bind(t, c.kind, c.filter), Limit: 100}
		page, err := s.List(t.Context(), c.kind, query)
		if err != nil || page.Total == 0 {
			t.Errorf("%s: %d found, %v", c.filter, page.Total, err)
		}
		statement, args := s.ListStatement(c.kind, query)
		plan := s.plan(statement, args)
		for _, wrong := range []string{"Seq Scan on users", "Seq Scan on groups", "Seq Scan on members", "users_created_idx", "groups_created_idx"} {
			if strings.Contains(plan, wrong) {
				t.Errorf("%s: the plan has %s:\n%s", c.filter, wrong, plan)
			}
		}
		if !strings.Contains(plan, c.index) {
			t.Errorf("%s: the plan has not %s:\n%s", c.filter, c.index, plan)
		}
	}
	statement, args := s.ListStatement(users, provider.Query{Read: whole, Offset: 3000, Limit: 100})
	if plan := s.plan(statement, args); !strings.Contains(plan, "users_created_idx") {
		t.Errorf("a page of all users does not come from the index of creation:\n%s", plan)
	}
}

// TestMemberPlans asks how a few members of a large group are added and removed: not by a look at the others.
func TestMemberPlans(t *testing.T) {
	t.Parallel()
	s := openOne(t)
	s.fill(4000)
	large := s.fillGroups(5, 3000)[0]
	var ids []string
	if err := s.db.Select(&ids, `SELECT id FROM `+s.schema.Table("users")+` ORDER BY created LIMIT 3`); err != nil {
		t.Fatal(err)
	}
	for _, m := range []provider.Members{{Add: ids[:1]}, {Add: ids}, {Remove: ids[:1]}, {Remove: ids}} {
		statements, args := s.MemberStatements(groups, provider.Update{ID: large, At: at, Members: m})
		for i, statement := range statements {
			plan := s.plan(statement, args[i])
			if strings.Contains(plan, "Seq Scan on") || len(m.Remove) > 0 && !strings.Contains(plan, "members_pkey") {
				t.Errorf("%+v looks at more than it changes:\n%s", m, plan)
			}
		}
	}
}

func (s tenant) plan(statement string, args []any) string {
	s.Helper()
	var lines []string
	if err := s.db.Select(&lines, `EXPLAIN `+statement, args...); err != nil {
		s.Fatal(fmt.Errorf("explain %s: %w", statement, err))
	}
	return strings.Join(lines, "\n")
}
