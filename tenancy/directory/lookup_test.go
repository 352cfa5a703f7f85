package directory_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/scim/schema"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// names are those of the resources that a lookup finds, in its order.
func (s tenant) names(kind *schema.ResourceType, q directory.Lookup) []string {
	s.Helper()
	found, err := s.Look(s.Context(), kind, q)
	if err != nil {
		s.Fatalf("look for %q: %v", q.Text, err)
	}
	return namesIn(s, found)
}

func namesIn(t testing.TB, found directory.Looked) []string {
	t.Helper()
	var names []string
	for _, one := range found.List {
		var document struct{ UserName, DisplayName string }
		if err := json.Unmarshal(one.Document, &document); err != nil {
			t.Fatal(err)
		}
		name := document.UserName
		if name == "" {
			name = document.DisplayName
		}
		names = append(names, name)
	}
	return names
}

func TestLookForUser(t *testing.T) {
	t.Parallel()
	stores := open(t, 2, journal.OneStatement)
	s := stores[0]
	ada := s.create(users, `{"userName":"Ada@Acme.com","externalId":"E-1","displayName":"Ada Lovelace","name":{"givenName":"Augusta","familyName":"King"},"emails":[{"value":"countess@acme.com"}]}`)
	s.create(users, `{"userName":"adam@acme.com","displayName":"100% Adam","active":false,"name":{"familyName":"Ada"}}`)
	s.create(users, `{"userName":"zoë@acme.com","displayName":"Zoë","externalId":"ada@acme.com"}`)
	stores[1].create(users, `{"userName":"ada@acme.com"}`)
	yes, no := true, false
	for _, tc := range []struct {
		text   string
		active *bool
		want   []string
	}{
		{"ada", nil, []string{"Ada@Acme.com", "adam@acme.com"}},
		{" ADA ", nil, []string{"Ada@Acme.com", "adam@acme.com"}},
		{"ada", &yes, []string{"Ada@Acme.com"}},
		{"ada", &no, []string{"adam@acme.com"}},
		{"ada@acme.com", nil, []string{"zoë@acme.com", "Ada@Acme.com"}}, // the whole externalId is more than a beginning
		{"ADA@ACME.COM", nil, []string{"Ada@Acme.com"}},
		{"lovelace", nil, nil}, // not the beginning
		{"Ada Love", nil, []string{"Ada@Acme.com"}},
		{"king", nil, []string{"Ada@Acme.com"}},
		{"kin", nil, nil},
		{"augusta", nil, []string{"Ada@Acme.com"}},
		{"Countess@acme.com", nil, []string{"Ada@Acme.com"}},
		{"countess", nil, nil},
		{"E-1", nil, []string{"Ada@Acme.com"}},
		{"e-1", nil, nil},
		{ada.ID, nil, []string{"Ada@Acme.com"}},
		{strings.ToUpper(ada.ID), nil, []string{"Ada@Acme.com"}},
		{"ZOË", nil, []string{"zoë@acme.com"}},
		{"%", nil, nil},
		{"100%", nil, []string{"adam@acme.com"}},
		{"_da", nil, nil},
		{`"}]}`, nil, nil},
		{"'; DROP TABLE users; --", nil, nil},
		{"a\x00", nil, nil},
		{"a\xff", nil, nil},
		{"\U0010FFFF", nil, nil},
		{"\uD7FF", nil, nil},
		{strings.Repeat("a", 100_000), nil, nil},
	} {
		if diff := cmp.Diff(tc.want, s.names(users, directory.Lookup{Text: tc.text, Active: tc.active})); diff != "" {
			t.Errorf("%.40q, active %v: %s", tc.text, tc.active, diff)
		}
	}
	found, err := s.Look(t.Context(), users, directory.Lookup{Text: "a", Limit: 1})
	if err != nil || !found.More || found.Next != "" || len(found.List) != 1 {
		t.Errorf("%+v, %v", found, err)
	}
	found, err = s.Look(t.Context(), users, directory.Lookup{Text: "king", Limit: 1})
	if err != nil || found.More || len(found.List) != 1 {
		t.Errorf("%+v, %v", found, err)
	}
}

