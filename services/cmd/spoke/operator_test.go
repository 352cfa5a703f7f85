package main

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/tenancy/token"
)

// ask asks a process at a host, whatever address it has.
func ask(t *testing.T, address, host, path, credential string) (status int, body string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.Host = host
	if credential != "" {
		request.Header.Set("Authorization", "Bearer "+credential)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// A key that the shell makes is good at the API's host, which no tenant's answer comes from, until the shell revokes it.
func TestOperatorKey(t *testing.T) {
	t.Parallel()
	env := []string{
		"SPOKE_DATABASE_URL=" + pgtest.ControlDatabase(t), "SPOKE_BASE_DOMAIN=askspoke.com", "SPOKE_TOKEN_KEY=" + token.GenerateKey(),
		"SPOKE_ADDR=127.0.0.1:0", "SPOKE_METRICS_ADDR=127.0.0.1:0", "SPOKE_DRAIN_DELAY=0s",
	}
	run := func(args ...string) string {
		t.Helper()
		out, err := spoke(t, env, args...).Output()
		if err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	var made struct {
		URL    string `json:"api_url"`
		ID     string `json:"id"`
		Secret string `json:"secret"`
	}
	if err := json.Unmarshal([]byte(run("operator", "key", "create", "--role", "read", "--json", "the shop")), &made); err != nil {
		t.Fatal(err)
	}
	if made.URL != "https://api.askspoke.com" {
		t.Errorf("the API is at %s", made.URL)
	}
	p := startServeIn(t, env)
	if status, body := ask(t, p.scim, "api.askspoke.com", "/v1/me", made.Secret); status != 200 || !strings.Contains(body, "the shop") {
		t.Errorf("%d %s", status, body)
	}
	if status, body := ask(t, p.scim, "API.askspoke.com:443", "/", ""); status != 200 || !strings.Contains(body, "onboarding API") {
		t.Errorf("the page: %d", status)
	}
	if status, body := ask(t, p.scim, "acme.askspoke.com", "/v1/me", made.Secret); status != 404 || !strings.Contains(body, "urn:ietf:params:scim:api:messages:2.0:Error") {
		t.Errorf("at a tenant's host: %d %s", status, body)
	}
	if out := run("operator", "key", "list"); !strings.Contains(out, made.ID) || strings.Contains(out, made.Secret) || !strings.Contains(out, "127.0.0.1") {
		t.Errorf("list: %s", out)
	}
	run("operator", "key", "revoke", made.ID)
	if status, body := ask(t, p.scim, "api.askspoke.com", "/v1/me", made.Secret); status != 401 {
		t.Errorf("revoked: %d %s", status, body)
	}
	if out, err := spoke(t, env, "operator", "key", "revoke", made.ID[1:]).CombinedOutput(); err == nil {
		t.Errorf("a key that there is not: %s", out)
	}
	if out, err := spoke(t, env, "operator", "key", "create", "--role", "root", "x").CombinedOutput(); err == nil || !strings.Contains(string(out), "role must be read, manage or admin") {
		t.Errorf("a role that there is not: %s", out)
	}
}

// What links of the shell began is ended by the shell.
func TestOperatorSignOut(t *testing.T) {
	t.Parallel()
	env := []string{"SPOKE_DATABASE_URL=" + pgtest.ControlDatabase(t), "SPOKE_BASE_DOMAIN=askspoke.com", "SPOKE_TOKEN_KEY=" + token.GenerateKey()}
	if out, err := spoke(t, env, "operator", "link").CombinedOutput(); err != nil || !strings.Contains(string(out), "/sign-in/link/") {
		t.Fatalf("%v\n%s", err, out)
	}
	if out, err := spoke(t, env, "operator", "sign-out", "somebody-else").CombinedOutput(); err == nil || !strings.Contains(string(out), "somebody-else has made no link") {
		t.Errorf("%v\n%s", err, out)
	}
	if out, err := spoke(t, env, "operator", "sign-out").CombinedOutput(); err != nil || !strings.Contains(string(out), "Revoked every link of ") {
		t.Errorf("%v\n%s", err, out)
	}
	if out, err := spoke(t, env, "operator", "sign-out").CombinedOutput(); err == nil {
		t.Errorf("there was one more link: %s", out)
	}
	if out, err := spoke(t, env, "operator", "sign-out", "oidc:ann").CombinedOutput(); err != nil || !strings.Contains(string(out), "Every session of oidc:ann has ended, on every server, and 0 visits") {
		t.Errorf("%v\n%s", err, out)
	}
	if out, err := spoke(t, env, "operator", "sign-out", "oidc:").CombinedOutput(); err == nil {
		t.Errorf("nobody is signed out: %s", out)
	}
}

// The API that dev starts is at the URL in dev.env, and its key is the same after a restart.
func TestDevAPI(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	var keys []string
	for range 2 {
		p := startDev(t, dir)
		url := p.env["SPOKE_API_URL"] // http://api.localhost:PORT
		host := strings.TrimPrefix(url, "http://")
		_, port, _ := strings.Cut(host, ":")
		if status, body := ask(t, "127.0.0.1:"+port, host, "/v1/tenants", p.env["SPOKE_API_KEY"]); status != 200 || !strings.Contains(body, `"slug":"example"`) {
			t.Errorf("%s: %d %s", url, status, body)
		}
		keys = append(keys, p.env["SPOKE_API_KEY"])
		if err := p.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		if err := p.wait(t); err != nil {
			t.Errorf("spoke dev: %v", err)
		}
	}
	if keys[0] == "" || keys[0] != keys[1] {
		t.Error("the key is another one after a restart")
	}
}
