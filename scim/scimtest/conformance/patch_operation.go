package conformance

import (
	"net/http"

	"github.com/askspoke/spoke/scim"
)

var patchAddChecks = []Check{
	{
		Name: "an add without value is refused", Shows: []string{"7644-3.5.2.1-1"}, Needs: []Feature{Patch},
		Run: func(t *Trial) {
			t.patch(at(t.user(nil)), object{"op": "add", "path": "title"}).refused(http.StatusBadRequest, scim.InvalidValue, scim.InvalidSyntax)
		},
	},
	{
		Name: "an add without path merges its value into the resource", Shows: []string{"7644-3.5.2.1-6"}, Needs: []Feature{Patch},
		Run: func(t *Trial) {
			user := t.user(someone())
			got := t.patched(user, object{"op": "add", "value": object{"emails": list{object{"value": "third@example.com", "type": "other"}}, "nickName": "Barb"}})
			t.equal("nickName", got["nickName"], "Barb")
			t.equal("title", got["title"], "Tour Guide")
			t.has(got, "emails", "value", "bjensen@work.example", "babs@home.example", "third@example.com")
		},
	},
	{
		Name: "an add to a multi-valued attribute adds an element, to another it replaces the value", Shows: []string{"7644-3.5.2.1-7"}, Needs: []Feature{Patch},
		Run: func(t *Trial) {
			user := t.user(someone())
			got := t.patched(user, add("title", "Pilot"), add("emails", list{object{"value": "third@example.com"}}), add("roles", list{object{"value": "Student"}}))
			t.equal("title", got["title"], "Pilot")
			t.has(got, "emails", "value", "bjensen@work.example", "babs@home.example", "third@example.com")
			t.has(got, "roles", "value", "Student")
		},
	},
	{
		Name: "an add to a complex attribute takes sub-attributes and keeps the others", Shows: []string{"7644-3.5.2.1-2"}, Needs: []Feature{Patch},
		Run: func(t *Trial) {
			user := t.user(object{"name": object{"familyName": "Jensen"}})
			t.equal("name", t.patched(user, add("name", object{"givenName": "Barbara"}))["name"], object{"familyName": "Jensen", "givenName": "Barbara"})
			t.patch(at(user), add("name", "Barbara")).refused(http.StatusBadRequest, scim.InvalidValue, scim.InvalidSyntax)
		},
	},
	{
		Name: "an add of what is there succeeds and changes nothing, not even lastModified", Shows: []string{"7644-3.5.2.1-3", "7644-3.5.2.1-4", "7644-3.5.2.1-5"}, Needs: []Feature{Patch},
		Run: func(t *Trial) {
			user := t.user(someone())
			got := t.patched(user, add("title", "Tour Guide"), add("emails", list{object{"value": "babs@home.example", "type": "home"}}), add("name.givenName", "Barbara"))
			t.equal("what is read", got, user)
		},
	},
	{
		Name: "an add of a member that is there succeeds and changes nothing", Shows: []string{"7644-3.5.2.1-3", "7644-3.5.2.1-4", "7644-3.5.2.1-5"}, Needs: []Feature{Patch, Groups},
		Run: func(t *Trial) {
			user := t.user(nil)
			group := t.group(id(user))
			before := t.get(group).is(http.StatusOK).object()
			t.patch(group, add("members", values(id(user)))).is(http.StatusOK, http.StatusNoContent)
			t.equal("what is read", t.get(group).is(http.StatusOK).object(), before)
		},
	},
}

var patchRemoveChecks = []Check{
	{
		Name: "a remove without path is refused with noTarget", Shows: []string{"7644-3.5.2.2-7", "7644-3.5.2-4"}, Needs: []Feature{Patch},
		Run: func(t *Trial) {
			t.patch(at(t.user(nil)), object{"op": "remove"}).refused(http.StatusBadRequest, scim.NoTarget)
		},
	},
	{
		Name: "what is removed is unassigned", Shows: []string{"7644-3.5.2.2-1", "7644-3.5.2.2-2"}, Needs: []Feature{Patch},
		Run: func(t *Trial) {
			user := t.user(someone())
			got := t.patched(user, remove("title"), remove("emails"), remove("name.givenName"))
			t.unassigned(got, "title")
			t.unassigned(got, "emails")
			t.equal("name", got["name"], object{"formatted": "Ms. Barbara J Jensen, III", "familyName": "Jensen"})
			t.unassigned(t.patched(user, remove("name")), "name")
		},
	},
	{
		Name: "a remove with a filter removes the elements that match, and the attribute with the last", Shows: []string{"7644-3.5.2.2-3", "7644-3.5.2.2-5"}, Needs: []Feature{Patch},
		Run: func(t *Trial) {
			user := t.user(someone())
			t.has(t.patched(user, remove(`emails[type eq "work" and value ew "work.example"]`)), "emails", "value", "babs@home.example")
			t.unassigned(t.patched(user, remove(`emails[value eq "babs@home.example"]`)), "emails")
		},
	},
	{
		Name: "a remove of a sub-attribute leaves the rest of the element", Shows: []string{"7644-3.5.2.2-4"}, Needs: []Feature{Patch},
		Run: func(t *Trial) {
			user := t.user(someone())
			got := t.patched(user, remove(`addresses[type eq "work"].locality`))
			t.equal("addresses", got["addresses"], list{object{"type": "work", "country": "US"}})
		},
	},
	{
		Name: "removing what is required or read-only is refused with mutability", Shows: []string{"7644-3.5.2.2-6"}, Needs: []Feature{Patch},
		Run: func(t *Trial) {
			user := t.user(nil)
			t.patch(at(user), remove("userName")).refused(http.StatusBadRequest, scim.Mutability)
			t.patch(at(user), remove("meta")).refused(http.StatusBadRequest, scim.Mutability)
			if t.missing[Groups] == "" {
				t.patch(t.group(), remove("displayName")).refused(http.StatusBadRequest, scim.Mutability)
			}
			t.equal("what is read", t.read(user), user)
		},
	},
	{
		Name: "removing a member that is not there succeeds and changes nothing", Shows: []string{"7644-3.5.2.2-8"}, Needs: []Feature{Patch, Groups},
		Run: func(t *Trial) {
			user, other := t.user(nil), t.user(nil)
			group := t.group(id(user))
			before := t.get(group).is(http.StatusOK).object()
			t.patch(group, remove(`members[value eq "`+id(other)+`"]`)).is(http.StatusOK, http.StatusNoContent)
			t.equal("what is read", t.get(group).is(http.StatusOK).object(), before)
		},
	},
}

