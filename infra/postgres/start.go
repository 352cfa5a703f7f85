//go:build unix

package postgres

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/askspoke/spoke/infra/guard"
)

// retries is how often a start is tried again that failed for a reason which passes.
const (
	retries    = 20
	retryAfter = 250 * time.Millisecond
)

// Start runs a server and returns when it accepts connections. ctx bounds the start alone: the server runs until Stop
// or until this process ends. It returns an *InUseError when another process uses the data directory.
func Start(ctx context.Context, opts Options) (*Server, error) {
	for try := 0; ; try++ {
		server, err := start(ctx, opts)
		if err == nil {
			opts.notef("postgres: version %s on port %d, data in %s", server.binaries.Version, server.port, server.dir.path)
			return server, nil
		}
		if try == retries || !passes(err, opts) {
			return nil, fmt.Errorf("start postgres: %w", err)
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("start postgres: %w", err)
		case <-time.After(retryAfter):
		}
	}
}

// passes reports whether a failure is one that time mends: someone took the free port before the server did, or the
// processes of a server that was killed have not all ended.
func passes(err error, opts Options) bool {
	text := err.Error()
	return opts.Port == 0 && strings.Contains(text, "could not bind") ||
		strings.Contains(text, "shared memory block") && strings.Contains(text, "still in use")
}

// start tries to start a server once.
func start(ctx context.Context, opts Options) (*Server, error) {
	dir, binaries, err := prepare(ctx, opts)
	if err != nil {
		return nil, err
	}
	lock, err := dir.lock()
	if err != nil {
		return nil, err
	}
	server, err := dir.startServer(ctx, binaries, lock, opts)
	if err != nil {
		_ = lock.Close() // a server that was started and failed has closed it already
		if dir.temporary {
			_ = os.RemoveAll(dir.path)
		}
		return nil, err
	}
	return server, nil
}

// prepare finds the binaries and the directory. The binaries come first: to install them can make the account that
// the directory is for.
func prepare(ctx context.Context, opts Options) (directory, Binaries, error) {
	binaries, err := locate(ctx, opts, 0)
	if err != nil {
		return directory{}, Binaries{}, err
	}
	account, err := findOwner()
	if err != nil {
		return directory{}, Binaries{}, err
	}
	dir, err := openDirectory(opts, account)
	if err != nil {
		return directory{}, Binaries{}, err
	}
	if made := dir.major(); made != 0 && made != binaries.Major {
		binaries, err = locate(ctx, opts, made)
	}
	return dir, binaries, err
}

// startServer makes the cluster when there is none and starts a server on it.
func (d directory) startServer(ctx context.Context, b Binaries, lock *os.File, opts Options) (*Server, error) {
	password, err := d.readPassword()
	if err != nil {
		return nil, err
	}
	if err := d.awaitPrevious(ctx, opts); err != nil {
		return nil, err
	}
	if d.major() == 0 {
		if err := d.initialise(ctx, b, password, opts.Fsync); err != nil {
			return nil, err
		}
	}
	port := opts.Port
	if port == 0 {
		if port, err = guard.FreePort(); err != nil {
			return nil, err
		}
	}
	guardian, err := d.guard(b, opts.settings(port), lock)
	if err != nil {
		return nil, err
	}
	server := &Server{dir: d, binaries: b, guardian: guardian, port: port, password: password}
	return server, server.awaitReady(ctx)
}
