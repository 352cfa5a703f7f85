package main

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/urfave/cli/v3"
	"golang.org/x/term"

	"github.com/askspoke/spoke/services/onboarding/client"
)

// change is a call that puts a tenant into another state.
type change func(ctx context.Context, api *shellAPI, slug string) (*http.Response, error)

func stateCommands() []*cli.Command {
	return []*cli.Command{
		stateCommand("suspend", "refuse a tenant's identity provider with 403 until it is resumed",
			"The directory stays as it is. Every server follows within a second.",
			"Suspended tenant %s: its identity provider is refused with 403. To end that: spoke tenant resume %[1]s",
			func(ctx context.Context, api *shellAPI, slug string) (*http.Response, error) {
				return api.SuspendTenant(ctx, slug, nil)
			}),
		stateCommand("pause", "answer a tenant's identity provider with 503 for a short while, such as a move",
			"It comes back by itself. Every server follows within a second.",
			"Paused tenant %s: its identity provider is answered with 503 and comes back later. To end that: spoke tenant resume %[1]s",
			func(ctx context.Context, api *shellAPI, slug string) (*http.Response, error) {
				return api.PauseTenant(ctx, slug, nil)
			}),
		stateCommand("resume", "serve a suspended or paused tenant again", "",
			"Tenant %s is served again.",
			func(ctx context.Context, api *shellAPI, slug string) (*http.Response, error) {
				return api.ResumeTenant(ctx, slug, nil)
			}),
		stateCommand("restore", "undo the deletion of a tenant, before its grace period ends",
			"It is in the state again that it was in before.",
			"Restored tenant %s.",
			func(ctx context.Context, api *shellAPI, slug string) (*http.Response, error) {
				return api.RestoreTenant(ctx, slug, nil)
			}),
	}
}

func stateCommand(name, what, description, done string, to change) *cli.Command {
	return &cli.Command{
		Name: name, Usage: what, Description: description, ArgsUsage: "SLUG", Flags: []cli.Flag{jsonFlag()},
		Action: withAPI(func(ctx context.Context, c *cli.Command, api *shellAPI) error {
			t, err := call[client.Tenant](to(ctx, api, c.Args().First()))
			if err != nil {
				return err
			}
			return said(c, t, done, t.Slug)
		}),
	}
}

func deleteCommand() *cli.Command {
	return &cli.Command{
		Name: "delete", Usage: "delete a tenant, with a grace period in which that can be undone", ArgsUsage: "SLUG",
		Description: "Its identity provider is refused with 403 at once. When the grace period has ended, users, groups, tokens and\n" +
			"hosts go for good, and the slug is free again. Keep a copy: spoke tenant export SLUG -o FILE",
		Flags: []cli.Flag{
			&cli.IntFlag{Name: "grace", Usage: "for how many `DAYS` it can be undone", Value: 30},
			&cli.BoolFlag{Name: "yes", Aliases: []string{"y"}, Usage: "do not ask; needed where nobody can be asked"},
			jsonFlag(),
		},
		Action: withAPI(deleteTenant),
	}
}

func deleteTenant(ctx context.Context, c *cli.Command, api *shellAPI) error {
	asked := term.IsTerminal(int(os.Stdin.Fd()))
	if !c.Bool("yes") && !asked {
		return usage("nobody can be asked whether to delete %s: say --yes", plain(c.Args().First()))
	}
	t, err := call[client.Tenant](api.GetTenant(ctx, c.Args().First()))
	if err != nil {
		return err
	}
	days := c.Int("grace")
	if !c.Bool("yes") {
		fmt.Fprintf(os.Stderr, "Delete tenant %s (%s), with its users, groups and tokens? It can be undone for %d days.\nType its slug to go on: ", t.Slug, plain(t.Name), days)
		text, err := readLine(ctx)
		if err != nil {
			return err
		}
		if text != t.Slug {
			return fmt.Errorf("tenant %s stays as it is", t.Slug)
		}
	}
	t, err = call[client.Tenant](api.DeleteTenant(ctx, t.ID, &client.DeleteTenantParams{GraceDays: &days}))
	if err != nil {
		return err
	}
	return said(c, t, "Tenant %s is refused with 403, and goes for good after %s. Until then it can be undone: spoke tenant restore %[1]s", t.Slug, when(t.DeleteAfter))
}

// readLine reads what somebody types, until ctx ends.
func readLine(ctx context.Context) (string, error) {
	typed := make(chan string, 1)
	go func() {
		text, _ := bufio.NewReader(os.Stdin).ReadString('\n') // an end is an answer, too
		typed <- strings.TrimSpace(text)
	}()
	select {
	case text := <-typed:
		return text, nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}
