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

func journalCommand() *cli.Command {
	filters := []cli.Flag{
		&cli.StringFlag{Name: "outcome", Usage: "only what was `accepted` or refused"},
		&cli.StringSliceFlag{Name: "action", Usage: "only these `ACTIONS`: create, update, disable, restore, delete, member_add, member_remove, read, authenticate or other"},
		&cli.StringFlag{Name: "type", Usage: "only what is about this `TYPE`: User or Group"},
		&cli.StringFlag{Name: "resource", Usage: "only what is about the resource with this `ID`"},
		&cli.StringFlag{Name: "token", Usage: "only what was done with the token, the OAuth client or the operator's key of this `ID`"},
		&cli.StringFlag{Name: "request", Usage: "only the request of this `ID`, which its answer had as X-Request-Id"},
		&cli.StringFlag{Name: "provider-request", Usage: "only the request that the identity provider calls `SO`"},
		&cli.StringFlag{Name: "rule", Usage: "only what was refused by this `RULE`, such as attribute.unique"},
		&cli.StringFlag{Name: "since", Usage: "only from this `TIME` on: 24h or 7d ago, or such as 2026-03-01T12:00:00Z"},
		&cli.StringFlag{Name: "until", Usage: "only before this `TIME`"},
	}
	return &cli.Command{
		Name: "journal", Usage: "list, explain and export what an identity provider changed, and what was refused and why",
		Commands: []*cli.Command{
			{
				Name: "list", Usage: "list a tenant's journal, the newest first", ArgsUsage: "SLUG",
				Description: "  spoke tenant journal list acme --outcome refused --since 24h\n" +
					"  spoke tenant journal list acme --resource 2819c223-7f76-453a-919d-413861904646",
				Flags:  append([]cli.Flag{&cli.IntFlag{Name: "limit", Value: 50, Usage: "at most `N`; 0: all"}, jsonFlag()}, filters...),
				Action: withAPI(listJournal),
			},
			{
				Name: "show", Usage: "explain one entry: what was changed, or why it was refused and what to do", ArgsUsage: "SLUG ENTRY-ID",
				Flags: []cli.Flag{jsonFlag()}, Action: withAPI(showEntry),
			},
			{
				Name: "export", Usage: "write a tenant's journal as JSON lines or CSV, the oldest first", ArgsUsage: "SLUG",
				Description: "  spoke tenant journal export acme --format csv --since 30d -o acme.csv",
				Flags: append([]cli.Flag{
					&cli.StringFlag{Name: "format", Value: string(client.JournalLines), Usage: "`FORMAT`: ndjson or csv"},
					&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "write to `FILE` rather than standard output"},
				}, filters...),
				Action: withAPI(exportJournal),
			},
		},
	}
}

func listJournal(ctx context.Context, c *cli.Command, api *shellAPI) error {
	slug := c.Args().First()
	p := client.ListJournalParams{
		Outcome: optional(client.JournalOutcome(c.String("outcome"))), Action: journalActions(c),
		ResourceType: optional(client.ResourceTypeName(c.String("type"))), Resource: optional(c.String("resource")), Token: optional(c.String("token")),
		Request: optional(c.String("request")), ProviderRequest: optional(c.String("provider-request")), Rule: optional(c.String("rule")),
	}
	var err error
	if p.Since, p.Until, err = period(c); err != nil {
		return err
	}
	all, err := pages(c.Int("limit"), func(size int, cursor *string) ([]client.JournalEntry, *string, error) {
		p.Limit, p.Cursor = &size, cursor
		page, err := call[client.JournalPage](api.ListJournal(ctx, slug, &p))
		return page.Items, page.NextCursor, err
	})
	switch {
	case err != nil:
		return err
	case c.Bool("json"):
		return printJSON(all)
	case len(all) == 0:
		return said(c, nil, "The journal of %s has no such entry.", slug)
	}
	var rows [][]string
	for i := range all {
		e := &all[i]
		rows = append(rows, []string{moment(e.At), string(e.Outcome), string(e.Action), string(value(e.ResourceType)), value(e.ResourceID), summary(e), e.ID})
	}
	return printTable("AT, OUTCOME, ACTION, TYPE, RESOURCE, WHAT, ENTRY", rows)
}

