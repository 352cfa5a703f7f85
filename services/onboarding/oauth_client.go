package onboarding

import (
	"context"
	"time"

	"github.com/askspoke/spoke/services/onboarding/api"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/oauth"
)

func (s *Server) oauthClient(c oauth.Client) api.OAuthClient {
	x := api.OAuthClient{
		ID: c.ID, Name: c.Name, State: s.secretState(c.RevokedAt, time.Time{}), Scopes: scopes(c.Scopes), Cidrs: c.CIDRs.Strings(),
		TokenLifeSeconds: int(c.TokenLife / time.Second), CreatedAt: c.CreatedAt, RevokedAt: optional(c.RevokedAt),
		LastUsedAt: optional(c.LastUsedAt), LastUsedFrom: addressText(c.LastUsedFrom),
		Secrets: make([]api.OAuthSecret, len(c.Secrets)), Trusts: make([]api.OAuthTrust, len(c.Trusts)),
	}
	for i, secret := range c.Secrets {
		x.Secrets[i] = s.oauthSecret(secret)
	}
	for i, trust := range c.Trusts {
		x.Trusts[i] = s.oauthTrust(trust)
	}
	return x
}

func (s *Server) oauthSecret(k oauth.Secret) api.OAuthSecret {
	return api.OAuthSecret{
		ID: k.ID, Hint: k.Hint, State: s.secretState(k.RevokedAt, k.ExpiresAt), CreatedAt: k.CreatedAt, ExpiresAt: optional(k.ExpiresAt),
		RevokedAt: optional(k.RevokedAt), LastUsedAt: optional(k.LastUsedAt), LastUsedFrom: addressText(k.LastUsedFrom),
	}
}

func (s *Server) oauthTrust(t oauth.Trust) api.OAuthTrust {
	return api.OAuthTrust{
		ID: t.ID, Issuer: t.Issuer, Audience: t.Audience, Subject: t.Subject, Algorithms: t.Algorithms,
		State: s.secretState(t.RevokedAt, time.Time{}), CreatedAt: t.CreatedAt, RevokedAt: optional(t.RevokedAt),
		LastUsedAt: optional(t.LastUsedAt), LastUsedFrom: addressText(t.LastUsedFrom),
	}
}

func (s *Server) oauthClientAnswer(c oauth.Client) api.OAuthClientAnswerJSONResponse {
	return api.OAuthClientAnswerJSONResponse{Body: s.oauthClient(c), Headers: api.OAuthClientAnswerResponseHeaders{ETag: versionTag(c.Version)}}
}

// ListOAuthClients answers with all OAuth clients of a tenant.
func (s *Server) ListOAuthClients(ctx context.Context, r api.ListOAuthClientsRequestObject) (api.ListOAuthClientsResponseObject, error) {
	t, err := s.find(ctx, r.Tenant)
	if err != nil {
		return nil, err
	}
	list, err := s.Clients.Clients(ctx, t.ID)
	if err != nil {
		return nil, err
	}
	answer := api.ListOAuthClients200JSONResponse{Items: make([]api.OAuthClient, len(list))}
	for i, c := range list {
		answer.Items[i] = s.oauthClient(c)
	}
	return answer, nil
}

// CreateOAuthClient makes an OAuth client.
func (s *Server) CreateOAuthClient(ctx context.Context, r api.CreateOAuthClientRequestObject) (api.CreateOAuthClientResponseObject, error) {
	t, err := s.findSettled(ctx, r.Tenant)
	if err != nil {
		return nil, err
	}
	// Its name, scopes and addresses are those of a token.
	grant, err := s.readToken(api.NewToken{Name: r.Body.Name, Scopes: r.Body.Scopes, Cidrs: r.Body.Cidrs}, "")
	if err != nil {
		return nil, err
	}
	c, err := s.Clients.CreateClient(ctx, t.ID, oauth.NewClient{
		ID: string(exchangeOf(ctx).attempt.ID), Name: grant.Name, Scopes: grant.Scopes, CIDRs: grant.CIDRs,
		TokenLife: time.Duration(value(r.Body.TokenLifeSeconds)) * time.Second,
	})
	if err != nil {
		return nil, err
	}
	exchangeOf(ctx).about(c.ID)
	answer := api.CreateOAuthClient201JSONResponse{Body: s.oauthClient(c)}
	answer.Headers.Location, answer.Headers.ETag = "/v1/tenants/"+string(t.Slug)+"/oauth-clients/"+c.ID, versionTag(c.Version)
	return answer, nil
}

