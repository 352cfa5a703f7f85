package signonsetting_test

import (
	"context"
	"html"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"

	"github.com/askspoke/spoke/infra/samltest"
	"github.com/askspoke/spoke/services/console"
	"github.com/askspoke/spoke/services/console/consoletest"
	"github.com/askspoke/spoke/services/console/place"
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/operator"
)

// A connection is required once an owner came back by it as herself; then links and others' sessions end, and a recovery
// code lets an owner in.
func TestSignOnEnforced(t *testing.T) {
	t.Parallel()
	w, p := consoletest.NewWorld(t, func(c *console.Config, _ *console.Parts) {
		c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	}), consoletest.OpenIDProvider(t)
	boss, other := w.As(t, admin.Owner), w.As(t, admin.Admin)
	path := boss.Connects(t, p, nil)
	boss.Get(t, path+"/enforce").Is(t, http.StatusOK).Has(t, "It was not tested", "2 administrators may be locked out", "admin@acme.example")
	revision := boss.Get(t, path).Revision(t)
	boss.Post(t, path+"/enforce", revision).Is(t, http.StatusConflict).Has(t, "This connection was not tested")

	boss.Goes(t, path+"/test", p, "admin").Is(t, http.StatusSeeOther)
	boss.Get(t, path).Is(t, http.StatusOK).Has(t, "It works, but does not count", "the administrator admin@acme.example", "owner@acme.example")
	boss.Post(t, path+"/enforce", revision).Is(t, http.StatusConflict)
	boss.Goes(t, path+"/test", p, "owner").Is(t, http.StatusSeeOther)
	boss.Get(t, path).Is(t, http.StatusOK).Has(t, "It works.", "You came back as yourself", "owner-1")
	boss.Get(t, path+"/enforce").Is(t, http.StatusOK).Has(t, "1 administrator may be locked out", "1 administrator has signed in with it")
	boss.Post(t, path+"/enforce", url.Values{"revision": {uuid.NewString()}}).Is(t, http.StatusConflict).Has(t, "Somebody else has changed this")
	third, err := w.Admins.ByEmail(t.Context(), w.Acme.ID, "owner@acme.example") // whose sessions do not end
	consoletest.Must(t, err)
	mailed, _, err := w.Admins.CreateSignIn(t.Context(), w.Acme.ID, third.ID, "/")
	consoletest.Must(t, err)
	w.Clock.Pass(1)
	page := boss.Post(t, path+"/enforce", revision).Is(t, http.StatusOK)
	codes := consoletest.RecoveryCodes(t, page)
	if strings.Contains(boss.Get(t, "/settings/sign-on").Is(t, http.StatusOK).Has(t, "required of everybody", "10 codes left").Body, codes[0]) || strings.Contains(w.Log.String(), codes[0]) {
		t.Error("the codes show once more")
	}
	if live := boss.Get(t, path).Is(t, http.StatusOK).Has(t, "stays as it is"); !strings.Contains(live.Body, "<fieldset disabled>") {
		t.Error("what everybody signs in with can be changed on its page")
	}
	other.Get(t, "/").Is(t, http.StatusSeeOther)
	w.Stranger(t).Goes(t, "/sign-in/oidc", p, "admin").Is(t, http.StatusSeeOther)
	way := w.Stranger(t).Get(t, "/sign-in?next=%2Fusers").Is(t, http.StatusOK).Has(t, "Sign in with Acme login", "An owner with a recovery code")
	if !strings.Contains(way.Body, `href="/sign-in/oidc?next=%2Fusers"`) || strings.Contains(way.Body, "<form") {
		t.Errorf("the page of signing in: %s", way.Body)
	}
	w.Stranger(t).Post(t, "/sign-in/link/"+mailed.Reveal(), nil).Is(t, http.StatusForbidden)
	boss.Post(t, path, consoletest.ConnectForm("http://127.0.0.1:1")).Is(t, http.StatusNotFound) // without a revision
	change := consoletest.ConnectForm("http://127.0.0.1:1")
	change["revision"] = revision["revision"]
	boss.Post(t, path, change).Is(t, http.StatusConflict).Has(t, "Everybody signs in with this connection")
	boss.Post(t, path+"/remove", nil).Is(t, http.StatusConflict)

	b := w.Stranger(t)
	b.Get(t, "/sign-in/recovery").Is(t, http.StatusOK)
	tries := func(b *consoletest.Browser, from string, form url.Values) consoletest.Answer {
		t.Helper()
		return b.Send(t, http.MethodPost, "/sign-in/recovery", form, http.Header{"Sec-Fetch-Site": {"same-origin"}, "X-Forwarded-For": {from}})
	}
	for _, wrong := range []url.Values{
		nil,
		{"email": {"owner@acme.example"}, "code": {"0000-0000-0000-0000"}},
		{"email": {"admin@acme.example"}, "code": {codes[0]}},
		{"email": {"nobody@acme.example"}, "code": {codes[0]}},
		{"email": {"owner@globex.example"}, "code": {codes[0]}},
	} {
		tries(b, "203.0.113.1", wrong).Is(t, http.StatusUnprocessableEntity).Has(t, "This is not an owner's address together with one of the codes")
	}
	right := url.Values{"email": {"Owner@Acme.example"}, "code": {strings.ToUpper(codes[0])}}
	tries(b, "203.0.113.1", right).Is(t, http.StatusTooManyRequests) // though nothing else is limited here
	tries(w.At(t, "globex.askspoke.test"), "203.0.113.2", right).Is(t, http.StatusUnprocessableEntity)
	tries(b, "203.0.113.2", right).Is(t, http.StatusSeeOther)
	if calls := w.Audit(t, "useRecoveryCode"); len(calls) != 0 {
		t.Errorf("guesses fill the audit log: %+v", calls)
	}
	w.Logged(t, "signInByRecoveryCode", third.Actor(), http.StatusSeeOther)
	b.Get(t, "/settings/sign-on").Is(t, http.StatusOK).Has(t, "9 codes left")
	tries(w.Stranger(t), "203.0.113.2", right).Is(t, http.StatusUnprocessableEntity)
	w.Clock.Pass(time.Hour) // which a session lasts that a recovery code began
	b.Get(t, "/settings/sign-on").Is(t, http.StatusSeeOther)
	if calls := w.Audit(t, "signInByRecoveryCode"); len(calls) != 1 || calls[0].Name != "owner@acme.example" || calls[0].Status != http.StatusSeeOther {
		t.Errorf("audit log: %+v", calls)
	}
	if calls := w.Audit(t, "useRecoveryCode"); len(calls) != 0 {
		t.Errorf("guesses are in the audit log: %+v", calls)
	}
	shown := regexp.MustCompile(`name="old" value="([^"]+)"`).FindStringSubmatch(boss.Get(t, "/settings/sign-on").Is(t, http.StatusOK).Body)
	if shown == nil {
		t.Fatal("codes cannot be renewed")
	}
	made := html.UnescapeString(shown[1])
	boss.Post(t, "/settings/sign-on/codes", nil).Is(t, http.StatusUnprocessableEntity)
	renewed := boss.Post(t, "/settings/sign-on/codes", url.Values{"old": {made}}).Is(t, http.StatusOK).Has(t, "Those from before are void")
	boss.Post(t, "/settings/sign-on/codes", url.Values{"old": {made}}).Is(t, http.StatusConflict).Has(t, "There are newer recovery codes already") // the page is reloaded
	code := regexp.MustCompile(`[0-9a-z]{4}(-[0-9a-z]{4}){3}`).FindString(renewed.Text())
	tries(w.Stranger(t), "203.0.113.3", url.Values{"email": {"owner@acme.example"}, "code": {code}}).Is(t, http.StatusSeeOther)
	if calls := w.Audit(t, "enforceSignOn"); len(calls) == 0 || calls[0].Status != http.StatusOK {
		t.Errorf("audit log: %+v", calls)
	}
}

