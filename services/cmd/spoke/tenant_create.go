package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/urfave/cli/v3"
	"golang.org/x/sync/errgroup"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

func createCommand() *cli.Command {
	return &cli.Command{
		Name: "create", Usage: "create a tenant and print its URL and its first token, or create many", ArgsUsage: "SLUG",
		Description: "Many at once: --from FILE, or - for standard input, has one slug to a line and, after a tab or a comma, a name;\n" +
			"--prefix load --count 1000 makes load-0001 to load-1000. For each tenant there is a line: slug, tenant URL and, with\n" +
			"--tokens, the secret token, divided by tabs. Broken off, or where some fail, run the same again: tenants that exist\n" +
			"stay as they are, and get a token only if they have none.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "name", Usage: "the tenant's name for people"},
			&cli.StringFlag{Name: "profile", Value: string(tenancy.ProfileAuto), Usage: "auto (tolerant) or strict"},
			&cli.BoolFlag{Name: "allow-equal-group-names", Usage: "let two groups have one displayName"},
			&cli.StringFlag{Name: "from", Usage: "create the tenants of this file; - is standard input"},
			&cli.IntFlag{Name: "count", Usage: "create so many tenants"},
			&cli.StringFlag{Name: "prefix", Usage: "what the slugs of --count begin with"},
			&cli.BoolFlag{Name: "tokens", Usage: "of many tenants, make and print a token for each"},
			jsonFlag(),
		},
		Action: withApp(createTenants),
	}
}

// createTenants creates one tenant or many.
func createTenants(ctx context.Context, c *cli.Command, a *app) error {
	settings := tenancy.DefaultSettings()
	settings.Profile, settings.UniqueGroupNames = tenancy.Profile(c.String("profile")), !c.Bool("allow-equal-group-names")
	if _, err := settings.Normalize(); err != nil {
		return err
	}
	var list []lifecycle.NewTenant
	var err error
	switch from, counted := c.IsSet("from"), c.IsSet("count") || c.IsSet("prefix"); {
	case !from && !counted && c.Bool("tokens"):
		return errors.New("--tokens is for --from and --count: of one tenant the token is printed without it")
	case !from && !counted:
		return createTenant(ctx, c, a, settings)
	case from && counted, c.Args().Len() > 0, c.IsSet("name"):
		return errors.New("say which tenants to create in one way: SLUG and --name, or --from FILE, or --count N --prefix PREFIX")
	case from:
		list, err = readTenants(c.String("from"))
	default:
		list, err = numberedTenants(c.String("prefix"), c.Int("count"))
	}
	if err != nil {
		return err
	}
	if err := a.tenants.MigrateControl(ctx); err != nil {
		return err
	}
	for i := range list {
		list[i].Settings = settings
	}
	m := &manyTenants{app: a, tokens: c.Bool("tokens"), json: c.Bool("json"), bar: progress(len(list), "creating tenants")}
	return m.create(ctx, list)
}

func createTenant(ctx context.Context, c *cli.Command, a *app, settings tenancy.Settings) error {
	slug, err := slugArgument(c)
	if err != nil {
		return err
	}
	if err := a.tenants.MigrateControl(ctx); err != nil {
		return err
	}
	t, err := a.tenants.Create(ctx, lifecycle.NewTenant{Slug: slug, Name: c.String("name"), Settings: settings})
	if err != nil {
		return err
	}
	secret, made, err := a.tokens.Mint(ctx, t.ID, firstToken, time.Time{})
	if err != nil {
		return err
	}
	return printToken(c, a, t, secret, made)
}

const firstToken = "first token"

// createAtOnce is how many tenants are worked on together; the Manager bounds them further where connections are few.
const createAtOnce = 8

// manyTenants creates tenants and prints a line for each as soon as it is there.
type manyTenants struct {
	app          *app
	tokens, json bool

	mu              sync.Mutex
	bar             *progressbar.ProgressBar
	created, exists int
	errs            []error
}

func (m *manyTenants) create(ctx context.Context, list []lifecycle.NewTenant) error {
	start := time.Now()
	group, going := errgroup.WithContext(ctx)
	group.SetLimit(createAtOnce)
	for _, request := range list {
		if going.Err() != nil {
			break
		}
		group.Go(func() error { return m.one(going, request) })
	}
	err := group.Wait()
	if err == nil {
		err = ctx.Err()
	}
	_ = m.bar.Finish() // a bar that cannot be drawn must not make the work fail
	left := len(list) - m.created - m.exists - len(m.errs)
	fmt.Fprintf(os.Stderr, "%d tenants were created in %s and %d existed already; %d failed and %d are left.\n",
		m.created, time.Since(start).Round(100*time.Millisecond), m.exists, len(m.errs), left)
	if err != nil {
		return fmt.Errorf("broken off; run the same again to go on: %w", err)
	}
	if len(m.errs) > 0 {
		return fmt.Errorf("some tenants were not created:\n%w", firstOf(m.errs))
	}
	return nil
}

// one creates one tenant. An error ends the whole run: that of ctx, or where Postgres cannot be asked, or nobody reads.
func (m *manyTenants) one(ctx context.Context, request lifecycle.NewTenant) error {
	t, existed, secret, err := m.ensure(ctx, request)
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case ctx.Err() != nil && err != nil:
		return ctx.Err()
	case tenantdb.Unavailable(err):
		return err
	case err != nil:
		m.errs = append(m.errs, fmt.Errorf("%s: %w", request.Slug, reason(err)))
	case existed:
		m.exists++
	default:
		m.created++
	}
	_ = m.bar.Add(1)
	if err != nil {
		return nil // it is in errs, and the others go on
	}
	return m.print(t, existed, secret)
}

// ensure returns the tenant, and its token where one was made.
func (m *manyTenants) ensure(ctx context.Context, request lifecycle.NewTenant) (t tenancy.Tenant, existed bool, secret string, err error) {
	t, err = m.app.tenants.Create(ctx, request)
	if errors.Is(err, tenancy.ErrSlugTaken) {
		existed = true
		request.Ensure = true // refuses one that is being deleted
		t, err = m.app.tenants.Create(ctx, request)
	}
	if err != nil || !m.tokens {
		return t, existed, "", err
	}
	if existed {
		list, err := m.app.tokens.List(ctx, t.ID)
		if err != nil || len(list) > 0 {
			return t, existed, "", err
		}
	}
	made, _, err := m.app.tokens.Mint(ctx, t.ID, firstToken, time.Time{})
	return t, existed, made.Reveal(), err
}

// reason leaves out what the line says already.
func reason(err error) error {
	for _, known := range []error{tenancy.ErrSlugConfusable, tenancy.ErrSlugTaken} {
		if errors.Is(err, known) {
			return known
		}
	}
	var slug *tenancy.SlugError
	if errors.As(err, &slug) {
		return slug
	}
	return err
}

// print writes a tenant's line at once: a secret is seen this one time.
func (m *manyTenants) print(t tenancy.Tenant, existed bool, secret string) error {
	_ = m.bar.Clear()
	url := m.app.tenantURL(t.Slug)
	if m.json {
		line := map[string]any{"slug": t.Slug, "tenant_url": url, "created": !existed}
		if secret != "" {
			line["secret_token"] = secret
		}
		return json.NewEncoder(os.Stdout).Encode(line)
	}
	columns := []string{string(t.Slug), url}
	if m.tokens {
		columns = append(columns, secret)
	}
	_, err := fmt.Println(strings.Join(columns, "\t"))
	return err
}
