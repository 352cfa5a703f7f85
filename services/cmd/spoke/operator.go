package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/askspoke/spoke/tenancy/operator"
)

func operatorCommand() *cli.Command {
	return &cli.Command{
		Name:  "operator",
		Usage: "make, list and revoke the keys of the tenant onboarding API, and sign in to the operator's console",
		Description: "For the first key, and where the API is out of reach: it uses the database itself, in the same environment as\n" +
			"spoke serve.",
		Commands: []*cli.Command{{
			Name: "link", Usage: "make a link that signs you in to the operator's console, once and within 15 minutes",
			Flags: []cli.Flag{
				&cli.StringFlag{Name: "role", Value: string(operator.Manage), Usage: "read, manage or admin"},
				&cli.StringFlag{Name: "name", Usage: "who you are, for the audit log (default: the user of this shell)"},
				jsonFlag(),
			},
			Action: withApp(linkOperator),
		}, {
			Name: "sign-out", Usage: "end an operator's sessions in the console and visits to tenants, at once and everywhere",
			ArgsUsage: "[USER]", Description: "USER is a user of the operating system who made links; by default that of this shell. Links that were not opened are void.\n" +
				"Or it is oidc:SUBJECT, who signs in at the operators' OpenID provider, as the audit log has the actor. Take the role away there first: nothing keeps\n" +
				"them from signing in again. A JWT for the API is good until it expires, and an API key until it is revoked.",
			Action: withApp(signOutOperator),
		}, {
			Name: "key", Usage: "make, list and revoke API keys",
			Commands: []*cli.Command{
				{
					Name: "create", Usage: "make an API key and print it", ArgsUsage: "NAME",
					Flags: []cli.Flag{
						&cli.StringFlag{Name: "role", Value: string(operator.Manage), Usage: "read, manage or admin"},
						&cli.DurationFlag{Name: "expires-in", Value: operator.DefaultKeyLife, Usage: "how long it is valid"},
						jsonFlag(),
					},
					Action: withApp(createKey),
				},
				{Name: "list", Usage: "list the API keys with their last use", Flags: []cli.Flag{jsonFlag()}, Action: withApp(listKeys)},
				{Name: "revoke", Usage: "end an API key at once, everywhere", ArgsUsage: "KEY-ID", Action: withApp(revokeKey)},
			},
		}},
	}
}

func linkOperator(ctx context.Context, c *cli.Command, a *app) error {
	if err := a.tenants.MigrateControl(ctx); err != nil {
		return err
	}
	link, expires, err := a.operatorLink(ctx, operator.Role(c.String("role")), c.String("name"))
	if err != nil {
		return err
	}
	if c.Bool("json") {
		return printJSON(map[string]any{"url": link, "expires_at": expires})
	}
	fmt.Printf("%s\n\nIt works once, until %s.\n", link, moment(expires))
	return nil
}

func signOutOperator(ctx context.Context, c *cli.Command, a *app) error {
	user := cmp.Or(c.Args().First(), shellUser())
	if strings.HasPrefix(user, "oidc:") {
		return signOutSubject(ctx, a, user)
	}
	n, err := a.operator.RevokeSignIns(ctx, operator.ShellActor(user))
	if err != nil {
		return err
	}
	if _, err := a.admins.EndImpersonationsOf(ctx, operator.ShellActor(user)); err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("%s has made no link of the last month: the audit log says who is signed in", user)
	}
	fmt.Printf("Revoked every link of %s. Whoever came by one is out, on every server.\n", user)
	return nil
}

// signOutSubject ends the sessions of who signs in at the operators' OpenID provider.
func signOutSubject(ctx context.Context, a *app, actor string) error {
	if err := a.tenants.MigrateControl(ctx); err != nil {
		return err
	}
	if err := a.operator.SignOutActor(ctx, actor); err != nil {
		return err
	}
	n, err := a.admins.EndImpersonationsOf(ctx, actor)
	if err != nil {
		return err
	}
	fmt.Printf("Every session of %s has ended, on every server, and %d visits to tenants with it.\n", plain(actor), n)
	return nil
}

