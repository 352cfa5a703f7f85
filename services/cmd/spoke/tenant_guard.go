package main

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/askspoke/spoke/services/onboarding/client"
)

func guardCommand() *cli.Command {
	return &cli.Command{
		Name: "guard", Usage: "list bursts of deletions that were held, and let them through or not",
		Description: "Which bursts are held: spoke tenant show SLUG says it, and spoke tenant set SLUG changes it with --guard-count,\n" +
			"--guard-percent, --guard-minimum and --guard-window.\n\n" +
			"  spoke tenant guard list acme\n" +
			"  spoke tenant guard show acme HOLD-ID      # what would be deleted\n" +
			"  spoke tenant guard approve acme HOLD-ID",
		Commands: []*cli.Command{
			{Name: "list", Usage: "list the holds, the newest first", ArgsUsage: "SLUG", Flags: []cli.Flag{jsonFlag()}, Action: withAPI(listHolds)},
			{
				Name: "show", Usage: "list what a hold keeps from being deleted or deactivated", ArgsUsage: "SLUG HOLD-ID",
				Flags:  []cli.Flag{&cli.IntFlag{Name: "limit", Value: 100, Usage: "at most `N`; 0: all"}, jsonFlag()},
				Action: withAPI(listHeld),
			},
			decisionCommand("approve", "let the deletions through: the identity provider sends them again by itself",
				"24 hours", "Approved: until %s no deletion of %s is held.",
				func(ctx context.Context, api *shellAPI, slug, id string, d client.HoldDecision) (*http.Response, error) {
					return api.ApproveHold(ctx, slug, id, nil, d)
				}),
			decisionCommand("reject", "keep what was to be deleted: further attempts on it are refused with 403",
				"7 days", "Rejected: until %s what was held stays in %s. Correct the scope in the identity provider.",
				func(ctx context.Context, api *shellAPI, slug, id string, d client.HoldDecision) (*http.Response, error) {
					return api.RejectHold(ctx, slug, id, nil, d)
				}),
		},
	}
}

func decisionCommand(name, what, usual, done string,
	decide func(ctx context.Context, api *shellAPI, slug, id string, d client.HoldDecision) (*http.Response, error),
) *cli.Command {
	return &cli.Command{
		Name: name, Usage: what, ArgsUsage: "SLUG HOLD-ID",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "expires-in", Aliases: []string{"for"}, Usage: "how long it counts, as `TIME` such as 12h or 3d; by default " + usual}, jsonFlag(),
		},
		Action: withAPI(func(ctx context.Context, c *cli.Command, api *shellAPI) error {
			until, err := expiry(c)
			if err != nil {
				return err
			}
			slug := c.Args().First()
			h, err := call[client.Hold](decide(ctx, api, slug, c.Args().Get(1), client.HoldDecision{Until: until}))
			if err != nil {
				return err
			}
			return said(c, h, done, when(h.Until), slug)
		}),
	}
}

func listHolds(ctx context.Context, c *cli.Command, api *shellAPI) error {
	slug := c.Args().First()
	all, err := pages(0, func(size int, cursor *string) ([]client.Hold, *string, error) {
		page, err := call[client.HoldPage](api.ListHolds(ctx, slug, &client.ListHoldsParams{Limit: &size, Cursor: cursor}))
		return page.Items, page.NextCursor, err
	})
	switch {
	case err != nil:
		return err
	case c.Bool("json"):
		return printJSON(all)
	case len(all) == 0:
		return said(c, nil, "No deletion of %s was ever held.", slug)
	}
	var rows [][]string
	for _, h := range all {
		rows = append(rows, []string{h.ID, string(h.State), moment(h.OpenedAt), strconv.FormatInt(h.Held, 10), when(h.DecidedAt), value(h.DecidedBy), when(h.Until), h.Reason})
	}
	return printTable("ID, STATE, OPENED, HELD, DECIDED, BY, UNTIL, REASON", rows)
}

