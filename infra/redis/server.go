//go:build unix

package redis

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strconv"
	"time"

	client "github.com/redis/go-redis/v9"

	"github.com/askspoke/spoke/infra/guard"
)

// A Server is a running Redis. It is safe for use by several goroutines.
type Server struct {
	dir      string
	guardian *guard.Guardian
	port     int
	pid      int
	password string
}

// URL returns where the server is, with its password.
func (s *Server) URL() string {
	u := url.URL{Scheme: "redis", User: url.UserPassword("", s.password), Host: s.address()}
	return u.String()
}

func (s *Server) address() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)) }

// Port returns the port on 127.0.0.1, and Password the default user's, to start another in this one's place.
func (s *Server) Port() int { return s.port }

// Password returns the default user's password.
func (s *Server) Password() string { return s.password }

// PID returns the server's process.
func (s *Server) PID() int { return s.pid }

// Done is closed when the server is gone, after Stop or by itself.
func (s *Server) Done() <-chan struct{} { return s.guardian.Done() }

// Stop ends the server, within a few seconds also one that hangs. A second call waits for the first.
func (s *Server) Stop() error { return s.guardian.Stop() }

// awaitGone waits until the port is free, which it is already unless the guardian was killed.
func (s *Server) awaitGone() error {
	ctx, cancel := context.WithTimeout(context.Background(), fastWithin+immediateWithin+5*time.Second)
	defer cancel()
	for {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", s.address())
		if err != nil {
			return nil
		}
		_ = conn.Close()
		if err := guard.Pause(ctx); err != nil {
			return fmt.Errorf("redis on port %d does not stop: %w", s.port, err)
		}
	}
}

var processID = regexp.MustCompile(`process_id:(\d+)`)

// ask returns the server's process, as it says itself.
func (s *Server) ask(ctx context.Context) (pid int, err error) {
	options, err := client.ParseURL(s.URL())
	if err != nil {
		return 0, fmt.Errorf("read our own URL: %w", err)
	}
	options.MaxRetries, options.DialerRetries, options.ContextTimeoutEnabled, options.DisableIdentity = -1, 1, true, true
	c := client.NewClient(options)
	defer c.Close()
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	info, err := c.Info(ctx, "server").Result()
	if err != nil {
		return 0, fmt.Errorf("ask redis for its process: %w", err)
	}
	found := processID.FindStringSubmatch(info)
	if found == nil {
		return 0, errors.New("redis does not say its process")
	}
	return strconv.Atoi(found[1])
}
