package directory_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/directory"
)

const badgeURN = "urn:example:params:Badge:2.0:User"

func badge(t *testing.T, attributes string) tenancy.Extension {
	t.Helper()
	e, err := directory.ParseExtension([]byte(`{"id":"`+badgeURN+`","name":"Badge","attributes":[`+attributes+`]}`), "User")
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// TestExtensionIndex asks the planner how it would answer eq on a tenant's own attributes of every type, and how many
// resources have some: by the one index of the search form, as for the attributes that every tenant has.
func TestExtensionIndex(t *testing.T) {
	t.Parallel()
	s := openOne(t)
	s.fill(4000)
	s.db.MustExec(`UPDATE ` + s.schema.Table("users") + ` SET search = search || jsonb_build_object('` + badgeURN + `', jsonb_build_object(
			'number', user_name, 'key', 'Key-' || user_name, 'floor', length(user_name), 'weight', 1.5, 'visitor', true, 'issued', '2026-03-01T11:00:00.000000000Z',
			'colors', jsonb_build_array('red', user_name), 'doors', jsonb_build_array(jsonb_build_object('type', 'main', 'value', user_name)),
			'host', jsonb_build_object('value', user_name)),
			'schemas', search->'schemas' || jsonb_build_array('` + strings.ToLower(badgeURN) + `'))
		WHERE user_name LIKE 'user7%'`)
	s.db.MustExec(`VACUUM ANALYZE ` + s.schema.Table("users"))
	types, err := directory.ResourceTypes(tenancy.NewExtensions([]tenancy.Extension{badge(t, `{"name":"number"},{"name":"key","caseExact":true},
		{"name":"floor","type":"integer"},{"name":"weight","type":"decimal"},{"name":"visitor","type":"boolean"},{"name":"issued","type":"dateTime"},
		{"name":"colors","multiValued":true},{"name":"doors","type":"complex","multiValued":true,"subAttributes":[{"name":"value"},{"name":"type"}]},
		{"name":"host","type":"complex","subAttributes":[{"name":"value"}]}`)}))
	if err != nil {
		t.Fatal(err)
	}
	for _, filter := range []string{
		`number eq "USER7@example.com"`, `key eq "Key-user7@example.com"`, `floor eq 17`, `weight eq 1.5`, `visitor eq true`,
		`issued eq "2026-03-01T12:00:00+01:00"`, `colors eq "USER7@example.com"`, `doors[type eq "main" and value eq "user7@example.com"]`,
		`doors.value eq "user7@example.com"`, `host.value eq "user7@example.com"`, `host eq "user7@example.com"`,
	} {
		query := provider.Query{Read: provider.Read{Base: base}, Filter: bind(t, types[0], badgeURN+":"+filter), Limit: 100}
		page, err := s.List(t.Context(), types[0], query)
		if err != nil || page.Total == 0 {
			t.Errorf("%s: %d found, %v", filter, page.Total, err)
		}
		statement, args := s.ListStatement(types[0], query)
		if plan := s.plan(statement, args); !strings.Contains(plan, "users_search_idx") || strings.Contains(plan, "Seq Scan on users") {
			t.Errorf("%s: the plan is not by the index:\n%s", filter, plan)
		}
	}
	count, example, err := s.ExtensionUse(t.Context(), "User", strings.ToUpper(badgeURN))
	if err != nil || count != 111 || example == "" {
		t.Errorf("%d resources, such as %q: %v", count, example, err)
	}
	if count, example, err := s.ExtensionUse(t.Context(), "Group", badgeURN); count != 0 || example != "" || err != nil {
		t.Errorf("%d groups, such as %q: %v", count, example, err)
	}
	if _, _, err := s.ExtensionUse(t.Context(), "Device", badgeURN); err == nil {
		t.Error("there are devices")
	}
}

func TestCheckExtension(t *testing.T) {
	t.Parallel()
	old := badge(t, `{"name":"number"}`)
	group := old
	group.ResourceType = "Group"
	otherCase, below := old, old
	told := old
	told.Document = strings.Replace(told.Document, `"number"`, `"Active"`, 1)
	otherCase.URN, below.URN = strings.ToUpper(badgeURN), badgeURN+":more"
	for _, test := range []struct {
		next tenancy.Extension
		want string
	}{
		{old, ""},
		{badge(t, `{"name":"added"},{"name":"number"}`), ""},
		{badge(t, `{"name":"added"}`), "not in the new document"},
		{tenancy.Extension{URN: badgeURN + "s", ResourceType: "User", Document: told.Document}, "every User has an attribute active already"},
		{tenancy.Extension{URN: badgeURN + "s", ResourceType: "Group", Document: told.Document}, ""},
		{tenancy.Extension{URN: badgeURN + "s", ResourceType: "Device", Document: told.Document}, "no resource type"},
		{group, "cannot extend Group"},
		{otherCase, "already"},
		{below, "begin alike"},
		{tenancy.Extension{URN: "urn:ietf:params:scim:schemas:extension:SPOKECUSTOM:2.0:User"}, "already"},
		{tenancy.Extension{URN: "urn:ietf:params:scim:schemas:core:2.0:User"}, "belongs to the SCIM standard"},
	} {
		err := directory.CheckExtension(test.next, []tenancy.Extension{old})
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.next.URN, err, test.want)
		}
	}
	if err := directory.CheckExtension(told, []tenancy.Extension{told}); err != nil {
		t.Errorf("what an extension had already is refused: %v", err)
	}
	if err := directory.FitExtension(tenancy.Extension{URN: badgeURN + "s", ResourceType: "User", Document: told.Document}, nil); err != nil {
		t.Errorf("an export that has such a name is refused: %v", err)
	}
	stored := old
	stored.Document = strings.ReplaceAll(stored.Document, "The attribute number.", "")
	types, err := directory.ResourceTypes(tenancy.NewExtensions([]tenancy.Extension{stored}))
	if err != nil {
		t.Fatal(err)
	}
	if a := types[0].ExtensionByURN(badgeURN).Attribute("number"); a.Description != "The attribute number." {
		t.Errorf("what was stored without a description is published with %q", a.Description)
	}
	for _, broken := range []tenancy.Extension{{URN: "a", ResourceType: "User", Document: "["}, {URN: "a", ResourceType: "Device", Document: "{}"}} {
		if _, err := directory.ResourceTypes(tenancy.NewExtensions([]tenancy.Extension{broken})); err == nil {
			t.Errorf("%v is compiled", broken)
		}
	}
}

func TestUniteGroupNames(t *testing.T) {
	t.Parallel()
	s := openOne(t)
	s.group("Engineers")
	s.group("Analysts")
	s.db.MustExec(`UPDATE ` + s.schema.Table("groups") + ` SET unique_name = NULL`) // as where the setting was off
	if err := s.UniteGroupNames(t.Context()); err != nil {
		t.Fatal(err)
	}
	var names []string
	if err := s.db.Select(&names, `SELECT unique_name FROM `+s.schema.Table("groups")+` ORDER BY 1`); err != nil || !cmp.Equal(names, []string{"analysts", "engineers"}) {
		t.Errorf("%v, %v", names, err)
	}
	s.db.MustExec(`UPDATE ` + s.schema.Table("groups") + ` SET unique_name = NULL, display_name = 'engineers', display = 'Engineers'`)
	var shared *directory.SharedNamesError
	if err := s.UniteGroupNames(t.Context()); !errors.As(err, &shared) || !cmp.Equal(shared.Names, []string{"Engineers"}) {
		t.Errorf("%v", err)
	}
}
