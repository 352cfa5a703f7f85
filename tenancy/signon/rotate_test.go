package signon_test

import (
	"errors"
	"testing"

	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/signon"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// All connections of a kind get what becomes of the secret of the one that counts, and nothing else of them is changed: what
// is enforced stays so, and stays tested.
func TestChangeSecrets(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tenant := w.tenants[0].ID
	make := func(of tenancy.ID, kind signon.Kind, name, secret string) signon.Connection {
		t.Helper()
		n := signon.NewConnection{Tenant: of, Kind: kind, Name: name, Config: settings("https://login.example.com"), CreatedBy: by}
		if secret != "" {
			n.Secret = []byte(secret)
		}
		c, err := w.Create(t.Context(), n)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	change := func(want, becomes string, err error) error {
		return w.ChangeSecrets(t.Context(), tenant, signon.KindSAML, "admin:1", func(secret []byte) ([]byte, error) {
			if string(secret) != want {
				t.Errorf("it is asked of %q, not of %q", secret, want)
			}
			return []byte(becomes), err
		})
	}
	if err := change("", "", nil); !errors.Is(err, signon.ErrNotFound) {
		t.Errorf("without a connection: %v", err)
	}
	draft, live := make(tenant, signon.KindSAML, "draft", "one"), make(tenant, signon.KindSAML, "live", "two")
	oidc, foreign, none := make(tenant, signon.KindOIDC, "oidc", "three"), make(w.tenants[1].ID, signon.KindSAML, "foreign", "four"), make(tenant, signon.KindSAML, "none", "")
	w.tested(t, live)
	if _, err := w.Enforce(t.Context(), tenant, live.ID, live.Revision, by); err != nil {
		t.Fatal(err)
	}
	now := func(c signon.Connection, want string) signon.Connection {
		t.Helper()
		got, err := w.Get(t.Context(), c.Tenant, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		if secret, err := w.Secret(got); err != nil || string(secret) != want || got.Revision != c.Revision {
			t.Errorf("%s: %q, %v, revision %s", c.Name, secret, err, got.Revision)
		}
		return got
	}
	mistake := errors.New("no")
	for name, err := range map[string]error{"refused": change("two", "five", mistake), "nothing": change("two", "", nil)} {
		if !errors.Is(err, mistake) && !errors.Is(err, signon.ErrSecret) {
			t.Errorf("%s: %v", name, err)
		}
	}
	now(live, "two")
	w.clock.Pass(1e9)
	if err := change("two", "five", nil); err != nil {
		t.Fatal(err)
	}
	got := now(live, "five")
	if got.State != signon.Enforced || got.TestedAt.IsZero() || got.ChangedBy != "admin:1" || !got.ChangedAt.Equal(w.clock.Now()) {
		t.Errorf("%+v", got)
	}
	now(draft, "five")
	now(oidc, "three")
	now(foreign, "four")
	if now(none, ""); got.HasSecret == false {
		t.Error("the secret is gone")
	}
	proxy := pgtest.NewProxy(t, pgtest.Address(t, w.db))
	away := w.store(t, pgtest.Open(t, proxy.URL, tenantdb.Options{}), nil)
	proxy.Away()
	if err := away.ChangeSecrets(t.Context(), tenant, signon.KindSAML, by, nil); !tenantdb.Unavailable(err) {
		t.Errorf("without Postgres: %v", err)
	}
}
