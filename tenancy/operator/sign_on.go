package operator

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/askspoke/spoke/tenancy/issuer"
)

// Why an operator's sign-on is refused, besides what OIDC.Verify finds.
var (
	ErrState  = fmt.Errorf("%w: it answers no sign-on of this browser", ErrRejected)
	ErrDenied = fmt.Errorf("%w: the provider let nobody in", ErrRejected)
)

// signOnLife is how long an operator may take at the provider.
const signOnLife = 10 * time.Minute

// SignOnConfig says how operators sign in to the console at their OpenID provider.
type SignOnConfig struct {
	// OIDC is the provider, and which claim has what role. Its Audience is not used: the ID token is for the client.
	OIDC         OIDCConfig
	ClientID     string
	ClientSecret string // "": a public client; PKCE protects either
	Redirect     string // where the provider sends the browser back
}

// SignOn is OpenID Connect with the code flow for operators (OpenID Connect Core 1.0 section 3.1). It is safe for
// concurrent use.
type SignOn struct {
	config SignOnConfig
	verify *OIDC
	client *http.Client
	now    func() time.Time
}

// SignOnFlow is a sign-on that is under way. The browser's session keeps it, and forgets it before Finish.
type SignOnFlow struct {
	State    string    `json:"state"`
	Nonce    string    `json:"nonce"`
	Verifier string    `json:"verifier"` // of PKCE (RFC 7636)
	BegunAt  time.Time `json:"begun_at"`
}

// NewSignOn returns a SignOn. It asks the provider nothing yet.
func NewSignOn(config SignOnConfig) (*SignOn, error) {
	config.OIDC.Audience = config.ClientID
	verify, err := NewOIDC(config.OIDC)
	if err != nil {
		return nil, err
	}
	return &SignOn{config: config, verify: verify, client: issuer.Client(true), now: verify.config.Now}, nil
}

// Begin returns a sign-on and the URL that the browser goes to. Error: ErrProvider.
func (s *SignOn) Begin(ctx context.Context) (SignOnFlow, string, error) {
	client, err := s.oauth(ctx)
	if err != nil {
		return SignOnFlow{}, "", err
	}
	f := SignOnFlow{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(), BegunAt: s.now()}
	return f, client.AuthCodeURL(f.State, oidc.Nonce(f.Nonce), oauth2.S256ChallengeOption(f.Verifier)), nil
}

// Finish returns who the provider let in, from the query with which the browser came back. Errors wrap ErrRejected
// (ErrState, ErrDenied, and those of OIDC.Verify), or are ErrProvider.
func (s *SignOn) Finish(ctx context.Context, f SignOnFlow, query url.Values) (Identity, error) {
	age := s.now().Sub(f.BegunAt)
	switch {
	case f.State == "" || len(query["state"]) != 1 || subtle.ConstantTimeCompare([]byte(query.Get("state")), []byte(f.State)) != 1:
		return Identity{}, ErrState
	case age < -leeway || age > signOnLife:
		return Identity{}, ErrExpired
	case query.Has("iss") && query.Get("iss") != s.config.OIDC.Issuer: // RFC 9207 section 2.4
		return Identity{}, fmt.Errorf("%w: another provider answers", ErrRejected)
	case query.Get("code") == "":
		return Identity{}, ErrDenied
	}
	client, err := s.oauth(ctx)
	if err != nil {
		return Identity{}, err
	}
	tokens, err := client.Exchange(oidc.ClientContext(ctx, s.client), query.Get("code"), oauth2.VerifierOption(f.Verifier))
	if refused := (*oauth2.RetrieveError)(nil); errors.As(err, &refused) && refused.ErrorCode != "" {
		return Identity{}, fmt.Errorf("%w: the code is refused: %w", ErrRejected, err)
	}
	if err != nil {
		return Identity{}, fmt.Errorf("%w: exchange the code: %w", ErrProvider, err)
	}
	text, _ := tokens.Extra("id_token").(string)
	who, claims, err := s.verify.verify(ctx, text)
	if err != nil {
		return Identity{}, err
	}
	if nonce, _ := claims["nonce"].(string); subtle.ConstantTimeCompare([]byte(nonce), []byte(f.Nonce)) != 1 {
		return Identity{}, fmt.Errorf("%w: it answers another sign-on", ErrRejected)
	}
	who.Issuer = s.config.OIDC.Issuer
	var meant []string
	for _, value := range valuesIn(claims, s.verify.config.Claim) {
		if _, ok := s.verify.config.Roles[value]; ok && !slices.Contains(meant, value) {
			meant = append(meant, value)
		}
	}
	who.Values = strings.Join(meant, "\n")
	return who, nil
}

// Again returns whom Finish has returned with the role that the settings give to the same values now: they may have changed
// with a restart. The provider is not asked. Errors wrap ErrRejected: ErrNoRole where none of the values means one any more,
// and another where the provider is no more the one that operators sign in at.
func (s *SignOn) Again(who Identity) (Identity, error) {
	if who.Issuer != s.config.OIDC.Issuer {
		return Identity{}, fmt.Errorf("%w: another provider has let it in", ErrRejected)
	}
	who.Role = ""
	for value := range strings.Lines(who.Values) {
		if role := s.verify.config.Roles[strings.TrimSuffix(value, "\n")]; role.rank() > who.Role.rank() {
			who.Role = role
		}
	}
	if !who.Role.Valid() {
		return Identity{}, ErrNoRole
	}
	return who, nil
}

// oauth asks the provider where it is: each time, since operators sign in seldom.
func (s *SignOn) oauth(ctx context.Context) (oauth2.Config, error) {
	found, err := oidc.NewProvider(oidc.ClientContext(ctx, s.client), s.config.OIDC.Issuer)
	if err != nil {
		return oauth2.Config{}, fmt.Errorf("%w: %w", ErrProvider, err)
	}
	endpoint := found.Endpoint()
	for _, address := range []string{endpoint.AuthURL, endpoint.TokenURL} {
		if err := issuer.CheckEndpoint(address, true); err != nil {
			return oauth2.Config{}, fmt.Errorf("%w: its endpoint: %w", ErrProvider, err)
		}
	}
	return oauth2.Config{
		ClientID: s.config.ClientID, ClientSecret: s.config.ClientSecret, Endpoint: endpoint, RedirectURL: s.config.Redirect,
		Scopes: []string{oidc.ScopeOpenID, "profile", "email"},
	}, nil
}
