package patch_test

import (
	"encoding/json"
	"maps"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/patch"
	"github.com/askspoke/spoke/scim/resource"
	"github.com/askspoke/spoke/scim/schema"
)

// wide is a user with what the standard schemas lack: lists without sub-attributes, numbers, immutable and required
// attributes.
var wide = schema.User(&schema.Schema{ID: "urn:x:wide", Attributes: []schema.Attribute{
	{Name: "tags", Type: schema.String, MultiValued: true, Mutability: schema.ReadWrite},
	{Name: "count", Type: schema.Integer, Mutability: schema.ReadWrite},
	{Name: "badge", Type: schema.String, Mutability: schema.Immutable},
	{Name: "keys", Type: schema.Complex, MultiValued: true, Required: true, Mutability: schema.ReadWrite, SubAttributes: []schema.Attribute{
		{Name: "value", Type: schema.String, CaseExact: true, Required: true, Mutability: schema.Immutable},
		{Name: "size", Type: schema.Integer, Mutability: schema.ReadWrite},
		{Name: "seen", Type: schema.DateTime, Mutability: schema.ReadWrite},
		{Name: "made", Type: schema.Boolean, Mutability: schema.ReadOnly},
	}},
}})

func TestWide(t *testing.T) {
	t.Parallel()
	full := `{"urn:x:wide":{"tags":["a","B"],"badge":"1","keys":[{"value":"k","size":1}]}}`
	changed := func(key, value string) string {
		object := decode(t, full)
		fields := object["urn:x:wide"].(map[string]any)
		fields[key] = decode(t, `{"v":`+value+`}`)["v"]
		text, _ := json.Marshal(object)
		return string(text)
	}
	check(t, wide, []rule{
		{name: "text in a list: add", before: full, ops: at("add", "urn:x:wide:tags", `["b","c"]`), want: changed("tags", `["a","B","c"]`)},
		{name: "text in a list: add one", before: full, ops: at("add", "urn:x:wide:tags", `"c"`), want: changed("tags", `["a","B","c"]`)},
		{name: "text in a list: remove listed", before: full, ops: at("remove", "urn:x:wide:tags", `["b"]`), want: changed("tags", `["a"]`)},
		{name: "text in a list: remove chosen", before: full, ops: at("remove", `urn:x:wide:tags[value eq "b"]`, ""), want: changed("tags", `["a"]`)},
		{name: "text in a list: replace chosen", before: full, ops: at("replace", `urn:x:wide:tags[value eq "b"]`, `"c"`), want: changed("tags", `["a","c"]`)},
		{name: "text in a list: create", lenient: scim.Only(scim.CreateOnNoMatch), before: full, ops: at("replace", `urn:x:wide:tags[value eq "x"]`, `"x"`), want: changed("tags", `["a","B","x"]`)},
		{name: "text in a list: create without match", lenient: scim.Auto(), before: full, ops: at("replace", `urn:x:wide:tags[value eq "x"]`, `"y"`), fails: scim.NoTarget},
		{name: "immutable: same", before: full, ops: at("add", "urn:x:wide:badge", `"1"`)},
		{name: "immutable: other", before: full, ops: at("add", "urn:x:wide:badge", `"2"`), fails: scim.Mutability},
		{name: "immutable: remove", before: full, ops: at("remove", "urn:x:wide:badge", ""), fails: scim.Mutability},
		{name: "immutable: with the extension", before: full, ops: at("remove", "urn:x:wide", ""), fails: scim.Mutability},
		{name: "immutable: first", before: `{}`, ops: at("replace", "urn:x:wide:badge", `"2"`), want: `{"urn:x:wide":{"badge":"2"}}`},
		{name: "immutable sub-attribute", before: full, ops: at("replace", "urn:x:wide:keys.value", `"2"`), fails: scim.Mutability},
		{name: "read-only sub-attribute", before: full, ops: at("replace", "urn:x:wide:keys.made", `true`), fails: scim.Mutability},
		{name: "required sub-attribute", before: full, ops: at("remove", "urn:x:wide:keys.value", ""), fails: scim.Mutability},
		{name: "required list: last chosen", before: full, ops: at("remove", `urn:x:wide:keys[size gt 0]`, ""), fails: scim.Mutability},
		{name: "required list: emptied", before: full, ops: at("replace", "urn:x:wide:keys", `[]`), fails: scim.InvalidValue},
		{
			name: "seeds have their types", lenient: scim.Auto(), before: full, ops: at("replace", `urn:x:wide:keys[value eq 7 and size eq "7"].seen`, `"2026-01-01T00:00:00Z"`),
			want: changed("keys", `[{"value":"k","size":1},{"value":"7","size":7,"seen":"2026-01-01T00:00:00Z"}]`),
		},
		{name: "optional extension with a required attribute", before: `{"urn:x:wide":{"keys":[{"value":"k"}]}}`, ops: at("remove", "urn:x:wide", ""), want: `{}`},
	})
}

