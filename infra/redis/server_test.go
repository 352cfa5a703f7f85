//go:build unix

package redis

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	client "github.com/redis/go-redis/v9"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/infra/guard"
)

// helperVariable makes the test binary a process that starts a server, says so, and waits.
const helperVariable = "SPOKE_REDIS_HELPER"

func TestMain(m *testing.M) {
	if os.Getenv(helperVariable) == "" {
		os.Exit(m.Run())
	}
	server, err := Start(context.Background(), Options{})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(server.PID(), server.guardian.Cmd.Process.Pid, server.dir)
	<-server.Done()
}

func startServer(t *testing.T, opts Options) *Server {
	t.Helper()
	server, err := Start(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Stop() })
	return server
}

// gone reports whether no process of the number runs; one that waits to be collected by its parent does not.
func gone(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err == nil {
		_, rest, _ := strings.Cut(string(stat), ") ")
		return strings.HasPrefix(rest, "Z")
	}
	return !guard.Alive(pid)
}

func TestServer(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	server := startServer(t, Options{Log: &log})
	options, err := client.ParseURL(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	c := client.NewClient(options)
	defer c.Close()
	if err := c.Set(t.Context(), "a", "b", 0).Err(); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(log.String(), server.Password()) || !strings.Contains(log.String(), "redis: ") {
		t.Errorf("it said %q", log.String())
	}
	options.Password = "wrong"
	stranger := client.NewClient(options)
	defer stranger.Close()
	if err := stranger.Ping(t.Context()).Err(); err == nil || !strings.Contains(err.Error(), "WRONGPASS") {
		t.Errorf("a wrong password: %v", err)
	}
	if err := server.Stop(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(server.dir); !errors.Is(err, os.ErrNotExist) || !gone(server.PID()) {
		t.Errorf("after Stop the directory: %v, the process is gone: %v", err, gone(server.PID()))
	}
	again := startServer(t, Options{Port: server.Port(), Password: server.Password()})
	if again.URL() != server.URL() {
		t.Error("it is not in the place of the first")
	}
}

// A server that hangs is stopped too.
func TestHungServerIsStopped(t *testing.T) {
	t.Parallel()
	server := startServer(t, Options{})
	if err := syscall.Kill(server.PID(), syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if err := server.Stop(); err != nil {
		t.Error(err)
	}
	if !gone(server.PID()) {
		t.Error("it is still there")
	}
}

func TestFailedStartShowsTheLog(t *testing.T) {
	t.Parallel()
	_, err := Start(t.Context(), Options{Settings: map[string]string{"maxmemory": "nonsense"}})
	if err == nil || !strings.Contains(err.Error(), "maxmemory") {
		t.Errorf("err = %v, want the server's own words", err)
	}
}

func TestKilledProcessLeavesNoServer(t *testing.T) {
	t.Parallel()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), helperVariable+"=yes")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	var server, guardian int
	var dir string
	if _, err := fmt.Sscan(line, &server, &guardian, &dir); err != nil {
		t.Fatalf("the helper said %q", line)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	fixture.Eventually(t, "the server and its guardian are gone", func() bool { return gone(server) && gone(guardian) })
	fixture.Eventually(t, "the directory is gone", func() bool { _, err := os.Stat(dir); return errors.Is(err, os.ErrNotExist) })
}

func TestKilledGuardianTakesTheServerAlong(t *testing.T) {
	t.Parallel()
	server := startServer(t, Options{})
	if err := syscall.Kill(server.guardian.Cmd.Process.Pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-server.Done()
	fixture.Eventually(t, "the server is gone", func() bool { return gone(server.PID()) })
	if err := server.Stop(); err == nil {
		t.Error("want an error, because nobody asked it to stop")
	}
}
