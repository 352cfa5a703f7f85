package integration_test

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/services/console/consoletest"
	"github.com/askspoke/spoke/services/console/guide"
	"github.com/askspoke/spoke/services/console/integration"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/operator"
)

// The tutorial's step 2: Settings > Integrations > SCIM > Connect > Enable SCIM > copy the token. The token opens the
// tenant, is on no later page, and the card says Enabled.
func TestEnableSCIM(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	b := w.As(t, admin.Admin)
	b.Get(t, integration.IntegrationsPath).Is(t, http.StatusOK).Has(t, "SCIM", "Not connected", "Connect")
	page := b.Get(t, integration.ScimPath).Is(t, http.StatusOK).Has(t, "Enable SCIM", "Microsoft Entra ID", "Okta")
	made := b.Post(t, integration.TokensPath, url.Values{"once": {consoletest.OnceOf(t, page)}, "provider": {"entra"}}).Is(t, http.StatusOK).
		Has(t, "Copy it now", "API Token", "Tenant URL", "http://acme.askspoke.test/scim/v2", "Secret Token")
	if got := made.Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("the page with the token may be kept: %q", got)
	}
	secret := consoletest.SecretOf(t, made)
	if n := len(consoletest.SecretPattern.FindAllString(made.Text(), -1)); n != 1 {
		t.Errorf("the token is there %d times", n)
	}
	client, err := w.Tokens.Verify(t.Context(), w.Acme.ID, secret, netip.Addr{})
	if err != nil || client.Name != "Microsoft Entra ID" || client.Scopes != tenancy.AllScopes {
		t.Errorf("%+v, %v", client, err)
	}
	if _, err := w.Tokens.Verify(t.Context(), w.Globex.ID, secret, netip.Addr{}); err == nil {
		t.Error("the token opens another tenant")
	}
	id := w.TokenList(t)[0].ID
	for _, path := range []string{integration.IntegrationsPath, integration.ScimPath, integration.TokensPath + "/" + id, integration.PanelPath, integration.GuidesPath + "entra", integration.ClientsPath} {
		if page := b.Get(t, path); consoletest.SecretPattern.MatchString(page.Body) {
			t.Errorf("%s shows the token", path)
		}
	}
	b.Get(t, integration.IntegrationsPath).Is(t, http.StatusOK).Has(t, "Enabled", "1 token or client")
	if strings.Contains(w.Log.String(), secret) {
		t.Error("the token is in the log")
	}
	if calls := w.Audit(t, "createToken"); len(calls) != 1 || calls[0].Resource != id || calls[0].Status != http.StatusOK {
		t.Errorf("the audit log has %+v", calls)
	}
}

// A strict tenant's page has the tenant URL as Entra needs it, and Ping's what its form asks for besides.
func TestSecretFields(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	strict := tenancy.ProfileStrict
	_, err := w.Tenants.Update(t.Context(), w.Acme.ID, 0, lifecycle.Change{Profile: &strict})
	consoletest.Must(t, err)
	fixture.Eventually(t, "the registry hears of the profile", func() bool {
		got, err := w.Registry.Resolve(t.Context(), "acme.askspoke.test")
		return err == nil && got.Settings.Profile == strict
	})
	b := w.As(t, admin.Admin)
	enable := func(provider string) consoletest.Answer {
		return b.Post(t, integration.TokensPath, url.Values{"once": {uuid.NewString()}, "provider": {provider}}).Is(t, http.StatusOK)
	}
	enable("entra").Has(t, "http://acme.askspoke.test/scim/v2?aadOptscim062020", "calls its field Secret Token")
	enable("ping").Has(t, "calls its field OAuth Access Token", "The form has these fields besides", "Users Resource", "/Users")
	for _, g := range guide.List() {
		consoletest.SecretOf(t, enable(g.Slug))
		consoletest.Must(t, w.Tokens.Revoke(t.Context(), w.Acme.ID, w.TokenList(t)[len(w.TokenList(t))-1].ID))
	}
}

// A form that is sent twice, one after the other or at once, makes one token; the later answer does not show it.
func TestFormMakesOneToken(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	b := w.As(t, admin.Admin)
	form := url.Values{"once": {consoletest.OnceOf(t, b.Get(t, integration.ScimPath))}, "provider": {"okta"}}
	secret := consoletest.SecretOf(t, b.Post(t, integration.TokensPath, form).Is(t, http.StatusOK))
	again := b.Post(t, integration.TokensPath, form).Is(t, http.StatusConflict).Has(t, "This form has made its token already", "If you did not see it, revoke it")
	if consoletest.SecretPattern.MatchString(again.Body) || len(w.TokenList(t)) != 1 {
		t.Errorf("there are %d tokens, and the page says\n%s", len(w.TokenList(t)), again.Text())
	}
	w.Uses(t, secret) // it is still the one that was shown

	form.Set("once", uuid.NewString())
	answers := make(chan int, 4)
	for range cap(answers) {
		go func() { answers <- b.Post(t, integration.TokensPath, form).Status }()
	}
	count := make(map[int]int)
	for range cap(answers) {
		count[<-answers]++
	}
	if count[http.StatusOK] != 1 || count[http.StatusConflict] != 3 || len(w.TokenList(t)) != 2 {
		t.Errorf("answers %v, %d tokens", count, len(w.TokenList(t)))
	}
	// What the form made was revoked since: the form does not bring it back.
	for _, made := range w.TokenList(t) {
		consoletest.Must(t, w.Tokens.Revoke(t.Context(), w.Acme.ID, made.ID))
	}
	b.Post(t, integration.TokensPath, form).Is(t, http.StatusConflict).Has(t, "This token was revoked or has expired")
}

