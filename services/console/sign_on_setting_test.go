package console

import (
	"context"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/operator"
)

// A connection is required once an owner came back by it as herself; then links and others' sessions end, and a recovery
// code lets an owner in.
func TestSignOnEnforced(t *testing.T) {
	t.Parallel()
	w, p := newWorld(t, func(c *Config, _ *Parts) { c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} }), people(t)
	boss, other := w.as(t, admin.Owner), w.as(t, admin.Admin)
	path := boss.connects(t, p, nil)
	boss.get(t, path+"/enforce").is(t, http.StatusOK).has(t, "It was not tested", "2 administrators may be locked out", "admin@acme.example")
	revision := boss.get(t, path).revision(t)
	boss.post(t, path+"/enforce", revision).is(t, http.StatusConflict).has(t, "This connection was not tested")

	boss.goes(t, path+"/test", p, "admin").is(t, http.StatusSeeOther)
	boss.get(t, path).is(t, http.StatusOK).has(t, "It works, but does not count", "the administrator admin@acme.example", "owner@acme.example")
	boss.post(t, path+"/enforce", revision).is(t, http.StatusConflict)
	boss.goes(t, path+"/test", p, "owner").is(t, http.StatusSeeOther)
	boss.get(t, path).is(t, http.StatusOK).has(t, "It works.", "You came back as yourself", "owner-1")
	boss.get(t, path+"/enforce").is(t, http.StatusOK).has(t, "1 administrator may be locked out", "1 administrator has come by it")
	boss.post(t, path+"/enforce", url.Values{"revision": {uuid.NewString()}}).is(t, http.StatusConflict).has(t, "Somebody else has changed this")
	third, err := w.Admins.ByEmail(t.Context(), w.acme.ID, "owner@acme.example") // whose sessions do not end
	must(t, err)
	mailed, _, err := w.Admins.CreateSignIn(t.Context(), w.acme.ID, third.ID, "/")
	must(t, err)
	w.clock.pass(1)
	page := boss.post(t, path+"/enforce", revision).is(t, http.StatusOK)
	codes := codesOf(t, page)
	if strings.Contains(boss.get(t, "/settings/sign-on").is(t, http.StatusOK).has(t, "required of everybody", "10 codes left").body, codes[0]) || strings.Contains(w.log.String(), codes[0]) {
		t.Error("the codes show once more")
	}
	other.get(t, "/").is(t, http.StatusSeeOther)
	w.stranger(t).goes(t, "/sign-in/oidc", p, "admin").is(t, http.StatusSeeOther)
	way := w.stranger(t).get(t, "/sign-in?next=%2Fusers").is(t, http.StatusOK).has(t, "Sign in by Acme login", "An owner with a recovery code")
	if !strings.Contains(way.body, `href="/sign-in/oidc?next=%2Fusers"`) || strings.Contains(way.body, "<form") {
		t.Errorf("the page of signing in: %s", way.body)
	}
	w.stranger(t).post(t, "/sign-in/link/"+mailed.Reveal(), nil).is(t, http.StatusForbidden)
	boss.post(t, path, connectForm("http://127.0.0.1:1")).is(t, http.StatusNotFound) // without a revision
	change := connectForm("http://127.0.0.1:1")
	change["revision"] = revision["revision"]
	boss.post(t, path, change).is(t, http.StatusConflict).has(t, "Everybody signs in by this connection")
	boss.post(t, path+"/remove", nil).is(t, http.StatusConflict)

	b := w.stranger(t)
	b.get(t, "/sign-in/recovery").is(t, http.StatusOK)
	tries := func(b *browser, from string, form url.Values) answered {
		t.Helper()
		return b.send(t, http.MethodPost, "/sign-in/recovery", form, http.Header{"Sec-Fetch-Site": {"same-origin"}, "X-Forwarded-For": {from}})
	}
	for _, wrong := range []url.Values{
		nil,
		{"email": {"owner@acme.example"}, "code": {"0000-0000-0000-0000"}},
		{"email": {"admin@acme.example"}, "code": {codes[0]}},
		{"email": {"nobody@acme.example"}, "code": {codes[0]}},
		{"email": {"owner@globex.example"}, "code": {codes[0]}},
	} {
		tries(b, "203.0.113.1", wrong).is(t, http.StatusUnprocessableEntity).has(t, "This is not an owner's address together with one of the codes")
	}
	right := url.Values{"email": {"Owner@Acme.example"}, "code": {strings.ToUpper(codes[0])}}
	tries(b, "203.0.113.1", right).is(t, http.StatusTooManyRequests) // though nothing else is limited here
	tries(w.at(t, "globex.askspoke.test"), "203.0.113.2", right).is(t, http.StatusUnprocessableEntity)
	tries(b, "203.0.113.2", right).is(t, http.StatusSeeOther)
	if calls := w.audit(t, "useRecoveryCode"); len(calls) != 0 {
		t.Errorf("guesses fill the audit log: %+v", calls)
	}
	w.logged(t, "signInByRecoveryCode", third.Actor(), http.StatusSeeOther)
	b.get(t, "/settings/sign-on").is(t, http.StatusOK).has(t, "9 codes left")
	tries(w.stranger(t), "203.0.113.2", right).is(t, http.StatusUnprocessableEntity)
	w.clock.pass(recoveryLife)
	b.get(t, "/settings/sign-on").is(t, http.StatusSeeOther)
	if calls := w.audit(t, "signInByRecoveryCode"); len(calls) != 1 || calls[0].Name != "owner@acme.example" || calls[0].Status != http.StatusSeeOther {
		t.Errorf("audit log: %+v", calls)
	}
	if calls := w.audit(t, "useRecoveryCode"); len(calls) != 0 {
		t.Errorf("guesses are in the audit log: %+v", calls)
	}
	if calls := w.audit(t, "enforceSignOn"); len(calls) == 0 || calls[0].Status != http.StatusOK {
		t.Errorf("audit log: %+v", calls)
	}
}

