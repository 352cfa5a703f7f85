package operator_test

import (
	"errors"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/infra/oidctest"
	"github.com/askspoke/spoke/tenancy/operator"
)

func newSignOn(t *testing.T) (*operator.SignOn, *oidctest.Provider, *fixture.Clock) {
	t.Helper()
	const redirect = "http://console.askspoke.test/sign-in/oidc/callback"
	p := oidctest.New(t, oidctest.Client{ID: "console", Secret: "s3cret", Redirects: []string{redirect}, InToken: true},
		oidctest.User{ID: "u1", Email: "ann@spoke.example", Password: "pw", Name: "Ann", Verified: true, Claims: map[string]any{"roles": []string{"spoke:manage"}}},
		oidctest.User{Email: "bob@spoke.example", Password: "pw", Verified: true},
	)
	c := fixture.ClockAt(time.Now())
	s, err := operator.NewSignOn(operator.SignOnConfig{
		OIDC: operator.OIDCConfig{Issuer: p.URL, Now: c.Now}, ClientID: "console", ClientSecret: "s3cret", Redirect: redirect,
	})
	if err != nil {
		t.Fatal(err)
	}
	return s, p, c
}

func TestSignOn(t *testing.T) {
	t.Parallel()
	s, p, c := newSignOn(t)
	begin := func(email string) (operator.SignOnFlow, url.Values) {
		t.Helper()
		f, start, err := s.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return f, p.SignIn(t, start, email, "pw").Query()
	}
	f, query := begin("ann@spoke.example")
	got, err := s.Finish(t.Context(), f, query)
	want := operator.Identity{Actor: "oidc:u1", Role: operator.Manage, Values: "spoke:manage"}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(operator.Identity{}, "ExpiresAt", "Name", "Issuer")); diff != "" || err != nil {
		t.Error(err, diff)
	}
	if _, err := s.Finish(t.Context(), f, query); !errors.Is(err, operator.ErrRejected) {
		t.Errorf("the code counts twice: %v", err)
	}
	f, query = begin("bob@spoke.example")
	if _, err := s.Finish(t.Context(), f, query); !errors.Is(err, operator.ErrNoRole) {
		t.Errorf("without a role: %v", err)
	}

	mine, _ := begin("ann@spoke.example")
	_, other := begin("ann@spoke.example")
	if _, err := s.Finish(t.Context(), mine, other); !errors.Is(err, operator.ErrState) {
		t.Errorf("another browser's answer: %v", err)
	}
	if _, err := s.Finish(t.Context(), operator.SignOnFlow{}, url.Values{"state": {""}, "code": {"x"}}); !errors.Is(err, operator.ErrState) {
		t.Errorf("an answer to nothing: %v", err)
	}
	f, query = begin("ann@spoke.example")
	swapped := f
	swapped.Nonce = mine.Nonce
	if _, err := s.Finish(t.Context(), swapped, query); !errors.Is(err, operator.ErrRejected) {
		t.Errorf("another nonce: %v", err)
	}
	if _, err := s.Finish(t.Context(), f, url.Values{"state": {f.State}, "error": {"access_denied"}}); !errors.Is(err, operator.ErrDenied) {
		t.Errorf("denied: %v", err)
	}
	if _, err := s.Finish(t.Context(), f, url.Values{"state": {f.State}, "code": {"x"}, "iss": {"https://other.example"}}); !errors.Is(err, operator.ErrRejected) {
		t.Errorf("another issuer: %v", err)
	}
	f, query = begin("ann@spoke.example")
	c.Pass(11 * time.Minute)
	if _, err := s.Finish(t.Context(), f, query); !errors.Is(err, operator.ErrExpired) {
		t.Errorf("late: %v", err)
	}
}

func TestSignOnProviderIsAway(t *testing.T) {
	t.Parallel()
	s, err := operator.NewSignOn(operator.SignOnConfig{OIDC: operator.OIDCConfig{Issuer: "http://127.0.0.1:1"}, ClientID: "console"})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Begin(t.Context()); !errors.Is(err, operator.ErrProvider) {
		t.Error(err)
	}
}
