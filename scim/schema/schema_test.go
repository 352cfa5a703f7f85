package schema

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/secure/precis"

	"github.com/askspoke/spoke/scim"
)

// RFC 7643 section 2.1 and 3.10: names have no case; the schema is the longest URN that starts the path.
func TestResolve(t *testing.T) {
	t.Parallel()
	user := User(SpokeCustom())
	for _, test := range []struct{ path, want string }{
		{"userName", "userName"},
		{"USERNAME", "userName"},
		{"Emails.Value", "emails.value"},
		{"name.GivenName", "name.givenName"},
		{"schemas", "schemas"},
		{UserURN + ":userName", "userName"},
		{strings.ToUpper(UserURN) + ":name.familyName", "name.familyName"},
		{EnterpriseUserURN + ":department", EnterpriseUserURN + ":department"},
		{EnterpriseUserURN + ":manager.value", EnterpriseUserURN + ":manager.value"},
		{EnterpriseUserURN, EnterpriseUserURN},
		{SpokeCustomURN + ":startDate", SpokeCustomURN + ":startDate"},
		{"manager", EnterpriseUserURN + ":manager"},
		{"nothing", ""},
		{"emails.nothing", ""},
		{"emails.value.more", ""},
		{EnterpriseUserURN + ":nothing", ""},
		{UserURN, ""},
		{UserURN + "x:userName", ""},
		{"urn:example:unknown:userName", ""},
		{"", ""},
		{"user\u212Aame", ""},
	} {
		ref, ok := user.Resolve(test.path, scim.Auto())
		got := ""
		if ok {
			got = ref.String()
		}
		if got != test.want {
			t.Errorf("Resolve(%q) = %q, want %q", test.path, got, test.want)
		}
	}
	if _, ok := user.Resolve("manager", scim.Strict()); ok {
		t.Error("a strict tenant must not find manager by its bare name")
	}
}

// The gallery's Schema_Discoverability test reads these (scim-requirements 2.10).
func TestDefinitionsAreWhatTheGalleryReads(t *testing.T) {
	t.Parallel()
	for _, kind := range []*ResourceType{User(), Group()} {
		if kind.Schema.Attribute("externalId") == nil {
			t.Errorf("%s must list externalId", kind.Name)
		}
	}
	user := User()
	if roles := user.Schema.Attribute("roles").Sub("type"); roles.CanonicalValues != nil {
		t.Error("roles.type must have no canonicalValues")
	}
	if user.Schema.Attribute("password").Returned != Never {
		t.Error("password must never be returned")
	}
	text, err := json.Marshal(user.Schema)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "null") {
		t.Error("a schema document must hold no null")
	}
}

// No schema promises a value that is unique in the world (RFC 7643 section 7): Spoke knows its own tenants alone.
func TestNothingIsGlobal(t *testing.T) {
	t.Parallel()
	var check func(path string, attributes []Attribute)
	check = func(path string, attributes []Attribute) {
		for _, a := range attributes {
			if a.Uniqueness != NotUnique && a.Uniqueness != ServerUnique {
				t.Errorf("%s%s has the uniqueness %s", path, a.Name, a.Uniqueness)
			}
			check(path+a.Name+".", a.SubAttributes)
		}
	}
	for _, kind := range []*ResourceType{User(SpokeCustom()), Group()} {
		check(kind.Name+".", kind.Schema.Attributes)
		for _, e := range kind.Extensions {
			check(e.Schema.ID+":", e.Schema.Attributes)
		}
	}
	_, err := Parse([]byte(`{"id":"urn:example:Badge","name":"Badge","attributes":[{"name":"number","uniqueness":"global"}]}`))
	if err == nil || !strings.Contains(err.Error(), "uniqueness must be none") {
		t.Errorf("an extension may promise it: %v", err)
	}
}

func canonical(t *testing.T, text string, lenient *scim.Leniency) (map[string]any, error) {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var body map[string]any
	if err := decoder.Decode(&body); err != nil {
		t.Fatal(err)
	}
	user := User(SpokeCustom())
	object, err := user.Canonical(user.Nested(body, lenient), lenient)
	if err == nil {
		err = user.Finish(object)
	}
	return object, err
}

func TestCanonical(t *testing.T) {
	t.Parallel()
	const core = `"schemas":["` + UserURN + `"]`
	coreSchemas := []any{UserURN}
	enterprise := []any{UserURN, EnterpriseUserURN}
	for _, test := range []struct {
		name, body string
		needs      scim.Tolerance // a strict tenant refuses the body for want of it
		strict     bool           // a strict tenant takes it too
		want       map[string]any
	}{
		{
			"names in canonical spelling", `{` + core + `,"USERNAME":"a","NAME":{"GIVENname":"b"}}`, 0, true,
			map[string]any{"schemas": coreSchemas, "userName": "a", "name": map[string]any{"givenName": "b"}},
		},
		{
			"null, empty list and empty object are absence", `{` + core + `,"userName":"a","title":null,"emails":[],"name":{"givenName":null}}`, 0, true,
			map[string]any{"schemas": coreSchemas, "userName": "a"},
		},
		{
			"readOnly and password left out", `{` + core + `,"userName":"a","id":"x","meta":{"version":"1"},"groups":[{"value":"g"}],"password":"p"}`, 0, true,
			map[string]any{"schemas": coreSchemas, "userName": "a"},
		},
		{
			"boolean as string", `{` + core + `,"userName":"a","active":"False"}`, scim.BooleanAsString, false,
			map[string]any{"schemas": coreSchemas, "userName": "a", "active": false},
		},
		{
			"no schemas", `{"userName":"a"}`, scim.MissingSchemas, false,
			map[string]any{"schemas": coreSchemas, "userName": "a"},
		},
		{
			"a schema twice", `{"schemas":["` + UserURN + `","` + strings.ToUpper(UserURN) + `"],"userName":"a"}`, scim.MissingSchemas, false,
			map[string]any{"schemas": coreSchemas, "userName": "a"},
		},
		{
			"unknown schema", `{"schemas":["` + UserURN + `","urn:scim:schemas:core:1.0"],"userName":"a"}`, scim.MissingSchemas, false,
			map[string]any{"schemas": coreSchemas, "userName": "a"},
		},
		{
			"unknown attribute", `{` + core + `,"userName":"a","department":null}`, scim.UnknownAttribute, false,
			map[string]any{"schemas": coreSchemas, "userName": "a"},
		},
		{
			"emails as an object", `{` + core + `,"userName":"a","emails":{"value":"a@b"}}`, scim.ObjectAsList, false,
			map[string]any{"schemas": coreSchemas, "userName": "a", "emails": []any{map[string]any{"value": "a@b"}}},
		},
		{
			"manager as a string", `{` + core + `,"userName":"a","` + EnterpriseUserURN + `":{"manager":"m"}}`, scim.StringAsComplex, false,
			map[string]any{"schemas": enterprise, "userName": "a", EnterpriseUserURN: map[string]any{"manager": map[string]any{"value": "m"}}},
		},
		{
			"manager as a list", `{` + core + `,"userName":"a","` + EnterpriseUserURN + `":{"manager":[{"value":"m"}]}}`, scim.ListAsObject, false,
			map[string]any{"schemas": enterprise, "userName": "a", EnterpriseUserURN: map[string]any{"manager": map[string]any{"value": "m"}}},
		},
		{
			"manager by its bare name", `{` + core + `,"userName":"a","Manager":{"value":"m"}}`, scim.UnqualifiedExtension, false,
			map[string]any{"schemas": enterprise, "userName": "a", EnterpriseUserURN: map[string]any{"manager": map[string]any{"value": "m"}}},
		},
		{
			"an attribute by the URN of its extension", `{` + core + `,"userName":"a","` + strings.ToUpper(EnterpriseUserURN) + `:Department":"d"}`, scim.PathKeys, false,
			map[string]any{"schemas": enterprise, "userName": "a", EnterpriseUserURN: map[string]any{"department": "d"}},
		},
		{
			"a sub-attribute by its path", `{` + core + `,"userName":"a","name.givenName":"g","` + EnterpriseUserURN + `:manager.value":"m"}`, scim.PathKeys, false,
			map[string]any{"schemas": enterprise, "userName": "a", "name": map[string]any{"givenName": "g"}, EnterpriseUserURN: map[string]any{"manager": map[string]any{"value": "m"}}},
		},
		{
			"an attribute by the URN of the core", `{` + core + `,"` + UserURN + `:userName":"a"}`, scim.PathKeys, false,
			map[string]any{"schemas": coreSchemas, "userName": "a"},
		},
		{
			"an extension as an empty text", `{` + core + `,"userName":"a","` + EnterpriseUserURN + `":""}`, scim.EmptyAsClear, false,
			map[string]any{"schemas": coreSchemas, "userName": "a"},
		},
		{
			"an extension as an empty list", `{` + core + `,"userName":"a","` + EnterpriseUserURN + `":[]}`, scim.ListAsObject, false,
			map[string]any{"schemas": coreSchemas, "userName": "a"},
		},
		{
			"an extension as a list of one", `{` + core + `,"userName":"a","` + EnterpriseUserURN + `":[{"department":"d"}]}`, scim.ListAsObject, false,
			map[string]any{"schemas": enterprise, "userName": "a", EnterpriseUserURN: map[string]any{"department": "d"}},
		},
		{
			"a certificate that is not base64", `{` + core + `,"userName":"a","x509Certificates":[{"value":"-----BEGIN CERTIFICATE-----"}]}`, scim.UnencodedBinary, false,
			map[string]any{"schemas": coreSchemas, "userName": "a", "x509Certificates": []any{map[string]any{"value": "-----BEGIN CERTIFICATE-----"}}},
		},
		{
			"a certificate in base64", `{` + core + `,"userName":"a","x509Certificates":[{"value":"AAEC"}]}`, 0, true,
			map[string]any{"schemas": coreSchemas, "userName": "a", "x509Certificates": []any{map[string]any{"value": "AAEC"}}},
		},
		{
			"extension data adds its URN", `{` + core + `,"userName":"a","` + SpokeCustomURN + `":{"startDate":"2026-01-02"}}`, 0, true,
			map[string]any{"schemas": []any{UserURN, SpokeCustomURN}, "userName": "a", SpokeCustomURN: map[string]any{"startDate": "2026-01-02"}},
		},
		{
			"a role as JSON text", `{` + core + `,"userName":"a","roles":[{"value":"{\"id\":\"1\",\"value\":\"Admin\",\"displayName\":\"Administrator\"}"}]}`, 0, false,
			map[string]any{"schemas": coreSchemas, "userName": "a", "roles": []any{map[string]any{"value": "Admin", "display": "Administrator"}}},
		},
		{
			"two primaries", `{` + core + `,"userName":"a","emails":[{"value":"1","primary":true},{"value":"2","primary":true}]}`, scim.ManyPrimaries, false,
			map[string]any{"schemas": coreSchemas, "userName": "a", "emails": []any{
				map[string]any{"value": "1", "primary": true}, map[string]any{"value": "2", "primary": false},
			}},
		},
		{
			"one type and value counts once, whatever else is said", `{` + core + `,"userName":"a","emails":[{"value":"a@b","type":"Work"},{"value":"c"},{"value":"A@B","type":"work","primary":true,"display":"A"},{"value":"a@b","type":"work","display":"B"},{"value":"a@b"}]}`, 0, true,
			map[string]any{"schemas": coreSchemas, "userName": "a", "emails": []any{
				map[string]any{"value": "a@b", "type": "Work", "primary": true, "display": "A"}, map[string]any{"value": "c"}, map[string]any{"value": "a@b"},
			}},
		},
		{
			"one value that is primary twice is one primary", `{` + core + `,"userName":"a","emails":[{"value":"a","type":"x","primary":true},{"value":"A","type":"x","primary":true}]}`, 0, true,
			map[string]any{"schemas": coreSchemas, "userName": "a", "emails": []any{map[string]any{"value": "a", "type": "x", "primary": true}}},
		},
		{
			"elements without value count once where they are equal", `{` + core + `,"userName":"a","addresses":[{"type":"work","country":"DE"},{"type":"work","country":"US"},{"country":"us","type":"work","primary":true}]}`, 0, true,
			map[string]any{"schemas": coreSchemas, "userName": "a", "addresses": []any{
				map[string]any{"type": "work", "country": "DE"}, map[string]any{"type": "work", "country": "US", "primary": true},
			}},
		},
		{
			"repeated elements count once", `{` + core + `,"userName":"a","emails":[{"value":"1"},{"value":"1"}]}`, 0, true,
			map[string]any{"schemas": coreSchemas, "userName": "a", "emails": []any{map[string]any{"value": "1"}}},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := canonical(t, test.body, scim.Auto())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			if test.strict {
				if got, err = canonical(t, test.body, scim.Strict()); err != nil || !cmp.Equal(test.want, got) {
					t.Errorf("strict: %v, %v", got, err)
				}
			} else if test.needs != 0 {
				if _, err := canonical(t, test.body, scim.Strict()); !isBadRequest(err) {
					t.Errorf("strict: %v, want 400", err)
				}
				if _, err := canonical(t, test.body, scim.Only(test.needs)); err != nil {
					t.Errorf("with %s alone: %v", test.needs, err)
				}
			}
		})
	}
}

