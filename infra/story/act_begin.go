//go:build unix

package main

import (
	"context"
	"fmt"
)

// each has the same expected of all customers.
func (a *act) each(ctx context.Context, t told) error {
	for _, c := range a.customers() {
		if err := a.expect(ctx, c, t); err != nil {
			return err
		}
	}
	return nil
}

func (a *act) awaited(ctx context.Context) error {
	a.check("GET /v1/tenants/acme/health says that the first request is awaited.")
	return a.each(ctx, told{state: "awaiting_first_request", reason: "awaiting_first_request", forecast: "Start provisioning", quiet: true})
}

func (a *act) initial(ctx context.Context) error {
	a.does("all", fmt.Sprintf("Each looks for its %d users, which are not there, and creates them; then three groups.", people))
	a.run()
	if err := a.each(ctx, told{state: "initial_sync", reason: "initial_sync", forecast: "so far", quiet: true}); err != nil {
		return err
	}
	a.check("The initial sync is under way, and its requests are counted.")
	if err := a.each(ctx, told{series: "spoke_tenant_users", from: people, to: people}); err != nil {
		return err
	}
	return a.each(ctx, told{series: "spoke_tenant_groups", from: 3, to: 3})
}

func (a *act) incremental(ctx context.Context) error {
	a.does("all", "A few titles change before each cycle.")
	err := a.each(ctx, told{state: "healthy", series: "spoke_tenant_cycle_interval_seconds", from: 0.5, to: 1000, quiet: true})
	if err != nil {
		return err
	}
	a.check("All are healthy, and the time between two cycles is known.")
	return a.noMail(ctx)
}

// noMail fails where anybody was told anything.
func (a *act) noMail(ctx context.Context) error {
	n, err := a.stage.mail.Count(ctx)
	if err == nil && n > 0 {
		err = fmt.Errorf("act %s: %d mails were sent, of which there was no need", a.title, n)
	}
	return err
}
