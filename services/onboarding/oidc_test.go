package onboarding_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/services/onboarding/client"
	"github.com/askspoke/spoke/tenancy/operator"
)

// issuer is the operator's OpenID provider, at a real socket.
type issuer struct {
	*httptest.Server
	mu   sync.Mutex
	keys []jose.JSONWebKey
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	p := &issuer{}
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		json.NewEncoder(w).Encode(map[string]string{"issuer": p.URL, "jwks_uri": p.URL + "/keys"})
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: p.keys})
	})
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

// rotate publishes a new key in the place of all others.
func (p *issuer) rotate(t *testing.T, kid string) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keys = []jose.JSONWebKey{{Key: crypto.PublicKey(&key.PublicKey), KeyID: kid, Use: "sig"}}
	return key
}

func (p *issuer) sign(t *testing.T, key *ecdsa.PrivateKey, kid string, claims jwt.MapClaims) string {
	t.Helper()
	all := jwt.MapClaims{"iss": p.URL, "aud": "spoke", "sub": "ada", "name": "Ada", "exp": time.Now().Add(time.Hour).Unix()}
	for name, value := range claims {
		all[name] = value
	}
	j := jwt.NewWithClaims(jwt.SigningMethodES256, all)
	j.Header["kid"] = kid
	text, err := j.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// A JWT of the operator's own OpenID provider is a credential as good as its roles, also when the provider changes its keys;
// when it cannot be asked, that is no rejection.
func TestJWT(t *testing.T) {
	t.Parallel()
	p := newIssuer(t)
	one := p.rotate(t, "one")
	var w *world
	w = newWorld(t, func(s *setting) {
		oidc, err := operator.NewOIDC(operator.OIDCConfig{
			Issuer: p.URL, Audience: "spoke", Claim: "groups", Roles: map[string]operator.Role{"ops": operator.Manage, "staff": operator.Read},
			Now: func() time.Time { return w.clock.Now() },
		})
		if err != nil {
			t.Fatal(err)
		}
		s.oidc = oidc
	})
	groups := func(names ...string) jwt.MapClaims { return jwt.MapClaims{"groups": names} }
	me, err := w.bearing(t, p.sign(t, one, "one", groups("ops", "staff"))).GetMeWithResponse(t.Context())
	if err != nil || me.JSON200 == nil {
		t.Fatalf("%v, %s", err, me.Body)
	}
	want := &client.Caller{Actor: "oidc:ada", Name: "Ada", Role: client.RoleManage, ExpiresAt: me.JSON200.ExpiresAt}
	if diff := cmp.Diff(want, me.JSON200); diff != "" {
		t.Error(diff)
	}
	status := func(line, credential string) int {
		t.Helper()
		return w.send(t, line, "", "Authorization", "Bearer "+credential).status
	}
	if got := status("DELETE /v1/tenants/nobody", p.sign(t, one, "one", groups("staff"))); got != 403 {
		t.Errorf("a reader deletes: %d", got)
	}
	if got := status("GET /v1/me", p.sign(t, one, "one", groups("guests"))); got != 401 {
		t.Errorf("without a role: %d", got)
	}
	if got := status("GET /v1/me", p.sign(t, one, "one", jwt.MapClaims{"groups": "ops", "aud": "another"})); got != 401 {
		t.Errorf("for another audience: %d", got)
	}
	two := p.rotate(t, "two")
	w.clock.Pass(time.Minute)
	if got := status("GET /v1/me", p.sign(t, two, "two", groups("ops"))); got != 200 {
		t.Errorf("a new key: %d", got)
	}
	if got := status("GET /v1/me", p.sign(t, one, "one", groups("ops"))); got != 401 {
		t.Errorf("the old key: %d", got)
	}
	p.Close()
	w.clock.Pass(time.Minute)
	if got := status("GET /v1/me", p.sign(t, two, "two", groups("ops"))); got != 200 {
		t.Errorf("a known key without the provider: %d", got)
	}
	if got := status("GET /v1/me", p.sign(t, one, "three", groups("ops"))); got != 503 {
		t.Errorf("an unknown key without the provider: %d", got)
	}
	found := w.audited(t, client.ListAuditParams{Actor: pointer("oidc:ada"), Operation: pointer("getMe")})
	if len(found) != 3 {
		t.Errorf("%d audited calls", len(found))
	}
}
