package console

import (
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"testing"

	"github.com/askspoke/spoke/tenancy/token"
)

// onceOf returns the number of the page's forms.
func onceOf(t *testing.T, a answered) string {
	t.Helper()
	found := regexp.MustCompile(`name="once" value="([0-9a-f-]{36})"`).FindStringSubmatch(a.body)
	if found == nil {
		t.Fatalf("the page has no form:\n%s", a.text())
	}
	return found[1]
}

var secretPattern = regexp.MustCompile(`sp[kc]_[0-9A-Za-z]{49}`)

// secretOf returns the secret that the page shows.
func secretOf(t *testing.T, a answered) string {
	t.Helper()
	found := secretPattern.FindString(a.body)
	if found == "" {
		t.Fatalf("the page shows no secret:\n%s", a.text())
	}
	return found
}

// enable does what the tutorial's step 2 says, and returns the token.
func (b *browser) enable(t *testing.T, provider string) string {
	t.Helper()
	page := b.get(t, scimPath).is(t, http.StatusOK)
	return secretOf(t, b.post(t, tokensPath, url.Values{"once": {onceOf(t, page)}, "provider": {provider}}).is(t, http.StatusOK))
}

// tokens returns all of acme's.
func (w *world) tokens(t *testing.T) []token.Token {
	t.Helper()
	list, err := w.Tokens.List(t.Context(), w.acme.ID)
	must(t, err)
	return list
}

// uses has a token used as the gateway would.
func (w *world) uses(t *testing.T, secret string) {
	t.Helper()
	_, err := w.Tokens.Verify(t.Context(), w.acme.ID, secret, netip.MustParseAddr("192.0.2.7"))
	must(t, err)
	must(t, w.Tokens.Flush(t.Context()))
}
