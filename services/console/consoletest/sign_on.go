package consoletest

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/askspoke/spoke/infra/oidctest"
)

// ClientSecret is that of Spoke at the OpenID provider.
const ClientSecret = "the secret at the provider"

// OpenIDProvider is a real OpenID provider that knows the administrators of acme by their roles, and others.
func OpenIDProvider(t *testing.T) *oidctest.Provider {
	t.Helper()
	known := make([]oidctest.User, 0, 6)
	for _, name := range []string{"owner", "admin", "viewer", "ada", "stranger"} {
		known = append(known, oidctest.User{ID: name + "-1", Email: name + "@acme.example", Password: name, Name: "The " + name, Verified: true})
	}
	return oidctest.New(t, oidctest.Client{ID: "spoke", Secret: ClientSecret, Redirects: []string{"http://acme.askspoke.test/sign-in/oidc/callback"}}, known...)
}

// ConnectForm is what an owner enters.
func ConnectForm(issuer string) url.Values {
	return url.Values{"name": {"Acme login"}, "issuer": {issuer}, "client_id": {"spoke"}, "client_secret": {ClientSecret}, "email_claim": {"email"}}
}

// Connects makes a connection in a browser, and returns its page's path.
func (b *Browser) Connects(t *testing.T, p *oidctest.Provider, more url.Values) string {
	t.Helper()
	form := ConnectForm(p.URL)
	for name, values := range more {
		form[name] = values
	}
	return b.Post(t, "/settings/sign-on?provider=other", form).Is(t, http.StatusSeeOther).Header.Get("Location")
}

// Goes follows a path that leads to the provider, signs in there, and returns what the way back answers.
func (b *Browser) Goes(t *testing.T, path string, p *oidctest.Provider, name string) Answer {
	t.Helper()
	return b.Get(t, b.Comes(t, path, p, name))
}

// Comes is goes up to the way back, which it returns.
func (b *Browser) Comes(t *testing.T, path string, p *oidctest.Provider, name string) string {
	t.Helper()
	to := b.leaves(t, path)
	if !strings.HasPrefix(to, p.URL+"/") {
		t.Fatalf("%s leads to %s", path, to)
	}
	back := p.SignIn(t, to, name+"@acme.example", name)
	if back.Host != b.Host || !strings.HasPrefix(back.Path, "/sign-in/oidc/callback") {
		t.Fatalf("the provider leads to %s", back)
	}
	return back.RequestURI()
}

// Offers has an owner connect the provider and offer it.
func (b *Browser) Offers(t *testing.T, p *oidctest.Provider, more url.Values) (path string) {
	t.Helper()
	path = b.Connects(t, p, more)
	b.Post(t, path+"/offer", b.Get(t, path).Is(t, http.StatusOK).Revision(t)).Is(t, http.StatusSeeOther)
	return path
}

// RecoveryCodes are the recovery codes that a page shows.
func RecoveryCodes(t *testing.T, a Answer) []string {
	t.Helper()
	codes := regexp.MustCompile(`[0-9a-z]{4}(-[0-9a-z]{4}){3}`).FindAllString(regexp.MustCompile(`(?s)<pre[^>]*>.*</pre>`).FindString(a.Body), -1)
	if len(codes) != 10 {
		t.Fatalf("the page shows %d codes: %s", len(codes), a.Text())
	}
	return codes
}

// leaves returns where the browser is sent by the beginning of a sign-in, or of a test, which is a post.
func (b *Browser) leaves(t *testing.T, path string) string {
	t.Helper()
	if !strings.HasSuffix(path, "/test") {
		return b.Get(t, path).Is(t, http.StatusSeeOther).Header.Get("Location")
	}
	page := b.Post(t, path, nil).Is(t, http.StatusOK).Has(t, "If nothing happens, go on yourself")
	to := strings.TrimPrefix(page.Header.Get("Refresh"), "0; url=")
	if !strings.Contains(html.UnescapeString(page.Body), `href="`+to+`"`) {
		t.Errorf("the page has no link to %s: %s", to, page.Body)
	}
	return to
}

// CallbackOf is the number of the redirect URI that a form of a connection has, "" for the plain one.
func CallbackOf(a Answer) string {
	if found := regexp.MustCompile(`name="callback" value="([a-z2-7]{26})"`).FindStringSubmatch(a.Body); found != nil {
		return found[1]
	}
	return ""
}
