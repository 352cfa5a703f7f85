package console

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/oauth"
	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/signon"
)

const keeps = "This was there before your set-up link"

// kept fails the test unless a guest is refused to take something away.
func (b *browser) kept(t *testing.T, path string, form url.Values) {
	t.Helper()
	b.post(t, path, form).is(t, http.StatusForbidden).has(t, keeps, "Nothing was changed", "Ask an administrator of Acme Inc.")
}

// A guest revokes what was made under the same link, and nothing that was there, whoever made it.
func TestGuestKeepsCredentials(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	boss, guest, other := w.as(t, admin.Admin), w.withLink(t, operator.ForProvisioning), w.withLink(t, operator.ForProvisioning)
	boss.enable(t, "entra")
	before := w.tokens(t)[0]
	at := tokensPath + "/" + before.ID
	if page := guest.get(t, at).is(t, http.StatusOK).has(t, keeps, "Rotate the token"); strings.Contains(page.body, at+"/revoke") {
		t.Error("the page has a form that is refused")
	}
	if page := boss.get(t, at); strings.Contains(page.text(), keeps) || !strings.Contains(page.body, at+"/revoke") {
		t.Errorf("an administrator's page: %s", page.text())
	}
	guest.kept(t, at+"/revoke", nil)

	// A rotation that the guest begins is ended by the guest, but not to the old token's loss, proven or not.
	guest.post(t, at+"/rotation", nil).is(t, http.StatusOK)
	other.kept(t, at+"/rotation/cancel", nil)
	page := guest.get(t, at).is(t, http.StatusOK).has(t, "An administrator completes the rotation", "Cancel the rotation")
	if strings.Contains(page.body, at+"/rotation/complete") {
		t.Error("the page has a form that is refused")
	}
	for _, form := range []url.Values{nil, {"insist": {"yes"}}} {
		guest.kept(t, at+"/rotation/complete", form)
	}
	guest.post(t, at+"/rotation/cancel", nil).is(t, http.StatusSeeOther)
	boss.post(t, at+"/rotation", nil).is(t, http.StatusOK)
	guest.kept(t, at+"/rotation/cancel", nil)
	guest.post(t, tokensPath+"/none/rotation/cancel", nil).is(t, http.StatusNotFound)

	guest.enable(t, "okta")
	for _, made := range w.tokens(t) {
		own := made.Name == "Okta"
		if path := tokensPath + "/" + made.ID + "/revoke"; own {
			other.kept(t, path, nil)
			boss.get(t, tokensPath+"/"+made.ID).is(t, http.StatusOK)
			guest.get(t, tokensPath+"/"+made.ID).is(t, http.StatusOK).has(t, "Revoke the token")
			guest.post(t, path, nil).is(t, http.StatusSeeOther)
		} else if made.Live(w.clock.now()) {
			guest.kept(t, path, nil)
		}
	}
	if got, err := w.Tokens.Get(t.Context(), w.acme.ID, before.ID); err != nil || !got.Live(w.clock.now()) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestGuestKeepsClients(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	boss, guest := w.as(t, admin.Admin), w.withLink(t, operator.ForProvisioning)
	makes := func(b *browser) oauth.Client {
		t.Helper()
		b.post(t, clientsPath, url.Values{"once": {onceOf(t, b.get(t, scimPath))}, "provider": {"entra"}}).is(t, http.StatusOK)
		list, err := w.Clients.Clients(t.Context(), w.acme.ID)
		must(t, err)
		for _, c := range list {
			if c.CreatedAt.Equal(list[0].CreatedAt) || c.CreatedAt.After(list[0].CreatedAt) {
				list[0] = c
			}
		}
		return list[0]
	}
	before := makes(boss)
	at := clientsPath + "/" + before.ID
	guest.kept(t, at+"/revoke", nil)
	guest.kept(t, at+"/secrets/"+before.Secrets[0].ID+"/revoke", nil)
	guest.get(t, at).is(t, http.StatusOK).has(t, keeps)
	guest.post(t, at+"/secrets", url.Values{"once": {onceOf(t, guest.get(t, at))}}).is(t, http.StatusOK) // beside the other
	c, err := w.Clients.Client(t.Context(), w.acme.ID, before.ID)
	must(t, err)
	for _, secret := range c.Secrets {
		if secret.ID != before.Secrets[0].ID {
			guest.post(t, at+"/secrets/"+secret.ID+"/revoke", nil).is(t, http.StatusSeeOther)
		}
	}
	guest.kept(t, at+"/secrets/"+before.Secrets[0].ID+"/revoke", nil)

	own := makes(guest)
	if own.ID == before.ID {
		t.Fatal("no client was made")
	}
	guest.post(t, clientsPath+"/"+own.ID+"/secrets/"+own.Secrets[0].ID+"/revoke", nil).is(t, http.StatusSeeOther)
	guest.post(t, clientsPath+"/"+own.ID+"/revoke", nil).is(t, http.StatusSeeOther)
	if c, err = w.Clients.Client(t.Context(), w.acme.ID, before.ID); err != nil || !c.RevokedAt.IsZero() {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestGuestKeepsHosts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	boss, guest := w.as(t, admin.Admin), w.withLink(t, operator.ForHost)
	host := func(name string) url.Values { return url.Values{"host": {name}} }
	boss.post(t, hostsPath, host("before.acme.com")).is(t, http.StatusSeeOther)
	guest.post(t, hostsPath, host("Before.acme.com")).is(t, http.StatusSeeOther) // which makes it no guest's
	guest.post(t, hostsPath, host(" OWN.acme.com ")).is(t, http.StatusSeeOther)
	page := guest.get(t, hostsPath).is(t, http.StatusOK).has(t, keeps)
	if strings.Count(page.text(), keeps) != 1 || strings.Count(page.body, `action="/settings/hosts/remove"`) != 1 {
		t.Errorf("the page: %s", page.text())
	}
	for _, name := range []string{"before.acme.com", " BEFORE.acme.com. ", "none.acme.com", "", strings.Repeat("a", 300)} {
		guest.kept(t, hostsPath+"/remove", host(name))
	}
	w.withLink(t, operator.ForHost).kept(t, hostsPath+"/remove", host("own.acme.com"))
	guest.post(t, hostsPath+"/remove", host(" Own.acme.com")).is(t, http.StatusSeeOther)
	list, err := w.Hosts.List(t.Context(), w.acme.ID)
	if err != nil || len(list) != 1 || list[0].Name != "before.acme.com" {
		t.Errorf("%+v, %v", list, err)
	}
	boss.post(t, hostsPath+"/remove", host("before.acme.com")).is(t, http.StatusSeeOther)
}

func TestGuestKeepsDrafts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	guest := w.withLink(t, operator.ForSignOn)
	c, err := w.SignOn.Create(t.Context(), signon.NewConnection{
		Tenant: w.acme.ID, Kind: signon.KindOIDC, Name: "Before", Config: signon.OIDC{Issuer: "http://127.0.0.1:1", ClientID: "spoke", EmailClaim: "email"}, Secret: []byte("x"), CreatedBy: operator.Shell,
	})
	must(t, err)
	guest.kept(t, signOnPath+"/"+c.ID+"/remove", nil)
	copied := guest.post(t, signOnPath+"/"+c.ID+"/copy", nil).is(t, http.StatusSeeOther).header.Get("Location")
	guest.post(t, copied+"/remove", nil).is(t, http.StatusSeeOther)
	if _, err := w.SignOn.Get(t.Context(), w.acme.ID, c.ID); err != nil {
		t.Error(err)
	}
}
