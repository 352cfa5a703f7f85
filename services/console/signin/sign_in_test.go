package signin_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/services/console/consoletest"
	"github.com/askspoke/spoke/services/console/place"
	"github.com/askspoke/spoke/services/console/signin"
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/tenantdb"
	"github.com/askspoke/spoke/tenancy/token"
)

// provider is a test's word in this package

// From the address to the page that was asked for, by a link in a mail.
func TestSignInByMail(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t, consoletest.WithMail)
	ada := w.Add(t, "ada@acme.example", admin.Admin)
	b := w.Stranger(t)
	b.Get(t, "/sign-in?next=/users%3Fq%3Da&ended=1").Is(t, http.StatusOK).Has(t, "Sign in", "Acme Inc.", "Your session has ended")
	b.Post(t, "/sign-in", url.Values{"email": {" ADA@acme.example "}, "next": {"/?q=a"}}).Is(t, http.StatusOK).Has(t, "Look into your mailbox", "15 minutes")
	m := w.Mails(t, 1)[0]
	if m.To != ada.Email || m.Tenant != w.Acme.ID || !strings.Contains(m.Text, "127.0.0.1") {
		t.Errorf("%+v", m)
	}
	path := consoletest.LinkOf(t, m)
	for range 3 { // a mail scanner uses nothing up, nor does it get in
		w.Stranger(t).Get(t, path).Is(t, http.StatusOK).Has(t, "signs you in as ada@acme.example", "the role admin")
		w.Stranger(t).Send(t, http.MethodHead, path, nil, nil).Is(t, http.StatusOK)
	}
	page := b.Post(t, path, nil).Is(t, http.StatusSeeOther)
	if got := page.Header.Get("Location"); got != "/?q=a" {
		t.Errorf("sent to %s", got)
	}
	b.Get(t, "/?q=a").Is(t, http.StatusOK).Has(t, "ada@acme.example")
	if got := b.Get(t, "/sign-in").Is(t, http.StatusSeeOther).Header.Get("Location"); got != "/" {
		t.Errorf("who is signed in is sent to %s", got)
	}
	for _, again := range []struct {
		*consoletest.Browser
		says string
	}{{b, "You are signed in as ada@acme.example"}, {w.Stranger(t), "This link does not work"}} {
		again.Get(t, path).Is(t, http.StatusForbidden).Has(t, again.says, "used already")
		again.Post(t, path, nil).Is(t, http.StatusForbidden).Has(t, "used already")
	}
	a, err := w.Admins.Get(t.Context(), w.Acme.ID, ada.ID)
	consoletest.Must(t, err)
	if a.SignedInAt.IsZero() {
		t.Error("it is not noted")
	}
	w.Logged(t, "signIn", a.Actor(), http.StatusSeeOther)
	if strings.Contains(w.Log.String(), "spm_") {
		t.Error("the secret is in the log")
	}
}

// Whether an address is an administrator's, the answer does not tell.
func TestSignInTellsNothing(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t, consoletest.WithMail)
	w.Add(t, "ada@acme.example", admin.Owner)
	_, err := w.Admins.Add(t.Context(), admin.NewAdministrator{Tenant: w.Globex.ID, Email: "bob@acme.example", Name: "Bob", Role: admin.Owner})
	consoletest.Must(t, err)
	shape := func(email string) string {
		page := w.Stranger(t).Post(t, "/sign-in", url.Values{"email": {email}}).Is(t, http.StatusOK)
		page.Header.Del("X-Request-Id")
		page.Header.Del("Date")
		text := regexp.MustCompile(`Request [-0-9a-f]+`).ReplaceAllString(strings.ReplaceAll(page.Text(), email, "ADDRESS"), "")
		var header strings.Builder
		consoletest.Must(t, page.Header.WriteSubset(&header, nil))
		return header.String() + text
	}
	known := shape("ada@acme.example")
	for _, email := range []string{"eve@acme.example", "bob@acme.example"} {
		if got := shape(email); got != known {
			t.Errorf("%s is answered\n%s\nand one that is known\n%s", email, got, known)
		}
	}
	if m := w.Mails(t, 1); m[0].To != "ada@acme.example" {
		t.Errorf("mail to %s", m[0].To)
	}
}

