package signon

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/askspoke/spoke/tenancy/issuer"
)

// FlowLife is how long a person may take at her provider.
const FlowLife = 10 * time.Minute

// Flow is one sign-in that is under way. The browser's session keeps it, so that no other browser finishes it.
type Flow struct {
	Connection string    `json:"connection"`
	Revision   string    `json:"revision"`
	State      string    `json:"state"`
	Nonce      string    `json:"nonce"`
	Verifier   string    `json:"verifier"` // of PKCE (RFC 7636)
	Redirect   string    `json:"redirect"` // where the provider sends the browser back
	BegunAt    time.Time `json:"begun_at"`
	URL        string    `json:"-"` // where the browser goes now
}

// Begin asks a connection's provider where to sign in. The browser goes to the Flow's URL, and comes back to redirect with
// the query for Finish. The error is a *Refusal, or seal.ErrOpen.
func (s *Store) Begin(ctx context.Context, c Connection, redirect string) (Flow, error) {
	p, err := s.provider(ctx, c, redirect)
	if err != nil {
		return Flow{}, err
	}
	f := Flow{
		Connection: c.ID, Revision: c.Revision, State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(),
		Redirect: redirect, BegunAt: s.now(),
	}
	f.URL = p.AuthCodeURL(f.State, oidc.Nonce(f.Nonce), oauth2.S256ChallengeOption(f.Verifier))
	return f, nil
}

// provider is what an OpenID provider says of itself, and what we are to it.
type provider struct {
	oauth2.Config
	settings OIDC
	keys     string // where they are shown
	userInfo string // "" when it has none
	sendsIss bool   // it names itself in each answer (RFC 9207)
}

// provider asks an OpenID provider for its configuration (OpenID Connect Discovery 1.0 section 4): each time, since people
// sign in seldom and a provider may change.
func (s *Store) provider(ctx context.Context, c Connection, redirect string) (*provider, error) {
	o, err := c.OIDC()
	if err != nil {
		return nil, Refuse(ReasonSetUp, "The connection is not set up completely. Enter its settings again.", err, "")
	}
	secret, err := s.Secret(c)
	if err != nil {
		return nil, err
	}
	client, seen := *s.config.Client, &watched{RoundTripper: s.config.Client.Transport}
	client.Transport = seen
	ctx = oidc.ClientContext(ctx, &client)
	if o.multi() { // its document has a template instead of an issuer, which checkOrganisation fills in
		ctx = oidc.InsecureIssuerURLContext(ctx, o.Issuer)
	}
	found, err := oidc.NewProvider(ctx, o.Issuer)
	if err != nil {
		return nil, undiscovered(o, seen.status, err)
	}
	var document struct {
		Authorization string   `json:"authorization_endpoint"`
		Token         string   `json:"token_endpoint"`
		UserInfo      string   `json:"userinfo_endpoint"`
		Keys          string   `json:"jwks_uri"`
		Methods       []string `json:"token_endpoint_auth_methods_supported"`
		SendsIss      bool     `json:"authorization_response_iss_parameter_supported"`
	}
	if err := found.Claims(&document); err != nil {
		return nil, undiscovered(o, seen.status, err)
	}
	for name, address := range map[string]string{
		"authorization_endpoint": document.Authorization, "token_endpoint": document.Token, "jwks_uri": document.Keys, "userinfo_endpoint": document.UserInfo,
	} {
		if address == "" && name == "userinfo_endpoint" {
			continue
		}
		if err := issuer.CheckEndpoint(address, s.config.PrivateProviders); err != nil {
			return nil, Refuse(ReasonProvider, "What the identity provider says of itself cannot be used. Check the issuer.", err,
				"its %s, %q, %v", name, Line(address, 200), err)
		}
	}
	// Without a list it is the header (OpenID Connect Discovery 1.0 section 3). A client without a secret names itself in the body.
	style := oauth2.AuthStyleInHeader
	if len(secret) == 0 || len(document.Methods) > 0 && !slices.Contains(document.Methods, "client_secret_basic") {
		style = oauth2.AuthStyleInParams
	}
	return &provider{
		Config: oauth2.Config{
			ClientID: o.ClientID, ClientSecret: string(secret), RedirectURL: redirect, Scopes: []string{oidc.ScopeOpenID, "profile", "email"},
			Endpoint: oauth2.Endpoint{AuthURL: document.Authorization, TokenURL: document.Token, AuthStyle: style},
		},
		settings: o, keys: document.Keys, userInfo: document.UserInfo, sendsIss: document.SendsIss,
	}, nil
}

// watched remembers the status of the last answer, which go-oidc turns into text.
type watched struct {
	http.RoundTripper
	status int
}

// RoundTrip does what the other does.
func (w *watched) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := w.RoundTripper.RoundTrip(r)
	if err == nil {
		w.status = response.StatusCode
	}
	return response, err
}

// undiscovered returns why a provider's configuration was not read. status is that of its answer, 0 without one.
func undiscovered(o OIDC, status int, err error) error {
	var mismatch *oidc.IssuerMismatchError
	detail := fault(err)
	switch {
	case errors.As(err, &mismatch):
		return Refuse(ReasonIssuer, "The issuer is spelled in another way than the identity provider spells it. Enter it exactly as the provider does.", err,
			"it calls itself %q, expected %q", Line(mismatch.Discovered, 200), o.Issuer)
	case status == http.StatusOK && !late(err):
		return Refuse(ReasonProvider, "What the identity provider says of itself cannot be used. Check the issuer.", err, "%s", detail)
	case status != 0 && status != http.StatusOK:
		detail = fmt.Sprintf("it answered with status %d", status)
	}
	return Refuse(ReasonUnavailable, "The identity provider does not answer, or there is none at the issuer. Try again in a minute; else check the issuer.", err,
		"%s: %s", o.Issuer, detail)
}

// late says whether an error means that a provider took too long.
func late(err error) bool {
	var timeout interface{ Timeout() bool }
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout()
}

// fault says in words what went wrong on the way to a provider: nothing of what it answered, which can be a page, or of the
// network that we are in.
func fault(err error) string {
	var retrieve *oauth2.RetrieveError
	var connection *net.OpError
	switch {
	case errors.Is(err, issuer.ErrTooLarge):
		return issuer.ErrTooLarge.Error()
	case late(err):
		return "it took too long"
	case errors.As(err, &retrieve) && retrieve.Response != nil:
		return fmt.Sprintf("it answered with status %d", retrieve.Response.StatusCode)
	case errors.As(err, &connection):
		return "it cannot be reached at a public address"
	}
	return "what it answers has another form"
}
