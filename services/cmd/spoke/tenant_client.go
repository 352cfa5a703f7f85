package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/askspoke/spoke/services/onboarding/client"
)

func clientCommand() *cli.Command {
	return &cli.Command{
		Name: "client", Usage: "create, list and revoke OAuth clients, with their secrets and trusts",
		Description: "For an identity provider that asks for OAuth 2.0 client credentials. A client gets access tokens at /oauth/token of the\n" +
			"tenant's host, once it has a secret, or trusts another issuer (workload identity federation).\n\n" +
			"  spoke tenant client create acme --name \"Entra ID\"\n" +
			"  spoke tenant client secret add acme CLIENT-ID\n" +
			"  spoke tenant client trust add acme CLIENT-ID --issuer https://issuer.example --audience spoke --subject job-1",
		Commands: []*cli.Command{
			{
				Name: "create", Usage: "create a client", ArgsUsage: "SLUG",
				Flags: append(rightFlags(),
					&cli.StringFlag{Name: "name", Usage: "`NAME` that says what the client is for", Required: true},
					&cli.DurationFlag{Name: "token-life", HideDefault: true, Usage: "`TIME` that an access token lives, from 1h to 6h (1h)"}, jsonFlag()),
				Action: withAPI(createClient),
			},
			{Name: "list", Usage: "list the clients with their secrets and trusts", ArgsUsage: "SLUG", Flags: []cli.Flag{jsonFlag()}, Action: withAPI(listClients)},
			{
				Name: "revoke", Usage: "end a client and its access tokens at once, everywhere", ArgsUsage: "SLUG CLIENT-ID",
				Action: withAPI(func(ctx context.Context, c *cli.Command, api *shellAPI) error {
					slug, id := c.Args().First(), c.Args().Get(1)
					if _, err := call[struct{}](api.RevokeOAuthClient(ctx, slug, id)); err != nil {
						return err
					}
					return said(c, nil, "Revoked client %s of tenant %s. Every server refuses it and its access tokens within a second.", id, slug)
				}),
			},
			clientSecretCommand(), clientTrustCommand(),
		},
	}
}

func createClient(ctx context.Context, c *cli.Command, api *shellAPI) error {
	scopes, cidrs := rights(c)
	slug := c.Args().First()
	made, err := call[client.OAuthClient](api.CreateOAuthClient(ctx, slug, nil, client.NewOAuthClient{
		Name: c.String("name"), Scopes: scopes, Cidrs: cidrs, TokenLifeSeconds: optional(int(c.Duration("token-life") / time.Second)),
	}))
	if err != nil {
		return err
	}
	return said(c, made, "Created client %s. It can do nothing yet. Give it a secret: spoke tenant client secret add %s %[1]s", made.ID, slug)
}

func listClients(ctx context.Context, c *cli.Command, api *shellAPI) error {
	slug := c.Args().First()
	clients, err := call[client.OAuthClientList](api.ListOAuthClients(ctx, slug))
	switch {
	case err != nil:
		return err
	case c.Bool("json"):
		return printJSON(clients.Items)
	case len(clients.Items) == 0:
		return said(c, nil, "%s has no OAuth client. Create one: spoke tenant client create %[1]s --name \"Entra ID\"", slug)
	}
	var rows [][]string
	for _, k := range clients.Items {
		rows = append(rows, []string{
			"client", k.ID, k.Name, string(k.State), list(k.Scopes, "all"), list(k.Cidrs, "anywhere"),
			moment(k.CreatedAt), "", whenAnd(k.LastUsedAt, k.LastUsedFrom),
		})
		for _, s := range k.Secrets {
			rows = append(rows, []string{
				"  secret", s.ID, "ends in …" + s.Hint, string(s.State), "", "", moment(s.CreatedAt), when(s.ExpiresAt), whenAnd(s.LastUsedAt, s.LastUsedFrom),
			})
		}
		for _, t := range k.Trusts {
			rows = append(rows, []string{
				"  trust", t.ID, t.Issuer + " " + t.Subject, string(t.State), "", "", moment(t.CreatedAt), "", whenAnd(t.LastUsedAt, t.LastUsedFrom),
			})
		}
	}
	return printTable("KIND, ID, NAME, STATE, SCOPES, ADDRESSES, CREATED, EXPIRES, LAST USE", rows)
}

