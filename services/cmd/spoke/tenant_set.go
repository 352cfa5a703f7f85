package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

func setCommand() *cli.Command {
	return &cli.Command{
		Name: "set", Usage: "change the settings of a tenant; every server follows within a second", ArgsUsage: "SLUG",
		Description: "Unique group names take some minutes: the names that exist are made unique, then every server has to have heard,\n" +
			"then the names that were written meanwhile are. Where two groups have one name, or broken off, nothing changes.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "profile", Usage: "auto (tolerant) or strict"},
			&cli.BoolFlag{Name: "unique-group-names", Usage: "refuse a second group of the same displayName; =false lets two have one"},
		},
		Action: withApp(setTenant),
	}
}

func setTenant(ctx context.Context, c *cli.Command, a *app) error {
	if !c.IsSet("profile") && !c.IsSet("unique-group-names") {
		return errors.New("say what to set: --profile auto|strict or --unique-group-names=true|false")
	}
	t, err := a.tenantArgument(ctx, c)
	if err != nil {
		return err
	}
	settings := t.Settings
	if c.IsSet("profile") {
		if settings.Profile = tenancy.Profile(c.String("profile")); !settings.Profile.Valid() {
			return fmt.Errorf("there is no profile %q: it is auto or strict", settings.Profile)
		}
	}
	if c.IsSet("unique-group-names") {
		settings.UniqueGroupNames = c.Bool("unique-group-names")
	}
	if err := a.tenants.SetSettings(ctx, t.ID, settings); err != nil {
		return err
	}
	if c.Bool("unique-group-names") { // also where it was set: a run that was killed may have left names out
		if err := uniteGroupNames(ctx, a.directoryOf(t), lifecycle.DefaultSettle, printWait); err != nil {
			return a.restoreSettings(ctx, t, err)
		}
	}
	fmt.Printf("Tenant %s: profile %s, unique group names %t\n", t.Slug, settings.Profile, settings.UniqueGroupNames)
	return nil
}

func printWait(d time.Duration) {
	fmt.Fprintf(os.Stderr, "The names that exist are unique. Waiting %s, until every server has heard, to look again; Ctrl-C leaves the settings as they were.\n", d)
}

// uniteGroupNames makes the names of groups unique twice: those that exist and, settle later, those that were written
// meanwhile by a server that had not heard of the setting. waiting is called between.
func uniteGroupNames(ctx context.Context, d directory.Store, settle time.Duration, waiting func(time.Duration)) error {
	if err := d.UniteGroupNames(ctx); err != nil {
		return err
	}
	waiting(settle)
	timer := time.NewTimer(settle)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return fmt.Errorf("wait for every server: %w", ctx.Err())
	case <-timer.C:
	}
	return d.UniteGroupNames(ctx)
}

// restoreSettings gives a tenant the settings that it had, also where ctx has ended, and returns why as an error.
func (a *app) restoreSettings(ctx context.Context, before tenancy.Tenant, why error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := a.tenants.SetSettings(ctx, before.ID, before.Settings); err != nil {
		return errors.Join(why, fmt.Errorf("the settings could not be put back: %w", err))
	}
	var shared *directory.SharedNamesError
	if errors.As(why, &shared) {
		return fmt.Errorf("%w: rename them first. The settings are as they were", why)
	}
	return fmt.Errorf("%w. The settings are as they were", why)
}

// directoryOf returns the directory of a tenant.
func (a *app) directoryOf(t tenancy.Tenant) directory.Store {
	d := directory.New(a.db, &journal.Recorder{DB: a.db})
	return d.Store(tenantdb.SchemaFor(t.ID), t.Settings.UniqueGroupNames)
}
