package console

import (
	"encoding/base64"
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
)

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
	b.get(t, w.deliver(t, form).is(t, http.StatusSeeOther).header.Get("Location")).is(t, http.StatusForbidden).has(t, "Nobody signs in by this connection any more")
	must(t, w.SignOn.Remove(t.Context(), w.acme.ID, w.connection.ID))
	w.deliver(t, form).is(t, http.StatusConflict).has(t, "Single sign-on was changed meanwhile")
	w.stranger(t).get(t, saml.MetadataPath).is(t, http.StatusNotFound)
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
