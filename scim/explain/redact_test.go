package explain_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/scim/explain"
	"github.com/askspoke/spoke/scim/schema"
)

// door is an extension with secrets of every kind, which a tenant's own cannot have.
var door = &schema.Schema{ID: "urn:example:2.0:Door", Name: "Door", Attributes: []schema.Attribute{
	{Name: "floor", Type: schema.String, Returned: schema.ByDefault},
	{Name: "pin", Type: schema.String, Returned: schema.Never},
	{Name: "riddle", Type: schema.String, Returned: schema.ByDefault, Mutability: schema.WriteOnly},
	{Name: "lock", Type: schema.Complex, Returned: schema.ByDefault, SubAttributes: []schema.Attribute{
		{Name: "code", Type: schema.String, Returned: schema.Never}, {Name: "maker", Type: schema.String},
	}},
	{Name: "badge", Type: schema.Complex, Returned: schema.ByDefault, SubAttributes: []schema.Attribute{
		{Name: "value", Type: schema.String, Returned: schema.Never},
	}},
}}

// vault is one of whose attributes nothing can be told apart.
var vault = &schema.Schema{ID: "urn:example:2.0:Vault", Name: "Vault", Attributes: []schema.Attribute{
	{Name: "value", Type: schema.String, Returned: schema.Never},
}}

var kinds = []*schema.ResourceType{schema.User(door, vault), schema.Group()}

// bearer is what looks like one; it is none.
const bearer = "spk_" + "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklm"

