package account_test

import (
	"net/http"
	"testing"

	"github.com/askspoke/spoke/services/console/consoletest"
	"github.com/askspoke/spoke/tenancy/admin"
)

const adaUser = consoletest.CoreUser + `"userName":"ada","active":true,"emails":[{"value":"ada@acme.example","primary":true}]}`

// A colleague is not the administrator who was disabled or deleted, whichever way he has her address now, and whether she
// was linked to her user by a sign-in or not.
func TestColleagueWithHerAddress(t *testing.T) {
	t.Parallel()
	colleagues := map[string]string{
		"alias":       consoletest.CoreUser + `"userName":"bob","active":true,"emails":[{"value":"bob@acme.example","primary":true},{"value":"ada@acme.example"}]}`,
		"alias alone": consoletest.CoreUser + `"userName":"bob","active":true,"emails":[{"value":"bob@acme.example"},{"value":"ada@acme.example"}]}`,
		"primary":     consoletest.CoreUser + `"userName":"bob","active":true,"emails":[{"value":"ada@acme.example","primary":true}]}`,
		"name":        consoletest.CoreUser + `"userName":"ada@acme.example","active":true}`,
	}
	type leaving = func(*testing.T, consoletest.DirectoryUser)
	ways := map[string]leaving{
		"disabled": func(t *testing.T, u consoletest.DirectoryUser) {
			u.Becomes(t, consoletest.CoreUser+`"userName":"ada","active":false,"emails":[{"value":"ada@acme.example","primary":true}]}`)
		},
		"disabled and renamed": func(t *testing.T, u consoletest.DirectoryUser) {
			u.Becomes(t, consoletest.CoreUser+`"userName":"gone-1","active":false}`)
		},
		"deleted": func(t *testing.T, u consoletest.DirectoryUser) { u.Goes(t) },
	}
	for way, leave := range ways {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			w := consoletest.NewWorld(t)
			bob := w.ProvisionUser(t, w.Acme, consoletest.CoreUser+`"userName":"bob","active":true,"emails":[{"value":"bob@acme.example","primary":true}]}`)
			linked := w.Add(t, "ada@acme.example", admin.Owner)
			ada := w.ProvisionUser(t, w.Acme, adaUser)
			w.Stranger(t).Post(t, w.Path(t, linked), nil).Is(t, http.StatusSeeOther)
			link := w.Path(t, linked)
			leave(t, ada)
			for name, text := range colleagues {
				bob.Becomes(t, text)
				w.Stranger(t).Post(t, link, nil).Is(t, http.StatusForbidden).Has(t, "Your account was disabled")
				if a, err := w.Admins.Get(t.Context(), w.Acme.ID, linked.ID); err != nil || a.UserID != ada.ID {
					t.Errorf("%s: linked to %q, %v", name, a.UserID, err)
				}
			}
			// She comes back under the same address, as another user, and the link was not used up.
			bob.Becomes(t, consoletest.CoreUser+`"userName":"bob","active":true,"emails":[{"value":"bob@acme.example","primary":true}]}`)
			back := consoletest.CoreUser + `"userName":"ada@acme.example","active":true}`
			if way == "deleted" { // her name is free, so she has it again
				back = adaUser
			}
			again := w.ProvisionUser(t, w.Acme, back)
			w.Stranger(t).Post(t, link, nil).Is(t, http.StatusSeeOther)
			if a, err := w.Admins.Get(t.Context(), w.Acme.ID, linked.ID); err != nil || a.UserID != again.ID {
				t.Errorf("linked to %q, not to %s, %v", a.UserID, again.ID, err)
			}
		})
	}
}

// One who never signed in is known to the directory by her address alone.
func TestColleagueOfOneWhoNeverSignedIn(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	ada := w.Add(t, "ada@acme.example", admin.Owner)
	w.ProvisionUser(t, w.Acme, consoletest.CoreUser+`"userName":"ada","active":false,"emails":[{"value":"ada@acme.example","primary":true}]}`)
	bob := w.ProvisionUser(t, w.Acme, consoletest.CoreUser+`"userName":"bob","active":true,"emails":[{"value":"bob@acme.example","primary":true},{"value":"ada@acme.example"}]}`)
	link := w.Path(t, ada)
	w.Stranger(t).Post(t, link, nil).Is(t, http.StatusForbidden).Has(t, "Your account was disabled")
	bob.Becomes(t, consoletest.CoreUser+`"userName":"bob","active":true,"emails":[{"value":"ada@acme.example","primary":true}]}`)
	w.Stranger(t).Post(t, link, nil).Is(t, http.StatusForbidden).Has(t, "Your account was disabled")
	w.ProvisionUser(t, w.Acme, consoletest.CoreUser+`"userName":"ada@acme.example","active":true}`)
	w.Stranger(t).Post(t, link, nil).Is(t, http.StatusSeeOther)
}

// Who shares an address with a colleague comes in while both are active, is linked to neither, and is out with one of them.
func TestSharedAddress(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	desk := w.Add(t, "desk@acme.example", admin.Admin)
	shared := func(name string, active string) string {
		return consoletest.CoreUser + `"userName":"` + name + `","active":` + active + `,"emails":[{"value":"desk@acme.example","primary":true}]}`
	}
	w.ProvisionUser(t, w.Acme, shared("ada", "true"))
	bob := w.ProvisionUser(t, w.Acme, shared("bob", "true"))
	b := w.Stranger(t)
	b.Post(t, w.Path(t, desk), nil).Is(t, http.StatusSeeOther)
	b.Get(t, "/").Is(t, http.StatusOK)
	if a, err := w.Admins.Get(t.Context(), w.Acme.ID, desk.ID); err != nil || a.UserID != "" {
		t.Errorf("linked to %q, %v", a.UserID, err)
	}
	bob.Becomes(t, shared("bob", "false"))
	b.Get(t, "/").Is(t, http.StatusSeeOther)
	w.Stranger(t).Post(t, w.Path(t, desk), nil).Is(t, http.StatusForbidden).Has(t, "Your account was disabled")
}
