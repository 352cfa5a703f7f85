package saml_test

import (
	"crypto/x509"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"testing"

	"github.com/crewjam/saml/xmlenc"
	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/infra/samltest"
	"github.com/askspoke/spoke/tenancy/signon"
	"github.com/askspoke/spoke/tenancy/signon/saml"
)

var ada = samltest.Person{Name: "ada", Password: "a long password", Email: "Ada@Example.com", FullName: "Ada Lovelace"}

func newBrowser(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar}
}

// connect has the real provider and the service provider know each other by their metadata.
func (w world) connect(t *testing.T, change ...func(*saml.Connection)) *saml.ServiceProvider {
	t.Helper()
	config, err := w.Fetch(t.Context(), w.provider.MetadataURL())
	if err != nil {
		t.Fatal(err)
	}
	p := w.sp(t, append([]func(*saml.Connection){func(c *saml.Connection) { c.Config = config }}, change...)...)
	metadata, err := p.Metadata()
	if err != nil {
		t.Fatal(err)
	}
	w.provider.Trust(metadata)
	w.provider.Add(ada)
	return p
}

func TestSignInThatBeginsHere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.connect(t)
	flow, err := p.Begin("relay")
	if err != nil {
		t.Fatal(err)
	}
	action, form := w.provider.SignIn(newBrowser(t), flow.URL, ada)
	if action != p.ACSURL() {
		t.Errorf("the provider posts to %s", action)
	}
	if connection, err := w.Asked(w.connection.Tenant, form); err != nil || connection != w.connection.ID.String() {
		t.Errorf("asked by %q, %v", connection, err)
	}
	got := lets(t, p, form, "ada@example.com")
	want := saml.Result{
		Tenant: w.connection.Tenant, Connection: w.connection.ID.String(), Revision: "one", Origin: saml.FromUs, RequestID: flow.RequestID, RelayState: "relay",
		Person: signon.Person{Subject: "Ada@Example.com", Email: "ada@example.com", EmailVerified: true, Name: "Ada Lovelace"},
	}
	if got.Person.Attributes["urn:oid:0.9.2342.19200300.100.1.1"] == nil {
		t.Errorf("attributes: %v", got.Person.Attributes)
	}
	got.Person.Attributes = nil
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	refuses(t, p, form, saml.ErrReplayed)
}

func TestSignInThatBeginsAtTheProvider(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.connect(t, idpInitiated)
	_, form := w.provider.SignIn(newBrowser(t), w.provider.Shortcut(p.EntityID(), "/users"), ada)
	refuses(t, w.connect(t), form, saml.ErrUnasked)
	if connection, err := w.Asked(w.connection.Tenant, form); err != nil || connection != "" {
		t.Errorf("asked by %q, %v", connection, err)
	}
	got := lets(t, p, form, "ada@example.com")
	if got.Origin != saml.FromProvider || got.RequestID != "" || got.RelayState != "/users" {
		t.Errorf("%+v", got)
	}
	refuses(t, p, form, saml.ErrReplayed)
}

// Requests are signed where the provider asks it, by a link and by a form.
func TestSignedRequests(t *testing.T) {
	t.Parallel()
	for name, post := range map[string]bool{"link": false, "form": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			old, err := saml.NewKeyPair("acme.askspoke.com", w.clock.Now())
			if err != nil {
				t.Fatal(err)
			}
			// The provider has been told of the key that signs alone.
			w.connect(t, func(c *saml.Connection) { c.Config.SignRequests, c.Config.SSOPost = true, post })
			p := w.sp(t, func(c *saml.Connection) {
				c.Config.SignRequests, c.Config.SSOPost, c.Key = true, post, old.With(c.Key).Turned()
			})
			flow, err := p.Begin("relay")
			if err != nil {
				t.Fatal(err)
			}
			browser := newBrowser(t)
			if post {
				if flow.Form == nil || flow.URL != "" || flow.Form.Action != w.provider.SSOURL() {
					t.Fatalf("%+v", flow)
				}
				request := url.Values{"SAMLRequest": {flow.Form.SAMLRequest}, "RelayState": {flow.Form.RelayState}}
				_, form := w.provider.SignInByForm(browser, flow.Form.Action, request, ada)
				lets(t, p, form, "ada@example.com")
				return
			}
			u, err := url.Parse(flow.URL)
			if err != nil || !u.Query().Has("Signature") {
				t.Fatalf("%s, %v", flow.URL, err)
			}
			// Its login form posts the request on without the signature, so the browser is to be known there before.
			w.provider.SignIn(browser, w.provider.Shortcut(p.EntityID(), ""), ada)
			_, form := w.provider.SignIn(browser, flow.URL, ada)
			lets(t, p, form, "ada@example.com")
		})
	}
}

func TestGoodAnswers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.sp(t)
	certificate, err := x509.ParseCertificate(ourKey(t).CertificateDER())
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*samltest.Answer){
		"signed assertion":               func(*samltest.Answer) {},
		"signed response":                func(a *samltest.Answer) { a.SignResponse = true },
		"both signed":                    func(a *samltest.Answer) { a.SignResponse, a.SignAssertion = true, true },
		"without certificate":            func(a *samltest.Answer) { a.NoCert = true },
		"encrypted":                      func(a *samltest.Answer) { a.Encrypt = certificate },
		"encrypted by CBC":               func(a *samltest.Answer) { a.Encrypt, a.Cipher = certificate, xmlenc.AES256CBC },
		"encrypted in a signed response": func(a *samltest.Answer) { a.Encrypt, a.SignResponse = certificate, true },
		"slow clock":                     func(a *samltest.Answer) { a.Now = a.Now.Add(-saml.Skew) },
		"fast clock":                     func(a *samltest.Answer) { a.Now = a.Now.Add(saml.Skew) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := w.answer(t, p)
			change(&a)
			lets(t, p, w.provider.Forge(a), "ada@example.com")
		})
	}
}

// While a provider changes its certificate, both hold.
func TestTwoCertificates(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.sp(t, func(c *saml.Connection) {
		c.Config.Certificates = [][]byte{samltest.Stranger().Certificate.Raw, w.provider.Key.Certificate.Raw}
	})
	for _, bare := range []bool{false, true} {
		a := w.answer(t, p)
		a.NoCert = bare
		lets(t, p, w.provider.Forge(a), "ada@example.com")
	}
}
