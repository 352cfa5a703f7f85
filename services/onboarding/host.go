package onboarding

import (
	"context"
	"strings"

	"github.com/askspoke/spoke/services/onboarding/api"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/hostclaim"
)

func (s *Server) host(h hostclaim.Host) api.Host {
	state := api.HostVerified
	switch {
	case !h.VerifiedAt.IsZero():
	case s.config.Now().Before(h.ExpiresAt):
		state = api.HostClaimed
	default:
		state = api.HostExpired
	}
	return api.Host{
		Host: h.Name, State: state, CreatedAt: h.CreatedAt, VerifiedAt: optional(h.VerifiedAt),
		TxtName: optional(h.Record), TxtValue: optional(h.Value), ExpiresAt: optional(h.ExpiresAt),
	}
}

// ListHosts answers with the hosts of a tenant's own.
func (s *Server) ListHosts(ctx context.Context, r api.ListHostsRequestObject) (api.ListHostsResponseObject, error) {
	t, err := s.find(ctx, r.Tenant)
	if err != nil {
		return nil, err
	}
	list, err := s.Hosts.List(ctx, t.ID)
	if err != nil {
		return nil, err
	}
	answer := api.ListHosts200JSONResponse{Items: make([]api.Host, len(list))}
	for i, h := range list {
		answer.Items[i] = s.host(h)
	}
	return answer, nil
}

// ClaimHost claims a host.
func (s *Server) ClaimHost(ctx context.Context, r api.ClaimHostRequestObject) (api.ClaimHostResponseObject, error) {
	t, err := s.findSettled(ctx, r.Tenant)
	if err != nil {
		return nil, err
	}
	h, err := s.Hosts.Claim(ctx, t.ID, r.Body.Host)
	if err != nil {
		return nil, err
	}
	answer := api.ClaimHost201JSONResponse{Body: s.host(h)}
	answer.Headers.Location = "/v1/tenants/" + string(t.Slug) + "/hosts/" + h.Name
	return answer, nil
}

// GetHost answers with a host.
func (s *Server) GetHost(ctx context.Context, r api.GetHostRequestObject) (api.GetHostResponseObject, error) {
	t, err := s.find(ctx, r.Tenant)
	if err != nil {
		return nil, err
	}
	list, err := s.Hosts.List(ctx, t.ID)
	if err != nil {
		return nil, err
	}
	for _, h := range list {
		if strings.EqualFold(h.Name, r.Host) {
			return api.GetHost200JSONResponse(s.host(h)), nil
		}
	}
	return nil, tenancy.ErrHostNotFound
}

// VerifyHost gives a tenant a host whose TXT record is published.
func (s *Server) VerifyHost(ctx context.Context, r api.VerifyHostRequestObject) (api.VerifyHostResponseObject, error) {
	t, err := s.findSettled(ctx, r.Tenant)
	if err != nil {
		return nil, err
	}
	h, err := s.Hosts.Verify(ctx, t.ID, r.Host)
	if err != nil {
		return nil, err
	}
	return api.VerifyHost200JSONResponse(s.host(h)), nil
}

// RemoveHost takes a host or its claim from a tenant.
func (s *Server) RemoveHost(ctx context.Context, r api.RemoveHostRequestObject) (api.RemoveHostResponseObject, error) {
	t, err := s.find(ctx, r.Tenant)
	if err != nil {
		return nil, err
	}
	if err := s.Hosts.Remove(ctx, t.ID, r.Host); err != nil {
		return nil, err
	}
	return api.RemoveHost204Response{}, nil
}