func isBadRequest(err error) bool {
	var e *scim.Error
	return errors.As(err, &e) && e.Status == 400
}

func TestCanonicalRefuses(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		body string
		want scim.ErrorType
	}{
		"no userName":        {`{}`, scim.InvalidValue},
		"empty userName":     {`{"userName":""}`, scim.InvalidValue},
		"userName a number":  {`{"userName":7}`, scim.InvalidValue},
		"active a word":      {`{"userName":"a","active":"yes"}`, scim.InvalidValue},
		"active a number":    {`{"userName":"a","active":1}`, scim.InvalidValue},
		"name a list":        {`{"userName":"a","name":[{},{}]}`, scim.InvalidValue},
		"emails of numbers":  {`{"userName":"a","emails":[7]}`, scim.InvalidValue},
		"extension a list":   {`{"userName":"a","` + EnterpriseUserURN + `":[{},{}]}`, scim.InvalidValue},
		"extension a string": {`{"userName":"a","` + EnterpriseUserURN + `":"x"}`, scim.InvalidValue},
		"schemas a string":   {`{"userName":"a","schemas":"x"}`, scim.InvalidValue},
		"userName too long":  {`{"userName":"` + strings.Repeat("a", MaxIdentifier+1) + `"}`, scim.InvalidValue},
	} {
		_, err := canonical(t, test.body, scim.Auto())
		var e *scim.Error
		if !errors.As(err, &e) || e.Type != test.want || e.Status != 400 {
			t.Errorf("%s: %v, want 400 %s", name, err, test.want)
		}
	}
}

