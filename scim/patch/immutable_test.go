package patch_test

import (
	"testing"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/schema"
)

// doors has lists whose elements say something that cannot be changed.
var doors = schema.User(&schema.Schema{ID: "urn:x:doors", Attributes: []schema.Attribute{
	{Name: "owner", Type: schema.String, Mutability: schema.Immutable},
	{Name: "colors", Type: schema.String, MultiValued: true, Mutability: schema.Immutable},
	{Name: "doors", Type: schema.Complex, MultiValued: true, Mutability: schema.ReadWrite, SubAttributes: []schema.Attribute{
		{Name: "value", Type: schema.String, Mutability: schema.ReadWrite},
		{Name: "label", Type: schema.String, Mutability: schema.ReadWrite},
		{Name: "code", Type: schema.String, Mutability: schema.Immutable},
	}},
}})

// No operation changes what is immutable, and one that says the same again changes nothing (RFC 7644 section 3.5.2).
func TestImmutable(t *testing.T) {
	t.Parallel()
	const before = `{"urn:x:doors":{"owner":"Ada","colors":["red","blue"],"doors":[{"value":"n","code":"1"},{"value":"s","label":"south","code":"2"}]}}`
	list := func(doors string) string {
		return `{"urn:x:doors":{"owner":"Ada","colors":["red","blue"],"doors":` + doors + `}}`
	}
	check(t, doors, []rule{
		{name: "the same text in another case", before: before, ops: at("replace", "urn:x:doors:owner", `"ADA"`)},
		{name: "the same list in another order", before: before, ops: at("replace", "urn:x:doors:colors", `["Blue","red"]`)},
		{name: "another list", before: before, ops: at("add", "urn:x:doors:colors", `["green"]`), fails: scim.Mutability},
		{name: "the same sub-attribute", before: before, ops: at("replace", `urn:x:doors:doors[value eq "n"].code`, `"1"`)},
		{name: "another sub-attribute", before: before, ops: at("replace", `urn:x:doors:doors[value eq "n"].code`, `"3"`), fails: scim.Mutability},
		{name: "an element keeps it", before: before, ops: at("replace", `urn:x:doors:doors[value eq "s"]`, `{"value":"s"}`), want: list(`[{"value":"n","code":"1"},{"value":"s","code":"2"}]`)},
		{name: "an element with another", before: before, ops: at("replace", `urn:x:doors:doors[value eq "s"]`, `{"value":"s","code":"3"}`), fails: scim.Mutability},
		{name: "a list keeps it", before: before, ops: at("replace", "urn:x:doors:doors", `[{"value":"S"}]`), want: list(`[{"value":"S","code":"2"}]`)},
		{name: "a list with another", before: before, ops: at("replace", "urn:x:doors:doors", `[{"value":"s","code":"3"}]`), fails: scim.Mutability},
		{name: "a list of others", before: before, ops: at("replace", "urn:x:doors:doors", `[{"value":"w","code":"3"}]`), want: list(`[{"value":"w","code":"3"}]`)},
		{
			name: "removed and added", before: before, ops: at("remove", `urn:x:doors:doors[value eq "s"]`, "") + "," + at("add", "urn:x:doors:doors", `[{"value":"s","code":"3"}]`),
			want: list(`[{"value":"n","code":"1"},{"value":"s","code":"3"}]`),
		},
	})
}

// An extension that means nothing is cleared, in a value without path and by its own path.
func TestExtensionAsNothing(t *testing.T) {
	t.Parallel()
	const before = `{"title":"t","ent":{"department":"d"}}`
	for value, tolerance := range map[string]scim.Tolerance{`""`: scim.EmptyAsClear, `[]`: scim.ListAsObject} {
		check(t, user, []rule{
			{name: "by path " + value, lenient: scim.Only(tolerance), before: before, ops: at("replace", entURN, value), want: `{"title":"t"}`},
			{name: "without path " + value, lenient: scim.Only(tolerance), before: before, ops: flat("replace", `{"ent":`+value+`}`), want: `{"title":"t"}`},
			{name: "strict " + value, lenient: scim.Strict(), before: before, ops: at("replace", entURN, value), fails: scim.InvalidValue},
		})
	}
	check(t, user, []rule{
		{name: "a list of one", lenient: scim.Only(scim.ListAsObject), before: before, ops: at("replace", entURN, `[{"division":"v"}]`), want: `{"title":"t","ent":{"department":"d","division":"v"}}`},
		{name: "an empty object says nothing", before: before, ops: at("replace", entURN, `{}`)},
	})
}
