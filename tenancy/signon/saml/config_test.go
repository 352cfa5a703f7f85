package saml_test

import (
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/askspoke/spoke/infra/samltest"
	"github.com/askspoke/spoke/tenancy/signon"
	"github.com/askspoke/spoke/tenancy/signon/saml"
	"github.com/askspoke/spoke/tenancy/tenantdb"
	"github.com/askspoke/spoke/tenancy/token"
)

// metadata returns an identity provider's, with what goes into its role and entity.
func metadata(role, services string) string {
	return `<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="https://idp.example">
		<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"` + role + `>` + services + `</md:IDPSSODescriptor></md:EntityDescriptor>`
}

func keyElement(use string, der []byte) string {
	return `<md:KeyDescriptor` + use + `><ds:KeyInfo><ds:X509Data><ds:X509Certificate>
		` + base64.StdEncoding.EncodeToString(der) + `
	</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>`
}

func service(binding, location string) string {
	return `<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:` + binding + `" Location="` + location + `"/>`
}

// unasked returns a store that asks no database.
func unasked(t *testing.T, private bool) *saml.Store {
	t.Helper()
	key, err := token.ParseKey(token.GenerateKey())
	if err != nil {
		t.Fatal(err)
	}
	s, err := saml.New(saml.Options{DB: &tenantdb.DB{}, Key: key, PrivateProviders: private})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestParseMetadata(t *testing.T) {
	t.Parallel()
	strict := unasked(t, false)
	one, two := samltest.Stranger().Certificate.Raw, samltest.Until(time.Now().AddDate(1, 0, 0)).Certificate.Raw
	sso := service("HTTP-Redirect", "https://idp.example/sso?app=1")
	good := saml.Config{EntityID: "https://idp.example", SSOURL: "https://idp.example/sso?app=1", Certificates: [][]byte{one}}
	signed, post, both := good, good, good
	signed.SignRequests, post.SSOPost, both.Certificates = true, true, [][]byte{one, two}
	for name, tc := range map[string]struct {
		text string
		want saml.Config
	}{
		"plain":            {metadata("", keyElement("", one)+sso), good},
		"byte order mark":  {"\ufeff" + metadata("", keyElement("", one)+sso), good},
		"requests signed":  {metadata(` WantAuthnRequestsSigned="true"`, keyElement("", one)+sso), signed},
		"post alone":       {metadata("", keyElement("", one)+service("HTTP-POST", "https://idp.example/sso?app=1")), post},
		"post first":       {metadata("", keyElement("", one)+service("HTTP-POST", "https://idp.example/post")+sso), good},
		"two certificates": {metadata("", keyElement(` use="signing"`, one)+keyElement("", two)+sso), both},
		"one to encrypt":   {metadata("", keyElement(` use="encryption"`, two)+keyElement(` use="signing"`, one)+sso), good},
		"aggregate of one": {`<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata">` + metadata("", keyElement("", one)+sso) + `</md:EntitiesDescriptor>`, good},
	} {
		got, err := strict.ParseMetadata([]byte(tc.text))
		if diff := cmp.Diff(tc.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v, %s", name, err, diff)
		}
	}
	for name, text := range map[string]string{
		"nothing":         "",
		"HTML":            "<html><p>Sign in</html>",
		"no XML":          "{}",
		"document type":   `<!DOCTYPE x [<!ENTITY a "b">]>` + metadata("", keyElement("", one)+sso),
		"half":            metadata("", keyElement("", one)+sso)[:300],
		"large":           metadata("", keyElement("", one)+sso+strings.Repeat(" ", saml.MaxMetadata)),
		"no service":      metadata("", keyElement("", one)),
		"only artifacts":  metadata("", keyElement("", one)+service("HTTP-Artifact", "https://idp.example")),
		"no certificate":  metadata("", sso),
		"bad base64":      metadata("", strings.Replace(keyElement("", one), "MII", "!!!", 1)+sso),
		"no X.509":        metadata("", keyElement("", []byte("x"))+sso),
		"in the clear":    metadata("", keyElement("", one)+service("HTTP-Redirect", "http://idp.example/sso")),
		"this machine":    metadata("", keyElement("", one)+service("HTTP-Redirect", "http://127.0.0.1/sso")),
		"script":          metadata("", keyElement("", one)+service("HTTP-Redirect", "javascript:alert(1)")),
		"user":            metadata("", keyElement("", one)+service("HTTP-Redirect", "https://a:b@idp.example/sso")),
		"two providers":   `<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata">` + strings.Repeat(metadata("", keyElement("", one)+sso), 2) + `</md:EntitiesDescriptor>`,
		"11 certificates": metadata("", strings.Repeat(keyElement("", one), 11)+sso),
		"no name":         strings.Replace(metadata("", keyElement("", one)+sso), "https://idp.example\"", "\"", 1),
	} {
		config, err := strict.ParseMetadata([]byte(text))
		var ofMetadata *saml.MetadataError
		var ofConfig *saml.ConfigError
		if !errors.As(err, &ofMetadata) && !errors.As(err, &ofConfig) {
			t.Errorf("%s: %+v, %v", name, config, err)
		}
	}
}

// What we publish of ourselves is no identity provider's, and what it says is refused with a word to that.
func TestOwnMetadataGivenBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	text, err := w.sp(t, func(c *saml.Connection) { c.Config = saml.Config{} }).Metadata()
	if err != nil {
		t.Fatal(err)
	}
	if _, err = w.ParseMetadata(text); err == nil || !strings.Contains(err.Error(), "no identity provider") {
		t.Error(err)
	}
	for _, want := range []string{
		`entityID="https://acme.askspoke.com/saml/metadata"`, `Location="https://acme.askspoke.com/saml/acs"`, `use="signing"`, `use="encryption"`,
		`bindings:HTTP-POST`, base64.StdEncoding.EncodeToString(ourKey(t).CertificateDER()),
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the metadata has no %s", want)
		}
	}
	if strings.Contains(string(text), "validUntil") || strings.Contains(string(text), "Artifact") {
		t.Errorf("%s", text)
	}
}

