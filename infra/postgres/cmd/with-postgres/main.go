// Command with-postgres runs a command with a Postgres of its own, which is deleted afterwards:
//
//	go run ./infra/postgres/cmd/with-postgres -- go test ./...
//
// The command finds the server's URL in SPOKE_TEST_DATABASE_URL. When that is already set, the server it names is used
// and none is started. The exit code is the command's.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"

	"github.com/askspoke/spoke/infra/postgres"
)

// variable tells the command where its Postgres is.
const variable = "SPOKE_TEST_DATABASE_URL"

func main() {
	args := os.Args[1:]
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	if len(args) == 0 {
		fmt.Fprintln(os.Stderr, "usage: with-postgres -- command [argument ...]")
		os.Exit(2)
	}
	code, err := run(args)
	if err != nil {
		fmt.Fprintln(os.Stderr, "with-postgres:", err)
	}
	os.Exit(code)
}

// run returns the exit code: the command's, or 1 when the server could not be started or stopped.
func run(args []string) (code int, err error) {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, passedOn...)
	url := os.Getenv(variable)
	if url == "" {
		server, err := start(signals)
		if err != nil {
			return 1, err
		}
		defer func() {
			if stopErr := server.Stop(); stopErr != nil {
				code, err = 1, errors.Join(err, stopErr)
			}
		}()
		url = server.URL()
	}
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = append(os.Environ(), variable+"="+url)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := cmd.Start(); err != nil {
		return 1, fmt.Errorf("run the command: %w", err)
	}
	go func() {
		for s := range signals {
			if !fromTerminal(s) {
				_ = cmd.Process.Signal(s) // it may have ended by now
			}
		}
	}()
	return exitCode(cmd.Wait())
}

// start starts the server and gives up at the first signal.
func start(signals <-chan os.Signal) (*postgres.Server, error) {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	go func() {
		select {
		case s := <-signals:
			cancel(fmt.Errorf("stopped by %v", s))
		case <-ctx.Done():
		}
	}()
	return postgres.Start(ctx, postgres.Options{Log: os.Stderr})
}

// exitCode is the command's exit code as a shell would give it, 128 and the signal's number when a signal ended it.
func exitCode(err error) (int, error) {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0, nil
	case !errors.As(err, &exit):
		return 1, fmt.Errorf("run the command: %w", err)
	default:
		return statusOf(exit), nil
	}
}
