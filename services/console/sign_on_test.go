package console

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"html"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/infra/oidctest"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

const clientSecret = "the secret at the provider"

// people is a real OpenID provider that knows the administrators of acme by their roles, and others.
func people(t *testing.T) *oidctest.Provider {
	t.Helper()
	known := make([]oidctest.User, 0, 6)
	for _, name := range []string{"owner", "admin", "viewer", "ada", "stranger"} {
		known = append(known, oidctest.User{ID: name + "-1", Email: name + "@acme.example", Password: name, Name: "The " + name, Verified: true})
	}
	return oidctest.New(t, oidctest.Client{ID: "spoke", Secret: clientSecret, Redirects: []string{"http://acme.askspoke.test/sign-in/oidc/callback"}}, known...)
}

// connectForm is what an owner enters.
func connectForm(issuer string) url.Values {
	return url.Values{"name": {"Acme login"}, "issuer": {issuer}, "client_id": {"spoke"}, "client_secret": {clientSecret}, "email_claim": {"email"}}
}

// connects makes a connection in a browser, and returns its page's path.
func (b *browser) connects(t *testing.T, p *oidctest.Provider, more url.Values) string {
	t.Helper()
	form := connectForm(p.URL)
	for name, values := range more {
		form[name] = values
	}
	return b.post(t, "/settings/sign-on?provider=other", form).is(t, http.StatusSeeOther).header.Get("Location")
}

// goes follows a path that leads to the provider, signs in there, and returns what the way back answers.
func (b *browser) goes(t *testing.T, path string, p *oidctest.Provider, name string) answered {
	t.Helper()
	return b.get(t, b.comes(t, path, p, name))
}

// comes is goes up to the way back, which it returns.
func (b *browser) comes(t *testing.T, path string, p *oidctest.Provider, name string) string {
	t.Helper()
	to := b.leaves(t, path)
	if !strings.HasPrefix(to, p.URL+"/") {
		t.Fatalf("%s leads to %s", path, to)
	}
	back := p.SignIn(t, to, name+"@acme.example", name)
	if back.Host != b.host || back.Path != "/sign-in/oidc/callback" {
		t.Fatalf("the provider leads to %s", back)
	}
	return back.RequestURI()
}

// leaves returns where the browser is sent by the beginning of a sign-in, or of a test, which is a post.
func (b *browser) leaves(t *testing.T, path string) string {
	t.Helper()
	if !strings.HasSuffix(path, "/test") {
		return b.get(t, path).is(t, http.StatusSeeOther).header.Get("Location")
	}
	page := b.post(t, path, nil).is(t, http.StatusOK).has(t, "If nothing happens, go on yourself")
	to := strings.TrimPrefix(page.header.Get("Refresh"), "0; url=")
	if !strings.Contains(html.UnescapeString(page.body), `href="`+to+`"`) {
		t.Errorf("the page has no link to %s: %s", to, page.body)
	}
	return to
}

var revisionForm = regexp.MustCompile(`name="revision" value="([0-9a-f-]{36})"`)

// revision is the one that a page's form sends.
func (a answered) revision(t *testing.T) url.Values {
	t.Helper()
	found := revisionForm.FindStringSubmatch(a.body)
	if found == nil {
		t.Fatalf("the page has no form with a revision: %s", a.text())
	}
	return url.Values{"revision": {found[1]}}
}

// offers has an owner connect the provider and offer it.
func (b *browser) offers(t *testing.T, p *oidctest.Provider, more url.Values) (path string) {
	t.Helper()
	path = b.connects(t, p, more)
	b.post(t, path+"/offer", b.get(t, path).is(t, http.StatusOK).revision(t)).is(t, http.StatusSeeOther)
	return path
}

// user puts a user into acme's directory, and returns the id.
func (w *world) user(t *testing.T, email string, active bool) string {
	t.Helper()
	id, state := uuid.NewString(), "true"
	if !active {
		state = "false"
	}
	_, err := w.DB.ExecContext(t.Context(), `INSERT INTO `+tenantdb.SchemaFor(w.acme.ID).Table("users")+` (id, user_name, document, search, version, created, modified)
		VALUES ($1, $2, $3, $4, 1, $5, $5)`, id, email, `{"userName":"`+email+`","active":`+state+`}`, `{"active": `+state+`}`, w.clock.now())
	must(t, err)
	return id
}

