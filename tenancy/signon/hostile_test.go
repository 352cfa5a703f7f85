package signon_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"

	"github.com/askspoke/spoke/tenancy/signon"
)

// hostile is a provider that does what a test says.
type hostile struct {
	url string
	key *rsa.PrivateKey

	mu        sync.Mutex
	document  map[string]any                    // changes of its configuration
	token     func(claims jwt.MapClaims) string // makes the ID token
	userInfo  string
	discovery http.HandlerFunc // answers for the configuration when set
	asked     []url.Values     // of the token endpoint
}

func newHostile(t *testing.T) *hostile {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	h := &hostile{key: key, document: map[string]any{}}
	h.token = func(c jwt.MapClaims) string { return h.sign(t, jwt.SigningMethodRS256, key, c) }
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, r *http.Request) {
		if h.discovery != nil {
			h.discovery(w, r)
			return
		}
		document := map[string]any{
			"issuer": h.url, "authorization_endpoint": h.url + "/authorize", "token_endpoint": h.url + "/token", "jwks_uri": h.url + "/keys",
			"id_token_signing_alg_values_supported": []string{"none", "HS256", "RS256"},
		}
		for name, value := range h.document {
			document[name] = value
		}
		json.NewEncoder(w).Encode(document)
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &key.PublicKey, KeyID: "one", Use: "sig"}}})
	})
	mux.HandleFunc("/userinfo", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(h.userInfo)) })
	mux.HandleFunc("/token", func(w http.ResponseWriter, r *http.Request) {
		r.ParseForm()
		h.mu.Lock()
		defer h.mu.Unlock()
		h.asked = append(h.asked, r.Form)
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(map[string]any{"access_token": "a", "token_type": "Bearer", "expires_in": 60, "id_token": h.token(nil)})
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	h.url = server.URL
	return h
}

// sign returns a JWT with the key's id.
func (h *hostile) sign(t *testing.T, method jwt.SigningMethod, key any, c jwt.MapClaims) string {
	t.Helper()
	token := jwt.NewWithClaims(method, c)
	token.Header["kid"] = "one"
	text, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// good are the claims of a person who may come in, at a time and for a sign-in.
func (h *hostile) good(now time.Time, f signon.Flow) jwt.MapClaims {
	return jwt.MapClaims{
		"iss": h.url, "aud": "spoke", "sub": "ada-1", "nonce": f.Nonce, "exp": now.Add(5 * time.Minute).Unix(), "iat": now.Unix(),
		"email": "ada@acme.com", "email_verified": true, "name": "Ada",
	}
}

// finish has the provider answer a sign-in with a token that has these claims changed; nil takes one away.
func (h *hostile) finish(t *testing.T, w world, c signon.Connection, changes map[string]any, make func(jwt.MapClaims) string) (signon.Person, error) {
	t.Helper()
	f := w.begin(t, c)
	claims := h.good(w.clock.Now(), f)
	for name, value := range changes {
		if value == nil {
			delete(claims, name)
		} else {
			claims[name] = value
		}
	}
	h.token = func(jwt.MapClaims) string {
		if make != nil {
			return make(claims)
		}
		return h.sign(t, jwt.SigningMethodRS256, h.key, claims)
	}
	return w.Finish(t.Context(), c, f, url.Values{"state": {f.State}, "code": {"c"}})
}

// Claims that are another's, too old, incomplete or of another form are refused, each for what it is.
func TestHostileClaims(t *testing.T) {
	t.Parallel()
	w, h := newWorld(t), newHostile(t)
	c := w.connect(t, settings(h.url), secret)
	now := w.clock.Now()
	for name, tc := range map[string]struct {
		changes map[string]any
		want    signon.Reason // "": let in
	}{
		"good":                  {nil, ""},
		"within leeway":         {map[string]any{"exp": now.Add(-50 * time.Second).Unix()}, ""},
		"several audiences":     {map[string]any{"aud": []string{"other", "spoke"}, "azp": "spoke"}, ""},
		"nonce":                 {map[string]any{"nonce": "another"}, signon.ReasonNonce},
		"no nonce":              {map[string]any{"nonce": nil}, signon.ReasonNonce},
		"empty nonce":           {map[string]any{"nonce": ""}, signon.ReasonNonce},
		"issuer":                {map[string]any{"iss": "https://accounts.google.com"}, signon.ReasonIssuer},
		"no issuer":             {map[string]any{"iss": nil}, signon.ReasonIssuer},
		"issuer with slash":     {map[string]any{"iss": h.url + "/"}, signon.ReasonIssuer},
		"audience":              {map[string]any{"aud": "another"}, signon.ReasonAudience},
		"no audience":           {map[string]any{"aud": nil}, signon.ReasonAudience},
		"another party":         {map[string]any{"azp": "another"}, signon.ReasonAudience},
		"audiences, no party":   {map[string]any{"aud": []string{"other", "spoke"}}, signon.ReasonAudience},
		"expired":               {map[string]any{"exp": now.Add(-2 * time.Minute).Unix()}, signon.ReasonTime},
		"never expires":         {map[string]any{"exp": nil}, signon.ReasonTime},
		"no subject":            {map[string]any{"sub": nil}, signon.ReasonMalformed},
		"a long subject":        {map[string]any{"sub": strings.Repeat("x", 300)}, signon.ReasonMalformed},
		"subject of two lines":  {map[string]any{"sub": "a\nb"}, signon.ReasonMalformed},
		"no address":            {map[string]any{"email": nil}, signon.ReasonNoEmail},
		"a list of addresses":   {map[string]any{"email": []string{"ada@acme.com"}}, signon.ReasonNoEmail},
		"an address with lines": {map[string]any{"email": "ada@acme.com\r\nBcc: eve@evil.com"}, signon.ReasonNoEmail},
		"an address with name":  {map[string]any{"email": "Eve <ada@acme.com>"}, signon.ReasonNoEmail},
		"two addresses":         {map[string]any{"email": "ada@acme.com, eve@evil.com"}, signon.ReasonNoEmail},
		"not verified":          {map[string]any{"email_verified": "no"}, signon.ReasonUnverified},
		"verified by a list":    {map[string]any{"email_verified": []bool{true}}, signon.ReasonUnverified},
	} {
		got, err := h.finish(t, w, c, tc.changes, nil)
		if tc.want != "" {
			if refused(t, err, tc.want); err == nil {
				t.Errorf("%s: %v", name, got)
			}
		} else if err != nil || got.Email != "ada@acme.com" {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

// A token that the provider's key has not signed is worth nothing, however it says that it is.
func TestHostileSignatures(t *testing.T) {
	t.Parallel()
	w, h := newWorld(t), newHostile(t)
	c := w.connect(t, settings(h.url), secret)
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&h.key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	part := func(v any) string {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(text)
	}
	signed := func(claims jwt.MapClaims) string { return h.sign(t, jwt.SigningMethodRS256, h.key, claims) }
	for name, tc := range map[string]struct {
		make func(jwt.MapClaims) string
		want signon.Reason
	}{
		"alg none": {func(c jwt.MapClaims) string {
			return h.sign(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, c)
		}, signon.ReasonSignature},
		"alg None":                      {func(c jwt.MapClaims) string { return part(map[string]string{"alg": "None"}) + "." + part(c) + "." }, signon.ReasonSignature},
		"the client secret as HMAC key": {func(c jwt.MapClaims) string { return h.sign(t, jwt.SigningMethodHS256, []byte(secret), c) }, signon.ReasonSignature},
		"the public key as HMAC key":    {func(c jwt.MapClaims) string { return h.sign(t, jwt.SigningMethodHS256, der, c) }, signon.ReasonSignature},
		"another key":                   {func(c jwt.MapClaims) string { return h.sign(t, jwt.SigningMethodRS256, other, c) }, signon.ReasonSignature},
		"its own key in the header": {func(c jwt.MapClaims) string {
			token := jwt.NewWithClaims(jwt.SigningMethodRS256, c)
			token.Header["jwk"] = jose.JSONWebKey{Key: &other.PublicKey, KeyID: "one"}
			text, err := token.SignedString(other)
			if err != nil {
				t.Fatal(err)
			}
			return text
		}, signon.ReasonSignature},
		"other claims under the signature": {func(c jwt.MapClaims) string {
			parts := strings.Split(signed(c), ".")
			c["email"] = "ceo@acme.com"
			return parts[0] + "." + part(c) + "." + parts[2]
		}, signon.ReasonSignature},
		"two tokens":    {func(c jwt.MapClaims) string { return signed(c) + "." + signed(c) }, signon.ReasonSignature},
		"no token":      {func(jwt.MapClaims) string { return "" }, signon.ReasonMalformed},
		"a large token": {func(c jwt.MapClaims) string { c["x"] = strings.Repeat("x", 70<<10); return signed(c) }, signon.ReasonMalformed},
		"text":          {func(jwt.MapClaims) string { return "hello" }, signon.ReasonSignature},
	} {
		got, err := h.finish(t, w, c, nil, tc.make)
		if refused(t, err, tc.want); err == nil {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// What the UserInfo endpoint says counts for the person of the token alone, and not above the token.
func TestHostileUserInfo(t *testing.T) {
	t.Parallel()
	w, h := newWorld(t), newHostile(t)
	h.document["userinfo_endpoint"] = h.url + "/userinfo"
	c := w.connect(t, settings(h.url), secret)
	for said, want := range map[string]signon.Reason{
		`{"sub":"ada-1","email":"ada@acme.com","email_verified":true}`: "",
		`{"sub":"eve-1","email":"ada@acme.com","email_verified":true}`: signon.ReasonMalformed,
		`{"email":"ada@acme.com","email_verified":true}`:               signon.ReasonMalformed,
		`{"sub":"ada-1"}`: signon.ReasonNoEmail,
		`<html>`:          signon.ReasonUnavailable,
	} {
		h.userInfo = said
		got, err := h.finish(t, w, c, map[string]any{"email": nil, "email_verified": nil}, nil)
		if want != "" {
			refused(t, err, want)
		} else if err != nil || got.Email != "ada@acme.com" {
			t.Errorf("%s: %v, %v", said, got, err)
		}
	}
	h.userInfo = `{"sub":"ada-1","email":"eve@acme.com","email_verified":true}`
	_, err := h.finish(t, w, c, map[string]any{"email_verified": nil}, nil)
	refused(t, err, signon.ReasonUnverified)
	h.userInfo = `{"sub":"ada-1","email":"\u017fam@acme.com","email_verified":true}` // the long s, whose capital is S as well
	_, err = h.finish(t, w, c, map[string]any{"email": "sam@acme.com", "email_verified": nil}, nil)
	refused(t, err, signon.ReasonUnverified)
	h.userInfo = `{"sub":"ada-1","email":"ada@acme.com","email_verified":true}`
	_, err = h.finish(t, w, c, map[string]any{"email": nil, "email_verified": false}, nil)
	refused(t, err, signon.ReasonUnverified)
}

// What a provider says of itself does not lead us into our own network, into the clear, or into trouble.
func TestHostileDiscovery(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("something inside was asked") }))
	t.Cleanup(inside.Close)
	done := make(chan struct{})
	t.Cleanup(func() { close(done) })
	for name, tc := range map[string]struct {
		document  map[string]any
		discovery http.HandlerFunc
		want      signon.Reason
	}{
		"another issuer":  {map[string]any{"issuer": "https://evil.example.com"}, nil, signon.ReasonIssuer},
		"no issuer":       {map[string]any{"issuer": ""}, nil, signon.ReasonIssuer},
		"tokens in clear": {map[string]any{"token_endpoint": "http://login.example.com/token"}, nil, signon.ReasonProvider},
		"keys in clear":   {map[string]any{"jwks_uri": "http://login.example.com/keys"}, nil, signon.ReasonProvider},
		"a file":          {map[string]any{"jwks_uri": "file:///etc/passwd"}, nil, signon.ReasonProvider},
		"a script":        {map[string]any{"authorization_endpoint": "javascript:alert(1)"}, nil, signon.ReasonProvider},
		"nothing":         {map[string]any{"authorization_endpoint": ""}, nil, signon.ReasonProvider},
		"numbers":         {map[string]any{"token_endpoint": 1}, nil, signon.ReasonProvider},
		"a redirect":      {nil, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, inside.URL, http.StatusFound) }, signon.ReasonUnavailable},
		"10 MB":           {nil, func(w http.ResponseWriter, _ *http.Request) { w.Write(make([]byte, 10<<20)) }, signon.ReasonProvider},
		"a page":          {nil, func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("<html>")) }, signon.ReasonProvider},
		"an error":        {nil, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }, signon.ReasonUnavailable},
		"silence": {nil, func(_ http.ResponseWriter, r *http.Request) {
			select {
			case <-done:
			case <-r.Context().Done():
			}
		}, signon.ReasonUnavailable},
	} {
		h := newHostile(t)
		for field, value := range tc.document {
			h.document[field] = value
		}
		h.discovery = tc.discovery
		_, err := w.Begin(t.Context(), w.connect(t, settings(h.url), secret), callback)
		if r := refused(t, err, tc.want); strings.Contains(r.Detail, "127.0.0.1") && tc.want != signon.ReasonUnavailable && tc.want != signon.ReasonIssuer {
			t.Errorf("%s: detail %q", name, r.Detail)
		}
	}
}

