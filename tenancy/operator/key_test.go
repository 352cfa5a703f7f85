package operator_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/token"
)

var address = netip.MustParseAddr("192.0.2.7")

func TestKeyIsVerified(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	secret, key, err := w.CreateKey(t.Context(), operator.NewKey{Name: " web shop ", Role: operator.Manage, CreatedBy: operator.Shell})
	if err != nil {
		t.Fatal(err)
	}
	got, err := w.VerifyKey(t.Context(), secret.Reveal(), address)
	if err != nil {
		t.Fatal(err)
	}
	want := operator.Identity{
		Actor: "key:" + key.ID, Name: "web shop", Role: operator.Manage, ExpiresAt: w.clock.Now().Add(operator.DefaultKeyLife),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	var shown bool
	if err := w.db.GetContext(t.Context(), &shown, `SELECT k::text LIKE '%' || $1 || '%' FROM spoke.api_keys k`, secret.Reveal()[4:]); err != nil || shown {
		t.Errorf("the secret is in the database: %t, %v", shown, err)
	}
}

func TestKeyIsRejected(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, tc := range map[string]struct {
		spoil func(t *testing.T, secret string, key operator.Key) string
		want  error
	}{
		"expired": {func(_ *testing.T, secret string, _ operator.Key) string { w.clock.Pass(time.Hour); return secret }, operator.ErrExpired},
		"revoked": {func(t *testing.T, secret string, key operator.Key) string {
			if err := w.RevokeKey(t.Context(), key.ID); err != nil {
				t.Fatal(err)
			}
			return secret
		}, operator.ErrRevoked},
		"unknown":         {func(*testing.T, string, operator.Key) string { return token.NewSecret(token.ForOperator).Reveal() }, operator.ErrUnknown},
		"a tenant's":      {func(*testing.T, string, operator.Key) string { return token.NewSecret(token.ForTenant).Reveal() }, operator.ErrMalformed},
		"malformed":       {func(_ *testing.T, secret string, _ operator.Key) string { return secret[:len(secret)-1] }, operator.ErrMalformed},
		"nothing at all":  {func(*testing.T, string, operator.Key) string { return "" }, operator.ErrMalformed},
		"with a trailing": {func(_ *testing.T, secret string, _ operator.Key) string { return secret + "\x00" }, operator.ErrMalformed},
	} {
		secret, key, err := w.CreateKey(t.Context(), operator.NewKey{Name: name, Role: operator.Read, ExpiresAt: w.clock.Now().Add(time.Hour), CreatedBy: operator.Shell})
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.VerifyKey(t.Context(), tc.spoil(t, secret.Reveal(), key), address)
		if !errors.Is(err, tc.want) || !errors.Is(err, operator.ErrRejected) {
			t.Errorf("%s: %v, want %v", name, err, tc.want)
		}
	}
}

func TestKeyIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, tc := range map[string]struct {
		key  operator.NewKey
		want error
	}{
		"no name":       {operator.NewKey{Name: " ", Role: operator.Read}, operator.ErrName},
		"long name":     {operator.NewKey{Name: strings.Repeat("x", 101), Role: operator.Read}, operator.ErrName},
		"unprintable":   {operator.NewKey{Name: "a\nb", Role: operator.Read}, operator.ErrName},
		"no role":       {operator.NewKey{Name: "a"}, operator.ErrRole},
		"unknown role":  {operator.NewKey{Name: "a", Role: "root"}, operator.ErrRole},
		"already over":  {operator.NewKey{Name: "a", Role: operator.Read, ExpiresAt: w.clock.Now()}, operator.ErrExpiry},
		"long ago over": {operator.NewKey{Name: "a", Role: operator.Read, ExpiresAt: time.Unix(0, 0)}, operator.ErrExpiry},
	} {
		if _, _, err := w.CreateKey(t.Context(), tc.key); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", name, err, tc.want)
		}
	}
	if err := w.RevokeKey(t.Context(), uuid.NewString()); !errors.Is(err, operator.ErrNotFound) {
		t.Errorf("revoke another: %v", err)
	}
	if err := w.RevokeKey(t.Context(), "nonsense"); !errors.Is(err, operator.ErrNotFound) {
		t.Errorf("revoke nonsense: %v", err)
	}
}

