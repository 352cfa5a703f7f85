package patch_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/patch"
)

// RFC 7644 section 3.5.2 for members, scim-requirements section 2.5, rules X8 and X15, traps 2 and 10.
func TestMembers(t *testing.T) {
	t.Parallel()
	type edits = []patch.Edit
	for _, test := range []struct {
		name, ops string
		lenient   *scim.Leniency
		want      edits
		fails     scim.ErrorType
	}{
		{name: "X4 figure", ops: at("add", "members", `[{"display":"Babs Jensen","$ref":"https://example.com/v2/Users/a","value":"a"}]`), want: edits{{Op: patch.Add, Values: []string{"a"}}}},
		{name: "X5 object", ops: at("add", "members", `{"value":"a"}`), want: edits{{Op: patch.Add, Values: []string{"a"}}}},
		{name: "add nothing", ops: at("add", "members", `[]`) + "," + at("add", "members", `null`)},
		{name: "$ref null and type", ops: at("add", "Members", `[{"$ref":null,"value":"a","type":"User"},{"value":"B"}]`), want: edits{{Op: patch.Add, Values: []string{"a", "B"}}}},
		{
			name: "strings", lenient: scim.Only(scim.StringAsComplex), ops: at("add", "members", `["a","b"]`) + "," + at("remove", "members", `"a"`),
			want: edits{{Op: patch.Add, Values: []string{"a", "b"}}, {Op: patch.Remove, Values: []string{"a"}}},
		},
		{name: "strings strict", ops: at("add", "members", `["a"]`), fails: scim.InvalidValue},
		{name: "unknown sub-attribute", lenient: scim.Only(scim.UnknownAttribute), ops: at("add", "members", `[{"value":"a","displayName":"A"}]`), want: edits{{Op: patch.Add, Values: []string{"a"}}}},
		{name: "no id", lenient: scim.Auto(), ops: at("replace", "members", `[{"display":"A"}]`), fails: scim.InvalidValue},
		{name: "empty id", lenient: scim.Auto(), ops: at("replace", "members", `[{"value":""}]`), fails: scim.InvalidValue},
		{name: "X7 all", ops: at("remove", "members", ""), want: edits{{Op: patch.Remove, All: true}}},
		{name: "X7 not all by null", ops: at("remove", "members", "null"), fails: scim.InvalidValue},
		{name: "X8 listed only", ops: at("remove", "members", `[{"$ref":null,"value":"a"}]`), want: edits{{Op: patch.Remove, Values: []string{"a"}}}},
		{name: "X8 one object", ops: at("remove", "members", `{"value":"a"}`), want: edits{{Op: patch.Remove, Values: []string{"a"}}}},
		{name: "X8 empty list", ops: at("remove", "members", `[]`)},
		{name: "X8 empty text", lenient: scim.Auto(), ops: at("remove", "members", `""`), fails: scim.InvalidValue},
		{name: "X8 only nulls", ops: at("remove", "members", `[null]`), fails: scim.InvalidValue},
		{name: "value path", ops: at("remove", `members[value eq "a"]`, ""), want: edits{{Op: patch.Remove, Values: []string{"a"}}}},
		{name: "value path without space", lenient: scim.Auto(), ops: at("remove", `members[value eq"a"]`, ""), want: edits{{Op: patch.Remove, Values: []string{"a"}}}},
		{name: "value path qualified", ops: at("remove", `urn:ietf:params:scim:schemas:core:2.0:Group:members[Value EQ "aB"]`, ""), want: edits{{Op: patch.Remove, Values: []string{"aB"}}}},
		{name: "value path with or", ops: at("remove", `members[value eq "a" or value eq "b" or (value eq "c" or value eq "d")]`, ""), want: edits{{Op: patch.Remove, Values: []string{"a", "b", "c", "d"}}}},
		{name: "X9 replace", ops: at("replace", "members", `[{"value":"a"},{"value":"b"}]`), want: edits{{Op: patch.Replace, Values: []string{"a", "b"}, All: true}}},
		{name: "X9 replace by nothing", ops: at("replace", "members", `[]`), want: edits{{Op: patch.Replace, Values: []string{}, All: true}}},
		{name: "X9 replace by null", ops: at("replace", "members", `null`), want: edits{{Op: patch.Replace, Values: []string{}, All: true}}},
		{name: "X9 replace by object", lenient: scim.Only(scim.ObjectAsList), ops: at("replace", "members", `{"value":"a"}`), want: edits{{Op: patch.Replace, Values: []string{"a"}, All: true}}},
		{name: "X9 replace by object strict", ops: at("replace", "members", `{"value":"a"}`), fails: scim.InvalidValue},
		{name: "no path", ops: flat("add", `{"displayName":"x","members":[{"value":"a"}]}`), want: edits{{Op: patch.Add, Values: []string{"a"}}}},
		{
			name: "Okta", ops: at("remove", `members[value eq "u"]`, "") + "," + at("add", "members", `[{"value":"u","display":"n"}]`),
			want: edits{{Op: patch.Remove, Values: []string{"u"}}, {Op: patch.Add, Values: []string{"u"}}},
		},
		{name: "not every member can change", lenient: scim.Auto(), ops: at("remove", "members.value", ""), fails: scim.Mutability},
		{name: "figure 8: no such sub-attribute", lenient: scim.Auto(), ops: at("replace", `members[value eq "a"].displayName`, `"b"`), fails: scim.InvalidPath},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			result, err := apply(t, group, decode(t, `{"displayName":"x"}`), test.ops, test.lenient)
			if test.fails != "" {
				wantError(t, err, test.fails)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, result.Relation); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(map[string]any{"displayName": "x"}, result.Object); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestResolve(t *testing.T) {
	t.Parallel()
	ops := at("add", "members", `[{"value":"new-a"}]`) + "," + at("remove", `members[value sw "new" or type eq "group"]`, "") + "," +
		at("add", "members", `[{"value":"late"}]`)
	result, err := apply(t, group, nil, ops, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := patch.Fold(result.Relation); ok {
		t.Fatal("Fold must not pass over a Where")
	}
	stored := decode(t, `{"members":[{"value":"g","type":"Group"},{"value":"u","type":"User"}]}`)["members"].([]any)
	resolved, err := patch.Resolve(group, result.Relation, stored, nil)
	if err != nil {
		t.Fatal(err)
	}
	got, ok := patch.Fold(resolved)
	want := patch.Delta{Add: []string{"late"}, Remove: []string{"new-a", "g"}}
	if diff := cmp.Diff(want, got); diff != "" || !ok {
		t.Error(diff)
	}
}

// TestChosenMembers changes members that a path chooses: what they say of themselves is immutable, and where there is none
// there is no target (RFC 7643 section 8.7.1, RFC 7644 section 3.5.2.3).
func TestChosenMembers(t *testing.T) {
	t.Parallel()
	stored := `{"members":[{"value":"g","type":"Group","display":"G"},{"value":"u","type":"User"}]}`
	tolerated := scim.Only(scim.CreateOnNoMatch)
	for _, test := range []struct {
		name, ops string
		lenient   *scim.Leniency // nil: both profiles
		want      patch.Delta
		fails     scim.ErrorType
	}{
		{name: "another value", ops: at("replace", `members[value eq "u"]`, `{"value":"b"}`), fails: scim.Mutability},
		{name: "another value, as an add", ops: at("add", `members[value eq "u"]`, `{"value":"b"}`), fails: scim.Mutability},
		{name: "another value by its path", ops: at("replace", `members[value eq "u"].value`, `"b"`), fails: scim.Mutability},
		{name: "another type", ops: at("replace", `members[value eq "u"].type`, `"Group"`), fails: scim.Mutability},
		{name: "no value", ops: at("replace", `members[value eq "u"].value`, `null`), fails: scim.Mutability},
		{name: "a display", ops: at("replace", `members[value eq "u"].display`, `"U"`), fails: scim.Mutability},
		{name: "the same", ops: at("replace", `members[value eq "u"]`, `{"value":"u","type":"user","display":"x"}`)},
		{name: "the same, as an add", ops: at("add", `members[value eq "u"]`, `{"value":"u"}`)},
		{name: "the same type of all", ops: at("replace", `members[type eq "Group"].type`, `"Group"`)},
		{name: "nothing", ops: at("replace", `members[value eq "u"]`, `{"display":"x"}`)},
		{name: "null", ops: at("replace", `members[value eq "u"]`, `null`), want: patch.Delta{Remove: []string{"u"}}},
		{name: "empty text", lenient: scim.Auto(), ops: at("replace", `members[value eq "u"]`, `""`), want: patch.Delta{Remove: []string{"u"}}},
		{name: "empty list", lenient: scim.Auto(), ops: at("replace", `members[value eq "u"]`, `[]`)},
		{name: "of nobody", lenient: scim.Strict(), ops: at("replace", `members[value eq "x"]`, `{"value":"x"}`), fails: scim.NoTarget},
		{name: "of nobody, as an add", lenient: scim.Strict(), ops: at("add", `members[value eq "x"]`, `{"value":"x"}`), fails: scim.NoTarget},
		{name: "of nobody, by its path", lenient: scim.Strict(), ops: at("replace", `members[value eq "x"].value`, `"y"`), fails: scim.NoTarget},
		{name: "of nobody, null", lenient: scim.Strict(), ops: at("replace", `members[value eq "x"]`, `null`), fails: scim.NoTarget},
		{name: "of who was removed", lenient: scim.Strict(), ops: at("remove", `members[value eq "u"]`, "") + "," + at("replace", `members[value eq "u"]`, `{"value":"u"}`), fails: scim.NoTarget},
		{name: "of who was added", ops: at("add", "members", `[{"value":"n"}]`) + "," + at("replace", `members[value eq "n"]`, `{"value":"n","type":"User"}`), want: patch.Delta{Add: []string{"n"}}},
		{name: "created", lenient: tolerated, ops: at("replace", `members[value eq "x"]`, `{"value":"x"}`), want: patch.Delta{Add: []string{"x"}}},
		{name: "created, as an add", lenient: tolerated, ops: at("add", `members[value eq "x"]`, `{"type":"User"}`), want: patch.Delta{Add: []string{"x"}}},
		{name: "created as another", lenient: scim.Auto(), ops: at("replace", `members[value eq "x"]`, `{"value":"y"}`), fails: scim.NoTarget},
		{name: "created of a type", lenient: scim.Auto(), ops: at("replace", `members[type eq "Device"]`, `{"value":"y"}`), fails: scim.NoTarget},
		{name: "nothing created", lenient: tolerated, ops: at("replace", `members[value eq "x"]`, `null`)},
	} {
		profiles := []*scim.Leniency{test.lenient}
		if test.lenient == nil {
			profiles = []*scim.Leniency{scim.Auto(), scim.Strict()}
		}
		for _, lenient := range profiles {
			result, err := apply(t, group, nil, test.ops, lenient)
			if err == nil {
				result.Relation, err = patch.Resolve(group, result.Relation, decode(t, stored)["members"].([]any), lenient)
			}
			if test.fails != "" {
				wantError(t, err, test.fails)
				continue
			}
			delta, ok := patch.Fold(result.Relation)
			if diff := cmp.Diff(test.want, delta); diff != "" || !ok || err != nil {
				t.Errorf("%s: %v\n%s", test.name, err, diff)
			}
		}
	}
}

// Rule X15: contradictory edits apply in order. Whatever the group holds, the delta leads where the edits lead.
func TestFoldIsTheSequence(t *testing.T) {
	t.Parallel()
	ids := rapid.SampledFrom(strings.Split("abcde", ""))
	edit := rapid.Custom(func(t *rapid.T) patch.Edit {
		op := rapid.SampledFrom([]patch.Op{patch.Add, patch.Remove, patch.Replace}).Draw(t, "op")
		if op == patch.Remove && rapid.IntRange(0, 4).Draw(t, "all") == 0 {
			return patch.Edit{Op: op, All: true}
		}
		return patch.Edit{Op: op, Values: rapid.SliceOfN(ids, 0, 4).Draw(t, "values"), All: op == patch.Replace}
	})
	rapid.Check(t, func(t *rapid.T) {
		before := rapid.SliceOfDistinct(ids, rapid.ID[string]).Draw(t, "before")
		edits := rapid.SliceOfN(edit, 0, 8).Draw(t, "edits")
		want := set(before)
		for _, e := range edits {
			if e.All {
				clear(want)
			}
			for _, id := range e.Values {
				want[id] = true
				if e.Op == patch.Remove {
					delete(want, id)
				}
			}
		}
		delta, ok := patch.Fold(edits)
		if !ok {
			t.Fatal("not folded")
		}
		got := set(before)
		if delta.Replace {
			clear(got)
		}
		for _, id := range delta.Add {
			got[id] = true
		}
		for _, id := range delta.Remove {
			delete(got, id)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
		all := slices.Concat(delta.Add, delta.Remove)
		if len(set(all)) != len(all) || delta.Replace && len(delta.Remove) > 0 {
			t.Fatalf("%+v repeats an id", delta)
		}
	})
}

func set(ids []string) map[string]bool {
	out := make(map[string]bool)
	for _, id := range ids {
		out[id] = true
	}
	return out
}

// A change of very many members costs what it holds, once.
func BenchmarkAddMembers(b *testing.B) {
	list := make([]any, 10_000)
	for i := range list {
		list[i] = map[string]any{"value": strconv.Itoa(i), "display": "x"}
	}
	ops := []patch.Operation{{Op: patch.Add, Path: "members", Value: list, HasValue: true}}
	for b.Loop() {
		if _, err := patch.Apply(group, nil, ops, scim.Auto()); err != nil {
			b.Fatal(err)
		}
	}
}
