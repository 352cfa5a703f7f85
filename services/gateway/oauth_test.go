package gateway_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/services/gateway"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/oauth"
	"github.com/askspoke/spoke/tenancy/tenantdb"
	"github.com/askspoke/spoke/tenancy/token"
)

// oauthClient is a client of a tenant with one secret.
type oauthClient struct {
	*client
	id, secret, secretID string
}

// oauthClient makes a client for the i-th tenant.
func (s *server) oauthClient(t *testing.T, i int, n oauth.NewClient) *oauthClient {
	t.Helper()
	tenant := s.tenants[i]
	if n.Name == "" {
		n.Name = "Entra"
	}
	made, err := s.clients.CreateClient(t.Context(), tenant.ID, n)
	if err != nil {
		t.Fatal(err)
	}
	secret, added, err := s.clients.AddSecret(t.Context(), tenant.ID, made.ID, oauth.NewSecret{})
	if err != nil {
		t.Fatal(err)
	}
	c := &client{t: t, server: s, tenant: tenant, host: string(tenant.Slug) + "." + domain, tokenID: made.ID}
	return &oauthClient{c, made.ID, secret.Reveal(), added.ID}
}

// httpContext is a client library's way to the server.
func (c *client) httpContext() context.Context {
	return context.WithValue(c.t.Context(), oauth2.HTTPClient, &http.Client{Transport: c.server.http})
}

// library is the configuration of a real client library.
func (c *oauthClient) library(scopes ...string) clientcredentials.Config {
	return clientcredentials.Config{ClientID: c.id, ClientSecret: c.secret, TokenURL: "http://" + c.host + gateway.TokenPath, Scopes: scopes}
}

// fetch gets an access token with the real client library.
func (c *oauthClient) fetch(scopes ...string) *oauth2.Token {
	c.t.Helper()
	config := c.library(scopes...)
	got, err := config.Token(c.httpContext())
	if err != nil {
		c.t.Fatal(err)
	}
	return got
}

// form posts a form to the token endpoint. headers are names and values in turn.
func (c *client) form(values url.Values, headers ...string) oauthAnswer {
	c.t.Helper()
	return c.tokenRequest(http.MethodPost, values.Encode(), append([]string{"Content-Type", "application/x-www-form-urlencoded"}, headers...)...)
}

type oauthAnswer struct {
	status      int
	header      http.Header
	body        string
	Code        string `json:"error"`
	Description string `json:"error_description"`
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int    `json:"expires_in"`
	Scope       string `json:"scope"`
}

func (c *client) tokenRequest(method, body string, headers ...string) oauthAnswer {
	c.t.Helper()
	return c.oauthRequest(method, gateway.TokenPath, body, headers...)
}

