package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
)

// measure runs a scenario.
func (b *bench) measure(ctx context.Context, s scenario) (r result, err error) {
	own := *b
	own.options.clients = cmp.Or(s.clients, b.options.clients)
	p := newProgress(os.Stderr, s.name, 2*(1+b.options.rounds))
	defer func() { p.finish(err) }()
	sides, err := s.prepare(ctx, &own)
	if err != nil {
		return result{}, fmt.Errorf("prepare: %w", err)
	}
	r = result{scenario: s, clients: own.options.clients, sides: sides, rounds: make([][]round, len(sides))}
	drivers := make([]*driver, len(sides))
	for i, side := range sides {
		if drivers[i], err = newDriver(ctx, side, r.clients); err != nil {
			return result{}, err
		}
		defer func() { err = errors.Join(err, drivers[i].close()) }()
	}
	journal, err := b.journalRows(ctx)
	if err != nil {
		return result{}, err
	}
	r.memory.before = watchMemory(b.spoke.pid)
	if err := b.alternate(ctx, drivers, &r, p.step); err != nil {
		return result{}, err
	}
	r.memory.peak, r.answer = peakMemory(b.spoke.pid), drivers[0].clients[0].body.Len()
	if err := b.profile(ctx, s.name, drivers[0]); err != nil {
		return result{}, err
	}
	return r, b.checkJournal(ctx, s, drivers, journal)
}

// alternate warms up the sides and then drives them in turn. Who begins alternates as well. step is called after each
// warm-up and each round.
func (b *bench) alternate(ctx context.Context, drivers []*driver, r *result, step func()) error {
	for _, d := range drivers {
		if _, err := d.round(ctx, b.options.warmUp); err != nil {
			return err
		}
		step()
	}
	for n := range b.options.rounds {
		for turn := range drivers {
			i := (n + turn) % len(drivers)
			before := b.readCPU(drivers[i])
			one, err := drivers[i].round(ctx, b.options.duration)
			if err != nil {
				return err
			}
			one.cpu = b.readCPU(drivers[i]).minus(before)
			if len(one.latencies) == 0 {
				return fmt.Errorf("no request to %s was answered in a round of %v", r.sides[i].name, b.options.duration)
			}
			r.rounds[i] = append(r.rounds[i], one)
			step()
		}
	}
	return nil
}

func (b *bench) readCPU(d *driver) cpu { return readCPU(d.side.server.pid, b.postmaster) }

// journalRows returns how many rows Spoke's journal has.
func (b *bench) journalRows(ctx context.Context) (rows int, err error) {
	err = b.db.QueryRowContext(ctx, `SELECT count(*) FROM `+b.schemas.spoke.Table("journal")).Scan(&rows)
	if err != nil {
		return 0, fmt.Errorf("count the journal: %w", err)
	}
	return rows, nil
}

// checkJournal holds the rows that the journal gained against the writes that were answered as done, so that a write
// that does nothing is not taken for a fast one.
func (b *bench) checkJournal(ctx context.Context, s scenario, drivers []*driver, before int) error {
	want := 0
	for _, d := range drivers {
		if s.writes && d.side.server == b.spoke {
			want += d.sent() * d.side.operations()
		}
	}
	after, err := b.journalRows(ctx)
	if err != nil {
		return err
	}
	if got := after - before; got != want {
		return fmt.Errorf("spoke's journal gained %d rows, but %d changes were answered as done", got, want)
	}
	return nil
}
