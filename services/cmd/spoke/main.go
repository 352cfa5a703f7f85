// Command spoke is all of Spoke in one binary: the product on this machine (dev), its roles in production (serve), and
// what an operator does from the shell (migrate, tenant, operator).
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/urfave/cli/v3"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	err := command().Run(ctx, os.Args)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "spoke:", err)
		os.Exit(exitCode(err))
	}
}

func command() *cli.Command {
	root := &cli.Command{
		Name:    "spoke",
		Usage:   "provision users and groups into your service over SCIM 2.0, for many tenants",
		Version: version,
		Suggest: true,
		Commands: []*cli.Command{
			devCommand(), serveCommand(), migrateCommand(), tenantCommand(), operatorCommand(),
		},
		// Errors are printed once, by main.
		ExitErrHandler: func(context.Context, *cli.Command, error) {},
	}
	refuseUsage(root)
	return root
}
