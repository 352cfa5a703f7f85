package signon

import (
	"context"
	"crypto/subtle"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/askspoke/spoke/tenancy/issuer"
)

// finishTime is how long a provider may keep a person waiting, all requests to it together.
const finishTime = 20 * time.Second

// leeway is how far the clocks of a provider and of Spoke may be apart.
const leeway = time.Minute

// Bounds of what comes from outside.
const (
	maxCode  = 8 << 10
	maxToken = 64 << 10
)

// Finish returns whom a provider let in, from the query with which the browser came back. A Flow is good for one call: its
// keeper forgets it before. The error is a *Refusal, or seal.ErrOpen.
func (s *Store) Finish(ctx context.Context, c Connection, f Flow, query url.Values) (Person, error) {
	ctx, cancel := context.WithTimeout(ctx, finishTime)
	defer cancel()
	if err := s.answers(c, f, query); err != nil {
		return Person{}, err
	}
	p, err := s.provider(ctx, c, f.Redirect)
	if err != nil {
		return Person{}, err
	}
	if iss := query.Get("iss"); p.settings.answersAs(iss) != nil || p.sendsIss && iss == "" {
		return Person{}, Refuse(ReasonIssuer, "Another provider than the one that is set up here has answered. Check the issuer.", nil,
			"the parameter iss is %q, expected %q", Line(iss, 200), p.settings.Issuer)
	}
	ctx = oidc.ClientContext(ctx, s.config.Client)
	tokens, err := p.Exchange(ctx, query.Get("code"), oauth2.VerifierOption(f.Verifier))
	if err != nil {
		return Person{}, notExchanged(err)
	}
	text, _ := tokens.Extra("id_token").(string)
	claims, err := s.verify(ctx, p, text)
	if err != nil {
		return Person{}, err
	}
	if subtle.ConstantTimeCompare([]byte(claims.Nonce), []byte(f.Nonce)) != 1 {
		return Person{}, Refuse(ReasonNonce, "The identity provider answered another sign-in than this one. Begin again.", nil, "the nonce is not the one that was sent")
	}
	// OpenID Connect Core 1.0 section 5.4 puts them there. That the address is not verified must not be missed.
	_, entra := p.settings.entra()
	if p.userInfo != "" && (!claims.has(p.settings.EmailClaim) || claims.flag("email_verified") == nil && !entra) {
		if err := s.ask(ctx, p, tokens, &claims); err != nil {
			return Person{}, err
		}
	}
	return p.settings.person(claims)
}

// answers checks that a query answers a Flow.
func (s *Store) answers(c Connection, f Flow, query url.Values) error {
	for _, name := range []string{"state", "code", "error", "iss"} {
		if len(query[name]) > 1 { // RFC 6749 section 3.1: none is sent twice
			return Refuse(ReasonMalformed, "The identity provider's answer cannot be read. Begin again.", nil, "the parameter %s comes %d times", name, len(query[name]))
		}
	}
	age := s.now().Sub(f.BegunAt)
	switch {
	case f.State == "" || subtle.ConstantTimeCompare([]byte(query.Get("state")), []byte(f.State)) != 1:
		return Refuse(ReasonState, "This answer belongs to no sign-in that was begun in this browser. Begin again.", nil, "the state is not the one that was sent")
	case age > FlowLife || age < -leeway:
		return Refuse(ReasonExpired, "The sign-in took longer than ten minutes. Begin again.", nil, "")
	case f.Connection != c.ID || f.Revision != c.Revision:
		return Refuse(ReasonChanged, "The connection was changed during the sign-in. Begin again.", nil, "")
	case query.Get("error") != "":
		return denied(query)
	case query.Get("code") == "" || len(query.Get("code")) > maxCode:
		return Refuse(ReasonMalformed, "The identity provider's answer cannot be read. Begin again.", nil, "it has no code, or one of more than %d bytes", maxCode)
	}
	return nil
}

// denied returns what a provider's own error means (RFC 6749 section 4.1.2.1, OpenID Connect Core 1.0 section 3.1.2.6).
func denied(query url.Values) error {
	detail := Line(query.Get("error"), 100)
	if description := Line(query.Get("error_description"), 300); description != "" {
		detail += ": " + description
	}
	switch query.Get("error") {
	case "access_denied", "login_required", "interaction_required", "consent_required", "account_selection_required":
		return Refuse(ReasonDenied, "The identity provider did not let you in, or you went back. Ask whoever runs it to assign you to this application.", nil, "%s", detail)
	case "server_error", "temporarily_unavailable":
		return Refuse(ReasonUnavailable, "The identity provider has a fault at the moment. Try again in a minute.", nil, "%s", detail)
	}
	return Refuse(ReasonClient, "The identity provider does not accept this application as it is set up. Check the client id, and that the redirect URI is registered there exactly as shown here.",
		nil, "%s", detail)
}

