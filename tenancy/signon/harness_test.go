package signon_test

import (
	"errors"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/infra/oidctest"
	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/issuer"
	"github.com/askspoke/spoke/tenancy/seal"
	"github.com/askspoke/spoke/tenancy/signon"
	"github.com/askspoke/spoke/tenancy/tenantdb"
	"github.com/askspoke/spoke/tenancy/token"
)

func newKey(t *testing.T) token.Key {
	t.Helper()
	k, err := token.ParseKey(token.GenerateKey())
	if err != nil {
		t.Fatal(err)
	}
	return k
}

type world struct {
	*signon.Store
	clock   *fixture.Clock
	db      *tenantdb.DB
	key     token.Key
	tenants []tenancy.Tenant
}

// newWorld returns a store over a database with two tenants.
func newWorld(t *testing.T) world {
	t.Helper()
	db, tenants := pgtest.Tenants(t, 2)
	w := world{clock: fixture.ClockAt(time.Now().UTC().Truncate(time.Microsecond)), db: db, key: newKey(t), tenants: tenants}
	w.Store = w.store(t, db, nil)
	return w
}

// store returns another store over a database, with keys instead of the world's own.
func (w world) store(t *testing.T, db *tenantdb.DB, client *http.Client, keys ...token.Key) *signon.Store {
	t.Helper()
	if len(keys) == 0 {
		keys = []token.Key{w.key}
	}
	sealer, err := seal.New(keys[0], keys[1:]...)
	if err != nil {
		t.Fatal(err)
	}
	s, err := signon.New(signon.Config{DB: db, Key: w.key, Seal: sealer, Now: w.clock.Now, PrivateProviders: client == nil, Client: client})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// strict returns another store over the same database, to which no provider may be at an address that is not public.
func (w world) strict(t *testing.T) *signon.Store {
	t.Helper()
	return w.store(t, w.db, issuer.Client(false))
}

// lossy returns another store over the same database, whose answers a proxy can lose.
func (w world) lossy(t *testing.T) (*signon.Store, *pgtest.Proxy) {
	t.Helper()
	proxy := pgtest.NewProxy(t, pgtest.Address(t, w.db))
	return w.store(t, pgtest.Open(t, proxy.URL, tenantdb.Options{}), nil), proxy
}

const (
	callback = "http://acme.localhost:1/sign-in/oidc/callback"
	secret   = "a secret at the provider"
	by       = "admin:3f0c3e0e-6a0e-4a67-9d0a-4ad5e2a7c001"
)

// settings are those of a connection to an issuer.
func settings(issuer string) signon.OIDC {
	return signon.OIDC{Issuer: issuer, ClientID: "spoke", EmailClaim: "email"}
}

// connect makes a connection of the first tenant, in place of the drafts that it has.
func (w world) connect(t *testing.T, o signon.OIDC, secret string) signon.Connection {
	t.Helper()
	checked, err := w.CheckOIDC(o)
	if err != nil {
		t.Fatal(err)
	}
	list, err := w.List(t.Context(), w.tenants[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range list {
		if err := w.Remove(t.Context(), c.Tenant, c.ID); err != nil && !errors.Is(err, signon.ErrLive) {
			t.Fatal(err)
		}
	}
	n := signon.NewConnection{Tenant: w.tenants[0].ID, Kind: signon.KindOIDC, Name: "Provider", Config: checked, CreatedBy: by}
	if secret != "" {
		n.Secret = []byte(secret)
	}
	c, err := w.Create(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var ada = oidctest.User{ID: "ada-1", Email: "Ada@Acme.com", Password: "correct horse", Name: "Ada Lovelace", Verified: true}

// newProvider returns a real provider that knows Ada and us.
func newProvider(t *testing.T) *oidctest.Provider {
	t.Helper()
	return oidctest.New(t, oidctest.Client{ID: "spoke", Secret: secret, Redirects: []string{callback}}, ada)
}

func (w world) begin(t *testing.T, c signon.Connection) signon.Flow {
	t.Helper()
	f, err := w.Begin(t.Context(), c, callback)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// refused checks that an error is a Refusal for a reason, and returns it.
func refused(t *testing.T, err error, want signon.Reason) *signon.Refusal {
	t.Helper()
	var refusal *signon.Refusal
	if !errors.As(err, &refusal) || refusal.Reason != want || refusal.Sentence == "" {
		t.Errorf("%v, want a refusal for %q", err, want)
		return &signon.Refusal{}
	}
	return refusal
}

// with returns a query with some parameters changed; "" takes one away.
func with(query url.Values, changes ...string) url.Values {
	changed := url.Values{}
	for name, values := range query {
		changed[name] = values
	}
	for i := 0; i < len(changes); i += 2 {
		if changes[i+1] == "" {
			changed.Del(changes[i])
		} else {
			changed[changes[i]] = []string{changes[i+1]}
		}
	}
	return changed
}

// configError checks that an error says what is wrong with a field.
func configError(t *testing.T, err error, field string) {
	t.Helper()
	var wrong *signon.ConfigError
	if !errors.As(err, &wrong) || wrong.Field != field || wrong.Reason == "" {
		t.Errorf("%v, want an error about %q", err, field)
	}
}
