package resource

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/schema"
)

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		body string
		want scim.ErrorType
	}{
		"nothing":                    {"", scim.InvalidSyntax},
		"white space":                {" \n", scim.InvalidSyntax},
		"broken JSON":                {`{"userName":`, scim.InvalidSyntax},
		"no comma":                   {`{"a":1 "b":2}`, scim.InvalidSyntax},
		"trailing comma":             {`{"a":[1,]}`, scim.InvalidSyntax},
		"a list":                     {`[]`, scim.InvalidSyntax},
		"a string":                   {`"x"`, scim.InvalidSyntax},
		"two objects":                {`{}{}`, scim.InvalidSyntax},
		"a word behind":              {`{} x`, scim.InvalidSyntax},
		"one name twice":             {`{"a":1,"a":2}`, scim.InvalidSyntax},
		"one name in two cases":      {`{"userName":"a","USERNAME":"b"}`, scim.InvalidSyntax},
		"one name twice, deep":       {`{"name":{"x":1,"X":2}}`, scim.InvalidSyntax},
		"invalid UTF-8":              {"{\"a\":\"\xff\"}", scim.InvalidSyntax},
		"NUL in a value":             {`{"a":"x\u0000y"}`, scim.InvalidValue},
		"half a surrogate pair":      {`{"a":"\ud800x"}`, scim.InvalidSyntax},
		"a pair the wrong way round": {`{"a":"\udc00\ud800"}`, scim.InvalidSyntax},
		"NUL in a name":              {`{"a\u0000":1}`, scim.InvalidValue},
		"200 levels of lists":        {`{"a":` + strings.Repeat("[", 200) + strings.Repeat("]", 200) + `}`, scim.InvalidSyntax},
		"a million levels, no ends":  {`{"a":` + strings.Repeat("[", 1000000), scim.InvalidSyntax},
		"200 levels of objects":      {strings.Repeat(`{"a":`, 200) + "1" + strings.Repeat("}", 200), scim.InvalidSyntax},
		"a byte order mark, strict":  {"\ufeff{}", scim.InvalidSyntax},
	} {
		_, err := Decode([]byte(test.body), scim.Strict())
		var e *scim.Error
		if !errors.As(err, &e) || e.Status != 400 || e.Type != test.want {
			t.Errorf("%s: %v, want 400 %s", name, err, test.want)
		}
	}
	if _, err := Decode([]byte("\ufeff{}"), scim.Only(scim.ByteOrderMark)); err != nil {
		t.Errorf("a byte order mark, tolerated: %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"schemas":["x"],"userName":"a","emails":[{"value":"é","primary":true}],"n":1e5}`))
	f.Add([]byte(`{"a":"\ud800"}`))
	f.Add([]byte(`{"userName":"a","manager":"7","name.givenName":"b","x509Certificates":[{"value":"no base64"}]}`))
	user := schema.User(schema.SpokeCustom())
	f.Fuzz(func(t *testing.T, body []byte) {
		object, err := Decode(body, scim.Auto())
		if err != nil {
			return
		}
		stored, err := user.Canonical(user.Nested(object, scim.Auto()), scim.Auto())
		if err != nil || user.Finish(stored) != nil {
			return
		}
		// What is stored reads back as it was, and is canonical already.
		read, err := parse(Encode(user, stored))
		if err != nil {
			t.Fatalf("what Encode wrote does not parse: %v", err)
		}
		if diff := cmp.Diff(stored, read); diff != "" {
			t.Fatal(diff)
		}
		again, err := user.Canonical(read, scim.Only(scim.UnencodedBinary)) // which is kept as it was sent
		if err != nil {
			t.Fatalf("what is stored is not canonical: %v", err)
		}
		if err := user.Finish(again); err != nil || !cmp.Equal(stored, again) {
			t.Fatalf("canonical form changes: %v, %s", err, cmp.Diff(stored, again))
		}
	})
}

var sample = Document{
	ID: "u1", Version: 3,
	Created: time.Date(2026, 1, 2, 3, 4, 5, 6e6, time.UTC), Modified: time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC),
	Body: []byte(`{"schemas":["` + schema.UserURN + `"],"id":"u1","userName":"a","name":{"familyName":"f","givenName":"g"},` +
		`"emails":[{"value":"1","type":"work"},{"value":"2","type":"home"}],"` + schema.EnterpriseUserURN + `":{"department":"d","manager":{"value":"m"}}}`),
	Relation: []byte(`[{"value":"g1","display":"G"}]`),
}