func TestFetch(t *testing.T) {
	t.Parallel()
	good := metadata("", keyElement("", samltest.Stranger().Certificate.Raw)+service("HTTP-Redirect", "https://idp.example/sso"))
	asked := make(chan struct{}, 10)
	secret := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked <- struct{}{} }))
	t.Cleanup(secret.Close)
	mux := http.NewServeMux()
	mux.HandleFunc("/good", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, good) })
	mux.HandleFunc("/missing", http.NotFound)
	mux.HandleFunc("/redirects", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, secret.URL, http.StatusFound) })
	mux.HandleFunc("/html", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") })
	mux.HandleFunc("/large", func(w http.ResponseWriter, _ *http.Request) {
		for range 100 {
			fmt.Fprint(w, strings.Repeat(" ", 1<<20))
		}
	})
	mux.HandleFunc("/broken", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	own := unasked(t, true)
	if c, err := own.Fetch(t.Context(), server.URL+"/good"); err != nil || c.EntityID != "https://idp.example" {
		t.Errorf("%+v, %v", c, err)
	}
	var ofMetadata *saml.MetadataError
	for path, unavailable := range map[string]bool{"/missing": true, "/redirects": true, "/broken": true, "/html": false, "/large": false} {
		_, err := own.Fetch(t.Context(), server.URL+path)
		if errors.Is(err, saml.ErrUnavailable) != unavailable || errors.As(err, &ofMetadata) == unavailable {
			t.Errorf("%s: %v", path, err)
		}
	}
	strict := unasked(t, false)
	var ofConfig *saml.ConfigError
	for _, address := range []string{server.URL + "/good", "", "file:///etc/passwd", "https://", "ftp://a.com", "https://u:p@a.com", strings.Repeat("https://a.com/", 100)} {
		if _, err := strict.Fetch(t.Context(), address); !errors.As(err, &ofConfig) || ofConfig.Reason == "" {
			t.Errorf("%.40q: %v", address, err)
		}
	}
	private := httptest.NewTLSServer(mux)
	t.Cleanup(private.Close)
	if _, err := strict.Fetch(t.Context(), private.URL+"/good"); !errors.Is(err, saml.ErrUnavailable) || !strings.Contains(err.Error(), "no public address") {
		t.Errorf("a private address: %v", err)
	}
	if len(asked) > 0 {
		t.Errorf("a redirect was followed")
	}
}

func TestCheckConfig(t *testing.T) {
	t.Parallel()
	good := saml.Config{EntityID: "https://idp.example", SSOURL: "https://idp.example/sso", Certificates: [][]byte{samltest.Stranger().Certificate.Raw}}
	strict := unasked(t, false)
	if err := strict.Check(good); err != nil {
		t.Fatal(err)
	}
	for field, change := range map[string]func(*saml.Config){
		"entity_id":       func(c *saml.Config) { c.EntityID = "x\ny" },
		"sso_url":         func(c *saml.Config) { c.SSOURL = "" },
		"email_attribute": func(c *saml.Config) { c.EmailAttribute = " mail" },
		"name_attribute":  func(c *saml.Config) { c.NameAttribute = strings.Repeat("x", 1001) },
		"certificates":    func(c *saml.Config) { c.Certificates = nil },
	} {
		c := good
		change(&c)
		var refused *saml.ConfigError
		if err := strict.Check(c); !errors.As(err, &refused) || refused.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	text, err := json.Marshal(good)
	if err != nil {
		t.Fatal(err)
	}
	var back saml.Config
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(good, back); diff != "" {
		t.Error(diff)
	}
}

func TestCertificates(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for state, end := range map[string]time.Time{"valid": now.AddDate(1, 0, 0), "ending": now.AddDate(0, 0, 29), "ended": now.AddDate(0, 0, -1), "early": now.AddDate(11, 0, 0)} {
		shown := saml.Config{Certificates: [][]byte{samltest.Until(end).Certificate.Raw, []byte("x")}}.ShownCertificates()
		if len(shown) != 1 || shown[0].State(now) != state || len(shown[0].Fingerprint) != 95 || shown[0].Subject != "CN=Identity provider" {
			t.Errorf("%s: %+v", state, shown)
		}
	}
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: samltest.Stranger().Certificate.Raw})
	got, err := saml.ParseCertificates([]byte("Bag Attributes\n" + string(block) + string(block)))
	if err != nil || len(got) != 2 {
		t.Errorf("%d, %v", len(got), err)
	}
	for name, text := range map[string]string{
		"nothing": "", "a key": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", "no X.509": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
		"11": strings.Repeat(string(block), 11),
	} {
		if got, err := saml.ParseCertificates([]byte(text)); err == nil {
			t.Errorf("%s: %d", name, len(got))
		}
	}
}

