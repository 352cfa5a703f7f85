package signin_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/beevik/etree"
	lib "github.com/crewjam/saml"

	"github.com/askspoke/spoke/infra/samltest"
	"github.com/askspoke/spoke/services/console/consoletest"
	"github.com/askspoke/spoke/services/console/place"
	"github.com/askspoke/spoke/services/console/signin"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/signon"
	"github.com/askspoke/spoke/tenancy/signon/saml"
)

func TestSignInBySAML(t *testing.T) {
	t.Parallel()
	w := consoletest.NewSAMLWorld(t)
	b := w.Stranger(t)
	b.Get(t, signin.SAMLPath).Is(t, http.StatusNotFound).Has(t, "Single sign-on by SAML is not set up here")
	w.Offer(t)
	form := w.AtProvider(t, w.Begin(t, b, signin.SAMLPath+"?next="+url.QueryEscape("/settings/integrations")))
	finish := w.Deliver(t, form).Is(t, http.StatusSeeOther).Header.Get("Location")
	if got := b.Get(t, finish).Is(t, http.StatusSeeOther).Header.Get("Location"); got != "/settings/integrations" {
		t.Errorf("sent to %s", got)
	}
	b.Get(t, "/").Is(t, http.StatusOK).Has(t, "owner@acme.example")
	// Neither half works a second time.
	w.Deliver(t, form).Is(t, http.StatusForbidden).Has(t, "You could not be signed in", "This answer was used before, and works once.")
	b.Get(t, finish).Is(t, http.StatusForbidden).Has(t, "completed before")
}

// A session lasts no longer than the provider says (saml-core section 2.7.2), and one that is over does not begin.
func TestSAMLSessionEnds(t *testing.T) {
	t.Parallel()
	w := consoletest.NewSAMLWorld(t)
	w.Offer(t)
	come := func(b *consoletest.Browser, after time.Duration) consoletest.Answer {
		t.Helper()
		w.Begin(t, b, signin.SAMLPath)
		a := w.Forge(w.RequestOf(t, b))
		end := a.Now.Add(after)
		a.Change = func(_ *lib.Response, assertion *lib.Assertion) {
			assertion.AuthnStatements[0].SessionNotOnOrAfter = &end
		}
		return b.Get(t, w.Deliver(t, w.Provider.Forge(a)).Is(t, http.StatusSeeOther).Header.Get("Location"))
	}
	come(w.Stranger(t), -time.Second).Is(t, http.StatusForbidden).Has(t, "The answer has expired")
	b := w.Stranger(t)
	come(b, 10*time.Minute).Is(t, http.StatusSeeOther)
	w.Clock.Pass(9 * time.Minute)
	b.Get(t, "/").Is(t, http.StatusOK)
	w.Clock.Pass(time.Minute)
	b.Get(t, "/").Is(t, http.StatusSeeOther)
}

// An answer to a request counts in the browser that asked alone.
func TestSAMLInAnotherBrowser(t *testing.T) {
	t.Parallel()
	w := consoletest.NewSAMLWorld(t)
	w.Offer(t)
	attacker, victim := w.Stranger(t), w.Stranger(t)
	finish := w.Deliver(t, w.AtProvider(t, w.Begin(t, attacker, signin.SAMLPath))).Is(t, http.StatusSeeOther).Header.Get("Location")
	victim.Get(t, finish).Is(t, http.StatusForbidden).Has(t, "This sign-in began in another browser")
	victim.Get(t, "/").Is(t, http.StatusSeeOther)
	attacker.Get(t, finish).Is(t, http.StatusForbidden)
	// One who has begun a sign-in of her own is not taken in either.
	finish = w.Deliver(t, w.AtProvider(t, w.Begin(t, attacker, signin.SAMLPath))).Is(t, http.StatusSeeOther).Header.Get("Location")
	w.Begin(t, victim, signin.SAMLPath)
	victim.Get(t, finish).Is(t, http.StatusForbidden).Has(t, "This sign-in began in another browser")
}

