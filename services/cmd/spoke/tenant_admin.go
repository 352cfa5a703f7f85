package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/urfave/cli/v3"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/operator"
)

func adminCommand() *cli.Command {
	return &cli.Command{
		Name: "admin", Usage: "list, add and remove the administrators of a tenant's console",
		Description: "For the first administrator, and where none can come in any more. Unlike the other commands it uses the database\n" +
			"itself, in the same environment as spoke serve. The audit log names the user of the operating system.\n\n" +
			"  spoke tenant admin add acme ada@acme.com --name \"Ada Lovelace\" --role owner",
		Commands: []*cli.Command{
			{
				Name: "list", Usage: "list the administrators, by mail address", ArgsUsage: "SLUG", Flags: []cli.Flag{jsonFlag()},
				Action: withTenant("", listAdmins),
			},
			{
				Name: "add", Usage: "add an administrator and print an invitation", ArgsUsage: "SLUG EMAIL",
				Flags: []cli.Flag{
					&cli.StringFlag{Name: "name", Required: true, Usage: "`NAME` for people"},
					&cli.StringFlag{Name: "role", Value: string(admin.Owner), Usage: "`ROLE`: owner decides who comes in, admin changes how users are provisioned, viewer looks"},
					jsonFlag(),
				},
				Action: withTenant("addAdministrator", addAdmin),
			},
			{
				Name: "remove", Usage: "remove an administrator, who is signed out at once", ArgsUsage: "SLUG EMAIL", Flags: []cli.Flag{jsonFlag()},
				Action: withTenant("removeAdministrator", removeAdmin),
			},
		},
	}
}

// withTenant gives a command the tenant that its first argument names. operation names a change in the audit log, which has
// it before it is made; "": nothing is changed.
func withTenant(operation string, action func(context.Context, *cli.Command, *app, tenancy.Tenant) (about string, err error)) cli.ActionFunc {
	return withApp(func(ctx context.Context, c *cli.Command, a *app) error {
		if err := a.tenants.CheckControl(ctx); err != nil {
			return fmt.Errorf("%w: run spoke migrate first", err)
		}
		t, err := a.tenantNamed(ctx, c.Args().First())
		if err != nil {
			return err
		}
		if operation == "" {
			_, err = action(ctx, c, a, t)
			return err
		}
		who := shellUser()
		call, err := a.operator.Record(ctx, operator.Call{
			Actor: operator.ShellActor(who), Name: who, Role: operator.Admin, Operation: operation, Tenant: t.ID, RequestID: uuid.NewString(),
		})
		if err != nil {
			return err
		}
		call.Resource, err = action(ctx, c, a, t)
		if call.Status = http.StatusOK; err != nil {
			call.Status, call.Problem = http.StatusConflict, "refused"
		}
		return errors.Join(err, a.operator.Conclude(ctx, call))
	})
}

// tenantNamed returns the tenant with a slug or an id.
func (a *app) tenantNamed(ctx context.Context, name string) (t tenancy.Tenant, err error) {
	if id, invalid := tenancy.ParseID(name); invalid == nil {
		t, err = a.tenants.ByID(ctx, id)
	} else {
		t, err = a.tenants.Get(ctx, tenancy.Slug(name))
	}
	if errors.Is(err, tenancy.ErrNotFound) {
		return t, fmt.Errorf("there is no tenant %.80q: spoke tenant list shows them: %w", name, tenancy.ErrNotFound)
	}
	return t, err
}

// adminShown is an administrator as JSON has it.
type adminShown struct {
	ID         string     `json:"id"`
	Email      string     `json:"email"`
	Name       string     `json:"name"`
	Role       admin.Role `json:"role"`
	UserID     string     `json:"user_id,omitempty"`
	CreatedAt  time.Time  `json:"created_at"`
	CreatedBy  string     `json:"created_by"`
	SignedInAt time.Time  `json:"signed_in_at,omitzero"`
	Invitation string     `json:"invitation,omitempty"`
}

func showAdmin(a admin.Administrator) adminShown {
	return adminShown{
		ID: a.ID, Email: a.Email, Name: a.Name, Role: a.Role, UserID: a.UserID, CreatedAt: a.CreatedAt, CreatedBy: a.CreatedBy, SignedInAt: a.SignedInAt,
	}
}

func listAdmins(ctx context.Context, c *cli.Command, a *app, t tenancy.Tenant) (string, error) {
	all, err := a.admins.List(ctx, t.ID)
	switch {
	case err != nil:
		return "", err
	case c.Bool("json"):
		shown := []adminShown{}
		for _, one := range all {
			shown = append(shown, showAdmin(one))
		}
		return "", printJSON(shown)
	case len(all) == 0:
		return "", said(c, nil, "%s has no administrator. Add one: spoke tenant admin add %[1]s EMAIL --name NAME", t.Slug)
	}
	var rows [][]string
	for _, one := range all {
		rows = append(rows, []string{one.Email, one.Name, string(one.Role), moment(one.SignedInAt), moment(one.CreatedAt), one.CreatedBy})
	}
	return "", printTable("EMAIL, NAME, ROLE, LAST HERE, ADDED, BY", rows)
}

func addAdmin(ctx context.Context, c *cli.Command, a *app, t tenancy.Tenant) (string, error) {
	made, err := a.admins.Add(ctx, admin.NewAdministrator{
		Tenant: t.ID, Email: c.Args().Get(1), Name: c.String("name"), Role: admin.Role(c.String("role")), CreatedBy: operator.ShellActor(shellUser()),
	})
	if err != nil {
		return "", err
	}
	secret, l, err := a.admins.CreateInvitation(ctx, t.ID, made.ID)
	if err != nil {
		return made.ID, err
	}
	url := a.origin(a.hosts.Host(t.Slug)) + "/sign-in/link/" + secret.Reveal()
	if c.Bool("json") {
		shown := showAdmin(made)
		shown.Invitation = url
		return made.ID, printJSON(shown)
	}
	_, err = fmt.Printf("%s\n\nThe invitation is shown this once, works once, and until %s. Give it to %s by a way that nobody else reads.\n",
		url, moment(l.ExpiresAt), plain(made.Email))
	return made.ID, err
}

func removeAdmin(ctx context.Context, c *cli.Command, a *app, t tenancy.Tenant) (string, error) {
	found, err := a.admins.ByEmail(ctx, t.ID, c.Args().Get(1))
	if err == nil {
		err = a.admins.Remove(ctx, t.ID, found.ID)
	}
	switch {
	case errors.Is(err, admin.ErrNotFound):
		return "", fmt.Errorf("%s has no such administrator: spoke tenant admin list %[1]s shows them: %w", t.Slug, admin.ErrNotFound)
	case errors.Is(err, admin.ErrLastOwner):
		return found.ID, fmt.Errorf("%s is the last owner of %s: add another one first: %w", plain(found.Email), t.Slug, admin.ErrLastOwner)
	case err != nil:
		return found.ID, err
	}
	return found.ID, said(c, showAdmin(found), "Removed %s. They are signed out everywhere.", found.Email)
}
