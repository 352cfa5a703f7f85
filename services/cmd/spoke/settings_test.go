package main

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"os/exec"
	"reflect"
	"regexp"
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
	zeros := base64.StdEncoding.EncodeToString(make([]byte, 32))
	for name, test := range map[string]struct {
		variable, value, want string
	}{
		"no database":            {"SPOKE_DATABASE_URL", "", "SPOKE_DATABASE_URL is not set"},
		"no URL":                 {"SPOKE_DATABASE_URL", "db", "SPOKE_DATABASE_URL is not a postgres:// URL"},
		"database in clear":      {"SPOKE_DATABASE_URL", "postgres://a:secret@db.internal/x?sslmode=disable", "sslmode=disable"},
		"one connection":         {"SPOKE_DATABASE_MAX_CONNECTIONS", "1", "SPOKE_DATABASE_MAX_CONNECTIONS is 1: at least 2"},
		"connections no number":  {"SPOKE_DATABASE_MAX_CONNECTIONS", "many", `SPOKE_DATABASE_MAX_CONNECTIONS is "many": it must be a number`},
		"a negative limit":       {"SPOKE_DATABASE_PREPARED_STATEMENTS", "-1", "SPOKE_DATABASE_PREPARED_STATEMENTS"},
		"no URL of Redis":        {"SPOKE_REDIS_URL", "http://:secret@db", "SPOKE_REDIS_URL is not a URL of Redis"},
		"Redis in clear":         {"SPOKE_REDIS_URL", "redis://:secret@redis.internal:6379", "SPOKE_REDIS_URL is redis://, which sends its password"},
		"no collector":           {"SPOKE_OTLP_ENDPOINT", "collector:4317", "SPOKE_OTLP_ENDPOINT: the endpoint must be the URL"},
		"no URL of mail":         {"SPOKE_SMTP_URL", "mail.acme.com:secret", "SPOKE_SMTP_URL is no URL of a mail server"},
		"mail in clear":          {"SPOKE_SMTP_URL", "smtp://a:secret@mail.acme.com?tls=none", "in the clear to mail.acme.com"},
		"nobody mail is from":    {"SPOKE_SMTP_URL", "smtp://a:secret@mail.acme.com", "SPOKE_MAIL_FROM is not set"},
		"nothing to tell by":     {"SPOKE_NOTIFY", "ops@askspoke.com", "SPOKE_SMTP_URL is not"},
		"limits in words":        {"SPOKE_RATE_LIMITS", "some", `SPOKE_RATE_LIMITS is "some": it must be true or false`},
		"journal in words":       {"SPOKE_JOURNAL", "off", `SPOKE_JOURNAL is "off": it must be true or false`},
		"no base domain":         {"SPOKE_BASE_DOMAIN", "", "SPOKE_BASE_DOMAIN is not set"},
		"a broken base domain":   {"SPOKE_BASE_DOMAIN", "not a domain", "SPOKE_BASE_DOMAIN"},
		"no key":                 {"SPOKE_TOKEN_KEY", "", "SPOKE_TOKEN_KEY is not set"},
		"a short key":            {"SPOKE_TOKEN_KEY", "c2VjcmV0", "SPOKE_TOKEN_KEY: token key has 6 bytes"},
		"a key of zeros":         {"SPOKE_TOKEN_KEY", zeros, "SPOKE_TOKEN_KEY: token key is all zeros"},
		"a secret key":           {"SPOKE_SECRET_KEY", "c2VjcmV0", "SPOKE_SECRET_KEY: key 1 is not 32 random bytes in base64"},
		"no scheme":              {"SPOKE_PUBLIC_SCHEME", "ftp", `SPOKE_PUBLIC_SCHEME is "ftp"`},
		"tokens in clear":        {"SPOKE_PUBLIC_SCHEME", "http", "SPOKE_PUBLIC_SCHEME is http"},
		"no port":                {"SPOKE_PUBLIC_PORT", "65536", "SPOKE_PUBLIC_PORT is 65536"},
		"a port in words":        {"SPOKE_PUBLIC_PORT", "abc", `SPOKE_PUBLIC_PORT is "abc": it must be a port`},
		"everybody a proxy":      {"SPOKE_TRUSTED_PROXIES", "10.0.0.0/8,::/0", "SPOKE_TRUSTED_PROXIES"},
		"a proxy that is no net": {"SPOKE_TRUSTED_PROXIES", "10.0.0.0/8,ten", `SPOKE_TRUSTED_PROXIES is "10.0.0.0/8,ten": it must be CIDRs`},
		"an address alone":       {"SPOKE_ADDR", "127.0.0.1", `SPOKE_ADDR is "127.0.0.1": it must be an address with a port`},
		"a port too high":        {"SPOKE_METRICS_ADDR", ":99999", `SPOKE_METRICS_ADDR is ":99999"`},
		"an API of a tenant":     {"SPOKE_API_HOST", "acme.askspoke.com", "a tenant can have the slug acme"},
		"an API with a port":     {"SPOKE_API_HOST", "api.askspoke.com:8080", `SPOKE_API_HOST is "api.askspoke.com:8080"`},
		"no audience":            {"SPOKE_OIDC_ISSUER", "https://login.example.com", "needs an audience"},
		"no issuer":              {"SPOKE_OIDC_AUDIENCE", "spoke", "and SPOKE_OIDC_ISSUER is not"},
		"an issuer in clear":     {"SPOKE_OIDC_ISSUER", "http://login.example.com", "must begin with https://"},
		"roles that are none":    {"SPOKE_OIDC_ROLES", "boss", "SPOKE_OIDC_ROLES"},
		"health all the time":    {"SPOKE_HEALTH_INTERVAL", "10ms", "SPOKE_HEALTH_INTERVAL is 10ms: it must be at least 1s"},
		"health in words":        {"SPOKE_HEALTH_INTERVAL", "often", `SPOKE_HEALTH_INTERVAL is "often": it must be a time with its unit`},
		"a pace of none":         {"SPOKE_PACE", "0.5", "SPOKE_PACE is 0.5: it must be from 1 to 240"},
		"a pace too high":        {"SPOKE_PACE", "1e9", "SPOKE_PACE is 1e+09"},
		"a pace of no number":    {"SPOKE_PACE", "NaN", "SPOKE_PACE is NaN"},
		"a pace in words":        {"SPOKE_PACE", "fast", `SPOKE_PACE is "fast": it must be a number`},
		"no log format":          {"SPOKE_LOG_FORMAT", "xml", `SPOKE_LOG_FORMAT is "xml": it must be json or text`},
		"no log level":           {"SPOKE_LOG_LEVEL", "loud", `SPOKE_LOG_LEVEL is "loud": it must be debug, info, warn or error`},
		"a time in words":        {"SPOKE_SHUTDOWN_TIMEOUT", "fast", `SPOKE_SHUTDOWN_TIMEOUT is "fast": it must be a time with its unit`},
		"a negative delay":       {"SPOKE_DRAIN_DELAY", "-1s", "SPOKE_DRAIN_DELAY is -1s"},
		"a negative time":        {"SPOKE_SHUTDOWN_TIMEOUT", "-1s", "SPOKE_SHUTDOWN_TIMEOUT is -1s"},
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
			for _, secret := range []string{"secret", "c2VjcmV0", zeros} {
				if strings.Contains(string(out), secret) {
					t.Errorf("the message shows a secret:\n%s", out)
				}
			}
		})
	}
	out, err := spoke(t, nil, "serve", "--role", "cook").CombinedOutput()
	if err == nil || !strings.Contains(string(out), `no role "cook"`) {
		t.Errorf("%v\n%s", err, out)
	}
}