func TestSAMLThatBeginsAtTheProvider(t *testing.T) {
	t.Parallel()
	w := consoletest.NewSAMLWorld(t)
	w.Offer(t)
	shortcut := w.Provider.Shortcut("http://acme.askspoke.test/saml/metadata", "/settings/integrations")
	w.Deliver(t, w.AtProvider(t, shortcut)).Is(t, http.StatusForbidden).Has(t, "Nobody asked for this answer")
	w.Options(t, url.Values{"allow_idp_initiated": {"on"}})
	finish := w.Deliver(t, w.AtProvider(t, shortcut)).Is(t, http.StatusSeeOther).Header.Get("Location")
	b := w.Stranger(t)
	if got := b.Get(t, finish).Is(t, http.StatusSeeOther).Header.Get("Location"); got != "/settings/integrations" {
		t.Errorf("sent to %s", got)
	}
	b.Get(t, "/").Is(t, http.StatusOK).Has(t, "owner@acme.example")
	// Who is signed in as somebody else stays so.
	other := w.As(t, admin.Viewer)
	finish = w.Deliver(t, w.AtProvider(t, shortcut)).Is(t, http.StatusSeeOther).Header.Get("Location")
	other.Get(t, finish).Is(t, http.StatusConflict).Has(t, "You are signed in as somebody else", "owner@acme.example", "viewer@acme.example")
	other.Get(t, "/").Is(t, http.StatusOK).Has(t, "viewer@acme.example")
	// What comes beside the assertion leads nowhere else.
	form := w.AtProvider(t, shortcut)
	form.Set("RelayState", "https://evil.example/")
	if got := w.Stranger(t).Get(t, w.Deliver(t, form).Header.Get("Location")).Is(t, http.StatusSeeOther).Header.Get("Location"); got != "/" {
		t.Errorf("sent to %s", got)
	}
}

func TestHostileSAML(t *testing.T) {
	t.Parallel()
	w := consoletest.NewSAMLWorld(t)
	w.Offer(t)
	b := w.Stranger(t)
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
		w.Begin(t, b, signin.SAMLPath)
		a := w.Forge(w.RequestOf(t, b))
		tc.change(&a)
		page := w.Deliver(t, w.Provider.Forge(a))
		if page.Status == http.StatusSeeOther { // what is wrong is for the browser that asked, where it is known which one did
			page = b.Get(t, page.Header.Get("Location"))
		}
		page.Is(t, http.StatusForbidden).Has(t, "You could not be signed in", tc.says)
		if strings.Contains(page.Body, "<script>alert") {
			t.Errorf("%s: the page has the script", name)
		}
	}
	w.Deliver(t, url.Values{"SAMLResponse": {"%"}}).Is(t, http.StatusForbidden).Has(t, "not a SAML response")
	w.Deliver(t, url.Values{"SAMLResponse": {strings.Repeat("A", 5<<20)}}).Is(t, http.StatusRequestEntityTooLarge)
	// The answer to acme is worth nothing at globex.
	w.Begin(t, b, signin.SAMLPath)
	form := w.Provider.Forge(w.Forge(w.RequestOf(t, b)))
	w.At(t, "globex.askspoke.test").Send(t, http.MethodPost, saml.ACSPath, form, nil).Is(t, http.StatusForbidden).Has(t, "a request that was not made here")
	finish := w.Deliver(t, form).Is(t, http.StatusSeeOther).Header.Get("Location")
	w.At(t, "globex.askspoke.test").Get(t, finish).Is(t, http.StatusForbidden)
	b.Get(t, finish).Is(t, http.StatusSeeOther)
	if strings.Contains(w.Log.String(), "spf_") || strings.Contains(w.Log.String(), form.Get("SAMLResponse")) {
		t.Error("the log has a secret")
	}
	// Nothing else is let in from another site.
	b.Send(t, http.MethodPost, place.SignOn, url.Values{"name": {"x"}}, http.Header{"Sec-Fetch-Site": {"cross-site"}}).Is(t, http.StatusForbidden)
}

func TestSAMLThatWasChangedMeanwhile(t *testing.T) {
	t.Parallel()
	w := consoletest.NewSAMLWorld(t)
	w.Offer(t)
	b := w.Stranger(t)
	finish := w.Deliver(t, w.AtProvider(t, w.Begin(t, b, signin.SAMLPath))).Is(t, http.StatusSeeOther).Header.Get("Location")
	w.Options(t, url.Values{"name_attribute": {"cn"}})
	b.Get(t, finish).Is(t, http.StatusConflict).Has(t, "Single sign-on was changed meanwhile")
	form := w.AtProvider(t, w.Begin(t, b, signin.SAMLPath))
	consoletest.Must(t, w.SignOn.TurnOff(t.Context(), w.Acme.ID, operator.Shell))
	b.Get(t, w.Deliver(t, form).Is(t, http.StatusSeeOther).Header.Get("Location")).Is(t, http.StatusForbidden).Has(t, "Nobody signs in with this connection any more")
	consoletest.Must(t, w.SignOn.Remove(t.Context(), w.Acme.ID, w.Connection.ID))
	w.Deliver(t, form).Is(t, http.StatusConflict).Has(t, "Single sign-on was changed meanwhile")
	w.Stranger(t).Get(t, saml.MetadataPath).Is(t, http.StatusNotFound)
}