func TestKeyPairIsKept(t *testing.T) {
	t.Parallel()
	key := ourKey(t)
	secret, err := key.Secret()
	if err != nil {
		t.Fatal(err)
	}
	back, err := saml.ParseKeyPair(secret)
	if err != nil || back.Certificate() != key.Certificate() {
		t.Errorf("%+v, %v", back.Certificate(), err)
	}
	if text := fmt.Sprintf("%v %+v %#v %s", key, key, key, key); text != "[redacted] [redacted] [redacted] [redacted]" {
		t.Error(text)
	}
	other, err := saml.NewKeyPair("beta.askspoke.com", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := other.Secret()
	if err != nil {
		t.Fatal(err)
	}
	var one, two map[string]string
	if json.Unmarshal(secret, &one) != nil || json.Unmarshal(theirs, &two) != nil {
		t.Fatal("no JSON")
	}
	one["certificate"] = two["certificate"]
	mixed, err := json.Marshal(one)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{"nothing": nil, "text": []byte("x"), "empty": []byte("{}"), "another's certificate": mixed} {
		if _, err := saml.ParseKeyPair(text); err == nil || strings.Contains(err.Error(), "MII") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := (saml.KeyPair{}).Secret(); err == nil {
		t.Error("no key is kept")
	}
}

func TestConnectionThatIsNotSetUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.sp(t, func(c *saml.Connection) { c.Config = saml.Config{AllowIDPInitiated: true} })
	var refusal *signon.Refusal
	if flow, err := p.Begin(""); !errors.Is(err, saml.ErrSetUp) || !errors.As(err, &refusal) {
		t.Errorf("%+v, %v", flow, err)
	}
	a := samltest.Answer{Now: w.clock.Now(), Audience: p.EntityID(), Recipient: p.ACSURL()}
	refuses(t, p, w.provider.Forge(a), saml.ErrSetUp)
	if flow, err := w.sp(t).Begin(strings.Repeat("x", saml.MaxRelayState+1)); err == nil {
		t.Errorf("%+v", flow)
	}
	for _, base := range []string{"", "acme.askspoke.com", "https://acme.askspoke.com/x", "https://a:b@c", "https://acme.askspoke.com?x"} {
		if _, err := w.Provider(saml.Connection{Tenant: w.tenants[0].ID, ID: uuid.New(), Base: base, Key: ourKey(t)}); err == nil {
			t.Errorf("%q is a host", base)
		}
	}
	if _, err := w.Provider(saml.Connection{Base: "https://acme.askspoke.com"}); err == nil {
		t.Error("no key is needed")
	}
}
