//go:build unix

package walk

import (
	"encoding/pem"
	"io"
	"net/http"
	"regexp"
	"testing"
	"time"

	"github.com/askspoke/spoke/infra/browser"
	"github.com/askspoke/spoke/infra/oidctest"
	"github.com/askspoke/spoke/infra/samltest"
	"github.com/askspoke/spoke/tenancy"
)

const (
	ownerMail     = "owner@acme.test"
	ownerPassword = "only at the provider"
)

// signOn sets single sign-on up, by both protocols, and looks at each page on the way. It ends with one that is required of
// everybody.
func (s *stage) signOn(t *testing.T, b *browser.Browser, id tenancy.ID) {
	s.byOIDC(t, b)
	s.bySAML(t, b)
	s.required(t, b, id)
}

// byOIDC connects an OpenID provider: first with a secret that is wrong.
func (s *stage) byOIDC(t *testing.T, b *browser.Browser) {
	t.Helper()
	p := oidctest.New(t, oidctest.Client{ID: "spoke", Secret: "right", Redirects: []string{s.Origin("acme") + "/sign-in/oidc/callback"}},
		oidctest.User{Email: ownerMail, Password: ownerPassword, Name: "Robin Owner", Verified: true},
		oidctest.User{Email: "eve@acme.test", Password: ownerPassword, Name: "Eve", Verified: true})
	s.inspect(t, b, "acme", visit{"/settings/sign-on/new?provider=other", "Single sign-on with your"})
	b.Fill("Name, as people see it on the button", "Acme login")
	b.Fill("Issuer", p.URL)
	b.Fill("Client ID", "spoke")
	b.Fill("Client secret", "wrong")
	still(b)
	b.Click("Save")
	b.WaitFor("The connection is saved")
	look(t, b, "Acme login")
	at := b.URL()
	test := func(mail string) {
		t.Helper()
		b.Click("Test it now")
		b.Fill("Mail address", mail)
		b.Fill("Password", ownerPassword)
		quiet(t, b, "404") // of the provider's icon
		b.Click("Sign in")
	}
	test(ownerMail)
	b.WaitFor("The test failed.")
	look(t, b, "Acme login")
	b.Open(at)
	b.Fill("Client secret", "right")
	still(b)
	b.Click("Save")
	b.WaitFor("The connection is changed")
	test("eve@acme.test")
	b.WaitFor("It works, but does not count.")
	look(t, b, "Acme login")
	b.Open(at)
	still(b)
	test(ownerMail)
	b.WaitFor("It works.")
	reaches(t, b)
	b.Click("What the provider said")
	look(t, b, "Acme login")
	b.Click("Offer it")
	still(b)
	b.Within("details.confirm[open]").Click("css:button")
	b.WaitFor("Administrators can sign in with Acme login now")
	look(t, b, "Single sign-on")
	a := browser.New(t)
	s.inspect(t, a, "acme", visit{"/sign-in", "Sign in"})
	a.WithoutJavaScript()
	a.Click("Sign in with Acme login")
	a.Fill("Mail address", "eve@acme.test")
	a.Fill("Password", ownerPassword)
	a.Click("Sign in")
	a.WaitFor("You are not an administrator here")
}

