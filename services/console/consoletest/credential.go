package consoletest

import (
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"testing"

	"github.com/askspoke/spoke/tenancy/token"
)

// OnceOf returns the number of the page's forms.
func OnceOf(t *testing.T, a Answer) string {
	t.Helper()
	found := regexp.MustCompile(`name="once" value="([0-9a-f-]{36})"`).FindStringSubmatch(a.Body)
	if found == nil {
		t.Fatalf("the page has no form:\n%s", a.Text())
	}
	return found[1]
}

// SecretPattern is a token, or the secret of an OAuth client.
var SecretPattern = regexp.MustCompile(`sp[kc]_[0-9A-Za-z]{49}`)

// SecretOf returns the secret that the page shows.
func SecretOf(t *testing.T, a Answer) string {
	t.Helper()
	found := SecretPattern.FindString(a.Body)
	if found == "" {
		t.Fatalf("the page shows no secret:\n%s", a.Text())
	}
	return found
}

// Enable does what the tutorial's step 2 says, and returns the token.
func (b *Browser) Enable(t *testing.T, provider string) string {
	t.Helper()
	page := b.Get(t, "/settings/integrations/scim").Is(t, http.StatusOK)
	return SecretOf(t, b.Post(t, "/settings/integrations/scim/tokens", url.Values{"once": {OnceOf(t, page)}, "provider": {provider}}).Is(t, http.StatusOK))
}

// TokenList returns all of acme's.
func (w *World) TokenList(t *testing.T) []token.Token {
	t.Helper()
	list, err := w.Tokens.List(t.Context(), w.Acme.ID)
	Must(t, err)
	return list
}

// Uses has a token used as the gateway would.
func (w *World) Uses(t *testing.T, secret string) {
	t.Helper()
	_, err := w.Tokens.Verify(t.Context(), w.Acme.ID, secret, netip.MustParseAddr("192.0.2.7"))
	Must(t, err)
	Must(t, w.Tokens.Flush(t.Context()))
}
