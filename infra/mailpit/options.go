package mailpit

import (
	"crypto/x509"
	"io"
)

// Security is how a client's connection is protected.
type Security int

// The kinds of security.
const (
	Plain    Security = iota // not at all
	StartTLS                 // TLS after STARTTLS, which the server insists on
	TLS                      // TLS from the first byte
)

// Options says which Mailpit Start runs. The zero value is one without TLS and password on free ports.
type Options struct {
	// Log receives a line for each thing that the user should know. May be nil.
	Log      io.Writer
	Security Security
	// User and Password are what a client must give; empty: nothing.
	User, Password string
	// Recipients is a regular expression of the addresses that mail is taken for; empty: any.
	Recipients string
	// Name is the one that its certificate is for; empty: the loopback interface.
	Name string
	// Like is a server in whose place this one comes, when it has stopped: with its ports, its certificate and nothing
	// of its mail.
	Like *Server
}

// certificate is a server's own, signed by itself.
type certificate struct {
	pool      *x509.CertPool
	cert, key []byte // PEM
}
