package schema

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/scim"
)

// What a body names by a path is put where the schemas have it, and what has its place already wins.
func TestNested(t *testing.T) {
	t.Parallel()
	user := User()
	type object = map[string]any
	for name, test := range map[string]struct {
		lenient    *scim.Leniency
		body, want object
	}{
		"nothing to do": {scim.Auto(), object{"userName": "a", "NAME": object{}, "Schemas": []any{}}, object{"userName": "a", "NAME": object{}, "Schemas": []any{}}},
		"strict":        {scim.Strict(), object{"manager": "m", "name.givenName": "g"}, object{"manager": "m", "name.givenName": "g"}},
		"one tolerance is not the other": {
			scim.Only(scim.PathKeys),
			object{"manager": "m", "manager.value": "m", "name.givenName": "g"},
			object{"manager": "m", "manager.value": "m", "name": object{"givenName": "g"}},
		},
		"into an object that is there, in whatever case": {
			scim.Auto(),
			object{"NAME": object{"familyName": "f"}, "name.givenName": "g", "URN:ietf:params:scim:schemas:extension:enterprise:2.0:User": object{"division": "v"}, "department": "d"},
			object{"NAME": object{"familyName": "f", "givenName": "g"}, "URN:ietf:params:scim:schemas:extension:enterprise:2.0:User": object{"division": "v", "department": "d"}},
		},
		"what is there wins": {
			scim.Auto(),
			object{"name": object{"GivenName": "first"}, "name.givenName": "second", EnterpriseUserURN: object{"department": "first"}, "department": "second"},
			object{"name": object{"GivenName": "first"}, EnterpriseUserURN: object{"department": "first"}},
		},
		"null is nothing": {
			scim.Auto(),
			object{"name": nil, "name.givenName": "g", EnterpriseUserURN: nil, "department": "d", "costCenter": nil},
			object{"name": object{"givenName": "g"}, EnterpriseUserURN: object{"department": "d", "costCenter": nil}},
		},
		"no object on the way": {scim.Auto(), object{"name": "text", "name.givenName": "g"}, object{"name": "text", "name.givenName": "g"}},
		"no single value":      {scim.Auto(), object{"emails.value": "x", `emails[type eq "work"].value`: "x", EnterpriseUserURN + ":nothing": "x"}, object{"emails.value": "x", `emails[type eq "work"].value`: "x", EnterpriseUserURN + ":nothing": "x"}},
		"an attribute of the core by its URN": {
			scim.Auto(), object{UserURN + ":emails": []any{"x"}, UserURN + ":name.givenName": "g"}, object{"emails": []any{"x"}, "name": object{"givenName": "g"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := fmt.Sprint(test.body)
			if diff := cmp.Diff(test.want, user.Nested(test.body, test.lenient)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if after := fmt.Sprint(test.body); after != before {
				t.Errorf("the body was modified: %s, and was %s", after, before)
			}
		})
	}
}
