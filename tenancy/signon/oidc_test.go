package signon_test

import (
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/infra/oidctest"
	"github.com/askspoke/spoke/tenancy/signon"
)

// A person signs in at a real provider: with a secret and without, with her address in the ID token and at the UserInfo
// endpoint alone; also after the provider's keys have changed.
func TestSignIn(t *testing.T) {
	t.Parallel()
	for name, client := range map[string]oidctest.Client{
		"UserInfo":  {ID: "spoke", Secret: secret, Redirects: []string{callback}},
		"ID token":  {ID: "spoke", Secret: secret, Redirects: []string{callback}, InToken: true},
		"no secret": {ID: "spoke", Redirects: []string{callback}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, p := newWorld(t), oidctest.New(t, client, ada)
			c := w.connect(t, settings(p.URL), client.Secret)
			for range 2 {
				f := w.begin(t, c)
				query := p.SignIn(t, f.URL, ada.Email, ada.Password).Query()
				got, err := w.Finish(t.Context(), c, f, query)
				if err != nil {
					t.Fatal(err)
				}
				if got.Attributes["iss"][0] != p.URL {
					t.Errorf("attributes: %v", got.Attributes)
				}
				got.Attributes = nil
				want := signon.Person{Subject: "ada-1", Email: "ada@acme.com", EmailVerified: true, Name: "Ada Lovelace"}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("person (-want +got):\n%s", diff)
				}
				_, err = w.Finish(t.Context(), c, f, query) // once more, with the same code
				refused(t, err, signon.ReasonCode)
				p.RotateKey(t)
			}
		})
	}
}

// The URL asks for what it must, and gives nothing away.
func TestBegin(t *testing.T) {
	t.Parallel()
	w, p := newWorld(t), newProvider(t)
	c := w.connect(t, settings(p.URL), secret)
	f, other := w.begin(t, c), w.begin(t, c)
	u, err := url.Parse(f.URL)
	if err != nil {
		t.Fatal(err)
	}
	query := u.Query()
	challenge := query.Get("code_challenge")
	query.Del("code_challenge")
	want := url.Values{
		"client_id": {"spoke"}, "redirect_uri": {callback}, "response_type": {"code"}, "scope": {"openid profile email"},
		"state": {f.State}, "nonce": {f.Nonce}, "code_challenge_method": {"S256"},
	}
	if diff := cmp.Diff(want, query); diff != "" {
		t.Errorf("query (-want +got):\n%s", diff)
	}
	if len(challenge) != 43 || challenge == f.Verifier {
		t.Errorf("code challenge %q", challenge)
	}
	if f.State == other.State || f.Nonce == other.Nonce || f.Verifier == other.Verifier || f.State == f.Nonce || len(f.State) < 26 {
		t.Error("two sign-ins are alike")
	}
}

// What comes back to another browser, too late, twice, about another connection or broken is refused.
func TestAnswers(t *testing.T) {
	t.Parallel()
	w, p := newWorld(t), newProvider(t)
	c := w.connect(t, settings(p.URL), secret)
	f := w.begin(t, c)
	query := p.SignIn(t, f.URL, ada.Email, ada.Password).Query()
	changed := c
	changed.Revision = "11111111-1111-4111-8111-111111111111"
	long := make([]byte, 9<<10)
	for i := range long {
		long[i] = 'x'
	}
	for name, tc := range map[string]struct {
		c     signon.Connection
		f     signon.Flow
		query url.Values
		want  signon.Reason
	}{
		"no query":         {c, f, nil, signon.ReasonState},
		"no state":         {c, f, with(query, "state", ""), signon.ReasonState},
		"another's state":  {c, f, with(query, "state", w.begin(t, c).State), signon.ReasonState},
		"another browser":  {c, w.begin(t, c), query, signon.ReasonState},
		"no sign-in":       {c, signon.Flow{}, with(query, "state", ""), signon.ReasonState},
		"two states":       {c, f, url.Values{"state": {f.State, "x"}, "code": query["code"]}, signon.ReasonMalformed},
		"two codes":        {c, f, url.Values{"state": {f.State}, "code": {"x", "y"}}, signon.ReasonMalformed},
		"no code":          {c, f, with(query, "code", ""), signon.ReasonMalformed},
		"a long code":      {c, f, with(query, "code", string(long)), signon.ReasonMalformed},
		"a made-up code":   {c, f, with(query, "code", "made-up"), signon.ReasonCode},
		"changed":          {changed, f, query, signon.ReasonChanged},
		"another provider": {c, f, with(query, "iss", "https://evil.example.com"), signon.ReasonIssuer},
		"denied":           {c, f, with(query, "error", "access_denied", "error_description", "<b>no\x00"), signon.ReasonDenied},
		"fault":            {c, f, with(query, "error", "server_error"), signon.ReasonUnavailable},
		"not set up":       {c, f, with(query, "error", "unauthorized_client"), signon.ReasonClient},
	} {
		_, err := w.Finish(t.Context(), tc.c, tc.f, tc.query)
		if r := refused(t, err, tc.want); name == "denied" && r.Detail != "access_denied: <b>no" {
			t.Errorf("detail %q", r.Detail)
		}
	}
	w.clock.Pass(signon.FlowLife + time.Second)
	_, err := w.Finish(t.Context(), c, f, query)
	refused(t, err, signon.ReasonExpired)
	w.clock.Pass(-time.Second)
	if _, err := w.Finish(t.Context(), c, f, query); err != nil {
		t.Errorf("what was refused has used the code up: %v", err)
	}
}

