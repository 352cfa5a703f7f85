package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/askspoke/spoke/services/onboarding/client"
)

func tokenCommand() *cli.Command {
	return &cli.Command{
		Name: "token", Usage: "make, list, rotate and revoke the tokens of a tenant",
		Description: "A token is what Entra ID calls the secret token. Its secret is shown once.\n\n" +
			"  spoke tenant token create acme --name \"Entra ID\" --expires-in 365d\n" +
			"  spoke tenant token create acme --name reports --scope users:read --cidr 203.0.113.0/24",
		Commands: []*cli.Command{
			{
				Name: "create", Usage: "make a token and print it; the others stay valid", ArgsUsage: "SLUG",
				Flags: append(rightFlags(),
					&cli.StringFlag{Name: "name", Value: "token", Usage: "`NAME` that says what the token is for"}, expiryFlag("until it is revoked"), jsonFlag()),
				Action: withAPI(createToken),
			},
			{Name: "list", Usage: "list the tokens with their last use", ArgsUsage: "SLUG", Flags: []cli.Flag{jsonFlag()}, Action: withAPI(listTokens)},
			{Name: "revoke", Usage: "end a token at once, everywhere", ArgsUsage: "SLUG TOKEN-ID", Action: withAPI(revokeToken)},
			rotateCommand(),
		},
	}
}

// rightFlags are what limits a token or a client.
func rightFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "scope", Usage: "`SCOPE`, what it may do: users, users:read, groups, groups:read, metrics:read (of /metrics/tenants/SLUG on the tenant's host); may be repeated (users, groups)"},
		&cli.StringSliceFlag{Name: "cidr", Usage: "`CIDR` of addresses from which it may be used, such as 203.0.113.0/24; may be repeated (all)"},
	}
}

// rights returns what the flags say, nil for what is not limited.
func rights(c *cli.Command) (scopes *client.Scopes, cidrs *client.CIDRs) {
	if c.IsSet("scope") {
		scopes = &client.Scopes{}
		for _, s := range c.StringSlice("scope") {
			*scopes = append(*scopes, client.Scope(s))
		}
	}
	if c.IsSet("cidr") {
		all := c.StringSlice("cidr")
		cidrs = &all
	}
	return scopes, cidrs
}

func expiryFlag(otherwise string) cli.Flag {
	return &cli.StringFlag{Name: "expires-in", Usage: "`TIME` that it is valid, such as 12h or 90d (" + otherwise + ")"}
}

// expiry returns when --expires-in ends, nil where it is not set or is 0.
func expiry(c *cli.Command) (*time.Time, error) {
	if !c.IsSet("expires-in") {
		return nil, nil
	}
	span, err := parseSpan(c.String("expires-in"))
	if err != nil || span == 0 {
		return nil, err
	}
	at := time.Now().Add(span).UTC().Truncate(time.Second)
	return &at, nil
}

// parseSpan reads a time with its unit, days included.
func parseSpan(text string) (time.Duration, error) {
	span, err := time.ParseDuration(text)
	if days, ok := strings.CutSuffix(text, "d"); ok {
		var n int64
		n, err = strconv.ParseInt(days, 10, 32)
		span = time.Duration(n) * 24 * time.Hour
		if n > 36500 {
			err = strconv.ErrRange
		}
	}
	if err != nil || span < 0 {
		return 0, usage("%.40q is no time with its unit, such as 30m, 12h or 90d", text)
	}
	return span, nil
}

func createToken(ctx context.Context, c *cli.Command, api *shellAPI) error {
	expires, err := expiry(c)
	if err != nil {
		return err
	}
	t, err := call[client.Tenant](api.GetTenant(ctx, c.Args().First()))
	if err != nil {
		return err
	}
	scopes, cidrs := rights(c)
	made, err := call[client.CreatedToken](api.CreateToken(ctx, t.ID, nil, client.NewToken{
		Name: c.String("name"), Scopes: scopes, Cidrs: cidrs, ExpiresAt: expires,
	}))
	if err != nil {
		return err
	}
	return printSecret(c, t, &made)
}

// onboarded is what the identity provider is given, for scripts.
type onboarded struct {
	Slug    string `json:"slug"`
	ID      string `json:"id"`
	URL     string `json:"tenant_url"`
	TokenID string `json:"token_id,omitempty"`
	Secret  string `json:"secret_token,omitempty"`
	// Created is said of many tenants alone: whether it is new.
	Created *bool `json:"created,omitempty"`
}

// printSecret shows a tenant's URL and, where one was made, its token for the one time that it can be seen.
func printSecret(c *cli.Command, t client.Tenant, made *client.CreatedToken) error {
	o := onboarded{Slug: t.Slug, ID: t.ID, URL: t.TenantURL}
	if made != nil {
		o.TokenID, o.Secret = made.ID, made.Secret
	}
	if c.Bool("json") {
		return printJSON(o)
	}
	if made == nil {
		_, err := fmt.Printf("Tenant URL     %s\n\nIt has no token yet. Make one: spoke tenant token create %s\n", o.URL, o.Slug)
		return err
	}
	_, err := fmt.Printf("Tenant URL     %s\nSecret token   %s\n\nThe token is shown this once. Paste both into the identity provider.\n", o.URL, o.Secret)
	return err
}

func listTokens(ctx context.Context, c *cli.Command, api *shellAPI) error {
	slug := c.Args().First()
	tokens, err := call[client.TokenList](api.ListTokens(ctx, slug))
	switch {
	case err != nil:
		return err
	case c.Bool("json"):
		return printJSON(tokens.Items)
	case len(tokens.Items) == 0:
		return said(c, nil, "%s has no token. Make one: spoke tenant token create %[1]s", slug)
	}
	var rows [][]string
	for _, k := range tokens.Items {
		rows = append(rows, []string{
			k.ID, k.Name, string(k.State), "…" + k.Hint, list(k.Scopes, "all"), list(k.Cidrs, "anywhere"),
			moment(k.CreatedAt), when(k.ExpiresAt), whenAnd(k.LastUsedAt, k.LastUsedFrom), when(k.RevokedAt),
		})
	}
	return printTable("ID, NAME, STATE, ENDS IN, SCOPES, ADDRESSES, CREATED, EXPIRES, LAST USE, REVOKED", rows)
}

func revokeToken(ctx context.Context, c *cli.Command, api *shellAPI) error {
	slug, id := c.Args().First(), c.Args().Get(1)
	if _, err := call[struct{}](api.RevokeToken(ctx, slug, id)); err != nil {
		return err
	}
	return said(c, nil, "Revoked token %s of tenant %s. Every server refuses it within a second; one that misses the notice, within about a minute.", id, slug)
}
