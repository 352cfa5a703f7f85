package scimtest

import (
	"strings"

	"github.com/askspoke/spoke/scim/schema"
)

var filterRules = []rule{
	{"filters find users", func(w *world) {
		for _, text := range people {
			w.user(text)
		}
		urns := strings.NewReplacer("$E", schema.EnterpriseUserURN, "$C", schema.SpokeCustomURN, "$B", BadgeURN)
		for text, want := range findings {
			text = urns.Replace(text)
			if got := strings.ToLower(strings.Join(w.names(w.users, text), " ")); got != want {
				w.Errorf("%s\nfinds %q\nwant  %q", text, got, want)
			}
		}
	}},
	{"filters find by id and location", func(w *world) {
		a := w.user(`{"userName": "a"}`)
		b := w.user(`{"userName": "b", "` + schema.EnterpriseUserURN + `": {"manager": {"value": "` + a + `"}}}`)
		w.finds(w.users, `id eq "`+a+`"`, "a")
		w.finds(w.users, `id ne "`+a+`"`, "b")
		w.finds(w.users, `id eq "`+strings.ToUpper(a)+`"`)
		w.finds(w.users, `id sw "`+b[:20]+`" and id ew "`+b[20:]+`"`, "b")
		w.finds(w.users, `id eq "`+b+`" and manager eq "`+a+`"`, "b")
		w.finds(w.users, `id eq "`+a+`" and manager eq "`+b+`"`)
		w.finds(w.users, `meta.location eq "`+base+`/Users/`+b+`"`, "b")
		w.finds(w.users, `meta.location ew "`+a+`"`, "a")
		w.finds(w.groups, `id eq "`+a+`"`)
	}},
	{"filters find groups by their members", func(w *world) {
		a, b := w.user(`{"userName": "a", "displayName": "Ann"}`), w.user(`{"userName": "b"}`)
		x := w.group(`{"displayName": "x"}`, a)
		w.group(`{"displayName": "y"}`, a, b, x)
		w.group(`{"displayName": "z"}`)
		for text, want := range map[string][]string{
			`members eq "` + a + `"`: {"x", "y"}, `members eq "` + b + `"`: {"y"}, `members.value eq "` + x + `"`: {"y"}, `members eq "nobody"`: {},
			`members eq "` + strings.ToUpper(a) + `"`: {}, `members ne "` + b + `"`: {"x", "z"}, `members pr`: {"x", "y"}, `not (members pr)`: {"z"}, `members eq null`: {"z"},
			`id eq "` + x + `" and members eq "` + a + `"`: {"x"}, `id eq "` + x + `" and members eq "` + b + `"`: {},
			`members eq "` + a + `" and members eq "` + b + `"`: {"y"}, `members[value eq "` + a + `" and value eq "` + b + `"]`: {},
			`members[value eq "` + x + `" and type eq "group"]`: {"y"}, `members[value eq "` + x + `" and type eq "User"]`: {}, `members.type eq "Group"`: {"y"},
			`members.display eq "ANN"`: {"x", "y"}, `members.display sw "x"`: {"y"}, `members[display eq null]`: {"y"}, `members[not (display pr)]`: {"y"},
			`members.$ref eq "` + base + `/Users/` + a + `"`: {"x", "y"}, `members.$ref co "/Groups/"`: {"y"}, `members sw "` + b[:30] + `"`: {"y"},
			`members[value eq "` + a + `" or display eq "x"] and displayName gt "x"`: {"y"},
		} {
			w.finds(w.groups, text, want...)
		}
	}},
	{"filters find users by their groups", func(w *world) {
		a, b := w.user(`{"userName": "a"}`), w.user(`{"userName": "b"}`)
		w.user(`{"userName": "c"}`)
		x := w.group(`{"displayName": "X-ray"}`, a, b)
		y := w.group(`{"displayName": "Yoga"}`, b)
		for text, want := range map[string][]string{
			`groups eq "` + x + `"`: {"a", "b"}, `groups.value eq "` + y + `"`: {"b"}, `groups ne "` + y + `"`: {"a", "c"}, `groups pr`: {"a", "b"}, `groups eq null`: {"c"},
			`groups.display eq "YOGA"`: {"b"}, `groups[display sw "x" and type eq "direct"]`: {"a", "b"}, `groups.type eq "indirect"`: {}, `groups eq "%"`: {},
			`groups[display sw "x" and value eq "` + y + `"]`: {}, `groups.$ref ew "` + y + `"`: {"b"}, `not (groups.display co "yo")`: {"a", "c"},
		} {
			w.finds(w.users, text, want...)
		}
	}},
}
