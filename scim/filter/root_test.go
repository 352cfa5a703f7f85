package filter_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/filter"
	"github.com/askspoke/spoke/scim/schema"
)

// TestBindRoot binds one filter by the types of a query over all of them (RFC 7644 section 3.4.2.1): all, none, or some
// of a type's resources meet it.
func TestBindRoot(t *testing.T) {
	t.Parallel()
	type outcome struct{ User, Group string }
	for text, want := range map[string]outcome{
		`meta.resourceType eq "User"`:                                        {"all", "none"},
		`meta.resourceType eq User`:                                          {"all", "none"},
		`(meta.resourceType eq "User") or (meta.resourceType eq "Group")`:    {"all", "all"},
		`not (meta.resourceType eq "User")`:                                  {"none", "all"},
		`meta.resourceType ne "User"`:                                        {"none", "all"},
		`meta.resourceType sw "U"`:                                           {"all", "none"},
		`meta.resourceType pr`:                                               {"all", "all"},
		`meta.resourceType eq "User" and userName eq "a"`:                    {"some", "none"},
		`meta.resourceType eq "Group" or userName eq "a"`:                    {"some", "all"},
		`userName eq "a"`:                                                    {"some", "none"},
		`userName ne "a"`:                                                    {"some", "all"},
		`not (userName eq "a")`:                                              {"some", "all"},
		`userName pr`:                                                        {"some", "none"},
		`userName eq null`:                                                   {"some", "all"},
		`userName ne null`:                                                   {"some", "none"},
		`members.value eq "a" and userName eq "a"`:                           {"none", "none"},
		`members.value eq "a" or userName eq "a"`:                            {"some", "some"},
		`displayName co "a"`:                                                 {"some", "some"},
		`shoeSize gt 40`:                                                     {"none", "none"},
		`not (shoeSize gt 40)`:                                               {"all", "all"},
		`emails[type eq "work"]`:                                             {"some", "none"},
		`not (emails[type eq "work"])`:                                       {"some", "all"},
		`emails[shoeSize pr]`:                                                {"none", "none"},
		`emails[not (shoeSize pr)]`:                                          {"some", "none"},
		`emails[type eq "work" or shoeSize pr]`:                              {"some", "none"},
		`name.shoeSize eq "a"`:                                               {"none", "none"},
		schema.EnterpriseUserURN + `:department eq "a"`:                      {"some", "none"},
		schema.EnterpriseUserURN + ` pr`:                                     {"some", "none"},
		schema.UserURN + `:displayName eq "a"`:                               {"some", "none"},
		schema.GroupURN + `:displayName eq "a"`:                              {"none", "some"},
		`not (not (meta.resourceType eq "User"))`:                            {"all", "none"},
		`id pr and (userName pr or members pr) and meta.resourceType ne "x"`: {"some", "some"},
	} {
		e, err := filter.Parse(text, scim.Auto())
		if err != nil {
			t.Fatal(err)
		}
		bind := func(rt *schema.ResourceType) string {
			n, never, err := filter.BindRoot(e, rt, scim.Auto())
			switch {
			case err != nil:
				return err.Error()
			case never:
				return "none"
			case n == nil:
				return "all"
			}
			if hasConstant(n) {
				t.Errorf("%s by %s: a constant is left in %#v", text, rt.Name, n)
			}
			return "some"
		}
		if diff := cmp.Diff(want, outcome{bind(schema.User()), bind(schema.Group())}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
	// What is wrong with an attribute that a type has is wrong there too.
	for _, text := range [...]string{`active gt true`, `password eq "x"`, `userName[value eq "x"]`, `name eq "x"`, `active eq "x"`} {
		e, err := filter.Parse(text, scim.Auto())
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err = filter.BindRoot(e, schema.User(), scim.Auto()); err == nil {
			t.Errorf("%s is bound", text)
		}
	}
}

// hasConstant tells whether a list without nodes stands somewhere in a filter.
func hasConstant(n filter.Node) bool {
	var list []filter.Node
	switch n := n.(type) {
	case filter.All:
		list = n
	case filter.Any:
		list = n
	case filter.Not:
		return hasConstant(n.Node)
	case filter.Some:
		return hasConstant(n.Where)
	default:
		return false
	}
	for _, item := range list {
		if hasConstant(item) {
			return true
		}
	}
	return len(list) == 0
}
