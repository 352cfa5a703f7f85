package main

import (
	"context"
	"fmt"
	"os"

	"github.com/schollz/progressbar/v3"
	"github.com/urfave/cli/v3"
	"golang.org/x/term"

	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

func migrateCommand() *cli.Command {
	return &cli.Command{
		Name:  "migrate",
		Usage: "bring the control schema and every tenant's schema up to date, and complete tenants that were broken off",
		Description: "Needs SPOKE_DATABASE_URL alone. It may run while Spoke serves, twice at once, and again after a crash:\n" +
			"what is done stays done, and a tenant that fails does not stop the others.",
		Action: func(ctx context.Context, _ *cli.Command) error {
			s, err := shellSettings()
			if err != nil {
				return err
			}
			db, err := tenantdb.Open(ctx, s.DatabaseURL, tenantdb.Options{StatementTimeout: -1})
			if err != nil {
				return err
			}
			defer db.Close()
			return migrate(ctx, lifecycle.New(lifecycle.Config{DB: db}))
		},
	}
}

// migrate migrates everything and shows how far it is.
func migrate(ctx context.Context, tenants *lifecycle.Manager) error {
	if err := tenants.MigrateControl(ctx); err != nil {
		return err
	}
	total := 0
	var bar *progressbar.ProgressBar
	err := tenants.MigrateAll(ctx, func(done, all int) {
		if bar == nil {
			total, bar = all, progress(all, "migrating tenants")
		}
		_ = bar.Set(done) // a bar that cannot be drawn must not stop the work
	})
	if bar != nil {
		_ = bar.Finish()
	}
	if err == nil {
		fmt.Fprintf(os.Stderr, "The control schema and %d tenants are up to date.\n", total)
	}
	return err
}

// progress returns a bar on standard error, which is invisible where nobody looks.
func progress(total int, what string) *progressbar.ProgressBar {
	return progressbar.NewOptions(total,
		progressbar.OptionSetWriter(os.Stderr),
		progressbar.OptionSetDescription(what),
		progressbar.OptionShowCount(),
		progressbar.OptionSetPredictTime(true),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionSetVisibility(term.IsTerminal(int(os.Stderr.Fd()))),
	)
}
