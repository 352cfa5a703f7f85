package account_test

import (
	"net/http"
	"testing"

	"github.com/askspoke/spoke/services/console/consoletest"
	"github.com/askspoke/spoke/tenancy/admin"
)

// Who is disabled or deleted by the identity provider is out at once, and does not come in again.
func TestDisabledUserIsOut(t *testing.T) {
	t.Parallel()
	for name, leave := range map[string]func(consoletest.DirectoryUser){
		"disabled": func(u consoletest.DirectoryUser) {
			u.Becomes(t, consoletest.CoreUser+`"userName":"ada","active":false,"emails":[{"value":"ada@acme.example"}]}`)
		},
		"deleted": func(u consoletest.DirectoryUser) { u.Goes(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := consoletest.NewWorld(t)
			ada := w.Add(t, "ada@acme.example", admin.Owner)
			user := w.ProvisionUser(t, w.Acme, consoletest.CoreUser+`"userName":"ada","active":true,"emails":[{"value":"ADA@acme.example"}]}`)
			b, other := w.Stranger(t), w.As(t, admin.Owner)
			b.Post(t, w.Path(t, ada), nil).Is(t, http.StatusSeeOther)
			b.Get(t, "/").Is(t, http.StatusOK)
			leave(user)
			if got := b.Get(t, "/").Is(t, http.StatusSeeOther).Header.Get("Location"); got != "/sign-in?next=%2F&ended=1" {
				t.Errorf("sent to %s", got)
			}
			path := w.Path(t, ada)
			b.Get(t, path).Is(t, http.StatusOK)
			b.Post(t, path, nil).Is(t, http.StatusForbidden).Has(t, "Your account was disabled")
			b.Get(t, "/").Is(t, http.StatusSeeOther)
			other.Get(t, "/").Is(t, http.StatusOK) // who is no user of the directory's is untouched

			// She comes back as another user, and the link was not used up.
			w.ProvisionUser(t, w.Acme, consoletest.CoreUser+`"userName":"ada@acme.example","active":true}`)
			b.Post(t, path, nil).Is(t, http.StatusSeeOther)
			b.Get(t, "/").Is(t, http.StatusOK)
		})
	}
}

// A user who came into the directory after the sign-in is found as well, and one of another tenant's is nobody here.
func TestUserThatComesLater(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	ada := w.Add(t, "ada@acme.example", admin.Admin)
	b := w.Stranger(t)
	w.ProvisionUser(t, w.Globex, consoletest.CoreUser+`"userName":"ada@acme.example","active":false}`)
	b.Post(t, w.Path(t, ada), nil).Is(t, http.StatusSeeOther)
	b.Get(t, "/").Is(t, http.StatusOK)
	user := w.ProvisionUser(t, w.Acme, consoletest.CoreUser+`"userName":"ada@acme.example","active":true}`)
	b.Get(t, "/").Is(t, http.StatusOK)
	a, err := w.Admins.Get(t.Context(), w.Acme.ID, ada.ID)
	consoletest.Must(t, err)
	if a.UserID != user.ID {
		t.Errorf("linked to %q, not to %s", a.UserID, user.ID)
	}
	// It is the user that counts from then on, whatever its address is.
	user.Becomes(t, consoletest.CoreUser+`"userName":"elsewhere@acme.example","active":false}`)
	b.Get(t, "/").Is(t, http.StatusSeeOther)

	eve := w.Add(t, "eve@acme.example", admin.Viewer)
	w.ProvisionUser(t, w.Acme, consoletest.CoreUser+`"userName":"eve@acme.example","active":false}`)
	w.Stranger(t).Post(t, w.Path(t, eve), nil).Is(t, http.StatusForbidden).Has(t, "disabled")
}
