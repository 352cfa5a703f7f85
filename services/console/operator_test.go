package console

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
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

const operatorHost = "console.askspoke.test"

// operatorWith returns a browser at the operator's host in which an operator with a role came by a link from the shell.
func (w *world) operatorWith(t *testing.T, role operator.Role) *browser {
	t.Helper()
	secret, _, err := w.Operators.CreateSignIn(t.Context(), operator.Identity{Actor: operator.ShellActor("ann"), Name: "ann", Role: role})
	must(t, err)
	b := w.at(t, operatorHost)
	path := "/sign-in/link/" + secret.Reveal()
	b.get(t, path).is(t, http.StatusOK).has(t, "Sign in to Spoke's console") // a look uses nothing
	b.post(t, path, nil).is(t, http.StatusSeeOther)
	b.post(t, path, nil).is(t, http.StatusForbidden).has(t, "This link does not open anything")
	return b
}

func TestOperatorSeesTenants(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.at(t, operatorHost).get(t, "/").is(t, http.StatusSeeOther)
	b := w.operatorWith(t, operator.Read)
	b.get(t, "/").is(t, http.StatusOK).has(t, "acme", "globex") // also before the worker has looked at any
	must(t, w.Status.Ensure(t.Context(), w.clock.now()))
	b.get(t, "/").is(t, http.StatusOK).has(t, "acme", "globex", "Waiting for the first request")
	b.get(t, "/?state=healthy").is(t, http.StatusOK).has(t, "No tenant is in this state")
	b.get(t, "/?after=x").is(t, http.StatusBadRequest)
	if got := b.get(t, "/?slug=ACME").is(t, http.StatusSeeOther).header.Get("Location"); got != "/tenants/acme" {
		t.Error(got)
	}
	b.get(t, "/?slug=nobody").is(t, http.StatusNotFound)
	b.get(t, "/tenants/acme").is(t, http.StatusOK).has(t, "Acme Inc.", "http://acme.askspoke.test/scim/v2")
	b.get(t, "/tenants/nobody").is(t, http.StatusNotFound)
	b.get(t, "/onboard").is(t, http.StatusForbidden).has(t, "It needs the role manage, and you are read")
	b.post(t, "/tenants/acme/state", url.Values{"state": {"suspended"}}).is(t, http.StatusForbidden)
}

func TestOperatorOnboards(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.operatorWith(t, operator.Manage)
	for slug, says := range map[string]string{"acme": "There is a tenant with this slug already", "www": "is reserved", "A B": "The slug", "": "The slug"} {
		b.fills(t, "/onboard", "/onboard", url.Values{"slug": {slug}}).is(t, http.StatusUnprocessableEntity).has(t, says)
	}
	made := b.fills(t, "/onboard", "/onboard", url.Values{"slug": {"initech"}, "name": {"Initech <b>"}}).is(t, http.StatusOK).has(t, "The tenant is there", "Initech <b>", "initech.askspoke.test/scim/v2")
	link := regexp.MustCompile(`http://initech\.askspoke\.test/setup/(spl_\w+)`).FindStringSubmatch(made.body)
	if link == nil {
		t.Fatalf("no link: %s", made.text())
	}
	b.get(t, "/").is(t, http.StatusOK).has(t, "initech") // at once, whenever the worker comes by
	if again := b.get(t, "/tenants/initech"); strings.Contains(again.body, link[1]) {
		t.Error("the link is shown twice")
	}
	b.get(t, "/audit?tenant=initech").is(t, http.StatusOK).has(t, "createTenant", "shell:ann")
	b.fills(t, "/tenants/initech", "/tenants/initech/setup-links", url.Values{"purpose": {"anything"}}).is(t, http.StatusUnprocessableEntity)
	b.post(t, "/tenants/initech/state", url.Values{"state": {"suspended"}}).is(t, http.StatusSeeOther)
	b.get(t, "/tenants/initech").has(t, "Initech <b> is suspended now", "suspended")
	b.post(t, "/tenants/initech/state", url.Values{"state": {"deleting"}}).is(t, http.StatusUnprocessableEntity)
	b.send(t, http.MethodPost, "/tenants/initech/state", url.Values{"state": {"active"}}, http.Header{"Sec-Fetch-Site": {"cross-site"}}).is(t, http.StatusForbidden).has(t, "another site")
}

