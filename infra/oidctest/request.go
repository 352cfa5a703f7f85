package oidctest

import (
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// request is a sign-in that is under way at the provider.
type request struct {
	*oidc.AuthRequest

	id, subject string
	done        bool
	at          time.Time
}

var _ op.AuthRequest = (*request)(nil)

func (r *request) GetID() string          { return r.id }
func (r *request) GetACR() string         { return "" }
func (r *request) GetAMR() []string       { return []string{"pwd"} }
func (r *request) GetAudience() []string  { return []string{r.ClientID} }
func (r *request) GetAuthTime() time.Time { return r.at }
func (r *request) GetClientID() string    { return r.ClientID }
func (r *request) GetNonce() string       { return r.Nonce }
func (r *request) GetRedirectURI() string { return r.RedirectURI }
func (r *request) GetScopes() []string    { return r.Scopes }
func (r *request) GetState() string       { return r.State }
func (r *request) GetSubject() string     { return r.subject }
func (r *request) Done() bool             { return r.done }
func (r *request) GetCodeChallenge() *oidc.CodeChallenge {
	return &oidc.CodeChallenge{Challenge: r.CodeChallenge, Method: r.CodeChallengeMethod}
}
func (r *request) GetResponseType() oidc.ResponseType { return r.ResponseType }
func (r *request) GetResponseMode() oidc.ResponseMode { return r.ResponseMode }

// application is a Client as op sees it.
type application struct{ Client }

var _ op.Client = application{}

func (a application) GetID() string                       { return a.ID }
func (a application) RedirectURIs() []string              { return a.Redirects }
func (a application) PostLogoutRedirectURIs() []string    { return nil }
func (a application) ApplicationType() op.ApplicationType { return op.ApplicationTypeWeb }
func (a application) ResponseTypes() []oidc.ResponseType {
	return []oidc.ResponseType{oidc.ResponseTypeCode}
}

func (a application) GrantTypes() []oidc.GrantType         { return []oidc.GrantType{oidc.GrantTypeCode} }
func (a application) LoginURL(id string) string            { return "/login?id=" + id }
func (a application) AccessTokenType() op.AccessTokenType  { return op.AccessTokenTypeBearer }
func (a application) IDTokenLifetime() time.Duration       { return time.Hour }
func (a application) DevMode() bool                        { return true } // redirects to http
func (a application) IsScopeAllowed(string) bool           { return false }
func (a application) IDTokenUserinfoClaimsAssertion() bool { return a.InToken }
func (a application) ClockSkew() time.Duration             { return 0 }
func (a application) AuthMethod() oidc.AuthMethod {
	if a.Secret == "" {
		return oidc.AuthMethodNone
	}
	return oidc.AuthMethodBasic
}

func (a application) RestrictAdditionalIdTokenScopes() func([]string) []string { //nolint:revive,staticcheck // op calls it so
	return func(scopes []string) []string { return scopes }
}

func (a application) RestrictAdditionalAccessTokenScopes() func([]string) []string {
	return func(scopes []string) []string { return scopes }
}
