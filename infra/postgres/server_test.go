//go:build unix

package postgres

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"
)

func TestTemporaryServerLeavesNothing(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	server := startServer(t, Options{Log: &log})
	if got := query(t, server.URL(), "SELECT current_setting('fsync')"); got != "off" {
		t.Errorf("fsync = %q, want off", got)
	}
	if got := query(t, server.URL(), "SELECT pg_backend_pid() <> 0 AND inet_server_addr() = '127.0.0.1'"); got != "true" {
		t.Errorf("on loopback = %q, want true", got)
	}
	if err := errors.Join(server.Stop(), server.Stop(), server.Err()); err != nil {
		t.Errorf("stop twice: %v", err)
	}
	if !gone(server.PID()) || !gone(server.guardian.Cmd.Process.Pid) {
		t.Error("a process runs on")
	}
	if _, err := os.Stat(server.Dir()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the temporary directory is there: %v", err)
	}
	if lines := strings.Count(log.String(), "\n"); lines != 1 {
		t.Errorf("want one line for the user, got %q", log.String())
	}
}

func TestDataSurvivesARestart(t *testing.T) {
	t.Parallel()
	opts := Options{DataDir: dataDir(t), Fsync: true, Settings: map[string]string{"max_connections": "17"}}
	first := startServer(t, opts)
	query(t, first.URL(), "CREATE TABLE kept AS SELECT 'still here' AS word; SELECT word FROM kept")
	if err := first.Stop(); err != nil {
		t.Fatal(err)
	}
	second := startServer(t, opts)
	if got := query(t, second.URL(), "SELECT word FROM kept"); got != "still here" {
		t.Errorf("word = %q", got)
	}
	if got := query(t, second.URL(), "SHOW max_connections"); got != "17" {
		t.Errorf("max_connections = %s, want the caller's 17", got)
	}
	if got := query(t, second.URL(), "SHOW fsync"); got != "on" {
		t.Errorf("fsync = %s, want on", got)
	}
	info, err := os.Stat(second.dir.password())
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the password's file: %v, %v; want mode 0600", info.Mode(), err)
	}
}

func TestKilledPostmasterIsReportedAndRecovered(t *testing.T) {
	t.Parallel()
	opts := Options{DataDir: dataDir(t), Fsync: true}
	first := startServer(t, opts)
	query(t, first.URL(), "CREATE TABLE kept AS SELECT 'recovered' AS word; SELECT word FROM kept")
	if err := syscall.Kill(first.PID(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-first.Done()
	if first.Err() == nil || !strings.Contains(first.Err().Error(), "ended by itself") {
		t.Errorf("Err = %v, want that it ended by itself", first.Err())
	}
	second := startServer(t, opts)
	if got := query(t, second.URL(), "SELECT word FROM kept"); got != "recovered" {
		t.Errorf("word = %q", got)
	}
}

func TestWrongPasswordIsRefused(t *testing.T) {
	t.Parallel()
	server := startServer(t, Options{})
	db, err := sql.Open("postgres", strings.Replace(server.URL(), server.password, "wrong", 1))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.PingContext(t.Context()); err == nil {
		t.Error("a wrong password was accepted")
	}
}

func TestFailedStartShowsTheLog(t *testing.T) {
	t.Parallel()
	_, err := Start(t.Context(), Options{Settings: map[string]string{"shared_buffers": "nonsense"}})
	if err == nil || !strings.Contains(err.Error(), `invalid value for parameter "shared_buffers"`) {
		t.Errorf("err = %v, want the server's own words", err)
	}
}

func TestCancelledStart(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Start(ctx, Options{}); err == nil {
		t.Error("a start with a cancelled context succeeded")
	}
}
