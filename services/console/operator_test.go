package console

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/askspoke/spoke/infra/oidctest"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/operator"
)

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
		b.post(t, "/onboard", url.Values{"slug": {slug}}).is(t, http.StatusUnprocessableEntity).has(t, says)
	}
	made := b.post(t, "/onboard", url.Values{"slug": {"initech"}, "name": {"Initech <b>"}}).is(t, http.StatusOK).has(t, "The tenant is there", "Initech <b>", "initech.askspoke.test/scim/v2")
	link := regexp.MustCompile(`http://initech\.askspoke\.test/setup/(spl_\w+)`).FindStringSubmatch(made.body)
	if link == nil {
		t.Fatalf("no link: %s", made.text())
	}
	b.get(t, "/").is(t, http.StatusOK).has(t, "initech") // at once, whenever the worker comes by
	if again := b.get(t, "/tenants/initech"); strings.Contains(again.body, link[1]) {
		t.Error("the link is shown twice")
	}
	b.get(t, "/audit?tenant=initech").is(t, http.StatusOK).has(t, "createTenant", "shell:ann")
	b.post(t, "/tenants/initech/setup-links", url.Values{"purpose": {"anything"}}).is(t, http.StatusUnprocessableEntity)
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
	made := b.post(t, "/tenants/acme/setup-links", url.Values{"purpose": {"provisioning"}}).is(t, http.StatusOK)
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

	made = b.post(t, "/tenants/acme/setup-links", url.Values{"purpose": {"administrator"}})
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
	b.post(t, "/tenants/acme/setup-links", link).is(t, http.StatusOK)
	w.as(t, admin.Owner)
	b.post(t, "/tenants/acme/setup-links", link).is(t, http.StatusForbidden).has(t, "This tenant has an owner")
	b.post(t, "/tenants/acme/setup-links", url.Values{"purpose": {"host"}}).is(t, http.StatusOK)
	b.post(t, "/tenants/globex/setup-links", link).is(t, http.StatusOK)
	w.operatorWith(t, operator.Admin).post(t, "/tenants/acme/setup-links", link).is(t, http.StatusOK)
}
