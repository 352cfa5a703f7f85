//go:build !unix

package redis

import (
	"context"
	"errors"
)

// A Server is a running Redis; there is none on this system.
type Server struct{}

// Start returns an error on this system: its processes cannot be guarded as Unix ones are.
func Start(context.Context, Options) (*Server, error) {
	return nil, errors.New("a private Redis is run on Unix systems alone")
}

// URL returns nothing.
func (*Server) URL() string { return "" }

// Port returns zero.
func (*Server) Port() int { return 0 }

// Password returns nothing.
func (*Server) Password() string { return "" }

// PID returns zero.
func (*Server) PID() int { return 0 }

// Done returns nil.
func (*Server) Done() <-chan struct{} { return nil }

// Stop does nothing.
func (*Server) Stop() error { return nil }
