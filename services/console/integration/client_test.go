package integration_test

import (
	"net/http"
	"net/netip"
	"net/url"
	"testing"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/services/console/consoletest"
	"github.com/askspoke/spoke/services/console/integration"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/oauth"
)

// An OAuth client is made with a secret, once for a form, gets access tokens by it until it is revoked, and is another
// tenant's business never.
func TestOAuthClient(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	b := w.As(t, admin.Admin)
	form := url.Values{"once": {consoletest.OnceOf(t, b.Get(t, integration.ScimPath))}, "provider": {"entra"}}
	secret := consoletest.SecretOf(t, b.Post(t, integration.ClientsPath, form).Is(t, http.StatusOK).
		Has(t, "Client ID", "Client secret", "http://acme.askspoke.test/oauth/token", "Token Endpoint", "Client Identifier"))
	list, err := w.Clients.Clients(t.Context(), w.Acme.ID)
	consoletest.Must(t, err)
	if len(list) != 1 || len(list[0].Secrets) != 1 {
		t.Fatalf("%+v", list)
	}
	id := list[0].ID
	issue := func(secret string) error {
		_, err := w.Clients.Issue(t.Context(), oauth.Request{
			Place:    oauth.Place{Tenant: w.Acme.ID, Issuer: "http://acme.askspoke.test", Audience: "http://acme.askspoke.test/scim/v2"},
			ClientID: id, Secret: secret, From: netip.MustParseAddr("192.0.2.7"),
		})
		return err
	}
	consoletest.Must(t, issue(secret))
	b.Post(t, integration.ClientsPath, form).Is(t, http.StatusConflict).Has(t, "This form has made its secret already")
	consoletest.Must(t, issue(secret))
	b.Get(t, integration.IntegrationsPath).Is(t, http.StatusOK).Has(t, "Enabled")
	b.Get(t, integration.PanelPath).Is(t, http.StatusOK).Has(t, "Credential “Microsoft Entra ID”", "It was used first from 192.0.2.7")

	path := integration.ClientsPath + "/" + id
	again := url.Values{"once": {consoletest.OnceOf(t, b.Get(t, path).Is(t, http.StatusOK).Has(t, id, "valid"))}}
	second := consoletest.SecretOf(t, b.Post(t, path+"/secrets", again).Is(t, http.StatusOK))
	b.Post(t, path+"/secrets", again).Is(t, http.StatusConflict)
	consoletest.Must(t, issue(second))
	consoletest.Must(t, issue(secret))
	b.Post(t, path+"/secrets/"+list[0].Secrets[0].ID+"/revoke", nil).Is(t, http.StatusSeeOther)
	if issue(secret) == nil {
		t.Error("the revoked secret is accepted")
	}
	consoletest.Must(t, issue(second))
	if page := b.Get(t, path).Is(t, http.StatusOK).Has(t, "revoked"); consoletest.SecretPattern.MatchString(page.Body) {
		t.Error("the page shows a secret")
	}

	globex := w.AsAt(t, w.Globex, admin.Owner)
	globex.Get(t, path).Is(t, http.StatusNotFound)
	for _, act := range []string{"/revoke", "/secrets", "/secrets/" + uuid.NewString() + "/revoke"} {
		globex.Post(t, path+act, url.Values{"once": {uuid.NewString()}}).Is(t, http.StatusNotFound)
	}
	consoletest.Must(t, issue(second))
	for _, bad := range []string{"x", uuid.NewString(), "%00"} {
		b.Get(t, integration.ClientsPath+"/"+bad).Is(t, http.StatusNotFound)
		b.Post(t, path+"/secrets/"+bad+"/revoke", nil).Is(t, http.StatusNotFound)
	}
	b.Post(t, path+"/revoke", nil).Is(t, http.StatusSeeOther)
	if issue(second) == nil {
		t.Error("the revoked client is accepted")
	}
	b.Post(t, path+"/secrets", url.Values{"once": {uuid.NewString()}}).Is(t, http.StatusConflict).Has(t, "This client was revoked")
	b.Get(t, integration.ScimPath).Is(t, http.StatusOK).Has(t, "Not connected")
}
