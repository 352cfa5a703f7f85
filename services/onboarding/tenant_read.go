package onboarding

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"strings"

	"github.com/askspoke/spoke/services/onboarding/api"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/lifecycle"
)

// find returns the tenant that a path names by its id or its slug, and notes that the call is about it. A slug can look
// like an id; the tenant whose id it is comes first.
func (s *Server) find(ctx context.Context, name string) (tenancy.Tenant, error) {
	t, err := s.lookUp(ctx, name)
	if err == nil {
		exchangeOf(ctx).tenant = t.ID
	}
	return t, err
}

func (s *Server) lookUp(ctx context.Context, name string) (tenancy.Tenant, error) {
	if id, err := tenancy.ParseID(name); err == nil {
		t, err := s.Tenants.ByID(ctx, id)
		if !errors.Is(err, tenancy.ErrNotFound) {
			return t, err
		}
	}
	return s.Tenants.Get(ctx, tenancy.Slug(strings.ToLower(name)))
}

// findWhole is find for what looks into the tenant's own schema, which has to be there.
func (s *Server) findWhole(ctx context.Context, name string) (tenancy.Tenant, error) {
	t, err := s.find(ctx, name)
	if err == nil && !t.State.Complete() {
		err = &tenancy.StateError{Act: "look into", State: t.State}
	}
	return t, err
}

// tenantPath is where a tenant is in the API.
func tenantPath(t tenancy.Tenant) string { return "/v1/tenants/" + string(t.Slug) }

// GetTenant answers with a tenant in whatever state.
func (s *Server) GetTenant(ctx context.Context, r api.GetTenantRequestObject) (api.GetTenantResponseObject, error) {
	t, err := s.find(ctx, r.Tenant)
	if err != nil {
		return nil, err
	}
	return api.GetTenant200JSONResponse{TenantAnswerJSONResponse: s.tenantAnswer(t)}, nil
}

// ListTenants answers with a page of tenants, by slug.
func (s *Server) ListTenants(ctx context.Context, r api.ListTenantsRequestObject) (api.ListTenantsResponseObject, error) {
	from, err := readCursor("tenants", r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	limit := limitOf(r.Params.Limit)
	filter := lifecycle.Filter{State: tenancy.State(value(r.Params.State)), Text: value(r.Params.Query)}
	list, err := s.Tenants.Find(ctx, filter, tenancy.Slug(from.Slug), limit+1)
	if err != nil {
		return nil, err
	}
	more := len(list) > limit
	if more {
		list = list[:limit]
	}
	page := api.TenantPage{Items: make([]api.Tenant, len(list))}
	next := cursor{List: "tenants"}
	for i, t := range list {
		page.Items[i], next.Slug = s.tenant(t), string(t.Slug)
	}
	query := url.Values{"limit": {strconv.Itoa(limit)}}
	if filter.State != "" {
		query.Set("state", string(filter.State))
	}
	if filter.Text != "" {
		query.Set("query", filter.Text)
	}
	answer := api.ListTenants200JSONResponse{Body: page}
	answer.Headers.Link, answer.Body.NextCursor = linkTo("/v1/tenants", query, next, more)
	return answer, nil
}
