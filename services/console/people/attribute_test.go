package people

import (
	"fmt"
	"strings"
	"testing"

	"github.com/askspoke/spoke/scim/schema"
)

func TestSpelledOut(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"givenName": "Given name", "userName": "User name", "x509Certificates": "X509 certificates", "$ref": "Ref", "profileUrl": "Profile url", "costCENTER": "Cost CENTER", "": "", "a": "A", "employeeID": "Employee ID", "ID Card": "ID Card",
	} {
		if got := spelledOut(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// What no schema defines is shown all the same, and what is never returned is not.
func TestDescribe(t *testing.T) {
	t.Parallel()
	kind := schema.User().Extended(schema.Extension{Schema: &schema.Schema{ID: "urn:x", Name: "X", Attributes: []schema.Attribute{
		{Name: "pin", Type: schema.String, Returned: schema.Never}, {Name: "level", Type: schema.Integer, Returned: schema.OnRequest},
	}}})
	groups := describe(kind, map[string]any{
		"id": "1", "userName": "ada", "password": "hidden", "strange": map[string]any{"deep": []any{"value"}},
		"urn:x": map[string]any{"pin": "hidden", "level": true, "odd": nil, "more": "there"},
	})
	text := fmt.Sprintf("%+v", groups)
	for _, want := range []string{"Text:ada", `Text:{"deep":["value"]}`, "Text:yes", "Text:there", "URN:urn:x"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in %s", want, text)
		}
	}
	if strings.Contains(text, "hidden") {
		t.Errorf("a secret in %s", text)
	}
}
