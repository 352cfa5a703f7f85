package issuer

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/infra/fixture"
)

// provider is an issuer on this machine, and the time that its askers have.
type provider struct {
	url    string
	client *http.Client // that trusts it

	mu    sync.Mutex
	at    time.Time
	keys  []any         // that it shows
	where string        // it says that they are
	down  bool          // it answers 503
	hold  chan struct{} // when set, it answers once this is closed
	asked int           // how often
}

func newProvider(t *testing.T, keys ...any) *provider {
	t.Helper()
	p := &provider{at: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), keys: keys}
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		var hold chan struct{}
		var where string
		down := false
		p.set(func() { p.asked++; hold, down, where = p.hold, p.down, p.where })
		if hold != nil {
			<-hold
		}
		if down {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		json.NewEncoder(w).Encode(map[string]string{"issuer": p.url, "jwks_uri": where})
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		p.set(func() { json.NewEncoder(w).Encode(map[string]any{"keys": p.keys}) })
	})
	server := httptest.NewTLSServer(mux)
	t.Cleanup(server.Close)
	p.url, p.client, p.where = server.URL, server.Client(), server.URL+"/keys"
	return p
}

// asker returns Keys that can ask the provider, which is at no public address.
func (p *provider) asker(config Config) *Keys {
	config.Now = p.now
	k := New(config)
	k.client.Transport = p.client.Transport
	return k
}

func (p *provider) set(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
}

func (p *provider) now() (at time.Time) {
	p.set(func() { at = p.at })
	return at
}

func (p *provider) pass(d time.Duration) { p.set(func() { p.at = p.at.Add(d) }) }

func (p *provider) times() (n int) {
	p.set(func() { n = p.asked })
	return n
}

// awaits uses a key, which is known, until the provider was asked so often and what it said has been heard.
func (p *provider) awaits(t *testing.T, k *Keys, kid string, times int) {
	t.Helper()
	fixture.Succeeds(t, "the provider is asked", func() error {
		if _, err := k.Find(t.Context(), p.url, kid, "ES256"); err != nil {
			t.Fatal(err)
		}
		if p.times() == times && k.state(p.url).asked.Equal(p.now()) {
			return nil
		}
		return fmt.Errorf("asked %d times, last at %s; want %d, %s", p.times(), k.state(p.url).asked, times, p.now())
	})
}

// passes checks that a key is found before the provider, which is held, has answered.
func (p *provider) passes(t *testing.T, k *Keys, kid string) {
	t.Helper()
	if _, err := k.Find(t.Context(), p.url, kid, "ES256"); err != nil || k.state(p.url).asked.Equal(p.now()) {
		t.Fatalf("%v, or somebody waited", err)
	}
}

func ec(t *testing.T, curve elliptic.Curve) crypto.PublicKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key.Public()
}

func named(key any, kid string) jose.JSONWebKey { return jose.JSONWebKey{Key: key, KeyID: kid} }

// finds checks that the key is found, or why it is not, and how often the provider has been asked then.
func finds(t *testing.T, k *Keys, p *provider, kid string, want error, times int) {
	t.Helper()
	set, err := k.Find(t.Context(), p.url, kid, "ES256")
	if !errors.Is(err, want) || (len(set.Keys) == 1) != (want == nil) || p.times() != times {
		t.Errorf("key %q: %d keys, %v, asked %d times; want %v, %d", kid, len(set.Keys), err, p.times(), want, times)
	}
}

