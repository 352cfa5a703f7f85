package main

import (
	"context"
	"fmt"
)

// beside makes the sides of a scenario that sends the same requests to Spoke and to a second Spoke, for the same tenant, that
// keeps no journal and counts nothing.
func beside(next func(*bench) func(client, n int) request) func(context.Context, *bench) ([]side, error) {
	return func(ctx context.Context, b *bench) ([]side, error) {
		plain, err := b.machine.startPlain(ctx, b)
		if err != nil {
			return nil, fmt.Errorf("start a Spoke without a journal: %w", err)
		}
		requests := next(b)
		return []side{
			{name: "spoke", server: b.spoke, next: requests},
			// As if its clients were others: what they write must not be there already.
			{name: "spoke, neither", server: plain, next: func(client, n int) request { return requests(client+b.options.clients, n) }},
		}, nil
	}
}

// startPlain starts the second Spoke, unless it runs already. What it leaves out is what its environment says.
func (m *machine) startPlain(ctx context.Context, b *bench) (*server, error) {
	if m.plain != nil {
		return m.plain, nil
	}
	plain := *b.spoke
	var err error
	if plain.addr, err = freeAddr(); err != nil {
		return nil, err
	}
	metrics, err := freeAddr()
	if err != nil {
		return nil, err
	}
	second, err := m.run("plain spoke", append(m.env[:len(m.env):len(m.env)], // the last of a name counts
		"SPOKE_ADDR="+plain.addr, "SPOKE_METRICS_ADDR="+metrics, "SPOKE_JOURNAL=false", "SPOKE_METRICS=false",
	), m.binary, "serve", "--role", "gateway")
	if err != nil {
		return nil, err
	}
	plain.pid = second.cmd.Process.Pid
	if err := second.awaitReady(ctx, metrics); err != nil {
		return nil, err
	}
	m.plain = &plain
	return m.plain, nil
}

// processorTime says what the first side costs in processor time, which others on the machine disturb less than a rate.
func (r result) processorTime() string {
	return fmt.Sprintf("%.2f times the processor time of the other, of server and database together", r.cpuRatio())
}
