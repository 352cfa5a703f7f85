package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/user"
	"strconv"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/askspoke/spoke/tenancy/operator"
)

// hereStop is how long a call that a command has left may take to end.
const hereStop = time.Minute

// withApp gives a command the parts over the database that the environment names.
func withApp(action func(context.Context, *cli.Command, *app) error) cli.ActionFunc {
	return func(ctx context.Context, c *cli.Command) error {
		if err := checkArguments(c); err != nil {
			return err
		}
		s, err := readSettings()
		if err != nil {
			return err
		}
		a, err := compose(ctx, s, slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})))
		if err != nil {
			return err
		}
		return errors.Join(action(ctx, c, a), a.close())
	}
}

// runHere runs a command against the very API that spoke serve runs, within this process, at a loopback port that only
// this process has a credential for. The audit log names the user of the operating system.
func runHere(ctx context.Context, c *cli.Command, action func(context.Context, *cli.Command, *shellAPI) error) error {
	return withApp(func(ctx context.Context, c *cli.Command, a *app) (err error) {
		if err := a.prepare(ctx, c); err != nil {
			return err
		}
		var config net.ListenConfig
		l, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
		if err != nil {
			return fmt.Errorf("listen for the onboarding API: %w", err)
		}
		stop := a.serveHere(l)
		defer func() { err = errors.Join(err, stop()) }()
		who := shellUser()
		secret := a.operator.Admit(operator.Identity{Actor: operator.ShellActor(who), Name: who, Role: operator.Admin})
		api, err := newAPI("http://"+l.Addr().String(), secret.Reveal())
		if err != nil {
			return err
		}
		return explainNotFound(c, action(ctx, c, api))
	})(ctx, c)
}

// prepare migrates the control schema for a command that makes a tenant, so that the first one needs nothing before it.
func (a *app) prepare(ctx context.Context, c *cli.Command) error {
	err := a.tenants.CheckControl(ctx)
	if err == nil {
		return nil
	}
	if c.Name == "create" || c.Name == "import" {
		return a.tenants.MigrateControl(ctx)
	}
	return fmt.Errorf("%w: run spoke migrate first", err)
}

// serveHere serves the API. What it returns ends that, after the calls that are under way.
func (a *app) serveHere(l net.Listener) (stop func() error) {
	server := &http.Server{Handler: a.api.Handler(), ReadHeaderTimeout: 10 * time.Second}
	jobs, end := context.WithCancel(context.Background())
	ended := make(chan error, 2)
	go func() { ended <- a.api.Run(jobs) }()
	go func() { ended <- server.Serve(l) }()
	return func() error {
		ctx, cancel := context.WithTimeout(context.Background(), hereStop)
		defer cancel()
		err := server.Shutdown(ctx)
		end()
		for range cap(ended) {
			if e := <-ended; !errors.Is(e, http.ErrServerClosed) {
				err = errors.Join(err, e)
			}
		}
		return err
	}
}

// shellUser is who runs this process.
func shellUser() string {
	if u, err := user.Current(); err == nil {
		return cmp.Or(u.Username, u.Uid)
	}
	return strconv.Itoa(os.Getuid())
}
