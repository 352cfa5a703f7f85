package main

import (
	"context"
	"fmt"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/askspoke/spoke/services/onboarding/client"
)

// settingFlags are those that create and set have both.
func settingFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "name", Usage: "the tenant's `NAME` for people"},
		&cli.StringFlag{Name: "profile", Usage: "`PROFILE`: auto (tolerates what identity providers send) or strict (keeps to the RFC)"},
		&cli.BoolFlag{Name: "unique-group-names", Usage: "refuse a second group of the same displayName; =false lets two have one"},
		&cli.StringFlag{Name: "plan", Usage: "the `PLAN` that the tenant has bought; \"\": none"},
		&cli.StringSliceFlag{Name: "notify", Usage: "mail `ADDRESS` that is told when provisioning goes wrong; may be repeated; \"\": nobody"},
	}
}

// newSettings returns what the flags say of the settings, nil for nothing.
func newSettings(c *cli.Command) *client.NewSettings {
	var s client.NewSettings
	if c.IsSet("profile") {
		profile := client.Profile(c.String("profile"))
		s.Profile = &profile
	}
	if c.IsSet("unique-group-names") {
		unique := c.Bool("unique-group-names")
		s.UniqueGroupNames = &unique
	}
	if c.IsSet("plan") {
		plan := c.String("plan")
		s.Plan = &plan
	}
	if c.IsSet("notify") {
		addresses := []string{}
		for _, a := range c.StringSlice("notify") {
			if a != "" {
				addresses = append(addresses, a)
			}
		}
		s.Notify = &addresses
	}
	if s == (client.NewSettings{}) {
		return nil
	}
	return &s
}

func setCommand() *cli.Command {
	return &cli.Command{
		Name: "set", Usage: "change the name and the settings of a tenant; every server follows within a second", ArgsUsage: "SLUG",
		Description: "What is not named stays as it is:\n\n" +
			"  spoke tenant set acme --profile strict --notify it@acme.com,ops@acme.com\n" +
			"  spoke tenant set acme --guard-percent 10 --guard-window 30m\n\n" +
			"Unique group names: where two groups have one name already, it is refused and names them. Groups that are written\n" +
			"before every server has heard are looked at some minutes later; should two of them have come to share a name by\n" +
			"then, the worker of spoke serve takes the setting back and logs their names.",
		Flags: append(settingFlags(),
			&cli.IntFlag{Name: "guard-count", HideDefault: true, Usage: "hold deletions when there are more than `N` within the window"},
			&cli.IntFlag{Name: "guard-percent", HideDefault: true, Usage: "… or more than `N` percent of the directory; 100: no matter"},
			&cli.IntFlag{Name: "guard-minimum", HideDefault: true, Usage: "… which holds from `N` deletions on"},
			&cli.DurationFlag{Name: "guard-window", HideDefault: true, Usage: "the `TIME` of the window, such as 1h"},
			jsonFlag(),
		),
		Action: withAPI(setTenant),
	}
}

func setTenant(ctx context.Context, c *cli.Command, api *shellAPI) error {
	guard := c.IsSet("guard-count") || c.IsSet("guard-percent") || c.IsSet("guard-minimum") || c.IsSet("guard-window")
	settings := newSettings(c)
	if settings == nil && !guard && !c.IsSet("name") {
		return usage("say what to set: %s --help lists the settings", c.FullName())
	}
	change := client.TenantChange{Settings: settings}
	if c.IsSet("name") {
		name := c.String("name")
		change.Name = &name
	}
	for attempt := 1; ; attempt++ {
		before, response, err := exchange[client.Tenant](api.GetTenant(ctx, c.Args().First()))
		if err != nil {
			return err
		}
		if guard {
			if change.Settings == nil {
				change.Settings = &client.NewSettings{}
			}
			change.Settings.Guard = newGuard(c, before.Settings.Guard)
		}
		tag := response.Header.Get("ETag")
		t, err := call[client.Tenant](api.UpdateTenant(ctx, before.ID, &client.UpdateTenantParams{IfMatch: &tag}, change))
		if refusedAs(err, "precondition-failed") && attempt < 5 { // somebody changed something else: what was asked for stands
			continue
		}
		if err != nil {
			return err
		}
		return printTenant(c, t)
	}
}

// newGuard returns a guard with what the flags say.
func newGuard(c *cli.Command, g client.Guard) *client.Guard {
	for name, part := range map[string]*int{"guard-count": &g.Count, "guard-percent": &g.Percent, "guard-minimum": &g.Minimum} {
		if c.IsSet(name) {
			*part = c.Int(name)
		}
	}
	if c.IsSet("guard-window") {
		g.WindowSeconds = int(c.Duration("guard-window") / time.Second)
	}
	return &g
}

// said tells people what was done, and scripts what there is now.
func said(c *cli.Command, v any, format string, arguments ...any) error {
	if c.Bool("json") {
		return printJSON(v)
	}
	_, err := fmt.Println(plain(fmt.Sprintf(format, arguments...)))
	return err
}
