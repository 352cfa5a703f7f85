package operator_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/tenancy/operator"
)

// provider is an OpenID provider on this machine.
type provider struct {
	*httptest.Server
	mu     sync.Mutex
	keys   []jose.JSONWebKey
	issuer string // that it says it is; "": its own
	status int    // that it answers; 0: 200
	asked  int    // for its keys
}

func newProvider(t *testing.T) *provider {
	t.Helper()
	p := &provider{}
	mux := http.NewServeMux()
	answer := func(w http.ResponseWriter, body any) {
		if p.status != 0 {
			w.WriteHeader(p.status)
			return
		}
		json.NewEncoder(w).Encode(body)
	}
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		issuer := p.issuer
		if issuer == "" {
			issuer = p.URL
		}
		answer(w, map[string]string{"issuer": issuer, "jwks_uri": p.URL + "/keys"})
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.asked++
		answer(w, jose.JSONWebKeySet{Keys: p.keys})
	})
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

func (p *provider) set(change func(*provider)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(p)
}

// requests returns how often the provider was asked for its keys.
func (p *provider) requests() (n int) {
	p.set(func(p *provider) { n = p.asked })
	return n
}

func (p *provider) publish(kid string, public crypto.PublicKey) {
	p.set(func(p *provider) { p.keys = append(p.keys, jose.JSONWebKey{Key: public, KeyID: kid, Use: "sig"}) })
}

func ecKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// sign returns a JWT.
func sign(t *testing.T, method jwt.SigningMethod, key any, kid string, claims jwt.MapClaims) string {
	t.Helper()
	j := jwt.NewWithClaims(method, claims)
	if kid != "" {
		j.Header["kid"] = kid
	}
	text, err := j.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

const audience = "https://api.askspoke.com"

// good are claims that are accepted at a time.
func (p *provider) good(at time.Time) jwt.MapClaims {
	return jwt.MapClaims{
		"iss": p.URL, "aud": audience, "sub": "u-1", "name": "Ada", "iat": at.Unix(), "exp": at.Add(time.Hour).Unix(),
		"roles": []string{"unrelated", "spoke:read", "spoke:manage"},
	}
}

func newOIDC(t *testing.T, p *provider, c *fixture.Clock, change func(*operator.OIDCConfig)) *operator.OIDC {
	t.Helper()
	config := operator.OIDCConfig{Issuer: p.URL, Audience: audience, Now: c.Now}
	if change != nil {
		change(&config)
	}
	o, err := operator.NewOIDC(config)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestJWTIsVerified(t *testing.T) {
	t.Parallel()
	p, c, key := newProvider(t), fixture.NewClock(), ecKey(t)
	p.publish("one", key.Public())
	o := newOIDC(t, p, c, nil)
	got, err := o.Verify(t.Context(), sign(t, jwt.SigningMethodES256, key, "one", p.good(c.Now())))
	if err != nil {
		t.Fatal(err)
	}
	want := operator.Identity{Actor: "oidc:u-1", Name: "Ada", Role: operator.Manage, ExpiresAt: c.Now().Add(time.Hour)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, err := o.Verify(t.Context(), sign(t, jwt.SigningMethodES256, key, "", p.good(c.Now()))); err != nil {
		t.Errorf("without the key's id: %v", err)
	}
	if p.requests() != 1 {
		t.Errorf("the provider was asked %d times", p.requests())
	}
}

func TestJWTRoles(t *testing.T) {
	t.Parallel()
	p, c, key := newProvider(t), fixture.NewClock(), ecKey(t)
	p.publish("one", key.Public())
	for name, tc := range map[string]struct {
		claim string
		roles map[string]operator.Role
		has   map[string]any
		want  operator.Role
	}{
		"default":       {"", nil, map[string]any{"roles": []string{"spoke:admin"}}, operator.Admin},
		"scope":         {"scope", nil, map[string]any{"scope": "openid spoke:read"}, operator.Read},
		"groups":        {"groups", map[string]operator.Role{"4711": operator.Manage}, map[string]any{"groups": []any{"4711", 7, nil}}, operator.Manage},
		"nested":        {"realm_access.roles", nil, map[string]any{"realm_access": map[string]any{"roles": []string{"spoke:read"}}}, operator.Read},
		"namespaced":    {"https://a.com/roles", nil, map[string]any{"https://a.com/roles": "spoke:admin"}, operator.Admin},
		"none":          {"", nil, map[string]any{"roles": []string{}}, ""},
		"of other name": {"", map[string]operator.Role{"boss": operator.Admin}, map[string]any{"roles": "spoke:admin"}, ""},
		"absent":        {"a.b", nil, map[string]any{"roles": "spoke:admin", "a": "spoke:admin"}, ""},
		"a number":      {"", nil, map[string]any{"roles": 3}, ""},
	} {
		o := newOIDC(t, p, c, func(config *operator.OIDCConfig) { config.Claim, config.Roles = tc.claim, tc.roles })
		claims := p.good(c.Now())
		delete(claims, "roles")
		maps.Copy(claims, tc.has)
		got, err := o.Verify(t.Context(), sign(t, jwt.SigningMethodES256, key, "one", claims))
		if got.Role != tc.want || (tc.want == "") != errors.Is(err, operator.ErrNoRole) {
			t.Errorf("%s: %q, %v, want %q", name, got.Role, err, tc.want)
		}
	}
}

func TestJWTIsRejected(t *testing.T) {
	t.Parallel()
	p, c, key, other := newProvider(t), fixture.NewClock(), ecKey(t), ecKey(t)
	p.publish("one", key.Public())
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p.publish("rsa", rsaKey.Public())
	public, err := json.Marshal(jose.JSONWebKey{Key: key.Public()})
	if err != nil {
		t.Fatal(err)
	}
	o := newOIDC(t, p, c, nil)
	with := func(claim string, value any) string {
		claims := p.good(c.Now())
		claims[claim] = value
		if value == nil {
			delete(claims, claim)
		}
		return sign(t, jwt.SigningMethodES256, key, "one", claims)
	}
	now := c.Now()
	for name, tc := range map[string]struct {
		text string
		want error
	}{
		"expired":          {with("exp", now.Add(-31*time.Second).Unix()), operator.ErrExpired},
		"without end":      {with("exp", nil), operator.ErrRejected},
		"not yet valid":    {with("nbf", now.Add(31*time.Second).Unix()), operator.ErrRejected},
		"of tomorrow":      {with("iat", now.Add(time.Hour).Unix()), operator.ErrRejected},
		"other issuer":     {with("iss", "https://login.example.com"), operator.ErrRejected},
		"other audience":   {with("aud", []string{"a", "b"}), operator.ErrRejected},
		"no audience":      {with("aud", nil), operator.ErrRejected},
		"no subject":       {with("sub", nil), operator.ErrRejected},
		"subject no text":  {with("sub", "a\nb"), operator.ErrRejected},
		"other signer":     {sign(t, jwt.SigningMethodES256, other, "one", p.good(now)), operator.ErrRejected},
		"unknown key":      {sign(t, jwt.SigningMethodES256, other, "two", p.good(now)), operator.ErrUnknown},
		"none":             {sign(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, "one", p.good(now)), operator.ErrRejected},
		"HMAC of a public": {sign(t, jwt.SigningMethodHS256, public, "one", p.good(now)), operator.ErrRejected},
		"RSA with EC key":  {sign(t, jwt.SigningMethodRS256, rsaKey, "one", p.good(now)), operator.ErrRejected},
		"malformed":        {"a.b", operator.ErrMalformed},
		"long":             {string(make([]byte, 20_000)), operator.ErrMalformed},
	} {
		if _, err := o.Verify(t.Context(), tc.text); !errors.Is(err, tc.want) || !errors.Is(err, operator.ErrRejected) {
			t.Errorf("%s: %v, want %v", name, err, tc.want)
		}
	}
	for name, text := range map[string]string{
		"within the leeway":     with("exp", now.Add(-29*time.Second).Unix()),
		"nearly valid":          with("nbf", now.Add(29*time.Second).Unix()),
		"one of many audiences": with("aud", []string{"a", audience}),
		"RSA":                   sign(t, jwt.SigningMethodRS256, rsaKey, "rsa", p.good(now)),
		"RSA-PSS":               sign(t, jwt.SigningMethodPS512, rsaKey, "rsa", p.good(now)),
	} {
		if _, err := o.Verify(t.Context(), text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A new key is known as soon as it is used, but for a pause that bounds how often the provider is asked; one that was
// taken back is refused when the keys have been read anew.
func TestJWTKeysRotate(t *testing.T) {
	t.Parallel()
	p, c, one, two := newProvider(t), fixture.NewClock(), ecKey(t), ecKey(t)
	p.publish("one", one.Public())
	o := newOIDC(t, p, c, nil)
	verify := func(key *ecdsa.PrivateKey, kid string) error {
		_, err := o.Verify(t.Context(), sign(t, jwt.SigningMethodES256, key, kid, p.good(c.Now())))
		return err
	}
	if err := verify(one, "one"); err != nil {
		t.Fatal(err)
	}
	p.set(func(p *provider) { p.keys = nil })
	p.publish("two", two.Public())
	for range 20 {
		if err := verify(two, "two"); !errors.Is(err, operator.ErrUnknown) {
			t.Fatalf("during the pause: %v", err)
		}
	}
	if p.requests() != 1 {
		t.Errorf("asked %d times", p.requests())
	}
	c.Pass(10 * time.Second)
	if err := verify(two, "two"); err != nil {
		t.Errorf("the new key: %v", err)
	}
	if err := verify(one, "one"); !errors.Is(err, operator.ErrUnknown) {
		t.Errorf("the old key: %v", err)
	}
	if p.requests() != 2 {
		t.Errorf("asked %d times", p.requests())
	}
	p.set(func(p *provider) { p.keys = nil })
	p.publish("one", one.Public())
	c.Pass(15 * time.Minute)
	fixture.Eventually(t, "a key that was taken back is good no more", func() bool { return verify(two, "two") != nil }) // read again beside the first
}

// Without the provider, known keys go on, and of others nothing is known: that is no rejection.
func TestJWTWithoutProvider(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*provider){
		"away":           func(p *provider) { p.CloseClientConnections(); p.Listener.Close() },
		"failing":        func(p *provider) { p.set(func(p *provider) { p.status = 500 }) },
		"another issuer": func(p *provider) { p.set(func(p *provider) { p.issuer = "https://login.example.com" }) },
		"no keys":        func(p *provider) { p.set(func(p *provider) { p.keys = nil }) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, c, key, other := newProvider(t), fixture.NewClock(), ecKey(t), ecKey(t)
			p.publish("one", key.Public())
			known, fresh := newOIDC(t, p, c, nil), newOIDC(t, p, c, nil)
			if _, err := known.Verify(t.Context(), sign(t, jwt.SigningMethodES256, key, "one", p.good(c.Now()))); err != nil {
				t.Fatal(err)
			}
			spoil(p)
			c.Pass(time.Hour)
			text := sign(t, jwt.SigningMethodES256, key, "one", p.good(c.Now()))
			for range 2 {
				if _, err := known.Verify(t.Context(), text); err != nil {
					t.Errorf("a known key: %v", err)
				}
				for _, o := range []*operator.OIDC{known, fresh} {
					_, err := o.Verify(t.Context(), sign(t, jwt.SigningMethodES256, other, "two", p.good(c.Now())))
					if !errors.Is(err, operator.ErrProvider) || errors.Is(err, operator.ErrRejected) {
						t.Errorf("an unknown key: %v", err)
					}
				}
			}
		})
	}
}

func TestIssuerIsRefused(t *testing.T) {
	t.Parallel()
	for issuer, ok := range map[string]bool{
		"https://login.example.com": true, "https://login.example.com/tenant/": true, "http://127.0.0.1:9": true, "http://localhost:9": true,
		"": false, "login.example.com": false, "http://login.example.com": false, "https://": false, "https://a.com/?x=1": false,
		"https://user:pass@a.com": false, "https://a.com#x": false, "ftp://127.0.0.1": false,
	} {
		if _, err := operator.NewOIDC(operator.OIDCConfig{Issuer: issuer, Audience: audience}); (err == nil) != ok {
			t.Errorf("%q: %v", issuer, err)
		}
	}
	for name, config := range map[string]operator.OIDCConfig{
		"no audience":  {Issuer: "https://a.com"},
		"unknown role": {Issuer: "https://a.com", Audience: "a", Roles: map[string]operator.Role{"x": "root"}},
	} {
		if _, err := operator.NewOIDC(config); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}
