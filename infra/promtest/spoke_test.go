//go:build unix

package promtest_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/askspoke/spoke/infra/guard"
	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/infra/redistest"
)

// plans has one that is soon used up.
const plans = `{"plans": [{"id": "tiny", "name": "Tiny", "entitlements": {
	"seats": "unlimited", "reads_per_second": 1, "writes_per_second": 1, "bulks_per_second": 1, "tokens": 5, "journal_days": 14
}}]}`

// spoke is a running spoke serve with all its roles, on a database and a Redis of its own.
type spoke struct {
	binary, addr, metrics string
	env                   []string
	apiKey                string
	client                *http.Client
}

// startSpoke builds Spoke and serves on loopback until the test ends.
func startSpoke(t *testing.T) *spoke {
	t.Helper()
	dir := t.TempDir()
	s := &spoke{binary: filepath.Join(dir, "spoke"), addr: freeAddr(t), metrics: freeAddr(t)}
	build := exec.CommandContext(t.Context(), "go", "build", "-ldflags=-s -w", "-o", s.binary, "github.com/askspoke/spoke/services/cmd/spoke")
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build spoke: %v\n%s", err, output)
	}
	file := filepath.Join(dir, "plans.json")
	if err := os.WriteFile(file, []byte(plans), 0o600); err != nil {
		t.Fatal(err)
	}
	key := make([]byte, 32)
	rand.Read(key) // never fails
	s.env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + os.TempDir(),
		"SPOKE_DATABASE_URL=" + pgtest.Database(t), "SPOKE_REDIS_URL=" + redistest.Start(t).URL, "SPOKE_PLANS=" + file,
		"SPOKE_BASE_DOMAIN=localhost", "SPOKE_PUBLIC_SCHEME=http", "SPOKE_TOKEN_KEY=" + base64.StdEncoding.EncodeToString(key),
		"SPOKE_ADDR=" + s.addr, "SPOKE_METRICS_ADDR=" + s.metrics, "SPOKE_DRAIN_DELAY=0s", "SPOKE_SHUTDOWN_TIMEOUT=2s",
		"SPOKE_PACE=" + strconv.Itoa(pace), "SPOKE_LOG_LEVEL=warn",
		// Nobody listens there: mail is written, counted, and waits.
		"SPOKE_SMTP_URL=smtp://127.0.0.1:9?tls=none", "SPOKE_MAIL_FROM=spoke@localhost.test", "SPOKE_NOTIFY=operator@localhost.test",
	}
	s.client = &http.Client{Timeout: time.Minute, Transport: &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, s.addr) // whatever the host
		},
	}}
	t.Cleanup(s.client.CloseIdleConnections)
	s.command(t, "migrate")
	var made struct{ Secret string }
	if err := json.Unmarshal(s.command(t, "operator", "key", "create", "check", "--role", "admin", "--json"), &made); err != nil {
		t.Fatal(err)
	}
	s.apiKey = made.Secret
	s.serve(t, dir)
	return s
}

// serve starts the server under a guardian, so that it ends with the test, also when that is killed.
func (s *spoke) serve(t *testing.T, dir string) {
	t.Helper()
	log, err := os.OpenFile(filepath.Join(dir, "spoke.log"), os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	g, err := guard.Start(guard.Command{
		Name: "spoke", Path: s.binary, Args: []string{"serve"}, Dir: dir, Env: s.env, Log: log,
		Fast: 5 * time.Second, Immediate: time.Second, Gone: func() error { return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("spoke's log ends with\n%s", g.LogTail())
		}
		if err := g.Stop(); err != nil {
			t.Error(err)
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		if r, err := http.Get("http://" + s.metrics + "/readyz"); err == nil {
			r.Body.Close()
			if r.StatusCode == http.StatusOK {
				return
			}
		}
		if err := g.Err(); err != nil {
			t.Fatal(err)
		}
		if guard.Pause(ctx) != nil {
			t.Fatalf("spoke is not ready; its log ends with\n%s", g.LogTail())
		}
	}
}

func freeAddr(t *testing.T) string {
	t.Helper()
	port, err := guard.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
}

// command runs a command of Spoke's and returns what it printed.
func (s *spoke) command(t *testing.T, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), s.binary, args...)
	var output, faults bytes.Buffer
	cmd.Env, cmd.Stdout, cmd.Stderr = s.env, &output, &faults
	if err := cmd.Run(); err != nil {
		t.Fatalf("spoke %v: %v\n%s", args, err, faults.String())
	}
	return output.Bytes()
}

// send sends a request to a host below localhost and returns the status and the document of the answer.
func (s *spoke) send(ctx context.Context, host, secret, method, path, body string) (int, map[string]any, error) {
	r, err := http.NewRequestWithContext(ctx, method, "http://"+host+".localhost"+path, strings.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	kind := "application/scim+json"
	switch {
	case host == "api":
		kind = "application/json"
	case strings.HasPrefix(path, "/oauth"):
		kind = "application/x-www-form-urlencoded"
	}
	r.Header.Set("Content-Type", kind)
	if secret != "" {
		r.Header.Set("Authorization", "Bearer "+secret)
	}
	response, err := s.client.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	var document map[string]any
	if err == nil && strings.Contains(response.Header.Get("Content-Type"), "json") { // the console answers with pages
		if err := json.Unmarshal(text, &document); err != nil {
			return 0, nil, fmt.Errorf("%s %s: %d %s: %w", method, path, response.StatusCode, text, err)
		}
	}
	return response.StatusCode, document, err
}

// tenant creates a tenant and returns the secret of its token, which ends in a month.
func (s *spoke) tenant(t *testing.T, slug, plan string) string {
	t.Helper()
	end := time.Now().Add(30 * 24 * time.Hour).UTC().Format(time.RFC3339)
	body := fmt.Sprintf(`{"slug": %q, "settings": {"plan": %q}, "token": {"name": "check", "expires_at": %q}}`, slug, plan, end)
	status, made, err := s.send(t.Context(), "api", s.apiKey, http.MethodPost, "/v1/tenants", body)
	if err != nil || status != http.StatusCreated {
		t.Fatalf("create tenant %s: %d %v %v", slug, status, made, err)
	}
	return made["token"].(map[string]any)["secret"].(string)
}