// Strangers who name keys do not make an issuer be asked more than once in a pause, and one that does not answer is asked
// again after 10 seconds.
func TestIssuerIsAskedSeldom(t *testing.T) {
	t.Parallel()
	one, two := named(ec(t, elliptic.P256()), "one"), named(ec(t, elliptic.P256()), "two")
	p := newProvider(t, one, map[string]string{"kty": "future"}, named([]byte("secret"), "one"))
	k := p.asker(Config{Pause: time.Minute})
	finds(t, k, p, "one", nil, 1)
	finds(t, k, p, "one", nil, 1)
	finds(t, k, p, "", nil, 1)
	finds(t, k, p, "two", ErrNoKey, 1)
	p.pass(59 * time.Second)
	finds(t, k, p, "two", ErrNoKey, 1)
	p.set(func() { p.keys = []any{two} }) // it rotates
	p.pass(time.Second)
	finds(t, k, p, "two", nil, 2)
	finds(t, k, p, "one", ErrNoKey, 2)
	p.set(func() { p.down = true })
	p.pass(time.Minute)
	finds(t, k, p, "three", ErrUnavailable, 3)
	p.pass(10*time.Second - 1)
	finds(t, k, p, "three", ErrUnavailable, 3)
	p.pass(1)
	finds(t, k, p, "three", ErrUnavailable, 4)
}

// Who has a key waits for no answer, whether the keys are only old or the issuer was away a moment ago.
func TestNobodyWaits(t *testing.T) {
	t.Parallel()
	p := newProvider(t, named(ec(t, elliptic.P256()), "one"))
	k := p.asker(Config{})
	finds(t, k, p, "one", nil, 1)
	p.pass(old - 1)
	finds(t, k, p, "one", nil, 1)
	hold := make(chan struct{})
	p.set(func() { p.hold, p.down = hold, true })
	p.pass(1)
	for range 100 {
		p.passes(t, k, "one")
	}
	close(hold)
	p.awaits(t, k, "one", 2)
	for range 140 { // 70 minutes of use without the issuer
		p.pass(askedLately / 2)
		p.awaits(t, k, "one", p.times()+1)
	}
	hold = make(chan struct{})
	defer close(hold)
	p.set(func() { p.hold = hold })
	p.pass(retry)
	p.passes(t, k, "one")
}

// Keys do not come in the clear, where anybody on the way could change them, though their issuer says so.
func TestKeysInTheClear(t *testing.T) {
	t.Parallel()
	address, hits := trap(t, http.NotFoundHandler())
	p := newProvider(t, named(ec(t, elliptic.P256()), "one"))
	p.where = "http://" + address + "/keys"
	finds(t, p.asker(Config{}), p, "one", ErrUnavailable, 1)
	if hits.Load() != 0 {
		t.Errorf("%d connections", hits.Load())
	}
}

// Keys that nobody used for an hour are read again before they count, those that were taken back do not then, and those of
// an issuer that is away count for a day.
func TestStaleKeys(t *testing.T) {
	t.Parallel()
	one, two := named(ec(t, elliptic.P256()), "one"), named(ec(t, elliptic.P256()), "two")
	p := newProvider(t, one)
	k := p.asker(Config{})
	finds(t, k, p, "one", nil, 1)
	p.set(func() { p.keys = []any{two} })
	p.pass(stale)
	finds(t, k, p, "one", ErrNoKey, 2)
	finds(t, k, p, "two", nil, 2)
	p.set(func() { p.down = true })
	p.pass(expired - 1)
	finds(t, k, p, "two", nil, 3)
	p.pass(1)
	finds(t, k, p, "two", ErrUnavailable, 3)
	p.pass(retry)
	finds(t, k, p, "two", ErrUnavailable, 4)
	p.set(func() { p.down = false })
	p.pass(retry)
	finds(t, k, p, "two", nil, 5)
}

