package console

import (
	"net/http"
	"testing"
	"time"

	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/directory"
)

func TestHolder(t *testing.T) {
	t.Parallel()
	is := func(id string, hold directory.Hold, active bool) directory.Person {
		return directory.Person{ID: id, Hold: hold, Active: active}
	}
	for name, tc := range map[string]struct {
		list []directory.Person
		id   string
		want directoryStanding
	}{
		"nobody":                               {want: unlisted},
		"one by an alias":                      {[]directory.Person{is("a", directory.ByAlias, true)}, "a", active},
		"a colleague's alias":                  {[]directory.Person{is("a", directory.ByPrimary, false), is("b", directory.ByAlias, true)}, "", disabled},
		"a colleague's alias, her name":        {[]directory.Person{is("a", directory.ByName, false), is("b", directory.ByAlias, true)}, "", disabled},
		"a colleague's primary, her name":      {[]directory.Person{is("b", directory.ByPrimary, true), is("a", directory.ByName, false)}, "", disabled},
		"a colleague's primary and hers":       {[]directory.Person{is("b", directory.ByPrimary, true), is("a", directory.ByPrimary, false)}, "", disabled},
		"a former colleague's alias":           {[]directory.Person{is("b", directory.ByAlias, false), is("a", directory.ByPrimary, true)}, "a", active},
		"her name, and her former user's mail": {[]directory.Person{is("b", directory.ByPrimary, false), is("a", directory.ByName, true)}, "a", active},
		"several by primary":                   {[]directory.Person{is("b", directory.ByPrimary, true), is("a", directory.ByPrimary, true)}, "", active},
		"several by an alias, one disabled":    {[]directory.Person{is("b", directory.ByAlias, true), is("a", directory.ByAlias, false)}, "", disabled},
	} {
		if p, state := holder(tc.list); p.ID != tc.id || state != tc.want {
			t.Errorf("%s: %+v, %v", name, p, state)
		}
	}
}

const adaUser = coreUser + `"userName":"ada","active":true,"emails":[{"value":"ada@acme.example","primary":true}]}`

// A colleague is not the administrator who was disabled or deleted, whichever way he has her address now, and whether she
// was linked to her user by a sign-in or not.
func TestColleagueWithHerAddress(t *testing.T) {
	t.Parallel()
	colleagues := map[string]string{
		"alias":       coreUser + `"userName":"bob","active":true,"emails":[{"value":"bob@acme.example","primary":true},{"value":"ada@acme.example"}]}`,
		"alias alone": coreUser + `"userName":"bob","active":true,"emails":[{"value":"bob@acme.example"},{"value":"ada@acme.example"}]}`,
		"primary":     coreUser + `"userName":"bob","active":true,"emails":[{"value":"ada@acme.example","primary":true}]}`,
		"name":        coreUser + `"userName":"ada@acme.example","active":true}`,
	}
	type leaving = func(*testing.T, directoryUser)
	ways := map[string]leaving{
		"disabled": func(t *testing.T, u directoryUser) {
			u.becomes(t, coreUser+`"userName":"ada","active":false,"emails":[{"value":"ada@acme.example","primary":true}]}`)
		},
		"disabled and renamed": func(t *testing.T, u directoryUser) { u.becomes(t, coreUser+`"userName":"gone-1","active":false}`) },
		"deleted":              func(t *testing.T, u directoryUser) { u.goes(t) },
	}
	for way, leave := range ways {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			bob := w.provisionUser(t, w.acme, coreUser+`"userName":"bob","active":true,"emails":[{"value":"bob@acme.example","primary":true}]}`)
			linked := w.add(t, "ada@acme.example", admin.Owner)
			ada := w.provisionUser(t, w.acme, adaUser)
			w.stranger(t).post(t, w.path(t, linked), nil).is(t, http.StatusSeeOther)
			link := w.path(t, linked)
			leave(t, ada)
			for name, text := range colleagues {
				bob.becomes(t, text)
				w.stranger(t).post(t, link, nil).is(t, http.StatusForbidden).has(t, "Your account was disabled")
				if a, err := w.Admins.Get(t.Context(), w.acme.ID, linked.ID); err != nil || a.UserID != ada.id {
					t.Errorf("%s: linked to %q, %v", name, a.UserID, err)
				}
			}
			// She comes back under the same address, as another user, and the link was not used up.
			bob.becomes(t, coreUser+`"userName":"bob","active":true,"emails":[{"value":"bob@acme.example","primary":true}]}`)
			back := coreUser + `"userName":"ada@acme.example","active":true}`
			if way == "deleted" { // her name is free, so she has it again
				back = adaUser
			}
			again := w.provisionUser(t, w.acme, back)
			w.stranger(t).post(t, link, nil).is(t, http.StatusSeeOther)
			if a, err := w.Admins.Get(t.Context(), w.acme.ID, linked.ID); err != nil || a.UserID != again.id {
				t.Errorf("linked to %q, not to %s, %v", a.UserID, again.id, err)
			}
		})
	}
}

