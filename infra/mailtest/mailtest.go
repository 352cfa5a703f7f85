//go:build unix

// Package mailtest gives a test a mail server of its own, which the test can take away and give back, and whose
// connections it can break.
//
// A test is never skipped for want of it: it is built, or the test fails and says what is missing.
package mailtest

import (
	"context"
	"net/url"
	"testing"
	"time"

	"github.com/askspoke/spoke/infra/mailpit"
)

// Server is a mail server of one test. It is gone when the test ends, also when the test is killed.
type Server struct {
	*mailpit.Server

	t testing.TB
}

// Start returns a new, empty server. Tests that call it may run in parallel.
func Start(t testing.TB, options mailpit.Options) *Server {
	t.Helper()
	s := &Server{t: t}
	s.start(options)
	t.Cleanup(func() { _ = s.Stop() }) // what the test did to it is not an error
	return s
}

func (s *Server) start(options mailpit.Options) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute) // a first build takes long
	defer cancel()
	server, err := mailpit.Start(ctx, options)
	if err != nil {
		s.t.Fatalf("no mail server for tests: %v", err)
	}
	s.Server = server
}

// Away ends the server: connections break, new ones are refused, and what it was sent is gone.
func (s *Server) Away() {
	s.t.Helper()
	if err := s.Stop(); err != nil {
		s.t.Fatal(err)
	}
}

// Back has the server answer again after Away, empty.
func (s *Server) Back() {
	s.t.Helper()
	s.start(mailpit.Options{Like: s.Server})
}

// Messages returns all mails that the server was sent, with their texts, the newest first.
func (s *Server) Messages() []mailpit.Message {
	s.t.Helper()
	list := s.Summaries()
	for i, m := range list {
		var err error
		if list[i], err = s.Message(s.t.Context(), m.ID); err != nil {
			s.t.Fatal(err)
		}
	}
	return list
}

// Summaries returns all mails that the server was sent, without their texts, the newest first.
func (s *Server) Summaries() []mailpit.Message {
	s.t.Helper()
	list, err := s.List(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	return list
}

// at returns a URL with another host.
func at(t testing.TB, text, host string) string {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	u.Host = host
	return u.String()
}