// However many want a key at once, the issuer is asked once; and who goes away leaves the others their answer.
func TestOneAsks(t *testing.T) {
	t.Parallel()
	p := newProvider(t, named(ec(t, elliptic.P256()), "one"))
	hold := make(chan struct{})
	p.hold = hold
	k := p.asker(Config{})
	ctx, cancel := context.WithCancel(t.Context())
	first := make(chan error)
	go func() {
		_, err := k.Find(ctx, p.url, "one", "ES256")
		first <- err
	}()
	fixture.Eventually(t, "the issuer is asked", func() bool { return p.times() > 0 })
	cancel()
	if err := <-first; !errors.Is(err, context.Canceled) || !errors.Is(err, ErrUnavailable) {
		t.Errorf("who went away: %v", err)
	}
	var wait sync.WaitGroup
	for range 20 {
		wait.Go(func() {
			if _, err := k.Find(t.Context(), p.url, "one", "ES256"); err != nil {
				t.Error(err)
			}
		})
	}
	close(hold)
	wait.Wait()
	if p.times() != 1 {
		t.Errorf("asked %d times", p.times())
	}
}

// A tenant's issuer that shows no key has taken all back; the operator's own is broken, and its known keys go on.
func TestNoKeys(t *testing.T) {
	t.Parallel()
	for own, want := range map[bool]error{true: nil, false: ErrNoKey} {
		p := newProvider(t, named(ec(t, elliptic.P256()), "one"))
		k := p.asker(Config{Own: own})
		finds(t, k, p, "one", nil, 1)
		p.set(func() { p.keys = nil })
		p.pass(stale)
		finds(t, k, p, "one", want, 2)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	k := New(Config{Own: true, Size: 2})
	for _, other := range []string{"a", "b", "c", "d"} { // no URLs
		if _, err := k.Find(t.Context(), other, "", "ES256"); !errors.Is(err, ErrUnavailable) {
			t.Errorf("%s: %v", other, err)
		}
	}
	if _, ok := k.known["d"]; len(k.known) != 2 || !ok {
		t.Errorf("%d issuers are remembered", len(k.known))
	}
}

func TestFits(t *testing.T) {
	t.Parallel()
	modulus := func(bits uint) *rsa.PublicKey {
		return &rsa.PublicKey{N: new(big.Int).Add(new(big.Int).Lsh(big.NewInt(1), bits-1), big.NewInt(1)), E: 65537}
	}
	ed, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	allRSA := []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}
	for name, tc := range map[string]struct {
		key  jose.JSONWebKey
		want []string
	}{
		"RSA":           {named(modulus(2048), ""), allRSA},
		"long RSA":      {named(modulus(8192), ""), allRSA},
		"short RSA":     {named(modulus(2047), ""), nil},
		"too long RSA":  {named(modulus(8193), ""), nil},
		"P-256":         {named(ec(t, elliptic.P256()), ""), []string{"ES256"}},
		"P-384":         {named(ec(t, elliptic.P384()), ""), []string{"ES384"}},
		"P-521":         {named(ec(t, elliptic.P521()), ""), []string{"ES512"}},
		"Ed25519":       {named(ed, ""), []string{"EdDSA"}},
		"secret":        {named([]byte("secret"), ""), nil},
		"to sign":       {jose.JSONWebKey{Key: ed, Use: "sig"}, []string{"EdDSA"}},
		"to encrypt":    {jose.JSONWebKey{Key: ed, Use: "enc"}, nil},
		"PS256 alone":   {jose.JSONWebKey{Key: modulus(2048), Algorithm: "PS256"}, []string{"PS256"}},
		"other's name":  {jose.JSONWebKey{Key: ed, Algorithm: "ES256"}, nil},
		"not a public":  {named(ed25519.NewKeyFromSeed(make([]byte, 32)), ""), nil},
		"HMAC by name":  {jose.JSONWebKey{Key: modulus(2048), Algorithm: "HS256"}, nil},
		"no key at all": {jose.JSONWebKey{}, nil},
	} {
		var got []string
		for _, a := range append(Algorithms(), "HS256", "none", "") {
			s := state{keys: slices.DeleteFunc([]jose.JSONWebKey{tc.key}, func(k jose.JSONWebKey) bool { return !usable(k) })}
			if len(s.find("", a).Keys) > 0 {
				got = append(got, a)
			}
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
