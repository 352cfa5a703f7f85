package integration

import (
	"cmp"
	"context"
	"time"

	"github.com/askspoke/spoke/observability/health"
	"github.com/askspoke/spoke/services/console/guide"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/activity"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// factsBack is how far the test panel looks back at most, so that it costs the same after years.
const factsBack = 30 * 24 * time.Hour

// maxRefusals are how many refused requests are looked at for an explanation.
const maxRefusals = 20

// maxLatest are in how many changes the panel looks for who made them. It costs the same however many there are.
const maxLatest = 50

// facts returns what is known since the credential was made that a provider was given: the latest of its name, or else
// the latest of all. It returns false where there is none.
func (s *Pages) facts(ctx context.Context, t tenancy.Tenant, g guide.Guide) (guide.Facts, bool, error) {
	k, err := s.credentials(ctx, t.ID)
	if err != nil {
		return guide.Facts{}, false, err
	}
	f := guide.Facts{Now: s.Now(), State: t.State}
	var found bool
	if f.Credential, found = k.of(g); !found {
		return f, false, nil
	}
	f.Others = k.others(f.Credential)
	since, schema := f.Credential.MadeAt, tenantdb.SchemaFor(t.ID)
	if earliest := f.Now.Add(-factsBack); since.Before(earliest) {
		since = earliest
	}
	totals, err := activity.Totals(ctx, s.DB, schema, since)
	if err != nil {
		return f, true, err
	}
	groups, members := false, false
	for _, n := range totals {
		f.Requests = append(f.Requests, guide.Requests{
			Resource: n.Resource, Action: n.Action, Outcome: n.Outcome, Count: n.Count, FirstAt: n.FirstAt, LastAt: n.LastAt, FoundAt: n.FoundAt,
		})
		accepted := n.Outcome == health.Accepted && n.Resource == "Group"
		groups, members = groups || accepted && n.Action == health.Create, members || accepted && n.Action == health.MemberAdd
	}
	if groups && !members {
		if f.Linked, err = s.Directory.Store(schema, false).HasMembers(ctx); err != nil {
			return f, true, err
		}
	}
	if f.Refusals, err = s.refusals(ctx, schema, since); err != nil {
		return f, true, err
	}
	f.Latest, err = s.latest(ctx, schema, since, k)
	return f, true, err
}

// latest returns the latest changes, made or refused.
func (s *Pages) latest(ctx context.Context, schema tenantdb.Schema, since time.Time, k credentials) ([]guide.Entry, error) {
	page, err := journal.List(ctx, s.DB, schema, journal.Query{From: since, Limit: maxLatest})
	if err != nil {
		return nil, err
	}
	list := make([]guide.Entry, 0, len(page.Entries))
	for _, e := range page.Entries {
		list = append(list, guide.Entry{Resource: e.ResourceType, Action: health.Action(e.Action), Refused: e.Outcome == journal.Refused, By: k.called(e.Actor)})
	}
	return list, nil
}

// refusals returns the latest refused requests.
func (s *Pages) refusals(ctx context.Context, schema tenantdb.Schema, since time.Time) ([]guide.Refusal, error) {
	page, err := journal.List(ctx, s.DB, schema, journal.Query{Outcome: journal.Refused, From: since, Limit: maxRefusals})
	if err != nil {
		return nil, err
	}
	list := make([]guide.Refusal, 0, len(page.Entries))
	for _, e := range page.Entries {
		why, err := e.Refusal()
		if err != nil {
			return nil, err
		}
		list = append(list, guide.Refusal{
			ID: e.ID, At: e.At, Status: e.Status, Resource: e.ResourceType, Action: string(e.Action),
			Rule: why.Rule, Attribute: why.Attribute, Detail: why.Detail, Hint: why.Hint,
		})
	}
	return list, nil
}

// of returns the credential of a provider. Of tokens that replaced each other, what came since the first was made counts:
// a rotation does not begin the set-up anew.
func (k credentials) of(g guide.Guide) (best guide.Credential, found bool) {
	named := false
	consider := func(c guide.Credential) {
		is := c.Name == g.Name
		if !found || is && !named || is == named && c.MadeAt.After(best.MadeAt) {
			best, found, named = c, true, is
		}
	}
	made := make(map[string]time.Time, len(k.all))
	for _, t := range k.all {
		made[t.ID] = t.CreatedAt
	}
	for _, t := range k.tokens {
		if t.Scopes&tenancy.AllScopes == 0 {
			continue // a scraper's
		}
		c := guide.Credential{
			Name: t.Name, Hint: t.Hint, Line: cmp.Or(t.Line, t.ID), Scopes: t.Scopes, MadeAt: t.CreatedAt, UsedAt: t.FirstUsedAt, UsedFrom: t.FirstUsedFrom, ExpiresAt: t.ExpiresAt,
		}
		if first, ok := made[t.Line]; ok {
			c.MadeAt = first
		}
		if c.UsedAt.IsZero() {
			c.UsedAt, c.UsedFrom = t.LastUsedAt, t.LastUsedFrom
		}
		consider(c)
	}
	for _, c := range k.clients {
		consider(guide.Credential{Name: c.Name, Line: c.ID, Scopes: c.Scopes, MadeAt: c.CreatedAt, UsedAt: c.LastUsedAt, UsedFrom: c.LastUsedFrom})
	}
	return best, found
}
