package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/askspoke/spoke/services/onboarding/client"
)

func healthCommand() *cli.Command {
	return &cli.Command{
		Name: "health", Usage: "say how provisioning does, of all tenants or of one, and what is to come", ArgsUsage: "[SLUG]",
		Description: "  spoke tenant health                      # the worst first\n" +
			"  spoke tenant health --state at_risk\n" +
			"  spoke tenant health acme",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "state", Usage: "only the tenants whose provisioning is in this `STATE`, such as healthy, degraded, at_risk or stale"},
			&cli.IntFlag{Name: "limit", Value: 50, Usage: "at most `N`; 0: all"},
			jsonFlag(),
		},
		Action: withAPI(func(ctx context.Context, c *cli.Command, api *shellAPI) error {
			if c.Args().Present() {
				return showHealth(ctx, c, api)
			}
			return listHealth(ctx, c, api)
		}),
	}
}

func listHealth(ctx context.Context, c *cli.Command, api *shellAPI) error {
	all, err := pages(c.Int("limit"), func(size int, cursor *string) ([]client.Health, *string, error) {
		page, err := call[client.HealthPage](api.ListHealth(ctx, &client.ListHealthParams{
			Limit: &size, Cursor: cursor, State: optional(client.HealthState(c.String("state"))),
		}))
		return page.Items, page.NextCursor, err
	})
	switch {
	case err != nil:
		return err
	case c.Bool("json"):
		return printJSON(all)
	case len(all) == 0:
		if c.IsSet("state") {
			return said(c, nil, "No tenant is so. All of them: spoke tenant health --limit 0")
		}
		return said(c, nil, "No tenant was looked at yet. The worker does it, some seconds after a tenant was created: spoke serve")
	}
	var rows [][]string
	for i := range all {
		h := &all[i]
		rows = append(rows, []string{h.Slug, string(h.State), moment(h.Since), when(h.LastRequestAt), percent(h.FailureRatio), why(h)})
	}
	return printTable("SLUG, STATE, SINCE, LAST REQUEST, FAILED, WHY", rows)
}

// why is the forecast, or else the worst reason.
func why(h *client.Health) string {
	switch {
	case h.Forecast != nil:
		return *h.Forecast
	case len(h.Reasons) > 0:
		return h.Reasons[0].Text
	}
	return ""
}

func percent(ratio *float64) string {
	if ratio == nil {
		return ""
	}
	return fmt.Sprintf("%.0f %%", 100**ratio)
}

func showHealth(ctx context.Context, c *cli.Command, api *shellAPI) error {
	h, err := call[client.Health](api.GetHealth(ctx, c.Args().First()))
	switch {
	case err != nil:
		return err
	case c.Bool("json"):
		return printJSON(h)
	}
	facts := []fact{{"State", fmt.Sprintf("%s (%s) since %s", h.State, h.Severity, moment(h.Since))}}
	for i, r := range h.Reasons {
		name := ""
		if i == 0 {
			name = "Because"
		}
		facts = append(facts, fact{name, r.Text})
	}
	facts = append(facts, fact{"Forecast", value(h.Forecast)}, fact{"Last request", when(h.LastRequestAt)}, fact{"Last success", when(h.LastSuccessAt)})
	if h.CycleIntervalSeconds != nil {
		facts = append(facts, fact{"Cycles come", "every " + (time.Duration(*h.CycleIntervalSeconds) * time.Second).String()})
	}
	if h.NextExpectedAt != nil {
		facts = append(facts, fact{"Next expected", when(h.NextExpectedAt)})
	}
	if h.Cycle != nil {
		facts = append(facts, fact{"Under way", fmt.Sprintf("%s cycle since %s: %d requests", h.Cycle.Kind, moment(h.Cycle.StartedAt), h.Cycle.Requests)})
	}
	if p := h.Progress; p != nil {
		text := percent(&p.Ratio)
		if p.Eta != nil {
			text += ", done about " + moment(*p.Eta)
		}
		facts = append(facts, fact{"Progress", text})
	}
	facts = append(facts, fact{"Failed", percent(h.FailureRatio)})
	if h.Users != nil {
		facts = append(facts, fact{"Directory", fmt.Sprintf("%d users, %d active; %d groups", *h.Users, value(h.ActiveUsers), value(h.Groups))})
	}
	return printFacts(facts...)
}

func cyclesCommand() *cli.Command {
	return &cli.Command{
		Name: "cycles", Usage: "list the cycles of a tenant's identity provider, the newest first", ArgsUsage: "SLUG",
		Flags: []cli.Flag{&cli.IntFlag{Name: "limit", Value: 20, Usage: "at most `N`; 0: all"}, jsonFlag()},
		Action: withAPI(func(ctx context.Context, c *cli.Command, api *shellAPI) error {
			slug := c.Args().First()
			all, err := pages(c.Int("limit"), func(size int, cursor *string) ([]client.Cycle, *string, error) {
				page, err := call[client.CyclePage](api.ListCycles(ctx, slug, &client.ListCyclesParams{Limit: &size, Cursor: cursor}))
				return page.Items, page.NextCursor, err
			})
			switch {
			case err != nil:
				return err
			case c.Bool("json"):
				return printJSON(all)
			case len(all) == 0:
				return said(c, nil, "No cycle of %s has ended yet. What is under way: spoke tenant health %[1]s", slug)
			}
			var rows [][]string
			for i := range all {
				rows = append(rows, cycleRow(&all[i]))
			}
			return printTable("STARTED, KIND, TOOK, REQUESTS, ACCEPTED, UNCHANGED, REFUSED, FAILED", rows)
		}),
	}
}

func cycleRow(c *client.Cycle) []string {
	counts := map[string]int64{}
	for _, n := range c.Counts {
		if n.Action != "read" {
			counts[n.Outcome] += n.Count
		}
	}
	took := ""
	if c.EndedAt != nil {
		took = c.EndedAt.Sub(c.StartedAt).Round(time.Millisecond).String()
	}
	row := []string{moment(c.StartedAt), string(c.Kind), took, strconv.FormatInt(c.Requests, 10)}
	for _, outcome := range []string{"accepted", "unchanged", "refused", "failed"} {
		row = append(row, strconv.FormatInt(counts[outcome], 10))
	}
	return row
}
