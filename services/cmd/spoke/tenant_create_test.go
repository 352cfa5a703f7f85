package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/tenantdb"
	"github.com/askspoke/spoke/tenancy/token"
)

// shell runs commands of spoke against one database.
type shell struct {
	*testing.T
	url string
	env []string
}

func newShell(t *testing.T) *shell {
	t.Helper()
	url := pgtest.ControlDatabase(t)
	return &shell{t, url, []string{"SPOKE_DATABASE_URL=" + url, "SPOKE_BASE_DOMAIN=askspoke.com", "SPOKE_TOKEN_KEY=" + token.GenerateKey()}}
}

// run returns what a command prints, and whether it failed.
func (s *shell) run(input string, args ...string) (stdout, stderr string, failed bool) {
	s.Helper()
	cmd := spoke(s.T, s.env, args...)
	cmd.Stdin = strings.NewReader(input)
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return string(out), string(exit.Stderr), true
	}
	if err != nil {
		s.Fatal(err)
	}
	return string(out), "", false
}

// manager returns the database and a Manager over it.
func (s *shell) manager() (*tenantdb.DB, *lifecycle.Manager) {
	s.Helper()
	db := pgtest.Open(s.T, s.url, tenantdb.Options{})
	return db, lifecycle.New(lifecycle.Config{DB: db})
}

func lines(text string) []string { return strings.Split(strings.TrimSuffix(text, "\n"), "\n") }

// Twenty tenants of a file in one run, with names and tokens that work. The same run again changes nothing.
func TestCreateFromFile(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	want := map[string]string{}
	text := "\ufeff# our customers\n\n"
	for i := range 17 {
		slug := fmt.Sprintf("customer-%d", i+10)
		want[slug] = slug
		text += slug + "\n"
	}
	text += "acme, Acme Ltd.\r\nGlobex\tGlobex, Inc.\ninitech,\"Initech \"\"Bill\"\" Lumbergh, Inc.\"\n"
	want["acme"], want["globex"], want["initech"] = "Acme Ltd.", "Globex, Inc.", `Initech "Bill" Lumbergh, Inc.`
	file := filepath.Join(t.TempDir(), "customers.csv")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	out, stderr, failed := s.run("", "tenant", "create", "--from", file, "--tokens", "--profile", "strict")
	if failed || len(lines(out)) != 20 {
		t.Fatalf("%s%s", out, stderr)
	}
	db, m := s.manager()
	key, err := token.ParseKey(strings.TrimPrefix(s.env[2], "SPOKE_TOKEN_KEY="))
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := token.New(token.Config{DB: db, Key: key})
	if err != nil {
		t.Fatal(err)
	}
	secrets := make(map[string]string)
	for _, line := range lines(out) {
		column := strings.Split(line, "\t")
		if len(column) != 3 || column[1] != "https://"+column[0]+".askspoke.com/scim/v2" {
			t.Fatalf("line %q", line)
		}
		tenant, err := m.Get(t.Context(), tenancy.Slug(column[0]))
		if err != nil || tenant.State != tenancy.StateActive || tenant.Settings.Profile != tenancy.ProfileStrict {
			t.Errorf("%+v, %v", tenant, err)
		}
		if tenant.Name != want[column[0]] {
			t.Errorf("%s is named %q, want %q", column[0], tenant.Name, want[column[0]])
		}
		if _, err := tokens.Verify(t.Context(), tenant.ID, column[2], netip.Addr{}); err != nil {
			t.Errorf("the token of %s: %v", column[0], err)
		}
		secrets[column[0]] = column[2]
	}
	if len(secrets) != 20 {
		t.Errorf("%d tenants", len(secrets))
	}
	before, err := m.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}

	out, stderr, failed = s.run(text+"hooli\n", "tenant", "create", "--from", "-", "--tokens", "--json")
	if failed || len(lines(out)) != 21 {
		t.Fatalf("%s%s", out, stderr)
	}
	for _, line := range lines(out) {
		var got struct {
			Slug    string
			URL     string `json:"tenant_url"`
			Secret  string `json:"secret_token"`
			Created bool
		}
		if err := json.Unmarshal([]byte(line), &got); err != nil || got.URL == "" {
			t.Fatalf("%s: %v", line, err)
		}
		if fresh := got.Slug == "hooli"; got.Created != fresh || (got.Secret != "") != fresh {
			t.Errorf("again: %s", line)
		}
	}
	after, err := m.List(t.Context())
	if err != nil || len(after) != 21 {
		t.Fatal(len(after), err)
	}
	for _, tenant := range before {
		now, err := m.Get(t.Context(), tenant.Slug)
		if err != nil || !cmp.Equal(tenant, now) {
			t.Errorf("%v %s", err, cmp.Diff(tenant, now))
		}
	}
}

