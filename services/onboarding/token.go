package onboarding

import (
	"context"

	"github.com/askspoke/spoke/services/onboarding/api"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/token"
)

// settled refuses a tenant that is not there yet or is going: nothing of it can be made.
func settled(t tenancy.Tenant) error {
	if !t.State.Complete() || t.State == tenancy.StateDeleting {
		return &tenancy.StateError{Act: "change", State: t.State}
	}
	return nil
}

// findSettled is find for a tenant of which something can be made.
func (s *Server) findSettled(ctx context.Context, name string) (tenancy.Tenant, error) {
	t, err := s.find(ctx, name)
	if err == nil {
		err = settled(t)
	}
	return t, err
}

// ListTokens answers with all tokens of a tenant.
func (s *Server) ListTokens(ctx context.Context, r api.ListTokensRequestObject) (api.ListTokensResponseObject, error) {
	t, err := s.find(ctx, r.Tenant)
	if err != nil {
		return nil, err
	}
	list, err := s.Tokens.List(ctx, t.ID)
	if err != nil {
		return nil, err
	}
	answer := api.ListTokens200JSONResponse{Items: make([]api.Token, len(list))}
	for i, k := range list {
		answer.Items[i] = s.token(k)
	}
	return answer, nil
}

// CreateToken issues a token.
func (s *Server) CreateToken(ctx context.Context, r api.CreateTokenRequestObject) (api.CreateTokenResponseObject, error) {
	t, err := s.findSettled(ctx, r.Tenant)
	if err != nil {
		return nil, err
	}
	n, err := s.readToken(*r.Body, "")
	if err != nil {
		return nil, err
	}
	x := exchangeOf(ctx)
	n.ID = string(x.attempt.ID)
	secret, made, err := s.Tokens.Issue(ctx, t.ID, n)
	if err != nil {
		return nil, err
	}
	x.resource = made.ID
	answer := api.CreateToken201JSONResponse{Body: s.createdToken(made, secret)}
	answer.Headers.Location = tokenPath(t, made)
	return answer, nil
}

func tokenPath(t tenancy.Tenant, k token.Token) string {
	return "/v1/tenants/" + string(t.Slug) + "/tokens/" + k.ID
}

// findToken finds the tenant and notes that the call is about one of its tokens.
func (s *Server) findToken(ctx context.Context, tenant, id string) (tenancy.Tenant, error) {
	t, err := s.find(ctx, tenant)
	if err == nil {
		exchangeOf(ctx).about(id)
	}
	return t, err
}

// GetToken answers with a token.
func (s *Server) GetToken(ctx context.Context, r api.GetTokenRequestObject) (api.GetTokenResponseObject, error) {
	t, err := s.findToken(ctx, r.Tenant, r.Token)
	if err != nil {
		return nil, err
	}
	k, err := s.Tokens.Get(ctx, t.ID, r.Token)
	if err != nil {
		return nil, err
	}
	return api.GetToken200JSONResponse(s.token(k)), nil
}

// RevokeToken revokes a token.
func (s *Server) RevokeToken(ctx context.Context, r api.RevokeTokenRequestObject) (api.RevokeTokenResponseObject, error) {
	t, err := s.findToken(ctx, r.Tenant, r.Token)
	if err != nil {
		return nil, err
	}
	if err := s.Tokens.Revoke(ctx, t.ID, r.Token); err != nil {
		return nil, err
	}
	return api.RevokeToken204Response{}, nil
}
