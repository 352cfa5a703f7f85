package main

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/services/onboarding/client"
	"github.com/askspoke/spoke/tenancy/token"
)

// newRemote returns a shell that has the URL and a key of the API of a running spoke serve, and no database.
func newRemote(t *testing.T) *shell {
	t.Helper()
	database := pgtest.ControlDatabase(t)
	env := []string{
		"SPOKE_DATABASE_URL=" + database, "SPOKE_BASE_DOMAIN=localhost", "SPOKE_PUBLIC_SCHEME=http", "SPOKE_TOKEN_KEY=" + token.GenerateKey(),
		"SPOKE_ADDR=127.0.0.1:0", "SPOKE_METRICS_ADDR=127.0.0.1:0", "SPOKE_DRAIN_DELAY=0s",
	}
	out, err := spoke(t, env, "operator", "key", "create", "--role", "admin", "--json", "the shell").Output()
	if err != nil {
		t.Fatal(err)
	}
	var key struct{ Secret string }
	if err := json.Unmarshal(out, &key); err != nil {
		t.Fatal(err)
	}
	_, port, _ := strings.Cut(startServeIn(t, env).scim, ":")
	return &shell{t, database, []string{"SPOKE_API_URL=http://api.localhost:" + port, "SPOKE_API_KEY=" + key.Secret, "TZ=Asia/Tokyo"}}
}

// does returns what a command prints that must succeed and print want.
func (s *shell) does(want string, args ...string) string {
	s.Helper()
	out, stderr, failed := s.run("", args...)
	if failed || !strings.Contains(out, want) {
		s.Fatalf("spoke %q: %s%s\nwant %q", args, out, stderr, want)
	}
	return out
}

// refused checks that a command fails with an exit code, prints no result, and says want on one line, without the key.
func (s *shell) refused(code int, want string, args ...string) {
	s.Helper()
	cmd := spoke(s.T, s.env, args...)
	out, err := cmd.Output()
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		s.Fatalf("spoke %q: %v\n%s", args, err, out)
	}
	text := string(exit.Stderr)
	if exit.ExitCode() != code || len(out) > 0 || !strings.Contains(text, want) || strings.Count(text, "\n") != 1 {
		s.Errorf("spoke %q: %d %s%s\nwant %d %q", args, exit.ExitCode(), out, text, code, want)
	}
	for _, v := range s.env {
		if key, ok := strings.CutPrefix(v, "SPOKE_API_KEY="); ok && strings.Contains(text, key) {
			s.Errorf("spoke %q shows the key", args)
		}
	}
}

// decoded returns the JSON that a command prints.
func decoded[T any](s *shell, args ...string) (v T) {
	s.Helper()
	out := s.does("", append(args, "--json")...)
	if err := json.Unmarshal([]byte(out), &v); err != nil {
		s.Fatalf("spoke %q: %v\n%s", args, err, out)
	}
	return v
}

// A tenant's whole life by the API of a running server.
func TestTenantByAPI(t *testing.T) {
	t.Parallel()
	s := newRemote(t)
	s.does("There is no tenant yet. Create one: spoke tenant create acme", "tenant", "list")
	out := s.does("The token is shown this once", "tenant", "create", "acme", "--name", "Acme Inc.", "--plan", "", "--notify", "it@acme.com")
	secret := regexp.MustCompile(`spk_\S+`).FindString(out)
	scim := "http://acme.localhost:" + s.env[0][strings.LastIndex(s.env[0], ":")+1:] + "/scim/v2"
	if status, _, err := request(t.Context(), scim, secret, "GET", "/Users", ""); status != http.StatusOK || err != nil {
		t.Errorf("the first token: %d, %v", status, err)
	}
	s.refused(exitConflict, "Another tenant has this slug. Choose another one. (slug is taken)", "tenant", "create", "acme")
	s.refused(exitFailed, "slug ", "tenant", "create", "Not_A_Slug")
	s.does("It has no token yet", "tenant", "create", "globex", "--no-token")
	s.does("globex has no token. Make one: spoke tenant token create globex", "tenant", "token", "list", "globex")

	acme := decoded[client.Tenant](s, "tenant", "show", "acme")
	if acme.Name != "Acme Inc." || len(acme.Settings.Notify) != 1 {
		t.Errorf("%+v", acme)
	}
	s.does(acme.CreatedAt.Add(9*60*60*1e9).UTC().Format("2006-01-02 15:04:05")+" JST", "tenant", "show", acme.ID)
	changed := decoded[client.Tenant](s, "tenant", "set", "acme", "--guard-percent", "10", "--guard-window", "30m", "--notify", "", "--name", "Acme")
	g := acme.Settings.Guard
	g.Percent, g.WindowSeconds = 10, 1800
	if changed.Settings.Guard != g || len(changed.Settings.Notify) != 0 || changed.Name != "Acme" || changed.Settings.Profile != acme.Settings.Profile {
		t.Errorf("%+v", changed)
	}
	s.refused(exitFailed, "settings.guard.percent", "tenant", "set", "acme", "--guard-percent", "200")
	if list := decoded[[]client.Tenant](s, "tenant", "list", "--query", "ACM"); len(list) != 1 || list[0].Slug != "acme" {
		t.Errorf("%+v", list)
	}

	s.does("Suspended tenant acme", "tenant", "suspend", "acme")
	s.does("acme", "tenant", "list", "--state", "suspended")
	s.does("Paused tenant acme", "tenant", "pause", "acme")
	s.does("Tenant acme is served again", "tenant", "resume", "acme")
	s.refused(exitUsage, "say --yes", "tenant", "delete", "acme")
	s.does("spoke tenant restore acme", "tenant", "delete", "acme", "--yes", "--grace", "1")
	s.does("Goes for good", "tenant", "show", "acme")
	s.does("Restored tenant acme", "tenant", "restore", "acme")
	s.refused(exitConflict, "", "tenant", "restore", "acme")

	s.does("No tenant is so", "tenant", "list", "--state", "purging")
	calls := decoded[[]client.AuditEntry](s, "tenant", "audit", "list", "acme", "--operation", "deleteTenant", "--since", "1h")
	if len(calls) != 1 || *calls[0].Name != "the shell" || value(calls[0].Status) != http.StatusAccepted {
		t.Errorf("%+v", calls)
	}
	s.does("409 slug-taken", "tenant", "audit", "list")
	s.refused(exitUsage, "--since is", "tenant", "audit", "list", "--since", "yesterday")
}

