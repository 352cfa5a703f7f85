//go:build unix

package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/askspoke/spoke/services/onboarding/client"
)

func (a *act) expired(ctx context.Context) error {
	c := a.globex
	a.does("Globex", "It gets a token that lives for a cycle alone, and enters it at its identity provider.")
	if err := a.newToken(ctx, c, "short", c.usual+c.pause); err != nil {
		return err
	}
	for _, t := range []told{
		{state: "token_expiring", reason: "token_expiring", mail: "Provisioning of Globex: a token expires soon", alerts: []string{"SpokeTenantTokenExpiresInDays"}},
		{state: "token_expiring", reason: "token_expired", forecast: "refused with 401", mail: "Provisioning of Globex: a token has expired"},
		{reason: "credentials_failing", implies: "at_risk"},
	} {
		if err := a.expect(ctx, c, t); err != nil {
			return err
		}
	}
	a.check("The token has expired, of which Globex was told before and after; its credentials are refused, which is a risk.")
	err := a.expect(ctx, c, told{
		state: "quarantine_suspected", reason: "credentials_failing", implies: "quarantine_suspected", forecast: "Entra tries again at about",
		alerts: []string{"SpokeTenantQuarantineSuspected", "SpokeTenantTokenExpiresInDays"},
		mail:   "Provisioning of Globex: credentials are refused", operator: "Globex (globex)",
	})
	if err != nil {
		return err
	}
	a.check("After the third such cycle a quarantine is suspected, with its next attempt; the alerts fire; Globex and the operator have mail.")
	a.does("Globex", "It makes a new token and restarts provisioning: everybody is looked at again.")
	c.source.setChurn(people)
	c.restart()
	if err := a.newToken(ctx, c, "Entra ID, again", 0); err != nil {
		return err
	}
	if err := a.progress(ctx, c); err != nil {
		return err
	}
	c.source.setChurn(3)
	if err := a.expect(ctx, c, told{state: "healthy", quiet: true}); err != nil {
		return err
	}
	a.check("Healthy; the alerts are resolved. That it is over waits for the day's next mail, since there were four.")
	return nil
}

// progress waits until it is known how far a cycle is that walks the directory again.
func (a *act) progress(ctx context.Context, c *customer) error {
	err := a.until(ctx, "the progress of "+c.name, func(ctx context.Context) error {
		h, err := a.health(ctx, c.slug)
		if err != nil {
			return err
		}
		again := slices.ContainsFunc(h.Reasons, func(r client.HealthReason) bool { return r.Code == "initial_sync" })
		if !again || h.Progress == nil || h.Progress.Ratio <= 0 {
			return fmt.Errorf("%s, progress %v", h.State, h.Progress)
		}
		a.check(fmt.Sprintf("The initial cycle that comes again is done to %.0f %%.", 100*h.Progress.Ratio))
		return nil
	})
	return err
}
