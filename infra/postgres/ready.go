//go:build unix

package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/askspoke/spoke/infra/guard"
)

// readyWithin bounds a start, after a crash the recovery too.
const readyWithin = 60 * time.Second

// awaitReady waits until the server accepts connections, after a crash also until it has recovered, and stops it when
// that takes too long.
func (s *Server) awaitReady(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	tick := time.NewTicker(guard.PollEvery)
	defer tick.Stop()
	for {
		select {
		case <-s.Done():
			return s.Err()
		case <-limited.Done():
			tail := s.guardian.LogTail()
			return errors.Join(fmt.Errorf("not ready within %v: %w; its log ends with\n%s", readyWithin, limited.Err(), tail), s.Stop())
		case <-tick.C:
			if s.dir.ready() {
				s.pid = s.dir.postmaster()
				return nil
			}
		}
	}
}