// Whom the directory has disabled is out at once, and no assertion brings her back.
func TestSAMLOfADisabledUser(t *testing.T) {
	t.Parallel()
	w := consoletest.NewSAMLWorld(t)
	w.Offer(t)
	b := w.Stranger(t)
	signIn := func() consoletest.Answer {
		return b.Get(t, w.Deliver(t, w.AtProvider(t, w.Begin(t, b, signin.SAMLPath))).Is(t, http.StatusSeeOther).Header.Get("Location"))
	}
	signIn().Is(t, http.StatusSeeOther)
	b.Get(t, "/").Is(t, http.StatusOK)
	w.User(t, consoletest.SAMLAda.Email, false)
	before := w.Fingerprint(t)
	b.Get(t, "/").Is(t, http.StatusSeeOther)
	signIn().Is(t, http.StatusForbidden).Has(t, "Your account was disabled")
	b.Get(t, "/").Is(t, http.StatusSeeOther)
	if w.Fingerprint(t) != before {
		t.Error("the directory was written")
	}
}

// Who is no administrator is nobody, unless the connection lets in the users of the directory.
func TestSAMLOfAStranger(t *testing.T) {
	t.Parallel()
	w := consoletest.NewSAMLWorld(t)
	w.Offer(t)
	b := w.Stranger(t)
	w.Begin(t, b, signin.SAMLPath)
	a := w.Forge(w.RequestOf(t, b))
	a.NameID = "eve@acme.example"
	b.Get(t, w.Deliver(t, w.Provider.Forge(a)).Is(t, http.StatusSeeOther).Header.Get("Location")).Is(t, http.StatusForbidden).Has(t, "You are not an administrator here")
	b.Get(t, "/").Is(t, http.StatusSeeOther)
}

// A provider that takes requests by a form gets them by one, which needs no script.
func TestSAMLByForm(t *testing.T) {
	t.Parallel()
	w := consoletest.NewSAMLWorld(t)
	w.Offer(t)
	var config saml.Config
	consoletest.Must(t, json.Unmarshal(w.Connection.Config, &config))
	config.SSOPost = true
	var err error
	w.Connection, err = w.SignOn.Change(t.Context(), w.Acme.ID, w.Connection.ID, signon.ConnectionChange{Revision: w.Connection.Revision, Name: "The provider", Config: config})
	consoletest.Must(t, err)
	b := w.Stranger(t)
	page := b.Get(t, signin.SAMLPath).Is(t, http.StatusOK).Has(t, "Sign in at The provider")
	if !strings.Contains(page.Header.Get("Content-Security-Policy"), "form-action 'self' http: https:;") {
		t.Errorf("policy %s", page.Header.Get("Content-Security-Policy"))
	}
	action, form, err := samltest.ParseForm([]byte(page.Body))
	consoletest.Must(t, err)
	jar, err := cookiejar.New(nil)
	consoletest.Must(t, err)
	_, answer := w.Provider.SignInByForm(&http.Client{Jar: jar}, action, form, consoletest.SAMLAda)
	b.Get(t, w.Deliver(t, answer).Is(t, http.StatusSeeOther).Header.Get("Location")).Is(t, http.StatusSeeOther)
	b.Get(t, "/").Is(t, http.StatusOK).Has(t, "owner@acme.example")
}

// Anybody can ask for a request, and answer it as often as she likes.
func TestSAMLFlood(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	b := w.Stranger(t)
	garbage := url.Values{"SAMLResponse": {base64.StdEncoding.EncodeToString([]byte("<x/>"))}}
	b.Post(t, saml.ACSPath, garbage).Is(t, http.StatusForbidden)
	for range 2 * signin.SAMLAnswerRate.Burst { // some become free meanwhile
		if b.Post(t, saml.ACSPath, garbage).Status == http.StatusTooManyRequests {
			return
		}
	}
	t.Error("a stranger's answers are not limited")
}
