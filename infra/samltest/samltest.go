// Package samltest gives a test a SAML identity provider: crewjam's samlidp on a socket of its own, with a login form, and a
// forge that makes any answer under its key, also those that no identity provider makes.
//
// It is for tests alone: its keys are shared by all tests of a process.
package samltest

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/crewjam/saml/samlidp"
	"golang.org/x/net/html"
)

// Key is a key with its certificate, as identity providers sign with.
type Key struct {
	Private     *rsa.PrivateKey
	Certificate *x509.Certificate
}

// The keys take a while to make, and no test changes them.
var (
	own      = sync.OnceValue(func() Key { return makeKey("Identity provider", time.Now().AddDate(5, 0, 0)) })
	stranger = sync.OnceValue(func() Key { return makeKey("Identity provider", time.Now().AddDate(5, 0, 0)) })
)

// Stranger returns a key that no identity provider has, whose certificate looks like the provider's.
func Stranger() Key { return stranger() }

// Until returns the provider's key with a certificate that ends at a time.
func Until(end time.Time) Key { return certify(own().Private, "Identity provider", end) }

func makeKey(name string, end time.Time) Key {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return certify(private, name, end)
}

func certify(private *rsa.PrivateKey, name string, end time.Time) Key {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: end.AddDate(-10, 0, 0), NotAfter: end,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		panic(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return Key{private, certificate}
}

// Provider is an identity provider that serves on a socket.
type Provider struct {
	URL string
	Key Key

	t      testing.TB
	server *samlidp.Server
}

// Start returns a provider without people and without service providers. It ends with the test.
func Start(t testing.TB) *Provider {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Provider{URL: "http://" + listener.Addr().String(), Key: own(), t: t}
	base, err := url.Parse(p.URL)
	if err != nil {
		t.Fatal(err)
	}
	p.server, err = samlidp.New(samlidp.Options{
		URL: *base, Key: p.Key.Private, Certificate: p.Key.Certificate, Store: &samlidp.MemoryStore{}, Logger: log.New(t.Output(), "identity provider: ", 0),
	})
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: p.server, ReadHeaderTimeout: 10 * time.Second}
	done := make(chan struct{})
	go func() { _ = server.Serve(listener); close(done) }()
	t.Cleanup(func() { server.Close(); <-done })
	return p
}

// EntityID returns what the provider is called.
func (p *Provider) EntityID() string { return p.MetadataURL() }

// MetadataURL returns where the provider's metadata is.
func (p *Provider) MetadataURL() string { return p.URL + "/metadata" }

// SSOURL returns where a browser is sent.
func (p *Provider) SSOURL() string { return p.URL + "/sso" }

// Metadata returns the provider's metadata.
func (p *Provider) Metadata() []byte {
	p.t.Helper()
	return p.call(http.MethodGet, "/metadata", nil)
}

// Person is somebody who can sign in at the provider.
type Person struct{ Name, Password, Email, FullName string }

// Add has the provider know somebody.
func (p *Provider) Add(who Person) {
	p.t.Helper()
	user := samlidp.User{Name: who.Name, PlaintextPassword: &who.Password, Email: who.Email, CommonName: who.FullName}
	text, err := json.Marshal(user)
	if err != nil {
		p.t.Fatal(err)
	}
	p.call(http.MethodPut, "/users/"+who.Name, text)
}

// Trust has the provider sign people in at a service provider, whose metadata it is given.
func (p *Provider) Trust(metadata []byte) {
	p.t.Helper()
	p.call(http.MethodPut, "/services/service", metadata)
}

// Shortcut returns the address at which a sign-in begins at the provider, for a service provider that it trusts.
func (p *Provider) Shortcut(entityID, relay string) string {
	p.t.Helper()
	text, err := json.Marshal(samlidp.Shortcut{Name: "shortcut", ServiceProviderID: entityID, RelayState: &relay})
	if err != nil {
		p.t.Fatal(err)
	}
	p.call(http.MethodPut, "/shortcuts/shortcut", text)
	return p.URL + "/login/shortcut"
}

func (p *Provider) call(method, path string, body []byte) []byte {
	p.t.Helper()
	request, err := http.NewRequest(method, p.URL+path, bytes.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode >= http.StatusMultipleChoices {
		p.t.Fatalf("%s %s: %s, %v: %s", method, path, response.Status, err, text)
	}
	return text
}

// SignIn goes to an address of the provider as a browser does, fills in the login form where it gets one, and returns the form
// that the provider would have it post to the service provider, and where to.
func (p *Provider) SignIn(browser *http.Client, address string, who Person) (action string, form url.Values) {
	p.t.Helper()
	response, err := browser.Get(address)                                                   //nolint:bodyclose // readForm closes it
	if action, form, _ = p.signIn(browser, response, err, who); !form.Has("SAMLResponse") { // it knows the person now
		response, err = browser.Get(address) //nolint:bodyclose // readForm closes it
		return p.answer(browser, response, err, who)
	}
	return action, form
}

// SignInByForm is SignIn for a request that a browser posts.
func (p *Provider) SignInByForm(browser *http.Client, action string, form url.Values, who Person) (string, url.Values) {
	p.t.Helper()
	response, err := browser.PostForm(action, form) //nolint:bodyclose // readForm closes it
	return p.answer(browser, response, err, who)
}

func (p *Provider) answer(browser *http.Client, response *http.Response, err error, who Person) (action string, form url.Values) {
	p.t.Helper()
	action, form, text := p.signIn(browser, response, err, who)
	if !form.Has("SAMLResponse") {
		p.t.Fatalf("the provider does not sign in: %s", text)
	}
	return action, form
}

func (p *Provider) signIn(browser *http.Client, response *http.Response, err error, who Person) (action string, form url.Values, text string) {
	p.t.Helper()
	action, form, text = p.readForm(response, err)
	if form.Has("user") {
		form.Set("user", who.Name)
		form.Set("password", who.Password)
		response, err = browser.PostForm(action, form)
		action, form, text = p.readForm(response, err)
	}
	return action, form, text
}

// readForm returns the form of a page, and the page.
func (p *Provider) readForm(response *http.Response, err error) (action string, form url.Values, text string) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close()
	page, err := io.ReadAll(response.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	action, form, err = ParseForm(page)
	if err != nil {
		p.t.Fatal(err)
	}
	to, err := response.Request.URL.Parse(action)
	if err != nil {
		p.t.Fatal(err)
	}
	return to.String(), form, response.Status + ": " + string(page)
}

// ParseForm returns the first form of a page, with its fields as they are.
func ParseForm(page []byte) (action string, form url.Values, err error) {
	root, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		return "", nil, err
	}
	form = url.Values{}
	for node := range root.Descendants() {
		switch {
		case node.Type != html.ElementNode:
		case node.Data == "form" && action == "":
			action = attribute(node, "action")
		case node.Data == "input" && attribute(node, "name") != "":
			form.Add(attribute(node, "name"), attribute(node, "value"))
		}
	}
	return strings.TrimSpace(action), form, nil
}

func attribute(node *html.Node, name string) string {
	for _, a := range node.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}
