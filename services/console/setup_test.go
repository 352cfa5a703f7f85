package console

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/token"
)

func TestFirstAdministrator(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path, l := w.setup(t, operator.ForAdministrator)
	b := w.stranger(t)
	for range 2 {
		w.stranger(t).get(t, path).is(t, http.StatusOK).has(t, "Welcome to Acme Inc.", "an owner")
	}
	for name, form := range map[string]url.Values{
		"It has 1 to 100 characters": {"name": {" "}, "email": {"ada@acme.example"}},
		"This is no mail address":    {"name": {"Ada"}, "email": {"ada"}},
	} {
		b.post(t, path, form).is(t, http.StatusUnprocessableEntity).has(t, name)
	}
	w.provisionUser(t, w.acme, coreUser+`"userName":"gone@acme.example","active":false}`)
	b.post(t, path, url.Values{"name": {"Gone"}, "email": {"gone@acme.example"}}).is(t, http.StatusForbidden).has(t, "disabled")
	w.add(t, "grace@acme.example", admin.Viewer)
	b.post(t, path, url.Values{"name": {"Grace"}, "email": {"Grace@acme.example"}}).is(t, http.StatusUnprocessableEntity).has(t, "has this address already")

	b.post(t, path, url.Values{"name": {"Ada"}, "email": {"Ada@acme.example"}}).is(t, http.StatusSeeOther)
	b.get(t, administratorsPath).is(t, http.StatusOK).has(t, "Invite somebody", "ada@acme.example", "Become owner")
	a, err := w.Admins.ByEmail(t.Context(), w.acme.ID, "ada@acme.example")
	must(t, err)
	if a.Role != admin.Owner || a.CreatedBy != "key:1" || a.ID != l.ID || a.SignedInAt.IsZero() {
		t.Errorf("%+v", a)
	}
	w.logged(t, "becomeOwner", "link:"+l.ID, http.StatusSeeOther)
	w.stranger(t).get(t, path).is(t, http.StatusForbidden).has(t, "used already")
	w.stranger(t).post(t, path, url.Values{"name": {"Eve"}, "email": {"eve@acme.example"}}).is(t, http.StatusForbidden)
}

// Of many who use one link at once, one becomes the owner.
func TestFirstAdministratorOfMany(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path, _ := w.setup(t, operator.ForAdministrator)
	statuses := make([]int, 6)
	var group sync.WaitGroup
	for i := range statuses {
		b := w.stranger(t)
		group.Go(func() {
			statuses[i] = b.post(t, path, url.Values{"name": {"A"}, "email": {string(rune('a'+i)) + "@acme.example"}}).status
		})
	}
	group.Wait()
	came := 0
	for _, status := range statuses {
		if status == http.StatusSeeOther {
			came++
		}
	}
	list, err := w.Admins.List(t.Context(), w.acme.ID)
	must(t, err)
	if came != 1 || len(list) != 1 {
		t.Errorf("%d came in, %d are administrators: %v", came, len(list), statuses)
	}
}

// A link for one thing begins a session for that alone, which ends with its time and when the link is revoked.
func TestGuest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for purpose, home := range map[operator.Purpose]string{
		operator.ForProvisioning: "/settings/integrations", operator.ForSignOn: "/settings/sign-on", operator.ForHost: "/settings/hosts",
	} {
		path, l := w.setup(t, purpose)
		b := w.stranger(t)
		b.get(t, path).is(t, http.StatusOK).has(t, purposeText(purpose), "1 hour")
		if got := b.post(t, path, nil).is(t, http.StatusSeeOther).header.Get("Location"); got != home {
			t.Errorf("%s: sent to %s", purpose, got)
		}
		for _, elsewhere := range []string{"/", administratorsPath} {
			b.get(t, elsewhere).is(t, http.StatusForbidden).has(t, "Your set-up link is not for this page")
		}
		b.post(t, administratorsPath, url.Values{"name": {"Eve"}, "email": {"eve@acme.example"}, "role": {"owner"}}).is(t, http.StatusForbidden)
		if got := b.get(t, "/sign-in").is(t, http.StatusSeeOther).header.Get("Location"); got != home {
			t.Errorf("%s: who is in is sent to %s", purpose, got)
		}
		w.logged(t, "openSetupLink", "link:"+l.ID, http.StatusSeeOther)
		must(t, w.Operators.RevokeLink(t.Context(), w.acme.ID, l.ID))
		b.get(t, "/").is(t, http.StatusSeeOther)
	}
	path, _ := w.setup(t, operator.ForHost)
	b := w.stranger(t)
	b.post(t, path, nil).is(t, http.StatusSeeOther)
	w.clock.pass(guestLife)
	b.get(t, "/").is(t, http.StatusSeeOther)
}

func TestSetupLinkIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path, l := w.setup(t, operator.ForAdministrator)
	form := url.Values{"name": {"Eve"}, "email": {"eve@acme.example"}}
	refused := func(b *browser, path, why string) {
		t.Helper()
		b.get(t, path).is(t, http.StatusForbidden).has(t, "This link does not work", why)
		b.post(t, path, form).is(t, http.StatusForbidden).has(t, "This link does not work", why)
	}
	refused(w.at(t, "globex.askspoke.test"), path, "another host")
	refused(w.stranger(t), path[:len(path)-1], "another host")
	refused(w.stranger(t), "/setup/"+token.NewSecret(token.ForSetUp).Reveal(), "another host")
	refused(w.stranger(t), "/setup/"+token.NewSecret(token.ForSignIn).Reveal(), "another host")
	must(t, w.Operators.RevokeLink(t.Context(), w.acme.ID, l.ID))
	refused(w.stranger(t), path, "made void")
	late, _ := w.setup(t, operator.ForAdministrator)
	w.clock.pass(operator.DefaultLinkLife)
	refused(w.stranger(t), late, "Its time is over")
	if list, err := w.Admins.List(t.Context(), w.acme.ID); err != nil || len(list) != 0 {
		t.Errorf("%v, %v", list, err)
	}
	if strings.Contains(w.log.String(), "spl_") {
		t.Error("a secret is in the log")
	}
}
