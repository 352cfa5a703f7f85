package administrator

import (
	"testing"

	"github.com/askspoke/spoke/tenancy/operator"
)

func TestOperationText(t *testing.T) {
	t.Parallel()
	for operation, want := range map[string]string{
		"signIn": "Sign in", "createOAuthClient": "Create OAuth client", "revokeAPIKey": "Revoke API key", "approveHold": "Approve hold", "": "",
	} {
		if got := operationText(operation); got != want {
			t.Errorf("%q: %q, want %q", operation, got, want)
		}
	}
	if isChange(operator.Call{Operation: "listTokens", Actor: "key:1"}) || isChange(operator.Call{Operation: "createToken", Actor: operator.Anonymous}) || !isChange(operator.Call{Operation: "createToken", Actor: "key:1"}) {
		t.Error("what a change is")
	}
}