// Tenants cannot have us ask what only we can reach.
func TestNoRequestForgery(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inside := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("something inside was asked") }))
	t.Cleanup(inside.Close)
	_, port, _ := strings.Cut(strings.TrimPrefix(inside.URL, "https://"), ":")
	strict := w.strict(t)
	for _, issuer := range []string{"http://login.example.com", "https://127.0.0.1:" + port, "https://localhost:" + port, "https://10.0.0.1", "https://[::1]:" + port} {
		_, err := strict.CheckOIDC(settings(issuer))
		configError(t, err, "issuer")
	}
	// A name that leads inside is found when it is asked.
	c := w.connect(t, settings("https://127.0.0.1:"+port), secret)
	_, err := strict.Begin(t.Context(), c, callback)
	if r := refused(t, err, signon.ReasonUnavailable); !strings.Contains(r.Detail, "public address") {
		t.Errorf("detail %q", r.Detail)
	}
}

// An answer must name the provider where the provider says that it does (RFC 9207).
func TestNamedAnswers(t *testing.T) {
	t.Parallel()
	w, h := newWorld(t), newHostile(t)
	h.document["authorization_response_iss_parameter_supported"] = true
	c := w.connect(t, settings(h.url), secret)
	for iss, want := range map[string]signon.Reason{"": signon.ReasonIssuer, "https://evil.example.com": signon.ReasonIssuer, h.url: signon.ReasonNonce} {
		f := w.begin(t, c)
		h.token = func(jwt.MapClaims) string {
			return h.sign(t, jwt.SigningMethodRS256, h.key, h.good(w.clock.Now(), signon.Flow{}))
		}
		_, err := w.Finish(t.Context(), c, f, with(url.Values{"state": {f.State}, "code": {"c"}}, "iss", iss))
		refused(t, err, want) // the nonce is what is left to be wrong
	}
	if len(h.asked) != 1 {
		t.Errorf("the code went to the provider %d times", len(h.asked))
	}
}