// What signs in to a tenant, by the API of a running server.
func TestTenantSignInByAPI(t *testing.T) {
	t.Parallel()
	s := newRemote(t)
	s.does("", "tenant", "create", "acme", "--no-token")
	scim := "http://acme.localhost:" + s.env[0][strings.LastIndex(s.env[0], ":")+1:] + "/scim/v2"
	old := decoded[onboarded](s, "tenant", "token", "create", "acme", "--name", "Entra ID", "--scope", "users,groups:read", "--cidr", "127.0.0.0/8", "--expires-in", "90d")
	s.refused(exitFailed, "scopes", "tenant", "token", "create", "acme", "--scope", "everything")
	s.refused(exitUsage, "is no time with its unit", "tenant", "token", "create", "acme", "--expires-in", "soon")
	s.does("users, groups:read", "tenant", "token", "list", "acme")

	out := s.does("It is shown this once", "tenant", "token", "rotate", "start", "acme", old.TokenID)
	s.does("Open: nobody has used the new token", "tenant", "token", "rotate", "status", "acme", old.TokenID)
	s.refused(exitConflict, "Nobody has used the new token yet", "tenant", "token", "rotate", "complete", "acme", old.TokenID)
	if status, _, err := request(t.Context(), scim, regexp.MustCompile(`spk_\S+`).FindString(out), "GET", "/Users", ""); status != http.StatusOK || err != nil {
		t.Errorf("the new token: %d, %v", status, err)
	}
	fixture.Succeeds(t, "the use is seen", func() error {
		out, stderr, failed := s.run("", "tenant", "token", "rotate", "status", "acme", old.TokenID)
		if failed || !strings.Contains(out, "from 127.0.0.1") {
			return errors.New(out + stderr)
		}
		return nil
	})
	s.does("Completed: the token that ends in", "tenant", "token", "rotate", "complete", "acme", old.TokenID)
	if status, _, err := request(t.Context(), scim, old.Secret, "GET", "/Users", ""); status != http.StatusUnauthorized || err != nil {
		t.Errorf("the old token: %d, %v", status, err)
	}
	last := decoded[[]client.Token](s, "tenant", "token", "list", "acme")[1]
	decoded[client.StartedRotation](s, "tenant", "token", "rotate", "start", "acme", last.ID)
	s.does("Cancelled: the new token", "tenant", "token", "rotate", "cancel", "acme", last.ID)
	s.does("Revoked token "+last.ID, "tenant", "token", "revoke", "acme", last.ID)

	s.does("acme has no OAuth client. Create one", "tenant", "client", "list", "acme")
	s.refused(exitUsage, `"name" not set; spoke tenant client create --help`, "tenant", "client", "create", "acme")
	made := decoded[client.OAuthClient](s, "tenant", "client", "create", "acme", "--name", "Entra ID", "--token-life", "2h", "--scope", "users")
	if made.TokenLifeSeconds != 7200 {
		t.Errorf("%+v", made)
	}
	out = s.does("/oauth/token\n", "tenant", "client", "secret", "add", "acme", made.ID)
	grant := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {made.ID},
		"client_secret": {regexp.MustCompile(`Client secret\s+(\S+)`).FindStringSubmatch(out)[1]},
	}
	if !strings.Contains(out, "Token endpoint   http://acme.localhost/oauth/token\n") { // the server does not know the port that it was given
		t.Errorf("the token endpoint is not named:\n%s", out)
	}
	response, err := identityProvider.PostForm(strings.TrimSuffix(scim, "/scim/v2")+"/oauth/token", grant)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("the client gets no token: %v, %v", response, err)
	}
	response.Body.Close()
	s.refused(exitFailed, "issuer", "tenant", "client", "trust", "add", "acme", made.ID, "--issuer", "http://issuer.example", "--audience", "a", "--subject", "s")
	trust := decoded[client.OAuthTrust](s, "tenant", "client", "trust", "add", "acme", made.ID, "--issuer", "https://issuer.example", "--audience", "a", "--subject", "s")
	s.does("https://issuer.example s", "tenant", "client", "list", "acme")
	s.does("Revoked trust", "tenant", "client", "trust", "revoke", "acme", made.ID, trust.ID)
	s.does("Revoked secret", "tenant", "client", "secret", "revoke", "acme", made.ID, decoded[[]client.OAuthClient](s, "tenant", "client", "list", "acme")[0].Secrets[0].ID)
	s.refused(exitNotFound, "spoke tenant client list acme shows them", "tenant", "client", "secret", "revoke", "acme", made.ID, trust.ID)
	s.does("Revoked client", "tenant", "client", "revoke", "acme", made.ID)

	s.does("Claim one", "tenant", "host", "list", "acme")
	s.does("_spoke-challenge.scim.acme.invalid", "tenant", "host", "claim", "acme", "scim.acme.invalid")
	s.refused(exitConflict, "TXT", "tenant", "host", "verify", "acme", "scim.acme.invalid")
	s.does("claimed", "tenant", "host", "list", "acme")
	s.does("Removed host", "tenant", "host", "remove", "acme", "scim.acme.invalid")
	s.refused(exitNotFound, "spoke tenant host list acme shows them", "tenant", "host", "remove", "acme", "scim.acme.invalid")

	s.does("has no set-up link", "tenant", "link", "list", "acme")
	s.does("http://acme.localhost", "tenant", "link", "create", "acme", "--expires-in", "3d")
	s.refused(exitFailed, "expires_at must be within seven days", "tenant", "link", "create", "acme", "--expires-in", "8d")
	link := decoded[[]client.SetupLink](s, "tenant", "link", "list", "acme")[0]
	s.does("Revoked set-up link", "tenant", "link", "revoke", "acme", link.ID)
}

