package issuer

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

// A signature counts when one of the keys that are shown now has made it.
func TestVerifySignature(t *testing.T) {
	t.Parallel()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: private, KeyID: "one"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signer.Sign([]byte(`{"sub":"ada"}`))
	if err != nil {
		t.Fatal(err)
	}
	text, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	good, other := named(&private.PublicKey, "one"), named(ec(t, elliptic.P256()), "one")
	p := newProvider(t, named(ec(t, elliptic.P384()), "one"), other, good)
	shown := At(p.where, p.client, false)
	if payload, err := shown.VerifySignature(t.Context(), text); err != nil || string(payload) != `{"sub":"ada"}` {
		t.Errorf("%s, %v", payload, err)
	}
	for name, bad := range map[string]string{"nothing": "", "text": "a.b.c", "cut": text[:len(text)-4], "longer": text + ".x"} {
		if _, err := shown.VerifySignature(t.Context(), bad); !errors.Is(err, ErrNoKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
	p.set(func() { p.keys = []any{other} }) // the key was taken back
	if _, err := shown.VerifySignature(t.Context(), text); !errors.Is(err, ErrNoKey) {
		t.Errorf("taken back: %v", err)
	}
	p.set(func() { p.keys = []any{named(&private.PublicKey, "two")} })
	if _, err := shown.VerifySignature(t.Context(), text); !errors.Is(err, ErrNoKey) {
		t.Errorf("another name: %v", err)
	}
	if _, err := At(strings.Replace(p.where, "https", "http", 1), p.client, false).VerifySignature(t.Context(), text); !errors.Is(err, ErrUnavailable) {
		t.Errorf("keys in the clear: %v", err)
	}
	if _, err := At(p.url+"/none", p.client, false).VerifySignature(t.Context(), text); !errors.Is(err, ErrUnavailable) {
		t.Errorf("no keys there: %v", err)
	}
}

// Whoever reads an answer whole reads no more than a megabyte.
func TestClientBoundsAnswers(t *testing.T) {
	t.Parallel()
	for size, want := range map[int]error{0: nil, 1: nil, maxDocument: nil, maxDocument + 1: ErrTooLarge, 10 << 20: ErrTooLarge} {
		address, _ := trap(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write(make([]byte, size)) }))
		response, err := Client(true).Get("http://" + address)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if !errors.Is(err, want) || len(body) != min(size, maxDocument) {
			t.Errorf("%d bytes: read %d, %v", size, len(body), err)
		}
	}
}

func TestCheckEndpoint(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]struct{ own, tenants bool }{
		"https://login.example.com/keys":  {true, true},
		"https://login.example.com/a?p=x": {true, true},
		"http://127.0.0.1:9/keys":         {true, false},
		"http://login.example.com/keys":   {},
		"https://u:p@login.example.com":   {},
		"https://login.example.com/#x":    {},
		"javascript:alert(1)":             {},
		"file:///etc/passwd":              {},
		"//login.example.com":             {},
		"":                                {},
	} {
		if err := CheckEndpoint(address, true); (err == nil) != want.own {
			t.Errorf("%q of the operator: %v", address, err)
		}
		if err := CheckEndpoint(address, false); (err == nil) != want.tenants {
			t.Errorf("%q of a tenant: %v", address, err)
		}
	}
}
