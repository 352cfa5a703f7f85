package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/infra/guard"
)

// asSpoke makes the test binary be spoke itself: the tests here are of whole processes.
const asSpoke = "SPOKE_TEST_AS_SPOKE"

func TestMain(m *testing.M) {
	if os.Getenv(asSpoke) != "" {
		go endWithParent(os.Getppid())
		main()
		return
	}
	os.Exit(m.Run())
}

// endWithParent has this process be stopped as by Ctrl-C when its parent is gone: tests that are killed stop nothing.
func endWithParent(parent int) {
	for range time.Tick(time.Second) {
		if os.Getppid() != parent {
			_ = syscall.Kill(os.Getpid(), syscall.SIGINT)
			return
		}
	}
}

// noSleepAtExit takes from the race detector the second that it has a program wait at its end, which is most of the time of
// a short command. In a program without the race detector it means nothing.
const noSleepAtExit = "GORACE=atexit_sleep_ms=0"

// spoke returns a command that runs spoke with an environment of its own.
func spoke(t *testing.T, env []string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = []string{asSpoke + "=1", "PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), noSleepAtExit}
	cmd.Env = append(cmd.Env, env...)
	cmd.WaitDelay = time.Minute
	return cmd
}

// devProcess is a running spoke dev.
type devProcess struct {
	*exec.Cmd
	out    *fixture.Log
	env    map[string]string // dev.env
	exited chan error
}

// startDev runs spoke dev on free ports and returns when it is ready.
func startDev(t *testing.T, dir string) *devProcess {
	t.Helper()
	cmd := spoke(t, nil, "dev", "--data-dir", dir, "--addr", "127.0.0.1:0", "--metrics-addr", "127.0.0.1:0")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	p := &devProcess{Cmd: cmd, out: &fixture.Log{}, exited: make(chan error, 1)}
	cmd.Stdout, cmd.Stderr = p.out, p.out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.exited <- cmd.Wait() }()
	t.Cleanup(func() {
		cmd.Process.Signal(os.Interrupt)
		select {
		case <-p.exited:
		case <-time.After(time.Minute):
			cmd.Process.Kill()
		}
	})
	fixture.Succeeds(t, "spoke dev is ready", func() error {
		select {
		case err := <-p.exited:
			p.exited <- err
			t.Fatalf("spoke dev ended: %v\n%s", err, p.out)
		default:
		}
		if !strings.Contains(p.out.String(), "Ctrl-C stops Spoke") {
			return fmt.Errorf("it printed: %s", p.out)
		}
		return nil
	})
	p.env = readEnv(t, filepath.Join(dir, envFile))
	return p
}

// dataDir returns a directory for data that also the account of Postgres can reach, which t.TempDir's parent forbids.
func dataDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "spoke-data-") //nolint:usetesting // t.TempDir is below a directory of mode 0700
	if err != nil {
		t.Fatal(err)
	}
	temporary, err := guard.Temporary(dir) // also when the tests are killed
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { temporary.Close() })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// readEnv loads dev.env as a shell does.
func readEnv(t *testing.T, path string) map[string]string {
	t.Helper()
	text, err := exec.Command("sh", "-c", `. "$0" && env`, path).Output()
	if err != nil {
		t.Fatal(err)
	}
	env := make(map[string]string)
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		env[name] = value
	}
	return env
}

// wait returns how the process ended.
func (p *devProcess) wait(t *testing.T) error {
	t.Helper()
	select {
	case err := <-p.exited:
		p.exited <- err
		return err
	case <-time.After(time.Minute):
		t.Fatalf("spoke dev does not end:\n%s", p.out)
		return nil
	}
}

// identityProvider is an identity provider that reaches every host at 127.0.0.1.
var identityProvider = &http.Client{Transport: &http.Transport{
	MaxIdleConnsPerHost: 32,
	DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		_, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		return new(net.Dialer).DialContext(ctx, network, net.JoinHostPort("127.0.0.1", port))
	},
}}

// request sends a SCIM request and returns the status and the body. An error means that no answer came.
func (p *devProcess) request(ctx context.Context, method, path, body string) (int, map[string]any, error) {
	return request(ctx, p.env["SPOKE_TENANT_URL"], p.env[secretName], method, path, body)
}

func request(ctx context.Context, url, secret, method, path, body string) (int, map[string]any, error) {
	r, err := http.NewRequestWithContext(ctx, method, url+path, strings.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("Authorization", "Bearer "+secret)
	r.Header.Set("Content-Type", "application/scim+json")
	response, err := identityProvider.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, nil, err
	}
	var object map[string]any
	if len(text) > 0 {
		if err := json.Unmarshal(text, &object); err != nil {
			return 0, nil, fmt.Errorf("%d %s: %w", response.StatusCode, text, err)
		}
	}
	return response.StatusCode, object, nil
}