// RFC 7644 section 5: userName is compared as PRECIS prepares it.
func TestFoldIsUsernameCaseMapped(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Ann", "ÅSA", "a\u030Angström", "ＦＵＬＬ", "ΣΊΣΥΦΟΣ", "Straße", "İpek", "ﬀ", "日本", "o'neil+x#EXT#@b.c"} {
		want, err := precis.UsernameCaseMapped.CompareKey(name)
		if err != nil {
			t.Logf("%q is no username: %v", name, err)
			continue
		}
		if got := Fold(name); got != want {
			t.Errorf("Fold(%q) = %q, PRECIS says %q", name, got, want)
		}
	}
	if Fold("with space A") != "with space a" {
		t.Error("text that PRECIS refuses must be folded all the same")
	}
	// What PRECIS refuses is neither refused nor equal to what looks like it: see infra/decisions/divergences.md.
	for name, like := range map[string]string{"zero\u200bwidth": "zerowidth", "\ufb01nn": "finn", "no\u00a0break": "no break"} {
		if _, err := precis.UsernameCaseMapped.CompareKey(name); err == nil {
			t.Errorf("PRECIS takes %q", name)
		}
		if Fold(name) == Fold(like) {
			t.Errorf("%q and %q are one", name, like)
		}
	}
}