// bySAML connects a SAML provider, whose certificate ends soon, and then has ended.
func (s *stage) bySAML(t *testing.T, b *browser.Browser) {
	t.Helper()
	p := samltest.Start(t)
	p.Add(samltest.Person{Name: "robin", Password: ownerPassword, Email: ownerMail, FullName: "Robin Owner"})
	s.inspect(t, b, "acme", visit{"/settings/sign-on/new?provider=saml", "Single sign-on with your"})
	b.Fill("Name, as people see it on the button", "Acme SAML")
	still(b)
	b.Click("Save")
	b.WaitFor("The connection is there")
	look(t, b, "Acme SAML")
	metadata, err := s.HTTP.Get(s.Origin("acme") + "/saml/metadata")
	must(t, err)
	defer metadata.Body.Close()
	text, err := io.ReadAll(metadata.Body)
	must(t, err)
	p.Trust(text)
	at := b.URL()
	b.Fill("or its text", "<html>")
	still(b)
	b.Click("Save the identity provider")
	look(t, b, "Acme SAML")             // what is wrong with it
	for _, days := range []int{-1, 5} { // until its certificate ends
		b.Open(at)
		b.Click("Enter it by hand")
		certificate := samltest.Until(time.Now().AddDate(0, 0, days)).Certificate
		b.Fill("Entity ID (issuer)", p.EntityID())
		b.Fill("Sign-in URL (HTTP-Redirect)", p.SSOURL())
		b.Fill("Certificate (PEM)", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Raw})))
		still(b)
		b.Click("css:form[enctype] > button")
		b.WaitFor("The identity provider is known")
		look(t, b, "Acme SAML")
	}
	b.Open(at)
	b.Fill("Metadata URL", p.MetadataURL())
	still(b)
	b.Click("Read it again")
	b.WaitFor("The identity provider is known")
	look(t, b, "Acme SAML")
	reaches(t, b)
	b.Click("Test it now")
	b.Fill("css:input[name=user]", "robin")
	b.Fill("css:input[name=password]", ownerPassword)
	quiet(t, b, "404")
	b.Click("css:input[type=submit]")
	b.WaitFor("It works.")
	look(t, b, "Acme SAML")
	s.inspect(t, b, "acme", visit{"/settings/sign-on", "Single sign-on"})
}

var recoveryCode = regexp.MustCompile(`[0-9a-z]{4}(-[0-9a-z]{4}){3}`)

// required has everybody sign in by the OpenID provider, and an owner come in by a recovery code, without JavaScript.
func (s *stage) required(t *testing.T, b *browser.Browser, id tenancy.ID) {
	t.Helper()
	still(b)
	b.Open(s.Origin("acme") + "/settings/sign-on")
	b.Within("section[aria-labelledby=list]").Click("Acme login")
	b.Click("Require it of everybody…")
	look(t, b, "Require Acme login")
	reaches(t, b)
	still(b)
	b.Click("Require it of everybody")
	b.WaitFor("Keep these now")
	look(t, b, "Recovery codes")
	reaches(t, b)
	code := recoveryCode.FindString(b.Text("pre"))
	b.Click("I have kept them")
	look(t, b, "Single sign-on")
	b.Within("section[aria-labelledby=list]").Click("Acme login")
	look(t, b, "Acme login")
	s.inspect(t, b, "acme", visit{browser.Evaluate[string](b, `location.pathname`) + "/enforce", "Require Acme login"})

	a := browser.New(t)
	s.inspect(t, a, "acme", visit{"/sign-in", "Sign in"}, visit{"/sign-in/link/spi_wrong", ""}, visit{"/sign-in/recovery", "Sign in with a recovery code"})
	a.Fill("Mail address", ownerMail)
	a.Fill("Recovery code", "0000-0000-0000-0000")
	still(a)
	a.Click("Sign in")
	a.WaitFor("This is not an owner's address together with one of the codes")
	look(t, a, "Sign in with a recovery code")
	a.WithoutJavaScript()
	a.Open(s.Origin("acme") + "/sign-in")
	a.Click("An owner with a recovery code")
	a.Fill("Mail address", ownerMail)
	a.Fill("Recovery code", code)
	a.Click("Sign in")
	a.WaitFor("9 codes left")
	a.Click("Turn off")
	a.Click("Turn it off")
	a.WaitFor("Single sign-on is off")
	if _, err := s.admins.ByEmail(t.Context(), id, "eve@acme.test"); err == nil {
		t.Error("who was refused has become an administrator")
	}
	if status := a.Status(); status != http.StatusOK {
		t.Errorf("the page has the status %d", status)
	}
}
