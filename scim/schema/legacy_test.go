package schema

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/scim"
)

// The data of the enterprise extension is kept under its present URN, whichever of the old ones a template has.
func TestLegacyEnterprise(t *testing.T) {
	t.Parallel()
	user := User()
	for _, urn := range []string{
		"urn:scim:schemas:extension:enterprise:1.0", "urn:scim:schemas:extension:enterprise:2.0", "URN:scim:schemas:extension:enterprise:2.0:user",
	} {
		body := map[string]any{"userName": "ada", urn: map[string]any{"Department": "Engines", "manager": "7"}}
		lenient := scim.Only(scim.MissingSchemas, scim.StringAsComplex)
		got, err := user.Canonical(body, lenient)
		want := map[string]any{
			"userName":        "ada",
			EnterpriseUserURN: map[string]any{"department": "Engines", "manager": map[string]any{"value": "7"}},
		}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", urn, err, diff)
		}
		if _, err := user.Canonical(map[string]any{"schemas": []any{UserURN}, "userName": "ada", urn: map[string]any{}}, scim.Strict()); err == nil {
			t.Errorf("%s passes where nothing is tolerated", urn)
		}
	}
	both, err := user.Canonical(map[string]any{
		"userName": "ada", EnterpriseUserURN: map[string]any{"department": "present"},
		"urn:scim:schemas:extension:enterprise:2.0": map[string]any{"department": "old", "division": "old"},
	}, scim.Auto())
	want := map[string]any{"department": "present", "division": "old"}
	if diff := cmp.Diff(want, both[EnterpriseUserURN]); err != nil || diff != "" {
		t.Errorf("both URNs: %v (-want +got):\n%s", err, diff)
	}
}