func TestParseDateTime(t *testing.T) {
	t.Parallel()
	want := time.Date(2010, 10, 15, 14, 38, 21, 862170500, time.UTC)
	for _, text := range []string{"2010-10-15T14:38:21.8621705Z", "2010-10-15T16:38:21.8621705+02:00", "2010-10-15T14:38:21.8621705"} {
		if got, err := ParseDateTime(text); err != nil || !got.Equal(want) {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for text, want := range map[string]string{
		"2026-01-01T24:00:00Z": "2026-01-02T00:00:00Z", "2026-12-31T24:00:00.000-14:00": "2027-01-01T14:00:00Z", "2024-02-28T24:00:00": "2024-02-29T00:00:00Z",
		"2026-01-01T00:00:00+14:00": "2025-12-31T10:00:00Z", "2026-01-01T00:00:00-13:59": "2026-01-01T13:59:00Z", "0001-01-01T00:00:00+14:00": "0000-12-31T10:00:00Z",
		"2026-01-01T00:00:00.1234567891234Z": "2026-01-01T00:00:00.123456789Z",
	} {
		if got, err := ParseDateTime(text); err != nil || got.Format(time.RFC3339Nano) != want {
			t.Errorf("%s: %v, %v, want %s", text, got, err, want)
		}
	}
	for _, text := range []string{
		"yesterday", "", "2026-01-01", "2026-01-01Z", "T00:00:00Z", "2026-01-01T00:00Z", "2026-01-01T00:00:0Z", "2026-01-01T0:00:00Z", "2026-1-01T00:00:00Z",
		"2026-01-01T00:00:00+15:00", "2026-01-01T00:00:00+14:01", "2026-01-01T00:00:00-15:00", "2026-01-01T00:00:00+1:00", "2026-01-01T00:00:00+10:60", "2026-01-01T00:00:00+1000",
		"2026-01-01T24:00:01Z", "2026-01-01T24:01:00Z", "2026-01-01T24:00:00.1Z", "2026-01-01T25:00:00Z", "2026-02-30T24:00:00Z", "2026-13-01T00:00:00Z", "2026-01-01T23:59:60Z",
		"0000-01-01T00:00:00Z", "-0001-01-01T00:00:00Z", "12026-01-01T00:00:00Z", "+2026-01-01T00:00:00Z", "9999-12-31T24:00:00Z", "9999-12-31T23:00:00-02:00",
		"2026-01-01t00:00:00Z", "2026-01-01T00:00:00z", "2026-01-01 00:00:00Z", "2026-01-01T00:00:00,5Z", "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00ZZ", "2026-01-01T00:00:00 Z",
	} {
		if got, err := ParseDateTime(text); err == nil {
			t.Errorf("%q is read as %v", text, got)
		}
	}
}

// A number that a store cannot keep is the client's mistake, not a failure.
func TestNumbersThatCannotBeKept(t *testing.T) {
	t.Parallel()
	a := &Attribute{Name: "score", Type: Decimal}
	for text, want := range map[string]bool{
		"1": true, "-2.50": true, "1e300": true, "1e-300": true, "0e+1": true, "1e400": false, "1e-20000": false,
		"0e-999999999": false, "0." + strings.Repeat("0", 500) + "1": false, "1e99999999999999999999": false,
	} {
		_, err := a.number("score", json.Number(text))
		if (err == nil) != want || err != nil && !isBadRequest(err) {
			t.Errorf("%.20s: %v, want kept %t", text, err, want)
		}
	}
}
