package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/askspoke/spoke/services/onboarding/client"
)

// maxDocument is how many bytes are read of a schema document: more than the API takes.
const maxDocument = 1 << 20

func schemaCommand() *cli.Command {
	return &cli.Command{
		Name: "schema", Usage: "add, list and remove the schema extensions of a tenant",
		Description: "A schema extension is a SCIM schema document (RFC 7643 section 7), JSON such as\n\n" +
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
				Flags: []cli.Flag{
					&cli.StringFlag{Name: "resource-type", Usage: "the `TYPE` that it extends: User or Group (the last part of its URN)"}, jsonFlag(),
				},
				Action: withAPI(addSchema),
			},
			{
				Name: "list", Usage: "list the extensions that were added to what every tenant has", ArgsUsage: "SLUG",
				Flags: []cli.Flag{jsonFlag()}, Action: withAPI(listSchemas),
			},
			{
				Name: "remove", Usage: "remove an extension that no user or group uses", ArgsUsage: "SLUG URN",
				Description: "Refused while a user or group has data under the extension. It takes some minutes: first nothing can begin to\n" +
					"use it, then every server has to have heard, then it goes, which this command waits for.",
				Action: withAPI(removeSchema),
			},
		},
	}
}

func addSchema(ctx context.Context, c *cli.Command, api *shellAPI) error {
	slug := c.Args().First()
	document, urn, err := readDocument(c.Args().Get(1))
	if err != nil {
		return err
	}
	params := &client.PutExtensionParams{}
	_, before, err := exchange[client.Extension](api.GetExtension(ctx, slug, urn))
	var refused *refusedError
	switch {
	case err == nil:
		tag := before.Header.Get("ETag")
		params.IfMatch = &tag
	case !errors.As(err, &refused) || refused.status != http.StatusNotFound:
		return err
	}
	e, response, err := exchange[client.Extension](api.PutExtension(ctx, slug, urn, params, client.ExtensionDocument{
		ResourceType: optional(client.ExtendedType(c.String("resource-type"))), Schema: document,
	}))
	if err != nil {
		return err
	}
	done := "Added"
	if response.StatusCode == http.StatusOK {
		done = "Replaced the document of"
	}
	return said(c, e, "%s %s, which extends %s of tenant %s. Every server follows within a second.", done, e.URN, e.ResourceType, slug)
}

// readDocument reads a schema document of a file, or of standard input for "-", and its URN.
func readDocument(name string) (document client.SchemaDocument, urn string, err error) {
	from := io.Reader(os.Stdin)
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return nil, "", err
		}
		defer file.Close()
		from = file
	}
	text, err := io.ReadAll(io.LimitReader(from, maxDocument+1))
	if err != nil {
		return nil, "", fmt.Errorf("read %s: %w", name, err)
	}
	if len(text) > maxDocument {
		return nil, "", fmt.Errorf("%s is too large for a schema document", name)
	}
	decoder := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff"))))
	decoder.UseNumber() // so that a number is sent on as it is written
	if err := decoder.Decode(&document); err != nil {
		return nil, "", fmt.Errorf("%s is no schema document, which is a JSON object: %w", name, err)
	}
	if urn, _ = document["id"].(string); urn == "" {
		return nil, "", fmt.Errorf(`%s is no schema document: its "id" must be a URN`, name)
	}
	return document, urn, nil
}

func listSchemas(ctx context.Context, c *cli.Command, api *shellAPI) error {
	slug := c.Args().First()
	extensions, err := call[client.ExtensionList](api.ListExtensions(ctx, slug))
	switch {
	case err != nil:
		return err
	case c.Bool("json"):
		return printJSON(extensions.Items)
	case len(extensions.Items) == 0:
		return said(c, nil, "%s has the schemas that every tenant has, and no other. Add one: spoke tenant schema add %[1]s FILE", slug)
	}
	var rows [][]string
	for _, e := range extensions.Items {
		rows = append(rows, []string{e.URN, string(e.ResourceType), string(e.State), moment(e.CreatedAt), moment(e.UpdatedAt)})
	}
	return printTable("URN, EXTENDS, STATE, ADDED, CHANGED", rows)
}

// lookAgain is how often the API is asked whether an extension is gone.
const lookAgain = 2 * time.Second

func removeSchema(ctx context.Context, c *cli.Command, api *shellAPI) error {
	slug, urn := c.Args().First(), c.Args().Get(1)
	if _, err := call[client.Extension](api.RemoveExtension(ctx, slug, urn)); err != nil {
		return err
	}
	for told := false; ; told = true {
		e, err := call[client.Extension](api.GetExtension(ctx, slug, urn))
		var refused *refusedError
		switch {
		case errors.As(err, &refused) && refused.status == http.StatusNotFound:
			return said(c, nil, "Removed %s from tenant %s.", urn, slug)
		case err != nil:
			return err
		case e.State == client.ExtensionOpen && told:
			return fmt.Errorf("%s stays: something has begun to use it meanwhile", plain(urn))
		}
		if !told {
			fmt.Fprintln(os.Stderr, "Nothing uses it, and nothing can begin to. Waiting some minutes, until every server has heard.")
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(lookAgain):
		}
	}
}
