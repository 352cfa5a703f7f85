package gateway_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"github.com/askspoke/spoke/services/gateway"
	"github.com/askspoke/spoke/tenancy/oauth"
)

// publishedKey is the key of a name in a JSON Web Key Set.
func publishedKey(t *testing.T, set string, kid any) any {
	t.Helper()
	var keys jose.JSONWebKeySet
	if err := json.Unmarshal([]byte(set), &keys); err != nil {
		t.Fatal(err)
	}
	name, _ := kid.(string)
	found := keys.Key(name)
	if len(found) != 1 || !found[0].IsPublic() {
		t.Fatalf("key %v is not in %s", kid, set)
	}
	return found[0].Key
}

// issuer is another organization's: it publishes its configuration and keys over HTTP, and signs assertions.
type issuer struct {
	url string

	mu    sync.Mutex
	kid   string
	key   *rsa.PrivateKey
	extra []jose.JSONWebKey
	asked int // for keys
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	i := new(issuer)
	i.rotate(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	i.url = "http://" + listener.Addr().String() + "/tenant/v2.0"
	mux := http.NewServeMux()
	mux.HandleFunc("GET /tenant/v2.0/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		json.NewEncoder(w).Encode(map[string]string{"issuer": i.url, "jwks_uri": strings.TrimSuffix(i.url, "/tenant/v2.0") + "/keys"})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		i.mu.Lock()
		defer i.mu.Unlock()
		i.asked++
		keys := append([]jose.JSONWebKey{{Key: &i.key.PublicKey, KeyID: i.kid, Use: "sig"}}, i.extra...)
		json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: keys})
	})
	server := &http.Server{Handler: mux}
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
	return i
}

// rotate has the issuer sign with another key from now on.
func (i *issuer) rotate(t *testing.T) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.key, i.kid = key, uuid.NewString()
}

// times is how often it was asked for its keys.
func (i *issuer) times() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.asked
}

// claims are those of a good assertion.
func (i *issuer) claims() jwt.MapClaims {
	return jwt.MapClaims{"iss": i.url, "aud": "spoke", "sub": "entra", "exp": time.Now().Add(time.Hour).Unix(), "iat": time.Now().Unix(), "jti": uuid.NewString()}
}

// sign makes an assertion.
func (i *issuer) sign(t *testing.T, claims jwt.MapClaims) string {
	t.Helper()
	i.mu.Lock()
	defer i.mu.Unlock()
	return signed(t, jwt.SigningMethodRS256, i.kid, i.key, claims)
}

