//go:build unix

package postgres

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestForeignDirectoryIsRefused(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	if err := os.MkdirAll(filepath.Join(dir, "photos"), 0o755); err != nil {
		t.Fatal(err)
	}
	_, err := Start(t.Context(), Options{DataDir: dir})
	if err == nil || !strings.Contains(err.Error(), "photos") {
		t.Errorf("err = %v, want that it holds photos", err)
	}
}

func TestUnreachableDirectoryIsReplaced(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root's directories are out of the server's reach")
	}
	account, err := findOwner()
	if err != nil {
		t.Fatal(err)
	}
	home, shared := t.TempDir(), dataDir(t)
	if err := os.Chmod(home, 0o700); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(home, "postgres")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	first, err := account.place(dir, shared, Options{Log: &log})
	if err != nil {
		t.Fatal(err)
	}
	if filepath.Dir(first) != shared || !strings.Contains(log.String(), first) {
		t.Errorf("placed in %s, want below %s; said %q", first, shared, log.String())
	}
	again, err := account.place(dir, shared, Options{})
	if err != nil || again != first {
		t.Errorf("the second time %s, %v; want %s", again, err, first)
	}
	if info, err := os.Stat(home); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the home's mode became %v, %v", info.Mode(), err)
	}
}

func TestStalePidFileIsRemoved(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	first := startServer(t, Options{DataDir: dir})
	if err := first.Stop(); err != nil {
		t.Fatal(err)
	}
	// This process is alive, and no Postgres of that cluster.
	stale := filepath.Join(dir, "cluster", "postmaster.pid")
	if err := os.WriteFile(stale, []byte("1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	startServer(t, Options{DataDir: dir})
}
