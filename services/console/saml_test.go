package console

import (
	"bytes"
	"encoding/base64"
	"encoding/pem"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/beevik/etree"

	"github.com/askspoke/spoke/infra/samltest"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/signon"
	"github.com/askspoke/spoke/tenancy/signon/saml"
	"github.com/askspoke/spoke/tenancy/tenantdb"
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
	to := b.leaves(t, path)
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

func TestSignInBySAML(t *testing.T) {
	t.Parallel()
	w := newSAMLWorld(t)
	b := w.stranger(t)
	b.get(t, samlPath).is(t, http.StatusNotFound).has(t, "Single sign-on by SAML is not set up here")
	w.offer(t)
	form := w.atProvider(t, w.begin(t, b, samlPath+"?next="+url.QueryEscape("/settings/integrations")))
	finish := w.deliver(t, form).is(t, http.StatusSeeOther).header.Get("Location")
	if got := b.get(t, finish).is(t, http.StatusSeeOther).header.Get("Location"); got != "/settings/integrations" {
		t.Errorf("sent to %s", got)
	}
	b.get(t, "/").is(t, http.StatusOK).has(t, "owner@acme.example")
	// Neither half works a second time.
	w.deliver(t, form).is(t, http.StatusForbidden).has(t, "You could not be signed in", "This answer was used before, and works once.")
	b.get(t, finish).is(t, http.StatusForbidden).has(t, "completed before")
}

// An answer to a request counts in the browser that asked alone.
func TestSAMLInAnotherBrowser(t *testing.T) {
	t.Parallel()
	w := newSAMLWorld(t)
	w.offer(t)
	attacker, victim := w.stranger(t), w.stranger(t)
	finish := w.deliver(t, w.atProvider(t, w.begin(t, attacker, samlPath))).is(t, http.StatusSeeOther).header.Get("Location")
	victim.get(t, finish).is(t, http.StatusForbidden).has(t, "This sign-in began in another browser")
	victim.get(t, "/").is(t, http.StatusSeeOther)
	attacker.get(t, finish).is(t, http.StatusForbidden)
	// One who has begun a sign-in of her own is not taken in either.
	finish = w.deliver(t, w.atProvider(t, w.begin(t, attacker, samlPath))).is(t, http.StatusSeeOther).header.Get("Location")
	w.begin(t, victim, samlPath)
	victim.get(t, finish).is(t, http.StatusForbidden).has(t, "This sign-in began in another browser")
}

func TestSAMLThatBeginsAtTheProvider(t *testing.T) {
	t.Parallel()
	w := newSAMLWorld(t)
	w.offer(t)
	shortcut := w.provider.Shortcut("http://acme.askspoke.test/saml/metadata", "/settings/integrations")
	w.deliver(t, w.atProvider(t, shortcut)).is(t, http.StatusForbidden).has(t, "Nobody asked for this answer")
	w.options(t, url.Values{"allow_idp_initiated": {"on"}})
	finish := w.deliver(t, w.atProvider(t, shortcut)).is(t, http.StatusSeeOther).header.Get("Location")
	b := w.stranger(t)
	if got := b.get(t, finish).is(t, http.StatusSeeOther).header.Get("Location"); got != "/settings/integrations" {
		t.Errorf("sent to %s", got)
	}
	b.get(t, "/").is(t, http.StatusOK).has(t, "owner@acme.example")
	// Who is signed in as somebody else stays so.
	other := w.as(t, admin.Viewer)
	finish = w.deliver(t, w.atProvider(t, shortcut)).is(t, http.StatusSeeOther).header.Get("Location")
	other.get(t, finish).is(t, http.StatusConflict).has(t, "You are signed in as somebody else", "owner@acme.example", "viewer@acme.example")
	other.get(t, "/").is(t, http.StatusOK).has(t, "viewer@acme.example")
	// What comes beside the assertion leads nowhere else.
	form := w.atProvider(t, shortcut)
	form.Set("RelayState", "https://evil.example/")
	if got := w.stranger(t).get(t, w.deliver(t, form).header.Get("Location")).is(t, http.StatusSeeOther).header.Get("Location"); got != "/" {
		t.Errorf("sent to %s", got)
	}
}

func TestHostileSAML(t *testing.T) {
	t.Parallel()
	w := newSAMLWorld(t)
	w.offer(t)
	b := w.stranger(t)
	for name, tc := range map[string]struct {
		change func(*samltest.Answer)
		says   string
	}{
		"foreign audience": {func(a *samltest.Answer) { a.Audience = "http://globex.askspoke.test/saml/metadata" }, "made for another application"},
		"unsigned":         {func(a *samltest.Answer) { a.Unsigned = true }, "is signed"},
		"stranger's key":   {func(a *samltest.Answer) { a.Key = samltest.Stranger() }, "not the identity provider's"},
		"wrapped": {func(a *samltest.Answer) {
			_, wrappings := samltest.Wrappings("eve@acme.example")
			a.Tamper = wrappings["XSW3: another assertion before the signed one"]
		}, "a second assertion"},
		"old":     {func(a *samltest.Answer) { a.Now = a.Now.Add(-time.Hour) }, "has expired"},
		"unasked": {func(a *samltest.Answer) { a.InResponseTo = "" }, "Nobody asked for this answer"},
		"a script as status": {func(a *samltest.Answer) {
			a.Unsigned = true
			a.Tamper = func(r *etree.Element) {
				r.RemoveChild(r.SelectElement("Assertion"))
				r.FindElement(".//StatusCode").CreateAttr("Value", "urn:oasis:names:tc:SAML:2.0:status:<script>alert(1)</script>")
			}
		}, "<script>alert(1)</script>"},
	} {
		w.begin(t, b, samlPath)
		a := w.forge(w.requestOf(t, b))
		tc.change(&a)
		page := w.deliver(t, w.provider.Forge(a))
		if page.status == http.StatusSeeOther { // what is wrong is for the browser that asked, where it is known which one did
			page = b.get(t, page.header.Get("Location"))
		}
		page.is(t, http.StatusForbidden).has(t, "You could not be signed in", tc.says)
		if strings.Contains(page.body, "<script>alert") {
			t.Errorf("%s: the page has the script", name)
		}
	}
	w.deliver(t, url.Values{"SAMLResponse": {"%"}}).is(t, http.StatusForbidden).has(t, "not a SAML response")
	w.deliver(t, url.Values{"SAMLResponse": {strings.Repeat("A", 5<<20)}}).is(t, http.StatusRequestEntityTooLarge)
	// The answer to acme is worth nothing at globex.
	w.begin(t, b, samlPath)
	form := w.provider.Forge(w.forge(w.requestOf(t, b)))
	w.at(t, "globex.askspoke.test").send(t, http.MethodPost, saml.ACSPath, form, nil).is(t, http.StatusForbidden).has(t, "a request that was not made here")
	finish := w.deliver(t, form).is(t, http.StatusSeeOther).header.Get("Location")
	w.at(t, "globex.askspoke.test").get(t, finish).is(t, http.StatusForbidden)
	b.get(t, finish).is(t, http.StatusSeeOther)
	if strings.Contains(w.log.String(), "spf_") || strings.Contains(w.log.String(), form.Get("SAMLResponse")) {
		t.Error("the log has a secret")
	}
	// Nothing else is let in from another site.
	b.send(t, http.MethodPost, signOnPath, url.Values{"name": {"x"}}, http.Header{"Sec-Fetch-Site": {"cross-site"}}).is(t, http.StatusForbidden)
}

func TestSAMLThatWasChangedMeanwhile(t *testing.T) {
	t.Parallel()
	w := newSAMLWorld(t)
	w.offer(t)
	b := w.stranger(t)
	finish := w.deliver(t, w.atProvider(t, w.begin(t, b, samlPath))).is(t, http.StatusSeeOther).header.Get("Location")
	w.options(t, url.Values{"name_attribute": {"cn"}})
	b.get(t, finish).is(t, http.StatusConflict).has(t, "Single sign-on was changed meanwhile")
	form := w.atProvider(t, w.begin(t, b, samlPath))
	must(t, w.SignOn.TurnOff(t.Context(), w.acme.ID, operator.Shell))
	b.get(t, w.deliver(t, form).is(t, http.StatusSeeOther).header.Get("Location")).is(t, http.StatusForbidden).has(t, "Nobody signs in with this connection any more")
	must(t, w.SignOn.Remove(t.Context(), w.acme.ID, w.connection.ID))
	w.deliver(t, form).is(t, http.StatusConflict).has(t, "Single sign-on was changed meanwhile")
	w.stranger(t).get(t, saml.MetadataPath).is(t, http.StatusNotFound)
}

func TestSAMLIsTested(t *testing.T) {
	t.Parallel()
	w := newSAMLWorld(t)
	finish := w.deliver(t, w.atProvider(t, w.begin(t, w.owner, w.path+"/test"))).is(t, http.StatusSeeOther).header.Get("Location")
	w.owner.get(t, finish).is(t, http.StatusSeeOther)
	w.owner.get(t, w.path).is(t, http.StatusOK).has(t, "It works.", "owner@acme.example", "Ada Lovelace", "urn:oid:0.9.2342.19200300.100.1.1")
	if w.read(t); w.connection.TestedAt.IsZero() {
		t.Error("the test does not count")
	}
	w.options(t, url.Values{"name_attribute": {"cn"}})
	if !w.connection.TestedAt.IsZero() {
		t.Error("the test counts for what was changed since")
	}
	// As somebody else it works, and does not count.
	w.begin(t, w.owner, w.path+"/test")
	a := w.forge(w.requestOf(t, w.owner))
	a.NameID, a.Attributes = "eve@acme.example", map[string][]string{"group": {"<script>alert(1)</script>"}}
	w.owner.get(t, w.deliver(t, w.provider.Forge(a)).is(t, http.StatusSeeOther).header.Get("Location")).is(t, http.StatusSeeOther)
	page := w.owner.get(t, w.path).is(t, http.StatusOK).has(t, "does not count", "eve@acme.example, who is no administrator")
	if strings.Contains(page.body, "<script>alert") {
		t.Error("the page has the script")
	}
	if w.read(t); !w.connection.TestedAt.IsZero() {
		t.Error("the test counts")
	}
	// Nobody is signed in by a draft, and nobody else tests it.
	w.stranger(t).get(t, samlPath).is(t, http.StatusNotFound)
	w.as(t, admin.Admin).post(t, w.path+"/test", nil).is(t, http.StatusForbidden)
	_, link, err := w.Operators.CreateLink(t.Context(), operator.NewLink{Tenant: w.acme.ID, Purpose: operator.ForSignOn, CreatedBy: operator.Shell})
	must(t, err)
	guest := w.withSession(t, "acme.askspoke.test", standing{Kind: byLink, Tenant: w.acme.ID, ID: link.ID, Purpose: operator.ForSignOn})
	finish = w.deliver(t, w.atProvider(t, w.begin(t, guest, w.path+"/test"))).is(t, http.StatusSeeOther).header.Get("Location")
	guest.get(t, finish).is(t, http.StatusSeeOther)
	guest.get(t, w.path).is(t, http.StatusOK).has(t, "does not count")
	// At another host of the tenant's, to which the provider does not answer, none begins.
	_, err = w.DB.ExecContext(t.Context(), `INSERT INTO `+tenantdb.Control.Table("hosts")+` (host, tenant_id, created_at) VALUES ($1, $2, $3)`, "sso.acme.example", string(w.acme.ID), w.clock.now())
	must(t, err)
	at := w.withSession(t, "sso.acme.example", standing{Kind: byLink, Tenant: w.acme.ID, ID: link.ID, Purpose: operator.ForSignOn})
	if page := at.post(t, w.path+"/test", nil).is(t, http.StatusConflict).has(t, "Test it at acme.askspoke.test"); !strings.Contains(page.body, `href="http://acme.askspoke.test`+w.path+`"`) {
		t.Errorf("the page leads nowhere: %s", page.body)
	}
	// What went wrong is told to who tests, with what was expected and what came.
	w.begin(t, w.owner, w.path+"/test")
	a = w.forge(w.requestOf(t, w.owner))
	a.Audience = "https://elsewhere.example"
	w.owner.get(t, w.deliver(t, w.provider.Forge(a)).is(t, http.StatusSeeOther).header.Get("Location")).is(t, http.StatusSeeOther)
	w.owner.get(t, w.path).is(t, http.StatusOK).has(t, "The test failed.", "made for another application", "does not contain \"http://acme.askspoke.test/saml/metadata\"")
}

// Whom the directory has disabled is out at once, and no assertion brings her back.
func TestSAMLOfADisabledUser(t *testing.T) {
	t.Parallel()
	w := newSAMLWorld(t)
	w.offer(t)
	b := w.stranger(t)
	signIn := func() answered {
		return b.get(t, w.deliver(t, w.atProvider(t, w.begin(t, b, samlPath))).is(t, http.StatusSeeOther).header.Get("Location"))
	}
	signIn().is(t, http.StatusSeeOther)
	b.get(t, "/").is(t, http.StatusOK)
	w.user(t, samlAda.Email, false)
	before := w.fingerprint(t)
	b.get(t, "/").is(t, http.StatusSeeOther)
	signIn().is(t, http.StatusForbidden).has(t, "Your account was disabled")
	b.get(t, "/").is(t, http.StatusSeeOther)
	if w.fingerprint(t) != before {
		t.Error("the directory was written")
	}
}

// Who is no administrator is nobody, unless the connection lets in the users of the directory.
func TestSAMLOfAStranger(t *testing.T) {
	t.Parallel()
	w := newSAMLWorld(t)
	w.offer(t)
	b := w.stranger(t)
	w.begin(t, b, samlPath)
	a := w.forge(w.requestOf(t, b))
	a.NameID = "eve@acme.example"
	b.get(t, w.deliver(t, w.provider.Forge(a)).is(t, http.StatusSeeOther).header.Get("Location")).is(t, http.StatusForbidden).has(t, "You are not an administrator here")
	b.get(t, "/").is(t, http.StatusSeeOther)
}

// A provider that takes requests by a form gets them by one, which needs no script.
func TestSAMLByForm(t *testing.T) {
	t.Parallel()
	w := newSAMLWorld(t)
	w.offer(t)
	var config saml.Config
	_, made, err := w.samlProvider(&exchange{server: w.Server, tenant: w.acme}, w.connection)
	must(t, err)
	config = made.Config
	config.SSOPost = true
	w.connection, err = w.SignOn.Change(t.Context(), w.acme.ID, w.connection.ID, signon.ConnectionChange{Revision: w.connection.Revision, Name: "The provider", Config: config})
	must(t, err)
	b := w.stranger(t)
	page := b.get(t, samlPath).is(t, http.StatusOK).has(t, "Sign in at The provider")
	if !strings.Contains(page.header.Get("Content-Security-Policy"), "form-action 'self' http: https:;") {
		t.Errorf("policy %s", page.header.Get("Content-Security-Policy"))
	}
	action, form, err := samltest.ParseForm([]byte(page.body))
	must(t, err)
	jar, err := cookiejar.New(nil)
	must(t, err)
	_, answer := w.provider.SignInByForm(&http.Client{Jar: jar}, action, form, samlAda)
	b.get(t, w.deliver(t, answer).is(t, http.StatusSeeOther).header.Get("Location")).is(t, http.StatusSeeOther)
	b.get(t, "/").is(t, http.StatusOK).has(t, "owner@acme.example")
}

func TestSAMLSettings(t *testing.T) {
	t.Parallel()
	w := newSAMLWorld(t)
	refused := func(form url.Values, says ...string) {
		t.Helper()
		w.change(t, "/provider", form).is(t, http.StatusUnprocessableEntity).has(t, says...)
	}
	refused(url.Values{}, "The metadata is missing")
	refused(url.Values{"metadata": {"<html>"}}, "The metadata")
	refused(url.Values{"metadata": {`<!DOCTYPE x>`}}, "has a document type")
	refused(url.Values{"metadata": {w.stranger(t).get(t, saml.MetadataPath).body}}, "no identity provider")
	refused(url.Values{"metadata_url": {"http://169.254.169.254/latest"}}, "must begin with https://")
	refused(url.Values{"metadata_url": {w.provider.URL + "/nothing"}}, "Nothing could be read there")
	refused(url.Values{"entity_id": {"https://idp.example"}, "sso_url": {"javascript:alert(1)"}, "certificates": {"x"}}, "holds no certificate")
	// What was there stays.
	if revision := w.connection.Revision; revision == "" {
		t.Fatal("no revision")
	} else if w.read(t); w.connection.Revision != revision {
		t.Error("a refused change changed something")
	}
	w.change(t, "/provider", url.Values{"metadata": {string(w.provider.Metadata())}}).is(t, http.StatusSeeOther)
	w.owner.upload(t, w.path+"/provider", w.connection.Revision, w.provider.Metadata()).is(t, http.StatusSeeOther)
	w.owner.upload(t, w.path+"/provider", w.connection.Revision, []byte("no metadata")).is(t, http.StatusUnprocessableEntity)

	// Two who change it at once do not undo each other's.
	stale := w.connection.Revision
	w.options(t, url.Values{"email_attribute": {"mail"}})
	w.change(t, "", url.Values{"name": {"x"}, "email_attribute": {"upn"}, "revision": {stale}}).is(t, http.StatusConflict)
	w.change(t, "", url.Values{"name": {"x"}, "email_attribute": {"a\nb"}}).is(t, http.StatusUnprocessableEntity)

	// A second connection is the same service to the provider.
	again := w.owner.post(t, signOnPath+"?provider=saml", url.Values{"name": {"Another"}}).is(t, http.StatusSeeOther).header.Get("Location")
	if one, two := w.owner.get(t, w.path+"/certificate.pem").is(t, http.StatusOK), w.owner.get(t, again+"/certificate.pem").is(t, http.StatusOK); one.body != two.body || !strings.HasPrefix(one.body, "-----BEGIN CERTIFICATE-----") {
		t.Error("it has another certificate")
	}

	w.owner.get(t, again).is(t, http.StatusOK).has(t, "It can be tested once Spoke knows your identity provider")

	// Others see it, or not even that.
	page := w.as(t, admin.Viewer).get(t, w.path).is(t, http.StatusOK)
	if strings.Contains(page.body, "<textarea") {
		t.Error("a viewer has a form")
	}
	w.as(t, admin.Admin).post(t, w.path+"/provider", url.Values{"metadata": {"x"}}).is(t, http.StatusForbidden)
	w.stranger(t).get(t, w.path).is(t, http.StatusSeeOther)
	w.asAt(t, w.globex, admin.Owner).get(t, w.path).is(t, http.StatusNotFound)
	w.asAt(t, w.globex, admin.Owner).post(t, w.path+"/provider", url.Values{"metadata": {string(w.provider.Metadata())}}).is(t, http.StatusNotFound)
	w.owner.get(t, signOnPath+"/x").is(t, http.StatusNotFound)
}

// An administrator is warned of a certificate that ends.
func TestSAMLCertificateEnds(t *testing.T) {
	t.Parallel()
	w := newSAMLWorld(t)
	for end, says := range map[time.Duration]string{
		9*24*time.Hour + time.Hour: "A certificate of the identity provider ends in 9 days", -time.Hour: "A certificate of the identity provider has ended",
	} {
		certificate := samltest.Until(w.clock.now().Add(end)).Certificate
		form := url.Values{
			"entity_id": {"https://idp.example"}, "sso_url": {"https://idp.example/sso"},
			"certificates": {string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Raw}))},
		}
		w.change(t, "/provider", form).is(t, http.StatusSeeOther)
		w.owner.get(t, w.path).is(t, http.StatusOK).has(t, says, "read its metadata again below")
	}
	_, err := w.DB.ExecContext(t.Context(), `UPDATE `+tenantdb.Control.Table("sign_on_connections")+` SET state = 'enforced' WHERE id = $1`, w.connection.ID)
	must(t, err)
	w.owner.get(t, w.path).is(t, http.StatusOK).has(t, "make a copy of this connection") // which may not be changed itself
}

// upload posts a file of metadata.
func (b *browser) upload(t *testing.T, path, revision string, text []byte) answered {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	must(t, form.WriteField("revision", revision))
	part, err := form.CreateFormFile("file", "metadata.xml")
	must(t, err)
	_, err = part.Write(text)
	must(t, err)
	must(t, form.Close())
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+b.host+path, &body)
	must(t, err)
	request.Header = http.Header{"Accept": {"text/html"}, "Content-Type": {form.FormDataContentType()}, "Sec-Fetch-Site": {"same-origin"}}
	response, err := b.client.Do(request)
	must(t, err)
	defer response.Body.Close()
	return answered{status: response.StatusCode, header: response.Header}
}

// Anybody can ask for a request, and answer it as often as she likes.
func TestSAMLFlood(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.stranger(t)
	garbage := url.Values{"SAMLResponse": {base64.StdEncoding.EncodeToString([]byte("<x/>"))}}
	b.post(t, saml.ACSPath, garbage).is(t, http.StatusForbidden)
	for range 2 * samlAnswerRate.Burst { // some become free meanwhile
		if b.post(t, saml.ACSPath, garbage).status == http.StatusTooManyRequests {
			return
		}
	}
	t.Error("a stranger's answers are not limited")
}
