package console

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"github.com/askspoke/spoke/infra/samltest"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/signon"
	"github.com/askspoke/spoke/tenancy/signon/saml"
)

// samlWorld is a console whose tenant acme has a connection to an identity provider, as an administrator sets one up.
type samlWorld struct {
	*world
	provider   *samltest.Provider
	owner      *browser
	path       string // of the connection's page
	connection signon.Connection
}

var samlAda = samltest.Person{Name: "ada", Password: "a long password", Email: "owner@acme.example", FullName: "Ada Lovelace"}

// newSAMLWorld sets the connection up by the console's pages.
func newSAMLWorld(t *testing.T) samlWorld {
	t.Helper()
	w := samlWorld{world: newWorld(t), provider: samltest.Start(t)}
	w.owner = w.as(t, admin.Owner)
	w.path = w.owner.post(t, signOnPath+"?provider=saml", url.Values{"name": {"The provider"}}).is(t, http.StatusSeeOther).header.Get("Location")
	w.owner.get(t, w.path).is(t, http.StatusOK).has(t, "http://acme.askspoke.test/saml/acs", "http://acme.askspoke.test/saml/metadata", "Nothing is known of it yet")
	w.change(t, "/provider", url.Values{"metadata_url": {w.provider.MetadataURL()}}).is(t, http.StatusSeeOther)
	w.owner.get(t, w.path).is(t, http.StatusOK).has(t, "The identity provider is known", w.provider.SSOURL(), "valid")
	w.provider.Trust([]byte(w.stranger(t).get(t, saml.MetadataPath).is(t, http.StatusOK).body))
	w.provider.Add(samlAda)
	w.read(t)
	return w
}

func (w *samlWorld) read(t *testing.T) {
	t.Helper()
	var err error
	w.connection, err = w.SignOn.Get(t.Context(), w.acme.ID, strings.TrimPrefix(w.path, signOnPath+"/"))
	must(t, err)
}

// change posts a form of the connection's page, as it is now.
func (w *samlWorld) change(t *testing.T, path string, form url.Values) answered {
	t.Helper()
	w.read(t)
	if !form.Has("revision") {
		form.Set("revision", w.connection.Revision)
	}
	return w.owner.post(t, w.path+path, form)
}

// offer turns the connection on.
func (w *samlWorld) offer(t *testing.T) {
	t.Helper()
	must(t, w.SignOn.Offer(t.Context(), w.acme.ID, w.connection.ID, w.connection.Revision, operator.Shell))
	w.read(t)
}

// options changes the connection's options.
func (w *samlWorld) options(t *testing.T, form url.Values) {
	t.Helper()
	form.Set("name", w.connection.Name)
	w.change(t, "", form).is(t, http.StatusSeeOther)
	w.read(t)
}

// atProvider signs somebody in at the provider, as a browser does that goes to an address there.
func (w samlWorld) atProvider(t *testing.T, address string) url.Values {
	t.Helper()
	jar, err := cookiejar.New(nil)
	must(t, err)
	action, form := w.provider.SignIn(&http.Client{Jar: jar}, address, samlAda)
	if action != "http://acme.askspoke.test/saml/acs" {
		t.Fatalf("the provider posts to %s", action)
	}
	return form
}

// deliver posts an answer as the provider's page has the browser do it: from another site, and so without the cookie.
func (w samlWorld) deliver(t *testing.T, form url.Values) answered {
	t.Helper()
	a := w.stranger(t).send(t, http.MethodPost, saml.ACSPath, form, http.Header{"Sec-Fetch-Site": {"cross-site"}, "Origin": {w.provider.URL}})
	if a.header.Get("Set-Cookie") != "" {
		t.Errorf("the answer replaces the browser's cookie")
	}
	return a
}

// begin has a browser begin a sign-in, and returns where it is sent.
func (w samlWorld) begin(t *testing.T, b *browser, path string) string {
	t.Helper()
	to := b.get(t, path).is(t, http.StatusSeeOther).header.Get("Location")
	if !strings.HasPrefix(to, w.provider.SSOURL()+"?SAMLRequest=") {
		t.Fatalf("the browser is sent to %s", to)
	}
	return to
}

// requestOf returns the ID of the request that a browser's session has begun last.
func (w samlWorld) requestOf(t *testing.T, b *browser) string {
	t.Helper()
	cookies := b.client.Jar.Cookies(&url.URL{Scheme: "http", Host: b.host, Path: "/"})
	if len(cookies) != 1 {
		t.Fatalf("%d cookies", len(cookies))
	}
	ctx, err := w.sessions.Load(t.Context(), cookies[0].Value)
	must(t, err)
	var flows []samlFlow
	if x := (&exchange{server: w.Server, session: ctx}); !x.take(samlFlowsKey, &flows) || len(flows) == 0 {
		t.Fatal("the session knows of no sign-in")
	}
	return flows[len(flows)-1].Request
}

// forge is an answer to a request as it should be.
func (w samlWorld) forge(request string) samltest.Answer {
	return samltest.Answer{
		Now: w.clock.now(), Audience: "http://acme.askspoke.test/saml/metadata", Recipient: "http://acme.askspoke.test/saml/acs", InResponseTo: request,
		NameID: samlAda.Email,
	}
}
