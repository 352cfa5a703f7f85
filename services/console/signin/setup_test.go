package signin_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/askspoke/spoke/services/console/consoletest"
	"github.com/askspoke/spoke/services/console/place"
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/tenantdb"
	"github.com/askspoke/spoke/tenancy/token"
)

func TestFirstAdministrator(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	path, l := w.SetUp(t, operator.ForAdministrator)
	b := w.Stranger(t)
	for range 2 {
		w.Stranger(t).Get(t, path).Is(t, http.StatusOK).Has(t, "Welcome to Acme Inc.", "an owner")
	}
	for name, form := range map[string]url.Values{
		"It has 1 to 100 characters": {"name": {" "}, "email": {"ada@acme.example"}},
		"This is no mail address":    {"name": {"Ada"}, "email": {"ada"}},
	} {
		b.Post(t, path, form).Is(t, http.StatusUnprocessableEntity).Has(t, name)
	}
	w.ProvisionUser(t, w.Acme, consoletest.CoreUser+`"userName":"gone@acme.example","active":false}`)
	b.Post(t, path, url.Values{"name": {"Gone"}, "email": {"gone@acme.example"}}).Is(t, http.StatusForbidden).Has(t, "disabled")
	w.Add(t, "grace@acme.example", admin.Viewer)
	b.Post(t, path, url.Values{"name": {"Grace"}, "email": {"Grace@acme.example"}}).Is(t, http.StatusUnprocessableEntity).Has(t, "has this address already")

	b.Post(t, path, url.Values{"name": {"Ada"}, "email": {"Ada@acme.example"}}).Is(t, http.StatusSeeOther)
	b.Get(t, place.Administrators).Is(t, http.StatusOK).Has(t, "Invite somebody", "ada@acme.example", "Become owner")
	a, err := w.Admins.ByEmail(t.Context(), w.Acme.ID, "ada@acme.example")
	consoletest.Must(t, err)
	if a.Role != admin.Owner || a.CreatedBy != "key:1" || a.ID != l.ID || a.SignedInAt.IsZero() {
		t.Errorf("%+v", a)
	}
	w.Logged(t, "becomeOwner", "link:"+l.ID, http.StatusSeeOther)
	b.Get(t, path).Is(t, http.StatusForbidden).Has(t, "This link was used already", "You are signed in as ada@acme.example", "Go on") // she goes back
	w.Stranger(t).Get(t, path).Is(t, http.StatusForbidden).Has(t, "used already")
	w.Stranger(t).Post(t, path, url.Values{"name": {"Eve"}, "email": {"eve@acme.example"}}).Is(t, http.StatusForbidden)
}

// A link whose account could not be made is not used up, and who corrects the address then is not told that somebody has it.
func TestFirstAdministratorWhilePostgresFails(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	path, l := w.SetUp(t, operator.ForAdministrator)
	b, table := w.Stranger(t), tenantdb.Control.Table("administrators")
	_, err := w.DB.ExecContext(t.Context(), `ALTER TABLE `+table+` ADD CONSTRAINT away CHECK (false)`)
	consoletest.Must(t, err)
	got := b.Post(t, path, url.Values{"name": {"Ada"}, "email": {"adda@acme.example"}}).Is(t, http.StatusInternalServerError)
	if got.Header.Get("Set-Cookie") != "" {
		t.Error("a session was begun for nobody")
	}
	_, err = w.DB.ExecContext(t.Context(), `ALTER TABLE `+table+` DROP CONSTRAINT away`)
	consoletest.Must(t, err)
	found, err := w.Operators.Link(t.Context(), w.Acme.ID, l.ID)
	if err != nil || !found.UsedAt.IsZero() {
		t.Errorf("%+v, %v", found, err)
	}
	b.Post(t, path, url.Values{"name": {"Ada"}, "email": {"ada@acme.example"}}).Is(t, http.StatusSeeOther)
	b.Get(t, place.Administrators).Is(t, http.StatusOK).Has(t, "ada@acme.example")
	if list, err := w.Admins.List(t.Context(), w.Acme.ID); err != nil || len(list) != 1 || list[0].ID != l.ID {
		t.Errorf("%+v, %v", list, err)
	}
}

