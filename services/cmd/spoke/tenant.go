package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/token"
)

func tenantCommand() *cli.Command {
	return &cli.Command{
		Name:  "tenant",
		Usage: "create, list and set up tenants, with their schemas and tokens",
		Description: "Uses the same environment as spoke serve. Against a running spoke dev, load its settings first:\n" +
			"  . .spoke/dev.env",
		Commands: []*cli.Command{
			createCommand(),
			{Name: "list", Usage: "list the tenants", Flags: []cli.Flag{jsonFlag()}, Action: withApp(listTenants)},
			setCommand(), schemaCommand(), tokenCommand(),
		},
	}
}

func jsonFlag() cli.Flag { return &cli.BoolFlag{Name: "json", Usage: "print JSON"} }

// withApp gives a command the parts over the database that the environment names.
func withApp(action func(context.Context, *cli.Command, *app) error) cli.ActionFunc {
	return func(ctx context.Context, c *cli.Command) error {
		s, err := readSettings()
		if err != nil {
			return err
		}
		a, err := open(ctx, s, slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})))
		if err != nil {
			return err
		}
		return errors.Join(action(ctx, c, a), a.close())
	}
}

// slugArgument reads the first argument of a command, which has as many as its usage says.
func slugArgument(c *cli.Command) (tenancy.Slug, error) {
	if c.Args().Len() != len(strings.Fields(c.ArgsUsage)) {
		return "", fmt.Errorf("the arguments are: %s %s", c.FullName(), c.ArgsUsage)
	}
	return tenancy.ParseSlug(c.Args().First())
}

// tenantArgument finds the tenant that the first argument names.
func (a *app) tenantArgument(ctx context.Context, c *cli.Command) (tenancy.Tenant, error) {
	slug, err := slugArgument(c)
	if err != nil {
		return tenancy.Tenant{}, err
	}
	t, err := a.tenants.Get(ctx, slug)
	if errors.Is(err, tenancy.ErrNotFound) {
		return t, fmt.Errorf("there is no tenant %s: spoke tenant list shows them", slug)
	}
	return t, err
}

func listTenants(ctx context.Context, c *cli.Command, a *app) error {
	all, err := a.tenants.List(ctx)
	if err != nil {
		return err
	}
	if c.Bool("json") {
		type row struct {
			Slug    tenancy.Slug    `json:"slug"`
			Name    string          `json:"name"`
			State   tenancy.State   `json:"state"`
			Profile tenancy.Profile `json:"profile"`
			URL     string          `json:"tenant_url"`
			Created time.Time       `json:"created_at"`
		}
		rows := []row{}
		for _, t := range all {
			rows = append(rows, row{t.Slug, t.Name, t.State, t.Settings.Profile, a.tenantURL(t.Slug), t.CreatedAt})
		}
		return json.NewEncoder(os.Stdout).Encode(rows)
	}
	if len(all) == 0 {
		fmt.Println("There is no tenant yet. Create one: spoke tenant create acme")
		return nil
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 3, ' ', 0)
	fmt.Fprintln(w, "SLUG\tSTATE\tPROFILE\tCREATED\tTENANT URL")
	for _, t := range all {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", t.Slug, t.State, t.Settings.Profile, t.CreatedAt.Format(time.DateOnly), a.tenantURL(t.Slug))
	}
	return w.Flush()
}

// printToken shows a secret for the one time that it can be seen.
func printToken(c *cli.Command, a *app, t tenancy.Tenant, secret token.Secret, made token.Token) error {
	if c.Bool("json") {
		return json.NewEncoder(os.Stdout).Encode(map[string]any{
			"slug": t.Slug, "tenant_url": a.tenantURL(t.Slug), "token_id": made.ID, "secret_token": secret.Reveal(),
		})
	}
	fmt.Printf("Tenant URL     %s\nSecret token   %s\n\nThe token is shown this once. Paste both into the identity provider.\n",
		a.tenantURL(t.Slug), secret.Reveal())
	return nil
}
