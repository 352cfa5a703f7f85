package console

import (
	"net/http"
	"testing"

	"github.com/askspoke/spoke/tenancy/admin"
)

// Who is disabled or deleted by the identity provider is out at once, and does not come in again.
func TestDisabledUserIsOut(t *testing.T) {
	t.Parallel()
	for name, leave := range map[string]func(directoryUser){
		"disabled": func(u directoryUser) {
			u.becomes(t, coreUser+`"userName":"ada","active":false,"emails":[{"value":"ada@acme.example"}]}`)
		},
		"deleted": func(u directoryUser) { u.goes(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			ada := w.add(t, "ada@acme.example", admin.Owner)
			user := w.provisionUser(t, w.acme, coreUser+`"userName":"ada","active":true,"emails":[{"value":"ADA@acme.example"}]}`)
			b, other := w.stranger(t), w.as(t, admin.Owner)
			b.post(t, w.path(t, ada), nil).is(t, http.StatusSeeOther)
			b.get(t, "/").is(t, http.StatusOK)
			leave(user)
			if got := b.get(t, "/").is(t, http.StatusSeeOther).header.Get("Location"); got != "/sign-in?next=%2F&ended=1" {
				t.Errorf("sent to %s", got)
			}
			path := w.path(t, ada)
			b.get(t, path).is(t, http.StatusOK)
			b.post(t, path, nil).is(t, http.StatusForbidden).has(t, "Your account was disabled")
			b.get(t, "/").is(t, http.StatusSeeOther)
			other.get(t, "/").is(t, http.StatusOK) // who is no user of the directory's is untouched

			// She comes back as another user, and the link was not used up.
			w.provisionUser(t, w.acme, coreUser+`"userName":"ada@acme.example","active":true}`)
			b.post(t, path, nil).is(t, http.StatusSeeOther)
			b.get(t, "/").is(t, http.StatusOK)
		})
	}
}

// A user who came into the directory after the sign-in is found as well, and one of another tenant's is nobody here.
func TestUserThatComesLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.add(t, "ada@acme.example", admin.Admin)
	b := w.stranger(t)
	w.provisionUser(t, w.globex, coreUser+`"userName":"ada@acme.example","active":false}`)
	b.post(t, w.path(t, ada), nil).is(t, http.StatusSeeOther)
	b.get(t, "/").is(t, http.StatusOK)
	user := w.provisionUser(t, w.acme, coreUser+`"userName":"ada@acme.example","active":true}`)
	b.get(t, "/").is(t, http.StatusOK)
	a, err := w.Admins.Get(t.Context(), w.acme.ID, ada.ID)
	must(t, err)
	if a.UserID != user.id {
		t.Errorf("linked to %q, not to %s", a.UserID, user.id)
	}
	// It is the user that counts from then on, whatever its address is.
	user.becomes(t, coreUser+`"userName":"elsewhere@acme.example","active":false}`)
	b.get(t, "/").is(t, http.StatusSeeOther)

	eve := w.add(t, "eve@acme.example", admin.Viewer)
	w.provisionUser(t, w.acme, coreUser+`"userName":"eve@acme.example","active":false}`)
	w.stranger(t).post(t, w.path(t, eve), nil).is(t, http.StatusForbidden).has(t, "disabled")
}
