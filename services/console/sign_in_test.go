package console

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/askspoke/spoke/infra/pgtest" // provider is a test's word in this package
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/tenantdb"
	"github.com/askspoke/spoke/tenancy/token"
)

// From the address to the page that was asked for, by a link in a mail.
func TestSignInByMail(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withMail)
	ada := w.add(t, "ada@acme.example", admin.Admin)
	b := w.stranger(t)
	b.get(t, "/sign-in?next=/users%3Fq%3Da&ended=1").is(t, http.StatusOK).has(t, "Sign in", "Acme Inc.", "Your session has ended")
	b.post(t, "/sign-in", url.Values{"email": {" ADA@acme.example "}, "next": {"/?q=a"}}).is(t, http.StatusOK).has(t, "Look into your mailbox", "15 minutes")
	m := w.mails(t, 1)[0]
	if m.To != ada.Email || m.Tenant != w.acme.ID || !strings.Contains(m.Text, "127.0.0.1") {
		t.Errorf("%+v", m)
	}
	path := linkOf(t, m)
	for range 3 { // a mail scanner uses nothing up, nor does it get in
		w.stranger(t).get(t, path).is(t, http.StatusOK).has(t, "signs you in as ada@acme.example", "the role admin")
		w.stranger(t).send(t, http.MethodHead, path, nil, nil).is(t, http.StatusOK)
	}
	page := b.post(t, path, nil).is(t, http.StatusSeeOther)
	if got := page.header.Get("Location"); got != "/?q=a" {
		t.Errorf("sent to %s", got)
	}
	b.get(t, "/?q=a").is(t, http.StatusOK).has(t, "ada@acme.example")
	if got := b.get(t, "/sign-in").is(t, http.StatusSeeOther).header.Get("Location"); got != "/" {
		t.Errorf("who is signed in is sent to %s", got)
	}
	for _, again := range []*browser{b, w.stranger(t)} {
		again.get(t, path).is(t, http.StatusForbidden).has(t, "This link does not work", "used already")
		again.post(t, path, nil).is(t, http.StatusForbidden).has(t, "used already")
	}
	a, err := w.Admins.Get(t.Context(), w.acme.ID, ada.ID)
	must(t, err)
	if a.SignedInAt.IsZero() {
		t.Error("it is not noted")
	}
	w.logged(t, "signIn", a.Actor(), http.StatusSeeOther)
	if strings.Contains(w.log.String(), "spm_") {
		t.Error("the secret is in the log")
	}
}

// Whether an address is an administrator's, the answer does not tell.
func TestSignInTellsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withMail)
	w.add(t, "ada@acme.example", admin.Owner)
	_, err := w.Admins.Add(t.Context(), admin.NewAdministrator{Tenant: w.globex.ID, Email: "bob@acme.example", Name: "Bob", Role: admin.Owner})
	must(t, err)
	shape := func(email string) string {
		page := w.stranger(t).post(t, "/sign-in", url.Values{"email": {email}}).is(t, http.StatusOK)
		page.header.Del("X-Request-Id")
		page.header.Del("Date")
		text := regexp.MustCompile(`Request [-0-9a-f]+`).ReplaceAllString(strings.ReplaceAll(page.text(), email, "ADDRESS"), "")
		var header strings.Builder
		must(t, page.header.WriteSubset(&header, nil))
		return header.String() + text
	}
	known := shape("ada@acme.example")
	for _, email := range []string{"eve@acme.example", "bob@acme.example"} {
		if got := shape(email); got != known {
			t.Errorf("%s is answered\n%s\nand one that is known\n%s", email, got, known)
		}
	}
	if m := w.mails(t, 1); m[0].To != "ada@acme.example" {
		t.Errorf("mail to %s", m[0].To)
	}
}

