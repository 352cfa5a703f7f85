//go:build unix

package guard

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/askspoke/spoke/infra/fixture"
)

// keeps makes the test binary keep a directory until it is killed.
const keeps = "SPOKE_TEST_KEEPS"

func TestMain(m *testing.M) {
	if dir := os.Getenv(keeps); dir != "" {
		kept, err := Temporary(dir)
		if err != nil {
			panic(err)
		}
		os.Stdout.WriteString("kept\n")
		_, _ = io.Copy(io.Discard, os.Stdin) // for ever: nobody closes it
		_ = kept.Close()
		return
	}
	os.Exit(m.Run())
}

func filled(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "it's -a $dir\n")
	if err := errors.Join(os.Mkdir(dir, 0o700), os.WriteFile(filepath.Join(dir, "file"), []byte("text"), 0o600)); err != nil {
		t.Fatal(err)
	}
	return dir
}

func gone(dir string) bool { _, err := os.Stat(dir); return errors.Is(err, fs.ErrNotExist) }

func TestTemporary(t *testing.T) {
	t.Parallel()
	dir := filled(t)
	kept, err := Temporary(dir)
	if err != nil {
		t.Fatal(err)
	}
	if gone(dir) {
		t.Error("it is gone at once")
	}
	if err := kept.Close(); err != nil || !gone(dir) {
		t.Errorf("after Close: %v, gone %v", err, gone(dir))
	}
}

// A process that is killed leaves nothing.
func TestTemporaryOfTheKilled(t *testing.T) {
	t.Parallel()
	dir := filled(t)
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), keeps+"="+dir)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(stdout, make([]byte, len("kept\n"))); err != nil {
		t.Fatal(err)
	}
	if gone(dir) {
		t.Error("it is gone while it is needed")
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	fixture.Eventually(t, "the directory is gone", func() bool { return gone(dir) })
}
