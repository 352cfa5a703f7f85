package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/askspoke/spoke/scim/schema"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/lifecycle"
)

func schemaCommand() *cli.Command {
	return &cli.Command{
		Name: "schema", Usage: "add, list and remove the schema extensions of a tenant",
		Description: "A schema extension is a SCIM schema document (RFC 7643 section 7), JSON such as\n" +
			`  {"id": "urn:example:params:scim:schemas:extension:Badge:2.0:User", "name": "Badge",` + "\n" +
			`   "description": "The badge that a user wears.",` + "\n" +
			`   "attributes": [{"name": "number", "description": "The number of the badge."},` + "\n" +
			`                  {"name": "floor", "type": "integer", "description": "Where the user may go."}]}` + "\n" +
			"Descriptions that are missing are made of the names. No attribute may have the name of one that every user or\n" +
			"group has already, such as active.",
		Commands: []*cli.Command{
			{
				Name: "add", Usage: "add an extension, or give one a new document", ArgsUsage: "SLUG FILE|-",
				Description: "The document of an extension that is there can add attributes and change descriptions; what is\n" +
					"there cannot go or change its type. Every server follows within a second.",
				Flags:  []cli.Flag{resourceTypeFlag(), jsonFlag()},
				Action: withApp(addSchema),
			},
			{
				Name: "list", Usage: "list the extensions and how many resources use them", ArgsUsage: "SLUG",
				Flags: []cli.Flag{jsonFlag()}, Action: withApp(listSchemas),
			},
			{
				Name: "remove", Usage: "remove an extension that no resource uses", ArgsUsage: "SLUG URN",
				Description: "Refused while a resource has data under the extension. It takes some minutes: first no further resource\n" +
					"can begin to use it, then every server has to have heard, then it goes. Broken off, it stays.",
				Action: withApp(removeSchema),
			},
		},
	}
}

func resourceTypeFlag() cli.Flag {
	return &cli.StringFlag{Name: "resource-type", Usage: "what it extends: User or Group (default: the last part of its URN)"}
}

func addSchema(ctx context.Context, c *cli.Command, a *app) error {
	t, err := a.tenantArgument(ctx, c)
	if err != nil {
		return err
	}
	document, err := readDocument(c.Args().Get(1))
	if err != nil {
		return err
	}
	s, err := schema.Parse(document)
	if err != nil {
		return explain(err)
	}
	kind := c.String("resource-type")
	if kind == "" {
		if kind = s.ID[strings.LastIndexByte(s.ID, ':')+1:]; kind != "User" && kind != "Group" {
			return fmt.Errorf("%s does not end in :User or :Group: say what it extends with --resource-type", s.ID)
		}
	}
	e, err := directory.ParseExtension(document, kind)
	if err != nil {
		return explain(err)
	}
	replaced, err := a.tenants.PutExtension(ctx, t.Slug, e, func(existing []tenancy.Extension) error {
		return directory.CheckExtension(e, existing)
	})
	if err != nil {
		return explain(err)
	}
	if c.Bool("json") {
		return json.NewEncoder(os.Stdout).Encode(map[string]any{
			"urn": e.URN, "resource_type": e.ResourceType, "replaced": replaced, "document": json.RawMessage(e.Document),
		})
	}
	done := "Added"
	if replaced {
		done = "Replaced the document of"
	}
	fmt.Printf("%s %s, which extends %s of tenant %s. Every server follows within a second;\nread it at %s/Schemas/%s\n",
		done, e.URN, e.ResourceType, t.Slug, a.tenantURL(t.Slug), e.URN)
	return nil
}