// Of many who use one link at once, one becomes the owner.
func TestFirstAdministratorOfMany(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	path, _ := w.SetUp(t, operator.ForAdministrator)
	statuses := make([]int, 6)
	var group sync.WaitGroup
	for i := range statuses {
		b := w.Stranger(t)
		group.Go(func() {
			statuses[i] = b.Post(t, path, url.Values{"name": {"A"}, "email": {string(rune('a'+i)) + "@acme.example"}}).Status
		})
	}
	group.Wait()
	came := 0
	for _, status := range statuses {
		if status == http.StatusSeeOther {
			came++
		}
	}
	list, err := w.Admins.List(t.Context(), w.Acme.ID)
	consoletest.Must(t, err)
	if came != 1 || len(list) != 1 {
		t.Errorf("%d came in, %d are administrators: %v", came, len(list), statuses)
	}
}

// A link for one thing begins a session for that alone, which ends with its time and when the link is revoked.
func TestGuest(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	for purpose, home := range map[operator.Purpose]string{
		operator.ForProvisioning: "/settings/integrations", operator.ForSignOn: "/settings/sign-on", operator.ForHost: "/settings/hosts",
	} {
		path, l := w.SetUp(t, purpose)
		b := w.Stranger(t)
		b.Get(t, path).Is(t, http.StatusOK).Has(t, web.PurposeText(purpose), "1 hour")
		if got := b.Post(t, path, nil).Is(t, http.StatusSeeOther).Header.Get("Location"); got != home {
			t.Errorf("%s: sent to %s", purpose, got)
		}
		for _, elsewhere := range []string{"/", place.Administrators} {
			b.Get(t, elsewhere).Is(t, http.StatusForbidden).Has(t, "Your set-up link is not for this page")
		}
		b.Post(t, place.Administrators, url.Values{"name": {"Eve"}, "email": {"eve@acme.example"}, "role": {"owner"}}).Is(t, http.StatusForbidden)
		if got := b.Get(t, "/sign-in").Is(t, http.StatusSeeOther).Header.Get("Location"); got != home {
			t.Errorf("%s: who is in is sent to %s", purpose, got)
		}
		w.Logged(t, "openSetupLink", "link:"+l.ID, http.StatusSeeOther)
		consoletest.Must(t, w.Operators.RevokeLink(t.Context(), w.Acme.ID, l.ID))
		b.Get(t, "/").Is(t, http.StatusSeeOther)
	}
	path, _ := w.SetUp(t, operator.ForHost)
	b := w.Stranger(t)
	b.Post(t, path, nil).Is(t, http.StatusSeeOther)
	w.Clock.Pass(web.GuestLife)
	b.Get(t, "/").Is(t, http.StatusSeeOther)
}

func TestSetupLinkIsRefused(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	path, l := w.SetUp(t, operator.ForAdministrator)
	form := url.Values{"name": {"Eve"}, "email": {"eve@acme.example"}}
	refused := func(b *consoletest.Browser, path, why string) {
		t.Helper()
		b.Get(t, path).Is(t, http.StatusForbidden).Has(t, "This link does not work", why)
		b.Post(t, path, form).Is(t, http.StatusForbidden).Has(t, "This link does not work", why)
	}
	refused(w.At(t, "globex.askspoke.test"), path, "another host")
	refused(w.Stranger(t), path[:len(path)-1], "another host")
	refused(w.Stranger(t), "/setup/"+token.NewSecret(token.ForSetUp).Reveal(), "another host")
	refused(w.Stranger(t), "/setup/"+token.NewSecret(token.ForSignIn).Reveal(), "another host")
	consoletest.Must(t, w.Operators.RevokeLink(t.Context(), w.Acme.ID, l.ID))
	refused(w.Stranger(t), path, "made void")
	late, _ := w.SetUp(t, operator.ForAdministrator)
	w.Clock.Pass(operator.DefaultLinkLife)
	refused(w.Stranger(t), late, "Its time is over")
	if list, err := w.Admins.List(t.Context(), w.Acme.ID); err != nil || len(list) != 0 {
		t.Errorf("%v, %v", list, err)
	}
	if strings.Contains(w.Log.String(), "spl_") {
		t.Error("a secret is in the log")
	}
}
