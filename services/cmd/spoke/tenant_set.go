package main

import (
	"context"
	"errors"
	"fmt"
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
		Description: "Unique group names: where two groups have one name already, they are listed and nothing changes. Groups that are\n" +
			"written before every server has heard are looked at by spoke serve some minutes later; should two of them have come\n" +
			"to share a name by then, it takes the setting back and logs their names.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "profile", Usage: "auto (tolerant) or strict"},
			&cli.BoolFlag{Name: "unique-group-names", Usage: "refuse a second group of the same displayName; =false lets two have one"},
		},
		Action: withApp(setTenant),
	}
}

func setTenant(ctx context.Context, c *cli.Command, a *app) error {
	var change lifecycle.Change
	if c.IsSet("profile") {
		profile := tenancy.Profile(c.String("profile"))
		change.Profile = &profile
	}
	if c.IsSet("unique-group-names") {
		unique := c.Bool("unique-group-names")
		change.UniqueGroupNames = &unique
	}
	if change == (lifecycle.Change{}) {
		return errors.New("say what to set: --profile auto|strict or --unique-group-names=true|false")
	}
	t, err := a.tenantArgument(ctx, c)
	if err != nil {
		return err
	}
	before := t.Settings.UniqueGroupNames
	t, err = a.tenants.Update(ctx, t.ID, 0, change)
	var shared *directory.SharedNamesError
	var wrong *tenancy.SettingError
	switch {
	case errors.As(err, &shared):
		return fmt.Errorf("%w: rename them first. The settings are as they were", shared)
	case errors.As(err, &wrong):
		return wrong
	case err != nil:
		return err
	}
	fmt.Printf("Tenant %s: profile %s, unique group names %t\n", t.Slug, t.Settings.Profile, t.Settings.UniqueGroupNames)
	if t.Settings.UniqueGroupNames && !before {
		fmt.Printf("Names that are written until every server has heard are made unique by spoke serve after %s.\n",
			lifecycle.DefaultSettle.Round(time.Second))
	}
	return nil
}

// directoryOf returns the directory of a tenant.
func (a *app) directoryOf(t tenancy.Tenant) directory.Store {
	d := directory.New(a.db, &journal.Recorder{DB: a.db})
	return d.Store(tenantdb.SchemaFor(t.ID), t.Settings.UniqueGroupNames)
}