func TestRedact(t *testing.T) {
	t.Parallel()
	for _, tc := range [...]struct {
		name, body, want string
		paths            []string
	}{
		{"a user", `{"userName":"ada","Password":"hunter2","title":"Countess"}`, `{"userName":"ada","Password":"[redacted]","title":"Countess"}`, []string{"Password"}},
		{"space and order stay", "{ \"b\" : 1.50,\n\"a\":[ true ,null ] }", "{ \"b\" : 1.50,\n\"a\":[ true ,null ] }", nil},
		{"what is no secret stays", `{"password":null,"PASSWORD":"","title":"Password Reset Specialist"}`, `{"password":null,"PASSWORD":"","title":"Password Reset Specialist"}`, nil},
		{"a number", `{"password":12345}`, `{"password":"[redacted]"}`, []string{"password"}},
		{"an object", `{"password":{"value":"x"}}`, `{"password":"[redacted]"}`, []string{"password"}},
		{"twice", `{"password":"a","password":"b"}`, `{"password":"[redacted]","password":"[redacted]"}`, []string{"password", "password"}},
		{"an escaped name", `{"p\u0061ssword":"a"}`, `{"p\u0061ssword":"[redacted]"}`, []string{"password"}},
		{"a name by its URN", `{"urn:ietf:params:scim:schemas:core:2.0:User:password":"a"}`, `{"urn:ietf:params:scim:schemas:core:2.0:User:password":"[redacted]"}`, []string{"urn:ietf:params:scim:schemas:core:2.0:User:password"}},
		{"names that people give", `{"client_secret":"a","userPassword":"b","secretary":"Eve","tokenCount":"c"}`, `{"client_secret":"[redacted]","userPassword":"[redacted]","secretary":"Eve","tokenCount":"c"}`, []string{"client_secret", "userPassword"}},
		{"letters that only look alike", `{"paſſword":"a"}`, `{"paſſword":"[redacted]"}`, []string{"paſſword"}},
		{
			"an operation with a path", `{"Operations":[{"op":"replace","path":"title","value":"x"},{"op":"Replace","path":"PassWord","value":"hunter2"}]}`,
			`{"Operations":[{"op":"replace","path":"title","value":"x"},{"op":"Replace","path":"PassWord","value":"[redacted]"}]}`,
			[]string{"Operations[1].value"},
		},
		{
			"the value before the path", `{"Operations":[{"VALUE":{"a":["hunter2"]},"Path":"urn:ietf:params:scim:schemas:core:2.0:User:password","op":"add"}]}`,
			`{"Operations":[{"VALUE":"[redacted]","Path":"urn:ietf:params:scim:schemas:core:2.0:User:password","op":"add"}]}`,
			[]string{"Operations[0].VALUE"},
		},
		{
			"an operation without a path", `{"Operations":[{"op":"replace","value":{"password":"hunter2","title":"x"}}]}`,
			`{"Operations":[{"op":"replace","value":{"password":"[redacted]","title":"x"}}]}`,
			[]string{"Operations[0].value.password"},
		},
		{
			"a filter in a path", `{"Operations":[{"op":"replace","path":"emails[password eq \"hunter2\"].value","value":"x"}]}`,
			`{"Operations":[{"op":"replace","path":"emails[password eq[redacted]","value":"[redacted]"}]}`,
			[]string{"Operations[0].path", "Operations[0].value"},
		},
		{
			"an extension", `{"urn:example:2.0:Door":{"floor":"7","pin":"1234","riddle":"x","lock":{"code":"9","maker":"Yale"},"badge":{"value":"b"}}}`,
			`{"urn:example:2.0:Door":{"floor":"7","pin":"[redacted]","riddle":"[redacted]","lock":{"code":"[redacted]","maker":"Yale"},"badge":"[redacted]"}}`,
			[]string{"urn:example:2.0:Door.pin", "urn:example:2.0:Door.riddle", "urn:example:2.0:Door.lock.code", "urn:example:2.0:Door.badge"},
		},
		{"a plain value for a complex one", `{"badge":"b"}`, `{"badge":"[redacted]"}`, []string{"badge"}},
		{"a schema that is secret", `{"URN:example:2.0:vault":{"value":"x"},"urn:example:2.0:Vault:value":"y"}`, `{"URN:example:2.0:vault":"[redacted]","urn:example:2.0:Vault:value":"[redacted]"}`, []string{"URN:example:2.0:vault", "urn:example:2.0:Vault:value"}},
		{"a path in an extension", `{"op":"add","path":"urn:example:2.0:Door:lock.code","value":"9"}`, `{"op":"add","path":"urn:example:2.0:Door:lock.code","value":"[redacted]"}`, []string{"value"}},
		{
			"a bulk", `{"Operations":[{"method":"POST","path":"/Users","bulkId":"1","data":{"userName":"x","password":"y"}},{"method":"PATCH","path":"/Users/1","data":{"Operations":[{"op":"add","path":"password","value":"y"}]}}]}`,
			`{"Operations":[{"method":"POST","path":"/Users","bulkId":"1","data":{"userName":"x","password":"[redacted]"}},{"method":"PATCH","path":"/Users/1","data":{"Operations":[{"op":"add","path":"password","value":"[redacted]"}]}}]}`,
			[]string{"Operations[0].data.password", "Operations[1].data.Operations[0].value"},
		},
		{"JSON in a text", `{"roles":[{"value":"{\"id\":\"1\",\"password\":\"hunter2\"}"}]}`, `{"roles":[{"value":"{\"id\":\"1\",\"password\":\"[redacted]\"}"}]}`, []string{"roles[0].value"}},
		{"a body in a text", `"{\"op\":\"add\",\"path\":\"password\",\"value\":\"x\"}"`, `"{\"op\":\"add\",\"path\":\"password\",\"value\":\"[redacted]\"}"`, []string{""}},
		{"half a body in a text", `{"title":"{\"password\":\"hunter2\""}`, `{"title":"{\"password\":[redacted]"}`, []string{"title"}},
		{"a list of names in a text", `{"title":"'password', 'hunter2'","x":"The filter names password, which is secret: it is not so"}`, `{"title":"'password',[redacted]","x":"The filter names password, which is secret:[redacted]"}`, []string{"title", "x"}},
		{"a sentence", `{"title":"The filter names password, which is never returned."}`, `{"title":"The filter names password, which is never returned."}`, nil},
		{"a name and a value", `{"custom":[{"name":"password","value":"x"},{"newValue":"y","attribute":"pin"},{"name":"floor","value":"7"}]}`, `{"custom":[{"name":"password","value":"[redacted]"},{"newValue":"[redacted]","attribute":"pin"},{"name":"floor","value":"7"}]}`, []string{"custom[0].value", "custom[1].newValue"}},
		{"a search", `{"filter":"userName eq \"ada\" and password eq \"hunter2\""}`, `{"filter":"userName eq \"ada\" and password eq[redacted]"}`, []string{"filter"}},
		{"a token in a text", `{"title":"Bearer abcdefgh12345","note":"use ` + bearer + ` please","x":"eyJhbGciOi.eyJzdWIi.c2ln"}`, `{"title":"[redacted]","note":"use [redacted] please","x":"[redacted]"}`, []string{"title", "note", "x"}},
		{"a token for a name", `{"` + bearer + `":1}`, `{"[redacted]":1}`, nil},
		{"an id that is no token", `{"externalId":"user_2819c2237f76453a919d","value":"00u1abcdEFGH2ijkl3x7"}`, `{"externalId":"user_2819c2237f76453a919d","value":"00u1abcdEFGH2ijkl3x7"}`, nil},
	} {
		got := explain.Redact(kinds, []byte(tc.body))
		if diff := cmp.Diff(tc.want, string(got.JSON)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", tc.name, diff)
		}
		if diff := cmp.Diff(tc.paths, got.Paths); diff != "" || got.Truncated || got.Text != "" {
			t.Errorf("%s: paths (-want +got)\n%s %+v", tc.name, diff, got)
		}
	}
}

