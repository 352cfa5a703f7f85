//go:build unix

package main

import (
	"context"
	"slices"
	"sync"
)

// A script is the story as it is played: its customers, and whom it is told to.
type script struct {
	*stage
	*printer

	acme, globex, initech *customer
	run                   func() // has the identity providers run
	seen                  *memory
}

// An act is one part of it.
type act struct {
	*script

	title string
	play  func(*act, context.Context) error
}

// acts returns the story.
func (s *script) acts() []*act {
	list := []*act{
		{title: "1. Three customers are set up, and nothing has come yet", play: (*act).awaited},
		{title: "2. The identity providers start: the initial cycle", play: (*act).initial},
		{title: "3. Incremental cycles, until it is known how often they come", play: (*act).incremental},
		{title: "4. At Acme 30 % of the changes fail", play: (*act).failing},
		{title: "5. Acme mends its mapping", play: (*act).mended},
		{title: "6. The token of Globex expires", play: (*act).expired},
		{title: "7. Initech loses its users", play: (*act).emptied},
		{title: "8. All is well again", play: (*act).well},
	}
	for _, a := range list {
		a.script = s
	}
	return list
}

// play plays the story.
func (s *stage) play(ctx context.Context, p *printer) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	t := &script{stage: s, printer: p, seen: &memory{of: map[string]bool{}}}
	for _, c := range []struct {
		of         **customer
		name, slug string
	}{{&t.acme, "Acme", "acme"}, {&t.globex, "Globex", "globex"}, {&t.initech, "Initech", "initech"}} {
		if *c.of, err = s.onboard(ctx, c.name, c.slug); err != nil {
			return err
		}
	}
	s.stalled = func() bool {
		return slices.ContainsFunc(t.customers(), func(c *customer) bool { return c.stalled.Load() })
	}
	t.run = func() {
		for _, c := range t.customers() {
			running.Go(func() { c.run(ctx) })
		}
	}
	running.Go(func() { t.watch(ctx) })
	for _, a := range t.acts() {
		p.act(a.title)
		if err := a.play(a, ctx); err != nil {
			return err
		}
	}
	p.say("end", "", "Everything was as told.")
	return nil
}

func (s *script) customers() []*customer { return []*customer{s.acme, s.globex, s.initech} }
