package operatorconsole_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/askspoke/spoke/infra/oidctest"
	"github.com/askspoke/spoke/services/console"
	"github.com/askspoke/spoke/services/console/consoletest"
	"github.com/askspoke/spoke/services/console/operatorconsole"
	"github.com/askspoke/spoke/services/console/place"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/operator"
)

func TestOperatorSeesTenants(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	w.At(t, consoletest.OperatorHost).Get(t, "/").Is(t, http.StatusSeeOther)
	b := w.OperatorWith(t, operator.Read)
	b.Get(t, "/").Is(t, http.StatusOK).Has(t, "acme", "globex") // also before the worker has looked at any
	consoletest.Must(t, w.Status.Ensure(t.Context(), w.Clock.Now()))
	b.Get(t, "/").Is(t, http.StatusOK).Has(t, "acme", "globex", "Waiting for the first request")
	b.Get(t, "/?state=healthy").Is(t, http.StatusOK).Has(t, "No tenant is in this state")
	b.Get(t, "/?after=x").Is(t, http.StatusBadRequest)
	if got := b.Get(t, "/?slug=ACME").Is(t, http.StatusSeeOther).Header.Get("Location"); got != "/tenants/acme" {
		t.Error(got)
	}
	b.Get(t, "/?slug=nobody").Is(t, http.StatusNotFound)
	b.Get(t, "/tenants/acme").Is(t, http.StatusOK).Has(t, "Acme Inc.", "http://acme.askspoke.test/scim/v2")
	b.Get(t, "/tenants/nobody").Is(t, http.StatusNotFound)
	b.Get(t, "/onboard").Is(t, http.StatusForbidden).Has(t, "It needs the role manage, and you are read")
	b.Post(t, "/tenants/acme/state", url.Values{"state": {"suspended"}}).Is(t, http.StatusForbidden)
}

func TestOperatorOnboards(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	b := w.OperatorWith(t, operator.Manage)
	for slug, says := range map[string]string{"acme": "There is a tenant with this slug already", "www": "is reserved", "A B": "The slug", "": "The slug"} {
		b.Post(t, "/onboard", url.Values{"slug": {slug}}).Is(t, http.StatusUnprocessableEntity).Has(t, says)
	}
	made := b.Post(t, "/onboard", url.Values{"slug": {"initech"}, "name": {"Initech <b>"}}).Is(t, http.StatusOK).Has(t, "The tenant is there", "Initech <b>", "initech.askspoke.test/scim/v2")
	link := regexp.MustCompile(`http://initech\.askspoke\.test/setup/(spl_\w+)`).FindStringSubmatch(made.Body)
	if link == nil {
		t.Fatalf("no link: %s", made.Text())
	}
	b.Get(t, "/").Is(t, http.StatusOK).Has(t, "initech") // at once, whenever the worker comes by
	if again := b.Get(t, "/tenants/initech"); strings.Contains(again.Body, link[1]) {
		t.Error("the link is shown twice")
	}
	b.Get(t, "/audit?tenant=initech").Is(t, http.StatusOK).Has(t, "createTenant", "shell:ann")
	b.Post(t, "/tenants/initech/setup-links", url.Values{"purpose": {"anything"}}).Is(t, http.StatusUnprocessableEntity)
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
	made := b.Post(t, "/tenants/acme/setup-links", url.Values{"purpose": {"provisioning"}}).Is(t, http.StatusOK)
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

	made = b.Post(t, "/tenants/acme/setup-links", url.Values{"purpose": {"administrator"}})
	link = regexp.MustCompile(`http://acme\.askspoke\.test(/setup/spl_\w+)`).FindStringSubmatch(made.Body)
	b.Post(t, path.FindString(made.Body), nil).Is(t, http.StatusSeeOther)
	w.Stranger(t).Get(t, link[1]).Is(t, http.StatusForbidden).Has(t, "It was made void since")
}

func TestImpersonation(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	b := w.OperatorWith(t, operator.Manage)
	path := "/tenants/acme/impersonations"
	b.Post(t, path, url.Values{"role": {"viewer"}}).Is(t, http.StatusUnprocessableEntity).Has(t, "Say why")
	b.Post(t, path, url.Values{"role": {"admin"}, "reason": {"x"}}).Is(t, http.StatusForbidden).Has(t, "You may only look")
	w.OperatorWith(t, operator.Admin).Post(t, path, url.Values{"role": {"owner"}, "reason": {"x"}}).Is(t, http.StatusForbidden).Has(t, "Nobody visits as an owner")
	made := b.Post(t, path, url.Values{"role": {"viewer"}, "reason": {"Ticket 4711"}}).Is(t, http.StatusOK)
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
	b.Post(t, "/tenants/acme/setup-links", link).Is(t, http.StatusOK)
	w.As(t, admin.Owner)
	b.Post(t, "/tenants/acme/setup-links", link).Is(t, http.StatusForbidden).Has(t, "This tenant has an owner")
	b.Post(t, "/tenants/acme/setup-links", url.Values{"purpose": {"host"}}).Is(t, http.StatusOK)
	b.Post(t, "/tenants/globex/setup-links", link).Is(t, http.StatusOK)
	w.OperatorWith(t, operator.Admin).Post(t, "/tenants/acme/setup-links", link).Is(t, http.StatusOK)
}
