package directory_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

func TestLeft(t *testing.T) {
	t.Parallel()
	d, stores, tenants := persons(t, 2)
	s := stores[0]
	gone := func(s tenant, text string, when time.Time) directory.Left {
		t.Helper()
		made := s.create(users, text)
		s.delete(users, when, made.ID)
		return directory.Left{Person: directory.Person{ID: made.ID, Created: made.Created}, At: when}
	}
	is := func(l directory.Left, name string, by directory.Hold) directory.Left {
		l.UserName, l.Hold = name, by
		return l
	}
	later, latest := at.Add(time.Hour), at.Add(2*time.Hour)
	ada := gone(s, `{"userName":"Ada@Acme.com","active":true,"emails":[{"value":"countess@acme.com","primary":true},{"value":"Ada@home.org"}]}`, later)
	again := gone(s, `{"userName":"ada@acme.com","active":false}`, latest)
	elan := gone(s, "{\"userName\":\"x\",\"emails\":[{\"value\":\"\u00c9lan@acme.com\"}]}", later)
	gone(s, "{\"userName\":\"\u212Aim@acme.com\"}", later)
	gone(s, `{"userName":"other","nickName":"grace@acme.com","displayName":"grace@acme.com"}`, later)
	foreign := gone(stores[1], `{"userName":"ada@acme.com"}`, later)
	s.create(users, `{"userName":"grace@acme.com"}`) // who is there
	g := s.create(groups, `{"displayName":"ada@acme.com"}`)
	s.delete(groups, latest, g.ID)
	for _, tc := range []struct {
		tenant tenancy.ID
		email  string
		since  time.Time
		want   []directory.Left
	}{
		{tenants[0].ID, "ada@acme.com", at, []directory.Left{is(again, "ada@acme.com", directory.ByName), is(ada, "Ada@Acme.com", directory.ByName)}},
		{tenants[0].ID, "ADA@acme.com", latest, []directory.Left{is(again, "ada@acme.com", directory.ByName)}},
		{tenants[0].ID, "ada@acme.com", latest.Add(time.Microsecond), nil},
		{tenants[0].ID, " Countess@ACME.com ", time.Time{}, []directory.Left{is(ada, "Ada@Acme.com", directory.ByPrimary)}},
		{tenants[0].ID, "ada@home.org", at, []directory.Left{is(ada, "Ada@Acme.com", directory.ByAlias)}},
		{tenants[0].ID, "\u00e9lan@acme.com", at, []directory.Left{is(elan, "x", directory.ByPrimary)}},
		{tenants[0].ID, "\u00e8lan@acme.com", at, nil}, // the index finds her: beyond ASCII it knows one sign
		{tenants[0].ID, "kim@acme.com", at, nil},
		{tenants[0].ID, "grace@acme.com", at, nil},
		{tenants[1].ID, "ada@acme.com", at, []directory.Left{is(foreign, "ada@acme.com", directory.ByName)}},
		{tenants[0].ID, "", at, nil},
		{tenants[0].ID, `ada@acme.com" or "1" eq "1`, at, nil},
		{tenants[0].ID, "ada@acme.com\x00", at, nil},
		{tenants[0].ID, "ada@acme.com\xff", at, nil},
		{tenants[0].ID, strings.Repeat("a", 100_000), at, nil},
	} {
		list, err := d.Left(t.Context(), tc.tenant, tc.email, tc.since)
		if diff := cmp.Diff(tc.want, list); diff != "" || err != nil {
			t.Errorf("%.40q: %v %s", tc.email, err, diff)
		}
	}
	if _, err := d.Left(t.Context(), tenancy.NewID(), "ada@acme.com", at); !tenantdb.Undefined(err) {
		t.Errorf("a tenant that is not there: %v", err)
	}
}

// Whatever the journal's length, the statement looks into the index.
func TestLeftPlan(t *testing.T) {
	t.Parallel()
	_, stores, tenants := persons(t, 1)
	s := stores[0]
	journalTable := tenantdb.SchemaFor(tenants[0].ID).Table("journal")
	s.db.MustExec(`INSERT INTO `+journalTable+` (id, at, action, resource_type, resource_id, version, actor, request_id, detail)
		SELECT gen_random_uuid(), $1::timestamptz, CASE WHEN n % 2 = 0 THEN 'delete' ELSE 'update' END, 'User', gen_random_uuid(), 1, '', '',
			jsonb_build_object('document', jsonb_build_object('userName', 'user' || n || '@example.com'), 'created', $1::timestamptz) FROM generate_series(1, 20000) n`, at)
	s.db.MustExec(`ANALYZE ` + journalTable)
	for _, since := range []time.Time{{}, at, at.Add(time.Hour)} {
		statement, args := directory.LeftStatement(tenants[0].ID, "user8@example.com", since)
		if plan := s.plan(statement, args); !strings.Contains(plan, "journal_left_idx") && !strings.Contains(plan, "journal_leaver_idx") || strings.Contains(plan, "Seq Scan on") {
			t.Errorf("since %v it looks at all:\n%s", since, plan)
		}
	}
	statement, args := directory.LeftStatement(tenants[0].ID, "user8@example.com", time.Time{})
	if plan := s.plan(statement, args); !strings.Contains(plan, "journal_left_idx") {
		t.Errorf("the plan:\n%s", plan)
	}
}

// A document of whatever signs is deleted: the index takes it.
func TestLeftOfAnyDocument(t *testing.T) {
	t.Parallel()
	_, stores, _ := persons(t, 1)
	s := stores[0]
	var ids []string
	for i, text := range []string{
		`{"userName":%q,"displayName":"\ud83d\ude00 \u0001 \"quoted\" \\ back","emails":[{"value":"a\"b\\c\u00e9\ufffd@x.org"}]}`,
		`{"userName":%q,"emails":[]}`,
		`{"userName":%q,"displayName":"TRUE NULL \u2028 \u00c4\u00d6\u00dc","nickName":"\t\n"}`,
		`{"userName":%q,"nickName":"` + strings.Repeat("\u00fc\u0130x", 20_000) + `"}`,
	} {
		ids = append(ids, s.create(users, fmt.Sprintf(text, fmt.Sprint("u", i, uuid.NewString()))).ID)
	}
	s.delete(users, at, ids...)
	for _, id := range slices.Backward(ids) {
		s.restore(id, at.Add(time.Minute))
	}
}