func TestSignInRefusesAddresses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withMail)
	for _, email := range []string{"", "ada", "Ada <ada@acme.example>", "ada@acme.example, eve@evil.example", "ada@acme.example\r\nBcc: eve@evil.example", "<script>@x"} {
		page := w.stranger(t).post(t, "/sign-in", url.Values{"email": {email}, "next": {"//evil.example"}}).is(t, http.StatusUnprocessableEntity).has(t, "This is no mail address")
		if strings.Contains(page.body, "<script>@x") || strings.Contains(page.body, "//evil.example") {
			t.Errorf("%q is in the page:\n%s", email, page.body)
		}
	}
	w.stranger(t).send(t, http.MethodPost, "/sign-in", url.Values{"email": {"ada@acme.example"}},
		http.Header{"Sec-Fetch-Site": {"cross-site"}, "Origin": {"https://evil.example"}}).is(t, http.StatusForbidden).has(t, "another site")
	newWorld(t).stranger(t).get(t, "/sign-in").is(t, http.StatusOK).has(t, "No mail is sent from here", "An owner of Acme Inc.")
}

// Who asks too often has to wait, from one address for whomever, and for one mail address from wherever.
func TestSignInIsLimited(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withMail)
	b := w.stranger(t)
	ask := func(email, from string) int {
		t.Helper()
		return b.send(t, http.MethodPost, "/sign-in", url.Values{"email": {email}}, http.Header{"Sec-Fetch-Site": {"same-origin"}, "X-Forwarded-For": {from}}).status
	}
	for i := range askedFrom.Burst {
		if got := ask("a"+string(rune('a'+i))+"@acme.example", "203.0.113.9"); got != http.StatusOK { // the header is not believed
			t.Fatalf("request %d: %d", i, got)
		}
	}
	page := b.post(t, "/sign-in", url.Values{"email": {"b@acme.example"}}).is(t, http.StatusTooManyRequests).has(t, "That was too often")
	if page.header.Get("Retry-After") == "" {
		t.Error("it does not say when to come again")
	}
}

// A link for the wrong tenant, of the wrong kind, out of date, of an administrator who is gone: each is refused, alike.
func TestSignInLinkIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add(t, "owner@acme.example", admin.Owner)
	ada := w.add(t, "ada@acme.example", admin.Viewer)
	refused := func(name string, b *browser, path, why string) {
		t.Helper()
		b.get(t, path).is(t, http.StatusForbidden).has(t, "This link does not work", why)
		b.post(t, path, nil).is(t, http.StatusForbidden).has(t, "This link does not work", why)
		if len(b.client.Jar.Cookies(&url.URL{Scheme: "http", Host: b.host, Path: "/"})) > 0 {
			t.Errorf("%s: it has a session", name)
		}
	}
	good := w.path(t, ada)
	const foreign = "belongs to another host"
	refused("another tenant's", w.at(t, "globex.askspoke.test"), good, foreign)
	refused("cut off", w.stranger(t), good[:len(good)-1], foreign)
	refused("unknown", w.stranger(t), signInPath+"/link/"+token.NewSecret(token.ForSignIn).Reveal(), foreign)
	refused("a set-up link's", w.stranger(t), signInPath+"/link/"+token.NewSecret(token.ForSetUp).Reveal(), foreign)
	refused("nonsense", w.stranger(t), signInPath+"/link/%00%ff", foreign)
	w.clock.pass(time.Millisecond)
	must(t, w.Admins.EndSessions(t.Context(), w.acme.ID, ada.ID, w.clock.now()))
	refused("void", w.stranger(t), good, "made void")
	late := w.path(t, ada)
	w.clock.pass(admin.SignInLife)
	refused("late", w.stranger(t), late, "Its time is over")
	orphan := w.path(t, ada)
	must(t, w.Admins.Remove(t.Context(), w.acme.ID, ada.ID))
	refused("of one who is gone", w.stranger(t), orphan, foreign)
	b := w.stranger(t)
	b.send(t, http.MethodPost, w.path(t, w.add(t, "eve@acme.example", admin.Viewer)), nil, http.Header{"Sec-Fetch-Site": {"cross-site"}}).
		is(t, http.StatusForbidden).has(t, "another site")
}

