package console

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/askspoke/spoke/infra/oidctest"
)

const clientSecret = "the secret at the provider"

// people is a real OpenID provider that knows the administrators of acme by their roles, and others.
func people(t *testing.T) *oidctest.Provider {
	t.Helper()
	known := make([]oidctest.User, 0, 6)
	for _, name := range []string{"owner", "admin", "viewer", "ada", "stranger"} {
		known = append(known, oidctest.User{ID: name + "-1", Email: name + "@acme.example", Password: name, Name: "The " + name, Verified: true})
	}
	return oidctest.New(t, oidctest.Client{ID: "spoke", Secret: clientSecret, Redirects: []string{"http://acme.askspoke.test/sign-in/oidc/callback"}}, known...)
}

// connectForm is what an owner enters.
func connectForm(issuer string) url.Values {
	return url.Values{"name": {"Acme login"}, "issuer": {issuer}, "client_id": {"spoke"}, "client_secret": {clientSecret}, "email_claim": {"email"}}
}

// connects makes a connection in a browser, and returns its page's path.
func (b *browser) connects(t *testing.T, p *oidctest.Provider, more url.Values) string {
	t.Helper()
	form := connectForm(p.URL)
	for name, values := range more {
		form[name] = values
	}
	return b.post(t, "/settings/sign-on?provider=other", form).is(t, http.StatusSeeOther).header.Get("Location")
}

// goes follows a path that leads to the provider, signs in there, and returns what the way back answers.
func (b *browser) goes(t *testing.T, path string, p *oidctest.Provider, name string) answered {
	t.Helper()
	return b.get(t, b.comes(t, path, p, name))
}

// comes is goes up to the way back, which it returns.
func (b *browser) comes(t *testing.T, path string, p *oidctest.Provider, name string) string {
	t.Helper()
	to := b.get(t, path).is(t, http.StatusSeeOther).header.Get("Location")
	if !strings.HasPrefix(to, p.URL+"/") {
		t.Fatalf("%s leads to %s", path, to)
	}
	back := p.SignIn(t, to, name+"@acme.example", name)
	if back.Host != b.host || back.Path != "/sign-in/oidc/callback" {
		t.Fatalf("the provider leads to %s", back)
	}
	return back.RequestURI()
}

// offers has an owner connect the provider and offer it.
func (b *browser) offers(t *testing.T, p *oidctest.Provider, more url.Values) (path string) {
	t.Helper()
	path = b.connects(t, p, more)
	b.post(t, path+"/offer", b.get(t, path).is(t, http.StatusOK).revision(t)).is(t, http.StatusSeeOther)
	return path
}

// codesOf are the recovery codes that a page shows.
func codesOf(t *testing.T, a answered) []string {
	t.Helper()
	codes := regexp.MustCompile(`[0-9a-z]{4}(-[0-9a-z]{4}){3}`).FindAllString(regexp.MustCompile(`(?s)<pre>.*</pre>`).FindString(a.body), -1)
	if len(codes) != 10 {
		t.Fatalf("the page shows %d codes: %s", len(codes), a.text())
	}
	return codes
}
