package operatorconsole_test

import (
	"errors"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/services/console/consoletest"
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
