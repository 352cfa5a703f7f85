package account

import (
	"slices"
	"time"

	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/directory"
)

// holder says whose a mail address is, of those users who have it. Who has it as userName is before who has it as primary
// address, and both are before who has it as a further one, whatever is active: an address of somebody who was disabled is
// not a colleague's because mail goes on to him. Where several have it alike, one who is disabled keeps all of them out, and
// of several who are active it is nobody's in particular: the Person is zero then.
func holder(list []directory.Person) (directory.Person, State) {
	var most directory.Hold
	for _, p := range list {
		most = max(most, p.Hold)
	}
	alike := slices.DeleteFunc(slices.Clone(list), func(p directory.Person) bool { return p.Hold != most })
	switch {
	case len(alike) == 0:
		return directory.Person{}, Unlisted
	case slices.ContainsFunc(alike, func(p directory.Person) bool { return !p.Active }):
		return directory.Person{}, Disabled
	case len(alike) > 1:
		return directory.Person{}, Active
	}
	return alike[0], Active
}

// returned says whether a user who has the address of an administrator now is herself, who left and came back. was is the
// user that she was linked to: disabled, or zero where it was deleted. A colleague who was there when she last signed in is
// another, whatever addresses he was given since. While her user is there, only her own name is hers again.
func returned(a admin.Administrator, was, now directory.Person) bool {
	least := directory.ByPrimary
	if was.ID != "" {
		least = directory.ByName
	}
	return now.Hold >= least && now.Created.After(latest(a.CreatedAt, a.SignedInAt, was.Created))
}

// left returns the user who was an administrator that was never linked, and was deleted, and false where it was none of those
// who had her address. now is who has the address, of the list of all who do: a zero Person where that is nobody in particular.
// A deleted one who had it by less than somebody has it now was not she, and one who is there again was restored.
func left(a admin.Administrator, gone []directory.Left, list []directory.Person, now directory.Person) (directory.Person, bool) {
	var most directory.Hold
	for _, p := range list {
		most = max(most, p.Hold)
	}
	for _, l := range gone {
		back := slices.ContainsFunc(list, func(p directory.Person) bool { return p.ID == l.ID })
		if !back && l.Hold >= most && !returned(a, directory.Person{Created: l.Created}, now) {
			return l.Person, true
		}
	}
	return directory.Person{}, false
}

func latest(times ...time.Time) time.Time { return slices.MaxFunc(times, time.Time.Compare) }