// The same number in the form of another tenant makes a token of that tenant, and touches nobody's.
func TestFormOfAnotherTenant(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	form := url.Values{"once": {uuid.NewString()}, "provider": {"okta"}}
	secret := consoletest.SecretOf(t, w.As(t, admin.Admin).Post(t, integration.TokensPath, form).Is(t, http.StatusOK))
	consoletest.SecretOf(t, w.AsAt(t, w.Globex, admin.Admin).Post(t, integration.TokensPath, form).Is(t, http.StatusOK))
	w.Uses(t, secret)
	id := w.TokenList(t)[0].ID
	globex := w.AsAt(t, w.Globex, admin.Owner)
	globex.Get(t, integration.TokensPath+"/"+id).Is(t, http.StatusNotFound)
	for _, act := range []string{"/revoke", "/rotation", "/rotation/complete", "/rotation/cancel"} {
		globex.Post(t, integration.TokensPath+"/"+id+act, url.Values{"insist": {"yes"}}).Is(t, http.StatusNotFound)
	}
	w.Uses(t, secret)
}

func TestBadForms(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	b := w.As(t, admin.Admin)
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
		if got := b.Post(t, integration.TokensPath, form); got.Status != http.StatusUnprocessableEntity || !strings.Contains(got.Text(), test.says) {
			t.Errorf("%s: %d %s", name, got.Status, got.Text())
		}
	}
	b.Post(t, integration.TokensPath, url.Values{"name": {strings.Repeat("x", 2<<20)}}).Is(t, http.StatusRequestEntityTooLarge)
	if n := len(w.TokenList(t)); n != 0 {
		t.Errorf("bad forms made %d tokens", n)
	}
	// A name is text, wherever it is shown.
	form := good()
	form.Set("name", `<script>alert(1)</script>`)
	b.Post(t, integration.TokensPath, form).Is(t, http.StatusOK)
	for _, path := range []string{integration.ScimPath, integration.TokensPath + "/" + w.TokenList(t)[0].ID, integration.PanelPath + "?provider=entra"} {
		if page := b.Get(t, path).Is(t, http.StatusOK); strings.Contains(page.Body, "<script>alert") {
			t.Errorf("%s has a script", path)
		}
	}
}

// Who may: a viewer looks, an admin changes, the holder of a set-up link for provisioning has these pages and no other, and
// that of another one none of them. Another site's page changes nothing.
func TestWhoMay(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	secret := w.As(t, admin.Owner).Enable(t, "okta")
	id := w.TokenList(t)[0].ID
	link := func(p operator.Purpose) *consoletest.Browser {
		return w.WithLink(t, p)
	}
	guest, signOn := link(operator.ForProvisioning), link(operator.ForSignOn)
	looks := []string{integration.IntegrationsPath, integration.ScimPath, integration.PanelPath, integration.GuidesPath + "okta", integration.TokensPath + "/" + id}
	for _, path := range looks {
		w.As(t, admin.Viewer).Get(t, path).Is(t, http.StatusOK)
		guest.Get(t, path).Is(t, http.StatusOK)
		signOn.Get(t, path).Is(t, http.StatusForbidden)
		w.Stranger(t).Get(t, path).Is(t, http.StatusSeeOther)
	}
	guest.Get(t, "/").Is(t, http.StatusForbidden)
	if page := w.As(t, admin.Viewer).Get(t, integration.TokensPath+"/"+id); strings.Contains(page.Body, "<form method=\"post\" action=\"/settings") {
		t.Error("a viewer is shown what he may not do")
	}
	form := url.Values{"once": {uuid.NewString()}, "provider": {"okta"}}
	for _, path := range []string{integration.TokensPath, integration.TokensPath + "/" + id + "/revoke", integration.TokensPath + "/" + id + "/rotation", integration.ClientsPath} {
		w.As(t, admin.Viewer).Post(t, path, form).Is(t, http.StatusForbidden)
		signOn.Post(t, path, form).Is(t, http.StatusForbidden)
		w.Stranger(t).Post(t, path, form).Is(t, http.StatusUnauthorized)
		forged := http.Header{"Sec-Fetch-Site": {"cross-site"}, "Origin": {"https://evil.example"}}
		w.As(t, admin.Owner).Send(t, http.MethodPost, path, form, forged).Is(t, http.StatusForbidden).Has(t, "came from another site")
		w.As(t, admin.Owner).Get(t, path+"?once="+form.Get("once")+"&provider=okta") // a GET changes nothing
	}
	if list := w.TokenList(t); len(list) != 1 || !list[0].RevokedAt.IsZero() {
		t.Fatalf("%+v", list)
	}
	w.Uses(t, secret)
	consoletest.SecretOf(t, guest.Post(t, integration.TokensPath, form).Is(t, http.StatusOK))
	for _, made := range w.TokenList(t) {
		if made.ID != id {
			guest.Post(t, integration.TokensPath+"/"+made.ID+"/revoke", nil).Is(t, http.StatusSeeOther)
		}
	}
	guest.Kept(t, integration.TokensPath+"/"+id+"/revoke", nil)
}