// fingerprint is of all that acme's directory has.
func (w *world) fingerprint(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	for _, table := range []string{"users", "groups", "members", "journal"} {
		var rows string
		must(t, w.DB.GetContext(t.Context(), &rows, `SELECT coalesce(string_agg(t::text, ' ' ORDER BY t::text), '') FROM `+tenantdb.SchemaFor(w.acme.ID).Table(table)+` t`))
		all.WriteString(rows)
	}
	sum := sha256.Sum256([]byte(all.String()))
	return hex.EncodeToString(sum[:])
}

func TestSignOnIn(t *testing.T) {
	t.Parallel()
	w, p := newWorld(t), people(t)
	boss := w.as(t, admin.Owner)
	boss.get(t, "/settings/sign-on").is(t, http.StatusOK).has(t, "by links", "Microsoft Entra ID", "Okta")
	boss.get(t, "/settings/sign-on/new?provider=entra").is(t, http.StatusOK).has(t, "App registrations", "http://acme.askspoke.test/sign-in/oidc/callback")
	w.stranger(t).get(t, "/sign-in/oidc").is(t, http.StatusNotFound).has(t, "Single sign-on is not set up here")
	path := boss.offers(t, p, nil)
	w.as(t, admin.Viewer) // is an administrator from now on
	before := w.fingerprint(t)

	b := w.stranger(t)
	back := b.comes(t, "/sign-in/oidc?next=%2Fusers", p, "viewer")
	if got := b.get(t, back).is(t, http.StatusSeeOther).header.Get("Location"); got != "/users" {
		t.Errorf("she is led to %s", got)
	}
	b.get(t, "/settings/sign-on").is(t, http.StatusOK).has(t, "viewer@acme.example")
	b.get(t, back).is(t, http.StatusBadRequest).has(t, "This sign-in was not begun in this browser") // once more
	b.get(t, path).is(t, http.StatusOK).has(t, "1 administrator has signed in with it")
	if calls := w.audit(t, "signInBySignOn"); len(calls) != 1 || calls[0].Name != "viewer@acme.example" {
		t.Errorf("audit log: %+v", calls)
	}
	w.stranger(t).goes(t, "/sign-in/oidc", p, "stranger").is(t, http.StatusForbidden).has(t, "You are not an administrator here", "stranger@acme.example")
	if w.fingerprint(t) != before {
		t.Error("signing in has changed the directory")
	}
	if page := boss.get(t, path).is(t, http.StatusOK); strings.Contains(page.body, clientSecret) || strings.Contains(w.log.String(), clientSecret) {
		t.Error("the client secret shows")
	}
}

// What another browser began, another tenant has, or a next that leads away, gets nobody in or away.
func TestSignOnForgery(t *testing.T) {
	t.Parallel()
	w, p := newWorld(t), people(t)
	w.as(t, admin.Owner).offers(t, p, nil)
	mallory, victim := w.stranger(t), w.stranger(t)
	back := mallory.comes(t, "/sign-in/oidc", p, "owner")
	victim.get(t, back).is(t, http.StatusBadRequest).has(t, "This sign-in was not begun in this browser")
	victim.get(t, "/").is(t, http.StatusSeeOther)
	globex := w.at(t, "globex.askspoke.test")
	globex.get(t, back).is(t, http.StatusBadRequest)
	globex.get(t, "/sign-in/oidc").is(t, http.StatusNotFound)
	for _, query := range []string{"", "?state=", "?code=x", "?state=x&code=y", "?error=access_denied"} {
		mallory.get(t, "/sign-in/oidc/callback"+query).is(t, http.StatusBadRequest)
	}
	for _, next := range []string{"https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/\t/evil.example", ""} {
		b := w.stranger(t)
		if got := b.goes(t, "/sign-in/oidc?next="+url.QueryEscape(next), p, "owner").is(t, http.StatusSeeOther).header.Get("Location"); got != "/" {
			t.Errorf("next %q leads to %s", next, got)
		}
	}
	// A wrong nonce: the answer to one sign-in of a browser, shown as that to another.
	b := w.stranger(t)
	first := b.comes(t, "/sign-in/oidc", p, "owner")
	second := b.get(t, "/sign-in/oidc").is(t, http.StatusSeeOther).header.Get("Location")
	crossed, err := url.Parse(first)
	must(t, err)
	started, err := url.Parse(second)
	must(t, err)
	query := crossed.Query()
	query.Set("state", started.Query().Get("state"))
	b.get(t, "/sign-in/oidc/callback?"+query.Encode()).is(t, http.StatusForbidden).has(t, "You could not be signed in")
	b.get(t, first).is(t, http.StatusSeeOther) // the other window's still works
}