// findClient finds the tenant and notes that the call is about one of its OAuth clients, or of what such a client has.
func (s *Server) findClient(ctx context.Context, tenant string, ids ...string) (tenancy.Tenant, error) {
	t, err := s.find(ctx, tenant)
	if err == nil {
		for _, id := range ids {
			exchangeOf(ctx).about(id)
		}
	}
	return t, err
}

// GetOAuthClient answers with an OAuth client.
func (s *Server) GetOAuthClient(ctx context.Context, r api.GetOAuthClientRequestObject) (api.GetOAuthClientResponseObject, error) {
	t, err := s.findClient(ctx, r.Tenant, r.Client)
	if err != nil {
		return nil, err
	}
	c, err := s.Clients.Client(ctx, t.ID, r.Client)
	if err != nil {
		return nil, err
	}
	return api.GetOAuthClient200JSONResponse{OAuthClientAnswerJSONResponse: s.oauthClientAnswer(c)}, nil
}

// RevokeOAuthClient revokes an OAuth client.
func (s *Server) RevokeOAuthClient(ctx context.Context, r api.RevokeOAuthClientRequestObject) (api.RevokeOAuthClientResponseObject, error) {
	t, err := s.findClient(ctx, r.Tenant, r.Client)
	if err != nil {
		return nil, err
	}
	if err := s.Clients.RevokeClient(ctx, t.ID, r.Client); err != nil {
		return nil, err
	}
	return api.RevokeOAuthClient204Response{}, nil
}

// CreateOAuthSecret makes a client secret.
func (s *Server) CreateOAuthSecret(ctx context.Context, r api.CreateOAuthSecretRequestObject) (api.CreateOAuthSecretResponseObject, error) {
	t, err := s.findClient(ctx, r.Tenant, r.Client)
	if err == nil {
		err = settled(t)
	}
	if err != nil {
		return nil, err
	}
	secret, made, err := s.Clients.AddSecret(ctx, t.ID, r.Client, oauth.NewSecret{
		ID: string(exchangeOf(ctx).attempt.ID), ExpiresAt: value(r.Body.ExpiresAt),
	})
	if err != nil {
		return nil, err
	}
	exchangeOf(ctx).about(made.ID)
	k := s.oauthSecret(made)
	return api.CreateOAuthSecret201JSONResponse{
		ID: k.ID, Hint: k.Hint, State: k.State, CreatedAt: k.CreatedAt, ExpiresAt: k.ExpiresAt, ClientSecret: secret.Reveal(),
	}, nil
}

// RevokeOAuthSecret revokes a client secret.
func (s *Server) RevokeOAuthSecret(ctx context.Context, r api.RevokeOAuthSecretRequestObject) (api.RevokeOAuthSecretResponseObject, error) {
	t, err := s.findClient(ctx, r.Tenant, r.Client, r.Secret)
	if err != nil {
		return nil, err
	}
	if err := s.Clients.RevokeSecret(ctx, t.ID, r.Client, r.Secret); err != nil {
		return nil, err
	}
	return api.RevokeOAuthSecret204Response{}, nil
}

// CreateOAuthTrust lets assertions of another issuer stand for a client.
func (s *Server) CreateOAuthTrust(ctx context.Context, r api.CreateOAuthTrustRequestObject) (api.CreateOAuthTrustResponseObject, error) {
	t, err := s.findClient(ctx, r.Tenant, r.Client)
	if err == nil {
		err = settled(t)
	}
	if err != nil {
		return nil, err
	}
	made, err := s.Clients.AddTrust(ctx, t.ID, r.Client, oauth.NewTrust{
		ID: string(exchangeOf(ctx).attempt.ID), Issuer: r.Body.Issuer, Audience: r.Body.Audience, Subject: r.Body.Subject, Algorithms: value(r.Body.Algorithms),
	})
	if err != nil {
		return nil, err
	}
	exchangeOf(ctx).about(made.ID)
	return api.CreateOAuthTrust201JSONResponse(s.oauthTrust(made)), nil
}

// RevokeOAuthTrust revokes a trust.
func (s *Server) RevokeOAuthTrust(ctx context.Context, r api.RevokeOAuthTrustRequestObject) (api.RevokeOAuthTrustResponseObject, error) {
	t, err := s.findClient(ctx, r.Tenant, r.Client, r.Trust)
	if err != nil {
		return nil, err
	}
	if err := s.Clients.RevokeTrust(ctx, t.ID, r.Client, r.Trust); err != nil {
		return nil, err
	}
	return api.RevokeOAuthTrust204Response{}, nil
}
