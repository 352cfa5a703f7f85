//go:build !unix

package chromium

import (
	"context"
	"errors"
	"io"
)

// A Process is a running Chromium; there is none on this system.
type Process struct {
	Commands io.WriteCloser
	Events   io.ReadCloser
}

// Start returns an error on this system: its processes cannot be guarded as Unix ones are.
func Start(context.Context, Options) (*Process, error) {
	return nil, errors.New("a private Chromium is run on Unix systems alone")
}

// Done returns nil.
func (*Process) Done() <-chan struct{} { return nil }

// Err returns nil.
func (*Process) Err() error { return nil }

// Stop does nothing.
func (*Process) Stop() error { return nil }
