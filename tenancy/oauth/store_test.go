package oauth_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/oauth"
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

func store(t *testing.T, db *tenantdb.DB, key token.Key, c *fixture.Clock) *oauth.Store {
	t.Helper()
	s, err := oauth.New(oauth.Config{DB: db, Key: key, Now: c.Now, Clients: 2, Secrets: 2, Trusts: 2})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var loopback = netip.MustParseAddr("127.0.0.1")

var plain = cmp.Options{
	cmp.Comparer(func(a, b netip.Addr) bool { return a == b }), cmp.Comparer(func(a, b netip.Prefix) bool { return a == b }),
}

func placeOf(t tenancy.Tenant) oauth.Place {
	url := "https://" + string(t.Slug) + ".askspoke.test"
	return oauth.Place{Tenant: t.ID, Issuer: url, Audience: url + "/scim/v2"}
}

// holder is a client with one secret.
type holder struct {
	oauth.Client
	secret oauth.Secret
	text   string
}

func newHolder(t *testing.T, s *oauth.Store, tenant tenancy.Tenant, expires time.Time) holder {
	t.Helper()
	c, err := s.CreateClient(t.Context(), tenant.ID, oauth.NewClient{Name: "Entra"})
	if err != nil {
		t.Fatal(err)
	}
	text, secret, err := s.AddSecret(t.Context(), tenant.ID, c.ID, oauth.NewSecret{ExpiresAt: expires})
	if err != nil {
		t.Fatal(err)
	}
	return holder{c, secret, text.Reveal()}
}

func (h holder) request(tenant tenancy.Tenant) oauth.Request {
	return oauth.Request{Place: placeOf(tenant), ClientID: h.ID, Secret: h.text, From: loopback}
}

func issue(t *testing.T, s *oauth.Store, tenant tenancy.Tenant, h holder) oauth.AccessToken {
	t.Helper()
	issued, err := s.Issue(t.Context(), h.request(tenant))
	if err != nil {
		t.Fatal(err)
	}
	return issued
}

func accepts(t *testing.T, s *oauth.Store, tenant tenancy.Tenant, text string) {
	t.Helper()
	if _, err := s.Verify(t.Context(), placeOf(tenant), text, loopback); err != nil {
		t.Errorf("Verify: %v", err)
	}
}

func rejects(t *testing.T, s *oauth.Store, place oauth.Place, text string, reason error) {
	t.Helper()
	got, err := s.Verify(t.Context(), place, text, loopback)
	if !errors.Is(err, reason) || !errors.Is(err, token.ErrRejected) || got != (tenancy.Client{}) || tenantdb.Unavailable(err) {
		t.Errorf("Verify = %+v, %v; want %v", got, err, reason)
	}
}

func refuses(t *testing.T, s *oauth.Store, r oauth.Request, code oauth.Code) {
	t.Helper()
	issued, err := s.Issue(t.Context(), r)
	var refusal *oauth.Error
	if !errors.As(err, &refusal) || refusal.Code != code || issued != (oauth.AccessToken{}) {
		t.Errorf("Issue: %v; want %s", err, code)
	}
}

func TestIssueAndVerify(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 2)
	c, key := fixture.NewClock(), newKey(t)
	s := store(t, db, key, c)
	h := newHolder(t, s, tenants[0], time.Time{})
	issued := issue(t, s, tenants[0], h)
	if issued.Life != time.Hour || issued.Scope != tenancy.AllScopes || strings.Contains(issued.String(), issued.Text) {
		t.Errorf("%s lives %s with %s", issued, issued.Life, issued.Scope)
	}
	want := tenancy.Client{TokenID: h.ID, TenantID: tenants[0].ID, Name: "Entra", Scopes: tenancy.AllScopes, ExpiresAt: c.Now().Add(time.Hour)}
	other := store(t, db, key, c) // another replica
	for _, s := range []*oauth.Store{s, other} {
		got, err := s.Verify(t.Context(), placeOf(tenants[0]), issued.Text, loopback)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
		rejects(t, s, placeOf(tenants[1]), issued.Text, token.ErrUnknown)
		host, moved := placeOf(tenants[0]), placeOf(tenants[0]) // another host of the tenant's own
		host.Issuer, moved.Audience = "https://scim.acme.example", "https://scim.acme.example/scim/v2"
		rejects(t, s, host, issued.Text, token.ErrUnknown)
		rejects(t, s, moved, issued.Text, token.ErrUnknown)
		lie := placeOf(tenants[0])
		lie.Tenant = tenants[1].ID
		rejects(t, s, lie, issued.Text, token.ErrUnknown)
	}
	rejects(t, store(t, db, newKey(t), c), placeOf(tenants[0]), issued.Text, token.ErrUnknown) // another key of the environment
	c.Pass(time.Hour - 1)
	accepts(t, s, tenants[0], issued.Text)
	c.Pass(1)
	rejects(t, s, placeOf(tenants[0]), issued.Text, token.ErrExpired)
}