// Who came by a set-up link prepares and tests, and does not change how people sign in, nor see codes.
func TestSignOnBySetupLink(t *testing.T) {
	t.Parallel()
	w, p := consoletest.NewWorld(t), consoletest.OpenIDProvider(t)
	boss := w.As(t, admin.Owner)
	live := boss.Offers(t, p, nil)
	_, link, err := w.Operators.CreateLink(t.Context(), operator.NewLink{Tenant: w.Acme.ID, Purpose: operator.ForSignOn, CreatedBy: operator.Shell})
	consoletest.Must(t, err)
	guest := w.WithSession(t, "acme.askspoke.test", web.Standing{Kind: web.ByLink, Tenant: w.Acme.ID, ID: link.ID, Purpose: operator.ForSignOn})
	path := guest.Connects(t, p, nil)
	guest.Goes(t, path+"/test", p, "owner").Is(t, http.StatusSeeOther)
	guest.Get(t, path).Is(t, http.StatusOK).Has(t, "It works, but does not count", "the administrator owner@acme.example")
	revision := guest.Get(t, path).Revision(t)
	for _, forbidden := range []string{path + "/offer", path + "/enforce", live + "/offer", "/settings/sign-on/off", "/settings/sign-on/codes"} {
		guest.Post(t, forbidden, revision).Is(t, http.StatusForbidden)
	}
	change := consoletest.ConnectForm("http://127.0.0.1:1")
	change["revision"] = boss.Get(t, live).Revision(t)["revision"]
	guest.Post(t, live, change).Is(t, http.StatusConflict).Has(t, "People sign in with this connection")
	guest.Post(t, live+"/remove", nil).Is(t, http.StatusConflict)
	change["revision"] = revision["revision"]
	// The secret of the connection that counts is not told to a provider of the guest's, by way of a copy.
	copied := guest.Post(t, live+"/copy", nil).Is(t, http.StatusSeeOther).Header.Get("Location")
	stolen := consoletest.ConnectForm("http://127.0.0.1:1")
	stolen["client_secret"], stolen["revision"] = nil, guest.Get(t, copied).Revision(t)["revision"]
	guest.Post(t, copied, stolen).Is(t, http.StatusUnprocessableEntity).Has(t, "was entered for another issuer")
	// Nor does that provider answer where the other does.
	anew := guest.Post(t, path, change).Is(t, http.StatusUnprocessableEntity).Has(t, "is that of another connection")
	change.Set("callback", consoletest.CallbackOf(anew))
	guest.Post(t, path, change).Is(t, http.StatusSeeOther)
	guest.Post(t, path+"/test", nil).Is(t, http.StatusSeeOther)
	guest.Get(t, path).Is(t, http.StatusOK).Has(t, "The test failed", "The identity provider does not answer")
	guest.Post(t, path+"/remove", nil).Is(t, http.StatusSeeOther)
	guest.Get(t, path).Is(t, http.StatusNotFound).Has(t, "There is no such connection")
}