// The last use is known to the minute, and a change of address at once.
func TestKeyUse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	secret, _, err := w.CreateKey(t.Context(), operator.NewKey{Name: "a", Role: operator.Read, CreatedBy: operator.Shell})
	if err != nil {
		t.Fatal(err)
	}
	other := netip.MustParseAddr("2001:db8::1")
	begin := w.clock.Now()
	for _, step := range []struct {
		pass  time.Duration
		from  netip.Addr
		want  time.Duration
		noted netip.Addr
	}{
		{time.Second, address, time.Second, address},
		{30 * time.Second, address, time.Second, address}, // not written
		{31 * time.Second, address, 62 * time.Second, address},
		{time.Second, other, 62 * time.Second, address}, // nor for another address: two may take turns
		{60 * time.Second, other, 123 * time.Second, other},
	} {
		w.clock.Pass(step.pass)
		if _, err := w.VerifyKey(t.Context(), secret.Reveal(), step.from); err != nil {
			t.Fatal(err)
		}
		list, _, err := w.Keys(t.Context(), operator.Page{Limit: 1})
		if err != nil {
			t.Fatal(err)
		}
		if got := list[0].LastUsedAt.Sub(begin); got != step.want || list[0].LastUsedFrom != step.noted.String() {
			t.Errorf("used after %s from %s, want after %s from %s", got, list[0].LastUsedFrom, step.want, step.noted)
		}
	}
}

// Pages have each key once, the newest first, also where several were made at one time.
func TestKeyPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := make(map[string]operator.Key)
	for i := range 7 {
		if i%3 == 0 {
			w.clock.Pass(time.Second)
		}
		_, key, err := w.CreateKey(t.Context(), operator.NewKey{Name: "a", Role: operator.Admin, CreatedBy: operator.Shell})
		if err != nil {
			t.Fatal(err)
		}
		made[key.ID] = key
	}
	var page operator.Page
	var before operator.Key
	found := 0
	for page.Limit = 2; ; {
		list, more, err := w.Keys(t.Context(), page)
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range list {
			if diff := cmp.Diff(made[k.ID], k); diff != "" {
				t.Error(diff)
			}
			if found > 0 && k.CreatedAt.After(before.CreatedAt) {
				t.Error("a newer one comes later")
			}
			delete(made, k.ID)
			before, found = k, found+1
		}
		if !more {
			break
		}
		page.After = operator.Position{At: before.CreatedAt, ID: before.ID}
	}
	if found != 7 || len(made) != 0 {
		t.Errorf("%d keys in the pages, %d in none", found, len(made))
	}
}

// A later attempt at a request has the same key with another secret, and the first secret is worthless.
func TestKeyIsMadeOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := operator.NewKey{ID: uuid.NewString(), Name: "a", Role: operator.Read, CreatedBy: operator.Shell}
	lost, _, err := w.CreateKey(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	secret, _, err := w.CreateKey(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.VerifyKey(t.Context(), lost.Reveal(), address); !errors.Is(err, operator.ErrUnknown) {
		t.Errorf("the lost secret: %v", err)
	}
	if _, err := w.VerifyKey(t.Context(), secret.Reveal(), address); err != nil {
		t.Errorf("the new secret: %v", err)
	}
	if list, _, err := w.Keys(t.Context(), operator.Page{Limit: 9}); err != nil || len(list) != 1 {
		t.Errorf("%d keys, %v", len(list), err)
	}
	stranger := n
	stranger.CreatedBy = "key:another"
	if _, _, err := w.CreateKey(t.Context(), stranger); !errors.Is(err, operator.ErrRevoked) {
		t.Errorf("another actor has replaced it: %v", err)
	}
	if err := w.RevokeKey(t.Context(), n.ID); err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.CreateKey(t.Context(), n); !errors.Is(err, operator.ErrRevoked) {
		t.Errorf("a revoked key came back: %v", err)
	}
}

// Where the answer of Postgres is lost, the driver sends the statement again: the secret that is returned is the one kept.
func TestKeyWithALostAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s, proxy := w.lossy(t)
	proxy.LoseAnswer()
	secret, _, err := s.CreateKey(t.Context(), operator.NewKey{Name: "a", Role: operator.Read, CreatedBy: operator.Shell})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.VerifyKey(t.Context(), secret.Reveal(), address); err != nil {
		t.Error(err)
	}
	if list, _, err := w.Keys(t.Context(), operator.Page{Limit: 9}); err != nil || len(list) != 1 {
		t.Errorf("%d keys, %v", len(list), err)
	}
}

func TestRoles(t *testing.T) {
	t.Parallel()
	roles := []operator.Role{"", operator.Read, operator.Manage, operator.Admin}
	for i, has := range roles {
		for j, needs := range roles {
			if got, want := has.Includes(needs), j > 0 && i >= j; got != want {
				t.Errorf("%q includes %q: %t", has, needs, got)
			}
		}
	}
}
