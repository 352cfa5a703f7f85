package operatorconsole_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/askspoke/spoke/services/console/consoletest"
	"github.com/askspoke/spoke/services/console/place"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/operator"
)

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