// operatorLink makes a link to the operator's console, for the user of this shell unless a name is given.
func (a *app) operatorLink(ctx context.Context, role operator.Role, name string) (string, time.Time, error) {
	user := shellUser()
	secret, expires, err := a.operator.CreateSignIn(ctx, operator.Identity{Actor: operator.ShellActor(user), Name: cmp.Or(name, user, "shell"), Role: role})
	return a.origin(a.settings.consoleHost()) + "/sign-in/link/" + secret.Reveal(), expires, err
}

func createKey(ctx context.Context, c *cli.Command, a *app) error {
	if err := a.tenants.MigrateControl(ctx); err != nil {
		return err
	}
	secret, key, err := a.operator.CreateKey(ctx, operator.NewKey{
		Name: c.Args().First(), Role: operator.Role(c.String("role")), ExpiresAt: time.Now().Add(c.Duration("expires-in")), CreatedBy: operator.Shell,
	})
	if err != nil {
		return err
	}
	if c.Bool("json") {
		return printJSON(map[string]any{
			"api_url": a.apiURL(), "id": key.ID, "name": key.Name, "role": key.Role, "expires_at": key.ExpiresAt, "secret": secret.Reveal(),
		})
	}
	fmt.Printf("API URL   %s\nAPI key   %s\n\nThe key is shown this once. It has the role %s until %s.\n",
		a.apiURL(), secret.Reveal(), key.Role, moment(key.ExpiresAt))
	return nil
}

// allKeys returns every key, the newest first.
func allKeys(ctx context.Context, a *app) (all []operator.Key, err error) {
	for page := (operator.Page{Limit: 200}); ; {
		list, more, err := a.operator.Keys(ctx, page)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
		if !more {
			return all, nil
		}
		last := list[len(list)-1]
		page.After = operator.Position{At: last.CreatedAt, ID: last.ID}
	}
}

func listKeys(ctx context.Context, c *cli.Command, a *app) error {
	all, err := allKeys(ctx, a)
	if err != nil {
		return err
	}
	if c.Bool("json") {
		type row struct {
			ID        string        `json:"id"`
			Name      string        `json:"name"`
			Role      operator.Role `json:"role"`
			Hint      string        `json:"hint"`
			CreatedAt time.Time     `json:"created_at"`
			CreatedBy string        `json:"created_by"`
			ExpiresAt time.Time     `json:"expires_at"`
			RevokedAt time.Time     `json:"revoked_at,omitzero"`
			LastUse   time.Time     `json:"last_used_at,omitzero"`
			From      string        `json:"last_used_from,omitempty"`
		}
		rows := []row{}
		for _, k := range all {
			rows = append(rows, row{k.ID, k.Name, k.Role, k.Hint, k.CreatedAt, k.CreatedBy, k.ExpiresAt, k.RevokedAt, k.LastUsedAt, k.LastUsedFrom})
		}
		return printJSON(rows)
	}
	if len(all) == 0 {
		fmt.Println("There is no API key yet. Make one: spoke operator key create --role admin NAME")
		return nil
	}
	var rows [][]string
	for _, k := range all {
		rows = append(rows, []string{
			k.ID, k.Name, string(k.Role), "…" + k.Hint, moment(k.CreatedAt), moment(k.ExpiresAt), moment(k.LastUsedAt), k.LastUsedFrom, moment(k.RevokedAt),
		})
	}
	return printTable("ID, NAME, ROLE, ENDS IN, CREATED, EXPIRES, LAST USE, FROM, REVOKED", rows)
}

func revokeKey(ctx context.Context, c *cli.Command, a *app) error {
	id := c.Args().First()
	err := a.operator.RevokeKey(ctx, id)
	if errors.Is(err, operator.ErrNotFound) {
		return fmt.Errorf("there is no API key %s: spoke operator key list shows them", id)
	}
	if err != nil {
		return err
	}
	fmt.Printf("Revoked API key %s. Every server refuses it at once.\n", id)
	return nil
}