// oauthRequest sends a request to an OAuth endpoint and checks what holds for every answer.
func (c *client) oauthRequest(method, path, body string, headers ...string) oauthAnswer {
	c.t.Helper()
	request, err := http.NewRequestWithContext(c.t.Context(), method, "http://"+c.host+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Add(headers[i], headers[i+1])
	}
	response, err := c.server.http.RoundTrip(request)
	if err != nil {
		c.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	a := oauthAnswer{status: response.StatusCode, header: response.Header, body: string(text)}
	if method == http.MethodHead {
		return a
	}
	if err := json.Unmarshal(text, &a); err != nil || response.Header.Get("Content-Type") != "application/json" || response.Header.Get("X-Request-Id") == "" {
		c.t.Errorf("%s %s: %v: %d %v %s", method, path, err, a.status, a.header, text)
	}
	if a.status >= 400 {
		if a.Code == "" || a.Description == "" || strings.ContainsAny(a.Description, "\"\\") || a.header.Get("Cache-Control") != "no-store" {
			c.t.Errorf("this is no OAuth error: %d %v %s", a.status, a.header, text)
		}
		for _, leak := range leaks {
			if leak != "127.0.0.1" && strings.Contains(a.body, leak) {
				c.t.Errorf("an error lets out %q: %s", leak, text)
			}
		}
	}
	return a
}

// A real client library gets a token and uses it, as client_secret_basic and client_secret_post have it.
func TestClientCredentials(t *testing.T) {
	t.Parallel()
	s := start(t, 2)
	c := s.oauthClient(t, 0, oauth.NewClient{TokenLife: 2 * time.Hour})
	for _, style := range []oauth2.AuthStyle{oauth2.AuthStyleInHeader, oauth2.AuthStyleInParams} {
		config := c.library()
		config.AuthStyle = style
		library := config.Client(c.httpContext())
		response, err := library.Get("http://" + c.host + gateway.BasePath + "/Users")
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != http.StatusOK {
			t.Errorf("style %d: status %d", style, response.StatusCode)
		}
	}
	a := c.form(url.Values{"grant_type": {"client_credentials"}, "client_id": {c.id}, "client_secret": {c.secret}, "resource": {"ignored"}, "scope": {""}})
	if a.status != 200 || a.TokenType != "Bearer" || a.ExpiresIn != 7200 || a.Scope != "users groups" || a.header.Get("Cache-Control") != "no-store" || a.header.Get("Pragma") != "no-cache" {
		t.Errorf("%d %v %s", a.status, a.header, a.body)
	}

	// The token is what it says, signed by the key that is published.
	metadata := c.oauthRequest("GET", gateway.MetadataPath, "")
	wantMetadata := `{"issuer":"https://tenant-1.askspoke.test","token_endpoint":"https://tenant-1.askspoke.test/oauth/token",` +
		`"jwks_uri":"https://tenant-1.askspoke.test/oauth/jwks.json","scopes_supported":["users","users:read","groups","groups:read","metrics:read"],"response_types_supported":[],` +
		`"grant_types_supported":["client_credentials"],"token_endpoint_auth_methods_supported":["client_secret_basic","client_secret_post","private_key_jwt"],` +
		`"token_endpoint_auth_signing_alg_values_supported":["RS256","RS384","RS512","PS256","PS384","PS512","ES256","ES384","ES512","EdDSA"]}`
	if diff := cmp.Diff(wantMetadata, metadata.body); diff != "" || metadata.status != 200 || metadata.header.Get("Cache-Control") != "public, max-age=3600" {
		t.Errorf("metadata %d (-want +got):\n%s", metadata.status, diff)
	}
	claims := jwt.MapClaims{}
	parsed, err := jwt.ParseWithClaims(a.AccessToken, claims, func(unverified *jwt.Token) (any, error) {
		return publishedKey(t, c.oauthRequest("GET", gateway.JWKSPath, "").body, unverified.Header["kid"]), nil
	}, jwt.WithValidMethods([]string{"ES256"}), jwt.WithIssuer("https://tenant-1.askspoke.test"), jwt.WithAudience("https://tenant-1.askspoke.test/scim/v2"), jwt.WithExpirationRequired())
	if err != nil {
		t.Fatal(err)
	}
	if parsed.Header["typ"] != "at+jwt" || claims["sub"] != c.id || claims["client_id"] != c.id || claims["tenant_id"] != string(c.tenant.ID) ||
		claims["scope"] != "users groups" || claims["jti"] == "" || claims["credential_id"] != c.secretID {
		t.Errorf("%v %v", parsed.Header, claims)
	}

	// What it changes is journaled as the client's.
	with := c.as(a.AccessToken)
	with.user("ada")
	if rows := s.journal(t, c.tenant); len(rows) != 1 || rows[0].Actor != c.id {
		t.Errorf("journal: %+v", rows)
	}

	// It is nothing at another tenant, and neither is the client.
	other := s.client(t, 1)
	other.as(a.AccessToken).send("GET", "/Users", "").is(t, 401)
	if got := other.form(url.Values{"grant_type": {"client_credentials"}, "client_id": {c.id}, "client_secret": {c.secret}}); got.status != 401 || got.Code != "invalid_client" {
		t.Errorf("at another tenant: %d %s", got.status, got.body)
	}
	if strings.Contains(s.log.String(), c.secret) || strings.Contains(s.log.String(), a.AccessToken) {
		t.Error("the log has a secret or a token")
	}
	if !strings.Contains(s.scrape(t), `spoke_oauth_requests_total{code="401",error="invalid_client",route="/oauth/token"} 1`) {
		t.Error("the metrics do not count the refusal")
	}
	listed, err := s.clients.Client(t.Context(), c.tenant.ID, c.id)
	if err != nil || listed.LastUsedAt.IsZero() || listed.LastUsedFrom != netip.MustParseAddr("127.0.0.1") || listed.Secrets[0].LastUsedAt.IsZero() {
		t.Errorf("%+v, %v", listed, err)
	}
}

// Scopes that are asked for are given or refused; a token never has more than its client has when it is used.
func TestOAuthScopes(t *testing.T) {
	t.Parallel()
	s := start(t, 1)
	c := s.oauthClient(t, 0, oauth.NewClient{Scopes: tenancy.ReadUsers | tenancy.WriteUsers | tenancy.ReadGroups})
	if got := c.fetch().Extra("scope"); got != "users groups:read" {
		t.Errorf("all scopes are %q", got)
	}
	reader := c.as(c.fetch("users:read").AccessToken)
	reader.send("GET", "/Users", "").is(t, 200)
	reader.send("POST", "/Users", `{"userName":"ada"}`).is(t, 403)
	reader.send("GET", "/Groups", "").is(t, 403)
	writer := c.as(c.fetch("users", "groups:read").AccessToken)
	writer.send("POST", "/Users", `{"userName":"ada"}`).is(t, 201)
	writer.send("GET", "/Groups", "").is(t, 200)
	writer.send("POST", "/Groups", `{"displayName":"x"}`).is(t, 403)
	for _, scope := range []string{"groups", "users groups", "admin", "users:write", "https://graph.microsoft.com/.default"} {
		config := c.library(strings.Fields(scope)...)
		_, err := config.Token(c.httpContext())
		var refusal *oauth2.RetrieveError
		if !errors.As(err, &refusal) || refusal.ErrorCode != "invalid_scope" || refusal.Response.StatusCode != http.StatusBadRequest {
			t.Errorf("scope %q: %v", scope, err)
		}
	}
	groups := tenancy.ReadGroups
	if _, err := s.clients.UpdateClient(t.Context(), c.tenant.ID, c.id, 0, oauth.ClientChange{Scopes: &groups}); err != nil {
		t.Fatal(err)
	}
	writer.send("GET", "/Users", "").is(t, 403)
	writer.send("GET", "/Groups", "").is(t, 200)
	reader.send("GET", "/", "").is(t, 403) // nothing is left of it
}

// Each way in which a request for a token is broken has the error of RFC 6749 section 5.2.
func TestBrokenTokenRequests(t *testing.T) {
	t.Parallel()
	s := start(t, 1)
	c := s.oauthClient(t, 0, oauth.NewClient{})
	basic := func(id, secret string) string {
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(id+":"+secret))
	}
	const form, grant = "application/x-www-form-urlencoded", "grant_type=client_credentials"
	id, right := "&client_id="+c.id, "&client_secret="+c.secret
	another := token.NewSecret(token.ForClient).Reveal()
	for name, tc := range map[string]struct {
		method, body string
		headers      []string
		status       int
		code         string
	}{
		"GET":                    {"GET", "", nil, 405, "invalid_request"},
		"PUT":                    {"PUT", grant + id + right, []string{"Content-Type", form}, 405, "invalid_request"},
		"JSON":                   {"POST", `{"grant_type":"client_credentials"}`, []string{"Content-Type", "application/json"}, 400, "invalid_request"},
		"no type":                {"POST", grant + id + right, nil, 400, "invalid_request"},
		"nothing":                {"POST", "", []string{"Content-Type", form}, 400, "invalid_request"},
		"not encoded":            {"POST", grant + "&x=%zz", []string{"Content-Type", form}, 400, "invalid_request"},
		"too large":              {"POST", grant + id + right + "&x=" + strings.Repeat("x", 64<<10), []string{"Content-Type", form}, 413, "invalid_request"},
		"twice the grant":        {"POST", grant + "&" + grant + id + right, []string{"Content-Type", form}, 400, "invalid_request"},
		"twice the secret":       {"POST", grant + id + right + right, []string{"Content-Type", form}, 400, "invalid_request"},
		"twice unknown":          {"POST", grant + id + right + "&x=1&x=1", []string{"Content-Type", form}, 400, "invalid_request"},
		"no grant":               {"POST", id[1:] + right, []string{"Content-Type", form}, 400, "invalid_request"},
		"empty grant":            {"POST", "grant_type=" + id + right, []string{"Content-Type", form}, 400, "invalid_request"},
		"password grant":         {"POST", "grant_type=password" + id + right, []string{"Content-Type", form}, 400, "unsupported_grant_type"},
		"assertion as the grant": {"POST", "grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer" + id + right, []string{"Content-Type", form}, 400, "unsupported_grant_type"},
		"control character":      {"POST", grant + id + "&client_secret=a%00b", []string{"Content-Type", form}, 400, "invalid_request"},
		"no client":              {"POST", grant, []string{"Content-Type", form}, 401, "invalid_client"},
		"no secret":              {"POST", grant + id, []string{"Content-Type", form}, 401, "invalid_client"},
		"no id":                  {"POST", grant + right, []string{"Content-Type", form}, 400, "invalid_request"},
		"malformed id":           {"POST", grant + "&client_id=x" + right, []string{"Content-Type", form}, 401, "invalid_client"},
		"unknown client":         {"POST", grant + "&client_id=" + string(tenancy.NewID()) + right, []string{"Content-Type", form}, 401, "invalid_client"},
		"another secret":         {"POST", grant + id + "&client_secret=" + another, []string{"Content-Type", form}, 401, "invalid_client"},
		"malformed secret":       {"POST", grant + id + "&client_secret=x", []string{"Content-Type", form}, 401, "invalid_client"},
		"basic and form":         {"POST", grant + id + right, []string{"Content-Type", form, "Authorization", basic(c.id, c.secret)}, 400, "invalid_request"},
		"another id in the form": {"POST", grant + "&client_id=x", []string{"Content-Type", form, "Authorization", basic(c.id, c.secret)}, 400, "invalid_request"},
		"basic without a colon":  {"POST", grant, []string{"Content-Type", form, "Authorization", "Basic " + base64.StdEncoding.EncodeToString([]byte(c.id))}, 401, "invalid_client"},
		"basic without base64":   {"POST", grant, []string{"Content-Type", form, "Authorization", "Basic ?"}, 401, "invalid_client"},
		"basic encoded wrongly":  {"POST", grant, []string{"Content-Type", form, "Authorization", basic(c.id, "%zz")}, 401, "invalid_client"},
		"basic twice":            {"POST", grant, []string{"Content-Type", form, "Authorization", basic(c.id, c.secret), "Authorization", basic(c.id, c.secret)}, 401, "invalid_client"},
		"bearer":                 {"POST", grant, []string{"Content-Type", form, "Authorization", "Bearer " + c.secret}, 401, "invalid_client"},
		"basic, wrong":           {"POST", grant, []string{"Content-Type", form, "Authorization", basic(c.id, another)}, 401, "invalid_client"},
		"no assertion":           {"POST", grant + id + "&client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer", []string{"Content-Type", form}, 400, "invalid_request"},
		"saml":                   {"POST", grant + id + "&client_assertion=x&client_assertion_type=urn:ietf:params:oauth:client-assertion-type:saml2-bearer", []string{"Content-Type", form}, 400, "invalid_request"},
		"secret and assertion":   {"POST", grant + id + right + "&client_assertion=x", []string{"Content-Type", form}, 400, "invalid_request"},
	} {
		a := c.tokenRequest(tc.method, tc.body, tc.headers...)
		if a.status != tc.status || a.Code != tc.code || a.AccessToken != "" {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
		if challenge := a.header.Get("WWW-Authenticate"); (challenge != "") != (a.status == 401) {
			t.Errorf("%s: WWW-Authenticate %q", name, challenge)
		}
		if a.status == 405 && a.header.Get("Allow") != "POST" {
			t.Errorf("%s: Allow %q", name, a.header.Get("Allow"))
		}
	}
	// What is right in the midst of it.
	for name, headers := range map[string][]string{
		"basic":      {"Content-Type", form + "; charset=UTF-8", "Authorization", basic(c.id, c.secret)},
		"lower case": {"Content-Type", form, "Authorization", "basic " + basic(c.id, c.secret)[6:]},
	} {
		if a := c.tokenRequest("POST", grant+id, headers...); a.status != 200 {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	for _, path := range [...]string{gateway.JWKSPath, gateway.MetadataPath} {
		if a := c.oauthRequest("POST", path, "", "Content-Type", form); a.status != 405 || a.header.Get("Allow") != "GET, HEAD" {
			t.Errorf("POST %s: %d %v", path, a.status, a.header)
		}
		if a := c.oauthRequest("HEAD", path, ""); a.status != 200 {
			t.Errorf("HEAD %s: %d", path, a.status)
		}
	}
	nowhere := *c.client
	nowhere.host = "nobody." + domain
	for _, path := range [...]string{gateway.TokenPath, gateway.JWKSPath, gateway.MetadataPath} {
		if a := nowhere.oauthRequest("GET", path, ""); a.status != 404 {
			t.Errorf("%s at no tenant: %d %s", path, a.status, a.body)
		}
	}
}

// What looks like an access token and is none is 401, in the words of any wrong token.
func TestForgedAccessTokens(t *testing.T) {
	t.Parallel()
	s := start(t, 1)
	c := s.oauthClient(t, 0, oauth.NewClient{})
	right := c.fetch().AccessToken
	parts := strings.Split(right, ".")
	header := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	var kid struct{ Kid string }
	decoded, err := base64.RawURLEncoding.DecodeString(parts[0])
	if err == nil {
		err = json.Unmarshal(decoded, &kid)
	}
	if err != nil {
		t.Fatal(err)
	}
	want := c.as("spk_x").send("GET", "/Users", "").is(t, 401).body
	for name, text := range map[string]string{
		"none":          header(`{"alg":"none","typ":"at+jwt","kid":"`+kid.Kid+`"}`) + "." + parts[1] + ".",
		"hmac":          header(`{"alg":"HS256","typ":"at+jwt","kid":"`+kid.Kid+`"}`) + "." + parts[1] + "." + parts[2],
		"another type":  header(`{"alg":"ES256","typ":"JWT","kid":"`+kid.Kid+`"}`) + "." + parts[1] + "." + parts[2],
		"unknown key":   header(`{"alg":"ES256","typ":"at+jwt","kid":"`+string(tenancy.NewID())+`"}`) + "." + parts[1] + "." + parts[2],
		"odd key":       header(`{"alg":"ES256","typ":"at+jwt","kid":["x"]}`) + "." + parts[1] + "." + parts[2],
		"no key":        header(`{"alg":"ES256","typ":"at+jwt"}`) + "." + parts[1] + "." + parts[2],
		"no signature":  parts[0] + "." + parts[1] + ".",
		"other claims":  parts[0] + "." + header(`{"exp":99999999999}`) + "." + parts[2],
		"dots":          "..",
		"no base64":     "?.?.?",
		"too long":      right + strings.Repeat("A", 8000),
		"a client's":    c.secret,
		"another's key": parts[0] + "." + parts[1] + "." + strings.Repeat("A", 86),
	} {
		if got := c.as(text).send("GET", "/Users", "").is(t, 401); !cmp.Equal(want, got.body) {
			t.Errorf("%s: %s", name, got)
		}
	}
	c.as(right).send("GET", "/Users", "").is(t, 200)
}

// A second gateway, which remembers the client, hears within a second of each way to end it.
func TestRevocationReachesReplicas(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 1)
	d := directory.New(db, &journal.Recorder{DB: db})
	here := serve(t, db, tenants, db, d)
	there := serveUnder(t, here.key, db, tenants, pgtest.Open(t, pgtest.Address(t, db), tenantdb.Options{}), d)
	issuer := newIssuer(t)
	least := patience // of the times that they took: the machine may stall for once
	for name, end := range map[string]func(*oauthClient, string) error{
		"client": func(c *oauthClient, _ string) error { return here.clients.RevokeClient(t.Context(), c.tenant.ID, c.id) },
		"secret": func(c *oauthClient, _ string) error {
			return here.clients.RevokeSecret(t.Context(), c.tenant.ID, c.id, c.secretID)
		},
		"trust": func(c *oauthClient, trust string) error {
			return here.clients.RevokeTrust(t.Context(), c.tenant.ID, c.id, trust)
		},
	} {
		c := here.oauthClient(t, 0, oauth.NewClient{})
		trust, err := here.clients.AddTrust(t.Context(), c.tenant.ID, c.id, oauth.NewTrust{Issuer: issuer.url, Audience: "spoke", Subject: "entra"})
		if err != nil {
			t.Fatal(err)
		}
		bySecret := c.fetch().AccessToken
		byAssertion := c.form(issuer.request(t, c.id, issuer.claims())).AccessToken
		away := *c.client
		away.server = there
		for _, text := range []string{bySecret, byAssertion} { // issued here, used there
			away.as(text).send("GET", "/Users", "").is(t, 200)
		}
		begun := time.Now()
		if err := end(c, trust.ID); err != nil {
			t.Fatal(err)
		}
		ended := map[string]bool{bySecret: name != "trust", byAssertion: name != "secret"}
		for text, gone := range ended {
			if !gone {
				away.as(text).send("GET", "/Users", "").is(t, 200)
				continue
			}
			fixture.Eventually(t, "the revocation of the "+name, func() bool { return away.as(text).send("GET", "/Users", "").status == 401 })
		}
		least = min(least, time.Since(begun))
		if name != "trust" {
			if a := c.form(url.Values{"grant_type": {"client_credentials"}, "client_id": {c.id}, "client_secret": {c.secret}}); a.status != 401 || a.Code != "invalid_client" {
				t.Errorf("a token after the end of the %s: %d %s", name, a.status, a.body)
			}
		}
	}
	if least > time.Second {
		t.Errorf("each end took longer than %s to be heard of", least)
	}
}

// A client may be bound to addresses, when it gets tokens and when it uses them.
func TestOAuthAddresses(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 1)
	s := serve(t, db, tenants, db, directory.New(db, &journal.Recorder{DB: db}), func(c *gateway.Config) {
		c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	})
	cidrs, err := token.ParseCIDRs([]string{"203.0.113.0/24", "2001:db8::/32"})
	if err != nil {
		t.Fatal(err)
	}
	c := s.oauthClient(t, 0, oauth.NewClient{CIDRs: cidrs})
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {c.id}, "client_secret": {c.secret}}
	if a := c.form(form, "X-Forwarded-For", "198.51.100.4"); a.status != 400 || a.Code != "unauthorized_client" || !strings.Contains(a.Description, "198.51.100.4") {
		t.Errorf("%d %s", a.status, a.body)
	}
	a := c.form(form, "X-Forwarded-For", "::ffff:203.0.113.4")
	if a.status != 200 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	for from, status := range map[string]int{"203.0.113.4": 200, "2001:db8::1": 200, "198.51.100.4": 403, "2001:db9::1": 403} {
		c.as(a.AccessToken).send("GET", "/Users", "", "X-Forwarded-For", from).is(t, status)
	}
}

