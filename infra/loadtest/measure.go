package main

import (
	"context"
	"errors"
	"fmt"
)

// measure runs a scenario. step is called after the warm-up of each side and after each round.
func (b *bench) measure(ctx context.Context, s scenario, step func()) (r result, err error) {
	sides, err := s.prepare(ctx, b)
	if err != nil {
		return result{}, fmt.Errorf("prepare: %w", err)
	}
	var drivers [2]*driver
	for i := range sides {
		if drivers[i], err = newDriver(ctx, sides[i], b.options.clients); err != nil {
			return result{}, err
		}
		defer func() { err = errors.Join(err, drivers[i].close()) }()
	}
	journal, err := b.journalRows(ctx)
	if err != nil {
		return result{}, err
	}
	r = result{scenario: s, names: [2]string{sides[0].name, sides[1].name}}
	if err := b.alternate(ctx, drivers, &r, step); err != nil {
		return result{}, err
	}
	if err := b.profile(ctx, s.name, drivers[0]); err != nil {
		return result{}, err
	}
	return r, b.checkJournal(ctx, s, drivers, journal)
}

// alternate warms up both sides and then drives them in turn. Who begins alternates as well.
func (b *bench) alternate(ctx context.Context, drivers [2]*driver, r *result, step func()) error {
	for _, d := range drivers {
		if _, err := d.round(ctx, b.options.warmUp); err != nil {
			return err
		}
		step()
	}
	for n := range b.options.rounds {
		for turn := range drivers {
			i := (n + turn) % 2
			before := b.readCPU(drivers[i])
			one, err := drivers[i].round(ctx, b.options.duration)
			if err != nil {
				return err
			}
			one.cpu = b.readCPU(drivers[i]).minus(before)
			if len(one.latencies) == 0 {
				return fmt.Errorf("no request to %s was answered in a round of %v", r.names[i], b.options.duration)
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
func (b *bench) checkJournal(ctx context.Context, s scenario, drivers [2]*driver, before int) error {
	want := 0
	for _, d := range drivers {
		if s.writes && d.side.server == b.spoke {
			want += d.sent()
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