// A set-up link is revoked for good, with what it has opened.
func TestOperatorRevokesSetupLink(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.operatorWith(t, operator.Manage)
	made := b.fills(t, "/tenants/acme", "/tenants/acme/setup-links", url.Values{"purpose": {"provisioning"}}).is(t, http.StatusOK)
	link := regexp.MustCompile(`http://acme\.askspoke\.test(/setup/spl_\w+)`).FindStringSubmatch(made.body)
	if link == nil {
		t.Fatalf("no link: %s", made.text())
	}
	path := regexp.MustCompile(`/tenants/acme/setup-links/[0-9a-f-]{36}/revoke`)
	revoke := path.FindString(b.get(t, "/tenants/acme").body)
	guest := w.stranger(t)
	guest.post(t, link[1], nil).is(t, http.StatusSeeOther)
	guest.get(t, "/settings/integrations").is(t, http.StatusOK)
	if again := path.FindString(b.get(t, "/tenants/acme").body); again != revoke {
		t.Errorf("a link that was used is revoked by %q", again)
	}
	b.post(t, strings.Replace(revoke, "acme", "globex", 1), nil).is(t, http.StatusNotFound).has(t, "There is no such set-up link")
	w.operatorWith(t, operator.Read).post(t, revoke, nil).is(t, http.StatusForbidden)
	guest.get(t, "/settings/integrations").is(t, http.StatusOK)
	b.post(t, revoke, nil).is(t, http.StatusSeeOther)
	guest.get(t, "/settings/integrations").is(t, http.StatusSeeOther)
	b.get(t, "/audit?tenant=acme").has(t, "revokeSetupLink")
	if again := path.FindString(b.get(t, "/tenants/acme").body); again != "" {
		t.Errorf("a revoked link can be revoked again: %s", again)
	}

	made = b.fills(t, "/tenants/acme", "/tenants/acme/setup-links", url.Values{"purpose": {"administrator"}})
	link = regexp.MustCompile(`http://acme\.askspoke\.test(/setup/spl_\w+)`).FindStringSubmatch(made.body)
	b.post(t, path.FindString(made.body), nil).is(t, http.StatusSeeOther)
	w.stranger(t).get(t, link[1]).is(t, http.StatusForbidden).has(t, "It was made void since")
}

func TestImpersonation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.operatorWith(t, operator.Manage)
	path := "/tenants/acme/impersonations"
	b.post(t, path, url.Values{"role": {"viewer"}}).is(t, http.StatusUnprocessableEntity).has(t, "Say why")
	b.post(t, path, url.Values{"role": {"admin"}, "reason": {"x"}}).is(t, http.StatusForbidden).has(t, "You may only look")
	w.operatorWith(t, operator.Admin).post(t, path, url.Values{"role": {"owner"}, "reason": {"x"}}).is(t, http.StatusForbidden).has(t, "Nobody visits as an owner")
	made := b.post(t, path, url.Values{"role": {"viewer"}, "reason": {"Ticket 4711"}}).is(t, http.StatusOK)
	link := regexp.MustCompile(`http://acme\.askspoke\.test(/visit/spv_\w+)`).FindStringSubmatch(made.body)
	if link == nil {
		t.Fatalf("no link: %s", made.text())
	}
	w.at(t, "globex.askspoke.test").post(t, link[1], nil).is(t, http.StatusForbidden)
	at := w.stranger(t)
	at.post(t, "/visit/guessed", nil).is(t, http.StatusForbidden)
	if calls := w.audit(t, "openImpersonation"); len(calls) != 0 {
		t.Errorf("a stranger's guesses fill the audit log: %+v", calls)
	}
	at.get(t, link[1]).is(t, http.StatusOK).has(t, "You come as an operator")
	at.post(t, link[1], nil).is(t, http.StatusSeeOther)
	at.get(t, "/").is(t, http.StatusOK).has(t, "You are looking at Acme Inc. as its viewer", "ann")
	w.stranger(t).post(t, link[1], nil).is(t, http.StatusForbidden).has(t, "does not open anything")
	w.logged(t, "openImpersonation", "shell:ann", http.StatusSeeOther)

	visits, err := w.Admins.Impersonations(t.Context(), w.acme.ID, 1)
	must(t, err)
	if visits[0].Reason != "Ticket 4711" || visits[0].Role != admin.Viewer || visits[0].OpenedAt.IsZero() {
		t.Errorf("%+v", visits[0])
	}
	b.post(t, path+"/"+visits[0].ID+"/end", nil).is(t, http.StatusSeeOther)
	at.get(t, "/").is(t, http.StatusSeeOther)
	b.post(t, path+"/no-uuid/end", nil).is(t, http.StatusNotFound)
}

func TestImpersonationEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	secret, _, err := w.Admins.CreateImpersonation(t.Context(), admin.NewImpersonation{
		Tenant: w.acme.ID, Operator: operator.ShellActor("ann"), Name: "ann", Reason: "a look", Role: admin.Viewer, ExpiresAt: w.clock.now().Add(time.Hour),
	})
	must(t, err)
	b := w.stranger(t)
	b.post(t, visitPath+secret.Reveal(), nil).is(t, http.StatusSeeOther)
	b.get(t, "/").is(t, http.StatusOK)
	w.clock.pass(time.Hour)
	b.get(t, "/").is(t, http.StatusSeeOther)
}

func TestOperatorSignsOn(t *testing.T) {
	t.Parallel()
	const redirect = "http://" + operatorHost + "/sign-in/oidc/callback"
	p := oidctest.New(t, oidctest.Client{ID: "console", Secret: "s3cret", Redirects: []string{redirect}, InToken: true},
		oidctest.User{Email: "ann@spoke.example", Password: "pw", Verified: true, Claims: map[string]any{"roles": []string{"spoke:read"}}},
		oidctest.User{Email: "bob@spoke.example", Password: "pw", Verified: true},
	)
	w := newWorld(t, func(_ *Config, parts *Parts) {
		var err error
		parts.OperatorSignOn, err = operator.NewSignOn(operator.SignOnConfig{
			OIDC: operator.OIDCConfig{Issuer: p.URL}, ClientID: "console", ClientSecret: "s3cret", Redirect: redirect,
		})
		must(t, err)
	})
	callback := func(b *browser, email string) string {
		t.Helper()
		start := b.get(t, "/sign-in/oidc").is(t, http.StatusSeeOther).header.Get("Location")
		return p.SignIn(t, start, email, "pw").RequestURI()
	}
	ann, other := w.at(t, operatorHost), w.at(t, operatorHost)
	ann.get(t, "/sign-in").is(t, http.StatusOK).has(t, "Sign in with your OpenID provider")
	answer := callback(ann, "ann@spoke.example")
	other.get(t, answer).is(t, http.StatusForbidden).has(t, "You could not be signed in")
	ann.get(t, answer).is(t, http.StatusSeeOther)
	calls := w.operatorSignIns(t)
	if len(calls) != 1 || calls[0].Role != operator.Read || !strings.HasPrefix(calls[0].Actor, "oidc:") || calls[0].Status != http.StatusSeeOther {
		t.Errorf("the audit log has %+v", calls)
	}
	ann.get(t, "/tenants/acme").is(t, http.StatusOK)
	ann.get(t, "/onboard").is(t, http.StatusForbidden)
	ann.get(t, answer).is(t, http.StatusForbidden) // an answer counts once
	w.clock.pass(signOnLife)
	ann.get(t, "/").is(t, http.StatusSeeOther)

	bob := w.at(t, operatorHost)
	bob.get(t, callback(bob, "bob@spoke.example")).is(t, http.StatusForbidden).has(t, "You have no role here")
	bob.get(t, "/").is(t, http.StatusSeeOther)
}

