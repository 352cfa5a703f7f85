package admin_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/token"
)

func (w world) signIn(t *testing.T, a admin.Administrator) (string, admin.SignIn) {
	t.Helper()
	secret, l, err := w.CreateSignIn(t.Context(), w.mine, a.ID, "/settings")
	if err != nil {
		t.Fatal(err)
	}
	return secret.Reveal(), l
}

func TestSignInOpensOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.add(t, "ada@acme.com", admin.Viewer)
	secret, l := w.signIn(t, a)
	var shown bool
	if err := w.db.GetContext(t.Context(), &shown, `SELECT l::text LIKE '%' || $1 || '%' FROM spoke.sign_ins l`, secret[4:]); err != nil || shown {
		t.Errorf("the secret is in the database: %t, %v", shown, err)
	}
	w.clock.Pass(admin.SignInLife - time.Microsecond)
	for range 2 { // who looks uses nothing up
		if looked, err := w.LookSignIn(t.Context(), w.mine, secret); err != nil || !cmp.Equal(l, looked) {
			t.Errorf("looked: %v %s", err, cmp.Diff(l, looked))
		}
	}
	got, err := w.OpenSignIn(t.Context(), w.mine, secret)
	if err != nil {
		t.Fatal(err)
	}
	want := admin.SignIn{
		ID: l.ID, Tenant: w.mine, AdministratorID: a.ID, Next: "/settings",
		CreatedAt: a.CreatedAt, ExpiresAt: a.CreatedAt.Add(15 * time.Minute), UsedAt: w.clock.Now(),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, err := w.OpenSignIn(t.Context(), w.mine, secret); !errors.Is(err, admin.ErrUsed) {
		t.Errorf("a second time: %v", err)
	}
	if _, err := w.LookSignIn(t.Context(), w.mine, secret); !errors.Is(err, admin.ErrUsed) {
		t.Errorf("looked at a second time: %v", err)
	}
}

// An invitation works for the first sign-in: who made it cannot pass for the administrator afterwards.
func TestInvitation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.add(t, "ada@acme.com", admin.Viewer)
	invite := func() string {
		t.Helper()
		secret, l, err := w.CreateInvitation(t.Context(), w.mine, a.ID)
		if err != nil || !l.Invitation || l.ExpiresAt.Sub(l.CreatedAt) != admin.InvitationLife {
			t.Fatalf("%+v, %v", l, err)
		}
		return secret.Reveal()
	}
	kept, used := invite(), invite()
	w.clock.Pass(admin.InvitationLife - time.Second)
	if l, err := w.OpenSignIn(t.Context(), w.mine, used); err != nil || !l.Invitation {
		t.Fatalf("%+v, %v", l, err)
	}
	asked, _ := w.signIn(t, a)
	if err := w.SignedIn(t.Context(), w.mine, a.ID, w.clock.Now()); err != nil {
		t.Fatal(err)
	}
	if _, err := w.OpenSignIn(t.Context(), w.mine, kept); !errors.Is(err, admin.ErrRevoked) {
		t.Errorf("an invitation that was kept: %v", err)
	}
	if _, _, err := w.CreateInvitation(t.Context(), w.mine, a.ID); !errors.Is(err, admin.ErrNotFound) {
		t.Errorf("an invitation of one who has signed in: %v", err)
	}
	if _, err := w.OpenSignIn(t.Context(), w.mine, asked); err != nil {
		t.Errorf("a link that she has asked for: %v", err)
	}
}

