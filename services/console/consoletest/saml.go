package consoletest

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"github.com/askspoke/spoke/infra/samltest"
	"github.com/askspoke/spoke/services/console/place"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/signon"
	"github.com/askspoke/spoke/tenancy/signon/saml"
)

// SAMLWorld is a console whose tenant acme has a connection to an identity provider, as an administrator sets one up.
type SAMLWorld struct {
	*World
	Provider   *samltest.Provider
	Owner      *Browser
	Path       string // of the connection's page
	Connection signon.Connection
}

// SAMLAda is the owner as the provider knows her.
var SAMLAda = samltest.Person{Name: "ada", Password: "a long password", Email: "owner@acme.example", FullName: "Ada Lovelace"}

// NewSAMLWorld sets the connection up by the console's pages.
func NewSAMLWorld(t *testing.T) SAMLWorld {
	t.Helper()
	w := SAMLWorld{World: NewWorld(t), Provider: samltest.Start(t)}
	w.Owner = w.As(t, admin.Owner)
	w.Path = w.Owner.Post(t, place.SignOn+"?provider=saml", url.Values{"name": {"The provider"}}).Is(t, http.StatusSeeOther).Header.Get("Location")
	w.Owner.Get(t, w.Path).Is(t, http.StatusOK).Has(t, "http://acme.askspoke.test/saml/acs", "http://acme.askspoke.test/saml/metadata", "Nothing is known of it yet")
	w.Change(t, "/provider", url.Values{"metadata_url": {w.Provider.MetadataURL()}}).Is(t, http.StatusSeeOther)
	w.Owner.Get(t, w.Path).Is(t, http.StatusOK).Has(t, "The identity provider is known", w.Provider.SSOURL(), "valid")
	w.Provider.Trust([]byte(w.Stranger(t).Get(t, saml.MetadataPath).Is(t, http.StatusOK).Body))
	w.Provider.Add(SAMLAda)
	w.Read(t)
	return w
}

// Read reads the connection anew.
func (w *SAMLWorld) Read(t *testing.T) {
	t.Helper()
	var err error
	w.Connection, err = w.SignOn.Get(t.Context(), w.Acme.ID, strings.TrimPrefix(w.Path, place.SignOn+"/"))
	Must(t, err)
}

// Change posts a form of the connection's page, as it is now.
func (w *SAMLWorld) Change(t *testing.T, path string, form url.Values) Answer {
	t.Helper()
	w.Read(t)
	if !form.Has("revision") {
		form.Set("revision", w.Connection.Revision)
	}
	return w.Owner.Post(t, w.Path+path, form)
}

// Offer turns the connection on.
func (w *SAMLWorld) Offer(t *testing.T) {
	t.Helper()
	Must(t, w.SignOn.Offer(t.Context(), w.Acme.ID, w.Connection.ID, w.Connection.Revision, operator.Shell))
	w.Read(t)
}

// Options changes the connection's options.
func (w *SAMLWorld) Options(t *testing.T, form url.Values) {
	t.Helper()
	form.Set("name", w.Connection.Name)
	w.Change(t, "", form).Is(t, http.StatusSeeOther)
	w.Read(t)
}

// AtProvider signs somebody in at the provider, as a browser does that goes to an address there.
func (w SAMLWorld) AtProvider(t *testing.T, address string) url.Values {
	t.Helper()
	jar, err := cookiejar.New(nil)
	Must(t, err)
	action, form := w.Provider.SignIn(&http.Client{Jar: jar}, address, SAMLAda)
	if action != "http://acme.askspoke.test/saml/acs" {
		t.Fatalf("the provider posts to %s", action)
	}
	return form
}

// Deliver posts an answer as the provider's page has the browser do it: from another site, and so without the cookie.
func (w SAMLWorld) Deliver(t *testing.T, form url.Values) Answer {
	t.Helper()
	a := w.Stranger(t).Send(t, http.MethodPost, saml.ACSPath, form, http.Header{"Sec-Fetch-Site": {"cross-site"}, "Origin": {w.Provider.URL}})
	if a.Header.Get("Set-Cookie") != "" {
		t.Errorf("the answer replaces the browser's cookie")
	}
	return a
}

// Begin has a browser begin a sign-in, and returns where it is sent.
func (w SAMLWorld) Begin(t *testing.T, b *Browser, path string) string {
	t.Helper()
	to := b.leaves(t, path)
	if !strings.HasPrefix(to, w.Provider.SSOURL()+"?SAMLRequest=") {
		t.Fatalf("the browser is sent to %s", to)
	}
	return to
}

// RequestOf returns the ID of the request that a browser's session has begun last.
func (w SAMLWorld) RequestOf(t *testing.T, b *Browser) string {
	t.Helper()
	var flows []struct{ Request string }
	if b.Recalls(t, "saml_flows", &flows); len(flows) == 0 {
		t.Fatal("the session knows of no sign-in")
	}
	return flows[len(flows)-1].Request
}

// Forge is an answer to a request as it should be.
func (w SAMLWorld) Forge(request string) samltest.Answer {
	return samltest.Answer{
		Now: w.Clock.Now(), Audience: "http://acme.askspoke.test/saml/metadata", Recipient: "http://acme.askspoke.test/saml/acs", InResponseTo: request,
		NameID: SAMLAda.Email,
	}
}