var (
	anyPath = rapid.SampledFrom([]string{
		"", "userName", "id", "schemas", "meta.version", "groups", "password", "active", "name", "name.givenName", "emails", "EMAILS.value",
		"emails.primary", `emails[type eq "work"]`, `emails[type eq "work"].value`, `emails[primary eq true].display`, `emails[not (value pr)]`,
		`roles[primary eq "True"].value`, "roles", "addresses", `addresses[type eq "work"].country`, "manager", schema.EnterpriseUserURN,
		schema.EnterpriseUserURN + ":manager.value", "urn:x:wide", "urn:x:wide:tags", `tags[value sw "w"]`, "count", "badge", "keys",
		`keys[value eq "work"].size`, "keys.value", "colour", "emails[",
	})
	anyText  = rapid.SampledFrom([]string{"", "work", "Work", "home", "True", "x", `{"id":"1","value":"work","displayName":"X"}`, "2026-01-01T00:00:00Z"})
	anyName  = rapid.OneOf(anyPath, rapid.SampledFrom([]string{"value", "type", "primary", "display", "givenName", "country", "$ref", "size", "seen"}))
	anyValue = rapid.Custom(func(t *rapid.T) any { return drawValue(t, 3) })
	anyOp    = rapid.Custom(func(t *rapid.T) patch.Operation {
		return patch.Operation{
			Op:   rapid.SampledFrom([]patch.Op{patch.Add, patch.Remove, patch.Replace}).Draw(t, "op"),
			Path: anyPath.Draw(t, "path"), Value: anyValue.Draw(t, "value"), HasValue: true,
		}
	})
)

func drawValue(t *rapid.T, depth int) any {
	switch kind := rapid.IntRange(0, 7).Draw(t, "kind"); {
	case kind == 0:
		return nil
	case kind == 1:
		return rapid.Bool().Draw(t, "bool")
	case kind == 2:
		return json.Number("7")
	case kind <= 4 || depth == 0:
		return anyText.Draw(t, "text")
	case kind == 5:
		list := make([]any, rapid.IntRange(0, 3).Draw(t, "length"))
		for i := range list {
			list[i] = drawValue(t, depth-1)
		}
		return list
	default:
		object := make(map[string]any)
		for range rapid.IntRange(0, 4).Draw(t, "size") {
			object[anyName.Draw(t, "name")] = drawValue(t, depth-1)
		}
		return object
	}
}

// canonical is an object as a store holds it.
func canonical(t interface{ Fatal(...any) }, kind *schema.ResourceType, object map[string]any) map[string]any {
	out, err := kind.Canonical(object, scim.Only(scim.MissingSchemas))
	if err != nil {
		t.Fatal("not canonical: ", err, object)
	}
	return out
}

// Operations of every kind, most of them wrong: nothing panics, an error is a 400 without a result, neither the resource
// nor the operations are modified, what comes out is canonical, and the same operations again end the same.
func TestApplyKeepsItsInvariants(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		before := map[string]any{"userName": "b", "urn:x:wide": map[string]any{"keys": []any{map[string]any{"value": "k"}}}}
		for range rapid.IntRange(1, 6).Draw(t, "requests") {
			ops := rapid.SliceOfN(anyOp, 1, 4).Draw(t, "ops")
			before = applyOnce(t, before, ops)
		}
	})
}

