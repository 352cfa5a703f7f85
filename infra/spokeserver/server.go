//go:build unix

package spokeserver

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
)

// Options say which Spoke Start starts.
type Options struct {
	Program  string   // the path that Build returned
	Dir      string   // for its log, and its home
	Database string   // the URL of a Postgres database
	Settings []string // more of its environment: "SPOKE_PACE=60"
}

// A Server is a running Spoke.
type Server struct {
	Addr    string       // where it listens: 127.0.0.1 with a port
	Metrics string       // the same of /metrics, /healthz and /readyz
	Key     string       // its SPOKE_TOKEN_KEY
	HTTP    *http.Client // reaches it whatever the host; it follows no redirect

	program  string
	dir      string
	env      []string
	guardian *guard.Guardian
}

// Start migrates the database, starts Spoke, and returns when it is ready, which must be within a minute.
func Start(ctx context.Context, o Options) (*Server, error) {
	s := &Server{program: o.Program, dir: o.Dir, Key: newKey()}
	port, err := guard.FreePort()
	if err != nil {
		return nil, err
	}
	metrics, err := guard.FreePort()
	if err != nil {
		return nil, err
	}
	s.Addr, s.Metrics = local(port), local(metrics)
	s.env = append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + o.Dir, "TMPDIR=" + os.TempDir(), "SPOKE_DATABASE_URL=" + o.Database,
		"SPOKE_BASE_DOMAIN=localhost", "SPOKE_PUBLIC_SCHEME=http", "SPOKE_PUBLIC_PORT=" + strconv.Itoa(port),
		"SPOKE_ADDR=" + s.Addr, "SPOKE_METRICS_ADDR=" + s.Metrics, "SPOKE_TOKEN_KEY=" + s.Key,
		"SPOKE_DRAIN_DELAY=0s", "SPOKE_SHUTDOWN_TIMEOUT=2s", "SPOKE_LOG_LEVEL=warn",
	}, o.Settings...)
	s.HTTP = &http.Client{
		Timeout: 30 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			MaxIdleConnsPerHost: 8,
			DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, network, s.Addr)
			},
		},
	}
	if _, err := s.Command(ctx, "migrate"); err != nil {
		return nil, err
	}
	if err := s.serve(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

func newKey() string {
	key := make([]byte, 32)
	rand.Read(key) // never fails
	return base64.StdEncoding.EncodeToString(key)
}

func local(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// Origin returns where a host is for browsers, such as http://acme.localhost:8080 for "acme".
func (s *Server) Origin(label string) string {
	_, port, _ := net.SplitHostPort(s.Addr)
	return "http://" + label + ".localhost:" + port
}

// APIKey makes a key of the onboarding API's, for an admin.
func (s *Server) APIKey(ctx context.Context, name string) (string, error) {
	output, err := s.Command(ctx, "operator", "key", "create", name, "--role", "admin", "--json")
	if err != nil {
		return "", err
	}
	var made struct{ Secret string }
	if err := json.Unmarshal(output, &made); err != nil || made.Secret == "" {
		return "", errors.New("spoke operator key create printed no secret")
	}
	return made.Secret, nil
}

// Command runs a command of Spoke's in the server's environment and returns what it printed. Its error has what the command
// complained of.
func (s *Server) Command(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, s.program, args...)
	var output, faults bytes.Buffer
	cmd.Env, cmd.Stdout, cmd.Stderr = s.env, &output, &faults
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("spoke %v: %w\n%s", args, err, faults.String())
	}
	return output.Bytes(), nil
}

// serve starts the server under a guardian and waits until it is ready.
func (s *Server) serve(ctx context.Context) error {
	log, err := os.OpenFile(filepath.Join(s.dir, "spoke.log"), os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("open the log: %w", err)
	}
	s.guardian, err = guard.Start(guard.Command{
		Name: "spoke", Path: s.program, Args: []string{"serve"}, Dir: s.dir, Env: s.env, Log: log,
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

func (s *Server) ready(ctx context.Context) bool {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.Metrics+"/readyz", http.NoBody)
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

// Err returns nil while it runs and after Stop, and otherwise why it ended.
func (s *Server) Err() error { return s.guardian.Err() }

// LogTail returns the end of its log, until it is stopped.
func (s *Server) LogTail() string { return s.guardian.LogTail() }

// Stop ends it, and waits for that.
func (s *Server) Stop() error {
	s.HTTP.CloseIdleConnections()
	return s.guardian.Stop()
}