func listHeld(ctx context.Context, c *cli.Command, api *shellAPI) error {
	slug, id := c.Args().First(), c.Args().Get(1)
	all, err := pages(c.Int("limit"), func(size int, cursor *string) ([]client.Held, *string, error) {
		page, err := call[client.HeldPage](api.ListHeld(ctx, slug, id, &client.ListHeldParams{Limit: &size, Cursor: cursor}))
		return page.Items, page.NextCursor, err
	})
	switch {
	case err != nil:
		return err
	case c.Bool("json"):
		return printJSON(all)
	case len(all) == 0:
		return said(c, nil, "The hold keeps nothing.")
	}
	var rows [][]string
	for _, h := range all {
		rows = append(rows, []string{string(h.Action), string(h.ResourceType), h.Name, h.ResourceID, moment(h.FirstAt), moment(h.LastAt), strconv.FormatInt(h.Attempts, 10)})
	}
	return printTable("ACTION, TYPE, NAME, ID, FIRST, LAST, ATTEMPTS", rows)
}

func deletedCommand() *cli.Command {
	return &cli.Command{
		Name: "deleted", Usage: "list deleted users and groups of the last 30 days, and restore them with their memberships",
		Description: "  spoke tenant deleted list acme --since 2h\n" +
			"  spoke tenant deleted restore acme 2819c223-7f76-453a-919d-413861904646",
		Commands: []*cli.Command{
			{
				Name: "list", Usage: "list what can be restored, the latest deletion first", ArgsUsage: "SLUG",
				Flags: []cli.Flag{
					&cli.StringFlag{Name: "type", Usage: "only this `TYPE`: User or Group"},
					&cli.StringFlag{Name: "since", Usage: "only what was deleted from this `TIME` on: 24h or 7d ago, or such as 2026-03-01T12:00:00Z"},
					&cli.StringFlag{Name: "until", Usage: "only what was deleted before this `TIME`"},
					&cli.IntFlag{Name: "limit", Value: 100, Usage: "at most `N`; 0: all"}, jsonFlag(),
				},
				Action: withAPI(listDeleted),
			},
			{
				Name: "restore", Usage: "restore users and groups, by their ids", ArgsUsage: "SLUG ID…",
				Flags: []cli.Flag{
					&cli.BoolFlag{Name: "activate", Usage: "make users active, whatever they were when deleted"}, jsonFlag(),
				},
				Action: withAPI(restoreDeleted),
			},
		},
	}
}

func listDeleted(ctx context.Context, c *cli.Command, api *shellAPI) error {
	slug := c.Args().First()
	p := client.ListDeletedParams{ResourceType: optional(client.ResourceTypeName(c.String("type")))}
	var err error
	if p.Since, p.Until, err = period(c); err != nil {
		return err
	}
	all, err := pages(c.Int("limit"), func(size int, cursor *string) ([]client.Deleted, *string, error) {
		p.Limit, p.Cursor = &size, cursor
		page, err := call[client.DeletedPage](api.ListDeleted(ctx, slug, &p))
		return page.Items, page.NextCursor, err
	})
	switch {
	case err != nil:
		return err
	case c.Bool("json"):
		return printJSON(all)
	case len(all) == 0:
		return said(c, nil, "Nothing was deleted from %s that can be restored.", slug)
	}
	var rows [][]string
	for _, d := range all {
		rows = append(rows, []string{moment(d.DeletedAt), string(d.ResourceType), d.Name, d.ResourceID, moment(d.RestorableUntil), value(d.TokenID)})
	}
	return printTable("DELETED, TYPE, NAME, ID, RESTORABLE UNTIL, TOKEN", rows)
}

func restoreDeleted(ctx context.Context, c *cli.Command, api *shellAPI) error {
	slug, ids := c.Args().First(), c.Args().Tail()
	activate := c.Bool("activate")
	for _, id := range ids {
		r, err := call[client.Restored](api.RestoreDeleted(ctx, slug, id, nil, client.Restoration{Activate: &activate}))
		if err != nil {
			return err
		}
		if err := said(c, r, "%s", restoredText(&r)); err != nil {
			return err
		}
	}
	return nil
}

// restoredText says what is there again and what is not.
func restoredText(r *client.Restored) string {
	text := fmt.Sprintf("Restored %s %s, in %s", r.ResourceType, r.ResourceID, again(r.Groups, r.LostGroups, "groups"))
	if r.ResourceType == client.ResourceGroup {
		text += " and with " + again(r.Members, r.LostMembers, "members")
	}
	if len(r.Dropped) > 0 {
		text += ". Left out, since the schema extensions have changed: " + strings.Join(r.Dropped, ", ")
	}
	return text + "."
}

func again(there, lost int, of string) string {
	if lost == 0 {
		return fmt.Sprintf("%d %s", there, of)
	}
	return fmt.Sprintf("%d of %d %s, the others are gone", there, there+lost, of)
}
