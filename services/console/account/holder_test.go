package account_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/askspoke/spoke/scim/schema"
	"github.com/askspoke/spoke/services/console/account"
	"github.com/askspoke/spoke/services/console/consoletest"
	"github.com/askspoke/spoke/services/console/place"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/operator"
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

// One who never signed in is nobody either once her user was deleted: whether it was there when she was invited or came later,
// and whoever has her address now.
func TestDeletedBeforeSheSignedIn(t *testing.T) {
	t.Parallel()
	const herMail = `"emails":[{"value":"ADA@acme.example","primary":true}]}`
	for name, tc := range map[string]struct {
		user  string // ada's
		after string // a colleague, who was there before, "" for none
	}{
		"by name":             {user: `"userName":"Ada@acme.example","active":true}`},
		"by mail":             {user: `"userName":"ada","active":true,` + herMail},
		"by a further one":    {user: `"userName":"ada","active":true,"emails":[{"value":"a@acme.example","primary":true},{"value":"ada@acme.example"}]}`},
		"a colleague's alias": {user: `"userName":"ada","active":true,` + herMail, after: `"emails":[{"value":"bob@acme.example","primary":true},{"value":"ada@acme.example"}]}`},
		"a colleague's mail":  {user: `"userName":"ada","active":true,` + herMail, after: herMail},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := consoletest.NewWorld(t)
			bob := w.ProvisionUser(t, w.Acme, consoletest.CoreUser+`"userName":"bob","active":true}`)
			former := w.ProvisionUser(t, w.Acme, consoletest.CoreUser+tc.user)
			former.Goes(t) // before she was an administrator: whoever added her meant her all the same
			ada := w.Add(t, "ada@acme.example", admin.Owner)
			link := w.Path(t, ada)
			user := w.ProvisionUser(t, w.Acme, consoletest.CoreUser+tc.user)
			user.Goes(t)
			if tc.after != "" {
				bob.Becomes(t, consoletest.CoreUser+`"userName":"bob","active":true,`+tc.after)
			}
			for range 2 {
				w.Stranger(t).Post(t, link, nil).Is(t, http.StatusForbidden).Has(t, "Your account was disabled")
			}
			// It is remembered for good, when the journal has forgotten it.
			_, err := w.DB.ExecContext(t.Context(), `DELETE FROM `+consoletest.SchemaOf(w.Acme).Table("journal"))
			consoletest.Must(t, err)
			w.Stranger(t).Post(t, link, nil).Is(t, http.StatusForbidden).Has(t, "Your account was disabled")
			if a, err := w.Admins.Get(t.Context(), w.Acme.ID, ada.ID); err != nil || a.UserID != user.ID || !a.SignedInAt.IsZero() {
				t.Errorf("%+v, %v", a, err)
			}
			if got := w.Audit(t, "signIn"); len(got) != 0 {
				t.Errorf("recorded %+v", got)
			}
			// She comes back as another user, and the link was not used up.
			bob.Becomes(t, consoletest.CoreUser+`"userName":"bob","active":true}`)
			w.ProvisionUser(t, w.Acme, consoletest.CoreUser+`"userName":"ada@acme.example","active":true}`)
			w.Stranger(t).Post(t, link, nil).Is(t, http.StatusSeeOther)
		})
	}
}

// Who was restored is there, and who has the address by less than she has is not she who was deleted.
func TestDeletedAndThere(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	ada := w.Add(t, "ada@acme.example", admin.Owner)
	link := w.Path(t, ada)
	user := w.ProvisionUser(t, w.Acme, adaUser)
	bob := w.ProvisionUser(t, w.Acme, consoletest.CoreUser+`"userName":"bob","active":true,"emails":[{"value":"bob@acme.example","primary":true},{"value":"ada@acme.example"}]}`)
	bob.Goes(t)
	user.Goes(t)
	w.Stranger(t).Post(t, link, nil).Is(t, http.StatusForbidden)
	_, err := w.DirectoryStore(w.Acme).Restore(t.Context(), []*schema.ResourceType{schema.User(), schema.Group()}, directory.Restoration{ID: user.ID, At: w.Clock.Now()})
	consoletest.Must(t, err)
	w.Stranger(t).Post(t, link, nil).Is(t, http.StatusSeeOther)
	if a, err := w.Admins.Get(t.Context(), w.Acme.ID, ada.ID); err != nil || a.UserID != user.ID {
		t.Errorf("linked to %q, %v", a.UserID, err)
	}
	// The worker links who was not looked at, also one who is deleted meanwhile.
	eve, dan := w.Add(t, "eve@acme.example", admin.Viewer), w.Add(t, "dan@acme.example", admin.Viewer)
	w.Add(t, "external@else.example", admin.Viewer)
	of := func(name string) consoletest.DirectoryUser {
		return w.ProvisionUser(t, w.Acme, consoletest.CoreUser+`"userName":"`+name+`@acme.example","active":true}`)
	}
	hers, his := of("eve"), of("dan")
	his.Goes(t)
	accounts := &account.Store{Admins: w.Admins, Directory: w.Directory}
	consoletest.Must(t, accounts.LinkAll(t.Context()))
	hers.Becomes(t, consoletest.CoreUser+`"userName":"gone-1","active":false}`) // as some providers do with who leaves
	for a, user := range map[admin.Administrator]string{eve: hers.ID, dan: his.ID} {
		if got, err := w.Admins.Get(t.Context(), w.Acme.ID, a.ID); err != nil || got.UserID != user {
			t.Errorf("%s: linked to %q, %v", a.Email, got.UserID, err)
		}
		w.Stranger(t).Post(t, w.Path(t, a), nil).Is(t, http.StatusForbidden).Has(t, "Your account was disabled")
	}
}

// The only owner whom the directory has deleted does not come in by a code: an operator's link makes another owner.
func TestOnlyOwnerIsDeleted(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	ada := w.Add(t, "ada@acme.example", admin.Owner)
	w.ProvisionUser(t, w.Acme, adaUser).Goes(t)
	w.Stranger(t).Post(t, w.Path(t, ada), nil).Is(t, http.StatusForbidden)
	path, _ := w.SetUp(t, operator.ForAdministrator)
	b := w.Stranger(t)
	b.Post(t, path, url.Values{"name": {"Ada"}, "email": {"ada@acme.example"}}).Is(t, http.StatusUnprocessableEntity).Has(t, "has this address already")
	b.Post(t, path, url.Values{"name": {"Grace"}, "email": {"grace@acme.example"}}).Is(t, http.StatusSeeOther)
	b.Post(t, place.Administrators+"/"+ada.ID+"/remove", nil).Is(t, http.StatusSeeOther)
	// Whoever is added anew is meant, whatever was deleted before.
	w.Stranger(t).Post(t, w.Path(t, w.Add(t, "ada@acme.example", admin.Viewer)), nil).Is(t, http.StatusSeeOther)
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
