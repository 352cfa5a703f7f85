//go:build unix

package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/askspoke/spoke/services/onboarding/client"
)

// Of 40 changes in a cycle twelve fail.
const (
	failingPeople = 12
	soundChanges  = 28
)

// misled returns the users of whom Acme's mapping sends an attribute that there is not: every third of the last forty.
func misled() []string {
	var list []string
	for i := range failingPeople {
		list = append(list, fmt.Sprintf("user%03d", people-40+3*i))
	}
	return list
}

func (a *act) failing(ctx context.Context) error {
	a.does("Acme", fmt.Sprintf("Somebody maps an attribute %s. Of 40 changes in each cycle the %d that have one are refused, and tried again.", badgeAttribute, failingPeople))
	a.acme.source.setChurn(soundChanges)
	a.acme.source.change(misled(), func(p *person) { p.badge = "B-1" })
	err := a.expect(ctx, a.acme, told{
		state: "at_risk", reason: "changes_failing", forecast: "Entra quarantines above 40 %",
		series: "spoke_tenant_failure_ratio", from: 0.29, to: 0.31,
		alerts: []string{"SpokeTenantAtRisk"}, mail: "Provisioning of Acme: changes fail", operator: "Acme (acme)",
	})
	if err != nil {
		return err
	}
	a.check("At risk, with a forecast; the alert SpokeTenantAtRisk fires; Acme and the operator have mail.")
	if err := a.explained(ctx); err != nil {
		return err
	}
	last, err := a.cyclesMore(ctx, a.acme, 2)
	if err != nil {
		return err
	}
	if last.refused != failingPeople {
		return fmt.Errorf("act %s: %d of %d changes failed in a cycle, want %d", a.title, last.refused, last.changes, failingPeople)
	}
	subjects, err := a.mailed(ctx, a.acme.notify)
	if err != nil || len(subjects) != 1 {
		return fmt.Errorf("act %s: after more cycles the mail was %q, want one: %w", a.title, subjects, err)
	}
	a.check("After more such cycles it is still one mail.")
	for _, c := range []*customer{a.globex, a.initech} {
		if err := a.expect(ctx, c, told{state: "healthy", quiet: true}); err != nil {
			return err
		}
	}
	a.check("The others are healthy.")
	return nil
}

// explained looks a refusal up in the journal.
func (a *act) explained(ctx context.Context) error {
	outcome, limit := client.JournalRefused, client.LimitParameter(1)
	r, err := a.spoke.api.ListJournalWithResponse(ctx, a.acme.slug, &client.ListJournalParams{Outcome: &outcome, Limit: &limit})
	if err != nil {
		return err
	}
	page, err := answer(r.JSON200, r.ApplicationProblemJSONDefault, r.Body)
	if err != nil {
		return err
	}
	if len(page.Items) == 0 || page.Items[0].Refusal == nil {
		return fmt.Errorf("act %s: the journal has no refusal: %s", a.title, r.Body)
	}
	refusal := page.Items[0].Refusal
	if refusal.Rule == "" || refusal.Hint == "" || refusal.Attribute == nil || !strings.Contains(*refusal.Attribute+refusal.Detail, badgeAttribute) {
		return fmt.Errorf("act %s: the journal does not explain the refusal: %+v", a.title, *refusal)
	}
	a.check(fmt.Sprintf("The journal explains a refusal: %s (%d), %s. %s", refusal.Rule, refusal.Status, *refusal.Attribute, refusal.Hint))
	return nil
}

func (a *act) mended(ctx context.Context) error {
	a.does("Acme", "The mapping is taken back: what failed is no more tried, and other changes go through.")
	a.acme.source.change(misled(), func(p *person) { p.badge = "" })
	err := a.expect(ctx, a.acme, told{
		state: "healthy", series: "spoke_tenant_failure_ratio", quiet: true, mail: "Provisioning of Acme: changes succeed again",
	})
	if err != nil {
		return err
	}
	a.acme.source.setChurn(3)
	a.check("Healthy; the alert is resolved; Acme is told that it is over.")
	return nil
}
