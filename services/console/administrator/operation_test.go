package administrator

import (
	"testing"
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
}