// Who came by a set-up link prepares and tests, and does not change how people sign in, nor see codes.
func TestSignOnBySetupLink(t *testing.T) {
	t.Parallel()
	w, p := newWorld(t), people(t)
	boss := w.as(t, admin.Owner)
	live := boss.offers(t, p, nil)
	_, link, err := w.Operators.CreateLink(t.Context(), operator.NewLink{Tenant: w.acme.ID, Purpose: operator.ForSignOn, CreatedBy: operator.Shell})
	must(t, err)
	guest := w.withSession(t, "acme.askspoke.test", standing{Kind: byLink, Tenant: w.acme.ID, ID: link.ID, Purpose: operator.ForSignOn})
	path := guest.connects(t, p, nil)
	guest.goes(t, path+"/test", p, "owner").is(t, http.StatusSeeOther)
	guest.get(t, path).is(t, http.StatusOK).has(t, "It works, but does not count", "the administrator owner@acme.example")
	revision := guest.get(t, path).revision(t)
	for _, forbidden := range []string{path + "/offer", path + "/enforce", live + "/offer", "/settings/sign-on/off", "/settings/sign-on/codes"} {
		guest.post(t, forbidden, revision).is(t, http.StatusForbidden)
	}
	change := connectForm("http://127.0.0.1:1")
	change["revision"] = boss.get(t, live).revision(t)["revision"]
	guest.post(t, live, change).is(t, http.StatusConflict).has(t, "People sign in by this connection")
	guest.post(t, live+"/remove", nil).is(t, http.StatusConflict)
	change["revision"] = revision["revision"]
	// The secret of the connection that counts is not told to a provider of the guest's, by way of a copy.
	copied := guest.post(t, live+"/copy", nil).is(t, http.StatusSeeOther).header.Get("Location")
	stolen := connectForm("http://127.0.0.1:1")
	stolen["client_secret"], stolen["revision"] = nil, guest.get(t, copied).revision(t)["revision"]
	guest.post(t, copied, stolen).is(t, http.StatusUnprocessableEntity).has(t, "was entered for another issuer")
	guest.post(t, path, change).is(t, http.StatusSeeOther)
	guest.get(t, path+"/test").is(t, http.StatusSeeOther)
	guest.get(t, path).is(t, http.StatusOK).has(t, "The test failed", "The identity provider does not answer")
	guest.post(t, path+"/remove", nil).is(t, http.StatusSeeOther)
	guest.get(t, path).is(t, http.StatusNotFound).has(t, "There is no such connection")
}

// Forms that are wrong say where; connections of another tenant are not there.
func TestSignOnForms(t *testing.T) {
	t.Parallel()
	w, p := newWorld(t), people(t)
	boss := w.as(t, admin.Owner)
	for field, tc := range map[string]struct{ value, says string }{
		"name":          {strings.Repeat("x", 101), "It must have 1 to 100 printable characters"},
		"issuer":        {"http://login.example.com", "It must begin with https"},
		"client_id":     {"", "It is missing"},
		"domains":       {"not a domain!", "such as acme.com"},
		"email_claim":   {"sub", ""},
		"client_secret": {strings.Repeat("x", 20<<10), "It is too long"},
	} {
		form := connectForm(p.URL)
		form[field] = []string{tc.value}
		page := boss.post(t, "/settings/sign-on?provider=other", form).is(t, http.StatusUnprocessableEntity)
		if page.has(t, tc.says); field != "client_secret" && strings.Contains(page.body, clientSecret) {
			t.Errorf("%s: the secret comes back", field)
		}
	}
	form := connectForm("https://login.microsoftonline.com/common/v2.0")
	boss.post(t, "/settings/sign-on?provider=entra", form).is(t, http.StatusUnprocessableEntity).has(t, "every Entra tenant")
	hostile := connectForm(p.URL)
	hostile["name"] = []string{`<script>alert(1)</script>`}
	path := boss.post(t, "/settings/sign-on?provider=other", hostile).is(t, http.StatusSeeOther).header.Get("Location")
	for _, at := range []string{path, "/settings/sign-on", path + "/enforce"} {
		if page := boss.get(t, at).is(t, http.StatusOK); strings.Contains(page.body, "<script>alert") {
			t.Errorf("%s has a script", at)
		}
	}
	foreign := w.asAt(t, w.globex, admin.Owner)
	foreign.get(t, path).is(t, http.StatusNotFound)
	foreign.get(t, path+"/test").is(t, http.StatusNotFound)
	foreign.post(t, path, connectForm(p.URL)).is(t, http.StatusNotFound)
	foreign.post(t, path+"/copy", nil).is(t, http.StatusNotFound)
	foreign.post(t, path+"/remove", nil).is(t, http.StatusSeeOther) // it has none such, so nothing is there
	boss.get(t, path).is(t, http.StatusOK)
	boss.get(t, "/settings/sign-on/x").is(t, http.StatusNotFound)
	boss.post(t, path+"/copy", nil).is(t, http.StatusSeeOther)
	w.as(t, admin.Admin).post(t, path+"/remove", nil).is(t, http.StatusForbidden)
	if list, err := w.SignOn.List(context.Background(), w.acme.ID); err != nil || len(list) != 2 {
		t.Errorf("%d connections, %v", len(list), err)
	}
}