// An access token goes with the secret that it was issued for, and never outlives it.
func TestSecretExpires(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 1)
	c := fixture.NewClock()
	s := store(t, db, newKey(t), c)
	h := newHolder(t, s, tenants[0], c.Now().Add(90*time.Minute))
	early := issue(t, s, tenants[0], h)
	c.Pass(59 * time.Minute)
	accepts(t, s, tenants[0], early.Text)
	late := issue(t, s, tenants[0], h)
	if late.Life != 31*time.Minute {
		t.Errorf("the token lives %s", late.Life)
	}
	c.Pass(31 * time.Minute)
	rejects(t, s, placeOf(tenants[0]), late.Text, token.ErrExpired)
	refuses(t, s, h.request(tenants[0]), oauth.InvalidClient)
}

// While one secret replaces another both count, and each access token goes with its own.
func TestTwoSecrets(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 2)
	c := fixture.NewClock()
	s := store(t, db, newKey(t), c)
	id := tenants[0].ID
	old := newHolder(t, s, tenants[0], time.Time{})
	text, added, err := s.AddSecret(t.Context(), id, old.ID, oauth.NewSecret{ExpiresAt: c.Now().Add(1000 * time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	fresh := old
	fresh.text, fresh.secret = text.Reveal(), added
	if _, _, err := s.AddSecret(t.Context(), id, old.ID, oauth.NewSecret{}); !errors.Is(err, oauth.ErrSecrets) {
		t.Errorf("a third secret: %v", err)
	}
	if _, _, err := s.AddSecret(t.Context(), id, old.ID, oauth.NewSecret{ExpiresAt: c.Now()}); !errors.Is(err, token.ErrExpiry) {
		t.Errorf("an expired secret: %v", err)
	}
	before, after := issue(t, s, tenants[0], old), issue(t, s, tenants[0], fresh)
	for _, err := range []error{
		s.RevokeSecret(t.Context(), tenants[1].ID, old.ID, old.secret.ID), s.RevokeSecret(t.Context(), id, string(tenancy.NewID()), old.secret.ID),
		s.RevokeSecret(t.Context(), id, "x", old.secret.ID), s.RevokeSecret(t.Context(), "x", old.ID, old.secret.ID),
	} {
		if !errors.Is(err, oauth.ErrNotFound) {
			t.Error(err)
		}
	}
	if err := s.RevokeSecret(t.Context(), id, old.ID, string(tenancy.NewID())); !errors.Is(err, oauth.ErrNoSecret) {
		t.Error(err)
	}
	for range 2 {
		if err := s.RevokeSecret(t.Context(), id, old.ID, old.secret.ID); err != nil {
			t.Fatal(err)
		}
	}
	rejects(t, s, placeOf(tenants[0]), before.Text, token.ErrRevoked)
	accepts(t, s, tenants[0], after.Text)
	refuses(t, s, old.request(tenants[0]), oauth.InvalidClient)
	for range 2 {
		if err := s.RevokeClient(t.Context(), id, old.ID); err != nil {
			t.Fatal(err)
		}
	}
	rejects(t, s, placeOf(tenants[0]), after.Text, token.ErrRevoked)
	refuses(t, s, fresh.request(tenants[0]), oauth.InvalidClient)
	if _, _, err := s.AddSecret(t.Context(), id, old.ID, oauth.NewSecret{}); !errors.Is(err, oauth.ErrRevoked) {
		t.Errorf("a secret of a revoked client: %v", err)
	}

	// All of it is told as events, and a revoked client's secrets are warned of no more.
	tokens, err := token.New(token.Config{DB: db, Key: newKey(t), Now: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	c.Pass(990 * time.Hour)
	if _, err := tokens.WarnExpiring(t.Context()); err != nil {
		t.Fatal(err)
	}
	type story struct{ id, kind string }
	want := []story{
		{old.secret.ID, "first_use"}, {added.ID, "first_use"}, {old.secret.ID, "revoked"}, {added.ID, "revoked"},
	}
	var got []story
	fixture.Eventually(t, "all events", func() bool {
		list, _, err := tokens.Events(t.Context(), id, "", 100)
		if err != nil {
			t.Fatal(err)
		}
		got = nil
		for _, e := range list {
			if e.Credential != token.CredentialSecret || e.Name != "Entra" {
				t.Errorf("%+v", e)
			}
			got = append(got, story{e.CredentialID, string(e.Kind)})
		}
		return len(got) >= len(want)
	})
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(story{})); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// A client secret that expires is warned of like a token.
func TestSecretIsWarnedOf(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 1)
	c := fixture.NewClock()
	h := newHolder(t, store(t, db, newKey(t), c), tenants[0], c.Now().AddDate(1, 0, 0))
	tokens, err := token.New(token.Config{DB: db, Key: newKey(t), Now: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	c.Pass(360 * 24 * time.Hour)
	if n, err := tokens.WarnExpiring(t.Context()); n != 1 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	fixture.Succeeds(t, "the warning is an event", func() error {
		list, _, err := tokens.Events(t.Context(), "", "", 100)
		if err != nil {
			t.Fatal(err)
		}
		if len(list) == 1 && list[0].CredentialID == h.secret.ID && list[0].Kind == token.EventExpiring && list[0].Days == 7 {
			return nil
		}
		return fmt.Errorf("%+v", list)
	})
}

func TestClients(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 2)
	c := fixture.NewClock()
	s := store(t, db, newKey(t), c)
	id := tenants[0].ID
	cidrs, err := token.ParseCIDRs([]string{"203.0.113.0/24"})
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		tenant tenancy.ID
		n      oauth.NewClient
		want   error
	}{
		"no name":     {id, oauth.NewClient{}, token.ErrName},
		"short":       {id, oauth.NewClient{Name: "x", TokenLife: 59 * time.Minute}, oauth.ErrTokenLife},
		"long":        {id, oauth.NewClient{Name: "x", TokenLife: 6*time.Hour + time.Second}, oauth.ErrTokenLife},
		"part":        {id, oauth.NewClient{Name: "x", TokenLife: time.Hour + 1}, oauth.ErrTokenLife},
		"no range":    {id, oauth.NewClient{Name: "x", CIDRs: token.CIDRs{{}}}, token.ErrCIDRs},
		"no tenant":   {tenancy.NewID(), oauth.NewClient{Name: "x"}, tenancy.ErrNotFound},
		"not a UUID":  {"x", oauth.NewClient{Name: "x"}, tenancy.ErrNotFound},
		"bad UTF-8":   {id, oauth.NewClient{Name: "\xff"}, token.ErrName},
		"tab in name": {id, oauth.NewClient{Name: "a\tb"}, token.ErrName},
	} {
		if _, err := s.CreateClient(t.Context(), tc.tenant, tc.n); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	made, err := s.CreateClient(t.Context(), id, oauth.NewClient{Name: " Entra ", Scopes: tenancy.ReadUsers, CIDRs: cidrs, TokenLife: 6 * time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	want := oauth.Client{ID: made.ID, TenantID: id, Version: 1, Name: "Entra", Scopes: tenancy.ReadUsers, CIDRs: cidrs, TokenLife: 6 * time.Hour, CreatedAt: c.Now()}
	trust, err := s.AddTrust(t.Context(), id, made.ID, oauth.NewTrust{Issuer: "https://login.example.com/x", Audience: "a", Subject: "s", Algorithms: []string{"ES256", "RS256", "ES256"}})
	if err != nil {
		t.Fatal(err)
	}
	want.Trusts = []oauth.Trust{{ID: trust.ID, Issuer: "https://login.example.com/x", Audience: "a", Subject: "s", Algorithms: []string{"ES256", "RS256"}, CreatedAt: c.Now()}}
	if _, err := s.CreateClient(t.Context(), id, oauth.NewClient{Name: "second"}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.CreateClient(t.Context(), id, oauth.NewClient{Name: "third"}); !errors.Is(err, oauth.ErrLimit) {
		t.Errorf("a third client: %v", err)
	}
	list, err := s.Clients(t.Context(), id)
	if err != nil || len(list) != 2 {
		t.Fatalf("%d clients, %v", len(list), err)
	}
	got, err := s.Client(t.Context(), id, made.ID)
	if diff := cmp.Diff(want, got, plain, cmpopts.EquateEmpty()); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	for _, tc := range []struct {
		tenant tenancy.ID
		id     string
	}{{tenants[1].ID, made.ID}, {id, "x"}, {id, string(tenancy.NewID())}, {"x", made.ID}, {id, strings.ToUpper(made.ID)}} {
		_, get := s.Client(t.Context(), tc.tenant, tc.id)
		_, update := s.UpdateClient(t.Context(), tc.tenant, tc.id, 0, oauth.ClientChange{})
		_, _, secret := s.AddSecret(t.Context(), tc.tenant, tc.id, oauth.NewSecret{})
		_, trust := s.AddTrust(t.Context(), tc.tenant, tc.id, oauth.NewTrust{Issuer: "https://a.example", Audience: "a", Subject: "s"})
		for i, err := range []error{get, update, secret, trust, s.RevokeClient(t.Context(), tc.tenant, tc.id), s.RevokeTrust(t.Context(), tc.tenant, tc.id, "x")} {
			if tc.id == "" || !errors.Is(err, oauth.ErrNotFound) {
				t.Errorf("%v, %d: %v", tc, i, err)
			}
		}
	}
	if err := s.RevokeTrust(t.Context(), id, made.ID, string(tenancy.NewID())); !errors.Is(err, oauth.ErrNoTrust) {
		t.Error(err)
	}
	if other, err := s.Clients(t.Context(), tenants[1].ID); err != nil || len(other) != 0 {
		t.Errorf("another tenant has %v, %v", other, err)
	}
}

func TestTrustsRefused(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 1)
	s := store(t, db, newKey(t), fixture.NewClock())
	h := newHolder(t, s, tenants[0], time.Time{})
	good := oauth.NewTrust{Issuer: "https://login.example.com", Audience: "a", Subject: "s"}
	for field, change := range map[string]func(*oauth.NewTrust, string){
		"issuer": func(n *oauth.NewTrust, v string) { n.Issuer = v }, "audience": func(n *oauth.NewTrust, v string) { n.Audience = v },
		"subject": func(n *oauth.NewTrust, v string) { n.Subject = v }, "algorithms": func(n *oauth.NewTrust, v string) { n.Algorithms = []string{v} },
	} {
		values := []string{"", " a", "a\x00", "\xff", strings.Repeat("a", 501)}
		switch field {
		case "issuer":
			values = append(
				values, "login.example.com", "http://login.example.com", "https://", "https://u:p@login.example.com", "https://login.example.com?x=1",
				"https://login.example.com?", "https://login.example.com#x", "https://127.0.0.1", "https://[::1]/x", "https://localhost:8443", "https://10.0.0.1",
				"https://169.254.169.254/latest", "https://[::ffff:10.0.0.1]", "ftp://login.example.com", "file:///etc/passwd", "https://0.0.0.0",
			)
		case "algorithms":
			values = []string{"", "none", "HS256", "rs256", "ES256K"}
		}
		for _, value := range values {
			n := good
			change(&n, value)
			var refusal *oauth.TrustError
			if _, err := s.AddTrust(t.Context(), tenants[0].ID, h.ID, n); !errors.As(err, &refusal) || refusal.Field != field || !errors.Is(err, oauth.ErrTrust) {
				t.Errorf("%s %.40q: %v", field, value, err)
			}
		}
	}
	for range 2 {
		if _, err := s.AddTrust(t.Context(), tenants[0].ID, h.ID, good); err != nil {
			t.Error(err)
		}
	}
	if _, err := s.AddTrust(t.Context(), tenants[0].ID, h.ID, good); !errors.Is(err, oauth.ErrTrusts) {
		t.Errorf("a third trust: %v", err)
	}
}

// published are the names of the keys in the set, checked to be public and to fit.
func published(t *testing.T, s *oauth.Store) []string {
	t.Helper()
	text, err := s.JWKS(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(text, &set); err != nil || strings.Contains(string(text), `"d"`) {
		t.Fatalf("%v: %s", err, text)
	}
	var names []string
	for _, k := range set.Keys {
		if !k.IsPublic() || k.Algorithm != "ES256" || k.Use != "sig" {
			t.Errorf("%+v", k)
		}
		names = append(names, k.KeyID)
	}
	return names
}

// Replicas that need a key at once come to the same one. The next is published a day ahead, and the last until its tokens
// have expired.
func TestSigningKeys(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 1)
	c, key := fixture.NewClock(), newKey(t)
	const period = 30 * 24 * time.Hour
	c.Pass(period - time.Duration(c.Now().Unix()%int64(period/time.Second))*time.Second) // to the beginning of one
	replicas := make([]*oauth.Store, 8)
	sets := make([][]string, len(replicas))
	for i := range replicas {
		replicas[i] = store(t, db, key, c)
	}
	var wait sync.WaitGroup
	for i, s := range replicas {
		wait.Go(func() { sets[i] = published(t, s) })
	}
	wait.Wait()
	for _, set := range sets {
		if diff := cmp.Diff(sets[0], set); diff != "" || len(set) != 1 {
			t.Errorf("replicas publish different keys (-one +other):\n%s", diff)
		}
	}
	s := replicas[0]
	first := sets[0][0]
	h := newHolder(t, s, tenants[0], time.Time{})
	c.Pass(period - 25*time.Hour)
	if got := published(t, s); !cmp.Equal(sets[0], got) {
		t.Errorf("more than a day before: %v", got)
	}
	c.Pass(2 * time.Hour)
	ahead := published(t, s)
	if len(ahead) != 2 || ahead[1] != first {
		t.Fatalf("a day before: %v", ahead)
	}
	c.Pass(23*time.Hour - time.Minute)
	last := issue(t, s, tenants[0], h)
	c.Pass(2 * time.Minute)
	fresh := issue(t, s, tenants[0], h)
	for _, s := range replicas {
		accepts(t, s, tenants[0], last.Text)
		accepts(t, s, tenants[0], fresh.Text)
	}
	if got := published(t, store(t, db, key, c)); !cmp.Equal(ahead, got) {
		t.Errorf("the keys of the next period: %v, want %v", got, ahead)
	}
	c.Pass(8 * time.Hour)
	if err := s.Prune(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := published(t, store(t, db, key, c)); !cmp.Equal(ahead[:1], got) {
		t.Errorf("after the last token: %v", got)
	}
	// Months later, with nobody having asked meanwhile; and under another key of the environment.
	c.Pass(5 * period)
	accepts(t, s, tenants[0], issue(t, s, tenants[0], h).Text)
	if got := published(t, store(t, db, newKey(t), c)); len(got) != 1 || got[0] == first {
		t.Errorf("under another key: %v", got)
	}
}

// A secret that was revoked long ago is not said to be revoked today because somebody revokes it again.
func TestRevokedSecretIsSaidOnce(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 1)
	c, key := fixture.NewClock(), newKey(t)
	s := store(t, db, key, c)
	tokens, err := token.New(token.Config{DB: db, Key: key, Now: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	h := newHolder(t, s, tenants[0], time.Time{})
	for _, want := range []int{1, 0} {
		if err := s.RevokeSecret(t.Context(), tenants[0].ID, h.ID, h.secret.ID); err != nil {
			t.Fatal(err)
		}
		var said int // not by Events, which waits for the transactions of others
		if err := db.GetContext(t.Context(), &said, `SELECT count(*) FROM spoke.token_events`); err != nil || said != want {
			t.Errorf("%d events, %v; want %d", said, err, want)
		}
		c.Pass(401 * 24 * time.Hour)
		if _, err := tokens.PruneEvents(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// Who can write to the database and does not have the key of the environment makes no key that counts: not one that is
// sealed under another, and none that was moved from another name.
func TestSealedKeys(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 1)
	c, key := fixture.NewClock(), newKey(t)
	s, attacker := store(t, db, key, c), store(t, db, newKey(t), c)
	text := issue(t, s, tenants[0], newHolder(t, s, tenants[0], time.Time{})).Text
	ours, theirs := published(t, s)[0], published(t, attacker)[0]
	const table = `"spoke"."oauth_keys"`
	put := func(statement string, arguments ...any) {
		t.Helper()
		if _, err := db.ExecContext(t.Context(), statement, arguments...); err != nil {
			t.Fatal(err)
		}
	}
	fails := func(what string) {
		t.Helper()
		fresh := store(t, db, key, c)
		if got, err := fresh.Verify(t.Context(), placeOf(tenants[0]), text, loopback); err == nil {
			t.Errorf("%s: verified as %+v", what, got)
		}
		if set, err := fresh.JWKS(t.Context()); err == nil {
			t.Errorf("%s: published as %s", what, set)
		}
	}
	accepts(t, store(t, db, key, c), tenants[0], text)
	put(`UPDATE `+table+` AS k SET sealed = o.sealed FROM `+table+` AS o WHERE k.id = $1 AND o.id = $2`, ours, theirs)
	fails("sealed under another key")
	put(`DELETE FROM `+table+` WHERE id = $1`, ours)
	moved := published(t, store(t, db, key, c))[0]
	put(`UPDATE `+table+` SET id = $2 WHERE id = $1`, moved, ours)
	fails("moved to another name")
}

// A client and a key that are remembered cost no statement; ones that are not cost one each, once, and what no key of ours
// has signed is not looked up.
func TestStatements(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 1)
	counted, count := pgtest.Counted(t, pgtest.Address(t, db))
	c, key := fixture.NewClock(), newKey(t)
	issuing, s := store(t, db, key, c), store(t, counted, key, c)
	tokens, err := token.New(token.Config{DB: counted, Key: key, Now: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	h := newHolder(t, issuing, tenants[0], time.Time{})
	text := issue(t, issuing, tenants[0], h).Text
	secret, _, err := tokens.Issue(t.Context(), tenants[0].ID, token.NewToken{Name: "x", CIDRs: token.CIDRs{netip.MustParsePrefix("127.0.0.0/8")}})
	if err != nil {
		t.Fatal(err)
	}
	statements := func(what string, want int64, do func()) {
		t.Helper()
		before := count.Load()
		do()
		if got := count.Load() - before; got != want {
			t.Errorf("%s: %d statements, want %d", what, got, want)
		}
	}
	verify := func() { accepts(t, s, tenants[0], text) }
	statements("cold", 2, verify) // the key, the client
	statements("warm", 0, func() {
		for range 100 {
			verify()
		}
	})
	c.Pass(2 * time.Minute)
	statements("when the client is forgotten", 1, verify)
	s.Hear(tenantdb.Signal{Topic: tenantdb.TopicToken, Tenant: tenants[0].ID})
	statements("after a signal", 1, verify)
	statements("forged", 0, func() { rejects(t, s, placeOf(tenants[0]), text[:len(text)-4]+"AAAA", token.ErrUnknown) })

	use := func() {
		if _, err := tokens.Verify(t.Context(), tenants[0].ID, secret.Reveal(), loopback); err != nil {
			t.Error(err)
		}
	}
	statements("cold token", 1, use)
	statements("warm token", 0, func() {
		for range 100 {
			use()
			c.Pass(time.Second / 2)
		}
	})
}