func TestProjection(t *testing.T) {
	t.Parallel()
	user := schema.User()
	const head = `{"schemas":["` + schema.UserURN + `"],"id":"u1"`
	const emails = `,"emails":[{"value":"1","type":"work"},{"value":"2","type":"home"}]`
	const enterprise = `,"` + schema.EnterpriseUserURN + `":{"department":"d","manager":{"value":"m"}}`
	const name = `,"userName":"a","name":{"familyName":"f","givenName":"g"}`
	const meta = `,"meta":{"resourceType":"User","created":"2026-01-02T03:04:05.006Z","lastModified":"2026-02-03T04:05:06.000Z","location":"https://h/scim/v2/Users/u1","version":"W/\"3\""}`
	for _, test := range []struct{ attributes, excluded, want string }{
		{"", "", head + name + emails + enterprise + `,"groups":[{"value":"g1","display":"G"}]` + meta + "}"},
		{" , ", "", head + name + emails + enterprise + `,"groups":[{"value":"g1","display":"G"}]` + meta + "}"},
		{"", "groups", head + name + emails + enterprise + meta + "}"},
		{"", "id,schemas,nothing,groups", head + name + emails + enterprise + meta + "}"},
		{"id", "", head + "}"},
		{"nothing", "", head + "}"},
		{"USERNAME, name.givenName", "", head + `,"userName":"a","name":{"givenName":"g"}}`},
		{"emails.type", "", head + `,"emails":[{"type":"work"},{"type":"home"}]}`},
		{schema.EnterpriseUserURN, "", head + enterprise + "}"},
		{schema.EnterpriseUserURN + ":department", "", head + `,"` + schema.EnterpriseUserURN + `":{"department":"d"}}`},
		{schema.EnterpriseUserURN + ":manager.value", "", head + `,"` + schema.EnterpriseUserURN + `":{"manager":{"value":"m"}}}`},
		{"meta.location,groups.value", "", head + `,"groups":[{"value":"g1"}],"meta":{"location":"https://h/scim/v2/Users/u1"}}`},
		{"", "name,groups,meta,emails.value," + schema.EnterpriseUserURN, head + `,"userName":"a","emails":[{"type":"work"},{"type":"home"}]}`},
		{"", "name.givenName,groups,meta,emails," + schema.EnterpriseUserURN + ":manager", head + `,"userName":"a","name":{"familyName":"f"},"` + schema.EnterpriseUserURN + `":{"department":"d"}}`},
	} {
		p, err := NewProjection(user, []string{test.attributes}, []string{test.excluded})
		if err != nil {
			t.Fatal(err)
		}
		d := sample
		if !p.Relation(user) {
			d.Relation = nil
		}
		got, err := p.AppendTo(nil, d, user, "https://h/scim/v2")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, string(got)); diff != "" {
			t.Errorf("attributes=%q excludedAttributes=%q: %s", test.attributes, test.excluded, diff)
		}
	}
	if _, err := NewProjection(user, []string{"id"}, []string{"groups"}); err == nil {
		t.Error("both parameters must be refused")
	}
}

func TestChanges(t *testing.T) {
	t.Parallel()
	user := schema.User()
	old, _ := sample.Object()
	changed, _ := sample.Object()
	if got := Changes(user, old, changed); got != nil {
		t.Errorf("equal states: %v", got)
	}
	changed["title"] = "t"
	delete(changed, "emails")
	changed[schema.EnterpriseUserURN] = map[string]any{"department": "e", "manager": map[string]any{"value": "m"}}
	want := []Change{
		{Path: "title", New: "t"},
		{Path: "emails", Old: old["emails"]},
		{Path: schema.EnterpriseUserURN + ":department", Old: "d", New: "e"},
	}
	if diff := cmp.Diff(want, Changes(user, old, changed)); diff != "" {
		t.Error(diff)
	}
}

func TestEncodeEscapes(t *testing.T) {
	t.Parallel()
	user := schema.User()
	want := map[string]any{"userName": "quote\" back\\ line\n tab\t bell\a <&> é 日本 \u2028"}
	got, err := parse(Encode(user, want))
	if err != nil || !cmp.Equal(want, got) {
		t.Errorf("%v, %v", got, err)
	}
}

func TestDecodeKeepsCharactersBeyondTheFirstPlane(t *testing.T) {
	t.Parallel()
	object, err := Decode([]byte(`{"a":"\ud83d\ude00 \\ud800 \uD83D\uDE00 😀","b":"\\\\"}`), scim.Strict())
	want := map[string]any{"a": `😀 \ud800 😀 😀`, "b": `\\`}
	if err != nil || !cmp.Equal(want, object) {
		t.Errorf("%v, %v", object, err)
	}
}