// Whom SCIM has disabled or deleted is refused, whether she is an administrator or would become a viewer, and nothing
// revives her.
func TestSignOnOfDisabledUser(t *testing.T) {
	t.Parallel()
	w, p := newWorld(t), people(t)
	w.as(t, admin.Owner).offers(t, p, url.Values{"provision": {"on"}})
	w.as(t, admin.Viewer)
	id := w.user(t, "viewer@acme.example", true)
	b := w.stranger(t)
	b.goes(t, "/sign-in/oidc", p, "viewer").is(t, http.StatusSeeOther)
	b.get(t, "/settings/sign-on").is(t, http.StatusOK)
	a, err := w.Admins.ByEmail(t.Context(), w.acme.ID, "viewer@acme.example")
	must(t, err)
	if a.UserID != id {
		t.Errorf("she is linked to %q", a.UserID)
	}
	users := tenantdb.SchemaFor(w.acme.ID).Table("users")
	_, err = w.DB.ExecContext(t.Context(), `UPDATE `+users+` SET search = '{"active": false}' WHERE id = $1`, id)
	must(t, err)
	b.get(t, "/settings/sign-on").is(t, http.StatusSeeOther) // her session ends at once
	before := w.fingerprint(t)
	w.stranger(t).goes(t, "/sign-in/oidc", p, "viewer").is(t, http.StatusForbidden).has(t, "Your account was disabled")
	if w.fingerprint(t) != before {
		t.Error("signing in has changed the directory")
	}
	_, err = w.DB.ExecContext(t.Context(), `DELETE FROM `+users+` WHERE id = $1`, id)
	must(t, err)
	w.stranger(t).goes(t, "/sign-in/oidc", p, "viewer").is(t, http.StatusForbidden).has(t, "Your account was disabled")

	w.user(t, "ada@acme.example", false)
	w.stranger(t).goes(t, "/sign-in/oidc", p, "ada").is(t, http.StatusForbidden).has(t, "Your account was disabled")
	if _, err := w.Admins.ByEmail(t.Context(), w.acme.ID, "ada@acme.example"); err == nil {
		t.Error("she became a viewer")
	}
}

// An active user of the directory becomes a viewer where the connection says so, and nobody else does.
func TestSignOnProvisions(t *testing.T) {
	t.Parallel()
	w, p := newWorld(t), people(t)
	boss := w.as(t, admin.Owner)
	path := boss.offers(t, p, nil)
	id := w.user(t, "ada@acme.example", true)
	w.stranger(t).goes(t, "/sign-in/oidc", p, "ada").is(t, http.StatusForbidden).has(t, "You are not an administrator here")
	form := connectForm(p.URL)
	form["provision"], form["revision"] = []string{"on"}, boss.get(t, path).revision(t)["revision"]
	form.Del("client_secret") // it stays
	boss.post(t, path, form).is(t, http.StatusSeeOther)
	before := w.fingerprint(t)
	b := w.stranger(t)
	b.goes(t, "/sign-in/oidc", p, "ada").is(t, http.StatusSeeOther)
	a, err := w.Admins.ByEmail(t.Context(), w.acme.ID, "ada@acme.example")
	must(t, err)
	if a.Role != admin.Viewer || a.UserID != id || a.Name != "The ada" || !strings.HasPrefix(a.CreatedBy, "sign_on:") {
		t.Errorf("she is %+v", a)
	}
	b.get(t, path).is(t, http.StatusOK)
	b.post(t, path+"/test", nil).is(t, http.StatusForbidden)
	b.post(t, path+"/offer", form).is(t, http.StatusForbidden)
	w.stranger(t).goes(t, "/sign-in/oidc", p, "stranger").is(t, http.StatusForbidden)
	if w.fingerprint(t) != before {
		t.Error("signing in has changed the directory")
	}
}