func TestSignInRefusesAddresses(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t, consoletest.WithMail)
	for _, email := range []string{"", "ada", "Ada <ada@acme.example>", "ada@acme.example, eve@evil.example", "ada@acme.example\r\nBcc: eve@evil.example", "<script>@x"} {
		page := w.Stranger(t).Post(t, "/sign-in", url.Values{"email": {email}, "next": {"//evil.example"}}).Is(t, http.StatusUnprocessableEntity).Has(t, "This is no mail address")
		if strings.Contains(page.Body, "<script>@x") || strings.Contains(page.Body, "//evil.example") {
			t.Errorf("%q is in the page:\n%s", email, page.Body)
		}
	}
	w.Stranger(t).Send(t, http.MethodPost, "/sign-in", url.Values{"email": {"ada@acme.example"}},
		http.Header{"Sec-Fetch-Site": {"cross-site"}, "Origin": {"https://evil.example"}}).Is(t, http.StatusForbidden).Has(t, "another site")
	consoletest.NewWorld(t).Stranger(t).Get(t, "/sign-in").Is(t, http.StatusOK).Has(t, "No mail is sent from here", "An owner of Acme Inc.")
}

// Who asks too often has to wait, from one address for whomever, and for one mail address from wherever.
func TestSignInIsLimited(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t, consoletest.WithMail)
	b := w.Stranger(t)
	ask := func(email, from string) int {
		t.Helper()
		return b.Send(t, http.MethodPost, "/sign-in", url.Values{"email": {email}}, http.Header{"Sec-Fetch-Site": {"same-origin"}, "X-Forwarded-For": {from}}).Status
	}
	for i := range signin.AskedFrom.Burst {
		if got := ask("a"+string(rune('a'+i))+"@acme.example", "203.0.113.9"); got != http.StatusOK { // the header is not believed
			t.Fatalf("request %d: %d", i, got)
		}
	}
	page := b.Post(t, "/sign-in", url.Values{"email": {"b@acme.example"}}).Is(t, http.StatusTooManyRequests).Has(t, "That was too often")
	if page.Header.Get("Retry-After") == "" {
		t.Error("it does not say when to come again")
	}
}

// Where too many ask at once, all are told so alike, whether they are known or not, and the next are let in.
func TestSignInIsBounded(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t, consoletest.WithMail)
	w.Add(t, "ada@acme.com", admin.Admin)
	releases := make([]func(), web.MaxPlaces)
	for i := range releases {
		var err error
		releases[i], err = w.Jobs.Enter()
		consoletest.Must(t, err)
	}
	b := w.Stranger(t)
	for _, email := range []string{"ada@acme.com", "nobody@acme.com"} {
		b.Post(t, place.SignIn, url.Values{"email": {email}}).Is(t, http.StatusServiceUnavailable).Has(t, "Too many ask for links just now", "No link was sent")
	}
	for _, release := range releases {
		release()
	}
	b.Post(t, place.SignIn, url.Values{"email": {"ada@acme.com"}}).Is(t, http.StatusOK)
	w.Mails(t, 1)
}

// A link for the wrong tenant, of the wrong kind, out of date, of an administrator who is gone: each is refused, alike.
func TestSignInLinkIsRefused(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	w.Add(t, "owner@acme.example", admin.Owner)
	ada := w.Add(t, "ada@acme.example", admin.Viewer)
	refused := func(name string, b *consoletest.Browser, path, why string) {
		t.Helper()
		b.Get(t, path).Is(t, http.StatusForbidden).Has(t, "This link does not work", why)
		b.Post(t, path, nil).Is(t, http.StatusForbidden).Has(t, "This link does not work", why)
		if len(b.Client.Jar.Cookies(&url.URL{Scheme: "http", Host: b.Host, Path: "/"})) > 0 {
			t.Errorf("%s: it has a session", name)
		}
	}
	good := w.Path(t, ada)
	const foreign = "belongs to another host"
	refused("another tenant's", w.At(t, "globex.askspoke.test"), good, foreign)
	refused("cut off", w.Stranger(t), good[:len(good)-1], foreign)
	refused("unknown", w.Stranger(t), place.SignIn+"/link/"+token.NewSecret(token.ForSignIn).Reveal(), foreign)
	refused("a set-up link's", w.Stranger(t), place.SignIn+"/link/"+token.NewSecret(token.ForSetUp).Reveal(), foreign)
	refused("nonsense", w.Stranger(t), place.SignIn+"/link/%00%ff", foreign)
	w.Clock.Pass(time.Millisecond)
	consoletest.Must(t, w.Admins.EndSessions(t.Context(), w.Acme.ID, ada.ID, w.Clock.Now()))
	refused("void", w.Stranger(t), good, "made void")
	late := w.Path(t, ada)
	w.Clock.Pass(admin.SignInLife)
	refused("late", w.Stranger(t), late, "Its time is over")
	orphan := w.Path(t, ada)
	consoletest.Must(t, w.Admins.Remove(t.Context(), w.Acme.ID, ada.ID))
	refused("of one who is gone", w.Stranger(t), orphan, foreign)
	b := w.Stranger(t)
	b.Send(t, http.MethodPost, w.Path(t, w.Add(t, "eve@acme.example", admin.Viewer)), nil, http.Header{"Sec-Fetch-Site": {"cross-site"}}).
		Is(t, http.StatusForbidden).Has(t, "another site")
}

