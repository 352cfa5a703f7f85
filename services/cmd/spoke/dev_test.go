package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/askspoke/spoke/billing"
	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/infra/plans"
)

// dev needs nothing, keeps data and token over a restart, and leaves nothing running.
func TestDevStartsStopsAndStartsAgain(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	p := startDev(t, dir)
	for _, name := range []string{"SPOKE_TENANT_URL", "SPOKE_SECRET_TOKEN", "SPOKE_DATABASE_URL", "SPOKE_METRICS_URL"} {
		if p.env[name] == "" {
			t.Errorf("dev.env has no %s", name)
		}
	}
	for _, name := range []string{p.env["SPOKE_TENANT_URL"], p.env["SPOKE_SECRET_TOKEN"]} {
		if !strings.Contains(p.out.String(), name) {
			t.Errorf("dev does not print %s", name)
		}
	}
	for _, name := range []string{envFile, keyFile} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v, want mode 0600", name, info.Mode(), err)
		}
	}
	status, user, err := p.request(t.Context(), "POST", "/Users", `{"userName":"ann"}`)
	if status != http.StatusCreated || err != nil {
		t.Fatalf("create: %d, %v, %v", status, user, err)
	}
	status, config, err := p.request(t.Context(), "GET", "/ServiceProviderConfig", "")
	pagination, _ := config["pagination"].(map[string]any)
	if status != http.StatusOK || err != nil || pagination["cursor"] != true {
		t.Errorf("there are no cursors: %d, %v, %v", status, config, err)
	}
	links := regexp.MustCompile(`http://(example|console)\.\S+/sign-in/link/\S+`).FindAllString(p.out.String(), -1)
	if len(links) != 2 {
		t.Errorf("dev prints %d links to consoles\n%s", len(links), p.out)
	}
	for _, link := range links {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, link, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Accept", "text/html")
		response, err := identityProvider.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		if response.Body.Close(); response.StatusCode != http.StatusOK {
			t.Errorf("%s answers %d", link, response.StatusCode)
		}
	}
	for _, path := range []string{"/metrics", "/healthz", "/readyz"} {
		url := strings.TrimSuffix(p.env["SPOKE_METRICS_URL"], "/metrics") + path
		response, err := identityProvider.Get(url)
		if err != nil || response.StatusCode != http.StatusOK {
			t.Errorf("%s: %v, %v", path, response, err)
		}
		response.Body.Close()
	}

	if out, err := spoke(t, nil, "dev", "--data-dir", dir, "--addr", "127.0.0.1:0", "--metrics-addr", "127.0.0.1:0").CombinedOutput(); err == nil || !strings.Contains(string(out), "another spoke dev") {
		t.Errorf("a second dev on the same data: %v\n%s", err, out)
	}

	postmaster := postmasterPID(t, p)
	if err := p.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := p.wait(t); err != nil {
		t.Errorf("dev ended with %v\n%s", err, p.out)
	}
	expectGone(t, postmaster)

	again := startDev(t, dir)
	if again.env[secretName] != p.env[secretName] {
		t.Error("the token did not survive the restart")
	}
	status, read, err := again.request(t.Context(), "GET", "/Users/"+user["id"].(string), "")
	if status != http.StatusOK || err != nil || read["userName"] != "ann" {
		t.Errorf("after the restart: %d, %v, %v", status, read, err)
	}
}

