package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/askspoke/spoke/observability/logging"
)

// roles are the parts of Spoke that a process may run.
var roles = []string{roleGateway, roleOnboarding, roleConsole, roleWorker}

const (
	roleGateway    = "gateway"    // SCIM
	roleOnboarding = "onboarding" // the tenant onboarding API
	roleConsole    = "console"    // the admin console, of tenants and of operators
	roleWorker     = "worker"     // what has to be done from time to time; at least one process must
)

func serveCommand() *cli.Command {
	return &cli.Command{
		Name:        "serve",
		Usage:       "run Spoke in production",
		Description: environment,
		Flags: []cli.Flag{&cli.StringSliceFlag{
			Name: "role", Usage: "the parts to run: " + strings.Join(roles, ", "), Value: roles,
		}},
		Action: serve,
	}
}

func serve(ctx context.Context, c *cli.Command) error {
	run := c.StringSlice("role")
	for _, role := range run {
		if !slices.Contains(roles, role) {
			return fmt.Errorf("there is no role %q: the roles are %s", role, strings.Join(roles, ", "))
		}
	}
	s, err := readSettings()
	if err != nil {
		return err
	}
	log, err := logging.New(os.Stderr, logging.Format(s.LogFormat), s.LogLevel.String())
	if err != nil {
		return err
	}
	a, err := open(ctx, s, log)
	if err != nil {
		return err
	}
	defer a.close()
	if err := a.tenants.CheckControl(ctx); err != nil {
		return fmt.Errorf("%w: run spoke migrate first", err)
	}
	l, err := listen(ctx, s, run)
	if err != nil {
		return fmt.Errorf("%w; choose others with SPOKE_ADDR and SPOKE_METRICS_ADDR", err)
	}
	address := []any{"metrics_address", l.ops.Addr().String(), "version", version, "roles", run}
	if l.scim != nil {
		address = append(address, "scim_address", l.scim.Addr().String(), "api_host", s.apiHost(), "console_host", s.consoleHost())
	}
	log.Info("serving", address...)
	if !s.Journal {
		log.Warn("SPOKE_JOURNAL is false: changes are not journaled, which is for a benchmark alone")
	}
	if !s.Metrics {
		log.Warn("SPOKE_METRICS is false: requests are not counted, which is for a benchmark alone")
	}
	err = a.run(ctx, l, run)
	log.Info("stopped")
	return err
}
