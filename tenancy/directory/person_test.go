package directory_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// persons opens the directories of n tenants.
func persons(t *testing.T, n int) (*directory.Directory, []tenant, []tenancy.Tenant) {
	t.Helper()
	db, tenants := pgtest.Tenants(t, n)
	d := directory.New(db, &journal.Recorder{DB: db})
	list := make([]tenant, n)
	for i := range list {
		s := tenantdb.SchemaFor(tenants[i].ID)
		list[i] = tenant{Store: d.Store(s, true), TB: t, db: db, schema: s}
	}
	return d, list, tenants
}

func TestPerson(t *testing.T) {
	t.Parallel()
	d, stores, tenants := persons(t, 2)
	s := stores[0]
	ada := s.create(users, `{"userName":"Ada@Acme.com","displayName":"Ada","active":true,"emails":[{"value":"countess@acme.com"},{"type":"home","value":"Ada@home.org"}]}`)
	grace := s.create(users, `{"userName":"grace","emails":[{"type":"work","value":"Grace@ACME.com","primary":true}]}`)
	gone := s.create(users, `{"userName":"gone","active":false,"emails":[{"value":"grace@acme.com"}]}`)
	kelvin := s.create(users, "{\"userName\":\"\u212Aim@acme.com\"}")
	s.create(users, `{"userName":"other","nickName":"grace@acme.com","externalId":"grace@acme.com","displayName":"ada@acme.com"}`)
	foreign := stores[1].create(users, `{"userName":"ada@acme.com"}`)
	is := struct{ ada, grace, gone, kelvin, foreign directory.Person }{
		directory.Person{ID: ada.ID, Active: true, UserName: "Ada@Acme.com", DisplayName: "Ada", Created: ada.Created},
		directory.Person{ID: grace.ID, Active: true, UserName: "grace", Created: grace.Created},
		directory.Person{ID: gone.ID, UserName: "gone", Created: gone.Created},
		directory.Person{ID: kelvin.ID, Active: true, UserName: "\u212Aim@acme.com", Created: kelvin.Created},
		directory.Person{ID: foreign.ID, Active: true, UserName: "ada@acme.com", Created: foreign.Created},
	}
	for _, tc := range []struct {
		tenant tenancy.ID
		email  string
		want   []directory.Person
	}{
		{tenants[0].ID, "ada@acme.com", []directory.Person{held(is.ada, directory.ByName)}},
		{tenants[0].ID, " ADA@HOME.ORG ", []directory.Person{held(is.ada, directory.ByPrimary)}},
		{tenants[0].ID, "GRACE@acme.com", []directory.Person{held(is.grace, directory.ByPrimary), held(is.gone, directory.ByPrimary)}},
		{tenants[0].ID, "grace", []directory.Person{held(is.grace, directory.ByName)}},
		{tenants[1].ID, "ada@acme.com", []directory.Person{held(is.foreign, directory.ByName)}},
		{tenants[1].ID, "grace@acme.com", nil},
		{tenants[0].ID, "kim@acme.com", nil}, // the filter would find her: its fold makes the Kelvin sign a k
		{tenants[0].ID, "\u212Aim@acme.com", []directory.Person{held(is.kelvin, directory.ByName)}},
		{tenants[0].ID, "\uFF41da@acme.com", nil},
		{tenants[0].ID, "", nil},
		{tenants[0].ID, "%", nil},
		{tenants[0].ID, `ada@acme.com" or "1" eq "1`, nil},
		{tenants[0].ID, "ada@acme.com\x00", nil},
		{tenants[0].ID, "ada@acme.com\xff", nil},
		{tenants[0].ID, strings.Repeat("a", 100_000), nil},
	} {
		list, err := d.Person(t.Context(), tc.tenant, tc.email)
		slices.SortFunc(list, func(a, b directory.Person) int { return -strings.Compare(a.UserName, b.UserName) }) // made within one tick of the clock
		if diff := cmp.Diff(tc.want, list); diff != "" || err != nil {
			t.Errorf("%.40q: %v %s", tc.email, err, diff)
		}
	}
	for _, want := range []directory.Person{is.ada, is.gone} {
		if got, err := d.PersonByID(t.Context(), tenants[0].ID, want.ID); err != nil || got != want {
			t.Errorf("%+v, %v", got, err)
		}
	}
	for _, id := range []string{is.foreign.ID, uuid.NewString(), "", "x", strings.ToUpper(is.ada.ID)} {
		if got, err := d.PersonByID(t.Context(), tenants[0].ID, id); !errors.Is(err, provider.ErrNotFound) {
			t.Errorf("%q: %+v, %v", id, got, err)
		}
	}
	for name, err := range map[string]error{
		"no tenant": second(d.Person(t.Context(), "", "ada@acme.com")), "unknown": second(d.Person(t.Context(), tenancy.NewID(), "ada@acme.com")),
		"by id": second(d.PersonByID(t.Context(), tenancy.NewID(), is.ada.ID)),
	} {
		if !tenantdb.Undefined(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	s.update(users, changed(t, users, ada, `{"userName":"ada@acme.com","active":false}`))
	if got, err := d.PersonByID(t.Context(), tenants[0].ID, ada.ID); err != nil || got.Active {
		t.Errorf("disabled: %+v, %v", got, err)
	}
}

func held(p directory.Person, by directory.Hold) directory.Person {
	p.Hold = by
	return p
}

// How a user has an address: the most of what she has it by. What is inactive comes first, however many have the address.
func TestPersonHold(t *testing.T) {
	t.Parallel()
	d, stores, tenants := persons(t, 1)
	s := stores[0]
	for name, emails := range map[string]string{
		"one":        `[{"value":"A@x.org"}]`,
		"none":       `[{"value":"b@x.org"},{"value":"a@x.org"}]`,
		"other":      `[{"value":"b@x.org","primary":true},{"value":"a@x.org"}]`,
		"denied":     `[{"value":"b@x.org","primary":true},{"value":"a@x.org","primary":false}]`,
		"primary":    `[{"value":"b@x.org"},{"value":"a@x.org","primary":true}]`,
		"twice":      `[{"value":"a@x.org","type":"home"},{"value":"a@x.org","type":"work","primary":true}]`,
		"A@X.org":    `[{"value":"b@x.org","primary":true},{"value":"a@x.org"}]`,
		"b@x.org":    `[]`,
		"wide":       `[{"value":"\uff41@x.org"}]`,
		"a@x.org.uk": `[{"value":"a@x.org.uk"}]`,
	} {
		s.create(users, fmt.Sprintf(`{"userName":%q,"emails":%s}`, name, emails))
	}
	list, err := d.Person(t.Context(), tenants[0].ID, "a@x.org")
	got := make(map[string]directory.Hold)
	for _, p := range list {
		got[p.UserName] = p.Hold
	}
	want := map[string]directory.Hold{
		"one": directory.ByPrimary, "none": directory.ByPrimary, "other": directory.ByAlias, "denied": directory.ByAlias,
		"primary": directory.ByPrimary, "twice": directory.ByPrimary, "A@X.org": directory.ByName,
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	for range maxShared + 5 {
		s.create(users, fmt.Sprintf(`{"userName":%q,"emails":[{"value":"a@x.org"}]}`, uuid.NewString()))
	}
	s.create(users, `{"userName":"last","active":false,"emails":[{"value":"a@x.org"}]}`)
	list, err = d.Person(t.Context(), tenants[0].ID, "a@x.org")
	if err != nil || len(list) < maxShared-1 || list[0].UserName != "last" || list[0].Active {
		t.Errorf("%+v, %v", list, err)
	}
}

func second[T any](_ T, err error) error { return err }

// Whatever the number of users, the statement looks into indexes and reads what it finds.
func (s tenant) personPlan(t *testing.T, d *directory.Directory, id tenancy.ID) {
	t.Helper()
	s.TB = t
	for range maxShared + 5 { // more than are returned, and the last of all in the order of creation
		draft := draft(t, users, fmt.Sprintf(`{"userName":%q,"emails":[{"value":"shared@example.com"}]}`, uuid.NewString()))
		if _, err := s.Create(t.Context(), users, draft, whole); err != nil {
			t.Fatal(err)
		}
	}
	for _, email := range []string{"user7@example.com", "shared@example.com", "nobody@example.com"} {
		statement, args := directory.PersonStatement(id, email)
		plan := s.plan(statement, args)
		for _, index := range []string{"BitmapOr", "users_user_name_key", "users_search_idx"} {
			if !strings.Contains(plan, index) {
				t.Errorf("%s: the plan has not %s:\n%s", email, index, plan)
			}
		}
		if strings.Contains(plan, "Seq Scan on") || strings.Contains(plan, "users_created_idx") {
			t.Errorf("%s: the plan looks at all users:\n%s", email, plan)
		}
	}
	if list, err := d.Person(t.Context(), id, "user7@example.com"); err != nil || len(list) != 1 || list[0].UserName != "user7@example.com" {
		t.Errorf("%v, %v", list, err)
	}
	if list, err := d.Person(t.Context(), id, "shared@example.com"); err != nil || len(list) != maxShared {
		t.Errorf("%d, %v", len(list), err)
	}
}

const maxShared = 20
