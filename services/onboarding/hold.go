package onboarding

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/askspoke/spoke/services/onboarding/api"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/guard"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

func hold(h guard.Hold) api.Hold {
	return api.Hold{
		ID: h.ID, State: api.HoldState(h.State), OpenedAt: h.Opened, Reason: holdReason(h.Found), Held: int64(h.Noted),
		DecidedAt: optional(h.Decided), DecidedBy: optional(h.DecidedBy), Until: optional(h.Until),
	}
}

// holdReason says which limit was passed.
func holdReason(f guard.Found) string {
	window := f.Guard.Window.String()
	if f.Guard.Window%time.Hour == 0 {
		window = fmt.Sprintf("%d h", f.Guard.Window/time.Hour)
	} else if f.Guard.Window%time.Minute == 0 {
		window = fmt.Sprintf("%d min", f.Guard.Window/time.Minute)
	}
	if f.Rule == guard.RulePercent {
		kind := "users"
		if f.ResourceType != "User" {
			kind = "groups"
		}
		return fmt.Sprintf("%d of %d %s would be deleted or deactivated within %s. The limit is %d %%, from %d on.",
			f.Resources, f.Directory, kind, window, f.Guard.Percent, f.Guard.Minimum)
	}
	return fmt.Sprintf("%d users and groups would be deleted or deactivated within %s. The limit is %d.", f.Leavers, window, f.Guard.Count)
}

// ListHolds answers with a page of a tenant's holds, the last one first.
func (s *Server) ListHolds(ctx context.Context, r api.ListHoldsRequestObject) (api.ListHoldsResponseObject, error) {
	t, err := s.findWhole(ctx, r.Tenant)
	if err != nil {
		return nil, err
	}
	list := "holds " + string(t.ID)
	after, err := readPlace(list, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	limit := limitOf(r.Params.Limit)
	page, err := s.Guard.Holds(ctx, tenantdb.SchemaFor(t.ID), after, limit)
	if err != nil {
		return nil, err
	}
	answer := api.ListHolds200JSONResponse{Body: api.HoldPage{Items: make([]api.Hold, len(page.Holds))}}
	for i, h := range page.Holds {
		answer.Body.Items[i] = hold(h)
	}
	answer.Headers.Link, answer.Body.NextCursor = linkAfter(tenantPath(t)+"/holds", list, url.Values{"limit": {strconv.Itoa(limit)}}, page.Next)
	return answer, nil
}

// GetHold answers with a hold.
func (s *Server) GetHold(ctx context.Context, r api.GetHoldRequestObject) (api.GetHoldResponseObject, error) {
	t, err := s.findHold(ctx, r.Tenant, r.Hold)
	if err != nil {
		return nil, err
	}
	h, err := s.Guard.Get(ctx, tenantdb.SchemaFor(t.ID), r.Hold)
	if err != nil {
		return nil, err
	}
	return api.GetHold200JSONResponse(hold(h)), nil
}

// findHold finds the tenant and notes that the call is about one of its holds.
func (s *Server) findHold(ctx context.Context, tenant, id string) (tenancy.Tenant, error) {
	t, err := s.findWhole(ctx, tenant)
	if err == nil {
		exchangeOf(ctx).about(id)
	}
	return t, err
}

// ListHeld answers with a page of what a hold keeps from being done.
func (s *Server) ListHeld(ctx context.Context, r api.ListHeldRequestObject) (api.ListHeldResponseObject, error) {
	t, err := s.findHold(ctx, r.Tenant, r.Hold)
	if err != nil {
		return nil, err
	}
	list := "held " + r.Hold
	after, err := readPlace(list, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	schema, limit := tenantdb.SchemaFor(t.ID), limitOf(r.Params.Limit)
	if _, err := s.Guard.Get(ctx, schema, r.Hold); err != nil {
		return nil, err
	}
	page, err := s.Guard.Held(ctx, schema, r.Hold, after, limit)
	if err != nil {
		return nil, err
	}
	answer := api.ListHeld200JSONResponse{Body: api.HeldPage{Items: make([]api.Held, len(page.Held))}}
	for i, h := range page.Held {
		answer.Body.Items[i] = api.Held{
			ResourceID: h.ResourceID, ResourceType: api.ResourceTypeName(h.ResourceType), Action: api.HeldAction(h.Action), Name: h.Name,
			FirstAt: h.First, LastAt: h.Last, Attempts: int64(h.Attempts),
		}
	}
	answer.Headers.Link, answer.Body.NextCursor = linkAfter(tenantPath(t)+"/holds/"+r.Hold+"/held", list, url.Values{"limit": {strconv.Itoa(limit)}}, page.Next)
	return answer, nil
}

// ApproveHold lets the deletions through.
func (s *Server) ApproveHold(ctx context.Context, r api.ApproveHoldRequestObject) (api.ApproveHoldResponseObject, error) {
	h, err := s.decide(ctx, r.Tenant, r.Hold, r.Body, s.Guard.Approve)
	if err != nil {
		return nil, err
	}
	return api.ApproveHold200JSONResponse(hold(h)), nil
}

// RejectHold keeps what was to be deleted.
func (s *Server) RejectHold(ctx context.Context, r api.RejectHoldRequestObject) (api.RejectHoldResponseObject, error) {
	h, err := s.decide(ctx, r.Tenant, r.Hold, r.Body, s.Guard.Reject)
	if err != nil {
		return nil, err
	}
	return api.RejectHold200JSONResponse(hold(h)), nil
}

// decide makes a decision, and has the tenant's health looked at soon.
func (s *Server) decide(ctx context.Context, tenant, id string, d *api.HoldDecision,
	decision func(ctx context.Context, schema tenantdb.Schema, hold, by string, until time.Time) (guard.Hold, error),
) (guard.Hold, error) {
	t, err := s.findSettled(ctx, tenant)
	if err != nil {
		return guard.Hold{}, err
	}
	exchangeOf(ctx).about(id)
	var until time.Time
	if d != nil {
		until = value(d.Until)
	}
	h, err := decision(ctx, tenantdb.SchemaFor(t.ID), id, exchangeOf(ctx).caller.Actor, until)
	if err != nil {
		return guard.Hold{}, err
	}
	return h, s.Status.Due(ctx, t.ID, s.config.Now())
}