// journalActions are those of the flag, nil for all.
func journalActions(c *cli.Command) *[]client.JournalAction {
	var actions []client.JournalAction
	for _, name := range c.StringSlice("action") {
		actions = append(actions, client.JournalAction(name))
	}
	if actions == nil {
		return nil
	}
	return &actions
}

// summary says what an entry is about in a few words.
func summary(e *client.JournalEntry) string {
	const most = 60
	var text string
	switch {
	case e.Refusal != nil:
		text = strings.TrimSpace(strconv.Itoa(e.Refusal.Status) + " " + e.Refusal.Rule + " " + value(e.Refusal.Attribute))
	case e.Changes != nil:
		var paths []string
		for _, change := range *e.Changes {
			paths = append(paths, change.Path)
		}
		text = strings.Join(paths, ", ")
	case e.Added != nil || e.Removed != nil:
		text = fmt.Sprintf("+%d −%d members", len(value(e.Added)), len(value(e.Removed)))
	}
	if short := []rune(text); len(short) > most {
		text = string(short[:most]) + "…"
	}
	return text
}

func showEntry(ctx context.Context, c *cli.Command, api *shellAPI) error {
	e, err := call[client.JournalEntry](api.GetJournalEntry(ctx, c.Args().First(), c.Args().Get(1)))
	switch {
	case err != nil:
		return err
	case c.Bool("json"):
		return printJSON(e)
	}
	facts := []fact{
		{"At", moment(e.At)},
		{"Outcome", string(e.Outcome)},
		{"Action", string(e.Action)},
		{"Resource", strings.TrimSpace(string(value(e.ResourceType)) + " " + value(e.ResourceID))},
		{"Token", value(e.TokenID)},
		{"Request", e.RequestID},
		{"Provider's request", value(e.ProviderRequestID)},
		{"Duration", (time.Duration(e.DurationMicroseconds) * time.Microsecond).String()},
	}
	if r := e.Refusal; r != nil {
		facts = append(facts, fact{"Refused", strings.TrimSpace(strconv.Itoa(r.Status) + " " + value(r.ScimType))}, fact{"Rule", r.Rule}, fact{"", value(r.RuleText)},
			fact{"Attribute", value(r.Attribute)}, fact{"Answer", r.Detail}, fact{"What to do", r.Hint},
			fact{"Sent", strings.TrimSpace(value(r.Method) + " " + value(r.Path) + " " + value(r.Query))}, fact{"Body", string(value(r.Body)) + value(r.BodyText)})
	}
	if e.Changes != nil {
		for _, change := range *e.Changes {
			facts = append(facts, fact{change.Path, jsonOr(change.Old, "nothing") + " → " + jsonOr(change.New, "nothing")})
		}
	}
	facts = append(facts, fact{"Added", list(value(e.Added), "")}, fact{"Removed", list(value(e.Removed), "")},
		fact{"Members", list(value(e.Members), "")}, fact{"Groups", list(value(e.Groups), "")}, fact{"Document", string(value(e.Document))})
	return printFacts(facts...)
}

// jsonOr returns a JSON value as text, or other where there is none.
func jsonOr[T ~[]byte](v *T, other string) string {
	if v == nil {
		return other
	}
	return string(*v)
}

func exportJournal(ctx context.Context, c *cli.Command, api *shellAPI) error {
	slug := c.Args().First()
	p := client.ExportJournalParams{
		Format: optional(client.JournalFormat(c.String("format"))), Outcome: optional(client.JournalOutcome(c.String("outcome"))),
		Action: journalActions(c), ResourceType: optional(client.ResourceTypeName(c.String("type"))),
		Resource: optional(c.String("resource")), Token: optional(c.String("token")), Request: optional(c.String("request")),
		ProviderRequest: optional(c.String("provider-request")), Rule: optional(c.String("rule")),
	}
	var err error
	if p.Since, p.Until, err = period(c); err != nil {
		return err
	}
	response, err := answered(api.stream.ExportJournal(ctx, slug, &p))
	if err != nil {
		return err
	}
	defer response.Body.Close()
	return save(response.Body, c.String("output"), "the journal of "+slug, (*lineCount).journalEnded)
}