// What was there before a set-up link is not changed by it, whoever made it: an owner could have it count without a look at
// what has become of it. What is made by the link is, also a copy.
func TestSignOnOfOthersBySetupLink(t *testing.T) {
	t.Parallel()
	w, p := consoletest.NewWorld(t), consoletest.OpenIDProvider(t)
	boss, former, guest := w.As(t, admin.Owner), w.WithLink(t, operator.ForSignOn), w.WithLink(t, operator.ForSignOn)
	bySAML := func(b *consoletest.Browser) string {
		return b.Post(t, place.SignOn+"?provider=saml", url.Values{"name": {"SAML"}}).Is(t, http.StatusSeeOther).Header.Get("Location")
	}
	provider := samltest.Start(t)
	for who, path := range map[string]string{
		"an owner's": boss.Connects(t, p, nil), "another link's": former.Connects(t, p, nil), "an owner's by SAML": bySAML(boss), "another link's by SAML": bySAML(former),
	} {
		before, err := w.SignOn.Get(t.Context(), w.Acme.ID, strings.TrimPrefix(path, place.SignOn+"/"))
		consoletest.Must(t, err)
		change := consoletest.ConnectForm("http://127.0.0.1:1")
		change.Set("revision", before.Revision)
		guest.Kept(t, path, change)
		if strings.HasSuffix(who, "SAML") {
			guest.Kept(t, path+"/provider", url.Values{"revision": {before.Revision}, "metadata": {string(provider.Metadata())}})
		}
		guest.Kept(t, path+"/remove", nil)
		after, err := w.SignOn.Get(t.Context(), w.Acme.ID, before.ID)
		if diff := cmp.Diff(before, after, cmpopts.IgnoreUnexported(before)); diff != "" || err != nil {
			t.Errorf("%s: %v %s", who, err, diff)
		}
		page := guest.Get(t, path).Is(t, http.StatusOK).Has(t, "not your link's to change", "Make a copy")
		if strings.Contains(page.Body, "<textarea") || !strings.Contains(page.Body, "<fieldset disabled>") {
			t.Errorf("%s: the page has a form to change it", who)
		}
		copied := guest.Post(t, path+"/copy", nil).Is(t, http.StatusSeeOther).Header.Get("Location")
		if page := guest.Get(t, copied).Is(t, http.StatusOK).Has(t, "What you can do with it"); strings.Contains(page.Body, "<fieldset disabled>") {
			t.Errorf("%s: a copy cannot be changed", who)
		}
		change["revision"] = guest.Get(t, copied).Revision(t)["revision"]
		if !strings.HasSuffix(who, "SAML") { // at another issuer, so it needs a redirect URI of its own
			anew := guest.Post(t, copied, change).Is(t, http.StatusUnprocessableEntity).Has(t, "Register the one that is here now, and save again")
			change.Set("callback", consoletest.CallbackOf(anew))
		}
		guest.Post(t, copied, change).Is(t, http.StatusSeeOther)
		guest.Post(t, copied+"/remove", nil).Is(t, http.StatusSeeOther)
	}
}