// A newcomer finds a plan on the console's page of it, can change the plans, and can try single sign-on against a provider on
// this machine.
func TestDevHasPlansAndLocalProviders(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	p := startDev(t, dir)
	link := regexp.MustCompile(`(http://example\.[^/\s]+)(/sign-in/link/\S+)`).FindStringSubmatch(p.out.String())
	if link == nil {
		t.Fatalf("no link:\n%s", p.out)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	a := &administratorAt{t, &http.Client{Transport: identityProvider.Transport, Jar: jar}, link[1]}
	if status, page := a.asks(http.MethodPost, link[2], nil); status != http.StatusOK {
		t.Fatalf("signed in: %d %s", status, page)
	}
	if status, page := a.asks(http.MethodGet, "/settings/plan", nil); status != http.StatusOK || !strings.Contains(page, "<h2>Enterprise</h2>") {
		t.Errorf("%d %s", status, page)
	}
	provider := url.Values{"name": {"Mine"}, "issuer": {"http://127.0.0.1:1"}, "client_id": {"x"}, "client_secret": {"x"}, "email_claim": {"email"}}
	if status, page := a.asks(http.MethodPost, "/settings/sign-on?provider=other", provider); status != http.StatusOK || !strings.Contains(page, "http://127.0.0.1:1") {
		t.Errorf("a provider on this machine: %d %s", status, page)
	}
	if p.env["SPOKE_PLANS"] != filepath.Join(dir, plansFile) || p.env["SPOKE_PACE"] != "1" {
		t.Errorf("%q %q", p.env["SPOKE_PLANS"], p.env["SPOKE_PACE"])
	}
	if err := p.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := p.wait(t); err != nil {
		t.Fatalf("dev ended with %v\n%s", err, p.out)
	}
	for text, says := range map[string]string{"{": "SPOKE_PLANS: ", `{"plans":[{"id":"mine"}]}`: plansFile} {
		if err := os.WriteFile(filepath.Join(dir, plansFile), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := spoke(t, nil, "dev", "--data-dir", dir, "--addr", "127.0.0.1:0", "--metrics-addr", "127.0.0.1:0").CombinedOutput(); err == nil || !strings.Contains(string(out), says) {
			t.Errorf("plans %s: %v\n%s", text, err, out)
		}
	}
}

// A pace that is none is refused before anything is begun.
func TestDevRefusesAPace(t *testing.T) {
	t.Parallel()
	for _, pace := range []string{"0", "-1", "NaN", "Inf", "1e9", "fast"} {
		dir := filepath.Join(t.TempDir(), "data")
		if out, err := spoke(t, nil, "dev", "--data-dir", dir, "--pace="+pace).CombinedOutput(); err == nil || !strings.Contains(string(out), "pace") {
			t.Errorf("%s: %v\n%s", pace, err, out)
		}
		if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: something was begun: %v", pace, err)
		}
	}
}

// The plan of the example is one that there is.
func TestDevPlan(t *testing.T) {
	t.Parallel()
	catalogue, err := billing.ParseCatalogue(plans.Example)
	if err != nil {
		t.Fatal(err)
	}
	if got := devPlan(catalogue); got != "enterprise" {
		t.Errorf("%q", got)
	}
	delete(catalogue, "enterprise")
	if got := devPlan(catalogue); got != "" {
		t.Errorf("%q is not offered", got)
	}
}

// A shell that has loaded dev.env starts dev again as any other shell does.
func TestDevDoesNotTakeItsOwnEnvironmentForAnOperators(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	cmd := spoke(t, []string{"SPOKE_DATABASE_URL=postgres://127.0.0.1:1/gone", devMark + "=" + dir}, "dev", "--data-dir", dir, "--addr", "256.0.0.1:0")
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "not using SPOKE_DATABASE_URL") {
		t.Errorf("%v\n%s", err, out)
	}
}

// A crash of dev must not leave its Postgres behind.
func TestDevKilledLeavesNothing(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	p := startDev(t, dir)
	postmaster := postmasterPID(t, p)
	if err := p.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	expectGone(t, postmaster)
}

// postmasterPID finds the data where dev said that it is, which is elsewhere when the user that Postgres runs as cannot
// reach --data-dir, and reads the process where Postgres keeps it.
func postmasterPID(t *testing.T, p *devProcess) int {
	t.Helper()
	found := regexp.MustCompile(`data in (\S+)`).FindStringSubmatch(p.out.String())
	if found == nil {
		t.Fatalf("dev does not say where the data is:\n%s", p.out)
	}
	text, err := os.ReadFile(filepath.Join(found[1], "cluster", "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	var pid int
	if _, err := fmt.Sscan(string(text), &pid); err != nil {
		t.Fatal(err)
	}
	return pid
}

func expectGone(t *testing.T, pid int) {
	t.Helper()
	fixture.Succeeds(t, "Postgres is gone", func() error {
		if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("process %d is still there", pid)
		}
		return nil
	})
}
