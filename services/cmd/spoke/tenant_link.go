package main

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v3"

	"github.com/askspoke/spoke/services/onboarding/client"
)

func linkCommand() *cli.Command {
	return &cli.Command{
		Name: "link", Usage: "create, list and revoke set-up links for a customer's administrator",
		Description: "With a set-up link, somebody who has no account yet does one thing in the tenant's console. It opens once, when a button is\n" +
			"pressed on its page, so mail scanners do not use it up. For an administrator it makes the first owner; for another\n" +
			"purpose it lets its holder use that one page for an hour, or until it is revoked.\n\n" +
			"  spoke tenant link create acme --purpose provisioning --expires-in 3d",
		Commands: []*cli.Command{
			{
				Name: "create", Usage: "create a link and print it", ArgsUsage: "SLUG",
				Flags: []cli.Flag{
					&cli.StringFlag{
						Name: "purpose", Value: string(client.SetupProvisioning),
						Usage: "`PURPOSE`: provisioning connects the identity provider, sign_on sets up single sign-on, host verifies a host, administrator becomes the first administrator",
					},
					expiryFlag("1h; at most 7d"), jsonFlag(),
				},
				Action: withAPI(createLink),
			},
			{Name: "list", Usage: "list the links, the newest first", ArgsUsage: "SLUG", Flags: []cli.Flag{jsonFlag()}, Action: withAPI(listLinks)},
			{
				Name: "revoke", Usage: "let a link open nothing any more", ArgsUsage: "SLUG LINK-ID",
				Action: withAPI(func(ctx context.Context, c *cli.Command, api *shellAPI) error {
					if _, err := call[struct{}](api.RevokeSetupLink(ctx, c.Args().First(), c.Args().Get(1))); err != nil {
						return err
					}
					return said(c, nil, "Revoked set-up link %s.", c.Args().Get(1))
				}),
			},
		},
	}
}

func createLink(ctx context.Context, c *cli.Command, api *shellAPI) error {
	expires, err := expiry(c)
	if err != nil {
		return err
	}
	made, err := call[client.CreatedSetupLink](api.CreateSetupLink(ctx, c.Args().First(), nil, client.NewSetupLink{
		Purpose: client.SetupPurpose(c.String("purpose")), ExpiresAt: expires,
	}))
	if err != nil {
		return err
	}
	if c.Bool("json") {
		return printJSON(made)
	}
	_, err = fmt.Printf("%s\n\nThe link is shown this once, opens once, and until %s. Send it to the customer's administrator.\n", made.URL, moment(made.ExpiresAt))
	return err
}

func listLinks(ctx context.Context, c *cli.Command, api *shellAPI) error {
	slug := c.Args().First()
	all, err := pages(0, func(size int, cursor *string) ([]client.SetupLink, *string, error) {
		page, err := call[client.SetupLinkPage](api.ListSetupLinks(ctx, slug, &client.ListSetupLinksParams{Limit: &size, Cursor: cursor}))
		return page.Items, page.NextCursor, err
	})
	switch {
	case err != nil:
		return err
	case c.Bool("json"):
		return printJSON(all)
	case len(all) == 0:
		return said(c, nil, "%s has no set-up link. Create one: spoke tenant link create %[1]s", slug)
	}
	var rows [][]string
	for _, l := range all {
		rows = append(rows, []string{l.ID, string(l.Purpose), string(l.State), moment(l.CreatedAt), l.CreatedBy, moment(l.ExpiresAt), when(l.UsedAt)})
	}
	return printTable("ID, PURPOSE, STATE, CREATED, BY, EXPIRES, USED", rows)
}
