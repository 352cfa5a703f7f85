//go:build unix

package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/askspoke/spoke/infra/guard"
	"github.com/askspoke/spoke/services/onboarding/client"
)

// spoke is a running spoke serve, with all its roles, on loopback.
type spoke struct {
	binary, dir   string
	env           []string
	addr, metrics string
	apiKey        string
	http          *http.Client // reaches it whatever the host
	api           *client.ClientWithResponses
	guardian      *guard.Guardian
}

// environment returns Spoke's settings, but for its addresses.
func (s *stage) environment() []string {
	key := make([]byte, 32)
	rand.Read(key) // never fails
	return []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + s.dir, "TMPDIR=" + os.TempDir(), "SPOKE_DATABASE_URL=" + s.database,
		"SPOKE_BASE_DOMAIN=localhost", "SPOKE_PUBLIC_SCHEME=http", "SPOKE_TOKEN_KEY=" + base64.StdEncoding.EncodeToString(key),
		"SPOKE_DRAIN_DELAY=0s", "SPOKE_SHUTDOWN_TIMEOUT=2s", "SPOKE_LOG_LEVEL=warn",
		"SPOKE_PACE=" + strconv.Itoa(s.pace), "SPOKE_HEALTH_INTERVAL=1s",
		"SPOKE_SMTP_URL=" + s.mail.URL(), "SPOKE_MAIL_FROM=Spoke <spoke@spoke.test>", "SPOKE_NOTIFY=" + operator,
	}
}

// buildSpoke builds Spoke, migrates its database and makes a key for its API.
func buildSpoke(ctx context.Context, dir string, env []string) (*spoke, error) {
	s := &spoke{binary: filepath.Join(dir, "spoke"), dir: dir}
	build := exec.CommandContext(ctx, "go", "build", "-o", s.binary, "github.com/askspoke/spoke/services/cmd/spoke")
	if output, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build spoke: %w\n%s", err, output)
	}
	scim, err := guard.FreePort()
	if err != nil {
		return nil, err
	}
	ops, err := guard.FreePort()
	if err != nil {
		return nil, err
	}
	s.addr, s.metrics = local(scim), local(ops)
	s.env = append(env, "SPOKE_ADDR="+s.addr, "SPOKE_METRICS_ADDR="+s.metrics, "SPOKE_PUBLIC_PORT="+strconv.Itoa(scim))
	s.http = &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{
		MaxIdleConnsPerHost: 8,
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, s.addr)
		},
	}}
	if _, err := s.command(ctx, "migrate"); err != nil {
		return nil, err
	}
	output, err := s.command(ctx, "operator", "key", "create", "story", "--role", "admin", "--json")
	if err != nil {
		return nil, err
	}
	var made struct{ Secret string }
	if err := json.Unmarshal(output, &made); err != nil || made.Secret == "" {
		return nil, errors.New("spoke operator key create printed no secret")
	}
	s.apiKey = made.Secret
	s.api, err = client.NewClientWithResponses("http://api.localhost", client.WithHTTPClient(s.http),
		client.WithRequestEditorFn(func(_ context.Context, r *http.Request) error {
			r.Header.Set("Authorization", "Bearer "+s.apiKey)
			return nil
		}))
	return s, err
}

// port returns the port of its URLs.
func (s *spoke) port() string {
	_, port, _ := net.SplitHostPort(s.addr)
	return port
}

func local(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// command runs a command of Spoke's and returns what it printed.
func (s *spoke) command(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, s.binary, args...)
	var output, faults bytes.Buffer
	cmd.Env, cmd.Stdout, cmd.Stderr = s.env, &output, &faults
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("spoke %v: %w\n%s", args, err, faults.String())
	}
	return output.Bytes(), nil
}

// serve starts the server under a guardian, which ends it with this process, and waits until it is ready.
func (s *spoke) serve(ctx context.Context) error {
	log, err := os.OpenFile(filepath.Join(s.dir, "spoke.log"), os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("open the log: %w", err)
	}
	s.guardian, err = guard.Start(guard.Command{
		Name: "spoke", Path: s.binary, Args: []string{"serve"}, Dir: s.dir, Env: s.env, Log: log,
		Fast: 5 * time.Second, Immediate: time.Second, Gone: func() error { return nil },
	})
	if err != nil {
		return errors.Join(err, log.Close())
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for !s.ready(ctx) {
		if err := s.guardian.Err(); err != nil {
			return err
		}
		if err := guard.Pause(ctx); err != nil {
			return errors.Join(fmt.Errorf("spoke is not ready; its log ends with\n%s", s.guardian.LogTail()), s.guardian.Stop())
		}
	}
	return nil
}

func (s *spoke) ready(ctx context.Context) bool {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.metrics+"/readyz", http.NoBody)
	if err != nil {
		return false
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return false
	}
	response.Body.Close()
	return response.StatusCode == http.StatusOK
}

func (s *spoke) stop() error {
	s.http.CloseIdleConnections()
	return s.guardian.Stop()
}