func clientSecretCommand() *cli.Command {
	return &cli.Command{
		Name: "secret", Usage: "add and revoke the secrets of a client",
		Commands: []*cli.Command{
			{
				Name: "add", Usage: "make a secret and print it; the others stay valid", ArgsUsage: "SLUG CLIENT-ID",
				Flags: []cli.Flag{expiryFlag("until it is revoked"), jsonFlag()}, Action: withAPI(addSecret),
			},
			{
				Name: "revoke", Usage: "end a secret, and the access tokens that were issued for it", ArgsUsage: "SLUG CLIENT-ID SECRET-ID",
				Action: withAPI(func(ctx context.Context, c *cli.Command, api *shellAPI) error {
					if _, err := call[struct{}](api.RevokeOAuthSecret(ctx, c.Args().First(), c.Args().Get(1), c.Args().Get(2))); err != nil {
						return err
					}
					return said(c, nil, "Revoked secret %s of client %s. Every server follows within a second.", c.Args().Get(2), c.Args().Get(1))
				}),
			},
		},
	}
}

func addSecret(ctx context.Context, c *cli.Command, api *shellAPI) error {
	expires, err := expiry(c)
	if err != nil {
		return err
	}
	slug, id := c.Args().First(), c.Args().Get(1)
	t, err := call[client.Tenant](api.GetTenant(ctx, slug))
	if err != nil {
		return err
	}
	made, err := call[client.CreatedOAuthSecret](api.CreateOAuthSecret(ctx, slug, id, nil, client.NewOAuthSecret{ExpiresAt: expires}))
	if err != nil {
		return err
	}
	if c.Bool("json") {
		return printJSON(made)
	}
	_, err = fmt.Printf("Tenant URL       %s\nToken endpoint   %s/oauth/token\nClient ID        %s\nClient secret    %s\n\nThe secret is shown this once. Paste them into the identity provider.\n",
		t.TenantURL, strings.TrimSuffix(t.TenantURL, "/scim/v2"), id, made.ClientSecret)
	return err
}

func clientTrustCommand() *cli.Command {
	return &cli.Command{
		Name: "trust", Usage: "let the assertions of another issuer stand for a client, which then needs no secret",
		Commands: []*cli.Command{
			{
				Name: "add", Usage: "trust an issuer's assertions about a subject (RFC 7523)", ArgsUsage: "SLUG CLIENT-ID",
				Flags: []cli.Flag{
					&cli.StringFlag{Name: "issuer", Usage: "the https `URL` that is iss in its assertions, and where its OpenID configuration is", Required: true},
					&cli.StringFlag{Name: "audience", Usage: "the `AUDIENCE` that aud must have", Required: true},
					&cli.StringFlag{Name: "subject", Usage: "the `SUBJECT` that sub must be", Required: true},
					&cli.StringSliceFlag{Name: "algorithm", Usage: "`ALGORITHM` of the signature, such as RS256; may be repeated (all that are asymmetric)"},
					jsonFlag(),
				},
				Action: withAPI(addTrust),
			},
			{
				Name: "revoke", Usage: "end a trust, and the access tokens that were issued for it", ArgsUsage: "SLUG CLIENT-ID TRUST-ID",
				Action: withAPI(func(ctx context.Context, c *cli.Command, api *shellAPI) error {
					if _, err := call[struct{}](api.RevokeOAuthTrust(ctx, c.Args().First(), c.Args().Get(1), c.Args().Get(2))); err != nil {
						return err
					}
					return said(c, nil, "Revoked trust %s of client %s. Every server follows within a second.", c.Args().Get(2), c.Args().Get(1))
				}),
			},
		},
	}
}

func addTrust(ctx context.Context, c *cli.Command, api *shellAPI) error {
	trust := client.NewOAuthTrust{Issuer: c.String("issuer"), Audience: c.String("audience"), Subject: c.String("subject")}
	if c.IsSet("algorithm") {
		all := c.StringSlice("algorithm")
		trust.Algorithms = &all
	}
	made, err := call[client.OAuthTrust](api.CreateOAuthTrust(ctx, c.Args().First(), c.Args().Get(1), nil, trust))
	if err != nil {
		return err
	}
	return said(c, made, "Added trust %s: assertions of %s about %s stand for client %s.", made.ID, made.Issuer, made.Subject, c.Args().Get(1))
}
