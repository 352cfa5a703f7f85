package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/askspoke/spoke/services/console/consoletest"
	"github.com/askspoke/spoke/services/console/place"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/oauth"
	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/signon"
)

// What a guest comes to.
const (
	scimPath    = "/settings/integrations/scim"
	tokensPath  = scimPath + "/tokens"
	clientsPath = scimPath + "/clients"
	hostsPath   = "/settings/hosts"
)

// A guest revokes what was made under the same link, and nothing that was there, whoever made it.
func TestGuestKeepsCredentials(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	boss, guest, other := w.As(t, admin.Admin), w.WithLink(t, operator.ForProvisioning), w.WithLink(t, operator.ForProvisioning)
	boss.Enable(t, "entra")
	before := w.TokenList(t)[0]
	at := tokensPath + "/" + before.ID
	if page := guest.Get(t, at).Is(t, http.StatusOK).Has(t, consoletest.Keeps, "Rotate the token"); strings.Contains(page.Body, at+"/revoke") {
		t.Error("the page has a form that is refused")
	}
	if page := boss.Get(t, at); strings.Contains(page.Text(), consoletest.Keeps) || !strings.Contains(page.Body, at+"/revoke") {
		t.Errorf("an administrator's page: %s", page.Text())
	}
	guest.Kept(t, at+"/revoke", nil)

	// A rotation that the guest begins is ended by the guest, but not to the old token's loss, proven or not.
	guest.Post(t, at+"/rotation", nil).Is(t, http.StatusOK)
	other.Kept(t, at+"/rotation/cancel", nil)
	page := guest.Get(t, at).Is(t, http.StatusOK).Has(t, "An administrator completes the rotation", "Cancel the rotation")
	if strings.Contains(page.Body, at+"/rotation/complete") {
		t.Error("the page has a form that is refused")
	}
	for _, form := range []url.Values{nil, {"insist": {"yes"}}} {
		guest.Kept(t, at+"/rotation/complete", form)
	}
	guest.Post(t, at+"/rotation/cancel", nil).Is(t, http.StatusSeeOther)
	boss.Post(t, at+"/rotation", nil).Is(t, http.StatusOK)
	guest.Kept(t, at+"/rotation/cancel", nil)
	guest.Post(t, tokensPath+"/none/rotation/cancel", nil).Is(t, http.StatusNotFound)

	guest.Enable(t, "okta")
	for _, made := range w.TokenList(t) {
		own := made.Name == "Okta"
		if path := tokensPath + "/" + made.ID + "/revoke"; own {
			other.Kept(t, path, nil)
			boss.Get(t, tokensPath+"/"+made.ID).Is(t, http.StatusOK)
			guest.Get(t, tokensPath+"/"+made.ID).Is(t, http.StatusOK).Has(t, "Revoke the token")
			guest.Post(t, path, nil).Is(t, http.StatusSeeOther)
		} else if made.Live(w.Clock.Now()) {
			guest.Kept(t, path, nil)
		}
	}
	if got, err := w.Tokens.Get(t.Context(), w.Acme.ID, before.ID); err != nil || !got.Live(w.Clock.Now()) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestGuestKeepsClients(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	boss, guest := w.As(t, admin.Admin), w.WithLink(t, operator.ForProvisioning)
	makes := func(b *consoletest.Browser) oauth.Client {
		t.Helper()
		b.Post(t, clientsPath, url.Values{"once": {consoletest.OnceOf(t, b.Get(t, scimPath))}, "provider": {"entra"}}).Is(t, http.StatusOK)
		list, err := w.Clients.Clients(t.Context(), w.Acme.ID)
		consoletest.Must(t, err)
		for _, c := range list {
			if c.CreatedAt.Equal(list[0].CreatedAt) || c.CreatedAt.After(list[0].CreatedAt) {
				list[0] = c
			}
		}
		return list[0]
	}
	before := makes(boss)
	at := clientsPath + "/" + before.ID
	guest.Kept(t, at+"/revoke", nil)
	guest.Kept(t, at+"/secrets/"+before.Secrets[0].ID+"/revoke", nil)
	guest.Get(t, at).Is(t, http.StatusOK).Has(t, consoletest.Keeps)
	guest.Post(t, at+"/secrets", url.Values{"once": {consoletest.OnceOf(t, guest.Get(t, at))}}).Is(t, http.StatusOK) // beside the other
	c, err := w.Clients.Client(t.Context(), w.Acme.ID, before.ID)
	consoletest.Must(t, err)
	for _, secret := range c.Secrets {
		if secret.ID != before.Secrets[0].ID {
			guest.Post(t, at+"/secrets/"+secret.ID+"/revoke", nil).Is(t, http.StatusSeeOther)
		}
	}
	guest.Kept(t, at+"/secrets/"+before.Secrets[0].ID+"/revoke", nil)

	own := makes(guest)
	if own.ID == before.ID {
		t.Fatal("no client was made")
	}
	guest.Post(t, clientsPath+"/"+own.ID+"/secrets/"+own.Secrets[0].ID+"/revoke", nil).Is(t, http.StatusSeeOther)
	guest.Post(t, clientsPath+"/"+own.ID+"/revoke", nil).Is(t, http.StatusSeeOther)
	if c, err = w.Clients.Client(t.Context(), w.Acme.ID, before.ID); err != nil || !c.RevokedAt.IsZero() {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestGuestKeepsHosts(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	boss, guest := w.As(t, admin.Admin), w.WithLink(t, operator.ForHost)
	host := func(name string) url.Values { return url.Values{"host": {name}} }
	boss.Post(t, hostsPath, host("before.acme.com")).Is(t, http.StatusSeeOther)
	guest.Post(t, hostsPath, host("Before.acme.com")).Is(t, http.StatusSeeOther) // which makes it no guest's
	guest.Post(t, hostsPath, host(" OWN.acme.com ")).Is(t, http.StatusSeeOther)
	page := guest.Get(t, hostsPath).Is(t, http.StatusOK).Has(t, consoletest.Keeps)
	if strings.Count(page.Text(), consoletest.Keeps) != 1 || strings.Count(page.Body, `action="/settings/hosts/remove"`) != 1 {
		t.Errorf("the page: %s", page.Text())
	}
	for _, name := range []string{"before.acme.com", " BEFORE.acme.com. ", "none.acme.com", "", strings.Repeat("a", 300)} {
		guest.Kept(t, hostsPath+"/remove", host(name))
	}
	w.WithLink(t, operator.ForHost).Kept(t, hostsPath+"/remove", host("own.acme.com"))
	guest.Post(t, hostsPath+"/remove", host(" Own.acme.com")).Is(t, http.StatusSeeOther)
	list, err := w.Hosts.List(t.Context(), w.Acme.ID)
	if err != nil || len(list) != 1 || list[0].Name != "before.acme.com" {
		t.Errorf("%+v, %v", list, err)
	}
	boss.Post(t, hostsPath+"/remove", host("before.acme.com")).Is(t, http.StatusSeeOther)
}

func TestGuestKeepsDrafts(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	guest := w.WithLink(t, operator.ForSignOn)
	c, err := w.SignOn.Create(t.Context(), signon.NewConnection{
		Tenant: w.Acme.ID, Kind: signon.KindOIDC, Name: "Before", Config: signon.OIDC{Issuer: "http://127.0.0.1:1", ClientID: "spoke", EmailClaim: "email"}, Secret: []byte("x"), CreatedBy: operator.Shell,
	})
	consoletest.Must(t, err)
	guest.Kept(t, place.SignOn+"/"+c.ID+"/remove", nil)
	copied := guest.Post(t, place.SignOn+"/"+c.ID+"/copy", nil).Is(t, http.StatusSeeOther).Header.Get("Location")
	guest.Post(t, copied+"/remove", nil).Is(t, http.StatusSeeOther)
	if _, err := w.SignOn.Get(t.Context(), w.Acme.ID, c.ID); err != nil {
		t.Error(err)
	}
}
