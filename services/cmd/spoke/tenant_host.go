package main

import (
	"context"

	"github.com/urfave/cli/v3"

	"github.com/askspoke/spoke/services/onboarding/client"
)

func hostCommand() *cli.Command {
	return &cli.Command{
		Name: "host", Usage: "claim, verify, list and remove hosts of a tenant's own, such as scim.acme.com",
		Description: "  spoke tenant host claim acme scim.acme.com     # prints the TXT record to publish\n" +
			"  spoke tenant host verify acme scim.acme.com    # looks for it",
		Commands: []*cli.Command{
			{
				Name: "claim", Usage: "claim a host and print the TXT record that verifies it", ArgsUsage: "SLUG HOST", Flags: []cli.Flag{jsonFlag()},
				Action: withAPI(func(ctx context.Context, c *cli.Command, api *shellAPI) error {
					h, err := call[client.Host](api.ClaimHost(ctx, c.Args().First(), nil, client.NewHost{Host: c.Args().Get(1)}))
					if err != nil {
						return err
					}
					return printHost(c, h)
				}),
			},
			{
				Name: "verify", Usage: "look the TXT record up; then the tenant is served at the host", ArgsUsage: "SLUG HOST", Flags: []cli.Flag{jsonFlag()},
				Action: withAPI(func(ctx context.Context, c *cli.Command, api *shellAPI) error {
					h, err := call[client.Host](api.VerifyHost(ctx, c.Args().First(), c.Args().Get(1), nil))
					if err != nil {
						return err
					}
					return printHost(c, h)
				}),
			},
			{Name: "list", Usage: "list the hosts, verified and claimed", ArgsUsage: "SLUG", Flags: []cli.Flag{jsonFlag()}, Action: withAPI(listHosts)},
			{
				Name: "remove", Usage: "give a host or its claim up", ArgsUsage: "SLUG HOST",
				Action: withAPI(func(ctx context.Context, c *cli.Command, api *shellAPI) error {
					slug, host := c.Args().First(), c.Args().Get(1)
					if _, err := call[struct{}](api.RemoveHost(ctx, slug, host)); err != nil {
						return err
					}
					return said(c, nil, "Removed host %s from tenant %s. Every server follows within a second.", host, slug)
				}),
			},
		},
	}
}

// printHost says what to do with a claim, or that there is nothing to do.
func printHost(c *cli.Command, h client.Host) error {
	switch {
	case c.Bool("json"):
		return printJSON(h)
	case h.State == client.HostVerified:
		return said(c, h, "Verified %s: the tenant is served there within a second.", h.Host)
	}
	err := said(c, h, "Let the owner of %s publish this record until %s, then: spoke tenant host verify %s %[1]s", h.Host, when(h.ExpiresAt), c.Args().First())
	if err != nil {
		return err
	}
	return printFacts(fact{"  Type", "TXT"}, fact{"  Name", value(h.TxtName)}, fact{"  Value", value(h.TxtValue)})
}

func listHosts(ctx context.Context, c *cli.Command, api *shellAPI) error {
	slug := c.Args().First()
	hosts, err := call[client.HostList](api.ListHosts(ctx, slug))
	switch {
	case err != nil:
		return err
	case c.Bool("json"):
		return printJSON(hosts.Items)
	case len(hosts.Items) == 0:
		return said(c, nil, "%s has no host but that of its slug. Claim one: spoke tenant host claim %[1]s scim.customer.com", slug)
	}
	var rows [][]string
	for _, h := range hosts.Items {
		rows = append(rows, []string{h.Host, string(h.State), when(h.VerifiedAt), when(h.ExpiresAt), value(h.TxtName), value(h.TxtValue)})
	}
	return printTable("HOST, STATE, VERIFIED, CLAIM ENDS, TXT NAME, TXT VALUE", rows)
}