// What an operator may is asked anew: of the settings for who came by a provider, of the link for who came by one.
func TestOperatorIsAskedAnew(t *testing.T) {
	t.Parallel()
	const redirect = "http://" + operatorHost + "/sign-in/oidc/callback"
	p := oidctest.New(t, oidctest.Client{ID: "console", Secret: "s3cret", Redirects: []string{redirect}, InToken: true},
		oidctest.User{Email: "ann@spoke.example", Password: "pw", Verified: true, Claims: map[string]any{"roles": []string{"ops", "other", "staff"}}},
	)
	configured := func(issuer string, roles map[string]operator.Role) *operator.SignOn {
		t.Helper()
		s, err := operator.NewSignOn(operator.SignOnConfig{
			OIDC: operator.OIDCConfig{Issuer: issuer, Roles: roles}, ClientID: "console", ClientSecret: "s3cret", Redirect: redirect,
		})
		must(t, err)
		return s
	}
	first := configured(p.URL, map[string]operator.Role{"ops": operator.Manage, "staff": operator.Read})
	w := newWorld(t, func(_ *Config, parts *Parts) { parts.OperatorSignOn = first })
	// restarted is a browser in which ann has signed in before another process began, with other settings.
	restarted := func(signOn *operator.SignOn) *browser {
		t.Helper()
		ann := w.at(t, operatorHost)
		ann.get(t, p.SignIn(t, ann.get(t, "/sign-in/oidc").is(t, http.StatusSeeOther).header.Get("Location"), "ann@spoke.example", "pw").RequestURI()).is(t, http.StatusSeeOther)
		ann.get(t, "/onboard").is(t, http.StatusOK)
		parts := w.Parts
		parts.OperatorSignOn = signOn
		s, err := New(w.config, parts)
		must(t, err)
		server := httptest.NewServer(s.OperatorHandler())
		t.Cleanup(server.Close)
		b := (&world{Server: s, url: server.URL, clock: w.clock, log: w.log}).at(t, operatorHost)
		b.client.Jar = ann.client.Jar
		return b
	}
	restarted(first).get(t, "/onboard").is(t, http.StatusOK)
	restarted(configured(p.URL, map[string]operator.Role{"staff": operator.Read})).get(t, "/onboard").is(t, http.StatusForbidden).has(t, "It needs the role manage, and you are read")
	for name, signOn := range map[string]*operator.SignOn{
		"no role":          configured(p.URL, map[string]operator.Role{"spoke:admin": operator.Admin}),
		"another provider": configured("http://127.0.0.1:1", map[string]operator.Role{"ops": operator.Manage}),
		"no provider":      nil,
	} {
		if got := restarted(signOn).get(t, "/"); got.status != http.StatusSeeOther {
			t.Errorf("%s: %d", name, got.status)
		}
	}

	bob, carl := w.operatorWith(t, operator.Manage), w.operatorWith(t, operator.Manage)
	bob.get(t, "/").is(t, http.StatusOK)
	n, err := w.Operators.RevokeSignIns(t.Context(), operator.ShellActor("nobody"))
	if err != nil || n != 0 {
		t.Errorf("%d, %v", n, err)
	}
	carl.get(t, "/").is(t, http.StatusOK)
	if n, err = w.Operators.RevokeSignIns(t.Context(), operator.ShellActor("ann")); err != nil || n != 2 {
		t.Errorf("%d, %v", n, err)
	}
	for _, b := range []*browser{bob, carl} {
		b.post(t, "/tenants/acme/state", url.Values{"state": {"suspended"}}).is(t, http.StatusUnauthorized)
		b.get(t, "/").is(t, http.StatusSeeOther)
	}
}

// operatorSignIns are the sign-ins of operators in the audit log.
func (w *world) operatorSignIns(t *testing.T) []operator.Call {
	t.Helper()
	calls, _, err := w.Operators.Calls(t.Context(), operator.CallFilter{Operation: "signInOperator"}, operator.Page{Limit: 50})
	must(t, err)
	return calls
}

// Who guesses writes nothing to the audit log, and who comes in is named there.
func TestOperatorsAreNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	secret, _, err := w.Operators.CreateSignIn(t.Context(), operator.Identity{Actor: operator.ShellActor("ann"), Name: "ann", Role: operator.Manage})
	must(t, err)
	b := w.at(t, operatorHost)
	b.post(t, "/sign-in/link/guessed", nil).is(t, http.StatusForbidden)
	if calls := w.operatorSignIns(t); len(calls) != 0 {
		t.Errorf("a stranger's guess is in the audit log: %+v", calls)
	}
	b.post(t, "/sign-in/link/"+secret.Reveal(), nil).is(t, http.StatusSeeOther)
	if calls := w.operatorSignIns(t); len(calls) != 1 || calls[0].Actor != "shell:ann" || calls[0].Role != operator.Manage || calls[0].Status != http.StatusSeeOther {
		t.Errorf("the audit log has %+v", calls)
	}
}

// A link that makes an owner goes past who may do what at a tenant that has one.
func TestOwnerLinkOfATenantThatHasOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b, link := w.operatorWith(t, operator.Manage), url.Values{"purpose": {"administrator"}}
	b.fills(t, "/tenants/acme", "/tenants/acme/setup-links", link).is(t, http.StatusOK)
	w.as(t, admin.Owner)
	b.fills(t, "/tenants/acme", "/tenants/acme/setup-links", link).is(t, http.StatusForbidden).has(t, "This tenant has an owner")
	b.fills(t, "/tenants/acme", "/tenants/acme/setup-links", url.Values{"purpose": {"host"}}).is(t, http.StatusOK)
	b.fills(t, "/tenants/globex", "/tenants/globex/setup-links", link).is(t, http.StatusOK)
	w.operatorWith(t, operator.Admin).fills(t, "/tenants/acme", "/tenants/acme/setup-links", link).is(t, http.StatusOK)
}

// fills opens a page and sends one of its forms, which has a number.
func (b *browser) fills(t *testing.T, page, path string, form url.Values) answered {
	t.Helper()
	sent := maps.Clone(form)
	sent.Set("once", onceOf(t, b.get(t, page).is(t, http.StatusOK)))
	return b.post(t, path, sent)
}

