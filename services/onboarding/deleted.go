package onboarding

import (
	"context"
	"net/url"
	"strconv"
	"time"

	"github.com/askspoke/spoke/services/onboarding/api"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// ListDeleted answers with a page of what can be restored.
func (s *Server) ListDeleted(ctx context.Context, r api.ListDeletedRequestObject) (api.ListDeletedResponseObject, error) {
	t, err := s.findWhole(ctx, r.Tenant)
	if err != nil {
		return nil, err
	}
	p := r.Params
	list := "deleted " + string(t.ID)
	after, err := readPlace(list, p.Cursor)
	if err != nil {
		return nil, err
	}
	q := directory.DeletedQuery{
		ResourceType: string(value(p.ResourceType)), From: value(p.Since), To: value(p.Until), After: after, Limit: limitOf(p.Limit),
	}
	page, err := s.storeOf(t).Deleted(ctx, q, s.config.Now())
	if err != nil {
		return nil, err
	}
	answer := api.ListDeleted200JSONResponse{Body: api.DeletedPage{Items: make([]api.Deleted, len(page.Deleted))}}
	for i, d := range page.Deleted {
		answer.Body.Items[i] = api.Deleted{
			EntryID: d.Entry, ResourceID: d.ResourceID, ResourceType: api.ResourceTypeName(d.ResourceType), Name: d.Name,
			DeletedAt: d.At, TokenID: optional(d.Actor), RestorableUntil: d.Until,
		}
	}
	query := url.Values{"limit": {strconv.Itoa(q.Limit)}}
	if q.ResourceType != "" {
		query.Set("resource_type", q.ResourceType)
	}
	for name, at := range map[string]time.Time{"since": q.From, "until": q.To} {
		if !at.IsZero() {
			query.Set(name, at.Format(time.RFC3339Nano))
		}
	}
	answer.Headers.Link, answer.Body.NextCursor = linkAfter(tenantPath(t)+"/deleted", list, query, page.Next)
	return answer, nil
}

// RestoreDeleted makes a deleted user or group anew.
func (s *Server) RestoreDeleted(ctx context.Context, r api.RestoreDeletedRequestObject) (api.RestoreDeletedResponseObject, error) {
	t, err := s.findSettled(ctx, r.Tenant)
	if err != nil {
		return nil, err
	}
	types, err := directory.ResourceTypes(t.Extensions)
	if err != nil {
		return nil, err
	}
	x := exchangeOf(ctx)
	x.about(r.Resource)
	ctx = journal.WithOrigin(ctx, journal.Origin{Actor: x.caller.Actor, RequestID: x.id, Start: x.start})
	activate := r.Body != nil && value(r.Body.Activate)
	done, err := s.storeOf(t).Restore(ctx, types, directory.Restoration{ID: r.Resource, At: s.config.Now(), Activate: activate})
	if err != nil {
		return nil, err
	}
	return api.RestoreDeleted200JSONResponse{
		ResourceID: done.ResourceID, ResourceType: api.ResourceTypeName(done.ResourceType), Version: done.Version,
		Groups: done.Groups, Members: done.Members, LostGroups: done.LostGroups, LostMembers: done.LostMembers, Dropped: append([]string{}, done.Dropped...),
	}, nil
}

func (s *Server) storeOf(t tenancy.Tenant) directory.Store {
	return s.Directory.Store(tenantdb.SchemaFor(t.ID), t.Settings.UniqueGroupNames)
}
