//go:build unix

package mailpit

import (
	"context"
	"crypto/sha1" //nolint:gosec // see users
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/askspoke/spoke/infra/guard"
)

const (
	retries         = 20 // of a start that found a free port taken
	readyWithin     = 20 * time.Second
	fastWithin      = 2 * time.Second
	immediateWithin = time.Second
)

// Start runs a server and returns when it answers. ctx bounds the start alone: the server runs until Stop or until this
// process ends.
func Start(ctx context.Context, opts Options) (*Server, error) {
	binary, err := build(ctx)
	if err != nil {
		return nil, fmt.Errorf("start mailpit: %w", err)
	}
	for try := 0; ; try++ {
		server, err := start(ctx, binary, opts)
		if err == nil {
			if opts.Log != nil {
				_, _ = fmt.Fprintf(opts.Log, "mailpit: SMTP at %s, to be read at %s\n", server.Address(), server.Web())
			}
			return server, nil
		}
		taken := strings.Contains(err.Error(), "address already in use") && opts.Like == nil
		if try == retries || !taken || ctx.Err() != nil {
			return nil, fmt.Errorf("start mailpit: %w", err)
		}
	}
}

// start tries to start a server once.
func start(ctx context.Context, binary string, opts Options) (*Server, error) {
	s := &Server{options: opts}
	var err error
	if like := opts.Like; like != nil {
		s.options = like.options
		s.smtp, s.web, s.certificate = like.smtp, like.web, like.certificate
	} else {
		if s.smtp, err = guard.FreePort(); err != nil {
			return nil, err
		}
		if s.web, err = guard.FreePort(); err != nil {
			return nil, err
		}
		if s.certificate, err = newCertificate(opts.Name); err != nil {
			return nil, err
		}
	}
	dir, err := os.MkdirTemp("", "spoke-mailpit-")
	if err != nil {
		return nil, fmt.Errorf("make a directory: %w", err)
	}
	if err := s.launch(binary, dir); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if err := s.awaitReady(ctx); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

// launch starts the server under its guardian. What is secret is in files of ours.
func (s *Server) launch(binary, dir string) error {
	for name, content := range map[string][]byte{
		"cert.pem": s.certificate.cert, "key.pem": s.certificate.key, "users": users(s.options.User, s.options.Password),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
	}
	log, err := os.OpenFile(filepath.Join(dir, "server.log"), os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("open the log: %w", err)
	}
	s.guardian, err = guard.Start(guard.Command{
		Name: "mailpit", Path: binary, Args: s.arguments(dir), Dir: dir,
		Env: []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "TZ=UTC"}, Log: log,
		Fast: fastWithin, Immediate: immediateWithin, Temporary: dir, Gone: s.awaitGone,
	})
	if err != nil {
		return errors.Join(err, log.Close())
	}
	return nil
}

// users returns a file in htpasswd's form with one user, whose password may have any characters.
func users(user, password string) []byte {
	sum := sha1.Sum([]byte(password)) //nolint:gosec // the form has no other hash of the standard library's, and it is deleted with the server
	return []byte(user + ":{SHA}" + base64.StdEncoding.EncodeToString(sum[:]) + "\n")
}

func (s *Server) arguments(dir string) []string {
	list := []string{
		"--smtp", s.Address(), "--listen", address(s.web), "--database", filepath.Join(dir, "mail"), "--max", "0",
		"--disable-version-check", "--smtp-disable-rdns", "--enable-chaos", "--use-message-dates",
	}
	if s.options.Security != Plain {
		list = append(list, "--smtp-tls-cert", filepath.Join(dir, "cert.pem"), "--smtp-tls-key", filepath.Join(dir, "key.pem"))
	}
	switch s.options.Security {
	case Plain:
		list = append(list, "--smtp-auth-allow-insecure")
	case StartTLS:
		list = append(list, "--smtp-require-starttls")
	case TLS:
		list = append(list, "--smtp-require-tls")
	}
	if s.options.User != "" {
		list = append(list, "--smtp-auth-file", filepath.Join(dir, "users"))
	}
	if s.options.Recipients != "" {
		list = append(list, "--smtp-allowed-recipients", s.options.Recipients)
	}
	return list
}

// awaitReady waits until the server answers at both of its ports.
func (s *Server) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	for {
		_, err := s.Count(ctx)
		if err == nil {
			err = s.reach(ctx)
		}
		if err == nil {
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

// awaitGone waits until the ports are free, which they are already unless the guardian was killed.
func (s *Server) awaitGone() error {
	ctx, cancel := context.WithTimeout(context.Background(), fastWithin+immediateWithin+5*time.Second)
	defer cancel()
	for s.reach(ctx) == nil {
		if err := guard.Pause(ctx); err != nil {
			return fmt.Errorf("mailpit at %s does not stop: %w", s.Address(), err)
		}
	}
	return nil
}

// reach says whether something listens where mail is taken.
func (s *Server) reach(ctx context.Context) error {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", s.Address())
	if err != nil {
		return err
	}
	return conn.Close()
}

func address(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }
