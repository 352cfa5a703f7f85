package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/askspoke/spoke/infra/postgres"
	"github.com/askspoke/spoke/observability/logging"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/lifecycle"
)

// devSlug is the tenant that dev begins with.
const devSlug tenancy.Slug = "example"

func devCommand() *cli.Command {
	return &cli.Command{
		Name:  "dev",
		Usage: "run all of Spoke on this machine, with a Postgres of its own",
		Description: "Starts a private Postgres (unless SPOKE_DATABASE_URL or --database-url names one), migrates it, creates the\n" +
			"tenant example, and prints its URL, its secret token and a link to its console. Ctrl-C stops everything; the data stays.\n\n" +
			"Plans are in plans.json of --data-dir, which is made at the first start and is yours to change. Where --addr is of this\n" +
			"machine alone, single sign-on can be tried with an identity provider on it, which may speak http.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "addr", Value: "127.0.0.1:8080", Usage: "where SCIM is served"},
			&cli.StringFlag{Name: "metrics-addr", Value: "127.0.0.1:9090", Usage: "where /metrics, /healthz and /readyz are served"},
			&cli.StringFlag{Name: "data-dir", Value: ".spoke", Usage: "where the data, the token and the key are kept"},
			&cli.StringFlag{Name: "database-url", Usage: "use this Postgres rather than a private one (SPOKE_DATABASE_URL)"},
			&cli.FloatFlag{Name: "pace", Value: 1, Usage: "how many times faster than the clock the time of health passes, as SPOKE_PACE: at 60, an hour's silence of a provider is a minute's"},
			&cli.StringFlag{Name: "log-level", Value: "warn", Usage: "debug, info, warn or error; info shows every request"},
		},
		Action: dev,
	}
}

func dev(ctx context.Context, c *cli.Command) (err error) {
	database, err := devDatabase(c.String("database-url"))
	if err != nil {
		return err
	}
	dir, err := filepath.Abs(c.String("data-dir"))
	if err != nil {
		return fmt.Errorf("find --data-dir: %w", err)
	}
	if pace := c.Float("pace"); !(pace >= 1 && pace <= fastest) { // nor is it a number that compares with none
		return fmt.Errorf("--pace is %g: it must be from 1 to %d", pace, fastest)
	}
	state, err := openDevState(dir)
	if err != nil {
		return err
	}
	log, err := logging.New(os.Stderr, logging.Text, c.String("log-level"))
	if err != nil {
		return err
	}
	s := settings{
		DatabaseURL: database, BaseDomain: "localhost", TokenKey: state.key, PublicScheme: "http",
		PlansFile: state.plans, Pace: c.Float("pace"),
		Addr: c.String("addr"), MetricsAddr: c.String("metrics-addr"), MaxConnections: 32, Prepared: 100, RateLimits: true, Journal: true, Metrics: true, Shutdown: 10 * time.Second,
	}
	// The ports first: what fails at once must not cost the start of a database.
	l, err := listen(ctx, s, roles)
	if err != nil {
		return fmt.Errorf("%w; choose others with --addr and --metrics-addr", err)
	}
	defer l.close()
	s.PublicPort = l.scim.Addr().(*net.TCPAddr).Port
	// Whom others on the network reach does not ask this network's hosts for them.
	s.PrivateIDPs = l.scim.Addr().(*net.TCPAddr).IP.IsLoopback()

	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if s.DatabaseURL == "" {
		server, err := startPostgres(ctx, dir, cancel)
		if err != nil {
			return err
		}
		s.DatabaseURL = server.URL()
		defer func() { err = errors.Join(err, server.Stop()) }()
	}
	if err := serveDev(ctx, s, l, state, log); err != nil {
		return err
	}
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		return cause
	}
	return nil
}

// devDatabase chooses the database: the flag's, else the environment's, else "". One that a dev.env put there, which this
// shell has loaded, is the private one of another start, and not meant.
func devDatabase(flag string) (string, error) {
	name, url := "--database-url", flag
	if flag == "" {
		name, url = "SPOKE_DATABASE_URL", os.Getenv("SPOKE_DATABASE_URL")
		if url == "" {
			return "", nil
		}
		if mark := os.Getenv(devMark); mark != "" {
			fmt.Fprintf(os.Stderr, "spoke: not using SPOKE_DATABASE_URL, which %s set\n", filepath.Join(mark, envFile))
			return "", nil
		}
	}
	_, err := readDatabaseURL(name, url)
	return url, err
}

// startPostgres starts the private Postgres, whose end by itself ends dev.
func startPostgres(ctx context.Context, dir string, cancel context.CancelCauseFunc) (*postgres.Server, error) {
	server, err := postgres.Start(ctx, postgres.Options{DataDir: filepath.Join(dir, "postgres"), Log: os.Stderr, Fsync: true})
	var busy *postgres.InUseError
	if errors.As(err, &busy) {
		return nil, fmt.Errorf("another spoke dev (process %d) uses %s: stop it, or choose another --data-dir", busy.PID, dir)
	}
	if err != nil {
		return nil, fmt.Errorf("start Postgres: %w", err)
	}
	go func() {
		<-server.Done()
		if err := server.Err(); err != nil {
			cancel(fmt.Errorf("postgres ended: %w", err))
		}
	}()
	return server, nil
}

func serveDev(ctx context.Context, s settings, l listeners, state *devState, log *slog.Logger) (err error) {
	a, err := open(ctx, s, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.close()) }()
	if err := a.tenants.MigrateControl(ctx); err != nil {
		return err
	}
	if err := a.tenants.MigrateAll(ctx, nil); err != nil {
		return err
	}
	offered, err := s.plans()
	if err != nil {
		return err
	}
	defaults := tenancy.DefaultSettings()
	defaults.Plan = devPlan(offered)
	example, err := a.tenants.Create(ctx, lifecycle.NewTenant{Slug: devSlug, Name: "Example", Settings: defaults, Ensure: true})
	if err != nil {
		return err
	}
	if err := state.ensureToken(ctx, a, example); err != nil {
		return err
	}
	if err := state.ensureKey(ctx, a); err != nil {
		return err
	}
	console, err := state.consoleLinks(ctx, a, example)
	if err != nil {
		return err
	}
	values := []devValue{
		{"SPOKE_TENANT_URL", a.tenantURL(devSlug)},
		{secretName, state.secret},
		{"SPOKE_API_URL", a.apiURL()},
		{keyName, state.apiKey},
		{"SPOKE_DATABASE_URL", s.DatabaseURL},
		{"SPOKE_CONSOLE_URL", a.origin(a.hosts.Host(devSlug)) + "/"},
		{"SPOKE_METRICS_URL", "http://" + l.ops.Addr().String() + "/metrics"},
		{"SPOKE_BASE_DOMAIN", s.BaseDomain},
		{"SPOKE_PUBLIC_SCHEME", s.PublicScheme},
		{"SPOKE_PUBLIC_PORT", strconv.Itoa(s.PublicPort)},
		{"SPOKE_TOKEN_KEY", state.key},
		{"SPOKE_PLANS", s.PlansFile},
		{"SPOKE_PACE", strconv.FormatFloat(s.Pace, 'f', -1, 64)},
		{devMark, state.dir},
	}
	if err := state.write(values); err != nil {
		return err
	}
	state.greet(values, console, l)
	return a.run(ctx, l, roles)
}
