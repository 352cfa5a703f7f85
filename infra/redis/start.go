//go:build unix

package redis

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/askspoke/spoke/infra/guard"
)

const (
	retries         = 20 // of a start that found its free port taken
	readyWithin     = 20 * time.Second
	fastWithin      = 2 * time.Second
	immediateWithin = time.Second
)

// Start runs a server and returns when it answers. ctx bounds the start alone: the server runs until Stop or until this
// process ends.
func Start(ctx context.Context, opts Options) (*Server, error) {
	binary, err := locate(ctx, opts)
	if err != nil {
		return nil, fmt.Errorf("start redis: %w", err)
	}
	for try := 0; ; try++ {
		server, err := start(ctx, binary, opts)
		if err == nil {
			opts.notef("redis: %s on port %d", binary, server.port)
			return server, nil
		}
		taken := strings.Contains(err.Error(), "Address already in use") && opts.Port == 0
		if try == retries || !taken || ctx.Err() != nil {
			return nil, fmt.Errorf("start redis: %w", err)
		}
	}
}

// start tries to start a server once.
func start(ctx context.Context, binary string, opts Options) (*Server, error) {
	s := &Server{port: opts.Port, password: opts.Password}
	var err error
	if s.port == 0 {
		if s.port, err = guard.FreePort(); err != nil {
			return nil, err
		}
	}
	if s.password == "" {
		s.password = rand.Text()
	}
	if s.dir, err = os.MkdirTemp("", "spoke-redis-"); err != nil {
		return nil, fmt.Errorf("make a directory: %w", err)
	}
	if err := s.launch(binary, opts); err != nil {
		return nil, errors.Join(err, os.RemoveAll(s.dir))
	}
	if err := s.awaitReady(ctx); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

// launch starts the server under its guardian. The password is in a file of ours, since arguments can be read by all.
func (s *Server) launch(binary string, opts Options) error {
	file := filepath.Join(s.dir, "redis.conf")
	if err := os.WriteFile(file, []byte(opts.configuration(s.dir, s.password, s.port)), 0o600); err != nil {
		return fmt.Errorf("write redis.conf: %w", err)
	}
	log, err := os.OpenFile(filepath.Join(s.dir, "server.log"), os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("open the log: %w", err)
	}
	s.guardian, err = guard.Start(guard.Command{
		Name: "redis", Path: binary, Args: []string{file}, Dir: s.dir,
		Env: []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "TZ=UTC"}, Log: log,
		Fast: fastWithin, Immediate: immediateWithin, Temporary: s.dir, Gone: s.awaitGone,
	})
	if err != nil {
		return errors.Join(err, log.Close())
	}
	return nil
}

// awaitReady waits until the server answers to its password, which another on its port would not.
func (s *Server) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	for {
		pid, err := s.ask(ctx)
		if err == nil {
			s.pid = pid
			return nil
		}
		select {
		case <-s.Done():
			return s.guardian.Err()
		default:
		}
		if guard.Pause(ctx) != nil {
			return fmt.Errorf("not ready within %v: %w; its log ends with\n%s", readyWithin, err, s.guardian.LogTail())
		}
	}
}
