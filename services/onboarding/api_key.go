package onboarding

import (
	"context"
	"net/url"
	"strconv"

	"github.com/askspoke/spoke/services/onboarding/api"
	"github.com/askspoke/spoke/tenancy/operator"
)

// GetMe answers with who the caller is.
func (s *Server) GetMe(ctx context.Context, _ api.GetMeRequestObject) (api.GetMeResponseObject, error) {
	caller := exchangeOf(ctx).caller
	return api.GetMe200JSONResponse{
		Actor: caller.Actor, Name: caller.Name, Role: api.Role(caller.Role), ExpiresAt: optional(caller.ExpiresAt),
	}, nil
}

func (s *Server) apiKey(k operator.Key) api.APIKey {
	return api.APIKey{
		ID: k.ID, Name: k.Name, Role: api.Role(k.Role), Hint: k.Hint, State: s.secretState(k.RevokedAt, k.ExpiresAt), CreatedAt: k.CreatedAt, CreatedBy: k.CreatedBy,
		ExpiresAt: k.ExpiresAt, RevokedAt: optional(k.RevokedAt), LastUsedAt: optional(k.LastUsedAt), LastUsedFrom: optional(k.LastUsedFrom),
	}
}

// ListAPIKeys answers with a page of the API keys.
func (s *Server) ListAPIKeys(ctx context.Context, r api.ListAPIKeysRequestObject) (api.ListAPIKeysResponseObject, error) {
	page, err := readPage("api-keys", r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	list, more, err := s.Operators.Keys(ctx, page)
	if err != nil {
		return nil, err
	}
	answer := api.ListAPIKeys200JSONResponse{Body: api.APIKeyPage{Items: make([]api.APIKey, len(list))}}
	next := cursor{List: "api-keys"}
	for i, k := range list {
		answer.Body.Items[i], next.At, next.ID = s.apiKey(k), k.CreatedAt, k.ID
	}
	answer.Headers.Link, answer.Body.NextCursor = linkTo("/v1/api-keys", url.Values{"limit": {strconv.Itoa(page.Limit)}}, next, more)
	return answer, nil
}

// CreateAPIKey makes an API key.
func (s *Server) CreateAPIKey(ctx context.Context, r api.CreateAPIKeyRequestObject) (api.CreateAPIKeyResponseObject, error) {
	x := exchangeOf(ctx)
	secret, made, err := s.Operators.CreateKey(ctx, operator.NewKey{
		ID: string(x.attempt.ID), Name: r.Body.Name, Role: operator.Role(r.Body.Role), ExpiresAt: value(r.Body.ExpiresAt), CreatedBy: x.caller.Actor,
	})
	if err != nil {
		return nil, err
	}
	x.resource = made.ID
	k := s.apiKey(made)
	return api.CreateAPIKey201JSONResponse{
		ID: k.ID, Name: k.Name, Role: k.Role, Hint: k.Hint, State: k.State, CreatedAt: k.CreatedAt, CreatedBy: k.CreatedBy,
		ExpiresAt: k.ExpiresAt, Secret: secret.Reveal(),
	}, nil
}

// RevokeAPIKey revokes an API key.
func (s *Server) RevokeAPIKey(ctx context.Context, r api.RevokeAPIKeyRequestObject) (api.RevokeAPIKeyResponseObject, error) {
	exchangeOf(ctx).about(r.Key)
	if err := s.Operators.RevokeKey(ctx, r.Key); err != nil {
		return nil, err
	}
	return api.RevokeAPIKey204Response{}, nil
}
