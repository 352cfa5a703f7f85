package main

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/tenancy/tenantdb"
	"github.com/askspoke/spoke/tenancy/token"
)

const badgeDocument = `{"id":"urn:example:Badge:User","name":"Badge","attributes":[{"name":"number"}]}`

// The operator's way to the settings and the schemas of a tenant.
func TestTenantSchemaCommands(t *testing.T) {
	t.Parallel()
	url := pgtest.ControlDatabase(t)
	env := []string{"SPOKE_DATABASE_URL=" + url, "SPOKE_BASE_DOMAIN=askspoke.com", "SPOKE_TOKEN_KEY=" + token.GenerateKey()}
	run := func(want, input string, args ...string) string {
		t.Helper()
		cmd := spoke(t, env, append([]string{"tenant"}, args...)...)
		cmd.Stdin = strings.NewReader(input)
		out, err := cmd.Output()
		stderr := ""
		if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
			stderr = string(exit.Stderr)
		}
		if all := string(out) + stderr; !strings.Contains(all, want) || err != nil && stderr == "" {
			t.Fatalf("spoke tenant %v: %v\n%s\nwant %q", args, err, all, want)
		}
		return string(out)
	}
	run("https://", "", "create", "acme")

	run("say what to set", "", "set", "acme")
	run("settings.profile", "", "set", "acme", "--profile", "lax")
	run("nobody: There is no such tenant", "", "set", "nobody", "--profile", "strict")
	run("Unique group names   false", "", "set", "acme", "--profile", "strict", "--unique-group-names=false")
	run("strict", "", "list")
	run("Profile              auto", "", "set", "acme", "--profile", "auto", "--unique-group-names")
	run("Unique group names   true", "", "show", "acme")

	file := filepath.Join(t.TempDir(), "badge.json")
	if err := os.WriteFile(file, []byte(badgeDocument), 0o600); err != nil {
		t.Fatal(err)
	}
	run("the arguments are", "", "schema", "add", "acme")
	run("no such file", "", "schema", "add", "acme", file+".not")
	run(`attribute "a": required must be false`, `{"id":"urn:example:X:User","name":"X","attributes":[{"name":"a","required":true}]}`, "schema", "add", "acme", "-")
	run("- is no schema document", `["no object"]`, "schema", "add", "acme", "-")
	run(`its "id" must be a URN`, `{"name":"X"}`, "schema", "add", "acme", "-")
	run("resource_type is missing", `{"id":"urn:example:X","name":"X","attributes":[{"name":"a"}]}`, "schema", "add", "acme", "-")
	run("resource_type", badgeDocument, "schema", "add", "acme", "-", "--resource-type", "Device")
	run("and no other. Add one", "", "schema", "list", "acme")
	run("Added urn:example:Badge:User, which extends User of tenant acme", "", "schema", "add", "acme", file)
	run("Replaced the document of urn:example:Badge:User", "\ufeff"+badgeDocument, "schema", "add", "acme", "-")
	run("cannot extend Group instead", badgeDocument, "schema", "add", "acme", "-", "--resource-type", "Group")
	run("it is not in the new document", strings.Replace(badgeDocument, "number", "other", 1), "schema", "add", "acme", "-")
	run("begin alike", strings.Replace(badgeDocument, "Badge:User", "Badge", 1), "schema", "add", "acme", "-", "--resource-type", "User")
	run("already", strings.Replace(badgeDocument, "urn:example:Badge:User", "urn:ietf:params:scim:schemas:extension:SPOKECUSTOM:2.0:User", 1), "schema", "add", "acme", "-")

	var rows []struct {
		URN   string
		State string
	}
	if err := json.Unmarshal([]byte(run("[", "", "schema", "list", closed(t, url), "--json")), &rows); err != nil {
		t.Fatal(err)
	}
	got := []string{}
	for _, r := range rows {
		got = append(got, r.URN+" "+r.State)
	}
	if diff := cmp.Diff([]string{"urn:example:Badge:User removing"}, got); diff != "" {
		t.Error(diff)
	}
	run("urn:example:other: The tenant has no such schema extension. spoke tenant schema list acme shows them", "", "schema", "remove", "acme", "urn:example:other")
	run("Removed", "", "schema", "remove", "acme", "URN:example:badge:user")
	run("has no such schema extension", "", "schema", "remove", "acme", "urn:example:Badge:User")
}

// closed makes it so that the removal of the extension began an hour ago, and returns the tenant's slug.
func closed(t *testing.T, url string) string {
	t.Helper()
	db, err := tenantdb.Open(t.Context(), url, tenantdb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.MustExec(`UPDATE ` + tenantdb.Control.Table("extensions") + ` SET closed_at = now() - interval '1 hour'`)
	return "acme"
}
