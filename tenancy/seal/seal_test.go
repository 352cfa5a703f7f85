package seal_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/askspoke/spoke/tenancy/seal"
	"github.com/askspoke/spoke/tenancy/token"
)

func newKey(t *testing.T) token.Key {
	t.Helper()
	keys, err := seal.ParseKeys(token.GenerateKey())
	if err != nil {
		t.Fatal(err)
	}
	return keys[0]
}

func newKeys(t *testing.T, first token.Key, others ...token.Key) seal.Keys {
	t.Helper()
	k, err := seal.New(first, others...)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestSeal(t *testing.T) {
	t.Parallel()
	k := newKeys(t, newKey(t))
	for _, secret := range []string{"", "s", strings.Repeat("long ", 10000), "\x00\xff"} {
		one, err := k.Seal("tenant a", []byte(secret))
		if err != nil {
			t.Fatal(err)
		}
		two, err := k.Seal("tenant a", []byte(secret))
		if err != nil || bytes.Equal(one, two) {
			t.Errorf("the same secret is sealed alike: %v", err)
		}
		if secret != "" && len(secret) > 4 && bytes.Contains(one, []byte(secret)) {
			t.Errorf("%q shows", secret)
		}
		if got, err := k.Open("tenant a", one); err != nil || string(got) != secret {
			t.Errorf("opened %q, %v; want %q", got, err, secret)
		}
		if got, err := k.Open("tenant b", one); !errors.Is(err, seal.ErrOpen) || got != nil {
			t.Errorf("opened %q for another place: %v", got, err)
		}
	}
}

// Whatever is changed of it, a sealed secret is not opened; nor what never was one.
func TestChanged(t *testing.T) {
	t.Parallel()
	k := newKeys(t, newKey(t))
	sealed, err := k.Seal("here", []byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 1
		if _, err := k.Open("here", changed); !errors.Is(err, seal.ErrOpen) {
			t.Errorf("byte %d changed: %v", i, err)
		}
	}
	for n := range sealed {
		if _, err := k.Open("here", sealed[:n]); !errors.Is(err, seal.ErrOpen) {
			t.Errorf("cut to %d bytes: %v", n, err)
		}
	}
	if _, err := k.Open("here", append(bytes.Clone(sealed), 0)); !errors.Is(err, seal.ErrOpen) {
		t.Errorf("with another byte: %v", err)
	}
}

// Keys are changed without losing anything: the new in front, seal again, and the old goes.
func TestKeysChange(t *testing.T) {
	t.Parallel()
	first, second := newKey(t), newKey(t)
	old, both, last := newKeys(t, first), newKeys(t, second, first), newKeys(t, second)
	sealed, err := old.Seal("here", []byte("secret"))
	if err != nil || old.Stale(sealed) {
		t.Fatalf("%v, or stale at once", err)
	}
	if got, err := both.Open("here", sealed); err != nil || string(got) != "secret" || !both.Stale(sealed) {
		t.Errorf("while both are there: %q, %v", got, err)
	}
	if _, err := last.Open("here", sealed); !errors.Is(err, seal.ErrOpen) {
		t.Errorf("without its key: %v", err)
	}
	again, err := both.Seal("here", []byte("secret"))
	if err != nil || both.Stale(again) {
		t.Fatalf("sealed again: %v, or stale", err)
	}
	if got, err := last.Open("here", again); err != nil || string(got) != "secret" {
		t.Errorf("sealed again: %q, %v", got, err)
	}
}

func TestParseKeys(t *testing.T) {
	t.Parallel()
	a, b := token.GenerateKey(), token.GenerateKey()
	for list, want := range map[string]int{"": 0, " , ": 0, a: 1, a + "," + b: 2, a + ", " + b + "\n": 2} {
		if keys, err := seal.ParseKeys(list); err != nil || len(keys) != want {
			t.Errorf("%d keys, %v; want %d", len(keys), err, want)
		}
	}
	for _, list := range []string{"secret", a + ",secret", a + b, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="} {
		_, err := seal.ParseKeys(list)
		if !errors.Is(err, seal.ErrKey) || strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), a) {
			t.Errorf("%v", err)
		}
	}
	if _, err := seal.New(token.Key{}); err == nil {
		t.Error("no key is taken for one")
	}
	if _, err := (seal.Keys{}).Seal("here", nil); err == nil {
		t.Error("nothing seals")
	}
}

func TestKeysAreNotShown(t *testing.T) {
	t.Parallel()
	k := newKeys(t, newKey(t))
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("made", "keys", k)
	for _, shown := range []string{fmt.Sprint(k), fmt.Sprintf("%+v %#v %x", k, k, k), log.String()} {
		if !strings.Contains(shown, "[redacted]") || strings.Contains(shown, "aead") {
			t.Errorf("shown: %s", shown)
		}
	}
}
