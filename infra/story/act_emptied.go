//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/askspoke/spoke/services/onboarding/client"
)

// guardCount is how many may leave within the guard's window. Fewer than ten are held then: so many failures are a risk of
// their own.
const guardCount = 10

func (a *act) emptied(ctx context.Context) error {
	c := a.initech
	a.does("Initech", "One user leaves.")
	c.source.change(names(0, 1), func(p *person) { p.gone = true })
	if err := a.left(ctx, names(0, 1)); err != nil {
		return err
	}
	if holds, err := a.holds(ctx); err != nil || len(holds) > 0 {
		return fmt.Errorf("act %s: one leaver, and %d holds: %w", a.title, len(holds), err)
	}
	a.check("A single leaver is not held.")
	leavers := names(10, 26)
	a.does("Initech", fmt.Sprintf("Somebody deletes %d users at once.", len(leavers)))
	c.source.change(leavers, func(p *person) { p.gone = true })
	err := a.expect(ctx, c, told{
		state: "guard_held", reason: "guard_held", forecast: "stay held until somebody", series: "spoke_tenant_guard_held", from: 1, to: people,
		alerts: []string{"SpokeTenantGuardHeld"}, mail: "Provisioning of Initech: deletions are held", operator: "Initech (initech)",
	})
	if err != nil {
		return err
	}
	if err := a.approve(ctx, leavers); err != nil {
		return err
	}
	if err := a.left(ctx, leavers); err != nil {
		return err
	}
	err = a.expect(ctx, c, told{state: "healthy", quiet: true, mail: "Provisioning of Initech: no deletions are held any more"})
	if err != nil {
		return err
	}
	a.check("The identity provider's next attempt has gone through; the alert is resolved; Initech is told.")
	return a.restored(ctx, leavers[:4])
}

// left waits until the provider has deleted users.
func (a *act) left(ctx context.Context, names []string) error {
	return a.until(ctx, "act "+a.title+": the leavers", func(context.Context) error {
		for _, name := range names {
			if id := a.initech.id(name); id != "" {
				return fmt.Errorf("%s is still there", name)
			}
		}
		_, err := a.initech.done()
		return err
	})
}

func (a *act) holds(ctx context.Context) ([]client.Hold, error) {
	r, err := a.spoke.api.ListHoldsWithResponse(ctx, a.initech.slug, nil)
	if err != nil {
		return nil, err
	}
	page, err := answer(r.JSON200, r.ApplicationProblemJSONDefault, r.Body)
	if err != nil {
		return nil, err
	}
	return page.Items, nil
}

// approve looks at the hold and lets it through.
func (a *act) approve(ctx context.Context, leavers []string) error {
	holds, err := a.holds(ctx)
	if err != nil || len(holds) != 1 || string(holds[0].State) != "held" {
		return fmt.Errorf("act %s: the holds are %+v, want an open one: %w", a.title, holds, err)
	}
	r, err := a.spoke.api.ListHeldWithResponse(ctx, a.initech.slug, holds[0].ID, nil)
	if err != nil {
		return err
	}
	page, err := answer(r.JSON200, r.ApplicationProblemJSONDefault, r.Body)
	if err != nil {
		return err
	}
	for _, h := range page.Items {
		if !slices.Contains(leavers, h.Name) {
			return fmt.Errorf("act %s: %s is held, who does not leave", a.title, h.Name)
		}
	}
	if n := len(page.Items); n == 0 || n >= len(leavers) {
		return fmt.Errorf("act %s: %d of %d are held", a.title, n, len(leavers))
	}
	a.check(fmt.Sprintf("Deletions are held: %s The alert fires, and there is mail.", holds[0].Reason))
	approved, err := a.spoke.api.ApproveHoldWithResponse(ctx, a.initech.slug, holds[0].ID, nil, client.HoldDecision{})
	if err != nil {
		return err
	}
	_, err = answer(approved.JSON200, approved.ApplicationProblemJSONDefault, approved.Body)
	a.does("the operator", fmt.Sprintf("looks at the %d that are held, and approves them by the API.", len(page.Items)))
	return err
}

// restored takes back the deletion of some, who turn out to have been deleted by mistake.
func (a *act) restored(ctx context.Context, names []string) error {
	r, err := a.spoke.api.ListDeletedWithResponse(ctx, a.initech.slug, nil)
	if err != nil {
		return err
	}
	page, err := answer(r.JSON200, r.ApplicationProblemJSONDefault, r.Body)
	if err != nil {
		return err
	}
	a.does("the operator", fmt.Sprintf("restores %d of them by the API, with access; Initech takes them out of its own recycle bin.", len(names)))
	activate, found := true, 0
	for _, d := range page.Items {
		if !slices.Contains(names, d.Name) {
			continue
		}
		found++
		r, err := a.spoke.api.RestoreDeletedWithResponse(ctx, a.initech.slug, d.ResourceID, nil, client.Restoration{Activate: &activate})
		if err != nil {
			return err
		}
		restored, err := answer(r.JSON200, r.ApplicationProblemJSONDefault, r.Body)
		if err != nil || restored.Groups != 1 || restored.ResourceID != d.ResourceID {
			return errors.Join(fmt.Errorf("act %s: restored is %+v", a.title, restored), err)
		}
		if err := a.member(ctx, d.ResourceID); err != nil {
			return err
		}
	}
	if found != len(names) {
		return fmt.Errorf("act %s: %d of %d can be restored: %s", a.title, found, len(names), r.Body)
	}
	a.check("They are back, active, under their ids and in their groups.")
	a.initech.source.change(names, func(p *person) { p.gone = false })
	return a.until(ctx, "act "+a.title+": the provider finds them", func(context.Context) error {
		for _, name := range names {
			if a.initech.id(name) == "" {
				return fmt.Errorf("%s was not looked up", name)
			}
		}
		return nil
	})
}

// member reads a user by SCIM, who must be active and in a group.
func (a *act) member(ctx context.Context, id string) error {
	w := &work{provider: a.initech.provider, cycle: &cycle{statuses: map[int]int{}}}
	status, document, err := w.send(ctx, http.MethodGet, "/Users/"+id, nil)
	groups, _ := document["groups"].([]any)
	if err != nil || status != http.StatusOK || document["active"] != true || len(groups) != 1 {
		return errors.Join(fmt.Errorf("act %s: the restored user is %d %v", a.title, status, document), err)
	}
	return nil
}
