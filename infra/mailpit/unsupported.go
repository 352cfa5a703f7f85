//go:build !unix

package mailpit

import (
	"context"
	"errors"
)

// A Server is a running Mailpit; there is none on this system.
type Server struct{}

// Start returns an error on this system: its processes cannot be guarded as Unix ones are.
func Start(context.Context, Options) (*Server, error) {
	return nil, errors.New("a private mail server is run on Unix systems alone")
}
