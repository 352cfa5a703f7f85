//go:build unix

package promserver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/askspoke/spoke/infra/guard"
)

const (
	retries         = 20 // of a start that found its free port taken
	readyWithin     = 30 * time.Second
	fastWithin      = 5 * time.Second
	immediateWithin = time.Second
)

// A Server is a running Prometheus. It is safe for use by several goroutines.
type Server struct {
	dir      string
	port     int
	guardian *guard.Guardian
}

// URL returns where the server is.
func (s *Server) URL() string { return "http://" + s.address() }

func (s *Server) address() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)) }

// Done is closed when the server is gone, after Stop or by itself; Err says why then.
func (s *Server) Done() <-chan struct{} { return s.guardian.Done() }

// Err returns nil while the server runs and after a Stop, and otherwise why it ended.
func (s *Server) Err() error { return s.guardian.Err() }

// Stop ends the server, and deletes what it kept. A second call waits for the first.
func (s *Server) Stop() error { return s.guardian.Stop() }

// Start runs a server and returns when it is ready. ctx bounds the start alone: the server runs until Stop or until this
// process ends.
func Start(ctx context.Context, o Options) (*Server, error) {
	binary, err := Locate(ctx, Prometheus, o.Log)
	if err != nil {
		return nil, fmt.Errorf("start prometheus: %w", err)
	}
	for try := 0; ; try++ {
		s, err := start(ctx, binary, o)
		if err == nil {
			if o.Log != nil {
				_, _ = fmt.Fprintf(o.Log, "prometheus: %s at %s\n", binary, s.URL())
			}
			return s, nil
		}
		taken := strings.Contains(err.Error(), "address already in use") && o.Port == 0
		if try == retries || !taken || ctx.Err() != nil {
			return nil, fmt.Errorf("start prometheus: %w", err)
		}
	}
}

// start tries to start a server once.
func start(ctx context.Context, binary string, o Options) (*Server, error) {
	s := &Server{port: o.Port}
	var err error
	if s.port == 0 {
		if s.port, err = guard.FreePort(); err != nil {
			return nil, err
		}
	}
	if s.dir, err = os.MkdirTemp("", "spoke-prometheus-"); err != nil {
		return nil, fmt.Errorf("make a directory: %w", err)
	}
	if err := s.launch(binary, o); err != nil {
		return nil, errors.Join(err, os.RemoveAll(s.dir))
	}
	if err := s.awaitReady(ctx); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

func (s *Server) launch(binary string, o Options) error {
	config, err := o.configuration()
	if err != nil {
		return err
	}
	file := filepath.Join(s.dir, "prometheus.yml")
	if err := os.WriteFile(file, config, 0o600); err != nil {
		return fmt.Errorf("write prometheus.yml: %w", err)
	}
	log, err := os.OpenFile(filepath.Join(s.dir, "server.log"), os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("open the log: %w", err)
	}
	s.guardian, err = guard.Start(guard.Command{
		Name: "prometheus", Path: binary, Dir: s.dir, Env: []string{"PATH=" + os.Getenv("PATH"), "TZ=UTC"}, Log: log,
		Args: []string{
			"--config.file=" + file, "--storage.tsdb.path=" + filepath.Join(s.dir, "data"),
			"--web.listen-address=" + s.address(), "--log.level=warn",
		},
		Fast: fastWithin, Immediate: immediateWithin, Temporary: s.dir, Gone: s.awaitGone,
	})
	if err != nil {
		return errors.Join(err, log.Close())
	}
	return nil
}

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
			return fmt.Errorf("prometheus on port %d does not stop: %w", s.port, err)
		}
	}
}

// awaitReady waits until the server has loaded its configuration, rules included.
func (s *Server) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	for {
		if s.ready(ctx) {
			return nil
		}
		select {
		case <-s.Done():
			return s.Err()
		default:
		}
		if guard.Pause(ctx) != nil {
			return fmt.Errorf("not ready within %v; its log ends with\n%s", readyWithin, s.guardian.LogTail())
		}
	}
}

func (s *Server) ready(ctx context.Context) bool {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL()+"/-/ready", http.NoBody)
	if err != nil {
		return false
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return false
	}
	response.Body.Close()
	return response.StatusCode == http.StatusOK
}