// readDocument reads a file, or standard input for "-".
func readDocument(name string) ([]byte, error) {
	from := io.Reader(os.Stdin)
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		from = file
	}
	text, err := io.ReadAll(io.LimitReader(from, schema.MaxDocument+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return text, nil
}

// explain writes what is wrong with a document one to a line.
func explain(err error) error {
	var wrong *schema.DocumentError
	if errors.As(err, &wrong) {
		return fmt.Errorf("the schema document cannot be used:\n  %s", strings.Join(wrong.Problems, "\n  "))
	}
	return err
}

// schemaRow is an extension as list shows it.
type schemaRow struct {
	URN          string          `json:"urn"`
	ResourceType string          `json:"resource_type"`
	State        string          `json:"state"`
	Resources    int             `json:"resources"`
	UpdatedAt    time.Time       `json:"updated_at,omitzero"`
	Document     json.RawMessage `json:"document"`
}

func listSchemas(ctx context.Context, c *cli.Command, a *app) error {
	t, err := a.tenantArgument(ctx, c)
	if err != nil {
		return err
	}
	added, err := a.tenants.Extensions(ctx, t.ID)
	if err != nil {
		return err
	}
	types, err := directory.ResourceTypes(tenancy.NewExtensions(added))
	if err != nil {
		return err
	}
	of := make(map[string]tenancy.Extension, len(added))
	for _, e := range added {
		of[e.URN] = e
	}
	var rows []schemaRow
	for _, kind := range types {
		for _, x := range kind.Extensions {
			row := schemaRow{URN: x.Schema.ID, ResourceType: kind.Name, State: "built in"}
			if e, ok := of[x.Schema.ID]; ok {
				row.State, row.UpdatedAt = "added", e.UpdatedAt
			}
			if x.Closed {
				row.State = "being removed"
			}
			if row.Resources, _, err = a.directoryOf(t).ExtensionUse(ctx, kind.Name, x.Schema.ID); err != nil {
				return err
			}
			if row.Document, err = json.Marshal(x.Schema); err != nil {
				return err
			}
			rows = append(rows, row)
		}
	}
	if c.Bool("json") {
		return json.NewEncoder(os.Stdout).Encode(rows)
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 3, ' ', 0)
	fmt.Fprintln(w, "URN\tEXTENDS\tSTATE\tCHANGED\tRESOURCES")
	for _, r := range rows {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\n", r.URN, r.ResourceType, r.State, moment(r.UpdatedAt), r.Resources)
	}
	return w.Flush()
}

func removeSchema(ctx context.Context, c *cli.Command, a *app) error {
	t, err := a.tenantArgument(ctx, c)
	if err != nil {
		return err
	}
	urn := c.Args().Get(1)
	err = a.tenants.RemoveExtension(ctx, lifecycle.Removal{
		Slug: t.Slug, URN: urn,
		Use: func(ctx context.Context, t tenancy.Tenant, e tenancy.Extension) (int, string, error) {
			return a.directoryOf(t).ExtensionUse(ctx, e.ResourceType, e.URN)
		},
		Waiting: func(d time.Duration) {
			fmt.Fprintf(os.Stderr, "No resource uses it, and none can begin to. Waiting %s, until every server has heard; Ctrl-C leaves it as it was.\n", d.Round(time.Second))
		},
	})
	var used *tenancy.ExtensionUsedError
	switch {
	case errors.As(err, &used):
		return fmt.Errorf("%s stays: resources of type %s that have data under it: %d, such as %s. Remove the attributes in the identity provider first",
			used.URN, used.ResourceType, used.Count, used.Example)
	case errors.Is(err, tenancy.ErrExtensionNotFound) && builtIn(urn):
		return fmt.Errorf("%s is part of Spoke, for every tenant, and cannot be removed", urn)
	case errors.Is(err, tenancy.ErrExtensionNotFound):
		return fmt.Errorf("tenant %s has no extension %s: spoke tenant schema list %s shows them", t.Slug, urn, t.Slug)
	case err != nil:
		return err
	}
	fmt.Printf("Removed %s from tenant %s\n", urn, t.Slug)
	return nil
}

// builtIn tells whether every tenant has the schema.
func builtIn(urn string) bool {
	types, err := directory.ResourceTypes(nil)
	for _, t := range types {
		if strings.EqualFold(urn, t.Schema.ID) || t.ExtensionByURN(urn) != nil {
			return true
		}
	}
	return err != nil
}
