//go:build unix

package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/askspoke/spoke/services/onboarding/client"
)

// memory has the reasons that a customer's state has had, of which some do not last.
type memory struct {
	mu sync.Mutex
	of map[string]bool
}

func (m *memory) note(h *client.Health) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range h.Reasons {
		m.of[h.Slug+" "+r.Code+" "+string(r.State)] = true
	}
}

func (m *memory) has(slug, code, state string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.of[slug+" "+code+" "+state]
}

// watch tells what Spoke says, as it changes: states, alerts and mails.
func (s *script) watch(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	states, alerts, mails := map[string]string{}, map[string][]string{}, 0
	for {
		for _, c := range s.customers() {
			if h, err := s.health(ctx, c.slug); err == nil {
				s.seen.note(h)
				s.moved(c.name, states[c.slug], h)
				states[c.slug] = string(h.State)
			}
			if firing, err := s.firing(ctx, c.slug); err == nil {
				s.changed(c.name, alerts[c.slug], firing)
				alerts[c.slug] = firing
			}
		}
		if list, err := s.stage.mail.List(ctx); err == nil {
			for i := len(list) - mails - 1; i >= 0; i-- {
				s.say("mail", yellow, fmt.Sprintf("to %s: %s", list[i].To[0].Address, list[i].Subject))
			}
			mails = len(list)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (s *script) moved(name, before string, h *client.Health) {
	if before == string(h.State) {
		return
	}
	text := fmt.Sprintf("%s is %s", name, h.State)
	if h.Forecast != nil && *h.Forecast != "" {
		text += ": " + *h.Forecast
	}
	s.say("state", colours[string(h.Severity)], text)
}

var colours = map[string]string{"ok": green, "notice": cyan, "warning": yellow, "critical": red}

func (s *script) changed(name string, before, now []string) {
	for _, alert := range now {
		if !slices.Contains(before, alert) {
			s.say("alert", red, fmt.Sprintf("%s fires for %s", alert, name))
		}
	}
	for _, alert := range before {
		if !slices.Contains(now, alert) {
			s.say("alert", green, fmt.Sprintf("%s is resolved for %s", alert, name))
		}
	}
}
