//go:build unix

package postgres

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strconv"
	"sync"

	"github.com/askspoke/spoke/infra/guard"
)

// A Server is a running Postgres. It is safe for use by several goroutines.
type Server struct {
	dir      directory
	binaries Binaries
	guardian *guard.Guardian
	lock     *os.File
	port     int
	pid      int
	password string

	hangUp   sync.Once
	stopping chan struct{} // closed when a stop was asked for
	done     chan struct{} // closed when the server is gone
	err      error         // why it is gone; read after done
}

// URL returns where the database "postgres" is, with the superuser's name and password.
func (s *Server) URL() string {
	u := url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword(superuser, s.password),
		Host:     net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)),
		Path:     "postgres",
		RawQuery: "sslmode=disable",
	}
	return u.String()
}

// PID returns the process of the postmaster.
func (s *Server) PID() int { return s.pid }

// Dir returns the directory that holds the cluster and the log.
func (s *Server) Dir() string { return s.dir.path }

// Version returns the server's version, such as "15.18".
func (s *Server) Version() string { return s.binaries.Version }

// Done is closed when the server is gone, after Stop or by itself.
func (s *Server) Done() <-chan struct{} { return s.done }

// Err returns nil while the server runs and after a Stop, and otherwise why it ended, with the end of its log.
func (s *Server) Err() error {
	select {
	case <-s.done:
		return s.err
	default:
		return nil
	}
}

// Stop ends the server: its clients are disconnected and what they committed is written; a server that does not end
// within half a minute is stopped the hard way, from which it recovers at the next start. A second call waits for the
// first. A temporary directory is gone when Stop returns.
func (s *Server) Stop() error {
	s.hangUp.Do(func() {
		close(s.stopping)
		s.guardian.HangUp()
	})
	<-s.done
	return s.err
}

// watch waits for the guardian, which ends when the server has ended.
func (s *Server) watch() {
	_ = s.guardian.Cmd.Wait()
	// A guardian that was killed leaves the server to its second half, which waits for the end of the pipe.
	s.guardian.HangUp()
	err := s.dir.awaitGone()
	select {
	case <-s.stopping:
	default:
		how := s.guardian.Cmd.ProcessState // "exit status 1", "signal: killed"
		err = errors.Join(fmt.Errorf("postgres ended by itself (%v); its log ends with\n%s", how, s.guardian.LogTail()), err)
	}
	if s.dir.temporary {
		err = errors.Join(err, os.RemoveAll(s.dir.path))
	}
	s.err = errors.Join(err, s.guardian.CloseLog(), s.lock.Close())
	close(s.done)
}
