package console

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/services/console/guide"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/operator"
)

// The tutorial's step 2: Settings > Integrations > SCIM > Connect > Enable SCIM > copy the token. The token opens the
// tenant, is on no later page, and the card says Enabled.
func TestEnableSCIM(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(t, admin.Admin)
	b.get(t, integrationsPath).is(t, http.StatusOK).has(t, "SCIM", "Not connected", "Connect")
	page := b.get(t, scimPath).is(t, http.StatusOK).has(t, "Enable SCIM", "Microsoft Entra ID", "Okta")
	made := b.post(t, tokensPath, url.Values{"once": {onceOf(t, page)}, "provider": {"entra"}}).is(t, http.StatusOK).
		has(t, "Copy it now", "API Token", "Tenant URL", "http://acme.askspoke.test/scim/v2", "Secret Token")
	if got := made.header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("the page with the token may be kept: %q", got)
	}
	secret := secretOf(t, made)
	if n := len(secretPattern.FindAllString(made.text(), -1)); n != 1 {
		t.Errorf("the token is there %d times", n)
	}
	client, err := w.Tokens.Verify(t.Context(), w.acme.ID, secret, netip.Addr{})
	if err != nil || client.Name != "Microsoft Entra ID" || client.Scopes != tenancy.AllScopes {
		t.Errorf("%+v, %v", client, err)
	}
	if _, err := w.Tokens.Verify(t.Context(), w.globex.ID, secret, netip.Addr{}); err == nil {
		t.Error("the token opens another tenant")
	}
	id := w.tokens(t)[0].ID
	for _, path := range []string{integrationsPath, scimPath, tokensPath + "/" + id, panelPath, guidesPath + "entra", clientsPath} {
		if page := b.get(t, path); secretPattern.MatchString(page.body) {
			t.Errorf("%s shows the token", path)
		}
	}
	b.get(t, integrationsPath).is(t, http.StatusOK).has(t, "Enabled", "1 token or client")
	if strings.Contains(w.log.String(), secret) {
		t.Error("the token is in the log")
	}
	if calls := w.audit(t, "createToken"); len(calls) != 1 || calls[0].Resource != id || calls[0].Status != http.StatusOK {
		t.Errorf("the audit log has %+v", calls)
	}
}

// A strict tenant's page has the tenant URL as Entra needs it, and Ping's what its form asks for besides.
func TestSecretFields(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	strict := tenancy.ProfileStrict
	_, err := w.Tenants.Update(t.Context(), w.acme.ID, 0, lifecycle.Change{Profile: &strict})
	must(t, err)
	w.until(t, func() bool {
		got, err := w.Registry.Resolve(t.Context(), "acme.askspoke.test")
		return err == nil && got.Settings.Profile == strict
	})
	b := w.as(t, admin.Admin)
	enable := func(provider string) answered {
		return b.post(t, tokensPath, url.Values{"once": {uuid.NewString()}, "provider": {provider}}).is(t, http.StatusOK)
	}
	enable("entra").has(t, "http://acme.askspoke.test/scim/v2?aadOptscim062020", "calls its field Secret Token")
	enable("ping").has(t, "calls its field OAuth Access Token", "The form has these fields besides", "Users Resource", "/Users")
	for _, g := range guide.List() {
		secretOf(t, enable(g.Slug))
		must(t, w.Tokens.Revoke(t.Context(), w.acme.ID, w.tokens(t)[len(w.tokens(t))-1].ID))
	}
}

// A form that is sent twice, one after the other or at once, makes one token; the later answer does not show it.
func TestFormMakesOneToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(t, admin.Admin)
	form := url.Values{"once": {onceOf(t, b.get(t, scimPath))}, "provider": {"okta"}}
	secret := secretOf(t, b.post(t, tokensPath, form).is(t, http.StatusOK))
	again := b.post(t, tokensPath, form).is(t, http.StatusConflict).has(t, "This form has made its token already", "If you did not see it, revoke it")
	if secretPattern.MatchString(again.body) || len(w.tokens(t)) != 1 {
		t.Errorf("there are %d tokens, and the page says\n%s", len(w.tokens(t)), again.text())
	}
	w.uses(t, secret) // it is still the one that was shown

	form.Set("once", uuid.NewString())
	answers := make(chan int, 4)
	for range cap(answers) {
		go func() { answers <- b.post(t, tokensPath, form).status }()
	}
	count := make(map[int]int)
	for range cap(answers) {
		count[<-answers]++
	}
	if count[http.StatusOK] != 1 || count[http.StatusConflict] != 3 || len(w.tokens(t)) != 2 {
		t.Errorf("answers %v, %d tokens", count, len(w.tokens(t)))
	}
	// What the form made was revoked since: the form does not bring it back.
	for _, made := range w.tokens(t) {
		must(t, w.Tokens.Revoke(t.Context(), w.acme.ID, made.ID))
	}
	b.post(t, tokensPath, form).is(t, http.StatusConflict).has(t, "This token was revoked or has expired")
}

