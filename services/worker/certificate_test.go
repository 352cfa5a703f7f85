package worker_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/infra/samltest"
	"github.com/askspoke/spoke/services/worker"
	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/seal"
	"github.com/askspoke/spoke/tenancy/signon"
	"github.com/askspoke/spoke/tenancy/signon/saml"
	"github.com/askspoke/spoke/tenancy/tenantdb"
	"github.com/askspoke/spoke/tenancy/token"
)

// A connection that cannot be read, and a tenant that cannot be told, do not keep others from being warned; the job fails,
// and is done again.
func TestWarnCertificates(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 6)
	key, err := token.ParseKey(token.GenerateKey())
	must(t, err)
	sealer, err := seal.New(key)
	must(t, err)
	store, err := signon.New(signon.Config{DB: db, Key: key, Seal: sealer})
	must(t, err)
	connect := func(i int, name string, config any, secret ...byte) {
		t.Helper()
		c, err := store.Create(t.Context(), signon.NewConnection{Tenant: tenants[i].ID, Kind: signon.KindSAML, Name: name, Config: config, Secret: secret, CreatedBy: operator.Shell})
		must(t, err)
		must(t, store.Offer(t.Context(), tenants[i].ID, c.ID, c.Revision, operator.Shell))
	}
	until := func(left time.Duration) saml.Config {
		return saml.Config{Certificates: [][]byte{samltest.Until(at.Add(left)).Certificate.Raw}}
	}
	connect(0, "far", until(90*24*time.Hour))
	connect(1, "broken", map[string]int{"certificates": 1})
	connect(2, "deaf", until(2*24*time.Hour))
	connect(3, "near", until(20*24*time.Hour))
	ours, err := saml.NewKeyPair("acme.askspoke.com", at.AddDate(-10, 0, 5))
	must(t, err)
	secret, err := ours.Secret()
	must(t, err)
	connect(4, "ours", until(90*24*time.Hour), secret...)
	connect(5, "no key", until(20*24*time.Hour), []byte("no key")...)
	deaf := errors.New("nobody hears")
	var told map[string]int
	job := worker.WarnCertificates(store, func(_ context.Context, c signon.Connection, list []saml.Ending, now time.Time) error {
		told[c.Name] = list[0].Days
		if list[0].Ours != (c.Name == "ours") {
			t.Errorf("%s: %+v", c.Name, list)
		}
		if !now.Equal(at) {
			t.Errorf("it is %v", now)
		}
		if c.Name == "deaf" {
			return deaf
		}
		return nil
	}, func() time.Time { return at })
	for range 2 {
		told = make(map[string]int)
		if err := job.Do(t.Context()); !errors.Is(err, deaf) {
			t.Errorf("err = %v", err)
		}
		if diff := cmp.Diff(map[string]int{"deaf": 7, "near": 30, "ours": 7, "no key": 30}, told); diff != "" {
			t.Errorf("told (-want +got)\n%s", diff)
		}
	}
	proxy := pgtest.NewProxy(t, pgtest.Address(t, db))
	away, err := signon.New(signon.Config{DB: pgtest.Open(t, proxy.URL, tenantdb.Options{}), Key: key, Seal: sealer})
	must(t, err)
	proxy.Away()
	if err := worker.WarnCertificates(away, nil, nil).Do(t.Context()); !tenantdb.Unavailable(err) {
		t.Errorf("err = %v", err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
