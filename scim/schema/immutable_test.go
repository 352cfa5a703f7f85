package schema_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/schema"
)

// RFC 7644 section 3.5.1: what is immutable and set stays, and another value is refused.
func TestKeepImmutable(t *testing.T) {
	t.Parallel()
	kind := extended(t, `{"name":"number","mutability":"immutable"},{"name":"key","mutability":"immutable","caseExact":true},{"name":"floor","type":"integer","mutability":"immutable"},
		{"name":"colors","multiValued":true,"mutability":"immutable"},{"name":"note"},
		{"name":"host","type":"complex","mutability":"immutable","subAttributes":[{"name":"value"},{"name":"primary","type":"boolean"}]},
		{"name":"desk","type":"complex","subAttributes":[{"name":"room"},{"name":"code","mutability":"immutable"}]},
		{"name":"doors","type":"complex","multiValued":true,"subAttributes":[{"name":"value"},{"name":"type"},{"name":"code","mutability":"immutable"},{"name":"label"}]}`)
	for name, test := range map[string]struct{ before, given, want, refused string }{
		"nothing was set":                               {`{}`, `{"number":"1"}`, `{"number":"1"}`, ""},
		"the first data":                                {``, `{"number":"1"}`, `{"number":"1"}`, ""},
		"silence":                                       {`{"number":"1","note":"x"}`, `{}`, `{"number":"1"}`, ""},
		"silence of the whole extension":                {`{"number":"1","note":"x"}`, ``, `{"number":"1"}`, ""},
		"nothing to keep":                               {`{"note":"x"}`, ``, ``, ""},
		"the same":                                      {`{"number":"1"}`, `{"number":"1"}`, `{"number":"1"}`, ""},
		"the same in another case":                      {`{"number":"Ab"}`, `{"number":"aB"}`, `{"number":"Ab"}`, ""},
		"another case, which counts":                    {`{"key":"Ab"}`, `{"key":"aB"}`, "", "key"},
		"another value":                                 {`{"number":"1"}`, `{"number":"2"}`, "", "number"},
		"another number":                                {`{"floor":1}`, `{"floor":2}`, "", "floor"},
		"a list in another order":                       {`{"colors":["red","blue"]}`, `{"colors":["Blue","red"]}`, `{"colors":["red","blue"]}`, ""},
		"a longer list":                                 {`{"colors":["red"]}`, `{"colors":["red","blue"]}`, "", "colors"},
		"a complex value":                               {`{"host":{"value":"7"}}`, `{"host":{"value":"7","primary":false}}`, `{"host":{"value":"7"}}`, ""},
		"another complex value":                         {`{"host":{"value":"7"}}`, `{"host":{"value":"7","primary":true}}`, "", "host"},
		"a sub-attribute, silence":                      {`{"desk":{"room":"a","code":"1"}}`, `{"desk":{"room":"b"}}`, `{"desk":{"room":"b","code":"1"}}`, ""},
		"a sub-attribute, another":                      {`{"desk":{"room":"a","code":"1"}}`, `{"desk":{"room":"a","code":"2"}}`, "", "desk.code"},
		"a sub-attribute, the first":                    {`{"desk":{"room":"a"}}`, `{"desk":{"code":"2"}}`, `{"desk":{"code":"2"}}`, ""},
		"the value goes, and its sub-attribute with it": {`{"desk":{"room":"a","code":"1"}}`, `{"note":"x"}`, `{"note":"x"}`, ""},
		"an element, silence": {
			`{"doors":[{"value":"n","code":"1"},{"value":"s","code":"2"}]}`, `{"doors":[{"value":"S","label":"south"}]}`, `{"doors":[{"value":"S","label":"south","code":"2"}]}`, "",
		},
		"an element, another":                     {`{"doors":[{"value":"n","code":"1"}]}`, `{"doors":[{"value":"n","code":"2"}]}`, "", "doors.code"},
		"another element":                         {`{"doors":[{"value":"n","code":"1"}]}`, `{"doors":[{"value":"s","code":"2"}]}`, `{"doors":[{"value":"s","code":"2"}]}`, ""},
		"an element of another type is another":   {`{"doors":[{"value":"n","type":"a","code":"1"}]}`, `{"doors":[{"value":"n","type":"b","code":"2"}]}`, `{"doors":[{"value":"n","type":"b","code":"2"}]}`, ""},
		"an element that does not say its type":   {`{"doors":[{"value":"n","type":"a","code":"1"}]}`, `{"doors":[{"value":"n","code":"2"}]}`, "", "doors.code"},
		"an element without a value is a new one": {`{"doors":[{"code":"1"},{"type":"a","code":"3"}]}`, `{"doors":[{"code":"2"},{"type":"a","code":"4"}]}`, `{"doors":[{"code":"2"},{"type":"a","code":"4"}]}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			object := under(t, test.given)
			given, err := json.Marshal(object)
			if err != nil {
				t.Fatal(err)
			}
			extension := object[badgeURN]
			err = kind.KeepImmutable(under(t, test.before), object)
			if test.refused != "" {
				var e *scim.Error
				want := badgeURN + ":" + test.refused + " is immutable: it has a value, which cannot be changed."
				if !errors.As(err, &e) || e.Status != 400 || e.Type != scim.Mutability || e.Detail != want {
					t.Errorf("%v, want a refusal for %s", err, test.refused)
				}
				return
			}
			if diff := cmp.Diff(under(t, test.want), object); err != nil || diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
			if test.given != "" {
				object[badgeURN] = extension
			} else {
				delete(object, badgeURN)
			}
			if after, err := json.Marshal(object); err != nil || string(after) != string(given) {
				t.Errorf("what was given is %s now, and was %s", after, given)
			}
		})
	}
}

// extended is the type of users with these attributes as an extension.
func extended(t *testing.T, attributes string) *schema.ResourceType {
	t.Helper()
	s, err := schema.Parse([]byte(badge(attributes)))
	if err != nil {
		t.Fatal(err)
	}
	return schema.User().Extended(schema.Extension{Schema: s})
}

// under is a user whose extension has the text, no extension for "".
func under(t *testing.T, text string) map[string]any {
	t.Helper()
	user := map[string]any{"userName": "ada"}
	if text == "" {
		return user
	}
	var fields map[string]any
	if err := json.Unmarshal([]byte(text), &fields); err != nil {
		t.Fatal(err)
	}
	user[badgeURN] = fields
	return user
}
