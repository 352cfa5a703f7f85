package main

import (
	"encoding/json"
	"errors"
	"os/exec"
	"strings"
	"testing"

	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/tenancy/token"
)

// An operator lets the first administrator in, and takes one away, with nothing but the database.
func TestTenantAdmin(t *testing.T) {
	t.Parallel()
	env := []string{
		"SPOKE_DATABASE_URL=" + pgtest.ControlDatabase(t), "SPOKE_BASE_DOMAIN=askspoke.com", "SPOKE_TOKEN_KEY=" + token.GenerateKey(),
	}
	run := func(want int, args ...string) string {
		t.Helper()
		out, err := spoke(t, env, args...).CombinedOutput()
		code := 0
		if failed := (*exec.ExitError)(nil); errors.As(err, &failed) {
			code = failed.ExitCode()
		}
		if code != want {
			t.Fatalf("%v: exit code %d, want %d\n%s", args, code, want, out)
		}
		return string(out)
	}
	run(0, "tenant", "create", "acme", "--name", "Acme Inc.")
	if out := run(0, "tenant", "admin", "list", "acme"); !strings.Contains(out, "acme has no administrator. Add one") {
		t.Error(out)
	}
	var made struct{ ID, Email, Role, Invitation string }
	if err := json.Unmarshal([]byte(run(0, "tenant", "admin", "add", "--name", "Ada", "--json", "acme", "Ada@acme.com")), &made); err != nil {
		t.Fatal(err)
	}
	if made.Email != "ada@acme.com" || made.Role != "owner" || !strings.HasPrefix(made.Invitation, "https://acme.askspoke.com/sign-in/link/spm_") {
		t.Errorf("%+v", made)
	}
	for want, args := range map[string][]string{
		"an administrator has this e-mail address": {"add", "--name", "Ada", "acme", "ADA@acme.com"},
		"is the last owner of acme":                {"remove", "acme", "ada@acme.com"},
	} {
		if out := run(exitConflict, append([]string{"tenant", "admin"}, args...)...); !strings.Contains(out, want) {
			t.Errorf("%v: %s", args, out)
		}
	}
	for want, args := range map[string][]string{
		"acme has no such administrator": {"remove", "acme", "eve@acme.com"},
		"there is no tenant":             {"list", "globex"},
	} {
		if out := run(exitNotFound, append([]string{"tenant", "admin"}, args...)...); !strings.Contains(out, want) {
			t.Errorf("%v: %s", args, out)
		}
	}
	run(exitFailed, "tenant", "admin", "add", "--name", "Eve", "--role", "root", "acme", "eve@acme.com")
	run(exitUsage, "tenant", "admin", "add", "--name", "Eve", "acme")
	if out := run(0, "tenant", "admin", "add", "--name", "Grace", "acme", "grace@acme.com"); !strings.Contains(out, "shown this once") {
		t.Error(out)
	}
	if out := run(0, "tenant", "admin", "remove", "acme", "ada@acme.com"); !strings.Contains(out, "Removed ada@acme.com") {
		t.Error(out)
	}
	if out := run(0, "tenant", "admin", "list", "acme"); strings.Contains(out, "ada@") || !strings.Contains(out, "grace@acme.com") {
		t.Error(out)
	}
	out := run(0, "tenant", "audit", "list", "--operation", "removeAdministrator", "acme")
	if !strings.Contains(out, "shell:") || strings.Count(out, "409") != 2 || strings.Count(out, "200") != 1 {
		t.Error(out)
	}
}