// Forms that are wrong say where; connections of another tenant are not there.
func TestSignOnForms(t *testing.T) {
	t.Parallel()
	w, p := consoletest.NewWorld(t), consoletest.OpenIDProvider(t)
	boss := w.As(t, admin.Owner)
	for field, tc := range map[string]struct{ value, says string }{
		"name":          {strings.Repeat("x", 101), "It must have 1 to 100 printable characters"},
		"issuer":        {"http://login.example.com", "It must begin with https"},
		"client_id":     {"", "It is missing"},
		"domains":       {"not a domain!", "such as acme.com"},
		"email_claim":   {"sub", ""},
		"client_secret": {strings.Repeat("x", 20<<10), "It is too long"},
	} {
		form := consoletest.ConnectForm(p.URL)
		form[field] = []string{tc.value}
		page := boss.Post(t, "/settings/sign-on?provider=other", form).Is(t, http.StatusUnprocessableEntity)
		if page.Has(t, tc.says); field != "client_secret" && strings.Contains(page.Body, consoletest.ClientSecret) {
			t.Errorf("%s: the secret comes back", field)
		}
	}
	form := consoletest.ConnectForm("https://login.microsoftonline.com/common/v2.0")
	boss.Post(t, "/settings/sign-on?provider=entra", form).Is(t, http.StatusUnprocessableEntity).Has(t, "every Entra tenant")
	hostile := consoletest.ConnectForm(p.URL)
	hostile["name"] = []string{`<script>alert(1)</script>`}
	path := boss.Post(t, "/settings/sign-on?provider=other", hostile).Is(t, http.StatusSeeOther).Header.Get("Location")
	for _, at := range []string{path, "/settings/sign-on", path + "/enforce"} {
		if page := boss.Get(t, at).Is(t, http.StatusOK); strings.Contains(page.Body, "<script>alert") {
			t.Errorf("%s has a script", at)
		}
	}
	foreign := w.AsAt(t, w.Globex, admin.Owner)
	foreign.Get(t, path).Is(t, http.StatusNotFound)
	foreign.Get(t, path+"/test").Is(t, http.StatusNotFound)
	foreign.Post(t, path+"/test", nil).Is(t, http.StatusNotFound)
	foreign.Post(t, path, consoletest.ConnectForm(p.URL)).Is(t, http.StatusNotFound)
	foreign.Post(t, path+"/copy", nil).Is(t, http.StatusNotFound)
	foreign.Post(t, path+"/remove", nil).Is(t, http.StatusSeeOther) // it has none such, so nothing is there
	boss.Get(t, path).Is(t, http.StatusOK)
	boss.Get(t, "/settings/sign-on/x").Is(t, http.StatusNotFound)
	boss.Post(t, path+"/copy", nil).Is(t, http.StatusSeeOther)
	w.As(t, admin.Admin).Post(t, path+"/remove", nil).Is(t, http.StatusForbidden)
	if list, err := w.SignOn.List(context.Background(), w.Acme.ID); err != nil || len(list) != 2 {
		t.Errorf("%d connections, %v", len(list), err)
	}
}

