package operatorconsole_test

import (
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/infra/oidctest"
	"github.com/askspoke/spoke/services/console"
	"github.com/askspoke/spoke/services/console/consoletest"
	"github.com/askspoke/spoke/services/console/operatorconsole"
	"github.com/askspoke/spoke/services/console/place"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/status"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

func TestOperatorSeesTenants(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	w.At(t, consoletest.OperatorHost).Get(t, "/").Is(t, http.StatusSeeOther)
	b := w.OperatorWith(t, operator.Read)
	b.Get(t, "/").Is(t, http.StatusOK).Has(t, "acme", "globex") // also before the worker has looked at any
	consoletest.Must(t, w.Status.Ensure(t.Context(), w.Clock.Now()))
	b.Get(t, "/").Is(t, http.StatusOK).Has(t, "acme", "globex", "Waiting for the first request", "not counted yet")
	b.Get(t, "/?state=healthy").Is(t, http.StatusOK).Has(t, "No tenant is in this state")
	b.Get(t, "/?after=x").Is(t, http.StatusBadRequest)
	if got := b.Get(t, "/?slug=ACME").Is(t, http.StatusSeeOther).Header.Get("Location"); got != "/tenants/acme" {
		t.Error(got)
	}
	b.Get(t, "/?slug=nobody").Is(t, http.StatusNotFound)
	first, _, err := w.Tokens.Mint(t.Context(), w.Acme.ID, "Entra ID", time.Time{})
	consoletest.Must(t, err)
	_, gone, err := w.Tokens.Mint(t.Context(), w.Acme.ID, "Okta", time.Time{})
	consoletest.Must(t, err)
	consoletest.Must(t, w.Tokens.Revoke(t.Context(), w.Acme.ID, gone.ID))
	b.Get(t, "/tenants/acme").Is(t, http.StatusOK).Has(t, "Acme Inc.", "http://acme.askspoke.test/scim/v2", "Users not counted yet", "Valid tokens and secrets 1").Lacks(t, first.Reveal())
	consoletest.Must(t, w.Status.SaveSize(t.Context(), w.Acme.ID, status.Size{Users: 3, ActiveUsers: 2, Groups: 1}, w.Clock.Now().Add(-3*time.Minute)))
	b.Get(t, "/tenants/acme").Is(t, http.StatusOK).Has(t, "2 active of 3, counted 3 minutes ago")
	b.Get(t, "/").Is(t, http.StatusOK).Has(t, "2 of 3")
	b.Get(t, "/tenants/nobody").Is(t, http.StatusNotFound)
	b.Get(t, "/onboard").Is(t, http.StatusForbidden).Has(t, "It needs the role manage, and you are read")
	b.Post(t, "/tenants/acme/state", url.Values{"state": {"suspended"}}).Is(t, http.StatusForbidden)
}

func TestOperatorOnboards(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	b := w.OperatorWith(t, operator.Manage)
	for slug, says := range map[string]string{"acme": "There is a tenant with this slug already", "www": "is reserved", "A B": "The slug", "": "The slug"} {
		fills(t, b, "/onboard", "/onboard", url.Values{"slug": {slug}}).Is(t, http.StatusUnprocessableEntity).Has(t, says)
	}
	made := fills(t, b, "/onboard", "/onboard", url.Values{"slug": {"initech"}, "name": {"Initech <b>"}}).Is(t, http.StatusOK).Has(t, "The tenant is there", "Initech <b>", "initech.askspoke.test/scim/v2")
	link := regexp.MustCompile(`http://initech\.askspoke\.test/setup/(spl_\w+)`).FindStringSubmatch(made.Body)
	if link == nil {
		t.Fatalf("no link: %s", made.Text())
	}
	b.Get(t, "/").Is(t, http.StatusOK).Has(t, "initech") // at once, whenever the worker comes by
	if again := b.Get(t, "/tenants/initech"); strings.Contains(again.Body, link[1]) {
		t.Error("the link is shown twice")
	}
	b.Get(t, "/audit?tenant=initech").Is(t, http.StatusOK).Has(t, "createTenant", "shell:ann")
	fills(t, b, "/tenants/initech", "/tenants/initech/setup-links", url.Values{"purpose": {"anything"}}).Is(t, http.StatusUnprocessableEntity)
	b.Post(t, "/tenants/initech/state", url.Values{"state": {"suspended"}}).Is(t, http.StatusSeeOther)
	b.Get(t, "/tenants/initech").Has(t, "Initech <b> is suspended now", "suspended")
	b.Post(t, "/tenants/initech/state", url.Values{"state": {"deleting"}}).Is(t, http.StatusUnprocessableEntity)
	b.Send(t, http.MethodPost, "/tenants/initech/state", url.Values{"state": {"active"}}, http.Header{"Sec-Fetch-Site": {"cross-site"}}).Is(t, http.StatusForbidden).Has(t, "another site")
}

// A set-up link is revoked for good, with what it has opened.
func TestOperatorRevokesSetupLink(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	b := w.OperatorWith(t, operator.Manage)
	made := fills(t, b, "/tenants/acme", "/tenants/acme/setup-links", url.Values{"purpose": {"provisioning"}}).Is(t, http.StatusOK)
	link := regexp.MustCompile(`http://acme\.askspoke\.test(/setup/spl_\w+)`).FindStringSubmatch(made.Body)
	if link == nil {
		t.Fatalf("no link: %s", made.Text())
	}
	path := regexp.MustCompile(`/tenants/acme/setup-links/[0-9a-f-]{36}/revoke`)
	revoke := path.FindString(b.Get(t, "/tenants/acme").Body)
	guest := w.Stranger(t)
	guest.Post(t, link[1], nil).Is(t, http.StatusSeeOther)
	guest.Get(t, "/settings/integrations").Is(t, http.StatusOK)
	if again := path.FindString(b.Get(t, "/tenants/acme").Body); again != revoke {
		t.Errorf("a link that was used is revoked by %q", again)
	}
	b.Post(t, strings.Replace(revoke, "acme", "globex", 1), nil).Is(t, http.StatusNotFound).Has(t, "There is no such set-up link")
	w.OperatorWith(t, operator.Read).Post(t, revoke, nil).Is(t, http.StatusForbidden)
	guest.Get(t, "/settings/integrations").Is(t, http.StatusOK)
	b.Post(t, revoke, nil).Is(t, http.StatusSeeOther)
	guest.Get(t, "/settings/integrations").Is(t, http.StatusSeeOther)
	b.Get(t, "/audit?tenant=acme").Has(t, "revokeSetupLink")
	if again := path.FindString(b.Get(t, "/tenants/acme").Body); again != "" {
		t.Errorf("a revoked link can be revoked again: %s", again)
	}

	made = fills(t, b, "/tenants/acme", "/tenants/acme/setup-links", url.Values{"purpose": {"administrator"}})
	link = regexp.MustCompile(`http://acme\.askspoke\.test(/setup/spl_\w+)`).FindStringSubmatch(made.Body)
	b.Post(t, path.FindString(made.Body), nil).Is(t, http.StatusSeeOther)
	w.Stranger(t).Get(t, link[1]).Is(t, http.StatusForbidden).Has(t, "It was made void since")
}

func TestImpersonation(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	b := w.OperatorWith(t, operator.Manage)
	path := "/tenants/acme/impersonations"
	visit := func(b *consoletest.Browser, form url.Values) consoletest.Answer {
		return fills(t, b, "/tenants/acme", path, form)
	}
	visit(b, url.Values{"role": {"viewer"}}).Is(t, http.StatusUnprocessableEntity).Has(t, "Say why")
	visit(b, url.Values{"role": {"admin"}, "reason": {"x"}}).Is(t, http.StatusForbidden).Has(t, "You may only look")
	visit(w.OperatorWith(t, operator.Admin), url.Values{"role": {"owner"}, "reason": {"x"}}).Is(t, http.StatusForbidden).Has(t, "Nobody visits as an owner")
	made := visit(b, url.Values{"role": {"viewer"}, "reason": {"Ticket 4711"}}).Is(t, http.StatusOK)
	link := regexp.MustCompile(`http://acme\.askspoke\.test(/visit/spv_\w+)`).FindStringSubmatch(made.Body)
	if link == nil {
		t.Fatalf("no link: %s", made.Text())
	}
	w.At(t, "globex.askspoke.test").Post(t, link[1], nil).Is(t, http.StatusForbidden)
	at := w.Stranger(t)
	at.Post(t, "/visit/guessed", nil).Is(t, http.StatusForbidden)
	if calls := w.Audit(t, "openImpersonation"); len(calls) != 0 {
		t.Errorf("a stranger's guesses fill the audit log: %+v", calls)
	}
	at.Get(t, link[1]).Is(t, http.StatusOK).Has(t, "You come as an operator")
	at.Post(t, link[1], nil).Is(t, http.StatusSeeOther)
	at.Get(t, "/").Is(t, http.StatusOK).Has(t, "You are looking at Acme Inc. as its viewer", "ann")
	w.Stranger(t).Post(t, link[1], nil).Is(t, http.StatusForbidden).Has(t, "does not open anything")
	w.Logged(t, "openImpersonation", "shell:ann", http.StatusSeeOther)

	visits, err := w.Admins.Impersonations(t.Context(), w.Acme.ID, 1)
	consoletest.Must(t, err)
	if visits[0].Reason != "Ticket 4711" || visits[0].Role != admin.Viewer || visits[0].OpenedAt.IsZero() {
		t.Errorf("%+v", visits[0])
	}
	b.Post(t, path+"/"+visits[0].ID+"/end", nil).Is(t, http.StatusSeeOther)
	at.Get(t, "/").Is(t, http.StatusSeeOther)
	b.Post(t, path+"/no-uuid/end", nil).Is(t, http.StatusNotFound)
}

// One form makes one visit, sent twice, at once, or after it was opened.
func TestImpersonationOfAFormSentAgain(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	b := w.OperatorWith(t, operator.Manage)
	form := url.Values{"role": {"viewer"}, "reason": {"Ticket 4711"}, "once": {consoletest.OnceOf(t, b.Get(t, "/tenants/acme"))}}
	link := regexp.MustCompile(`http://acme\.askspoke\.test(/visit/spv_\w+)`)
	var wait sync.WaitGroup
	answers := make([]consoletest.Answer, 2)
	for i := range answers {
		wait.Go(func() { answers[i] = b.Post(t, "/tenants/acme/impersonations", form) })
	}
	wait.Wait()
	slices.SortFunc(answers, func(a, b consoletest.Answer) int { return a.Status - b.Status })
	first := link.FindStringSubmatch(answers[0].Is(t, http.StatusOK).Body)
	if first == nil || link.MatchString(answers[1].Is(t, http.StatusConflict).Has(t, "This form has been sent already", "end that visit").Body) {
		t.Fatalf("%s\n%s", answers[0].Text(), answers[1].Text())
	}
	w.Stranger(t).Post(t, first[1], nil).Is(t, http.StatusSeeOther) // it is still what it was
	b.Post(t, "/tenants/acme/impersonations", form).Is(t, http.StatusConflict)
	for tenant, want := range map[tenancy.ID]int{w.Acme.ID: 1, w.Globex.ID: 0} {
		if visits, err := w.Admins.Impersonations(t.Context(), tenant, 10); err != nil || len(visits) != want {
			t.Errorf("%v, %v", visits, err)
		}
	}
	b.Post(t, "/tenants/globex/impersonations", form).Is(t, http.StatusOK) // another tenant's is another
	for _, once := range []string{"", "1", strings.Repeat("0", 1000)} {
		form.Set("once", once)
		b.Post(t, "/tenants/acme/impersonations", form).Is(t, http.StatusUnprocessableEntity).Has(t, "The form did not arrive whole")
	}
	if visits, err := w.Admins.Impersonations(t.Context(), w.Acme.ID, 10); err != nil || len(visits) != 1 {
		t.Errorf("%v, %v", visits, err)
	}
}

func TestImpersonationEnds(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	secret, _, err := w.Admins.CreateImpersonation(t.Context(), admin.NewImpersonation{
		Tenant: w.Acme.ID, Operator: operator.ShellActor("ann"), Name: "ann", Reason: "a look", Role: admin.Viewer, ExpiresAt: w.Clock.Now().Add(time.Hour),
	})
	consoletest.Must(t, err)
	b := w.Stranger(t)
	b.Post(t, place.Visit+secret.Reveal(), nil).Is(t, http.StatusSeeOther)
	b.Get(t, "/").Is(t, http.StatusOK)
	w.Clock.Pass(time.Hour)
	b.Get(t, "/").Is(t, http.StatusSeeOther)
}

func TestOperatorSignsOn(t *testing.T) {
	t.Parallel()
	const redirect = "http://" + consoletest.OperatorHost + "/sign-in/oidc/callback"
	p := oidctest.New(t, oidctest.Client{ID: "console", Secret: "s3cret", Redirects: []string{redirect}, InToken: true},
		oidctest.User{Email: "ann@spoke.example", Password: "pw", Verified: true, Claims: map[string]any{"roles": []string{"spoke:read"}}},
		oidctest.User{Email: "bob@spoke.example", Password: "pw", Verified: true},
	)
	w := consoletest.NewWorld(t, func(_ *console.Config, parts *console.Parts) {
		var err error
		parts.OperatorSignOn, err = operator.NewSignOn(operator.SignOnConfig{
			OIDC: operator.OIDCConfig{Issuer: p.URL}, ClientID: "console", ClientSecret: "s3cret", Redirect: redirect,
		})
		consoletest.Must(t, err)
	})
	callback := func(b *consoletest.Browser, email string) string {
		t.Helper()
		start := b.Get(t, "/sign-in/oidc").Is(t, http.StatusSeeOther).Header.Get("Location")
		return p.SignIn(t, start, email, "pw").RequestURI()
	}
	ann, other := w.At(t, consoletest.OperatorHost), w.At(t, consoletest.OperatorHost)
	ann.Get(t, "/sign-in").Is(t, http.StatusOK).Has(t, "Sign in with your OpenID provider")
	answer := callback(ann, "ann@spoke.example")
	other.Get(t, answer).Is(t, http.StatusForbidden).Has(t, "You could not be signed in")
	ann.Get(t, answer).Is(t, http.StatusSeeOther)
	calls := w.OperatorSignIns(t)
	if len(calls) != 1 || calls[0].Role != operator.Read || !strings.HasPrefix(calls[0].Actor, "oidc:") || calls[0].Status != http.StatusSeeOther {
		t.Errorf("the audit log has %+v", calls)
	}
	ann.Get(t, "/tenants/acme").Is(t, http.StatusOK)
	ann.Get(t, "/onboard").Is(t, http.StatusForbidden)
	ann.Get(t, answer).Is(t, http.StatusForbidden) // an answer counts once
	w.Clock.Pass(operatorconsole.SignOnLife)
	ann.Get(t, "/").Is(t, http.StatusSeeOther)

	bob := w.At(t, consoletest.OperatorHost)
	bob.Get(t, callback(bob, "bob@spoke.example")).Is(t, http.StatusForbidden).Has(t, "You have no role here")
	bob.Get(t, "/").Is(t, http.StatusSeeOther)
}

// What an operator may is asked anew: of the settings for who came by a provider, of the link for who came by one.
func TestOperatorIsAskedAnew(t *testing.T) {
	t.Parallel()
	const redirect = "http://" + consoletest.OperatorHost + "/sign-in/oidc/callback"
	p := oidctest.New(t, oidctest.Client{ID: "console", Secret: "s3cret", Redirects: []string{redirect}, InToken: true},
		oidctest.User{Email: "ann@spoke.example", Password: "pw", Verified: true, Claims: map[string]any{"roles": []string{"ops", "other", "staff"}}},
	)
	configured := func(issuer string, roles map[string]operator.Role) *operator.SignOn {
		t.Helper()
		s, err := operator.NewSignOn(operator.SignOnConfig{
			OIDC: operator.OIDCConfig{Issuer: issuer, Roles: roles}, ClientID: "console", ClientSecret: "s3cret", Redirect: redirect,
		})
		consoletest.Must(t, err)
		return s
	}
	first := configured(p.URL, map[string]operator.Role{"ops": operator.Manage, "staff": operator.Read})
	w := consoletest.NewWorld(t, func(_ *console.Config, parts *console.Parts) { parts.OperatorSignOn = first })
	// restarted is a browser in which ann has signed in before another process began, with other settings.
	restarted := func(signOn *operator.SignOn) *consoletest.Browser {
		t.Helper()
		ann := w.At(t, consoletest.OperatorHost)
		ann.Get(t, p.SignIn(t, ann.Get(t, "/sign-in/oidc").Is(t, http.StatusSeeOther).Header.Get("Location"), "ann@spoke.example", "pw").RequestURI()).Is(t, http.StatusSeeOther)
		ann.Get(t, "/onboard").Is(t, http.StatusOK)
		parts := w.Parts
		parts.OperatorSignOn = signOn
		s, err := console.New(w.Config, parts)
		consoletest.Must(t, err)
		server := httptest.NewServer(s.OperatorHandler())
		t.Cleanup(server.Close)
		b := (&consoletest.World{Server: s, URL: server.URL, Clock: w.Clock, Log: w.Log}).At(t, consoletest.OperatorHost)
		b.Client.Jar = ann.Client.Jar
		return b
	}
	restarted(first).Get(t, "/onboard").Is(t, http.StatusOK)
	restarted(configured(p.URL, map[string]operator.Role{"staff": operator.Read})).Get(t, "/onboard").Is(t, http.StatusForbidden).Has(t, "It needs the role manage, and you are read")
	for name, signOn := range map[string]*operator.SignOn{
		"no role":          configured(p.URL, map[string]operator.Role{"spoke:admin": operator.Admin}),
		"another provider": configured("http://127.0.0.1:1", map[string]operator.Role{"ops": operator.Manage}),
		"no provider":      nil,
	} {
		if got := restarted(signOn).Get(t, "/"); got.Status != http.StatusSeeOther {
			t.Errorf("%s: %d", name, got.Status)
		}
	}

	bob, carl := w.OperatorWith(t, operator.Manage), w.OperatorWith(t, operator.Manage)
	bob.Get(t, "/").Is(t, http.StatusOK)
	open, visits := "", [2]*consoletest.Browser{w.Stranger(t), w.Stranger(t)}
	for _, v := range visits {
		made := fills(t, bob, "/tenants/acme", "/tenants/acme/impersonations", url.Values{"role": {"viewer"}, "reason": {"ticket 7"}}).Is(t, http.StatusOK)
		open = regexp.MustCompile(`/visit/spv_\w+`).FindString(made.Body)
		if v == visits[0] {
			v.Post(t, open, nil).Is(t, http.StatusSeeOther)
			v.Get(t, "/").Is(t, http.StatusOK)
		}
	}
	n, err := w.Operators.RevokeSignIns(t.Context(), operator.ShellActor("nobody"))
	if err != nil || n != 0 {
		t.Errorf("%d, %v", n, err)
	}
	carl.Get(t, "/").Is(t, http.StatusOK)
	if n, err = w.Operators.RevokeSignIns(t.Context(), operator.ShellActor("ann")); err != nil || n != 2 {
		t.Errorf("%d, %v", n, err)
	}
	for _, b := range []*consoletest.Browser{bob, carl} {
		b.Post(t, "/tenants/acme/state", url.Values{"state": {"suspended"}}).Is(t, http.StatusUnauthorized)
		b.Get(t, "/").Is(t, http.StatusSeeOther)
	}
	// So do their visits to tenants, those that were not begun as well.
	if n, err := w.Admins.EndImpersonationsOf(t.Context(), operator.ShellActor("ann")); err != nil || n != 2 {
		t.Errorf("%d visits, %v", n, err)
	}
	visits[0].Get(t, "/").Is(t, http.StatusSeeOther)
	visits[1].Post(t, open, nil)
	visits[1].Get(t, "/").Is(t, http.StatusSeeOther)
}

func TestOperatorsSignOutIsRecorded(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	ann := w.OperatorWith(t, operator.Read)
	ann.Post(t, "/sign-out", nil).Is(t, http.StatusSeeOther)
	ann.Post(t, "/sign-out", nil).Is(t, http.StatusSeeOther) // who is out already is answered alike
	list, _, err := w.Operators.Calls(t.Context(), operator.CallFilter{Operation: "signOut"}, operator.Page{Limit: 9})
	if err != nil || len(list) != 1 || list[0].Actor != operator.ShellActor("ann") || list[0].Name != "ann" || list[0].Status != http.StatusSeeOther {
		t.Errorf("%+v, %v", list, err)
	}
}

// Who guesses writes nothing to the audit log, and who comes in is named there.
func TestOperatorsAreNamed(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	secret, _, err := w.Operators.CreateSignIn(t.Context(), operator.Identity{Actor: operator.ShellActor("ann"), Name: "ann", Role: operator.Manage})
	consoletest.Must(t, err)
	b := w.At(t, consoletest.OperatorHost)
	b.Post(t, "/sign-in/link/guessed", nil).Is(t, http.StatusForbidden)
	if calls := w.OperatorSignIns(t); len(calls) != 0 {
		t.Errorf("a stranger's guess is in the audit log: %+v", calls)
	}
	b.Post(t, "/sign-in/link/"+secret.Reveal(), nil).Is(t, http.StatusSeeOther)
	if calls := w.OperatorSignIns(t); len(calls) != 1 || calls[0].Actor != "shell:ann" || calls[0].Role != operator.Manage || calls[0].Status != http.StatusSeeOther {
		t.Errorf("the audit log has %+v", calls)
	}
}

// A link that makes an owner goes past who may do what at a tenant that has one.
func TestOwnerLinkOfATenantThatHasOne(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	b, link := w.OperatorWith(t, operator.Manage), url.Values{"purpose": {"administrator"}}
	fills(t, b, "/tenants/acme", "/tenants/acme/setup-links", link).Is(t, http.StatusOK)
	w.As(t, admin.Owner)
	fills(t, b, "/tenants/acme", "/tenants/acme/setup-links", link).Is(t, http.StatusForbidden).Has(t, "This tenant has an owner")
	fills(t, b, "/tenants/acme", "/tenants/acme/setup-links", url.Values{"purpose": {"host"}}).Is(t, http.StatusOK)
	fills(t, b, "/tenants/globex", "/tenants/globex/setup-links", link).Is(t, http.StatusOK)
	fills(t, w.OperatorWith(t, operator.Admin), "/tenants/acme", "/tenants/acme/setup-links", link).Is(t, http.StatusOK)
}

// fills opens a page and sends one of its forms, which has a number.
func fills(t *testing.T, b *consoletest.Browser, page, path string, form url.Values) consoletest.Answer {
	t.Helper()
	sent := maps.Clone(form)
	sent.Set("once", consoletest.OnceOf(t, b.Get(t, page).Is(t, http.StatusOK)))
	return b.Post(t, path, sent)
}

// A form that is sent again, by a reload or twice at once, makes nothing a second time and says what became of the link.
func TestOperatorSendsFormAgain(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	b := w.OperatorWith(t, operator.Manage)
	link := regexp.MustCompile(`/setup/spl_\w+`)
	again := func(a consoletest.Answer) {
		t.Helper()
		a.Is(t, http.StatusConflict).Has(t, "This form has been sent already", "was shown by the first answer, and by no other", "make a new one there")
		if link.MatchString(a.Body) || !strings.Contains(a.Body, `href="/tenants/`) {
			t.Errorf("the page: %s", a.Body)
		}
	}
	links := func(slug tenancy.Slug) int {
		t.Helper()
		tenant, err := w.Tenants.Get(t.Context(), slug)
		consoletest.Must(t, err)
		list, _, err := w.Operators.Links(t.Context(), tenant.ID, operator.Page{Limit: 50})
		consoletest.Must(t, err)
		return len(list)
	}
	form := url.Values{"slug": {"initech"}, "once": {consoletest.OnceOf(t, b.Get(t, "/onboard"))}}
	first := link.FindString(b.Post(t, "/onboard", form).Is(t, http.StatusOK).Has(t, "no reload brings it back").Body)
	again(b.Post(t, "/onboard", form))
	w.At(t, "initech.askspoke.test").Get(t, first).Is(t, http.StatusOK) // the link is what it was
	form.Set("slug", "hooli")                                           // the browser's way back, and another tenant
	again(b.Post(t, "/onboard", form))
	if _, err := w.Tenants.Get(t.Context(), "hooli"); !errors.Is(err, tenancy.ErrNotFound) || links("initech") != 1 {
		t.Errorf("%v, %d links", err, links("initech"))
	}
	for _, once := range []string{"", "1", strings.Repeat("0", 1000)} {
		b.Post(t, "/onboard", url.Values{"slug": {"hooli"}, "once": {once}}).Is(t, http.StatusUnprocessableEntity).Has(t, "The form did not arrive whole")
		b.Post(t, "/tenants/acme/setup-links", url.Values{"purpose": {"host"}, "once": {once}}).Is(t, http.StatusUnprocessableEntity).Has(t, "The form did not arrive whole")
	}
	// A mistake in the form makes nothing, and the form goes on with its number.
	form = url.Values{"slug": {"acme"}, "once": {uuid.NewString()}}
	if shown := consoletest.OnceOf(t, b.Post(t, "/onboard", form).Is(t, http.StatusUnprocessableEntity)); shown != form.Get("once") {
		t.Errorf("shown again with %s", shown)
	}
	form.Set("slug", "hooli")
	var wait sync.WaitGroup
	answers := make([]consoletest.Answer, 2)
	for i := range answers {
		wait.Go(func() { answers[i] = b.Post(t, "/onboard", form) })
	}
	wait.Wait()
	slices.SortFunc(answers, func(a, b consoletest.Answer) int { return a.Status - b.Status })
	answers[0].Is(t, http.StatusOK)
	again(answers[1])
	w.At(t, "hooli.askspoke.test").Get(t, link.FindString(answers[0].Body)).Is(t, http.StatusOK)

	form = url.Values{"purpose": {"provisioning"}, "once": {consoletest.OnceOf(t, b.Get(t, "/tenants/acme"))}}
	first = link.FindString(b.Post(t, "/tenants/acme/setup-links", form).Is(t, http.StatusOK).Body)
	again(b.Post(t, "/tenants/acme/setup-links", form))
	w.Stranger(t).Post(t, first, nil).Is(t, http.StatusSeeOther)
	again(b.Post(t, "/tenants/acme/setup-links", form)) // also when it was used
	b.Post(t, "/tenants/globex/setup-links", form).Is(t, http.StatusOK)
	if links("acme") != 1 || links("globex") != 1 || links("hooli") != 1 {
		t.Errorf("%d, %d, %d links", links("acme"), links("globex"), links("hooli"))
	}
}

// What was broken off between the tenant and its link is completed by the same form.
func TestOperatorGoesOnOnboarding(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	b := w.OperatorWith(t, operator.Manage)
	links := tenantdb.Control.Table("setup_links")
	form := url.Values{"slug": {"initech"}, "once": {consoletest.OnceOf(t, b.Get(t, "/onboard"))}}
	exec := func(statement string) {
		t.Helper()
		_, err := w.DB.ExecContext(t.Context(), statement)
		consoletest.Must(t, err)
	}
	exec(`ALTER TABLE ` + links + ` ADD CONSTRAINT away CHECK (purpose = '') NOT VALID`)
	b.Post(t, "/onboard", form).Is(t, http.StatusInternalServerError)
	exec(`ALTER TABLE ` + links + ` DROP CONSTRAINT away`)
	b.Post(t, "/onboard", form).Is(t, http.StatusOK).Has(t, "The tenant is there", "Give this link to its administrator")
}

// Nobody is said to have come in whose session could not be kept.
func TestOperatorSignOnIsNotKept(t *testing.T) {
	t.Parallel()
	const redirect = "http://" + consoletest.OperatorHost + "/sign-in/oidc/callback"
	p := oidctest.New(t, oidctest.Client{ID: "console", Secret: "s3cret", Redirects: []string{redirect}, InToken: true},
		oidctest.User{Email: "ann@spoke.example", Password: "pw", Verified: true, Claims: map[string]any{"roles": []string{"spoke:read"}}})
	w := consoletest.NewWorld(t, func(_ *console.Config, parts *console.Parts) {
		var err error
		parts.OperatorSignOn, err = operator.NewSignOn(operator.SignOnConfig{
			OIDC: operator.OIDCConfig{Issuer: p.URL}, ClientID: "console", ClientSecret: "s3cret", Redirect: redirect,
		})
		consoletest.Must(t, err)
	})
	ann := w.At(t, consoletest.OperatorHost)
	answer := p.SignIn(t, ann.Get(t, "/sign-in/oidc").Is(t, http.StatusSeeOther).Header.Get("Location"), "ann@spoke.example", "pw").RequestURI()
	_, err := w.DB.ExecContext(t.Context(), `ALTER TABLE `+tenantdb.Control.Table("sessions")+` ADD CONSTRAINT away CHECK (position('standing' IN convert_from(data, 'UTF8')) = 0)`)
	consoletest.Must(t, err)
	got := ann.Get(t, answer).Is(t, http.StatusInternalServerError)
	if got.Header.Get("Set-Cookie") != "" {
		t.Error("a cookie of a session that was not kept")
	}
	if calls := w.OperatorSignIns(t); len(calls) != 1 || calls[0].Status != http.StatusInternalServerError {
		t.Errorf("the audit log has %+v", calls)
	}
	ann.Get(t, "/").Is(t, http.StatusSeeOther)
}

// Who is signed out is out at once, with the visits, and comes again by the provider alone; nobody else is.
func TestOperatorIsSignedOut(t *testing.T) {
	t.Parallel()
	const redirect = "http://" + consoletest.OperatorHost + "/sign-in/oidc/callback"
	roles := map[string]any{"roles": []string{"spoke:manage"}}
	p := oidctest.New(t, oidctest.Client{ID: "console", Secret: "s3cret", Redirects: []string{redirect}, InToken: true},
		oidctest.User{ID: "u1", Email: "ann@spoke.example", Password: "pw", Verified: true, Claims: roles},
		oidctest.User{ID: "u2", Email: "bob@spoke.example", Password: "pw", Verified: true, Claims: roles})
	w := consoletest.NewWorld(t, func(_ *console.Config, parts *console.Parts) {
		var err error
		parts.OperatorSignOn, err = operator.NewSignOn(operator.SignOnConfig{
			OIDC: operator.OIDCConfig{Issuer: p.URL}, ClientID: "console", ClientSecret: "s3cret", Redirect: redirect,
		})
		consoletest.Must(t, err)
	})
	comes := func(email string) *consoletest.Browser {
		t.Helper()
		b := w.At(t, consoletest.OperatorHost)
		b.Get(t, p.SignIn(t, b.Get(t, "/sign-in/oidc").Is(t, http.StatusSeeOther).Header.Get("Location"), email, "pw").RequestURI()).Is(t, http.StatusSeeOther)
		b.Get(t, "/").Is(t, http.StatusOK)
		return b
	}
	visits := func(b *consoletest.Browser) *consoletest.Browser {
		t.Helper()
		made := fills(t, b, "/tenants/acme", "/tenants/acme/impersonations", url.Values{"role": {"viewer"}, "reason": {"a look"}}).Is(t, http.StatusOK)
		at := w.Stranger(t)
		at.Post(t, regexp.MustCompile(`/visit/spv_\w+`).FindString(made.Body), nil).Is(t, http.StatusSeeOther)
		at.Get(t, "/").Is(t, http.StatusOK)
		return at
	}
	ann, bob := comes("ann@spoke.example"), comes("bob@spoke.example")
	annAt, bobAt := visits(ann), visits(bob)
	for _, actor := range []string{"", "oidc:", "shell:ann", "u1", "oidc:" + strings.Repeat("x", 256)} {
		if err := w.Operators.SignOutActor(t.Context(), actor); !errors.Is(err, operator.ErrNotFound) {
			t.Errorf("%.20q: %v", actor, err)
		}
	}
	ann.Get(t, "/").Is(t, http.StatusOK)
	consoletest.Must(t, w.Operators.SignOutActor(t.Context(), "oidc:u1"))
	if n, err := w.Admins.EndImpersonationsOf(t.Context(), "oidc:u1"); err != nil || n != 1 {
		t.Errorf("%d visits, %v", n, err)
	}
	ann.Post(t, "/tenants/acme/state", url.Values{"state": {"suspended"}}).Is(t, http.StatusUnauthorized)
	ann.Get(t, "/").Is(t, http.StatusSeeOther)
	annAt.Get(t, "/").Is(t, http.StatusSeeOther)
	bob.Get(t, "/").Is(t, http.StatusOK)
	bobAt.Get(t, "/").Is(t, http.StatusOK)
	w.Clock.Pass(time.Second)
	comes("ann@spoke.example").Get(t, "/tenants/acme").Is(t, http.StatusOK) // the provider lets her in still
	// It is forgotten when no session of before is left, and no sooner.
	_, err := w.Operators.Prune(t.Context(), operator.DefaultKeepCalls)
	consoletest.Must(t, err)
	if at, err := w.Operators.SignedOut(t.Context(), "oidc:u1"); err != nil || at.IsZero() {
		t.Errorf("%v, %v", at, err)
	}
	w.Clock.Pass(8 * 24 * time.Hour)
	_, err = w.Operators.Prune(t.Context(), operator.DefaultKeepCalls)
	consoletest.Must(t, err)
	if at, err := w.Operators.SignedOut(t.Context(), "oidc:u1"); err != nil || !at.IsZero() {
		t.Errorf("%v, %v", at, err)
	}
}
