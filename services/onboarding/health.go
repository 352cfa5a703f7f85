package onboarding

import (
	"context"
	"net/url"
	"strconv"
	"time"

	"github.com/askspoke/spoke/observability/health"
	"github.com/askspoke/spoke/services/onboarding/api"
	"github.com/askspoke/spoke/tenancy/activity"
	"github.com/askspoke/spoke/tenancy/status"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

func (s *Server) health(r status.Record) api.Health {
	v, f := r.Verdict, r.Facts
	h := api.Health{
		TenantID: string(r.ID), Slug: string(r.Slug), State: api.HealthState(v.State), Severity: api.HealthSeverity(v.Severity.String()),
		Since: r.Since, Reasons: make([]api.HealthReason, len(v.Reasons)), Forecast: optional(v.Forecast),
		LastRequestAt: optional(f.LastRequest), LastSuccessAt: optional(f.LastSuccess),
		CycleIntervalSeconds: optional(int64(v.Cadence / time.Second)),
		EvaluatedAt:          optional(r.EvaluatedAt), NextExpectedAt: optional(v.NextAt), CountedAt: optional(r.CountedAt),
	}
	for i, reason := range v.Reasons {
		h.Reasons[i] = api.HealthReason{
			Code: string(reason.Code), State: api.HealthState(reason.State), Severity: api.HealthSeverity(reason.Severity.String()), Text: reason.Text,
		}
	}
	if v.Changes > 0 {
		ratio := float64(v.Failed) / float64(v.Changes)
		h.FailureRatio = &ratio
	}
	if c := f.Current(s.config.Now(), s.config.Pace); c != nil {
		under := cycle(*c)
		under.EndedAt = nil
		h.Cycle = &under
	}
	if p := v.Progress; p != nil {
		h.Progress = &api.CycleProgress{Ratio: p.Ratio, Eta: optional(p.ETA), Basis: api.CycleProgressBasis(p.Basis), Done: &p.Done, Of: &p.Of}
	}
	if !r.CountedAt.IsZero() {
		h.Users, h.ActiveUsers, h.Groups = &r.Users, &r.ActiveUsers, &r.Groups
	}
	return h
}

func cycle(c health.Cycle) api.Cycle {
	sum := c.Summary()
	out := api.Cycle{
		Kind: api.CycleKind(c.Kind), StartedAt: c.Started, EndedAt: optional(c.Ended), Requests: sum.Requests,
		RequestsPerSecond: sum.Rate(), Counts: make([]api.ActivityCount, len(c.Counts)),
	}
	for i, t := range c.Counts {
		out.Counts[i] = api.ActivityCount{
			ResourceType: optional(api.ResourceTypeName(t.Resource)), Action: string(t.Action), Outcome: string(t.Outcome), Count: t.Count,
		}
	}
	return out
}

// GetHealth answers with how a tenant's provisioning does.
func (s *Server) GetHealth(ctx context.Context, r api.GetHealthRequestObject) (api.GetHealthResponseObject, error) {
	t, err := s.find(ctx, r.Tenant)
	if err != nil {
		return nil, err
	}
	record, err := s.Status.Get(ctx, t.ID)
	if err != nil {
		return nil, err
	}
	return api.GetHealth200JSONResponse(s.health(record)), nil
}

// ListHealth answers with a page of tenants, the worst first.
func (s *Server) ListHealth(ctx context.Context, r api.ListHealthRequestObject) (api.ListHealthResponseObject, error) {
	const list = "health"
	after, err := readPlace(list, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	q := status.Query{Order: status.BySeverity, After: after, Limit: limitOf(r.Params.Limit)}
	query := url.Values{"limit": {strconv.Itoa(q.Limit)}}
	if r.Params.State != nil {
		q.States = []health.State{health.State(*r.Params.State)}
		query.Set("state", string(*r.Params.State))
	}
	page, err := s.Status.List(ctx, q)
	if err != nil {
		return nil, err
	}
	answer := api.ListHealth200JSONResponse{Body: api.HealthPage{Items: make([]api.Health, len(page.Records))}}
	for i, record := range page.Records {
		answer.Body.Items[i] = s.health(record)
	}
	answer.Headers.Link, answer.Body.NextCursor = linkAfter("/v1/health", list, query, page.Next)
	return answer, nil
}

// ListCycles answers with a page of the cycles that have ended, the newest first.
func (s *Server) ListCycles(ctx context.Context, r api.ListCyclesRequestObject) (api.ListCyclesResponseObject, error) {
	t, err := s.findWhole(ctx, r.Tenant)
	if err != nil {
		return nil, err
	}
	from, err := readCursor("cycles "+string(t.ID), r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	limit, before := limitOf(r.Params.Limit), from.At
	if before.IsZero() {
		before = s.config.Now().Add(24 * time.Hour) // clocks of servers differ
	}
	list, err := activity.Cycles(ctx, s.DB, tenantdb.SchemaFor(t.ID), before, limit+1)
	if err != nil {
		return nil, err
	}
	more := len(list) > limit
	if more {
		list = list[:limit]
	}
	answer := api.ListCycles200JSONResponse{Body: api.CyclePage{Items: make([]api.Cycle, len(list))}}
	next := cursor{List: "cycles " + string(t.ID)}
	for i, c := range list {
		answer.Body.Items[i], next.At = cycle(c), c.Started
	}
	answer.Headers.Link, answer.Body.NextCursor = linkTo(tenantPath(t)+"/cycles", url.Values{"limit": {strconv.Itoa(limit)}}, next, more)
	return answer, nil
}
