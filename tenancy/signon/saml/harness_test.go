package saml_test

import (
	"errors"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/infra/samltest"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/signon"
	"github.com/askspoke/spoke/tenancy/signon/saml"
	"github.com/askspoke/spoke/tenancy/tenantdb"
	"github.com/askspoke/spoke/tenancy/token"
)

// The keys take a while to make, and no test changes them.
var keyPair = sync.OnceValues(func() (saml.KeyPair, error) { return saml.NewKeyPair("acme.askspoke.com", time.Now()) })

func ourKey(t *testing.T) saml.KeyPair {
	t.Helper()
	key, err := keyPair()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// world is two tenants and an identity provider that the first one has a connection to.
type world struct {
	*saml.Store
	clock      *fixture.Clock
	db         *tenantdb.DB
	tenants    []tenancy.Tenant
	provider   *samltest.Provider
	connection saml.Connection
}

func newWorld(t *testing.T) world {
	t.Helper()
	db, tenants := pgtest.Tenants(t, 2)
	w := world{clock: fixture.ClockAt(time.Now().UTC().Truncate(time.Microsecond)), db: db, tenants: tenants, provider: samltest.Start(t)}
	w.Store = w.newStore(t, db)
	w.connection = saml.Connection{
		Tenant: tenants[0].ID, ID: uuid.New(), Revision: "one", Base: "https://acme.askspoke.com", Key: ourKey(t),
		Config: saml.Config{EntityID: w.provider.EntityID(), SSOURL: w.provider.SSOURL(), Certificates: [][]byte{w.provider.Key.Certificate.Raw}},
	}
	return w
}

func (w world) newStore(t *testing.T, db *tenantdb.DB) *saml.Store {
	t.Helper()
	key, err := token.ParseKey("MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=")
	if err != nil {
		t.Fatal(err)
	}
	s, err := saml.New(saml.Options{DB: db, Key: key, Now: w.clock.Now, PrivateProviders: true})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// sp returns the service provider of the connection as a change leaves it.
func (w world) sp(t *testing.T, change ...func(*saml.Connection)) *saml.ServiceProvider {
	t.Helper()
	c := w.connection
	for _, f := range change {
		f(&c)
	}
	p, err := w.Provider(c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func idpInitiated(c *saml.Connection) { c.Config.AllowIDPInitiated = true }

// answer is as the provider would make it for a request of ours.
func (w world) answer(t *testing.T, p *saml.ServiceProvider) samltest.Answer {
	t.Helper()
	flow, err := p.Begin("")
	if err != nil {
		t.Fatal(err)
	}
	return samltest.Answer{Now: w.clock.Now(), Audience: p.EntityID(), Recipient: p.ACSURL(), InResponseTo: flow.RequestID}
}

// refuses checks that an answer is refused for a reason, with a sentence for the administrator.
func refuses(t *testing.T, p *saml.ServiceProvider, form url.Values, want error) {
	t.Helper()
	r, err := p.Finish(t.Context(), form)
	var refusal *signon.Refusal
	if !errors.Is(err, want) || !errors.As(err, &refusal) || refusal.Sentence == "" || refusal.Reason == "" {
		t.Errorf("%+v, %v; want %v", r, err, want)
	}
}

// lets checks that an answer lets a person in.
func lets(t *testing.T, p *saml.ServiceProvider, form url.Values, email string) saml.Result {
	t.Helper()
	r, err := p.Finish(t.Context(), form)
	if err != nil || r.Person.Email != email {
		t.Errorf("%q, %v; want %q", r.Person.Email, err, email)
	}
	return r
}