// The same number in the form of another tenant makes a token of that tenant, and touches nobody's.
func TestFormOfAnotherTenant(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	form := url.Values{"once": {uuid.NewString()}, "provider": {"okta"}}
	secret := secretOf(t, w.as(t, admin.Admin).post(t, tokensPath, form).is(t, http.StatusOK))
	secretOf(t, w.asAt(t, w.globex, admin.Admin).post(t, tokensPath, form).is(t, http.StatusOK))
	w.uses(t, secret)
	id := w.tokens(t)[0].ID
	globex := w.asAt(t, w.globex, admin.Owner)
	globex.get(t, tokensPath+"/"+id).is(t, http.StatusNotFound)
	for _, act := range []string{"/revoke", "/rotation", "/rotation/complete", "/rotation/cancel"} {
		globex.post(t, tokensPath+"/"+id+act, url.Values{"insist": {"yes"}}).is(t, http.StatusNotFound)
	}
	w.uses(t, secret)
}

func TestBadForms(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(t, admin.Admin)
	good := func() url.Values { return url.Values{"once": {uuid.NewString()}, "provider": {"entra"}} }
	for name, test := range map[string]struct {
		key, value, says string
	}{
		"no number":           {"once", "", "The form did not arrive whole"},
		"a number that is no": {"once", "1' OR '1'='1", "The form did not arrive whole"},
		"no provider":         {"provider", "", "Choose your identity provider"},
		"unknown provider":    {"provider", "../entra", "Choose your identity provider"},
		"unknown access":      {"access", "everything", "The form did not arrive whole"},
		"unknown expiry":      {"expires", "-1", "Choose when it expires"},
		"long name":           {"name", strings.Repeat("x", 101), "This name will not do"},
		"name with control":   {"name", "a\x00b", "This name will not do"},
	} {
		form := good()
		form.Set(test.key, test.value)
		if got := b.post(t, tokensPath, form); got.status != http.StatusUnprocessableEntity || !strings.Contains(got.text(), test.says) {
			t.Errorf("%s: %d %s", name, got.status, got.text())
		}
	}
	b.post(t, tokensPath, url.Values{"name": {strings.Repeat("x", 2<<20)}}).is(t, http.StatusRequestEntityTooLarge)
	if n := len(w.tokens(t)); n != 0 {
		t.Errorf("bad forms made %d tokens", n)
	}
	// A name is text, wherever it is shown.
	form := good()
	form.Set("name", `<script>alert(1)</script>`)
	b.post(t, tokensPath, form).is(t, http.StatusOK)
	for _, path := range []string{scimPath, tokensPath + "/" + w.tokens(t)[0].ID, panelPath + "?provider=entra"} {
		if page := b.get(t, path).is(t, http.StatusOK); strings.Contains(page.body, "<script>alert") {
			t.Errorf("%s has a script", path)
		}
	}
}

// Who may: a viewer looks, an admin changes, the holder of a set-up link for provisioning has these pages and no other, and
// that of another one none of them. Another site's page changes nothing.
func TestWhoMay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	secret := w.as(t, admin.Owner).enable(t, "okta")
	id := w.tokens(t)[0].ID
	link := func(p operator.Purpose) *browser {
		return w.withLink(t, p)
	}
	guest, signOn := link(operator.ForProvisioning), link(operator.ForSignOn)
	looks := []string{integrationsPath, scimPath, panelPath, guidesPath + "okta", tokensPath + "/" + id}
	for _, path := range looks {
		w.as(t, admin.Viewer).get(t, path).is(t, http.StatusOK)
		guest.get(t, path).is(t, http.StatusOK)
		signOn.get(t, path).is(t, http.StatusForbidden)
		w.stranger(t).get(t, path).is(t, http.StatusSeeOther)
	}
	guest.get(t, "/").is(t, http.StatusForbidden)
	if page := w.as(t, admin.Viewer).get(t, tokensPath+"/"+id); strings.Contains(page.body, "<form method=\"post\" action=\"/settings") {
		t.Error("a viewer is shown what he may not do")
	}
	form := url.Values{"once": {uuid.NewString()}, "provider": {"okta"}}
	for _, path := range []string{tokensPath, tokensPath + "/" + id + "/revoke", tokensPath + "/" + id + "/rotation", clientsPath} {
		w.as(t, admin.Viewer).post(t, path, form).is(t, http.StatusForbidden)
		signOn.post(t, path, form).is(t, http.StatusForbidden)
		w.stranger(t).post(t, path, form).is(t, http.StatusUnauthorized)
		forged := http.Header{"Sec-Fetch-Site": {"cross-site"}, "Origin": {"https://evil.example"}}
		w.as(t, admin.Owner).send(t, http.MethodPost, path, form, forged).is(t, http.StatusForbidden).has(t, "came from another site")
		w.as(t, admin.Owner).get(t, path+"?once="+form.Get("once")+"&provider=okta") // a GET changes nothing
	}
	if list := w.tokens(t); len(list) != 1 || !list[0].RevokedAt.IsZero() {
		t.Fatalf("%+v", list)
	}
	w.uses(t, secret)
	secretOf(t, guest.post(t, tokensPath, form).is(t, http.StatusOK))
	guest.post(t, tokensPath+"/"+id+"/revoke", nil).is(t, http.StatusSeeOther)
}
