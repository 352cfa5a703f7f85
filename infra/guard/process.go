//go:build unix

package guard

import (
	"context"
	"errors"
	"syscall"
	"time"
)

// PollEvery is how often what gives no sign is looked at.
const PollEvery = 20 * time.Millisecond

// Pause waits for one poll. The error is ctx's.
func Pause(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(PollEvery):
		return nil
	}
}

// Alive reports whether there is a process of that number.
func Alive(pid int) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}
