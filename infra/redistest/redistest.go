//go:build unix

// Package redistest gives a test a Redis of its own, which the test can take away, hang and give back.
//
// A test is never skipped for want of Redis: the server is found or installed, or the test fails and says what is missing.
package redistest

import (
	"context"
	"syscall"
	"testing"
	"time"

	"github.com/askspoke/spoke/infra/redis"
)

// Server is a Redis of one test. It is gone when the test ends, also when the test is killed.
type Server struct {
	URL string // with its password; the same after Back

	t       testing.TB
	process *redis.Server
	hung    bool
}

// Start returns a new, empty server. Tests that call it may run in parallel.
func Start(t testing.TB) *Server {
	t.Helper()
	s := &Server{t: t}
	s.start(redis.Options{})
	s.URL = s.process.URL()
	t.Cleanup(func() { _ = s.process.Stop() }) // what the test did to it is not an error
	return s
}

func (s *Server) start(options redis.Options) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute) // an installation takes long
	defer cancel()
	process, err := redis.Start(ctx, options)
	if err != nil {
		s.t.Fatalf("no Redis for tests: %v", err)
	}
	s.process = process
}

// Away kills the server: connections break and new ones are refused.
func (s *Server) Away() {
	s.t.Helper()
	s.signal(syscall.SIGKILL)
	<-s.process.Done()
}

// Hang stops the server without ending it: connections stay open and nothing is answered.
func (s *Server) Hang() {
	s.t.Helper()
	s.signal(syscall.SIGSTOP)
	s.hung = true
}

// Back has the server answer again after Hang, with what it had, or after Away, empty.
func (s *Server) Back() {
	s.t.Helper()
	if s.hung {
		s.hung = false
		s.signal(syscall.SIGCONT)
		return
	}
	s.start(redis.Options{Port: s.process.Port(), Password: s.process.Password()})
}

func (s *Server) signal(signal syscall.Signal) {
	s.t.Helper()
	if err := syscall.Kill(s.process.PID(), signal); err != nil {
		s.t.Fatalf("signal Redis: %v", err)
	}
}