var patchReplaceChecks = []Check{
	{
		Name: "a replace without path replaces the attributes of its value", Shows: []string{"7644-3.5.2.3-1", "7644-3.5.2.3-7"}, Needs: []Feature{Patch},
		Run: func(t *Trial) {
			user := t.user(someone())
			got := t.patched(user, object{"op": "replace", "value": object{"emails": list{object{"value": "only@example.com", "type": "work"}}, "nickName": "Barb"}})
			t.equal("nickName", got["nickName"], "Barb")
			t.equal("title", got["title"], "Tour Guide")
			t.has(got, "emails", "value", "only@example.com")
			t.patch(at(user), object{"op": "replace", "value": "text"}).refused(http.StatusBadRequest, scim.InvalidValue, scim.InvalidSyntax)
		},
	},
	{
		Name: "a replace of what is not there is an add", Shows: []string{"7644-3.5.2.3-2"}, Needs: []Feature{Patch},
		Run: func(t *Trial) {
			got := t.patched(t.user(nil), replace("title", "Pilot"), replace("name.givenName", "Barbara"), replace("emails", list{object{"value": "a@example.com"}}))
			t.equal("title", got["title"], "Pilot")
			t.equal("name", got["name"], object{"givenName": "Barbara"})
			t.has(got, "emails", "value", "a@example.com")
		},
	},
	{
		Name: "a replace of a complex attribute leaves the other sub-attributes", Shows: []string{"7644-3.5.2.3-3", "7644-3.5.2.3-6"}, Needs: []Feature{Patch},
		Run: func(t *Trial) {
			user := t.user(object{"name": object{"familyName": "Jensen", "givenName": "Barbara"}})
			t.equal("name", t.patched(user, replace("name", object{"givenName": "Babs"}))["name"], object{"familyName": "Jensen", "givenName": "Babs"})
			t.patch(at(user), replace("name", "Babs")).refused(http.StatusBadRequest, scim.InvalidValue, scim.InvalidSyntax)
		},
	},
	{
		Name: "a replace of a multi-valued attribute replaces all its values", Shows: []string{"7644-3.5.2.3-7"}, Needs: []Feature{Patch},
		Run: func(t *Trial) {
			got := t.patched(t.user(someone()), replace("emails", list{object{"value": "only@example.com"}}))
			t.has(got, "emails", "value", "only@example.com")
		},
	},
	{
		Name: "a replace with a filter replaces every element that matches", Shows: []string{"7644-3.5.2.3-4"}, Needs: []Feature{Patch},
		Run: func(t *Trial) {
			user := t.user(object{"addresses": list{object{"type": "work", "locality": "A"}, object{"type": "home", "locality": "B"}}})
			got := t.patched(user, replace(`addresses[type eq "work"]`, object{"type": "work", "locality": "Hollywood", "postalCode": "91608"}))
			t.has(got, "addresses", "locality", "B", "Hollywood")
			t.has(got, "addresses", "postalCode", "", "91608")
		},
	},
	{
		Name: "a replace of a sub-attribute with a filter replaces it in each element that matches", Shows: []string{"7644-3.5.2.3-8", "7644-3.5.2.3-4"}, Needs: []Feature{Patch},
		Run: func(t *Trial) {
			user := t.user(object{"addresses": list{
				object{"type": "work", "locality": "A", "region": "1"}, object{"type": "work", "locality": "B", "region": "2"}, object{"type": "home", "locality": "C", "region": "3"},
			}})
			got := t.patched(user, replace(`addresses[type eq "work"].locality`, "Z"))
			t.has(got, "addresses", "locality", "C", "Z", "Z")
			t.has(got, "addresses", "region", "1", "2", "3")
		},
	},
	{
		Name: "a replace with a filter that matches nothing is refused with noTarget", Shows: []string{"7644-3.5.2.3-5"}, Needs: []Feature{Patch}, Tolerates: []scim.Tolerance{scim.CreateOnNoMatch},
		Run: func(t *Trial) {
			user := t.user(nil)
			t.patch(at(user), replace(`emails[type eq "work"].value`, "x@example.com")).refused(http.StatusBadRequest, scim.NoTarget)
		},
	},
}