// No other site begins what counts as a test: neither by a link, an image or a redirect, nor by a form.
func TestSignOnTestIsBegunHere(t *testing.T) {
	t.Parallel()
	w, p := consoletest.NewWorld(t), consoletest.OpenIDProvider(t)
	boss := w.As(t, admin.Owner)
	path := boss.Connects(t, p, nil)
	if to := boss.Send(t, http.MethodGet, path+"/test", nil, http.Header{"Sec-Fetch-Site": {"cross-site"}}).Is(t, http.StatusSeeOther).Header.Get("Location"); to != path {
		t.Errorf("sent to %s", to)
	}
	for _, header := range []http.Header{{"Sec-Fetch-Site": {"cross-site"}}, {"Sec-Fetch-Site": {"same-site"}}, {"Origin": {"http://evil.example"}}} {
		boss.Send(t, http.MethodPost, path+"/test", nil, header).Is(t, http.StatusForbidden).Has(t, "came from another site")
	}
	w.Stranger(t).Post(t, path+"/test", nil).Is(t, http.StatusUnauthorized)
	if calls := w.Audit(t, "testSignOnConnection"); len(calls) != 0 {
		t.Errorf("begun: %+v", calls)
	}
	boss.Goes(t, path+"/test", p, "owner").Is(t, http.StatusSeeOther)
	boss.Get(t, path).Is(t, http.StatusOK).Has(t, "You came back as yourself")
	if calls := w.Audit(t, "testSignOnConnection"); len(calls) != 1 || calls[0].Status != http.StatusOK || calls[0].Resource != strings.TrimPrefix(path, place.SignOn+"/") {
		t.Errorf("audit log: %+v", calls)
	}
}

// Nobody is promised a mail by an installation that sends none.
func TestSignOnSaysByWhichLinks(t *testing.T) {
	t.Parallel()
	for links, w := range map[string]*consoletest.World{
		"links that they get from whoever runs Spoke": consoletest.NewWorld(t),
		"links to their mail address":                 consoletest.NewWorld(t, consoletest.WithMail),
	} {
		boss := w.As(t, admin.Owner)
		boss.Get(t, "/settings/sign-on").Is(t, http.StatusOK).Has(t, "Administrators sign in by "+links+".")
		path := boss.Offers(t, consoletest.OpenIDProvider(t), nil)
		boss.Get(t, "/settings/sign-on").Is(t, http.StatusOK).Has(t, "by "+links+", as they like", "Administrators sign in by "+links+" from then on")
		boss.Post(t, "/settings/sign-on/off", nil).Is(t, http.StatusSeeOther)
		boss.Get(t, "/settings/sign-on").Is(t, http.StatusOK).Has(t, "Single sign-on is off: administrators sign in by "+links+".")
		boss.Get(t, path).Is(t, http.StatusOK).Has(t, "Administrators sign in with it or by "+links+", as they like")
	}
}
