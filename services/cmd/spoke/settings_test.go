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

// serve refuses what is missing or unsafe, and names it.
func TestServeRefusesSettings(t *testing.T) {
	t.Parallel()
	good := map[string]string{
		"SPOKE_DATABASE_URL": "postgres://spoke@127.0.0.1:1/spoke", "SPOKE_BASE_DOMAIN": "askspoke.com", "SPOKE_TOKEN_KEY": token.GenerateKey(),
	}
	for name, test := range map[string]struct {
		variable, value, want string
	}{
		"no database":          {"SPOKE_DATABASE_URL", "", "SPOKE_DATABASE_URL is not set"},
		"no URL":               {"SPOKE_DATABASE_URL", "db", "SPOKE_DATABASE_URL is not a postgres:// URL"},
		"database in clear":    {"SPOKE_DATABASE_URL", "postgres://a:secret@db.internal/x?sslmode=disable", "sslmode=disable"},
		"a broken limit":       {"SPOKE_DATABASE_PREPARED_STATEMENTS", "-1", "SPOKE_DATABASE_PREPARED_STATEMENTS"},
		"no base domain":       {"SPOKE_BASE_DOMAIN", "", "SPOKE_BASE_DOMAIN is not set"},
		"a broken base domain": {"SPOKE_BASE_DOMAIN", "not a domain", "SPOKE_BASE_DOMAIN"},
		"no key":               {"SPOKE_TOKEN_KEY", "", "SPOKE_TOKEN_KEY is not set"},
		"a short key":          {"SPOKE_TOKEN_KEY", "c2hvcnQ=", "SPOKE_TOKEN_KEY"},
		"tokens in clear":      {"SPOKE_PUBLIC_SCHEME", "http", "SPOKE_PUBLIC_SCHEME is http"},
		"everybody a proxy":    {"SPOKE_TRUSTED_PROXIES", "10.0.0.0/8,::/0", "SPOKE_TRUSTED_PROXIES"},
		"a broken proxy":       {"SPOKE_TRUSTED_PROXIES", "ten", "TrustedProxies"},
		"a broken time":        {"SPOKE_SHUTDOWN_TIMEOUT", "soon", "Shutdown"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := []string{}
			for k, v := range good {
				if k != test.variable {
					env = append(env, k+"="+v)
				}
			}
			env = append(env, test.variable+"="+test.value)
			out, err := spoke(t, env, "serve").CombinedOutput()
			if err == nil || !strings.Contains(string(out), test.want) {
				t.Errorf("%v\n%s\nwant a message with %q", err, out, test.want)
			}
			if strings.Contains(string(out), "secret") || strings.Contains(string(out), "c2hvcnQ") {
				t.Errorf("the message shows a secret:\n%s", out)
			}
		})
	}
	out, err := spoke(t, nil, "serve", "--role", "cook").CombinedOutput()
	if err == nil || !strings.Contains(string(out), `no role "cook"`) {
		t.Errorf("%v\n%s", err, out)
	}
}

// The operator's way without an API: migrate, create, list, token.
func TestTenantCommands(t *testing.T) {
	t.Parallel()
	env := []string{
		"SPOKE_DATABASE_URL=" + pgtest.Database(t), "SPOKE_BASE_DOMAIN=askspoke.com", "SPOKE_TOKEN_KEY=" + token.GenerateKey(),
	}
	run := func(want string, args ...string) string {
		t.Helper()
		cmd := spoke(t, env, args...)
		out, err := cmd.Output()
		stderr := ""
		if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
			stderr = string(exit.Stderr)
		}
		if all := string(out) + stderr; !strings.Contains(all, want) {
			t.Fatalf("spoke %v: %v\n%s\nwant %q", args, err, all, want)
		}
		return string(out)
	}
	run("run spoke migrate first", "serve")
	run("", "migrate")
	run("no tenant yet", "tenant", "list")
	run("https://acme.askspoke.com/scim/v2", "tenant", "create", "acme", "--name", "Acme")
	run("taken", "tenant", "create", "acme")
	run("slug", "tenant", "create", "Not_A_Slug")
	run("say which tenant", "tenant", "create")
	run("acme", "tenant", "list")
	run("first token", "tenant", "token", "list", "acme")
	var made struct {
		ID     string `json:"token_id"`
		Secret string `json:"secret_token"`
	}
	if err := json.Unmarshal([]byte(run("spk_", "tenant", "token", "create", "acme", "--name", "second", "--expires-in", "24h", "--json")), &made); err != nil {
		t.Fatal(err)
	}
	if !token.WellFormed(made.Secret) {
		t.Errorf("%q is no token", made.Secret)
	}
	run("", "tenant", "token", "revoke", "acme", made.ID)
	run("not found", "tenant", "token", "create", "nobody")
	run("", "migrate")
}
