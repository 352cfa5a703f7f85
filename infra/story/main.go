//go:build unix

// Command story plays what can happen to the provisioning of three customers, against the real parts on this machine: a
// throw-away Postgres, spoke serve, Prometheus with Spoke's rules, and a mail server. Time passes 240 times faster for
// Spoke's health and for the rules, so that a day of an identity provider is six minutes:
//
//	go run ./infra/story
//
// What is told in each act is also checked: of the state and its forecast in the onboarding API, of /metrics, of the alerts
// that Prometheus has, and of the mail that came. What does not come to be ends the story with an error. The package's test
// plays the same story.
//
// There are three customers because there is a limit to the mail of each: six a day, which is six minutes here. Their
// identity providers run all the time, each in its own cycles.
//
// Invariants: nothing is waited for but by looking whether it has come to be; nothing is left running.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/term"
)

func main() {
	pace := flag.Int("pace", fastest, "how many times faster time passes: a slower one is easier to follow")
	keep := flag.Bool("keep", false, "leave everything running at the end, to look around, until Ctrl-C")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	err := tell(ctx, *pace, *keep)
	switch {
	case ctx.Err() != nil:
		fmt.Fprintln(os.Stderr, "story: everything is stopped")
		if err != nil {
			os.Exit(130)
		}
	case err != nil:
		fmt.Fprintln(os.Stderr, "story:", err)
		os.Exit(1)
	}
}

// The paces: what Spoke takes, and what people have the patience for.
const (
	fastest = 240
	slowest = 30
)

func tell(ctx context.Context, pace int, keep bool) (err error) {
	if pace < slowest || pace > fastest {
		return fmt.Errorf("-pace must be from %d to %d", slowest, fastest)
	}
	p := newPrinter(os.Stdout, term.IsTerminal(int(os.Stdout.Fd())) && os.Getenv("NO_COLOR") == "")
	p.prologue(pace)
	s, err := setUp(ctx, options{pace: pace, log: os.Stdout})
	if s != nil {
		defer func() { err = errors.Join(err, s.stop()) }()
	}
	if err != nil {
		return err
	}
	p.begin()
	if err := s.play(ctx, p); err != nil {
		return err
	}
	if keep {
		p.keeps(s)
		<-ctx.Done()
	}
	return nil
}