// A session's cookie that somebody planted is worth nothing after the sign-in.
func TestSessionIsRenewed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	victim := w.as(t, admin.Viewer)
	at := &url.URL{Scheme: "http", Host: victim.host, Path: "/"}
	planted := victim.client.Jar.Cookies(at)[0].Value
	victim.post(t, w.path(t, w.add(t, "ada@acme.example", admin.Owner)), nil).is(t, http.StatusSeeOther)
	if now := victim.client.Jar.Cookies(at)[0].Value; now == planted {
		t.Fatal("the cookie is the same")
	}
	victim.get(t, "/").is(t, http.StatusOK).has(t, "ada@acme.example")
	thief := w.stranger(t)
	thief.client.Jar.SetCookies(at, []*http.Cookie{{Name: w.sessions.Cookie.Name, Value: planted, Path: "/"}})
	thief.get(t, "/").is(t, http.StatusSeeOther)
}

// While Postgres is away nobody comes in, and no link is used up.
func TestSignInWhilePostgresIsAway(t *testing.T) {
	t.Parallel()
	db := pgtest.DB(t)
	proxy := pgtest.NewProxy(t, pgtest.Address(t, db))
	w := over(t, pgtest.Open(t, proxy.URL, tenantdb.Options{}), withMail)
	path := w.path(t, w.add(t, "ada@acme.example", admin.Owner))
	b, known := w.stranger(t), w.as(t, admin.Owner)
	b.get(t, path).is(t, http.StatusOK)
	proxy.Away()
	b.post(t, path, nil).is(t, http.StatusServiceUnavailable).has(t, "cannot reach its database")
	b.post(t, "/sign-in", url.Values{"email": {"ada@acme.example"}}).is(t, http.StatusServiceUnavailable)
	known.get(t, "/").is(t, http.StatusServiceUnavailable)
	proxy.Back()
	eventually(t, "answer", func() bool { return b.post(t, path, nil).status == http.StatusSeeOther })
	known.get(t, "/").is(t, http.StatusOK)
}

// Where single sign-on is required no link lets anybody in, also one that was made before, but an operator's set-up link.
func TestLinksWhereSignOnIsRequired(t *testing.T) {
	t.Parallel()
	w, p := newWorld(t, withMail), people(t)
	boss, before := w.as(t, admin.Owner), w.path(t, w.add(t, "ada@acme.example", admin.Owner))
	path := boss.offers(t, p, nil)
	w.stranger(t).get(t, "/sign-in?next=/users").is(t, http.StatusOK).has(t, "Sign in by Acme login", "Send me a link")
	revision := boss.get(t, path).revision(t)
	boss.goes(t, path+"/test", p, "owner").is(t, http.StatusSeeOther)
	boss.post(t, path+"/enforce", revision).is(t, http.StatusOK)
	page := w.stranger(t).get(t, "/sign-in").is(t, http.StatusOK).has(t, "Sign in by Acme login", "Everybody signs in this way here")
	if strings.Contains(page.text(), "Send me a link") {
		t.Error("links are offered still")
	}
	w.stranger(t).post(t, "/sign-in", url.Values{"email": {"ada@acme.example"}}).is(t, http.StatusForbidden).has(t, "requires single sign-on")
	w.stranger(t).get(t, before).is(t, http.StatusForbidden).has(t, "requires single sign-on")
	w.stranger(t).post(t, before, nil).is(t, http.StatusForbidden).has(t, "requires single sign-on")
	w.mails(t, 0)
	rescue, _ := w.setup(t, operator.ForAdministrator)
	w.stranger(t).post(t, rescue, url.Values{"name": {"Grace"}, "email": {"grace@acme.example"}}).is(t, http.StatusSeeOther)
}
