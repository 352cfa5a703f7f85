package console

import (
	"net/http"
	"net/netip"
	"net/url"
	"testing"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/oauth"
)

// An OAuth client is made with a secret, once for a form, gets access tokens by it until it is revoked, and is another
// tenant's business never.
func TestOAuthClient(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(t, admin.Admin)
	form := url.Values{"once": {onceOf(t, b.get(t, scimPath))}, "provider": {"entra"}}
	secret := secretOf(t, b.post(t, clientsPath, form).is(t, http.StatusOK).
		has(t, "Client ID", "Client secret", "http://acme.askspoke.test/oauth/token", "Token Endpoint", "Client Identifier"))
	list, err := w.Clients.Clients(t.Context(), w.acme.ID)
	must(t, err)
	if len(list) != 1 || len(list[0].Secrets) != 1 {
		t.Fatalf("%+v", list)
	}
	id := list[0].ID
	issue := func(secret string) error {
		_, err := w.Clients.Issue(t.Context(), oauth.Request{
			Place:    oauth.Place{Tenant: w.acme.ID, Issuer: "http://acme.askspoke.test", Audience: "http://acme.askspoke.test/scim/v2"},
			ClientID: id, Secret: secret, From: netip.MustParseAddr("192.0.2.7"),
		})
		return err
	}
	must(t, issue(secret))
	b.post(t, clientsPath, form).is(t, http.StatusConflict).has(t, "This form has made its secret already")
	must(t, issue(secret))
	b.get(t, integrationsPath).is(t, http.StatusOK).has(t, "Enabled")
	b.get(t, panelPath).is(t, http.StatusOK).has(t, "Credential “Microsoft Entra ID”", "It was used first from 192.0.2.7")

	path := clientsPath + "/" + id
	again := url.Values{"once": {onceOf(t, b.get(t, path).is(t, http.StatusOK).has(t, id, "valid"))}}
	second := secretOf(t, b.post(t, path+"/secrets", again).is(t, http.StatusOK))
	b.post(t, path+"/secrets", again).is(t, http.StatusConflict)
	must(t, issue(second))
	must(t, issue(secret))
	b.post(t, path+"/secrets/"+list[0].Secrets[0].ID+"/revoke", nil).is(t, http.StatusSeeOther)
	if issue(secret) == nil {
		t.Error("the revoked secret is accepted")
	}
	must(t, issue(second))
	if page := b.get(t, path).is(t, http.StatusOK).has(t, "revoked"); secretPattern.MatchString(page.body) {
		t.Error("the page shows a secret")
	}

	globex := w.asAt(t, w.globex, admin.Owner)
	globex.get(t, path).is(t, http.StatusNotFound)
	for _, act := range []string{"/revoke", "/secrets", "/secrets/" + uuid.NewString() + "/revoke"} {
		globex.post(t, path+act, url.Values{"once": {uuid.NewString()}}).is(t, http.StatusNotFound)
	}
	must(t, issue(second))
	for _, bad := range []string{"x", uuid.NewString(), "%00"} {
		b.get(t, clientsPath+"/"+bad).is(t, http.StatusNotFound)
		b.post(t, path+"/secrets/"+bad+"/revoke", nil).is(t, http.StatusNotFound)
	}
	b.post(t, path+"/revoke", nil).is(t, http.StatusSeeOther)
	if issue(second) == nil {
		t.Error("the revoked client is accepted")
	}
	b.post(t, path+"/secrets", url.Values{"once": {uuid.NewString()}}).is(t, http.StatusConflict).has(t, "This client was revoked")
	b.get(t, scimPath).is(t, http.StatusOK).has(t, "Not connected")
}