// The API is away, or does not let the caller in, or the command is written wrongly.
func TestTenantAPIRefused(t *testing.T) {
	t.Parallel()
	s := newRemote(t)
	at, key := s.env[0], s.env[1]
	s.refused(exitUsage, "the arguments are: spoke tenant show SLUG", "tenant", "show")
	s.refused(exitUsage, "there is no command spoke tenant shw; did you mean show?", "tenant", "shw")
	s.refused(exitUsage, "spoke tenant show --help shows what there is", "tenant", "show", "acme", "--wrong")
	s.refused(exitNotFound, "nobody: There is no such tenant. spoke tenant list shows them", "tenant", "suspend", "nobody")
	s.refused(exitUnavailable, "the onboarding API at http://127.0.0.1:1 cannot be reached", "tenant", "suspend", "acme", "--api-url", "http://127.0.0.1:1")
	s.refused(exitDenied, "The credential is not valid", "tenant", "list", "--api-key", "spo_wrong")
	s.env = []string{at}
	s.refused(exitUsage, "SPOKE_API_KEY is not set: spoke operator key create", "tenant", "list")
	s.env = []string{key}
	s.refused(exitUsage, "SPOKE_API_URL is not set", "tenant", "list")
	s.env = []string{"SPOKE_API_URL=http://api.askspoke.com", key}
	s.refused(exitUsage, "in the clear", "tenant", "list")
	s.env = []string{"SPOKE_API_URL=https://api:secret@askspoke.com", key}
	s.refused(exitUsage, "cannot be read as the URL of an API", "tenant", "list")
	s.env = []string{strings.Replace(at, "api.", "acme.", 1), key}
	s.refused(exitUnavailable, "404 Not Found, is not the API", "tenant", "list")
}

// Every command says what it does, and how to reach the API, without an environment.
func TestTenantHelp(t *testing.T) {
	t.Parallel()
	s := &shell{T: t}
	for _, want := range []string{"SPOKE_API_URL", "SPOKE_API_KEY", "Exit codes:", "   rotate", "   audit"} {
		args := []string{"tenant", "--help"}
		if want == "   rotate" {
			args = []string{"tenant", "token"}
		}
		s.does(want, args...)
	}
	s.does("--grace DAYS", "tenant", "delete", "--help")
}