// notExchanged returns why a provider gave no tokens for a code (RFC 6749 section 5.2).
func notExchanged(err error) error {
	var retrieve *oauth2.RetrieveError
	if !errors.As(err, &retrieve) || retrieve.ErrorCode == "" {
		return Refuse(ReasonUnavailable, "The identity provider does not answer as it should. Try again in a minute.", err, "its token endpoint: %s", fault(err))
	}
	detail := Line(retrieve.ErrorCode, 100)
	if description := Line(retrieve.ErrorDescription, 300); description != "" {
		detail += ": " + description
	}
	switch retrieve.ErrorCode {
	case "invalid_client", "unauthorized_client":
		return Refuse(ReasonClient, "The identity provider does not accept the client id and secret. Enter a new secret: the old one may have expired.", err, "%s", detail)
	case "invalid_grant":
		return Refuse(ReasonCode, "The identity provider does not accept its own code: it was used before, or has expired. Begin again.", err, "%s", detail)
	}
	return Refuse(ReasonProvider, "The identity provider refuses to finish the sign-in. Check how the application is set up there.", err, "%s", detail)
}

// verify returns the claims of an ID token (OpenID Connect Core 1.0 section 3.1.3.7), but for the nonce.
func (s *Store) verify(ctx context.Context, p *provider, text string) (claims, error) {
	if text == "" || len(text) > maxToken {
		return claims{}, Refuse(ReasonMalformed, "The identity provider gave no ID token. Check that it is an OpenID provider, and that the scope openid is allowed.", nil,
			"the ID token has %d bytes", len(text))
	}
	// Audience and issuer are compared below, where what is wrong is known.
	keys := &remembering{set: issuer.At(p.keys, s.config.Client, s.config.PrivateProviders)}
	verifier := oidc.NewVerifier(p.settings.Issuer, keys, &oidc.Config{
		SkipIssuerCheck: true, SkipClientIDCheck: true, SupportedSigningAlgs: issuer.Algorithms(), Now: func() time.Time { return s.now().Add(-leeway) },
	})
	token, err := verifier.Verify(ctx, text)
	var expired *oidc.TokenExpiredError
	switch {
	case errors.As(err, &expired):
		return claims{}, Refuse(ReasonTime, "The identity provider's answer has expired. Begin again; if it happens again, its clock is wrong.", err,
			"the ID token expired at %s", expired.Expiry.UTC().Format(time.RFC3339))
	case errors.Is(keys.err, issuer.ErrUnavailable):
		return claims{}, Refuse(ReasonUnavailable, "The identity provider does not show its keys. Try again in a minute.", keys.err, "%s: %s", Line(p.keys, 200), fault(keys.err))
	case err != nil:
		return claims{}, Refuse(ReasonSignature, "The identity provider's answer is not signed with one of its keys. Do not sign in, and tell whoever runs it.", errors.Join(err, keys.err),
			"the ID token's signature was not made by a key that the provider shows, with one of its algorithms")
	}
	c, err := readClaims(token)
	if err != nil {
		return claims{}, Refuse(ReasonMalformed, "The identity provider's answer cannot be read. Begin again.", err, "the ID token's claims have another form")
	}
	azp := c.text("azp")
	if !slices.Contains(token.Audience, p.ClientID) || len(token.Audience) > 1 && azp == "" || azp != "" && azp != p.ClientID {
		return claims{}, Refuse(ReasonAudience, "The identity provider's answer was made for another application. Check the client id.", nil,
			"the audience is %q for %q, expected %q", Line(strings.Join(token.Audience, " "), 200), Line(azp, 100), p.ClientID)
	}
	return c, p.settings.checkOrganisation(c)
}

// remembering keeps why a signature was not verified, which go-oidc turns into text.
type remembering struct {
	set oidc.KeySet
	err error
}

// VerifySignature does what the set does.
func (r *remembering) VerifySignature(ctx context.Context, text string) (payload []byte, err error) {
	payload, r.err = r.set.VerifySignature(ctx, text)
	return payload, r.err
}

// answersAs says whether the parameter iss of an answer (RFC 9207 section 2.4) names the provider; one that is absent does.
func (o OIDC) answersAs(iss string) error {
	if iss == "" || iss == o.Issuer || o.multi() && strings.HasPrefix(iss, "https://"+o.host()+"/") {
		return nil
	}
	return errors.New("another provider's answer")
}
