package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/urfave/cli/v3"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

func setCommand() *cli.Command {
	return &cli.Command{
		Name: "set", Usage: "change the settings of a tenant; every server follows within a second", ArgsUsage: "SLUG",
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
	before, s := t.Settings, t.Settings
	if c.IsSet("profile") {
		if s.Profile = tenancy.Profile(c.String("profile")); !s.Profile.Valid() {
			return fmt.Errorf("there is no profile %q: it is auto or strict", s.Profile)
		}
	}
	if c.IsSet("unique-group-names") {
		s.UniqueGroupNames = c.Bool("unique-group-names")
	}
	if err := a.tenants.SetSettings(ctx, t.ID, s); err != nil {
		return err
	}
	if s.UniqueGroupNames && !before.UniqueGroupNames {
		if err := a.directoryOf(t).UniteGroupNames(ctx); err != nil {
			err = errors.Join(err, a.tenants.SetSettings(ctx, t.ID, before))
			return fmt.Errorf("%w: rename them first. The settings are as they were", err)
		}
	}
	fmt.Printf("Tenant %s: profile %s, unique group names %t\n", t.Slug, s.Profile, s.UniqueGroupNames)
	return nil
}

// directoryOf returns the directory of a tenant.
func (a *app) directoryOf(t tenancy.Tenant) directory.Store {
	d := directory.New(a.db, &journal.Recorder{DB: a.db})
	return d.Store(tenantdb.SchemaFor(t.ID), t.Settings.UniqueGroupNames)
}
