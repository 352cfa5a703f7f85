package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/askspoke/spoke/services/onboarding/client"
)

const tenantHelp = `Each command but admin is a call of the tenant onboarding API; its documentation is at the API's URL.

Say where it is and who you are, best in the environment:

  export SPOKE_API_URL=https://api.askspoke.com
  export SPOKE_API_KEY=spo_…                 # spoke operator key create makes one

spoke dev writes both into .spoke/dev.env:  . .spoke/dev.env

Without SPOKE_API_URL, on a machine with the environment of spoke serve (SPOKE_DATABASE_URL, …), the same API runs within
the command, and its audit log names the user of the operating system.

A tenant is named by its slug or its id. Times are in the zone of this machine; with --json they are in UTC, as the API
writes them. Results go to standard output, everything else to standard error.

Begin with a customer, from nothing to what the identity provider asks for:

  spoke tenant create acme --name "Acme Inc."
  spoke tenant show acme

Move a tenant to another installation:

  spoke tenant export acme | SPOKE_API_URL=https://api.other.example SPOKE_API_KEY=$OTHER_KEY spoke tenant import

` + exitCodes

func tenantCommand() *cli.Command {
	return &cli.Command{
		Name:        "tenant",
		Usage:       "create, list, set up, move and delete tenants, with their tokens, hosts and schemas",
		Description: tenantHelp,
		Flags:       apiFlags(),
		Commands: slices.Concat(
			[]*cli.Command{createCommand(), listCommand(), showCommand(), setCommand()},
			stateCommands(),
			[]*cli.Command{deleteCommand(), exportCommand(), importCommand()},
			[]*cli.Command{healthCommand(), cyclesCommand(), journalCommand(), guardCommand(), deletedCommand()},
			[]*cli.Command{tokenCommand(), clientCommand(), hostCommand(), adminCommand(), linkCommand(), schemaCommand(), auditCommand()},
		),
	}
}

func listCommand() *cli.Command {
	return &cli.Command{
		Name: "list", Usage: "list the tenants, by slug",
		Description: "  spoke tenant list --state suspended\n  spoke tenant list --query acme --json",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "state", Usage: "only those in this `STATE`: creating, importing, active, suspended, paused, deleting or purging"},
			&cli.StringFlag{Name: "query", Usage: "only those whose slug or name has this `TEXT`"},
			&cli.IntFlag{Name: "limit", HideDefault: true, Usage: "at most `N`; 0: all"},
			jsonFlag(),
		},
		Action: withAPI(listTenants),
	}
}

func listTenants(ctx context.Context, c *cli.Command, api *shellAPI) error {
	state := client.TenantState(c.String("state"))
	all, err := pages(c.Int("limit"), func(size int, cursor *string) ([]client.Tenant, *string, error) {
		page, err := call[client.TenantPage](api.ListTenants(ctx, &client.ListTenantsParams{
			Limit: &size, Cursor: cursor, State: optional(state), Query: optional(c.String("query")),
		}))
		return page.Items, page.NextCursor, err
	})
	switch {
	case err != nil:
		return err
	case c.Bool("json"):
		return printJSON(all)
	case len(all) == 0 && (state != "" || c.String("query") != ""):
		fmt.Println("No tenant is so. All of them: spoke tenant list")
		return nil
	case len(all) == 0:
		fmt.Println("There is no tenant yet. Create one: spoke tenant create acme")
		return nil
	}
	var rows [][]string
	for _, t := range all {
		rows = append(rows, []string{t.Slug, t.Name, string(t.State), string(t.Settings.Profile), t.Settings.Plan, t.CreatedAt.Local().Format(time.DateOnly), t.TenantURL})
	}
	return printTable("SLUG, NAME, STATE, PROFILE, PLAN, CREATED, TENANT URL", rows)
}

func showCommand() *cli.Command {
	return &cli.Command{
		Name: "show", Usage: "show a tenant with its settings", ArgsUsage: "SLUG", Flags: []cli.Flag{jsonFlag()},
		Action: withAPI(func(ctx context.Context, c *cli.Command, api *shellAPI) error {
			t, err := call[client.Tenant](api.GetTenant(ctx, c.Args().First()))
			if err != nil {
				return err
			}
			return printTenant(c, t)
		}),
	}
}

// printTenant shows a tenant, as JSON or for people.
func printTenant(c *cli.Command, t client.Tenant) error {
	if c.Bool("json") {
		return printJSON(t)
	}
	g := t.Settings.Guard
	guard := fmt.Sprintf("more than %d deletions in %s, or from %d on more than %d %% of the directory",
		g.Count, time.Duration(g.WindowSeconds)*time.Second, g.Minimum, g.Percent)
	gone := ""
	if t.DeleteAfter != nil {
		gone = when(t.DeleteAfter)
	}
	return printFacts(
		fact{"Slug", t.Slug}, fact{"Name", t.Name}, fact{"State", string(t.State)}, fact{"Goes for good", gone}, fact{"Tenant URL", t.TenantURL},
		fact{"Profile", string(t.Settings.Profile)}, fact{"Unique group names", strconv.FormatBool(t.Settings.UniqueGroupNames)},
		fact{"Plan", t.Settings.Plan}, fact{"Deletion guard", guard}, fact{"Notified", list(t.Settings.Notify, "nobody")},
		fact{"Created", moment(t.CreatedAt)}, fact{"Changed", moment(t.UpdatedAt)}, fact{"ID", t.ID},
	)
}
