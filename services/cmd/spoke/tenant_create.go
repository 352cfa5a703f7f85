package main

import (
	"context"

	"github.com/urfave/cli/v3"

	"github.com/askspoke/spoke/services/onboarding/client"
)

func createCommand() *cli.Command {
	return &cli.Command{
		Name: "create", Usage: "create a tenant and print its URL and its first token, or create many", ArgsUsage: "[SLUG]",
		Description: "One, with what the identity provider asks for:\n\n" +
			"  spoke tenant create acme --name \"Acme Inc.\"\n\n" +
			"Many in one run, from a file with one slug to a line and, after a tab or a comma, a name; or numbered:\n\n" +
			"  spoke tenant create --from customers.csv --tokens > tokens.tsv\n" +
			"  spoke tenant create --prefix load --count 1000        # load-0001 to load-1000\n\n" +
			"Of many there is a line for each tenant as soon as it is there: slug, tenant URL and, with --tokens, the secret token,\n" +
			"divided by tabs. Broken off, or where some fail, run the same again: it goes on. Tenants that exist stay as they are,\n" +
			"and get a token only if they have none; within 24 hours, the same run prints the tokens that it made before.",
		Flags: append(settingFlags(),
			&cli.BoolFlag{Name: "no-token", Usage: "of one tenant, make no token"},
			&cli.StringFlag{Name: "from", Usage: "create the tenants of this `FILE`; - is standard input"},
			&cli.IntFlag{Name: "count", HideDefault: true, Usage: "create `N` tenants"},
			&cli.StringFlag{Name: "prefix", Usage: "the `TEXT` that the slugs of --count begin with"},
			&cli.BoolFlag{Name: "tokens", Usage: "of many tenants, make and print a token for each"},
			jsonFlag(),
		),
		Action: createTenants,
	}
}

// firstToken is the name of a token that comes with its tenant.
const firstToken = "first token"

// createTenants creates one tenant or many. What is wrong with the command is said before anything is reached.
func createTenants(ctx context.Context, c *cli.Command) error {
	var list []client.NewTenant
	var err error
	switch from, counted := c.IsSet("from"), c.IsSet("count") || c.IsSet("prefix"); {
	case !from && !counted && c.Bool("tokens"):
		return usage("--tokens is for --from and --count: of one tenant the token is printed without it")
	case !from && !counted && c.Args().Len() != 1:
		return usage("the arguments are: %s SLUG, or --from FILE, or --count N --prefix PREFIX", c.FullName())
	case !from && !counted:
		return withAPI(createTenant)(ctx, c)
	case from && counted, c.Args().Len() > 0, c.IsSet("name"), c.IsSet("no-token"):
		return usage("say which tenants to create in one way: SLUG and --name, or --from FILE, or --count N --prefix PREFIX")
	case from:
		list, err = readTenants(c.String("from"))
	default:
		list, err = numberedTenants(c.String("prefix"), c.Int("count"))
	}
	if err != nil {
		return err
	}
	settings := newSettings(c)
	for i := range list {
		list[i].Settings = settings
		if c.Bool("tokens") {
			list[i].Token = &client.NewToken{Name: firstToken}
		}
	}
	return withAPI(func(ctx context.Context, c *cli.Command, api *shellAPI) error {
		m := &manyTenants{api: api, tokens: c.Bool("tokens"), json: c.Bool("json"), bar: progress(len(list), "creating tenants")}
		return m.create(ctx, list)
	})(ctx, c)
}

func createTenant(ctx context.Context, c *cli.Command, api *shellAPI) error {
	request := client.NewTenant{Slug: c.Args().First(), Settings: newSettings(c)}
	if c.IsSet("name") {
		name := c.String("name")
		request.Name = &name
	}
	if !c.Bool("no-token") {
		request.Token = &client.NewToken{Name: firstToken}
	}
	made, err := call[client.CreatedTenant](api.CreateTenant(ctx, nil, request))
	if err != nil {
		return err
	}
	return printSecret(c, made.Tenant, made.Token)
}