func applyOnce(t *rapid.T, before map[string]any, ops []patch.Operation) map[string]any {
	lenient := rapid.SampledFrom([]func() *scim.Leniency{scim.Auto, scim.Strict}).Draw(t, "profile")
	copies, _ := json.Marshal([]any{before, ops})
	result, err := patch.Apply(wide, before, ops, lenient())
	if after, _ := json.Marshal([]any{before, ops}); string(after) != string(copies) {
		t.Fatalf("modified: %s\nwas: %s", after, copies)
	}
	if err != nil {
		if e := scim.AsError(err); e.Status != 400 || e.Type == scim.None || result.Object != nil {
			t.Fatalf("%v with %v", err, result.Object)
		}
		return before
	}
	if diff := cmp.Diff(canonical(t, wide, result.Object), result.Object); diff != "" {
		t.Fatalf("not canonical: %s", diff)
	}
	again, err := patch.Apply(wide, before, ops, lenient())
	if diff := cmp.Diff(result, again); diff != "" || err != nil {
		t.Fatalf("another outcome: %v %s", err, diff)
	}
	return result.Object
}

// An add or a replace of an attribute by the value that it has changes nothing.
func TestSameValueChangesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		before := map[string]any{"userName": "b"}
		for _, op := range rapid.SliceOfN(anyOp, 1, 20).Draw(t, "ops") {
			if result, err := patch.Apply(wide, before, []patch.Operation{op}, scim.Auto()); err == nil {
				before = result.Object
			}
		}
		for _, op := range []patch.Op{patch.Replace, patch.Add} {
			ops := []patch.Operation{{Op: op, Value: maps.Clone(before), HasValue: true}}
			result, err := patch.Apply(wide, before, ops, scim.Auto())
			if diff := cmp.Diff(before, result.Object); diff != "" || err != nil {
				t.Fatalf("%s: %v %s", op, err, diff)
			}
		}
	})
}

// Many operations on long lists end in a refusal, soon.
func TestWorkIsBounded(t *testing.T) {
	t.Parallel()
	list := make([]any, 20_000)
	for i := range list {
		list[i] = map[string]any{"value": strconv.Itoa(i)}
	}
	ops := make([]patch.Operation, patch.MaxOperations)
	for i := range ops {
		ops[i] = patch.Operation{Op: patch.Add, Path: "emails", Value: list, HasValue: true}
	}
	_, err := patch.Apply(user, nil, ops, scim.Auto())
	wantTooLarge(t, err)
}

func FuzzApply(f *testing.F) {
	for _, ops := range []string{
		at("Replace", "active", `"False"`), at("Add", "manager", `[{"$ref":"http://x","value":"5"}]`), flat("replace", bothMails),
		at("add", `roles[primary eq "True"].display`, `"x"`), at("remove", `emails[type eq "work"]`, ""), at("remove", "emails", `[{"value":"b"}]`),
		flat("replace", `{"name.givenName":"G","emails[type eq \"work\"].value":"","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"manager":""}}`),
		at("replace", "password", `"x"`), at("add", "groups", `[]`), `{"op":"add","path":"[[","value":[[[]]]}`,
	} {
		f.Add(`{"operations":[`+ops+`]}`, bothMails)
	}
	f.Fuzz(func(t *testing.T, message, resourceText string) {
		object, err := resource.Decode([]byte(resourceText), nil)
		if err != nil {
			return
		}
		before, err := wide.Canonical(object, scim.Auto())
		if err != nil {
			return
		}
		body, err := resource.Decode([]byte(message), nil)
		if err != nil {
			return
		}
		ops, err := patch.Decode(body, scim.Auto())
		if err != nil {
			return
		}
		result, err := patch.Apply(wide, before, ops, scim.Auto())
		if err != nil {
			return
		}
		if diff := cmp.Diff(canonical(t, wide, result.Object), result.Object); diff != "" {
			t.Fatal(diff)
		}
	})
}
