package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/askspoke/spoke/tenancy/token"
)

func tokenCommand() *cli.Command {
	return &cli.Command{
		Name: "token", Usage: "make, list and revoke the tokens of a tenant",
		Commands: []*cli.Command{
			{
				Name: "create", Usage: "make a token and print it; the others stay valid", ArgsUsage: "SLUG",
				Flags: []cli.Flag{
					&cli.StringFlag{Name: "name", Value: "token", Usage: "what the token is for"},
					&cli.DurationFlag{Name: "expires-in", Usage: "how long it is valid, such as 8760h (0: until it is revoked)"},
					jsonFlag(),
				},
				Action: withApp(createToken),
			},
			{Name: "list", Usage: "list the tokens with their last use", ArgsUsage: "SLUG", Action: withApp(listTokens)},
			{Name: "revoke", Usage: "end a token at once, everywhere", ArgsUsage: "SLUG TOKEN-ID", Action: withApp(revokeToken)},
		},
	}
}

func createToken(ctx context.Context, c *cli.Command, a *app) error {
	t, err := a.tenantArgument(ctx, c)
	if err != nil {
		return err
	}
	var expires time.Time
	switch d := c.Duration("expires-in"); {
	case d < 0:
		return fmt.Errorf("--expires-in must not be negative")
	case d > 0:
		expires = time.Now().Add(d)
	}
	secret, made, err := a.tokens.Mint(ctx, t.ID, c.String("name"), expires)
	if err != nil {
		return err
	}
	return printToken(c, a, t, secret, made)
}

func listTokens(ctx context.Context, c *cli.Command, a *app) error {
	t, err := a.tenantArgument(ctx, c)
	if err != nil {
		return err
	}
	tokens, err := a.tokens.List(ctx, t.ID)
	if err != nil {
		return err
	}
	if len(tokens) == 0 {
		fmt.Printf("%s has no token. Make one: spoke tenant token create %s\n", t.Slug, t.Slug)
		return nil
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 3, ' ', 0)
	fmt.Fprintln(w, "ID\tNAME\tENDS IN\tCREATED\tEXPIRES\tLAST USE\tREVOKED")
	for _, k := range tokens {
		fmt.Fprintf(w, "%s\t%s\t…%s\t%s\t%s\t%s\t%s\n", k.ID, k.Name, k.Hint,
			moment(k.CreatedAt), moment(k.ExpiresAt), moment(k.LastUsedAt), moment(k.RevokedAt))
	}
	return w.Flush()
}

func moment(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format(time.RFC3339)
}

func revokeToken(ctx context.Context, c *cli.Command, a *app) error {
	t, err := a.tenantArgument(ctx, c)
	if err != nil {
		return err
	}
	id := c.Args().Get(1)
	err = a.tokens.Revoke(ctx, t.ID, id)
	if errors.Is(err, token.ErrNotFound) {
		return fmt.Errorf("tenant %s has no token %s: spoke tenant token list %s shows them", t.Slug, id, t.Slug)
	}
	if err != nil {
		return err
	}
	fmt.Printf("Revoked token %s of tenant %s. Every server refuses it within a second; one that misses the notice, within about a minute.\n", id, t.Slug)
	return nil
}