func TestSignInIsRejected(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add(t, "owner@acme.com", admin.Owner)
	a := w.add(t, "ada@acme.com", admin.Viewer)
	secret, _ := w.signIn(t, a)
	rejected := func(name string, tenant tenancy.ID, text string, want error) {
		t.Helper()
		_, look := w.LookSignIn(t.Context(), tenant, text)
		_, open := w.OpenSignIn(t.Context(), tenant, text)
		for how, err := range map[string]error{"look": look, "open": open} {
			if !errors.Is(err, want) || !errors.Is(err, admin.ErrRejected) {
				t.Errorf("%s, %s: %v, want %v", name, how, err, want)
			}
		}
	}
	for name, tc := range map[string]struct {
		tenant tenancy.ID
		text   string
		want   error
	}{
		"another tenant's": {w.its, secret, admin.ErrUnknown},
		"unknown":          {w.mine, token.NewSecret(token.ForSignIn).Reveal(), admin.ErrUnknown},
		"a set-up link":    {w.mine, token.NewSecret(token.ForSetUp).Reveal(), admin.ErrMalformed},
		"a visit":          {w.mine, string(token.ForVisit) + secret[4:], admin.ErrMalformed},
		"cut off":          {w.mine, secret[:len(secret)-1], admin.ErrMalformed},
		"nothing":          {w.mine, "", admin.ErrMalformed},
		"of no tenant":     {"", secret, admin.ErrMalformed},
	} {
		rejected(name, tc.tenant, tc.text, tc.want)
	}
	w.clock.Pass(time.Microsecond)
	if err := w.EndSessions(t.Context(), w.mine, a.ID, w.clock.Now()); err != nil {
		t.Fatal(err)
	}
	rejected("before all sessions were ended", w.mine, secret, admin.ErrRevoked)
	expired, _ := w.signIn(t, a)
	w.clock.Pass(admin.SignInLife)
	rejected("expired", w.mine, expired, admin.ErrExpired)
	orphan, _ := w.signIn(t, a)
	if err := w.Remove(t.Context(), w.mine, a.ID); err != nil {
		t.Fatal(err)
	}
	rejected("of a removed administrator", w.mine, orphan, admin.ErrUnknown)
}

func TestSignInOfManyAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	secret, _ := w.signIn(t, w.add(t, "ada@acme.com", admin.Viewer))
	once(t, atOnce(6, func(int) error {
		_, err := w.OpenSignIn(t.Context(), w.mine, secret)
		return err
	}))
}

// once checks that one has succeeded and the others came too late.
func once(t *testing.T, errs []error) {
	t.Helper()
	opened := 0
	for _, err := range errs {
		if err == nil {
			opened++
		} else if !errors.Is(err, admin.ErrUsed) {
			t.Error(err)
		}
	}
	if opened != 1 {
		t.Errorf("opened %d times", opened)
	}
}

// A statement that is sent twice makes one link, and opens it for the one who sent it.
func TestSignInWithALostAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.add(t, "ada@acme.com", admin.Viewer)
	s, proxy := w.lossy(t)
	proxy.LoseAnswer()
	secret, _, err := s.CreateSignIn(t.Context(), w.mine, a.ID, "")
	if err != nil {
		t.Fatal(err)
	}
	proxy.LoseAnswer()
	l, err := s.OpenSignIn(t.Context(), w.mine, secret.Reveal())
	if err != nil || l.Next != "/" {
		t.Errorf("open: %+v, %v", l, err)
	}
	var made int
	if err := w.db.GetContext(t.Context(), &made, `SELECT count(*) FROM spoke.sign_ins`); err != nil || made != 1 {
		t.Errorf("%d links, %v", made, err)
	}
}

func TestLocalPath(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"/": "/", "/users?filter=a%20b#c": "/users?filter=a%20b#c", "/a//b": "/a//b", "/Größe": "/Größe",
		"": "/", "users": "/", "//evil.com": "/", "///evil.com": "/", `/\evil.com`: "/", `\\evil.com`: "/", "https://evil.com/": "/",
		"javascript:alert(1)": "/", "/\t/evil.com": "/", "/\n/evil.com": "/", "\t//evil.com": "/", " /": "/", "/a\r\nSet-Cookie: b": "/",
		"/\x7f": "/", "/\xff": "/", "/" + strings.Repeat("a", 1000): "/",
	} {
		if got := admin.LocalPath(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