// A code is worth nothing without the verifier of the sign-in that it was made for.
func TestStolenCode(t *testing.T) {
	t.Parallel()
	w, p := newWorld(t), newProvider(t)
	c := w.connect(t, settings(p.URL), secret)
	victim, thief := w.begin(t, c), w.begin(t, c)
	query := p.SignIn(t, victim.URL, ada.Email, ada.Password).Query()
	_, err := w.Finish(t.Context(), c, thief, with(query, "state", thief.State))
	refused(t, err, signon.ReasonCode)
}

// What is set up wrongly is explained.
func TestWronglySetUp(t *testing.T) {
	t.Parallel()
	w, p := newWorld(t), newProvider(t)
	good := settings(p.URL)
	for name, tc := range map[string]struct {
		change func(*signon.OIDC)
		secret string
		want   signon.Reason
		begins bool
	}{
		"wrong secret":  {func(*signon.OIDC) {}, "another", signon.ReasonClient, true},
		"another path":  {func(o *signon.OIDC) { o.Issuer += "/realm" }, secret, signon.ReasonUnavailable, false},
		"another slash": {func(o *signon.OIDC) { o.Issuer += "/" }, secret, signon.ReasonIssuer, false},
		"nobody there":  {func(o *signon.OIDC) { o.Issuer = "http://127.0.0.1:1" }, secret, signon.ReasonUnavailable, false},
		"no such claim": {func(o *signon.OIDC) { o.EmailClaim = "upn" }, secret, signon.ReasonNoEmail, true},
		"domain":        {func(o *signon.OIDC) { o.Domains = []string{"other.com"} }, secret, signon.ReasonDomain, true},
	} {
		o := good
		tc.change(&o)
		c := w.connect(t, o, tc.secret)
		f, err := w.Begin(t.Context(), c, callback)
		if (err == nil) != tc.begins {
			t.Fatalf("%s: %v", name, err)
		}
		if tc.begins {
			_, err = w.Finish(t.Context(), c, f, p.SignIn(t, f.URL, ada.Email, ada.Password).Query())
		}
		refused(t, err, tc.want)
	}
}

// An address counts when the provider says that it is verified, or does not say and is trusted; never when it says no.
func TestVerifiedAddress(t *testing.T) {
	t.Parallel()
	w, p := newWorld(t), newProvider(t)
	p.SetUser(oidctest.User{ID: "bob-1", Email: "bob@acme.com", Password: "b"})
	p.SetUser(oidctest.User{ID: "cleo-1", Email: "cleo@acme.com", Password: "c", Claims: map[string]any{"email_verified": false}})
	p.SetUser(oidctest.User{ID: "dan-1", Email: "dan@acme.com", Password: "d", Claims: map[string]any{"email_verified": "true"}})
	p.SetUser(oidctest.User{ID: "eve-1", Email: "eve@evil.com", Password: "e", Verified: true, Claims: map[string]any{"upn": "ada@acme.com"}})
	p.SetUser(oidctest.User{ID: "kim-1", Email: "kim@acme.com", Password: "k", Verified: true, Claims: map[string]any{"upn": "\u212Aim@acme.com"}})
	p.SetUser(oidctest.User{ID: "lee-1", Email: "lee@acme.com", Password: "l", Verified: true, Claims: map[string]any{"upn": "Lee@acme.com"}})
	upn, trusting := settings(p.URL), settings(p.URL)
	upn.EmailClaim, trusting.TrustEmail = "upn", true
	for name, tc := range map[string]struct {
		o               signon.OIDC
		email, password string
		want            signon.Reason // "": she is let in
	}{
		"not said":                   {settings(p.URL), "bob@acme.com", "b", signon.ReasonUnverified},
		"not said, and trusted":      {trusting, "bob@acme.com", "b", ""},
		"unverified":                 {settings(p.URL), "cleo@acme.com", "c", signon.ReasonUnverified},
		"unverified, though trusted": {trusting, "cleo@acme.com", "c", signon.ReasonUnverified},
		"verified, as a word":        {settings(p.URL), "dan@acme.com", "d", ""},
		"a name that is an address":  {upn, "eve@evil.com", "e", signon.ReasonUnverified},
		"a letter that looks like k": {upn, "kim@acme.com", "k", signon.ReasonUnverified},
		"a name that is her address": {upn, "lee@acme.com", "l", ""},
	} {
		c := w.connect(t, tc.o, secret)
		f := w.begin(t, c)
		got, err := w.Finish(t.Context(), c, f, p.SignIn(t, f.URL, tc.email, tc.password).Query())
		if tc.want != "" {
			if refused(t, err, tc.want); err == nil {
				t.Errorf("%s: %v", name, got)
			}
		} else if err != nil || got.Email != tc.email {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}
