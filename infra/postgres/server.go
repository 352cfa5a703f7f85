//go:build unix

package postgres

import (
	"net"
	"net/url"
	"strconv"

	"github.com/askspoke/spoke/infra/guard"
)

// A Server is a running Postgres. It is safe for use by several goroutines.
type Server struct {
	dir      directory
	binaries Binaries
	guardian *guard.Guardian
	port     int
	pid      int
	password string
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
func (s *Server) Done() <-chan struct{} { return s.guardian.Done() }

// Err returns nil while the server runs and after a Stop, and otherwise why it ended, with the end of its log.
func (s *Server) Err() error { return s.guardian.Err() }

// Stop ends the server: its clients are disconnected and what they committed is written; a server that does not end
// within half a minute is stopped the hard way, from which it recovers at the next start. A second call waits for the
// first. A temporary directory is gone when Stop returns.
func (s *Server) Stop() error { return s.guardian.Stop() }
