package onboarding

import (
	"context"
	"net/url"
	"strconv"

	"github.com/askspoke/spoke/services/onboarding/api"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/token"
)

func event(e token.Event) api.Event {
	return api.Event{
		ID: e.ID, At: e.At, TenantID: string(e.TenantID), Kind: api.EventKind(e.Kind), Credential: api.EventCredential(e.Credential),
		CredentialID: e.CredentialID, Name: e.Name, Days: optional(e.Days), ExpiresAt: optional(e.ExpiresAt), Address: addressText(e.Address),
	}
}

// events returns a page of the events of a tenant, of all for "", and the Link of the next one where there are more now.
func (s *Server) events(ctx context.Context, tenant tenancy.ID, path string, limit *int, after *string) (page api.EventPage, link *string, err error) {
	name := "events"
	if tenant != "" {
		name += " " + string(tenant)
	}
	from, err := readCursor(name, after)
	if err != nil {
		return page, nil, err
	}
	n := limitOf(limit)
	list, end, err := s.Tokens.Events(ctx, tenant, token.EventCursor(from.Place), n)
	if err != nil {
		return page, nil, err
	}
	more := false
	if len(list) == n {
		beyond, _, err := s.Tokens.Events(ctx, tenant, end, 1)
		if err != nil {
			return page, nil, err
		}
		more = len(beyond) > 0
	}
	next := cursor{List: name, Place: string(end)}
	page = api.EventPage{Items: make([]api.Event, len(list)), NextCursor: next.text()}
	for i, e := range list {
		page.Items[i] = event(e)
	}
	link, _ = linkTo(path, url.Values{"limit": {strconv.Itoa(n)}}, next, more)
	return page, link, nil
}

// ListEvents answers with a page of what happened to the credentials of all tenants.
func (s *Server) ListEvents(ctx context.Context, r api.ListEventsRequestObject) (api.ListEventsResponseObject, error) {
	page, link, err := s.events(ctx, "", "/v1/events", r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	return api.ListEvents200JSONResponse{Body: page, Headers: api.ListEvents200ResponseHeaders{Link: link}}, nil
}

// ListTenantEvents answers with a page of what happened to the credentials of a tenant.
func (s *Server) ListTenantEvents(ctx context.Context, r api.ListTenantEventsRequestObject) (api.ListTenantEventsResponseObject, error) {
	t, err := s.find(ctx, r.Tenant)
	if err != nil {
		return nil, err
	}
	page, link, err := s.events(ctx, t.ID, "/v1/tenants/"+string(t.Slug)+"/events", r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	return api.ListTenantEvents200JSONResponse{Body: page, Headers: api.ListTenantEvents200ResponseHeaders{Link: link}}, nil
}