// An answer that is lost is asked for again, and what was made by the first attempt is what is printed.
func TestTenantAnswerLost(t *testing.T) {
	t.Parallel()
	s := newRemote(t)
	upstream, err := url.Parse(strings.TrimPrefix(s.env[0], "SPOKE_API_URL="))
	if err != nil {
		t.Fatal(err)
	}
	var calls atomic.Int32
	proxy := &httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(upstream); r.Out.Host = upstream.Host },
		Transport: identityProvider.Transport,
		ModifyResponse: func(*http.Response) error {
			if calls.Add(1) == 1 {
				panic(http.ErrAbortHandler)
			}
			return nil
		},
	}
	between := httptest.NewServer(proxy)
	defer between.Close()
	made := decoded[onboarded](s, "tenant", "create", "acme", "--api-url", between.URL)
	list := decoded[[]client.Token](s, "tenant", "token", "list", "acme")
	if len(list) != 1 || list[0].ID != made.TokenID || !token.WellFormed(made.Secret) || calls.Load() != 2 {
		t.Errorf("%+v, %+v after %d calls", made, list, calls.Load())
	}
}

// Twenty tenants and more by the API: the command is killed, and the same again goes on.
func TestCreateManyByAPIKilled(t *testing.T) {
	t.Parallel()
	newRemote(t).createKilled(20)
}

// A tenant goes from one installation into another, or under another slug, through a pipe.
func TestTenantThroughPipe(t *testing.T) {
	t.Parallel()
	from, to := newRemote(t), newShell(t)
	acme := decoded[onboarded](from, "tenant", "create", "acme", "--name", "Acme Inc.")
	scim := "http://acme.localhost:" + from.env[0][strings.LastIndex(from.env[0], ":")+1:] + "/scim/v2"
	for _, name := range []string{"ann", "bob"} {
		if status, _, err := request(t.Context(), scim, acme.Secret, "POST", "/Users", `{"userName":"`+name+`"}`); status != http.StatusCreated || err != nil {
			t.Fatal(status, err)
		}
	}
	export, imports := spoke(t, from.env, "tenant", "export", "acme"), spoke(t, to.env, "tenant", "import", "--slug", "acme-two", "--json")
	pipe, err := export.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	imports.Stdin = pipe
	var said strings.Builder
	export.Stderr = &said
	if err := export.Start(); err != nil {
		t.Fatal(err)
	}
	out, err := imports.Output()
	if err := errors.Join(err, export.Wait()); err != nil {
		t.Fatalf("%v\n%s%s", err, out, said.String())
	}
	var made client.Tenant
	if err := json.Unmarshal(out, &made); err != nil || made.Slug != "acme-two" || made.Name != "Acme Inc." {
		t.Errorf("%s: %v", out, err)
	}
	if !strings.Contains(said.String(), "Exported tenant acme: ") {
		t.Errorf("export said %q", said.String())
	}

	// A file is the same, and it is there only when it is whole.
	file := filepath.Join(t.TempDir(), "acme.ndjson")
	from.does("", "tenant", "export", "acme", "-o", file)
	text, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(text), `"bob"`) {
		t.Errorf("%v: %.200s", err, text)
	}
	from.does("Imported tenant acme-file", "tenant", "import", file, "--slug", "acme-file")
	from.refused(exitConflict, "slug is taken", "tenant", "import", file)
	if err := os.WriteFile(file+".half", text[:len(text)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	from.refused(exitFailed, "", "tenant", "import", file+".half", "--slug", "acme-half")
	from.refused(exitNotFound, "nobody: There is no such tenant", "tenant", "export", "nobody", "-o", file+".none")
	calls := decoded[[]client.AuditEntry](to, "tenant", "audit", "list", "--operation", "importTenant")
	if len(calls) != 1 || calls[0].Actor != "shell:"+shellUser() {
		t.Errorf("%+v", calls)
	}

	for name, half := range map[string]string{"cut off": string(text[:len(text)/2]), "without its end": withoutEnd(text)} {
		broken := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, half)
			if name == "cut off" {
				_ = http.NewResponseController(w).Flush()
				panic(http.ErrAbortHandler)
			}
		}))
		path := file + "." + strings.ReplaceAll(name, " ", "-")
		from.refused(exitFailed, "the export was broken off", "tenant", "export", "acme", "-o", path, "--api-url", broken.URL)
		broken.Close()
		if left, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*"+filepath.Base(path)+"*")); err != nil || len(left) > 0 {
			t.Errorf("%s: it left %v, %v", name, left, err)
		}
	}
}

// withoutEnd is an export without its last line.
func withoutEnd(export []byte) string {
	all := lines(string(export))
	return strings.Join(all[:len(all)-1], "\n") + "\n"
}
