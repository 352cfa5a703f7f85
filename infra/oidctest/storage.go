package oidctest

import (
	"context"
	"crypto/rsa"
	"crypto/subtle"
	"errors"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/uuid"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// storage is what op keeps in a Provider.
type storage struct{ p *Provider }

var (
	_ op.Storage                   = storage{}
	_ op.CanSetUserinfoFromRequest = storage{}
)

var errUnknown = errors.New("it is not known here")

// token is an access token.
type token struct {
	subject string
	scopes  []string
}

// key signs ID tokens.
type key struct {
	id      string
	private *rsa.PrivateKey
}

func (k key) ID() string                                  { return k.id }
func (k key) SignatureAlgorithm() jose.SignatureAlgorithm { return jose.RS256 }
func (k key) Key() any                                    { return k.private }

// shown is the public half.
type shown struct{ key }

func (s shown) Algorithm() jose.SignatureAlgorithm { return jose.RS256 }
func (s shown) Use() string                        { return "sig" }
func (s shown) Key() any                           { return &s.private.PublicKey }

func (s storage) CreateAuthRequest(_ context.Context, asked *oidc.AuthRequest, subject string) (op.AuthRequest, error) {
	if slices.Contains(asked.Prompt, oidc.PromptNone) {
		return nil, oidc.ErrLoginRequired()
	}
	r := &request{AuthRequest: asked, id: uuid.NewString(), subject: subject, at: time.Now()}
	s.p.change(func() { s.p.requests[r.id] = r })
	return r, nil
}

func (s storage) AuthRequestByID(_ context.Context, id string) (op.AuthRequest, error) {
	var r *request
	s.p.change(func() { r = s.p.requests[id] })
	if r == nil {
		return nil, errUnknown
	}
	return r, nil
}

func (s storage) AuthRequestByCode(ctx context.Context, code string) (op.AuthRequest, error) {
	var id string
	s.p.change(func() { id = s.p.codes[code] })
	return s.AuthRequestByID(ctx, id)
}

func (s storage) SaveAuthCode(_ context.Context, id, code string) error {
	s.p.change(func() { s.p.codes[code] = id })
	return nil
}

func (s storage) DeleteAuthRequest(_ context.Context, id string) error {
	s.p.change(func() { delete(s.p.requests, id) })
	return nil
}

func (s storage) CreateAccessToken(_ context.Context, r op.TokenRequest) (string, time.Time, error) {
	id := uuid.NewString()
	s.p.change(func() { s.p.tokens[id] = token{r.GetSubject(), r.GetScopes()} })
	return id, time.Now().Add(5 * time.Minute), nil
}

func (s storage) CreateAccessAndRefreshTokens(context.Context, op.TokenRequest, string) (string, string, time.Time, error) {
	return "", "", time.Time{}, oidc.ErrUnsupportedGrantType()
}

func (s storage) TokenRequestByRefreshToken(context.Context, string) (op.RefreshTokenRequest, error) {
	return nil, op.ErrInvalidRefreshToken
}

func (s storage) GetRefreshTokenInfo(context.Context, string, string) (string, string, error) {
	return "", "", op.ErrInvalidRefreshToken
}
func (s storage) TerminateSession(context.Context, string, string) error          { return nil }
func (s storage) RevokeToken(context.Context, string, string, string) *oidc.Error { return nil }

func (s storage) SigningKey(context.Context) (op.SigningKey, error) {
	var k key
	s.p.change(func() { k = s.p.keys[len(s.p.keys)-1] })
	return k, nil
}

func (s storage) SignatureAlgorithms(context.Context) ([]jose.SignatureAlgorithm, error) {
	return []jose.SignatureAlgorithm{jose.RS256}, nil
}

func (s storage) KeySet(context.Context) (keys []op.Key, err error) {
	s.p.change(func() {
		for _, k := range s.p.keys {
			keys = append(keys, shown{k})
		}
	})
	return keys, nil
}

func (s storage) GetClientByClientID(_ context.Context, id string) (op.Client, error) {
	c, ok := s.client(id)
	if !ok {
		return nil, errUnknown
	}
	return application{c}, nil
}

func (s storage) client(id string) (c Client, ok bool) {
	s.p.change(func() { c, ok = s.p.clients[id] })
	return c, ok
}

func (s storage) AuthorizeClientIDSecret(_ context.Context, id, secret string) error {
	c, ok := s.client(id)
	if !ok || subtle.ConstantTimeCompare([]byte(c.Secret), []byte(secret)) != 1 {
		return errUnknown
	}
	return nil
}

func (s storage) SetUserinfoFromScopes(context.Context, *oidc.UserInfo, string, string, []string) error {
	return nil
}

func (s storage) SetUserinfoFromRequest(_ context.Context, into *oidc.UserInfo, r op.IDTokenRequest, scopes []string) error {
	return s.describe(into, r.GetSubject(), scopes)
}

func (s storage) SetUserinfoFromToken(_ context.Context, into *oidc.UserInfo, id, subject, _ string) error {
	var t token
	s.p.change(func() { t = s.p.tokens[id] })
	if t.subject != subject {
		return errUnknown
	}
	return s.describe(into, subject, t.scopes)
}

// describe says what the scopes let be said of a person.
func (s storage) describe(into *oidc.UserInfo, subject string, scopes []string) error {
	u, ok := s.p.user(subject)
	if !ok {
		return errUnknown
	}
	into.Subject = u.ID
	if slices.Contains(scopes, oidc.ScopeEmail) {
		into.Email, into.EmailVerified = u.Email, oidc.Bool(u.Verified)
	}
	if slices.Contains(scopes, oidc.ScopeProfile) {
		into.Name = u.Name
	}
	for name, value := range u.Claims {
		into.AppendClaims(name, value)
	}
	return nil
}

func (s storage) SetIntrospectionFromToken(context.Context, *oidc.IntrospectionResponse, string, string, string) error {
	return errUnknown
}

func (s storage) GetPrivateClaimsFromScopes(context.Context, string, string, []string) (map[string]any, error) {
	return nil, nil
}

func (s storage) GetKeyByIDAndClientID(context.Context, string, string) (*jose.JSONWebKey, error) {
	return nil, errUnknown
}

func (s storage) ValidateJWTProfileScopes(context.Context, string, []string) ([]string, error) {
	return nil, errUnknown
}
func (s storage) Health(context.Context) error { return nil }
