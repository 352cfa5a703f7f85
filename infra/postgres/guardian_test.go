//go:build unix

package postgres

import (
	"errors"
	"os"
	"syscall"
	"testing"

	"github.com/askspoke/spoke/infra/fixture"
)

func TestKilledProcessLeavesNoServer(t *testing.T) {
	t.Parallel()
	for name, dir := range map[string]string{"temporary": "", "kept": dataDir(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := startHelper(t, dir)
			if err := h.cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			fixture.Eventually(t, "the postmaster is gone", func() bool { return gone(h.postmaster) })
			fixture.Eventually(t, "the guardian is gone", func() bool { return gone(h.guardian) })
			_, err := os.Stat(h.dir)
			if exists := err == nil; exists != (dir != "") {
				t.Errorf("the directory exists: %v", exists)
			}
		})
	}
}

func TestServerOfAKilledProcessIsWaitedFor(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	h := startHelper(t, dir)
	if err := h.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = h.cmd.Wait()
	server := startServer(t, Options{DataDir: dir})
	if server.PID() == h.postmaster {
		t.Error("the old server was taken for the new one")
	}
}

func TestSecondProcessIsRefused(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	h := startHelper(t, dir)
	_, err := Start(t.Context(), Options{DataDir: dir})
	var inUse *InUseError
	if !errors.As(err, &inUse) || inUse.PID != h.cmd.Process.Pid {
		t.Errorf("err = %v, want that process %d uses it", err, h.cmd.Process.Pid)
	}
}

func TestKilledGuardianTakesTheServerAlong(t *testing.T) {
	t.Parallel()
	server := startServer(t, Options{DataDir: dataDir(t)})
	if err := syscall.Kill(server.guardian.Cmd.Process.Pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-server.Done()
	fixture.Eventually(t, "the server is gone", func() bool { return gone(server.PID()) })
	if server.Err() == nil {
		t.Error("want an error, because nobody asked it to stop")
	}
}

func TestSignalToTheSessionOfTheGuardianStopsTheServer(t *testing.T) {
	t.Parallel()
	server := startServer(t, Options{})
	if err := syscall.Kill(server.guardian.Cmd.Process.Pid, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-server.Done()
	fixture.Eventually(t, "the server is gone", func() bool { return gone(server.PID()) })
}

func TestServerIsOutOfTheTerminalsReach(t *testing.T) {
	t.Parallel()
	server := startServer(t, Options{})
	group, err := syscall.Getpgid(server.PID())
	if err != nil {
		t.Fatal(err)
	}
	if group == syscall.Getpgrp() || group != server.guardian.Cmd.Process.Pid {
		t.Errorf("the server is in process group %d, want the guardian's", group)
	}
}