// codesOf are the recovery codes that a page shows.
func codesOf(t *testing.T, a answered) []string {
	t.Helper()
	codes := regexp.MustCompile(`[0-9a-z]{4}(-[0-9a-z]{4}){3}`).FindAllString(regexp.MustCompile(`(?s)<pre[^>]*>.*</pre>`).FindString(a.body), -1)
	if len(codes) != 10 {
		t.Fatalf("the page shows %d codes: %s", len(codes), a.text())
	}
	return codes
}

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
	boss.get(t, path+"/enforce").is(t, http.StatusOK).has(t, "1 administrator may be locked out", "1 administrator has signed in with it")
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
	if live := boss.get(t, path).is(t, http.StatusOK).has(t, "stays as it is"); !strings.Contains(live.body, "<fieldset disabled>") {
		t.Error("what everybody signs in with can be changed on its page")
	}
	other.get(t, "/").is(t, http.StatusSeeOther)
	w.stranger(t).goes(t, "/sign-in/oidc", p, "admin").is(t, http.StatusSeeOther)
	way := w.stranger(t).get(t, "/sign-in?next=%2Fusers").is(t, http.StatusOK).has(t, "Sign in with Acme login", "An owner with a recovery code")
	if !strings.Contains(way.body, `href="/sign-in/oidc?next=%2Fusers"`) || strings.Contains(way.body, "<form") {
		t.Errorf("the page of signing in: %s", way.body)
	}
	w.stranger(t).post(t, "/sign-in/link/"+mailed.Reveal(), nil).is(t, http.StatusForbidden)
	boss.post(t, path, connectForm("http://127.0.0.1:1")).is(t, http.StatusNotFound) // without a revision
	change := connectForm("http://127.0.0.1:1")
	change["revision"] = revision["revision"]
	boss.post(t, path, change).is(t, http.StatusConflict).has(t, "Everybody signs in with this connection")
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
	guest.post(t, live, change).is(t, http.StatusConflict).has(t, "People sign in with this connection")
	guest.post(t, live+"/remove", nil).is(t, http.StatusConflict)
	change["revision"] = revision["revision"]
	// The secret of the connection that counts is not told to a provider of the guest's, by way of a copy.
	copied := guest.post(t, live+"/copy", nil).is(t, http.StatusSeeOther).header.Get("Location")
	stolen := connectForm("http://127.0.0.1:1")
	stolen["client_secret"], stolen["revision"] = nil, guest.get(t, copied).revision(t)["revision"]
	guest.post(t, copied, stolen).is(t, http.StatusUnprocessableEntity).has(t, "was entered for another issuer")
	guest.post(t, path, change).is(t, http.StatusSeeOther)
	guest.post(t, path+"/test", nil).is(t, http.StatusSeeOther)
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
	foreign.post(t, path+"/test", nil).is(t, http.StatusNotFound)
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

// No other site begins what counts as a test: neither by a link, an image or a redirect, nor by a form.
func TestSignOnTestIsBegunHere(t *testing.T) {
	t.Parallel()
	w, p := newWorld(t), people(t)
	boss := w.as(t, admin.Owner)
	path := boss.connects(t, p, nil)
	if to := boss.send(t, http.MethodGet, path+"/test", nil, http.Header{"Sec-Fetch-Site": {"cross-site"}}).is(t, http.StatusSeeOther).header.Get("Location"); to != path {
		t.Errorf("sent to %s", to)
	}
	for _, header := range []http.Header{{"Sec-Fetch-Site": {"cross-site"}}, {"Sec-Fetch-Site": {"same-site"}}, {"Origin": {"http://evil.example"}}} {
		boss.send(t, http.MethodPost, path+"/test", nil, header).is(t, http.StatusForbidden).has(t, "came from another site")
	}
	w.stranger(t).post(t, path+"/test", nil).is(t, http.StatusUnauthorized)
	if calls := w.audit(t, "testSignOnConnection"); len(calls) != 0 {
		t.Errorf("begun: %+v", calls)
	}
	boss.goes(t, path+"/test", p, "owner").is(t, http.StatusSeeOther)
	boss.get(t, path).is(t, http.StatusOK).has(t, "You came back as yourself")
	if calls := w.audit(t, "testSignOnConnection"); len(calls) != 1 || calls[0].Status != http.StatusOK || calls[0].Resource != strings.TrimPrefix(path, signOnPath+"/") {
		t.Errorf("audit log: %+v", calls)
	}
}
