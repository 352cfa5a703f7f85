//go:build unix

package postgres

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/askspoke/spoke/infra/guard"
)

// previousWithin is how long a server that is being stopped may take: as long as its guardian lets it, and a little.
const previousWithin = fastWithin + immediateWithin + 5*time.Second

// lock reserves the directory for this process. The kernel gives it back when the process ends, however it ends.
func (d directory) lock() (*os.File, error) {
	file, err := os.OpenFile(filepath.Join(d.path, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the lock of the data directory: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		defer file.Close()
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("lock the data directory %s: %w", d.path, err)
		}
		holder, _ := os.ReadFile(file.Name())
		pid, _ := strconv.Atoi(strings.TrimSpace(string(holder)))
		return nil, &InUseError{Dir: d.path, PID: pid}
	}
	if err := errors.Join(file.Truncate(0), writeAt(file, strconv.Itoa(os.Getpid()))); err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("note our process in the lock: %w", err)
	}
	return file, nil
}

func writeAt(file *os.File, text string) error {
	_, err := file.WriteAt([]byte(text), 0)
	return err
}

// awaitPrevious waits until a server that an earlier process left behind is gone: its guardian is stopping it. A lock
// file of the server's whose process is not one is removed, since Postgres would take a stranger of that pid for itself.
func (d directory) awaitPrevious(ctx context.Context, opts Options) error {
	deadline := time.Now().Add(previousWithin)
	for noted := false; ; {
		pid := d.postmaster()
		switch {
		case pid == 0:
			return nil
		case !runsIn(pid, d.cluster()):
			if err := os.Remove(d.postmasterFile()); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("remove a stale postmaster.pid: %w", err)
			}
			return nil
		case time.Now().After(deadline):
			return &InUseError{Dir: d.path, PID: pid}
		case !noted:
			noted = true
			opts.notef("postgres: waiting for the previous server (process %d) to stop", pid)
		}
		if err := guard.Pause(ctx); err != nil {
			return err
		}
	}
}

// awaitGone waits until the server that our guardian ran is gone, which it is already unless the guardian was killed.
func (d directory) awaitGone() error {
	ctx, cancel := context.WithTimeout(context.Background(), previousWithin)
	defer cancel()
	for {
		pid := d.postmaster()
		if pid == 0 || !runsIn(pid, d.cluster()) {
			return nil
		}
		if err := guard.Pause(ctx); err != nil {
			return fmt.Errorf("postgres (process %d) does not stop: %w", pid, err)
		}
	}
}

// InUseError says that another process uses the data directory. PID is that process, zero when it is not known.
type InUseError struct {
	Dir string
	PID int
}

func (e *InUseError) Error() string {
	return fmt.Sprintf("the data directory %s is in use by process %d", e.Dir, e.PID)
}
