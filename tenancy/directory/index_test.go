package directory_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/schema"
)

// fill writes n users, each in one of n/10 groups, by the shortest way: statements that Create does not use.
func (s tenant) fill(n int) {
	s.Helper()
	conn, err := s.db.Connx(s.Context())
	if err != nil {
		s.Fatal(err)
	}
	defer conn.Close()
	exec := func(statement string, args ...any) {
		if _, err := conn.ExecContext(s.Context(), statement, args...); err != nil {
			s.Fatal(err)
		}
	}
	exec(`SET statement_timeout = 0`)
	defer exec(`RESET statement_timeout`)
	exec(`INSERT INTO `+s.schema.Table("users")+` (id, user_name, external_id, display_name, display, document, search, version, created, modified)
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
	exec(`INSERT INTO `+s.schema.Table("groups")+` (id, external_id, display_name, unique_name, display, document, search, version, created, modified)
		SELECT gen_random_uuid(), 'ext'||i, 'group '||i, 'group '||i, 'Group '||i,
			json_build_object('schemas', ARRAY['urn:ietf:params:scim:schemas:core:2.0:Group'], 'displayName', 'Group '||i), '{}', 1,
			$1::timestamptz + i * interval '1 ms', $1 FROM generate_series(1, $2) i`, at, n/10)
	exec(`INSERT INTO `+s.schema.Table("members")+` (group_id, member_id, user_id, added)
		SELECT g.id, u.id, u.id, $1 FROM (SELECT id, row_number() OVER (ORDER BY created) n FROM `+s.schema.Table("groups")+`) g
		JOIN (SELECT id, row_number() OVER (ORDER BY created) n FROM `+s.schema.Table("users")+`) u ON (u.n - 1) / 10 + 1 = g.n`, at)
	exec(`VACUUM ANALYZE ` + s.schema.Table("users") + `, ` + s.schema.Table("groups") + `, ` + s.schema.Table("members"))
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
		{users, `emails[value eq "user7@example.com" and primary eq false]`, "users_search_idx"},
		{users, `emails[type eq "work" and (value eq "user7@example.com" and value co "7")]`, "users_search_idx"},
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
}

// TestPlans asks how a large directory is looked into. Its parts share one, which takes longer to fill than all that they
// ask: of fewer rows, looking at all is quick.
//
//nolint:tparallel // the last part adds users
func TestPlans(t *testing.T) {
	t.Parallel()
	d, stores, tenants := persons(t, 1)
	s := stores[0]
	s.fill(20_000)
	t.Run("pages", s.pagePlans) // before there are other groups than those of fill
	s.db.MustExec(`INSERT INTO `+s.schema.Table("groups")+` (id, display_name, display, document, search, version, created, modified)
		SELECT gen_random_uuid(), 'more '||i, 'More '||i, '{}', '{}', 1, $1, $1 FROM generate_series(1, 30000) i`, at)
	s.db.MustExec(`VACUUM ANALYZE ` + s.schema.Table("groups"))
	t.Run("lookups", s.lookPlans)
	t.Run("names", s.namesPlan)
	t.Run("persons", func(t *testing.T) { s.personPlan(t, d, tenants[0].ID) })
}

// pagePlans asks how pages are found: a position and an identifying sort value by an index, without a look at the rows
// before them.
func (s tenant) pagePlans(t *testing.T) {
	s.TB = t
	for _, c := range []struct {
		sort       string
		descending bool
		offset     int
		index      string
	}{
		{"", false, 3000, "Index Only Scan using users_created_idx"},
		{"", false, -1, "Index Cond: (ROW(created, id) > ROW("},
		{"userName", false, 0, "users_user_name_key"},
		{"userName", false, -1, "Index Cond: (user_name >= "},
		{"userName", true, -1, "Index Cond: (user_name <= "},
		{"displayName", false, 0, "users_display_name_idx"},
		{"displayName", false, -1, "Index Cond: (display_name >= "},
		{"displayName", true, -1, "Index Cond: (display_name <= "},
		{"externalId", false, 0, "users_external_id_idx"},
		{"externalId", false, -1, "Index Cond: (external_id >= "},
		{"externalId", true, -1, "Index Cond: (external_id <= "},
		{"id", true, -1, "Index Cond: (id <= "},
		{"meta.created", true, -1, "Index Cond: (created <= "},
	} {
		query := provider.Query{Read: whole, Limit: 100, Offset: c.offset, Sort: sortBy(t, users, c.sort, c.descending)}
		if c.offset < 0 {
			query.Offset = 2999
			page, err := s.List(t.Context(), users, query)
			if err != nil {
				t.Fatal(err)
			}
			query.Offset, query.After = 0, page.Next
		}
		statement, args := s.ListStatement(users, query)
		plan := s.plan(statement, args)
		if !strings.Contains(plan, c.index) || strings.Contains(plan, "Seq Scan on users t") {
			t.Errorf("sorted by %q, descending %v: the plan has not %s:\n%s", c.sort, c.descending, c.index, plan)
		}
	}
}

// TestPlanOfAnd asks how terms by eq that must all be met are looked up: at once, in the one index.
func TestPlanOfAnd(t *testing.T) {
	t.Parallel()
	s := openOne(t)
	s.fill(4000)
	for text, want := range map[string]string{
		`title eq "title 8" and emails[type eq "work" and value eq "user108@example.com"] and active eq true`:                               `{"title": "title 8", "active": true, "emails": [{"type": "work", "value": "user108@example.com"}]}`,
		`(name.givenName eq "given8" and name.familyName eq "family8") and emails.type eq "work" and emails.value eq "user108@example.com"`: `{"name": {"givenName": "given8", "familyName": "family8"}, "emails": [{"type": "work"}, {"value": "user108@example.com"}]}`,
	} {
		statement, args := s.ListStatement(users, provider.Query{Read: whole, Limit: 100, Filter: bind(t, users, text)})
		plan := s.plan(statement, args)
		if !strings.Contains(plan, "Index Cond: (search @> '"+want+"'::jsonb)") || strings.Count(plan, "users_search_idx") != 1 {
			t.Errorf("%s: the plan does not look for %s at once:\n%s", text, want, plan)
		}
	}
}

func sortBy(t testing.TB, kind *schema.ResourceType, path string, descending bool) *provider.Sort {
	t.Helper()
	if path == "" {
		return nil
	}
	ref, ok := kind.Resolve(path, scim.Strict())
	if !ok {
		t.Fatalf("%s has no %s", kind.Name, path)
	}
	return &provider.Sort{Ref: ref, Descending: descending}
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
