package main

import (
	"context"
	"io"
	"os"

	"github.com/urfave/cli/v3"
	"golang.org/x/term"

	"github.com/askspoke/spoke/services/onboarding/client"
)

func importCommand() *cli.Command {
	return &cli.Command{
		Name: "import", Usage: "make a tenant of an export, whole or not at all", ArgsUsage: "[FILE]",
		Description: "Without FILE, it is read from standard input. Tokens, OAuth clients and hosts are not in an export: make them anew.\n\n" +
			"  spoke tenant import acme.ndjson --slug acme-copy\n" +
			"  spoke tenant token create acme-copy",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "slug", Usage: "the new tenant's `SLUG` (that of the export)"},
			&cli.StringFlag{Name: "name", Usage: "its `NAME` for people (that of the export)"},
			&cli.StringFlag{Name: "plan", Usage: "its `PLAN` (that of the export); \"\": none"},
			jsonFlag(),
		},
		Action: withAPI(importTenant),
	}
}

func importTenant(ctx context.Context, c *cli.Command, api *shellAPI) error {
	in, size := os.Stdin, int64(-1)
	switch name := c.Args().First(); {
	case name != "" && name != "-":
		file, err := os.Open(name)
		if err != nil {
			return err
		}
		defer file.Close()
		in = file
		if info, err := file.Stat(); err == nil && info.Mode().IsRegular() {
			size = info.Size()
		}
	case term.IsTerminal(int(in.Fd())):
		return usage("say what to import: %s FILE, or an export on standard input", c.FullName())
	}
	params := &client.ImportTenantParams{Slug: optional(c.String("slug")), Name: optional(c.String("name"))}
	if c.IsSet("plan") {
		plan := c.String("plan")
		params.Plan = &plan
	}
	bar := progressBytes(size, "importing")
	t, err := call[client.Tenant](api.stream.ImportTenantWithBody(ctx, params, "application/x-ndjson", io.TeeReader(in, bar)))
	_ = bar.Finish() // a bar that cannot be drawn must not make the work fail
	if err != nil {
		return err
	}
	return said(c, t, "Imported tenant %s, at %s. It has no token yet: spoke tenant token create %[1]s", t.Slug, t.TenantURL)
}