// A body that is no JSON stays where it surely holds no secret.
func TestRedactText(t *testing.T) {
	t.Parallel()
	for _, tc := range [...]struct{ name, body, want string }{
		{"broken off", `{"userName":"ada",`, `{"userName":"ada",`},
		{"broken off, with a password", `{"userName":"ada","password":"hunter2"`, explain.Redacted},
		{"an escaped name", `{"p\u0061ssword":"hunter2`, explain.Redacted},
		{"a PATCH broken off", `{"Operations":[{"op":"add","path":"title","value":"x`, `{"Operations":[{"op":"add","path":"title","value":"x`},
		{"a PATCH broken off before the path", `{"Operations":[{"op":"add","value":"hunter2","pa`, explain.Redacted},
		{"XML", `<user><name>ada</name></user>`, `<user><name>ada</name></user>`},
		{"XML with a password", `<user><p&#97;ssword>hunter2</user>`, explain.Redacted},
		{"a form", `userName=ada`, `userName=ada`},
		{"a form with a password", `p%61ssword=hunter2`, explain.Redacted},
		{"an own secret", `{"pin": 1234`, explain.Redacted},
		{"a token", `<a>Bearer abcdefgh12345</a>`, `<a>[redacted]</a>`},
		{"UTF-16", "{\x00\"\x00p\x00", explain.Redacted},
		{"binary", "\xff\xfe\x01", explain.Redacted},
		{"nested too deep", strings.Repeat("[", 500) + strings.Repeat("]", 500), strings.Repeat("[", 500) + strings.Repeat("]", 500)},
		{"nested too deep, with a password", strings.Repeat("[", 500) + `{"password":1}` + strings.Repeat("]", 500), explain.Redacted},
		{"nothing", " \n", ""},
	} {
		got := explain.Redact(kinds, []byte(tc.body))
		if diff := cmp.Diff(tc.want, got.Text); diff != "" || got.JSON != nil || (len(got.Paths) > 0) != strings.Contains(tc.want, explain.Redacted) {
			t.Errorf("%s (-want +got)\n%s%+v", tc.name, diff, got)
		}
	}
}

// A body that is too long is cut off behind the redaction.
func TestRedactLong(t *testing.T) {
	t.Parallel()
	secret := `"password":"hunter2"`
	for name, body := range map[string]string{
		"JSON": `{"title":"` + strings.Repeat("ä", explain.MaxBody/2-10) + `",` + secret + `}`,
		"text": strings.Repeat("ä", explain.MaxBody),
	} {
		got := explain.Redact(kinds, []byte(body))
		if len(got.Text) > explain.MaxBody || len(got.Text) < explain.MaxBody-4 || !got.Truncated || got.JSON != nil || strings.Contains(got.Text, "hunter2") || strings.ContainsRune(got.Text, '\uFFFD') {
			t.Errorf("%s: %d bytes, %+v", name, len(got.Text), got.Truncated)
		}
	}
	for name, body := range map[string]string{
		"a whole tenant in JSON":        `[` + strings.Repeat(`{"title":"ä"},`, 40_000) + `{}]`,
		"with a password":               `[` + strings.Repeat(`{"title":"ä"},`, 100) + `{` + secret + `},` + strings.Repeat(`{"title":"ä"},`, 40_000) + `{}]`,
		"with a token where it is cut":  strings.Repeat("a ", explain.MaxBody/2-10) + "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl" + strings.Repeat(" a", 4*explain.MaxBody),
		"with a password after the cut": strings.Repeat("a ", 2*explain.MaxBody) + "password=hunter2" + strings.Repeat(" a", 4*explain.MaxBody),
	} {
		got := explain.Redact(kinds, []byte(body))
		if !got.Truncated || got.JSON != nil || got.Text == "" || len(got.Text) > explain.MaxBody || strings.Contains(got.Text, "hunter2") || strings.Contains(got.Text, "eyJhb") {
			t.Errorf("%s: %d bytes, ending with %.60q", name, len(got.Text), got.Text[max(0, len(got.Text)-60):])
		}
	}
	many := `[` + strings.Repeat(`{`+secret+`},`, 500) + `{}]`
	if got := explain.Redact(kinds, []byte(many)); len(got.Paths) != 100 || strings.Contains(string(got.JSON), "hunter2") || !json.Valid(got.JSON) {
		t.Errorf("%d paths", len(got.Paths))
	}
}

func TestRedactQuery(t *testing.T) {
	t.Parallel()
	r := explain.NewRedactor(kinds)
	for query, want := range map[string]string{
		"":                               "",
		"filter=userName+eq+%22ada%22":   "filter=userName+eq+%22ada%22",
		"a=1&access_token=abc&b=%20":     "a=1&access_token=[redacted]&b=%20",
		"p%61ssword=x":                   "p%61ssword=[redacted]",
		"filter=password%20eq%20%22x%22": "filter=password%20eq[redacted]",
		"filter=title+eq+%22" + bearer + "%22&count=1": "filter=title%20eq%20\"[redacted]\"&count=1",
		"aadOptscim062020": "aadOptscim062020",
		bearer:             "[redacted]",
		"%zz=%":            "%zz=%",
	} {
		if diff := cmp.Diff(want, r.Query(query)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", query, diff)
		}
	}
}