func TestLookForGroup(t *testing.T) {
	t.Parallel()
	s := openOne(t)
	ada, grace := s.user("ada"), s.user("grace")
	engineers := s.group("Engineers", ada.ID, grace.ID)
	s.create(groups, `{"displayName":"Everyone","externalId":"E-2"}`, engineers.ID)
	no := false
	for text, want := range map[string][]string{
		"e": {"Engineers", "Everyone"}, "eng": {"Engineers"}, "E-2": {"Everyone"}, engineers.ID: {"Engineers"}, ada.ID: nil, "gine": nil, "": {"Engineers", "Everyone"},
	} {
		// Groups are neither active nor not.
		if diff := cmp.Diff(want, s.names(groups, directory.Lookup{Text: text, Active: &no})); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
	found, err := s.Look(t.Context(), groups, directory.Lookup{Text: "eng"})
	if err != nil || len(found.List) != 1 || found.List[0].Members != 2 || !found.List[0].Active {
		t.Errorf("%+v, %v", found, err)
	}
}

// walk reads all pages of a list.
func (s tenant) walk(kind *schema.ResourceType, q directory.Lookup) (all []string, pages int) {
	s.Helper()
	for {
		found, err := s.Look(s.Context(), kind, q)
		if err != nil {
			s.Fatal(err)
		}
		pages++
		all = append(all, namesIn(s, found)...)
		if found.Next == "" {
			return all, pages
		}
		q.After = found.Next
	}
}

func TestLookPages(t *testing.T) {
	t.Parallel()
	s := openOne(t)
	s.fill(4000) // every 50th is not active
	_, err := s.db.Exec(`UPDATE ` + s.schema.Table("groups") + ` SET display_name = 'same', display = 'Same', unique_name = NULL WHERE external_id < 'ext3'`)
	if err != nil {
		t.Fatal(err)
	}
	yes, no := true, false
	for _, tc := range []struct {
		kind        *schema.ResourceType
		active      *bool
		limit       int
		want, pages int
	}{
		{users, nil, 300, 4000, 14},
		{users, &yes, 300, 3920, 14},
		{users, &no, 30, 80, 3},
		{users, &no, 200, 80, 1},
		{groups, nil, 30, 400, 14},
	} {
		all, pages := s.walk(tc.kind, directory.Lookup{Active: tc.active, Limit: tc.limit})
		once := slices.Compact(slices.Sorted(slices.Values(all)))
		if len(all) != tc.want || tc.kind == users && len(once) != tc.want || pages != tc.pages {
			t.Errorf("%s, active %v: %d of which %d differ on %d pages", tc.kind.Name, tc.active, len(all), len(once), pages)
		}
	}
	for _, cursor := range []string{"x", "%", strings.Repeat("A", 100), encoded("U"), encoded("G00000000-0000-0000-0000-000000000000a"), encoded("U00000000-0000-0000-0000-000000000000\x00"), encoded("U00000000-0000-0000-0000-000000000000\xff")} {
		if _, err := s.Look(t.Context(), users, directory.Lookup{After: cursor}); !errors.Is(err, tenantdb.ErrCursor) {
			t.Errorf("%q: %v", cursor, err)
		}
	}
}

func encoded(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

// Where the active ones are few, a page that finds none leads on, and a walk still meets each once.
func TestLookAmongMany(t *testing.T) {
	t.Parallel()
	s := openOne(t)
	s.fill(8000)
	s.db.MustExec(`UPDATE ` + s.schema.Table("users") + ` SET search = jsonb_set(search, '{active}', to_jsonb(user_name = 'user7777@example.com'))`)
	yes, no := true, false
	found, err := s.Look(t.Context(), users, directory.Lookup{Active: &yes})
	if err != nil || len(found.List) != 0 || found.Next == "" {
		t.Errorf("%+v, %v", found, err)
	}
	if all, pages := s.walk(users, directory.Lookup{Active: &yes}); len(all) != 1 || pages > 9 {
		t.Errorf("%v on %d pages", all, pages)
	}
	// More than are looked for by the index of the search form.
	if all, _ := s.walk(users, directory.Lookup{Active: &no, Limit: 900}); len(all) != 7999 {
		t.Errorf("%d are not active", len(all))
	}
	s.db.MustExec(`UPDATE ` + s.schema.Table("users") + ` SET search = jsonb_set(search, '{active}', to_jsonb(user_name NOT IN ('user7777@example.com', 'user99@example.com')))`)
	if all, pages := s.walk(users, directory.Lookup{Active: &no}); len(all) != 2 || pages != 1 {
		t.Errorf("%v on %d pages", all, pages)
	}
}

// Whatever the number of users, each statement looks into indexes and reads what it finds.
func (s tenant) lookPlans(t *testing.T) {
	s.TB = t
	yes, no := true, false
	cursor := func(kind *schema.ResourceType) string {
		found, err := s.Look(t.Context(), kind, directory.Lookup{Limit: 1000})
		if err != nil {
			t.Fatal(err)
		}
		return found.Next
	}
	for _, tc := range []struct {
		kind    *schema.ResourceType
		q       directory.Lookup
		indexes []string
	}{
		{users, directory.Lookup{}, []string{"users_user_name_key"}},
		{users, directory.Lookup{After: cursor(users)}, []string{"Index Cond: (user_name > "}},
		{users, directory.Lookup{After: cursor(users), Active: &yes}, []string{"Index Cond: (user_name > "}},
		{users, directory.Lookup{Active: &no}, []string{"users_user_name_key", "users_search_idx"}},
		{users, directory.Lookup{Text: "user77"}, []string{"users_external_id_idx", "users_search_idx", "users_user_name_key", "users_display_name_idx"}},
		{users, directory.Lookup{Text: "given7", Active: &no}, []string{"users_external_id_idx", "users_search_idx", "users_user_name_key", "users_display_name_idx"}},
		{users, directory.Lookup{Text: "00000000-0000-4000-8000-000000000000"}, []string{"users_pkey"}},
		{groups, directory.Lookup{}, []string{"groups_display_name_idx"}},
		{groups, directory.Lookup{After: cursor(groups)}, []string{"Index Cond: (display_name >= "}},
		{groups, directory.Lookup{Text: "group 7"}, []string{"groups_external_id_idx", "groups_display_name_idx", "members_pkey"}},
	} {
		tc.q.Limit = 50
		statements, args := s.LookStatements(tc.kind, tc.q)
		var plans []string
		for i, statement := range statements {
			plans = append(plans, s.plan(statement, args[i]))
		}
		plan := strings.Join(plans, "\n\n")
		for _, index := range tc.indexes {
			if !strings.Contains(plan, index) {
				t.Errorf("%s %+v: the plan has not %s:\n%s", tc.kind.Name, tc.q, index, plan)
			}
		}
		if strings.Contains(plan, "Seq Scan on") {
			t.Errorf("%s %+v: the plan looks at all:\n%s", tc.kind.Name, tc.q, plan)
		}
	}
}

func TestRelated(t *testing.T) {
	t.Parallel()
	s := openOne(t)
	ada, grace := s.user("ada"), s.create(users, `{"userName":"Grace"}`)
	small := s.group("Small", ada.ID, grace.ID)
	middle := s.group("Middle", small.ID)
	large := s.group("Large", middle.ID, ada.ID)
	related := func(list []directory.Related, more bool, err error) []string {
		t.Helper()
		if err != nil || more {
			t.Fatal(more, err)
		}
		var names []string
		for _, r := range list {
			names = append(names, fmt.Sprint(r.Name, " ", r.Group))
		}
		slices.Sort(names)
		return names
	}
	for i, tc := range []struct{ got, want []string }{
		{related(s.MembersOf(t.Context(), small.ID, "", 10)), []string{"Grace false", "The ada false"}},
		{related(s.MembersOf(t.Context(), large.ID, "", 10)), []string{"Middle true", "The ada false"}},
		{related(s.GroupsOf(t.Context(), users, ada.ID, "", 10)), []string{"Large true", "Small true"}},
		{related(s.GroupsOf(t.Context(), groups, small.ID, "", 10)), []string{"Middle true"}},
		{related(s.GroupsAbove(t.Context(), users, ada.ID, 10)), []string{"Middle true"}}, // Large is a direct one
		{related(s.GroupsAbove(t.Context(), users, grace.ID, 10)), []string{"Large true", "Middle true"}},
		{related(s.GroupsAbove(t.Context(), groups, small.ID, 10)), []string{"Large true"}},
		{related(s.MembersOf(t.Context(), ada.ID, "", 10)), nil},
		{related(s.MembersOf(t.Context(), "x", "", 10)), nil},
		{related(s.GroupsOf(t.Context(), users, ada.ID, "x", 10)), nil},
		{related(s.GroupsAbove(t.Context(), users, "x", 10)), nil},
	} {
		if diff := cmp.Diff(tc.want, tc.got); diff != "" {
			t.Errorf("%d: %s", i, diff)
		}
	}
	first, more, err := s.MembersOf(t.Context(), small.ID, "", 1)
	if err != nil || !more || len(first) != 1 {
		t.Fatal(first, more, err)
	}
	second, more, err := s.MembersOf(t.Context(), small.ID, first[0].ID, 1)
	if err != nil || more || len(second) != 1 || second[0] == first[0] {
		t.Error(second, more, err)
	}
	if list, more, err := s.GroupsAbove(t.Context(), users, grace.ID, 1); err != nil || !more || len(list) != 1 {
		t.Error(list, more, err)
	}
}