func signed(t *testing.T, method jwt.SigningMethod, kid string, key any, claims jwt.MapClaims) string {
	t.Helper()
	unsigned := jwt.NewWithClaims(method, claims)
	unsigned.Header["kid"] = kid
	text, err := unsigned.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// form is a token request with an assertion.
func form(clientID, assertion string) url.Values {
	return url.Values{
		"grant_type": {"client_credentials"}, "client_id": {clientID}, "client_assertion": {assertion},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
	}
}

func (i *issuer) request(t *testing.T, clientID string, claims jwt.MapClaims) url.Values {
	t.Helper()
	return form(clientID, i.sign(t, claims))
}

// Workload identity federation: an assertion of the trusted issuer stands for the client, and nothing that differs from
// it in anything does.
func TestAssertions(t *testing.T) {
	t.Parallel()
	s := start(t, 2)
	trusted, other := newIssuer(t), newIssuer(t)
	c := s.oauthClient(t, 0, oauth.NewClient{})
	trust := oauth.NewTrust{Issuer: trusted.url, Audience: "spoke", Subject: "entra", Algorithms: []string{"RS256", "ES256"}}
	if _, err := s.clients.AddTrust(t.Context(), c.tenant.ID, c.id, trust); err != nil {
		t.Fatal(err)
	}
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	trusted.mu.Lock()
	trusted.extra = []jose.JSONWebKey{
		{Key: &weak.PublicKey, KeyID: "weak", Use: "sig"},
		{Key: &ec.PublicKey, KeyID: "ec"},
		{Key: &ec.PublicKey, KeyID: "enc", Use: "enc"},
		{Key: &ec.PublicKey, KeyID: "es512", Algorithm: "ES512"},
	}
	trusted.mu.Unlock()

	good := c.form(trusted.request(t, c.id, trusted.claims()))
	if good.status != 200 || good.ExpiresIn != 3600 {
		t.Fatalf("%d %s", good.status, good.body)
	}
	c.as(good.AccessToken).send("GET", "/Users", "").is(t, 200)
	with := func(change func(jwt.MapClaims)) jwt.MapClaims {
		claims := trusted.claims()
		change(claims)
		return claims
	}
	set := func(name string, value any) jwt.MapClaims { return with(func(c jwt.MapClaims) { c[name] = value }) }
	without := func(name string) jwt.MapClaims { return with(func(c jwt.MapClaims) { delete(c, name) }) }
	now := time.Now()
	for name, tc := range map[string]struct {
		form   url.Values
		status int
		says   string
	}{
		"several audiences":   {trusted.request(t, c.id, set("aud", []string{"x", "spoke"})), 200, ""},
		"without jti":         {trusted.request(t, c.id, without("jti")), 200, ""},
		"ES256":               {form(c.id, signed(t, jwt.SigningMethodES256, "ec", ec, trusted.claims())), 200, ""},
		"a little late":       {trusted.request(t, c.id, set("exp", now.Add(-30*time.Second).Unix())), 200, ""},
		"expired":             {trusted.request(t, c.id, set("exp", now.Add(-2*time.Minute).Unix())), 401, "not valid now"},
		"for ever":            {trusted.request(t, c.id, without("exp")), 401, "not valid now"},
		"not yet":             {trusted.request(t, c.id, set("nbf", now.Add(5*time.Minute).Unix())), 401, "not valid now"},
		"too long":            {trusted.request(t, c.id, set("exp", now.Add(48*time.Hour).Unix())), 401, "longer than"},
		"another audience":    {trusted.request(t, c.id, set("aud", "Spoke")), 401, "audience"},
		"no audience":         {trusted.request(t, c.id, without("aud")), 401, "audience"},
		"another subject":     {trusted.request(t, c.id, set("sub", "entra2")), 401, "subject"},
		"no subject":          {trusted.request(t, c.id, without("sub")), 401, "subject"},
		"another issuer":      {other.request(t, c.id, other.claims()), 401, "unknown at this host"},
		"its issuer's name":   {other.request(t, c.id, set("iss", trusted.url)), 401, "unknown at this host"},
		"issuer with a slash": {trusted.request(t, c.id, set("iss", trusted.url+"/")), 401, "unknown at this host"},
		"no issuer":           {trusted.request(t, c.id, without("iss")), 401, "unknown at this host"},
		"odd issuer":          {trusted.request(t, c.id, set("iss", 1)), 401, "unknown at this host"},
		"another algorithm":   {form(c.id, signed(t, jwt.SigningMethodRS512, trusted.kid, trusted.key, trusted.claims())), 401, "unknown at this host"},
		"hmac":                {form(c.id, signed(t, jwt.SigningMethodHS256, trusted.kid, []byte("key"), trusted.claims())), 401, "unknown at this host"},
		"none":                {form(c.id, signed(t, jwt.SigningMethodNone, trusted.kid, jwt.UnsafeAllowNoneSignatureType, trusted.claims())), 401, "unknown at this host"},
		"a weak key":          {form(c.id, signed(t, jwt.SigningMethodRS256, "weak", weak, trusted.claims())), 401, "unknown at this host"},
		"a key to encrypt":    {form(c.id, signed(t, jwt.SigningMethodES256, "enc", ec, trusted.claims())), 401, "unknown at this host"},
		"a key for others":    {form(c.id, signed(t, jwt.SigningMethodES256, "es512", ec, trusted.claims())), 401, "unknown at this host"},
		"an unknown key":      {form(c.id, signed(t, jwt.SigningMethodES256, "?", ec, trusted.claims())), 401, "unknown at this host"},
		"no JWT":              {form(c.id, "x.y.z"), 401, "unknown at this host"},
		"our own token":       {form(c.id, good.AccessToken), 401, "unknown at this host"},
		"unknown client":      {trusted.request(t, uuid.NewString(), trusted.claims()), 401, "unknown at this host"},
		"no client":           {trusted.request(t, "", trusted.claims()), 400, "client_id"},
		"too large":           {trusted.request(t, c.id, set("x", strings.Repeat("x", 16<<10))), 401, "unknown at this host"},
	} {
		if tc.form.Get("client_id") == "" {
			tc.form.Del("client_id")
		}
		a := c.form(tc.form)
		if a.status != tc.status || !strings.Contains(a.Description, tc.says) {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	if a := s.client(t, 1).form(trusted.request(t, c.id, trusted.claims())); a.status != 401 {
		t.Errorf("at another tenant: %d %s", a.status, a.body)
	}

	// One that has a jti counts once, also of two at once, and not when the rest of the request was wrong.
	once := trusted.request(t, c.id, trusted.claims())
	once.Set("scope", "admin")
	if a := c.form(once); a.Code != "invalid_scope" {
		t.Errorf("%d %s", a.status, a.body)
	}
	once.Del("scope")
	var wait sync.WaitGroup
	answers := make(chan oauthAnswer, 8)
	for range cap(answers) {
		wait.Go(func() { answers <- c.form(once) })
	}
	wait.Wait()
	close(answers)
	issued := 0
	for a := range answers {
		switch {
		case a.status == 200:
			issued++
		case a.status != 401 || !strings.Contains(a.Description, "used before"):
			t.Errorf("%d %s", a.status, a.body)
		}
	}
	if issued != 1 {
		t.Errorf("one assertion made %d tokens", issued)
	}

	// However often strangers name keys, the issuer was asked once.
	if trusted.times() != 1 || other.times() != 0 {
		t.Errorf("the issuers were asked %d and %d times", trusted.times(), other.times())
	}
}

// An issuer that does not answer is no fault of the client.
func TestIssuerAway(t *testing.T) {
	t.Parallel()
	s := start(t, 1)
	c := s.oauthClient(t, 0, oauth.NewClient{})
	i := newIssuer(t)
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	i.url = "http://" + gone.Addr().String()
	gone.Close()
	if _, err := s.clients.AddTrust(t.Context(), c.tenant.ID, c.id, oauth.NewTrust{Issuer: i.url, Audience: "spoke", Subject: "entra"}); err != nil {
		t.Fatal(err)
	}
	a := c.form(i.request(t, c.id, i.claims()))
	if a.status != 503 || a.Code != "temporarily_unavailable" || a.header.Get("Retry-After") == "" || strings.Contains(a.body, "127.0.0.1") {
		t.Errorf("%d %s", a.status, a.body)
	}
	if c.oauthRequest("GET", gateway.JWKSPath, "").status != 200 {
		t.Error("the keys are not published")
	}
}
