package schema_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/schema"
)

const badgeURN = "urn:example:params:Badge:2.0:User"

// badge is a document with these attributes.
func badge(attributes string) string {
	return `{"id":"` + badgeURN + `","name":"Badge","attributes":[` + attributes + `]}`
}

// RFC 7643 section 7 has the defaults of what a document leaves out; they are published all the same.
func TestParseFillsInDefaults(t *testing.T) {
	t.Parallel()
	s, err := schema.Parse([]byte("\ufeff" + badge(`{"name":"number"},
		{"name":"doors","type":"COMPLEX","multiValued":true,"canonicalValues":[],"subAttributes":[
			{"name":"value","mutability":"IMMUTABLE"},
			{"name":"$ref","type":"reference","referenceTypes":["user"]},
			{"name":"primary","type":"boolean"}]},
		{"name":"key","type":"binary","returned":"request"}, {"name":"note","description":"Free text.","caseExact":true,"returned":"always","canonicalValues":["a","b"]}`)))
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.MarshalIndent(s, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	characteristics := func(caseExact, mutability, returned string) string {
		return `"required":false,"caseExact":` + caseExact + `,"mutability":"` + mutability + `","returned":"` + returned + `","uniqueness":"none"`
	}
	usual := characteristics("false", "readWrite", "default")
	want := `{"id":"` + badgeURN + `","name":"Badge","description":"The extension Badge.","attributes":[
		{"name":"number","type":"string","multiValued":false,"description":"The attribute number.",` + usual + `},
		{"name":"doors","type":"complex","multiValued":true,"description":"The attribute doors.",` + usual + `,"subAttributes":[
			{"name":"value","type":"string","multiValued":false,"description":"The sub-attribute value of doors.",` + characteristics("false", "immutable", "default") + `},
			{"name":"$ref","type":"reference","multiValued":false,"description":"The sub-attribute $ref of doors.",` + characteristics("true", "readWrite", "default") + `,"referenceTypes":["User"]},
			{"name":"primary","type":"boolean","multiValued":false,"description":"The sub-attribute primary of doors.",` + usual + `}]},
		{"name":"key","type":"binary","multiValued":false,"description":"The attribute key.",` + characteristics("true", "readWrite", "request") + `},
		{"name":"note","type":"string","multiValued":false,"description":"Free text.",` + characteristics("true", "readWrite", "always") + `,"canonicalValues":["a","b"]}]}`
	var wanted, made any
	if err := errors.Join(json.Unmarshal([]byte(want), &wanted), json.Unmarshal(got, &made)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(wanted, made); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	again, err := schema.Parse(got)
	if diff := cmp.Diff(s, again); diff != "" || err != nil {
		t.Errorf("what is published does not parse to the same (%v):\n%s", err, diff)
	}
}

// What every tenant has as an extension would be accepted as one, but for its URN and for what the server sets itself.
func TestParsePublishedSchema(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(schema.SpokeCustom())
	if err != nil {
		t.Fatal(err)
	}
	published := `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Schema"],"meta":{"resourceType":"Schema"},` + string(text[1:])
	got, err := schema.Parse([]byte(published))
	if diff := cmp.Diff(schema.SpokeCustom(), got); diff != "" || err != nil {
		t.Errorf("%v:\n%s", err, diff)
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	name := func(n string) string { return badge(`{"name":"` + n + `"}`) }
	with := func(more string) string { return badge(`{"name":"number",` + more + `}`) }
	sub := func(s string) string { return with(`"type":"complex","subAttributes":[` + s + `]`) }
	for _, test := range []struct{ document, want string }{
		{``, "not valid JSON"},
		{`[]`, "must be a JSON object"},
		{`"x"`, "must be a JSON object"},
		{`{}{}`, "goes on after its end"},
		{`{}]`, "not valid JSON|goes on"},
		{badge(``) + "x", "goes on after its end"},
		{"{\"name\":\"\xff\"}", "not UTF-8"},
		{`{"id":"a","ID":"b"}`, `"ID" is there twice`},
		{strings.Repeat(`{"meta":`, 20) + `1` + strings.Repeat(`}`, 20), "levels deep"},
		{`{"name":"` + strings.Repeat("x", schema.MaxDocument) + `"}`, "more than 65536 bytes"},
		{`{"id":"` + badgeURN + `","attributes":[{"name":"a"}]}`, "name is missing"},
		{badge(``), "attributes is missing"},
		{`{"id":"` + badgeURN + `","name":"x","attributes":{}}`, "attributes cannot be a object"},
		{`{"id":"` + badgeURN + `","name":"x","attribute":[]}`, `"attribute" is no member`},
		{badge(`7`), "attribute 1: it must be a JSON object"},
		{badge(`null`), "attribute 1: name is missing"},
		{badge(`{"type":"string"}`), "attribute 1: name is missing"},
		{with(`"require":true`), `attribute 1: "require" is no member`},
		{with(`"multiValued":"yes"`), "multiValued cannot be a string"},
		{name("1st"), "must begin with a letter"},
		{name("two words"), "must begin with a letter"},
		{name("a.b"), "must begin with a letter"},
		{name("né"), "must begin with a letter"},
		{name("$ref"), "$ref is the name of a sub-attribute"},
		{name(strings.Repeat("x", 65)), "more than 64 bytes"},
		{name("ID"), "already"},
		{name("schemas"), "already"},
		{name("meta"), "already"},
		{badge(`{"name":"a"},{"name":"A"}`), `attribute "A": the name is there twice`},
		{with(`"type":"text"`), `type cannot be "text": it is one of string, boolean`},
		{with(`"mutability":"rw"`), "mutability cannot be"},
		{with(`"returned":"sometimes"`), "returned cannot be"},
		{with(`"uniqueness":"yes"`), "uniqueness cannot be"},
		{with(`"uniqueness":"server"`), "uniqueness must be none"},
		{with(`"uniqueness":"global"`), "uniqueness must be none"},
		{with(`"required":true`), "required must be false"},
		{with(`"mutability":"readOnly"`), "cannot be readOnly"},
		{with(`"mutability":"writeOnly","returned":"never"`), "returned cannot be never"},
		{with(`"type":"integer","canonicalValues":["1"]`), "canonicalValues are for"},
		{with(`"canonicalValues":["a","a"]`), "canonicalValues has"},
		{with(`"canonicalValues":["\u0000"]`), "control character"},
		{with(`"description":"` + strings.Repeat("x", 1001) + `"`), "more than 1000 bytes"},
		{with(`"referenceTypes":["User"]`), "referenceTypes are for"},
		{with(`"type":"reference"`), "referenceTypes is missing"},
		{with(`"type":"reference","referenceTypes":["Device"]`), `cannot be "Device"`},
		{with(`"type":"complex"`), "subAttributes is missing"},
		{with(`"subAttributes":[{"name":"a"}]`), "subAttributes are for"},
		{sub(`{"name":"a","type":"complex","subAttributes":[{"name":"b"}]}`), `attribute "number.a": a complex attribute cannot hold another one`},
		{sub(`{"name":"a","multiValued":true}`), "a sub-attribute has one value"},
		{sub(`{"name":"a","returned":"always"}`), "a sub-attribute is returned with"},
		{sub(`{"name":"a"},{"name":"A"}`), `attribute "number.A": the name is there twice`},
		{sub(`{"name":"$ref"}`), "$ref is the name of"},
		{sub(`{"name":"primary"}`), "primary is boolean"},
		{badge(many(101)), "more than 100 attributes"},
	} {
		s, err := schema.Parse([]byte(test.document))
		var refused *schema.DocumentError
		if !errors.As(err, &refused) || s != nil {
			t.Errorf("%.80s is accepted: %v", test.document, err)
			continue
		}
		found := false
		for want := range strings.SplitSeq(test.want, "|") {
			found = found || strings.Contains(err.Error(), want)
		}
		if !found || len(refused.Problems) > 20 {
			t.Errorf("%.80s: %v, want %q", test.document, err, test.want)
		}
	}
}

// many is n attributes.
func many(n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf(`{"name":"a%d"}`, i)
	}
	return strings.Join(list, ",")
}

// All that is wrong is said at once.
func TestParseCollects(t *testing.T) {
	t.Parallel()
	_, err := schema.Parse([]byte(`{"id":"x","attributes":[{"name":"a","required":true,"type":"text"},{"name":"b","uniqueness":"server"}]}`))
	var refused *schema.DocumentError
	if !errors.As(err, &refused) || len(refused.Problems) != 5 {
		t.Errorf("%+v", refused)
	}
}

func TestCheckURN(t *testing.T) {
	t.Parallel()
	others := []string{schema.UserURN, schema.EnterpriseUserURN, schema.SpokeCustomURN, badgeURN}
	for _, urn := range []string{
		"urn:acme:User", "URN:Acme:hr.v2:User-1_a", "urn:ietf:params:scim:schemas:extension:Custom:2.0:User",
		"urn:example:params:Badge:2.0:Users", "urn:example:params:Badge:2.0.User", "urn:x-1:1",
	} {
		if err := schema.CheckURN(urn, others...); err != nil {
			t.Errorf("%s: %v", urn, err)
		}
	}
	for _, urn := range []string{
		"", "Badge", "urn:", "urn:acme", "urn:acme:", "urn:acme::User", "urn:acme:User:", "urn:a:User", "urn:-acme:User", "urn:acme:a b", "urn:acme:ä",
		"urn:acme:a/b", "urn:acme:a[0]", "urn:acme:a,b", `urn:acme:"`, "urn:acme:$ref", "http://acme/User", "urn:ac_me:User",
		"urn:acme:" + strings.Repeat("x", 200), "urn:" + strings.Repeat("x", 33) + ":User",
		schema.UserURN, strings.ToUpper(schema.GroupURN), schema.EnterpriseUserURN, "urn:ietf:params:scim:schemas:extension:enterprise:3.0:User",
		"urn:ietf:params:scim:api:messages:2.0:Error", "urn:ietf:params:scim:Badge", "urn:ietf:params:scim", "urn:ietf:params:scim:schemas:extension",
		"urn:ietf:params:scim:schemas:core:2.0:User:acme", "urn:scim:schemas:extension:enterprise:1.0",
		strings.ToLower(schema.SpokeCustomURN), schema.SpokeCustomURN + ":more", "urn:ietf:params:scim:schemas:extension:spokecustom:2.0",
		strings.ToUpper(badgeURN), badgeURN + ":door", "urn:example:params:badge", "urn:example:params",
	} {
		if err := schema.CheckURN(urn, others...); err == nil {
			t.Errorf("%q is accepted", urn)
		}
	}
}

func TestCheckReplacement(t *testing.T) {
	t.Parallel()
	parse := func(attributes string) *schema.Schema {
		s, err := schema.Parse([]byte(badge(attributes)))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	old := parse(`{"name":"number"},{"name":"door","type":"complex","subAttributes":[{"name":"value"},{"name":"floor","type":"integer"}]}`)
	if err := old.CheckReplacement(old); err != nil {
		t.Error(err)
	}
	wider := parse(`{"name":"new"},{"name":"door","type":"complex","subAttributes":[{"name":"floor","type":"integer"},{"name":"open","type":"boolean"},{"name":"value"}]},
		{"name":"number","description":"It says what.","mutability":"immutable","returned":"always","canonicalValues":["1"]}`)
	if err := old.CheckReplacement(wider); err != nil {
		t.Error(err)
	}
	for _, test := range []struct{ next, want string }{
		{`{"name":"number"}`, `attribute "door": it is not in the new document`},
		{`{"name":"NUMBER"},{"name":"door","type":"complex","subAttributes":[{"name":"value"},{"name":"floor","type":"integer"}]}`, "name was number and cannot become NUMBER"},
		{`{"name":"number","type":"integer"},{"name":"door","type":"complex","subAttributes":[{"name":"value"},{"name":"floor"}]}`, `attribute "door.floor": type was integer`},
		{`{"name":"number","multiValued":true},{"name":"door"}`, "multiValued was false"},
		{`{"name":"number","caseExact":true},{"name":"door"}`, "caseExact was false"},
	} {
		if err := old.CheckReplacement(parse(test.next)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.next, err, test.want)
		}
	}
	other := *old
	other.ID = strings.ToUpper(old.ID)
	if err := old.CheckReplacement(&other); err == nil {
		t.Error("another spelling of the URN is accepted")
	}
}

// Whatever is accepted is published whole, and each of its attributes is found by its path, its own and no other.
func FuzzParse(f *testing.F) {
	f.Add([]byte(badge(`{"name":"number"},{"name":"doors","type":"complex","multiValued":true,"subAttributes":[{"name":"$ref","type":"reference","referenceTypes":["User"]}]}`)))
	f.Add([]byte(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Schema"],"id":"urn:acme:User","name":"n","attributes":[{"name":"userName","type":"dateTime","multiValued":true}]}`))
	f.Add([]byte(`{"id":"x","attributes":[{"name":"a","subAttributes":[{"name":"a"}]}]}`))
	f.Fuzz(func(t *testing.T, document []byte) {
		s, err := schema.Parse(document)
		if err != nil {
			return
		}
		text, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		if len(text) <= schema.MaxDocument {
			again, err := schema.Parse(text)
			if diff := cmp.Diff(s, again); diff != "" || err != nil {
				t.Fatalf("%v:\n%s", err, diff)
			}
		}
		if err := s.CheckReplacement(s); err != nil {
			t.Fatal(err)
		}
		if schema.CheckURN(s.ID, schema.SpokeCustomURN) != nil {
			return
		}
		kind := schema.User(schema.SpokeCustom()).Extended(schema.Extension{Schema: s})
		for i := range s.Attributes {
			ref := schema.Ref{Schema: s, Extension: true, Attribute: &s.Attributes[i]}
			for j := range s.Attributes[i].SubAttributes {
				sub := ref
				sub.Sub = &s.Attributes[i].SubAttributes[j]
				resolves(t, kind, sub)
			}
			resolves(t, kind, ref)
		}
	})
}

func resolves(t *testing.T, kind *schema.ResourceType, ref schema.Ref) {
	t.Helper()
	for _, path := range []string{ref.String(), strings.ToUpper(ref.String())} {
		if got, ok := kind.Resolve(path, scim.Strict()); !ok || got != ref {
			t.Fatalf("%s is %v", path, got)
		}
	}
}

func TestExtended(t *testing.T) {
	t.Parallel()
	s, err := schema.Parse([]byte(badge(`{"name":"number"}`)))
	if err != nil {
		t.Fatal(err)
	}
	base := schema.User(schema.SpokeCustom())
	one, two := base.Extended(schema.Extension{Schema: s}), base.Extended(schema.Extension{Schema: schema.SpokeCustom()})
	if len(base.Extensions) != 2 || one.Extensions[2].Schema != s || two.Extensions[2].Schema == s {
		t.Error("the copies share their extensions")
	}
}

func TestWithUniqueness(t *testing.T) {
	t.Parallel()
	group := schema.Group()
	changed := group.WithUniqueness("DisplayName", schema.NotUnique)
	if got := changed.Schema.Attribute("displayName").Uniqueness; got != schema.NotUnique {
		t.Errorf("the copy says %s", got)
	}
	if diff := cmp.Diff(schema.Group(), group); diff != "" {
		t.Errorf("the original was modified:\n%s", diff)
	}
	if diff := cmp.Diff(group, changed.WithUniqueness("displayName", schema.ServerUnique).WithUniqueness("nothing", schema.ServerUnique)); diff != "" {
		t.Errorf("more than the uniqueness differs:\n%s", diff)
	}
}
