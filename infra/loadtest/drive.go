package main

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"
)

// A driver drives one side with its clients, whose connections stay open from round to round.
type driver struct {
	side    side
	clients []*client
	counts  []int // requests that each client has sent
}

func newDriver(ctx context.Context, s side, clients int) (*driver, error) {
	d := &driver{side: s, counts: make([]int, clients)}
	for range clients {
		c, err := dial(ctx, s.server)
		if err != nil {
			return nil, errors.Join(err, d.close())
		}
		d.clients = append(d.clients, c)
	}
	return d, nil
}

func (d *driver) close() error {
	var errs []error
	for _, c := range d.clients {
		errs = append(errs, c.close())
	}
	return errors.Join(errs...)
}

// sent returns how many requests were sent altogether.
func (d *driver) sent() int {
	sum := 0
	for _, n := range d.counts {
		sum += n
	}
	return sum
}

// round lets all clients send for a while. The first wrong answer ends it.
func (d *driver) round(ctx context.Context, duration time.Duration) (round, error) {
	parts := make([][]time.Duration, len(d.clients))
	group, ctx := errgroup.WithContext(ctx)
	start := time.Now()
	for i := range d.clients {
		group.Go(func() (err error) {
			parts[i], err = d.loop(ctx, i, start.Add(duration))
			return err
		})
	}
	err := group.Wait()
	r := round{elapsed: time.Since(start), each: d.side.operations()}
	for _, part := range parts {
		r.latencies = append(r.latencies, part...)
	}
	return r, err
}

// loop is one client in a round: it sends until the end, and waits for the last answer.
func (d *driver) loop(ctx context.Context, client int, end time.Time) ([]time.Duration, error) {
	var latencies []time.Duration
	for time.Now().Before(end) {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		r := d.side.next(client, d.counts[client])
		d.counts[client]++
		sent := time.Now()
		if err := d.clients[client].do(r); err != nil {
			return nil, err
		}
		latencies = append(latencies, time.Since(sent))
	}
	return latencies, nil
}
