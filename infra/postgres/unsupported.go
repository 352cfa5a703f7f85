//go:build !unix

package postgres

import (
	"context"
	"errors"
)

// A Server is a running Postgres; there is none on this system.
type Server struct{}

// Start returns an error on this system: its processes cannot be guarded as Unix ones are.
func Start(context.Context, Options) (*Server, error) {
	return nil, errors.New("a private Postgres is run on Unix systems alone: name the URL of one that runs")
}

// URL returns nothing.
func (*Server) URL() string { return "" }

// PID returns zero.
func (*Server) PID() int { return 0 }

// Dir returns nothing.
func (*Server) Dir() string { return "" }

// Version returns nothing.
func (*Server) Version() string { return "" }

// Done returns nil.
func (*Server) Done() <-chan struct{} { return nil }

// Err returns nil.
func (*Server) Err() error { return nil }

// Stop does nothing.
func (*Server) Stop() error { return nil }
