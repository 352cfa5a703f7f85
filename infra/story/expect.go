//go:build unix

package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/askspoke/spoke/services/onboarding/client"
)

// told is what is expected of a customer at the end of an act. What is empty is not looked at.
type told struct {
	state    string // empty: the reason may be gone again
	reason   string // a code among the reasons
	implies  string // the state of that reason
	forecast string // a part of it
	series   string // of /metrics, without the tenant
	from, to float64
	alerts   []string // that fire; quiet: none does
	quiet    bool
	mail     string // a part of the subject of one mail to the customer
	operator string // a part of the subject or text of one to the operator
}

// expect waits until all is as told.
func (a *act) expect(ctx context.Context, c *customer, t told) error {
	for _, part := range []struct {
		what string
		look func(context.Context) error
	}{
		{"the state of " + c.name, func(ctx context.Context) error { return a.stateIs(ctx, c, t) }},
		{"the metrics of " + c.name, func(ctx context.Context) error { return a.metricIs(ctx, c, t) }},
		{"the alerts of " + c.name, func(ctx context.Context) error { return a.alertsAre(ctx, c, t) }},
		{"the mail to " + c.name, func(ctx context.Context) error { return a.mailIs(ctx, c, t) }},
		{"the mail to the operator", func(ctx context.Context) error { return a.operatorIs(ctx, t) }},
	} {
		if err := a.until(ctx, "act "+a.title+": "+part.what, part.look); err != nil {
			return err
		}
	}
	return nil
}

func (a *act) stateIs(ctx context.Context, c *customer, t told) error {
	if _, err := c.done(); err != nil {
		return err
	}
	h, err := a.health(ctx, c.slug)
	if err != nil {
		return err
	}
	forecast := ""
	if h.Forecast != nil {
		forecast = *h.Forecast
	}
	if t.state == "" && a.seen.has(c.slug, t.reason, t.implies) {
		return nil
	}
	has := t.reason == "" || slices.ContainsFunc(h.Reasons, func(r client.HealthReason) bool {
		return r.Code == t.reason && (t.implies == "" || string(r.State) == t.implies)
	})
	if t.state != "" && string(h.State) != t.state || !has || !strings.Contains(forecast, t.forecast) {
		return fmt.Errorf("it is %s, %+v, %q; want %s, %s %s, %q", h.State, h.Reasons, forecast, t.state, t.reason, t.implies, t.forecast)
	}
	return nil
}

func (a *act) metricIs(ctx context.Context, c *customer, t told) error {
	if t.state != "" {
		series := fmt.Sprintf("spoke_tenant_health{state=%q,tenant=%q}", t.state, c.slug)
		if n, err := a.metric(ctx, series); err != nil || n != 1 {
			return fmt.Errorf("%s is %g, want 1 (%w)", series, n, err)
		}
	}
	if t.series == "" {
		return nil
	}
	series := fmt.Sprintf("%s{tenant=%q}", t.series, c.slug)
	n, err := a.metric(ctx, series)
	if err != nil {
		return err
	}
	if n < t.from || n > t.to {
		return fmt.Errorf("%s is %g, want %g to %g", series, n, t.from, t.to)
	}
	return nil
}

func (a *act) alertsAre(ctx context.Context, c *customer, t told) error {
	if !t.quiet && t.alerts == nil {
		return nil
	}
	firing, err := a.firing(ctx, c.slug)
	if err != nil {
		return err
	}
	for _, want := range t.alerts {
		if !slices.Contains(firing, want) {
			return fmt.Errorf("%v fire, want %s", firing, want)
		}
	}
	if t.quiet && len(firing) > 0 {
		return fmt.Errorf("%v fire, want none", firing)
	}
	return nil
}

func (a *act) mailIs(ctx context.Context, c *customer, t told) error {
	if t.mail == "" {
		return nil
	}
	subjects, err := a.mailed(ctx, c.notify)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(subjects, func(s string) bool { return strings.Contains(s, t.mail) }) {
		return fmt.Errorf("it was %q, want %q", subjects, t.mail)
	}
	return nil
}

func (a *act) operatorIs(ctx context.Context, t told) error {
	if t.operator == "" {
		return nil
	}
	all, err := a.stage.mail.List(ctx)
	if err != nil {
		return err
	}
	for _, m := range all {
		if len(m.To) != 1 || m.To[0].Address != operator {
			continue
		}
		full, err := a.stage.mail.Message(ctx, m.ID)
		if err != nil {
			return err
		}
		if strings.Contains(m.Subject, t.operator) || strings.Contains(strings.Join(strings.Fields(full.Text), " "), t.operator) {
			return nil
		}
	}
	return fmt.Errorf("none of %d mails says %q", len(all), t.operator)
}

// cyclesMore waits until a provider has done n more cycles, of which it returns the last.
func (a *act) cyclesMore(ctx context.Context, c *customer, n int) (cycle, error) {
	before, err := c.done()
	if err != nil {
		return cycle{}, err
	}
	var last cycle
	err = a.until(ctx, fmt.Sprintf("%d cycles of %s", n, c.name), func(context.Context) error {
		now, err := c.done()
		if err == nil && len(now) < len(before)+n {
			err = fmt.Errorf("%d were done", len(now)-len(before))
		}
		if err == nil {
			last = now[len(now)-1]
		}
		return err
	})
	return last, err
}

// paced is a time of production at the story's pace.
func (s *stage) paced(d time.Duration) time.Duration { return d / time.Duration(s.pace) }
