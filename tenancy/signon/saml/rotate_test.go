package saml_test

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/tenancy/signon/saml"
)

// While a key is changed the metadata has both certificates, what is encrypted for either is read, and one signs.
func TestKeyIsChanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	old := ourKey(t)
	fresh, err := saml.NewKeyPair("acme.askspoke.com", w.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	kept := func(k saml.KeyPair) saml.KeyPair {
		t.Helper()
		secret, err := k.Secret()
		if err != nil {
			t.Fatal(err)
		}
		if k, err = saml.ParseKeyPair(secret); err != nil {
			t.Fatal(err)
		}
		return k
	}
	for name, tc := range map[string]struct {
		key         saml.KeyPair
		used, other saml.KeyPair
		two         bool
	}{
		"before":          {old, old, saml.KeyPair{}, false},
		"two":             {old.With(fresh), old, fresh, true},
		"turned":          {old.With(fresh).Turned(), fresh, old, true},
		"turned back":     {old.With(fresh).Turned().Turned(), old, fresh, true},
		"after":           {old.With(fresh).Turned().Alone(), fresh, saml.KeyPair{}, false},
		"nothing to turn": {old.Turned(), old, saml.KeyPair{}, false},
		"a third":         {old.With(fresh.With(old)), old, fresh, true},
	} {
		key := kept(tc.key)
		if got := key.Certificate(); got != tc.used.Certificate() || !bytes.Equal(key.CertificateDER(), tc.used.CertificateDER()) {
			t.Errorf("%s: it signs with %+v", name, got)
		}
		other, two := key.Other()
		if two != tc.two || two && (other != tc.other.Certificate() || !bytes.Equal(key.OtherDER(), tc.other.CertificateDER())) || !two && key.OtherDER() != nil {
			t.Errorf("%s: the other is %+v, %t", name, other, two)
		}
		p := w.sp(t, func(c *saml.Connection) { c.Key = key })
		metadata, err := p.Metadata()
		if err != nil {
			t.Fatal(err)
		}
		for of, certificate := range map[string][]byte{"old": old.CertificateDER(), "new": fresh.CertificateDER()} {
			known := two || bytes.Equal(certificate, tc.used.CertificateDER())
			want := 0
			if known {
				want = 2 // to sign and to encrypt
			}
			if got := strings.Count(string(metadata), base64.StdEncoding.EncodeToString(certificate)); got != want {
				t.Errorf("%s: the metadata has the %s certificate %d times, want %d", name, of, got, want)
			}
			a := w.answer(t, p)
			a.NameID, a.Encrypt = "ada@example.com", parse(t, certificate)
			if known {
				lets(t, p, w.provider.Forge(a), "ada@example.com")
			} else {
				refuses(t, p, w.provider.Forge(a), saml.ErrDecrypt)
			}
		}
	}
}

// Our certificate is warned of as the provider's are, with the one that follows.
func TestOwnCertificateEnds(t *testing.T) {
	t.Parallel()
	at := time.Date(2036, 5, 1, 0, 0, 0, 0, time.UTC)
	const days = 24 * time.Hour
	made := func(end time.Time) saml.KeyPair {
		t.Helper()
		key, err := saml.NewKeyPair("acme.askspoke.com", end.AddDate(-10, 0, 0))
		if err != nil {
			t.Fatal(err)
		}
		if got := key.Certificate().NotAfter; !got.Equal(end) {
			t.Fatalf("it ends %v", got)
		}
		return key
	}
	key, next := made(at), made(at.AddDate(10, 0, 0))
	for left, want := range map[time.Duration]int{31 * days: -1, 30 * days: 30, 8 * days: 30, 7 * days: 7, days: 1, time.Minute: 1, -time.Minute: 0, -6 * days: 0, -8 * days: -1} {
		got, ok := key.Ending(at.Add(-left))
		if ok != (want >= 0) || ok && got.Days != want {
			t.Errorf("%v before: %+v, %t", left, got, ok)
		}
	}
	want := saml.Ending{Certificate: key.Certificate(), Ours: true, Days: 7}
	got, ok := key.Ending(at.Add(-5 * days))
	if diff := cmp.Diff(want, got); diff != "" || !ok {
		t.Error(ok, diff)
	}
	want.Other = next.Certificate().NotAfter
	if got, ok = key.With(next).Ending(at.Add(-5 * days)); !ok || cmp.Diff(want, got) != "" {
		t.Error(ok, cmp.Diff(want, got))
	}
	if got, ok := key.With(next).Turned().Ending(at.Add(-5 * days)); ok {
		t.Errorf("the one that is used ends in ten years: %+v", got)
	}
}
