package account

import (
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
		want State
	}{
		"nobody":                               {want: Unlisted},
		"one by an alias":                      {[]directory.Person{is("a", directory.ByAlias, true)}, "a", Active},
		"a colleague's alias":                  {[]directory.Person{is("a", directory.ByPrimary, false), is("b", directory.ByAlias, true)}, "", Disabled},
		"a colleague's alias, her name":        {[]directory.Person{is("a", directory.ByName, false), is("b", directory.ByAlias, true)}, "", Disabled},
		"a colleague's primary, her name":      {[]directory.Person{is("b", directory.ByPrimary, true), is("a", directory.ByName, false)}, "", Disabled},
		"a colleague's primary and hers":       {[]directory.Person{is("b", directory.ByPrimary, true), is("a", directory.ByPrimary, false)}, "", Disabled},
		"a former colleague's alias":           {[]directory.Person{is("b", directory.ByAlias, false), is("a", directory.ByPrimary, true)}, "a", Active},
		"her name, and her former user's mail": {[]directory.Person{is("b", directory.ByPrimary, false), is("a", directory.ByName, true)}, "a", Active},
		"several by primary":                   {[]directory.Person{is("b", directory.ByPrimary, true), is("a", directory.ByPrimary, true)}, "", Active},
		"several by an alias, one disabled":    {[]directory.Person{is("b", directory.ByAlias, true), is("a", directory.ByAlias, false)}, "", Disabled},
	} {
		if p, state := holder(tc.list); p.ID != tc.id || state != tc.want {
			t.Errorf("%s: %+v, %v", name, p, state)
		}
	}
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