// While Postgres is away, what is remembered works, and what is not is 503 in OAuth's words.
func TestOAuthOutage(t *testing.T) {
	t.Parallel()
	s, proxy := behindProxy(t)
	c := s.oauthClient(t, 0, oauth.NewClient{})
	text := c.fetch().AccessToken
	c.as(text).send("GET", "/Schemas", "").is(t, 200)
	cold := s.oauthClient(t, 1, oauth.NewClient{})
	proxy.Away()
	c.as(text).send("GET", "/Schemas", "").is(t, 200)
	for what, a := range map[string]oauthAnswer{
		"token":          c.form(url.Values{"grant_type": {"client_credentials"}, "client_id": {c.id}, "client_secret": {c.secret}}),
		"unknown tenant": cold.form(url.Values{"grant_type": {"client_credentials"}, "client_id": {c.id}, "client_secret": {c.secret}}),
	} {
		if a.status != 503 || a.Code != "temporarily_unavailable" || a.header.Get("Retry-After") == "" {
			t.Errorf("%s: %d %v %s", what, a.status, a.header, a.body)
		}
	}
	proxy.Back()
	fixture.Eventually(t, "tokens are issued again", func() bool {
		return cold.form(url.Values{"grant_type": {"client_credentials"}, "client_id": {cold.id}, "client_secret": {cold.secret}}).status == 200
	})
}

// The state of a tenant is for its clients alone.
func TestOAuthStates(t *testing.T) {
	t.Parallel()
	s := start(t, 1)
	c := s.oauthClient(t, 0, oauth.NewClient{})
	right := url.Values{"grant_type": {"client_credentials"}, "client_id": {c.id}, "client_secret": {c.secret}}
	wrong := url.Values{"grant_type": {"client_credentials"}, "client_id": {c.id}, "client_secret": {"x"}}
	for state, want := range map[tenancy.State]struct {
		status int
		code   string
	}{tenancy.StateSuspended: {400, "unauthorized_client"}, tenancy.StatePaused: {503, "temporarily_unavailable"}} {
		if err := s.manager.SetState(t.Context(), c.tenant.ID, state); err != nil {
			t.Fatal(err)
		}
		fixture.Eventually(t, string(state), func() bool {
			a := c.form(right)
			return a.status == want.status && a.Code == want.code && a.AccessToken == ""
		})
		if a := c.form(wrong); a.status != 401 {
			t.Errorf("a stranger of a tenant that is %s: %d %s", state, a.status, a.body)
		}
	}
}
