//go:build unix

package guard

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
)

// Temporary has a directory deleted when this process has ended, by whatever means, or when what it returns is closed. A shell
// does it, which is as a guardian without a server.
func Temporary(dir string) (io.Closer, error) {
	theirs, ours, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("make the pipe of %s: %w", dir, err)
	}
	defer theirs.Close()
	cmd := exec.Command("/bin/sh", "-c", `while read -r _; do :; done; cd / && rm -rf "$1"`, "spoke-temporary-guardian", dir)
	cmd.Dir, cmd.Stdin, cmd.SysProcAttr = "/", theirs, &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("start the guardian of %s: %w", dir, err), ours.Close())
	}
	return &temporary{ours, cmd}, nil
}

type temporary struct {
	lifeline *os.File
	cmd      *exec.Cmd
}

// Close deletes the directory, and waits for that.
func (t *temporary) Close() error { return errors.Join(t.lifeline.Close(), t.cmd.Wait()) }