// A session's cookie that somebody planted is worth nothing after the sign-in.
func TestSessionIsRenewed(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	victim := w.As(t, admin.Viewer)
	at := &url.URL{Scheme: "http", Host: victim.Host, Path: "/"}
	planted := victim.Client.Jar.Cookies(at)[0].Value
	victim.Post(t, w.Path(t, w.Add(t, "ada@acme.example", admin.Owner)), nil).Is(t, http.StatusSeeOther)
	if now := victim.Client.Jar.Cookies(at)[0].Value; now == planted {
		t.Fatal("the cookie is the same")
	}
	victim.Get(t, "/").Is(t, http.StatusOK).Has(t, "ada@acme.example")
	thief := w.Stranger(t)
	thief.Client.Jar.SetCookies(at, []*http.Cookie{{Name: victim.Client.Jar.Cookies(at)[0].Name, Value: planted, Path: "/"}})
	thief.Get(t, "/").Is(t, http.StatusSeeOther)
}

// While Postgres is away nobody comes in, and no link is used up.
func TestSignInWhilePostgresIsAway(t *testing.T) {
	t.Parallel()
	db := pgtest.DB(t)
	proxy := pgtest.NewProxy(t, pgtest.Address(t, db))
	w := consoletest.Over(t, pgtest.Open(t, proxy.URL, tenantdb.Options{}), consoletest.WithMail)
	path := w.Path(t, w.Add(t, "ada@acme.example", admin.Owner))
	b, known := w.Stranger(t), w.As(t, admin.Owner)
	b.Get(t, path).Is(t, http.StatusOK)
	proxy.Away()
	b.Post(t, path, nil).Is(t, http.StatusServiceUnavailable).Has(t, "cannot reach its database")
	b.Post(t, "/sign-in", url.Values{"email": {"ada@acme.example"}}).Is(t, http.StatusServiceUnavailable)
	known.Get(t, "/").Is(t, http.StatusServiceUnavailable)
	proxy.Back()
	fixture.Eventually(t, "there is an answer", func() bool { return b.Post(t, path, nil).Status == http.StatusSeeOther })
	known.Get(t, "/").Is(t, http.StatusOK)
}

// Where single sign-on is required no link lets anybody in, also one that was made before, but an operator's set-up link.
func TestLinksWhereSignOnIsRequired(t *testing.T) {
	t.Parallel()
	w, p := consoletest.NewWorld(t, consoletest.WithMail), consoletest.OpenIDProvider(t)
	boss, before := w.As(t, admin.Owner), w.Path(t, w.Add(t, "ada@acme.example", admin.Owner))
	path := boss.Offers(t, p, nil)
	w.Stranger(t).Get(t, "/sign-in?next=/users").Is(t, http.StatusOK).Has(t, "Sign in with Acme login", "Send me a link")
	revision := boss.Get(t, path).Revision(t)
	boss.Goes(t, path+"/test", p, "owner").Is(t, http.StatusSeeOther)
	boss.Post(t, path+"/enforce", revision).Is(t, http.StatusOK)
	page := w.Stranger(t).Get(t, "/sign-in").Is(t, http.StatusOK).Has(t, "Sign in with Acme login", "Everybody signs in this way here")
	if strings.Contains(page.Text(), "Send me a link") {
		t.Error("links are offered still")
	}
	w.Stranger(t).Post(t, "/sign-in", url.Values{"email": {"ada@acme.example"}}).Is(t, http.StatusForbidden).Has(t, "requires single sign-on")
	w.Stranger(t).Get(t, before).Is(t, http.StatusForbidden).Has(t, "requires single sign-on")
	w.Stranger(t).Post(t, before, nil).Is(t, http.StatusForbidden).Has(t, "requires single sign-on")
	w.Mails(t, 0)
	rescue, _ := w.SetUp(t, operator.ForAdministrator)
	w.Stranger(t).Post(t, rescue, url.Values{"name": {"Grace"}, "email": {"grace@acme.example"}}).Is(t, http.StatusSeeOther)
}