// What is wrong with a file is said by its lines, all of it, and nothing is created. What is wrong with one tenant does not
// stop the others.
func TestCreateManyRefused(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	refused := func(want, input string, args ...string) {
		t.Helper()
		out, stderr, failed := s.run(input, append([]string{"tenant", "create"}, args...)...)
		if !failed || out != "" || !strings.Contains(stderr, want) {
			t.Errorf("%q: %s%s, want %q", args, out, stderr, want)
		}
	}
	refused(`because of -:
line 1: slug "a" must have 2 to 40 characters
line 3: acme is, or looks like, the slug in line 2
line 4: acrne is, or looks like, the slug in line 2
line 5: name: has a character`, "a\nacme\nACME\nacrne\ngood,x\x00y\n", "--from", "-")
	refused("names no tenant", "\n# nobody\n", "--from", "-")
	refused("no such file", "", "--from", "/nowhere")
	refused("in one way", "", "--from", "-", "acme")
	refused("in one way", "", "--from", "-", "--count", "3")
	refused("in one way", "", "--count", "3", "--prefix", "x", "--name", "X")
	refused("--count is 0", "", "--prefix", "load")
	refused(`slug "-0001" must begin`, "", "--count", "3")
	refused("--tokens is for", "", "acme", "--tokens")
	refused("settings.profile", "", "acme", "--profile", "lax")

	if _, stderr, failed := s.run("", "tenant", "create", "paypal"); failed {
		t.Fatal(stderr)
	}
	out, stderr, failed := s.run("acme\npaypa1\nadm1n\nglobex\n", "tenant", "create", "--from", "-")
	if got := len(lines(out)); !failed || got != 2 || !strings.Contains(stderr, "2 tenants were created in ") || !strings.Contains(stderr, " and 0 existed already; 2 failed and 0 are left.") ||
		!strings.Contains(stderr, "paypa1: A reader could take this slug for that of another tenant") || !strings.Contains(stderr, `adm1n: slug looks like a name that is reserved`) {
		t.Errorf("%s%s", out, stderr)
	}
	_, m := s.manager()
	if list, err := m.List(t.Context()); err != nil || len(list) != 3 {
		t.Errorf("%d tenants, %v", len(list), err)
	}
}

// The command is killed in the middle of its work, and the API within it. The same again completes what it left, and prints
// the tokens again that it had printed.
func TestCreateManyKilled(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	list := s.createKilled(40)
	var tables int
	db, _ := s.manager()
	if err := db.Get(&tables, `SELECT count(*) FROM pg_tables WHERE tablename = 'nesting'`); err != nil || tables != 40 {
		t.Errorf("%d schemas are complete, %v", tables, err)
	}
	for _, tenant := range list {
		if tenant.State != tenancy.StateActive {
			t.Errorf("%s is %s", tenant.Slug, tenant.State)
		}
	}
}

// createKilled creates n tenants by a command that is killed, and by the same again, and returns them. Each has one token,
// which is the one that was printed.
func (s *shell) createKilled(n int) []tenancy.Tenant {
	s.Helper()
	args := []string{"tenant", "create", "--prefix", "load", "--count", fmt.Sprint(n), "--tokens"}
	cmd := spoke(s.T, s.env, args...)
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		s.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		s.Fatal(err)
	}
	printed := bufio.NewScanner(pipe)
	seen := make(map[string]string)
	for printed.Scan() {
		column := strings.Split(printed.Text(), "\t")
		seen[column[0]] = column[2]
		if len(seen) == 5 {
			cmd.Process.Kill()
		}
	}
	if err := cmd.Wait(); err == nil || len(seen) < 5 || len(seen) >= n {
		s.Fatalf("it was not killed in the middle: %v, %d lines", err, len(seen))
	}
	out, stderr, failed := s.run("", args...)
	if failed || len(lines(out)) != n {
		s.Fatalf("%s%s", out, stderr)
	}
	for _, line := range lines(out) {
		column := strings.Split(line, "\t")
		if secret, ok := seen[column[0]]; column[2] == "" || ok && column[2] != secret {
			s.Errorf("%s had the token %q and got %q", column[0], secret, column[2])
		}
	}
	_, m := s.manager()
	list, err := m.List(s.Context())
	if err != nil || len(list) != n || list[0].Slug != "load-0001" || list[n-1].Slug != tenancy.Slug(fmt.Sprintf("load-%04d", n)) {
		s.Fatalf("%d tenants, %v", len(list), err)
	}
	return list
}

// The worker is killed while it purges. The next one ends it, and nothing is left.
func TestPurgeKilled(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	s.env = append(s.env, "SPOKE_METRICS_ADDR=127.0.0.1:0", "SPOKE_DRAIN_DELAY=1ms")
	const n = 40
	if _, stderr, failed := s.run("", "tenant", "create", "--prefix", "load", "--count", fmt.Sprint(n)); failed {
		t.Fatal(stderr)
	}
	db, m := s.manager()
	list, err := m.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, tenant := range list {
		if _, err := m.Delete(t.Context(), tenant.ID, 0); err != nil {
			t.Fatal(err)
		}
	}
	left := func() (n int) {
		t.Helper()
		if err := db.Get(&n, `SELECT count(*) FROM `+tenantdb.Control.Table("tenants")); err != nil {
			t.Fatal(err)
		}
		return n
	}
	work := func() *exec.Cmd {
		t.Helper()
		cmd := spoke(t, s.env, "serve", "--role", "worker")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		return cmd
	}
	killed := work()
	fixture.Eventually(t, "the first is gone", func() bool { return left() < n })
	killed.Process.Kill()
	_ = killed.Wait() // it was killed
	if left() == 0 {
		t.Fatal("it was done before it was killed")
	}
	again := work()
	fixture.Succeeds(t, "all are purged", func() error {
		if n := left(); n > 0 {
			return fmt.Errorf("%d are left", n)
		}
		return nil
	})
	if err := again.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := again.Wait(); err != nil {
		t.Error(err)
	}
	var schemas int
	if err := db.Get(&schemas, `SELECT count(DISTINCT schemaname) FROM pg_tables WHERE tablename IN ('users', 'groups', 'members', 'journal', 'nesting')`); err != nil || schemas != 0 {
		t.Errorf("%d schemas are left, %v", schemas, err)
	}
}
