package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/askspoke/spoke/services/onboarding/client"
)

func auditCommand() *cli.Command {
	return &cli.Command{
		Name: "audit", Usage: "list who called the onboarding API, and what came of it",
		Commands: []*cli.Command{{
			Name: "list", Usage: "list the calls, the newest first, refused ones too", ArgsUsage: "[SLUG]",
			Description: "  spoke tenant audit list acme --since 7d\n" +
				"  spoke tenant audit list --operation deleteTenant --json --limit 0",
			Flags: []cli.Flag{
				&cli.StringFlag{Name: "actor", Usage: "only the calls of this `ACTOR`, such as key:0b5c…, shell:root or anonymous"},
				&cli.StringFlag{Name: "operation", Usage: "only the calls of this `OPERATION`, such as createTenant"},
				&cli.StringFlag{Name: "since", Usage: "only from this `TIME` on: 24h or 7d ago, or such as 2026-03-01T12:00:00Z"},
				&cli.StringFlag{Name: "until", Usage: "only before this `TIME`"},
				&cli.IntFlag{Name: "limit", Value: 100, Usage: "at most `N`; 0: all"},
				jsonFlag(),
			},
			Action: withAPI(listAudit),
		}},
	}
}

// timeFlag reads a time, or how long ago it was.
func timeFlag(c *cli.Command, name string) (*time.Time, error) {
	text := c.String(name)
	if text == "" {
		return nil, nil
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return &at, nil
	}
	ago, err := parseSpan(text)
	if err != nil {
		return nil, usage("--%s is %.40q: it must be a time such as 2026-03-01T12:00:00Z, or how long ago, such as 24h or 7d", name, text)
	}
	at := time.Now().Add(-ago)
	return &at, nil
}

// period reads --since and --until.
func period(c *cli.Command) (since, until *time.Time, err error) {
	if since, err = timeFlag(c, "since"); err != nil {
		return nil, nil, err
	}
	until, err = timeFlag(c, "until")
	return since, until, err
}

func listAudit(ctx context.Context, c *cli.Command, api *shellAPI) error {
	since, until, err := period(c)
	if err != nil {
		return err
	}
	all, err := pages(c.Int("limit"), func(size int, cursor *string) ([]client.AuditEntry, *string, error) {
		page, err := call[client.AuditPage](api.ListAudit(ctx, &client.ListAuditParams{
			Limit: &size, Cursor: cursor, Tenant: optional(c.Args().First()), Actor: optional(c.String("actor")),
			Operation: optional(c.String("operation")), Since: since, Until: until,
		}))
		return page.Items, page.NextCursor, err
	})
	switch {
	case err != nil:
		return err
	case c.Bool("json"):
		return printJSON(all)
	case len(all) == 0:
		fmt.Println("There is no such call. All of them: spoke tenant audit list --limit 0")
		return nil
	}
	var rows [][]string
	for _, e := range all {
		status := "not known"
		if e.Status != nil {
			status = strconv.Itoa(*e.Status)
		}
		if e.Problem != nil {
			status += " " + *e.Problem
		}
		rows = append(rows, []string{moment(e.At), e.Actor, value(e.Name), e.Operation, value(e.TenantID), status, e.Address, e.RequestID})
	}
	return printTable("AT, ACTOR, NAME, OPERATION, TENANT, ANSWER, ADDRESS, REQUEST", rows)
}
