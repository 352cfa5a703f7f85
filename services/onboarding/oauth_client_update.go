package onboarding

import (
	"context"
	"time"

	"github.com/askspoke/spoke/services/onboarding/api"
	"github.com/askspoke/spoke/tenancy/oauth"
	"github.com/askspoke/spoke/tenancy/token"
)

// UpdateOAuthClient changes an OAuth client, from the version that If-Match names.
func (s *Server) UpdateOAuthClient(ctx context.Context, r api.UpdateOAuthClientRequestObject) (api.UpdateOAuthClientResponseObject, error) {
	t, err := s.findClient(ctx, r.Tenant, r.Client)
	if err == nil {
		err = settled(t)
	}
	if err != nil {
		return nil, err
	}
	version, err := readVersion(r.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	change, err := clientChange(*r.Body)
	if err != nil {
		return nil, err
	}
	c, err := s.Clients.UpdateClient(ctx, t.ID, r.Client, version, change)
	if err != nil {
		return nil, err
	}
	return api.UpdateOAuthClient200JSONResponse{OAuthClientAnswerJSONResponse: s.oauthClientAnswer(c)}, nil
}

// clientChange returns what a body says to change of an OAuth client.
func clientChange(body api.OAuthClientChange) (change oauth.ClientChange, err error) {
	change.Name = body.Name
	if body.Scopes != nil {
		scopes, err := readScopes(*body.Scopes, "scopes")
		if err != nil {
			return change, err
		}
		change.Scopes = &scopes
	}
	if body.Cidrs != nil {
		var cidrs token.CIDRs
		if cidrs, err = readCIDRs(*body.Cidrs, "cidrs"); err != nil {
			return change, err
		}
		change.CIDRs = &cidrs
	}
	if body.TokenLifeSeconds != nil {
		life := time.Duration(*body.TokenLifeSeconds) * time.Second
		change.TokenLife = &life
	}
	return change, nil
}
