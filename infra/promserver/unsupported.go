//go:build !unix

package promserver

import (
	"context"
	"errors"
)

// A Server is a running Prometheus; there is none on this system.
type Server struct{}

// Start returns an error on this system: its processes cannot be guarded as Unix ones are.
func Start(context.Context, Options) (*Server, error) {
	return nil, errors.New("a private Prometheus is run on Unix systems alone")
}

// URL returns nothing.
func (*Server) URL() string { return "" }

// Done returns nil.
func (*Server) Done() <-chan struct{} { return nil }

// Err returns nil.
func (*Server) Err() error { return nil }

// Stop does nothing.
func (*Server) Stop() error { return nil }
