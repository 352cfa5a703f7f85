package saml_test

import (
	"crypto/x509"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/signon"
	"github.com/askspoke/spoke/tenancy/signon/saml"
	"github.com/askspoke/spoke/tenancy/tenantdb"
	"github.com/askspoke/spoke/tenancy/token"
)

func parse(t *testing.T, der []byte) *x509.Certificate {
	t.Helper()
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Of many who bring one assertion at once, also to several replicas, one is told.
func TestAssertionOfManyAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.sp(t, idpInitiated)
	a := w.answer(t, p)
	a.InResponseTo = ""
	form := w.provider.Forge(a)
	another, err := w.newStore(t, w.db).Provider(func() saml.Connection { c := w.connection; idpInitiated(&c); return c }())
	if err != nil {
		t.Fatal(err)
	}
	results := make(chan error, 8)
	var group sync.WaitGroup
	for i := range cap(results) {
		group.Go(func() {
			_, err := []*saml.ServiceProvider{p, another}[i%2].Finish(t.Context(), form)
			results <- err
		})
	}
	group.Wait()
	told := 0
	for range cap(results) {
		if err := <-results; err == nil {
			told++
		} else if !errors.Is(err, saml.ErrReplayed) {
			t.Error(err)
		}
	}
	if told != 1 {
		t.Errorf("told %d times", told)
	}
}

// A statement that is sent twice uses an assertion once, and one that Postgres never saw not at all.
func TestAssertionWhilePostgresIsAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	proxy := pgtest.NewProxy(t, pgtest.Address(t, w.db))
	p, err := w.newStore(t, pgtest.Open(t, proxy.URL, tenantdb.Options{})).Provider(w.connection)
	if err != nil {
		t.Fatal(err)
	}
	proxy.LoseAnswer()
	lets(t, p, w.provider.Forge(w.answer(t, p)), "ada@example.com")

	form := w.provider.Forge(w.answer(t, p))
	proxy.Away()
	if r, err := p.Finish(t.Context(), form); !tenantdb.Unavailable(err) {
		t.Errorf("%+v, %v", r, err)
	}
	proxy.Back()
	lets(t, p, form, "ada@example.com")
	refuses(t, p, form, saml.ErrReplayed)
}

func TestHandoff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	want := saml.Result{
		Tenant: w.tenants[0].ID, Connection: w.connection.ID.String(), Origin: saml.FromUs, RequestID: "_x", RelayState: "/users",
		Person: signon.Person{Subject: "ada", Email: "ada@example.com", EmailVerified: true, Name: "Ada", Attributes: map[string][]string{"a": {"b"}}},
	}
	secret := func() string {
		s, err := w.Keep(t.Context(), w.tenants[0].ID, want)
		if err != nil {
			t.Fatal(err)
		}
		return s.Reveal()
	}
	first := secret()
	if _, err := w.Take(t.Context(), w.tenants[1].ID, first); !errors.Is(err, saml.ErrHandoff) {
		t.Errorf("another tenant: %v", err)
	}
	w.clock.Pass(saml.HandoffLife - time.Microsecond)
	got, err := w.Take(t.Context(), w.tenants[0].ID, first)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v, %s", err, diff)
	}
	late := secret()
	w.clock.Pass(saml.HandoffLife)
	for name, text := range map[string]string{
		"a second time": first, "late": late, "malformed": first[1:], "unknown": token.NewSecret(token.ForHandoff).Reveal(), "empty": "",
	} {
		if _, err := w.Take(t.Context(), w.tenants[0].ID, text); !errors.Is(err, saml.ErrHandoff) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := w.Keep(t.Context(), tenancy.NewID(), want); !errors.Is(err, tenancy.ErrNotFound) {
		t.Errorf("no tenant: %v", err)
	}
}

func TestHandoffWithALostAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	proxy := pgtest.NewProxy(t, pgtest.Address(t, w.db))
	s := w.newStore(t, pgtest.Open(t, proxy.URL, tenantdb.Options{}))
	proxy.LoseAnswer()
	secret, err := s.Keep(t.Context(), w.tenants[0].ID, saml.Result{RequestID: "_x"})
	if err != nil {
		t.Fatal(err)
	}
	proxy.LoseAnswer()
	if r, err := s.Take(t.Context(), w.tenants[0].ID, secret.Reveal()); err != nil || r.RequestID != "_x" {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestPrune(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.sp(t)
	form := w.provider.Forge(w.answer(t, p))
	lets(t, p, form, "ada@example.com")
	if _, err := w.Keep(t.Context(), w.tenants[0].ID, saml.Result{}); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		after time.Duration
		gone  int64
	}{{0, 0}, {2 * time.Minute, 1}, {15 * time.Minute, 1}, {10 * time.Minute, 1}} {
		w.clock.Pass(step.after)
		if gone, err := w.Prune(t.Context()); gone != step.gone || err != nil {
			t.Errorf("after %s: %d rows, %v", step.after, gone, err)
		}
		if _, err := p.Finish(t.Context(), form); err == nil {
			t.Errorf("after %s the answer is taken again", step.after)
		}
	}
}
