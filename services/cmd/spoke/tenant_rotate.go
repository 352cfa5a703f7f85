package main

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v3"

	"github.com/askspoke/spoke/services/onboarding/client"
)

func rotateCommand() *cli.Command {
	return &cli.Command{
		Name: "rotate", Usage: "replace a token without a moment in which none is accepted",
		Description: "Start makes a second token that is accepted beside the first. Paste it into the identity provider. Status says when\n" +
			"the provider has used it, and from where; then complete revokes the first one. Cancel revokes the second instead.\n\n" +
			"  spoke tenant token list acme\n" +
			"  spoke tenant token rotate start acme TOKEN-ID\n" +
			"  spoke tenant token rotate status acme TOKEN-ID\n" +
			"  spoke tenant token rotate complete acme TOKEN-ID\n\n" +
			"TOKEN-ID is in all of them that of the first token.",
		Commands: []*cli.Command{
			{
				Name: "start", Usage: "make the new token and print it; both are accepted", ArgsUsage: "SLUG TOKEN-ID",
				Flags: []cli.Flag{expiryFlag("until it is revoked"), jsonFlag()}, Action: withAPI(startRotation),
			},
			{
				Name: "status", Usage: "say whether the new token was used", ArgsUsage: "SLUG TOKEN-ID", Flags: []cli.Flag{jsonFlag()},
				Action: withAPI(func(ctx context.Context, c *cli.Command, api *shellAPI) error {
					r, err := call[client.Rotation](api.GetRotation(ctx, c.Args().First(), c.Args().Get(1)))
					if err != nil {
						return err
					}
					return printRotation(c, r)
				}),
			},
			{
				Name: "complete", Usage: "revoke the old token; refused until the new one was used", ArgsUsage: "SLUG TOKEN-ID",
				Flags: []cli.Flag{&cli.BoolFlag{Name: "force", Usage: "also where nobody has used the new one: provisioning stops until it has it"}, jsonFlag()},
				Action: withAPI(func(ctx context.Context, c *cli.Command, api *shellAPI) error {
					force := c.Bool("force")
					r, err := call[client.Rotation](api.CompleteRotation(ctx, c.Args().First(), c.Args().Get(1), &client.CompleteRotationParams{Force: &force}))
					if err != nil {
						return err
					}
					return printRotation(c, r)
				}),
			},
			{
				Name: "cancel", Usage: "revoke the new token; the old one stays", ArgsUsage: "SLUG TOKEN-ID", Flags: []cli.Flag{jsonFlag()},
				Action: withAPI(func(ctx context.Context, c *cli.Command, api *shellAPI) error {
					r, err := call[client.Rotation](api.CancelRotation(ctx, c.Args().First(), c.Args().Get(1), nil))
					if err != nil {
						return err
					}
					return printRotation(c, r)
				}),
			},
		},
	}
}

func startRotation(ctx context.Context, c *cli.Command, api *shellAPI) error {
	expires, err := expiry(c)
	if err != nil {
		return err
	}
	slug, id := c.Args().First(), c.Args().Get(1)
	r, err := call[client.StartedRotation](api.StartRotation(ctx, slug, id, nil, client.NewRotation{ExpiresAt: expires}))
	if err != nil {
		return err
	}
	if c.Bool("json") {
		return printJSON(r)
	}
	_, err = fmt.Printf("New token   %s\n\nIt is shown this once. Paste it into the identity provider; the old token ends in …%s and is accepted too. Then:\n\n"+
		"  spoke tenant token rotate status %s %s\n  spoke tenant token rotate complete %[3]s %[4]s\n", r.Secret, r.Old.Hint, slug, id)
	return err
}

func printRotation(c *cli.Command, r client.Rotation) error {
	switch {
	case r.State == client.RotationCompleted:
		return said(c, r, "Completed: the token that ends in …%s is revoked, and the one that ends in …%s has taken its place.", r.Old.Hint, r.New.Hint)
	case r.State == client.RotationCancelled:
		return said(c, r, "Cancelled: the new token that ends in …%s is worthless, and the one that ends in …%s stays.", r.New.Hint, r.Old.Hint)
	case r.Proven:
		return said(c, r, "Proven: the new token that ends in …%s was first used at %s. The old one can go: spoke tenant token rotate complete", r.New.Hint, whenAnd(r.New.FirstUsedAt, r.New.FirstUsedFrom))
	}
	return said(c, r, "Open: nobody has used the new token that ends in …%s yet. The old one was last used at %s.", r.New.Hint, whenAnd(r.Old.LastUsedAt, r.Old.LastUsedFrom))
}
