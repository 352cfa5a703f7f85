//go:build unix

package mailpit

import (
	"crypto/x509"
	"net/url"

	"github.com/askspoke/spoke/infra/guard"
)

// A Server is a running Mailpit. It is safe for use by several goroutines.
type Server struct {
	options     Options
	smtp, web   int // ports
	certificate certificate
	guardian    *guard.Guardian
}

// Address returns where mail is sent to: a host and a port.
func (s *Server) Address() string { return address(s.smtp) }

// Web returns where people look at the mail.
func (s *Server) Web() string { return "http://" + address(s.web) + "/" }

// URL returns how a client sends mail to the server, as SPOKE_SMTP_URL has it.
func (s *Server) URL() string {
	u := url.URL{Scheme: "smtp", Host: s.Address()}
	switch s.options.Security {
	case Plain:
		u.RawQuery = "tls=none"
	case StartTLS:
	case TLS:
		u.Scheme = "smtps"
	}
	if s.options.User != "" {
		u.User = url.UserPassword(s.options.User, s.options.Password)
	}
	return u.String()
}

// CertPool returns what a client must trust.
func (s *Server) CertPool() *x509.CertPool { return s.certificate.pool }

// Done is closed when the server is gone, after Stop or by itself.
func (s *Server) Done() <-chan struct{} { return s.guardian.Done() }

// Stop ends the server and deletes what it was sent. A second call waits for the first.
func (s *Server) Stop() error { return s.guardian.Stop() }