// A form that is sent again, by a reload or twice at once, makes nothing a second time and says what became of the link.
func TestOperatorSendsFormAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.operatorWith(t, operator.Manage)
	link := regexp.MustCompile(`/setup/spl_\w+`)
	again := func(a answered) {
		t.Helper()
		a.is(t, http.StatusConflict).has(t, "This form has been sent already", "was shown by the first answer, and by no other", "make a new one there")
		if link.MatchString(a.body) || !strings.Contains(a.body, `href="/tenants/`) {
			t.Errorf("the page: %s", a.body)
		}
	}
	links := func(slug tenancy.Slug) int {
		t.Helper()
		tenant, err := w.Tenants.Get(t.Context(), slug)
		must(t, err)
		list, _, err := w.Operators.Links(t.Context(), tenant.ID, operator.Page{Limit: 50})
		must(t, err)
		return len(list)
	}
	form := url.Values{"slug": {"initech"}, "once": {onceOf(t, b.get(t, "/onboard"))}}
	first := link.FindString(b.post(t, "/onboard", form).is(t, http.StatusOK).has(t, "no reload brings it back").body)
	again(b.post(t, "/onboard", form))
	w.at(t, "initech.askspoke.test").get(t, first).is(t, http.StatusOK) // the link is what it was
	form.Set("slug", "hooli")                                           // the browser's way back, and another tenant
	again(b.post(t, "/onboard", form))
	if _, err := w.Tenants.Get(t.Context(), "hooli"); !errors.Is(err, tenancy.ErrNotFound) || links("initech") != 1 {
		t.Errorf("%v, %d links", err, links("initech"))
	}
	for _, once := range []string{"", "1", strings.Repeat("0", 1000)} {
		b.post(t, "/onboard", url.Values{"slug": {"hooli"}, "once": {once}}).is(t, http.StatusUnprocessableEntity).has(t, "The form did not arrive whole")
		b.post(t, "/tenants/acme/setup-links", url.Values{"purpose": {"host"}, "once": {once}}).is(t, http.StatusUnprocessableEntity).has(t, "The form did not arrive whole")
	}
	// A mistake in the form makes nothing, and the form goes on with its number.
	form = url.Values{"slug": {"acme"}, "once": {uuid.NewString()}}
	if shown := onceOf(t, b.post(t, "/onboard", form).is(t, http.StatusUnprocessableEntity)); shown != form.Get("once") {
		t.Errorf("shown again with %s", shown)
	}
	form.Set("slug", "hooli")
	var wait sync.WaitGroup
	answers := make([]answered, 2)
	for i := range answers {
		wait.Go(func() { answers[i] = b.post(t, "/onboard", form) })
	}
	wait.Wait()
	slices.SortFunc(answers, func(a, b answered) int { return a.status - b.status })
	answers[0].is(t, http.StatusOK)
	again(answers[1])
	w.at(t, "hooli.askspoke.test").get(t, link.FindString(answers[0].body)).is(t, http.StatusOK)

	form = url.Values{"purpose": {"provisioning"}, "once": {onceOf(t, b.get(t, "/tenants/acme"))}}
	first = link.FindString(b.post(t, "/tenants/acme/setup-links", form).is(t, http.StatusOK).body)
	again(b.post(t, "/tenants/acme/setup-links", form))
	w.stranger(t).post(t, first, nil).is(t, http.StatusSeeOther)
	again(b.post(t, "/tenants/acme/setup-links", form)) // also when it was used
	b.post(t, "/tenants/globex/setup-links", form).is(t, http.StatusOK)
	if links("acme") != 1 || links("globex") != 1 || links("hooli") != 1 {
		t.Errorf("%d, %d, %d links", links("acme"), links("globex"), links("hooli"))
	}
}

// What was broken off between the tenant and its link is completed by the same form.
func TestOperatorGoesOnOnboarding(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.operatorWith(t, operator.Manage)
	links := tenantdb.Control.Table("setup_links")
	form := url.Values{"slug": {"initech"}, "once": {onceOf(t, b.get(t, "/onboard"))}}
	exec := func(statement string) {
		t.Helper()
		_, err := w.DB.ExecContext(t.Context(), statement)
		must(t, err)
	}
	exec(`ALTER TABLE ` + links + ` ADD CONSTRAINT away CHECK (purpose = '') NOT VALID`)
	b.post(t, "/onboard", form).is(t, http.StatusInternalServerError)
	exec(`ALTER TABLE ` + links + ` DROP CONSTRAINT away`)
	b.post(t, "/onboard", form).is(t, http.StatusOK).has(t, "The tenant is there", "Give this link to its administrator")
}