// One who never signed in is known to the directory by her address alone.
func TestColleagueOfOneWhoNeverSignedIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.add(t, "ada@acme.example", admin.Owner)
	w.provisionUser(t, w.acme, coreUser+`"userName":"ada","active":false,"emails":[{"value":"ada@acme.example","primary":true}]}`)
	bob := w.provisionUser(t, w.acme, coreUser+`"userName":"bob","active":true,"emails":[{"value":"bob@acme.example","primary":true},{"value":"ada@acme.example"}]}`)
	link := w.path(t, ada)
	w.stranger(t).post(t, link, nil).is(t, http.StatusForbidden).has(t, "Your account was disabled")
	bob.becomes(t, coreUser+`"userName":"bob","active":true,"emails":[{"value":"ada@acme.example","primary":true}]}`)
	w.stranger(t).post(t, link, nil).is(t, http.StatusForbidden).has(t, "Your account was disabled")
	w.provisionUser(t, w.acme, coreUser+`"userName":"ada@acme.example","active":true}`)
	w.stranger(t).post(t, link, nil).is(t, http.StatusSeeOther)
}

// Who shares an address with a colleague comes in while both are active, is linked to neither, and is out with one of them.
func TestSharedAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	desk := w.add(t, "desk@acme.example", admin.Admin)
	shared := func(name string, active string) string {
		return coreUser + `"userName":"` + name + `","active":` + active + `,"emails":[{"value":"desk@acme.example","primary":true}]}`
	}
	w.provisionUser(t, w.acme, shared("ada", "true"))
	bob := w.provisionUser(t, w.acme, shared("bob", "true"))
	b := w.stranger(t)
	b.post(t, w.path(t, desk), nil).is(t, http.StatusSeeOther)
	b.get(t, "/").is(t, http.StatusOK)
	if a, err := w.Admins.Get(t.Context(), w.acme.ID, desk.ID); err != nil || a.UserID != "" {
		t.Errorf("linked to %q, %v", a.UserID, err)
	}
	bob.becomes(t, shared("bob", "false"))
	b.get(t, "/").is(t, http.StatusSeeOther)
	w.stranger(t).post(t, w.path(t, desk), nil).is(t, http.StatusForbidden).has(t, "Your account was disabled")
}

// A user who came after the last sign-in is she again; one who was there is not, nor one who has the address besides.
func TestReturned(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	a := admin.Administrator{CreatedAt: at, SignedInAt: at.Add(time.Hour)}
	was := directory.Person{ID: "was", Created: at.Add(2 * time.Hour)}
	for name, tc := range map[string]struct {
		was directory.Person
		now directory.Person
		is  bool
	}{
		"deleted, back":                    {directory.Person{}, directory.Person{Hold: directory.ByPrimary, Created: at.Add(2 * time.Hour)}, true},
		"deleted, there at her sign-in":    {directory.Person{}, directory.Person{Hold: directory.ByName, Created: at.Add(time.Hour)}, false},
		"deleted, an alias":                {directory.Person{}, directory.Person{Hold: directory.ByAlias, Created: at.Add(2 * time.Hour)}, false},
		"disabled, back":                   {was, directory.Person{Hold: directory.ByName, Created: at.Add(3 * time.Hour)}, true},
		"disabled, there when she came":    {was, directory.Person{Hold: directory.ByName, Created: at.Add(90 * time.Minute)}, false},
		"disabled, her address, no name":   {was, directory.Person{Hold: directory.ByPrimary, Created: at.Add(3 * time.Hour)}, false},
		"deleted, several have it, nobody": {directory.Person{}, directory.Person{}, false},
	} {
		if got := returned(a, tc.was, tc.now); got != tc.is {
			t.Errorf("%s: %v", name, got)
		}
	}
}
