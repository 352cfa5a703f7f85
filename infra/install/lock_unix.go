//go:build unix

package install

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/askspoke/spoke/infra/guard"
)

// lock waits for its turn among this user's processes. The kernel gives it back when the process ends, however it ends.
func lock(ctx context.Context) (unlock func(), err error) {
	path := filepath.Join(os.TempDir(), "spoke-install-"+strconv.Itoa(os.Geteuid())+".lock")
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the lock of installations: %w", err)
	}
	for {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { _ = file.Close() }, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errors.Join(fmt.Errorf("lock installations: %w", err), file.Close())
		}
		if err := guard.Pause(ctx); err != nil {
			return nil, errors.Join(fmt.Errorf("wait for another installation: %w", err), file.Close())
		}
	}
}
