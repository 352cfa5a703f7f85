package patch_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/patch"
)

const message = `"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"]`

// RFC 7644 section 3.5.2, rules X1, X2, X14; scim-requirements M-op.
func TestDecode(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, body string
		lenient    *scim.Leniency
		want       []patch.Operation
		fails      scim.ErrorType
	}{
		{name: "X1 figure 6", body: `{` + message + `,"Operations":[{"op":"add","path":"title","value":"x"}]}`, want: []patch.Operation{{Op: patch.Add, Path: "title", Value: "x", HasValue: true}}},
		{name: "X1 names in any case", body: `{"SCHEMAS":["URN:ietf:params:scim:api:messages:2.0:PatchOp"],"operations":[{"Op":"remove","PATH":"title","name":"ignored","$ref":1}]}`, want: []patch.Operation{{Op: patch.Remove, Path: "title"}}},
		{name: "X1 more than one schema", body: `{"schemas":["urn:x","urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"remove","path":"title"}]}`, want: []patch.Operation{{Op: patch.Remove, Path: "title"}}},
		{name: "X1 no schemas", body: `{"Operations":[{"op":"remove","path":"title"}]}`, fails: scim.InvalidValue},
		{name: "X1 other schemas", body: `{"schemas":["urn:x"],"Operations":[{"op":"remove","path":"title"}]}`, fails: scim.InvalidValue},
		{name: "X1 no schemas, tolerated", lenient: scim.Only(scim.MissingSchemas), body: `{"Operations":[{"op":"remove","path":"title"}]}`, want: []patch.Operation{{Op: patch.Remove, Path: "title"}}},
		{name: "X1 other schemas, tolerated", lenient: scim.Only(scim.MissingSchemas), body: `{"schemas":["urn:x"],"Operations":[{"op":"remove","path":"title"}]}`, want: []patch.Operation{{Op: patch.Remove, Path: "title"}}},
		{name: "X1 no operations", body: `{` + message + `}`, fails: scim.InvalidSyntax},
		{name: "X1 empty operations", body: `{` + message + `,"Operations":[]}`, fails: scim.InvalidSyntax},
		{name: "X1 operations not a list", body: `{` + message + `,"Operations":{"op":"remove","path":"title"}}`, fails: scim.InvalidSyntax},
		{name: "X2 operation not an object", body: `{` + message + `,"Operations":["add"]}`, fails: scim.InvalidSyntax},
		{name: "X2 other op", lenient: scim.Auto(), body: `{` + message + `,"Operations":[{"op":"move","path":"title"}]}`, fails: scim.InvalidSyntax},
		{name: "X2 no op", lenient: scim.Auto(), body: `{` + message + `,"Operations":[{"path":"title"}]}`, fails: scim.InvalidSyntax},
		{name: "M-op strict", body: `{` + message + `,"Operations":[{"op":"Replace","path":"title","value":null}]}`, fails: scim.InvalidSyntax},
		{name: "M-op", lenient: scim.Only(scim.OperationCase), body: `{` + message + `,"Operations":[{"op":"Replace","path":"title","value":null}]}`, want: []patch.Operation{{Op: patch.Replace, Path: "title", HasValue: true}}},
		{name: "path null", body: `{` + message + `,"Operations":[{"op":"add","path":null,"value":{}}]}`, want: []patch.Operation{{Op: patch.Add, Value: map[string]any{}, HasValue: true}}},
		{name: "path not a string", lenient: scim.Auto(), body: `{` + message + `,"Operations":[{"op":"add","path":["title"],"value":"x"}]}`, fails: scim.InvalidPath},
		{name: "X14 add without value", lenient: scim.Auto(), body: `{` + message + `,"Operations":[{"op":"add","path":"title"}]}`, fails: scim.InvalidValue},
		{name: "X14 replace without value", lenient: scim.Auto(), body: `{` + message + `,"Operations":[{"op":"replace","path":"title"}]}`, fails: scim.InvalidValue},
		{name: "X7 remove without path", lenient: scim.Auto(), body: `{` + message + `,"Operations":[{"op":"remove","value":{"title":"x"}}]}`, fails: scim.NoTarget},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := patch.Decode(decode(t, test.body), test.lenient)
			if test.fails != "" {
				wantError(t, err, test.fails)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDetailNamesTheOperation(t *testing.T) {
	t.Parallel()
	_, err := apply(t, user, decode(t, `{}`), at("add", "title", `"x"`)+","+at("replace", "colour", `"x"`), scim.Auto())
	wantError(t, err, scim.InvalidPath)
	for _, part := range []string{"Operation 2:", `"colour"`} {
		if detail := scim.AsError(err).Detail; !strings.Contains(detail, part) {
			t.Errorf("detail %q does not say %q", detail, part)
		}
	}
}

// tooMany is of queries alone; who sends too much in one request is told 413, as with a bulk.
func TestDecodeTooMany(t *testing.T) {
	t.Parallel()
	const message = `{"schemas":["` + patch.MessageSchema + `"],"Operations":[`
	one := `{"op":"add","path":"title","value":"x"}`
	_, err := patch.Decode(decode(t, message+strings.Repeat(one+",", patch.MaxOperations)+one+"]}"), scim.Strict())
	wantTooLarge(t, err)
	if _, err = patch.Decode(decode(t, message+strings.Repeat(one+",", patch.MaxOperations-1)+one+"]}"), scim.Strict()); err != nil {
		t.Error(err)
	}
}
