package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/urfave/cli/v3"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	err := command().Run(ctx, os.Args)
	interrupted := ctx.Err() != nil
	stop()
	switch {
	case err != nil && interrupted:
		fmt.Fprintln(os.Stderr, "loadtest: interrupted; everything is stopped")
		os.Exit(130)
	case err != nil:
		fmt.Fprintln(os.Stderr, "loadtest:", err)
		os.Exit(1)
	}
}

func command() *cli.Command {
	d := defaults()
	return &cli.Command{
		Name:        "loadtest",
		Usage:       "load a Spoke on this machine and compare it with a bare server",
		Description: description(),
		HideVersion: true,
		Suggest:     true,
		Flags: []cli.Flag{
			&cli.IntFlag{Name: "clients", Value: d.clients, Usage: "how many clients send at the same time"},
			&cli.IntFlag{Name: "users", Value: d.users, Usage: "users in the directory"},
			&cli.IntFlag{Name: "group", Value: d.group, Usage: "members of the group of member and member-shared"},
			&cli.IntFlag{Name: "large", Value: d.large, Usage: "members of the large group of member-size"},
			&cli.IntFlag{Name: "huge-users", Value: d.hugeUsers, Usage: "users in the huge directory"},
			&cli.IntFlag{Name: "huge-group", Value: d.hugeGroup, Usage: "members of its large group"},
			&cli.DurationFlag{Name: "duration", Value: d.duration, Usage: "of a round"},
			&cli.DurationFlag{Name: "warm-up", Value: d.warmUp, Usage: "of a server, before its first round of a scenario"},
			&cli.IntFlag{Name: "rounds", Value: d.rounds, Usage: "of each server in a scenario"},
			&cli.StringSliceFlag{Name: "only", Usage: "run this `SCENARIO` alone; can be repeated"},
			&cli.StringFlag{Name: "json", Usage: "write the figures to `FILE` as JSON, too"},
			&cli.StringFlag{Name: "profile", Usage: "fetch a CPU profile of each scenario into `DIR`, after its rounds, where Spoke's metrics port serves pprof"},
			&cli.StringFlag{Name: "spoke", Usage: "load this `BINARY` instead of building one"},
			&cli.BoolFlag{Name: "assert", Usage: "exit with 1 when a target is not met"},
		},
		Action: load,
		// Errors are printed once, by main.
		ExitErrHandler: func(context.Context, *cli.Command, error) {},
		Commands: []*cli.Command{{
			Name: bareCommand, Hidden: true, Usage: "be the bare server; its environment says of what",
			Action: func(ctx context.Context, _ *cli.Command) error { return serveBare(ctx) },
		}},
	}
}

// description lists the scenarios for --help.
func description() string {
	var b strings.Builder
	b.WriteString("Starts a private Postgres, spoke serve and the bare server on loopback, and stops them at the end. Drives each\n" +
		"scenario against both in alternating rounds, and prints rates and latencies of both and the ratio of the rates\n" +
		"(the median over the rounds).\n\nScenarios:\n")
	for _, s := range scenarios() {
		mark := " "
		if s.huge {
			mark = "*"
		}
		fmt.Fprintf(&b, "%s %-14s %s\n", mark, s.name, s.what)
	}
	b.WriteString("\n* Runs on a huge directory, of a tenant of its own, which is filled when the first of these is to run: that takes\n" +
		"about 20 seconds. All scenarios together take about ten minutes; --only chooses some.\n")
	return b.String()
}

// load is the action of the command: it runs what the flags say and reports.
func load(ctx context.Context, c *cli.Command) error {
	o := readOptions(c)
	if err := o.check(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, o.bound(), errors.New("the run took far longer than its rounds; it was stopped"))
	defer cancel()
	start := time.Now()
	report, err := run(ctx, o)
	if err != nil {
		return err
	}
	report.writeTable(os.Stdout)
	fmt.Fprintf(os.Stderr, "done in %v\n", time.Since(start).Round(time.Second))
	if o.json != "" {
		if err := report.writeJSON(o.json); err != nil {
			return err
		}
	}
	if missed := report.missed(); o.assert && missed > 0 {
		return fmt.Errorf("%d targets are not met", missed)
	}
	return nil
}