// All that is wrong is said at once.
func TestServeRefusesSettingsTogether(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ env, want []string }{
		{
			[]string{"SPOKE_PUBLIC_PORT=abc", "SPOKE_SHUTDOWN_TIMEOUT=fast"},
			[]string{"SPOKE_PUBLIC_PORT", "SPOKE_SHUTDOWN_TIMEOUT"},
		},
		{
			[]string{"SPOKE_DATABASE_MAX_CONNECTIONS=0", "SPOKE_LOG_FORMAT=xml"},
			[]string{"SPOKE_DATABASE_URL", "SPOKE_BASE_DOMAIN", "SPOKE_TOKEN_KEY", "SPOKE_DATABASE_MAX_CONNECTIONS", "SPOKE_LOG_FORMAT"},
		},
	} {
		out, err := spoke(t, test.env, "serve").CombinedOutput()
		for _, want := range test.want {
			if err == nil || strings.Count(string(out), want+" ") != 1 {
				t.Errorf("%v: %v\n%s\nwant %s once", test.env, err, out, want)
			}
		}
	}
}

// What env reads as something else than text can be refused, and then the message has the form to use.
func TestSettingsHaveForms(t *testing.T) {
	t.Parallel()
	for _, field := range reflect.VisibleFields(reflect.TypeFor[settings]()) {
		if (field.Type.Kind() == reflect.String) != (field.Tag.Get("form") == "") {
			t.Errorf("%s, a %s, has the form %q", field.Name, field.Type, field.Tag.Get("form"))
		}
	}
}

// The operator's way where no API is named: migrate, create, list, token, by the same API within the process.
func TestTenantCommands(t *testing.T) {
	t.Parallel()
	env := []string{
		"SPOKE_DATABASE_URL=" + pgtest.Database(t), "SPOKE_BASE_DOMAIN=askspoke.com", "SPOKE_TOKEN_KEY=" + token.GenerateKey(), "TZ=UTC",
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
	run("the arguments are: spoke tenant create SLUG", "tenant", "create")
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
	run("the arguments are: spoke tenant token revoke SLUG TOKEN-ID", "tenant", "token", "revoke", "acme")
	run("the arguments are: spoke tenant token revoke SLUG TOKEN-ID", "tenant", "token", "revoke", "acme", " ")
	absent := "00000000-0000-4000-8000-000000000000"
	run(absent+": The tenant has no such token. spoke tenant token list acme shows them", "tenant", "token", "revoke", "acme", absent)
	run("Revoked token "+made.ID+" of tenant acme. Every server refuses it within a second", "tenant", "token", "revoke", "acme", made.ID)
	if listed := run(made.ID, "tenant", "token", "list", "acme"); !regexp.MustCompile(made.ID + `.* \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\n`).MatchString(listed) {
		t.Errorf("the list does not have the revocation:\n%s", listed)
	}
	run("nobody: There is no such tenant. spoke tenant list shows them", "tenant", "token", "create", "nobody")
	run("", "migrate")
}
