package conformance

import (
	"net/http"

	"github.com/askspoke/spoke/scim"
)

var patchChecks = []Check{
	{
		Name: "PATCH is supported", Shows: []string{"7644-3.5-2"},
		Run: func(t *Trial) {
			if how, missing := t.missing[Patch]; missing {
				t.errorf("%s", how)
			}
		},
	},
	{
		Name: "PATCH answers 200 with the whole resource, or 204", Shows: []string{"7644-3.5.2-15", "7644-3.1-3"}, Needs: []Feature{Patch},
		Run: func(t *Trial) {
			user := t.user(someone())
			switch a := t.patch(at(user), replace("title", "Pilot")).is(http.StatusOK, http.StatusNoContent); a.status {
			case http.StatusOK:
				t.equal("what is answered", a.object(), t.read(user))
			case http.StatusNoContent:
				t.equal("the body", string(a.body), "")
			}
			t.equal("title", t.read(user)["title"], "Pilot")
		},
	},
	{
		Name: "operations are applied in their order", Shows: []string{"7644-3.5.2-17"}, Needs: []Feature{Patch},
		Run: func(t *Trial) {
			user := t.user(nil)
			t.equal("title", t.patched(user, add("title", "a"), replace("title", "b"), remove("title"), add("title", "c"))["title"], "c")
			t.unassigned(t.patched(user, add("nickName", "a"), remove("nickName")), "nickName")
		},
	},
	{
		Name: "a PATCH is done as a whole or not at all", Shows: []string{"7644-3.5.2-11", "7644-3.5.2-12", "7644-3.5.2-13", "7644-3.5.2-14"}, Needs: []Feature{Patch},
		Run: func(t *Trial) {
			user := t.user(someone())
			t.patch(at(user), replace("title", "Pilot"), remove("nickName"), add("emails", list{object{"value": "x@example.com"}}), remove("userName")).refused(http.StatusBadRequest)
			t.equal("what is read", t.read(user), user)
		},
	},
	{
		Name: "a PATCH of members is done as a whole or not at all", Shows: []string{"7644-3.5.2-11", "7644-3.5.2-12"}, Needs: []Feature{Patch, Groups},
		Run: func(t *Trial) {
			user := t.user(nil)
			group := t.group()
			t.patch(group, add("members", values(id(user))), remove("displayName")).refused(http.StatusBadRequest)
			t.unassigned(t.get(group).is(http.StatusOK).object(), "members")
		},
	},
	{
		Name: "making one element primary makes the others not", Shows: []string{"7644-3.5.2-10", "7643-2.4-3"}, Needs: []Feature{Patch},
		Run: func(t *Trial) {
			user := t.user(someone())
			primary := func(got object) (all []string) {
				for _, e := range elements(got, "emails") {
					if e["primary"] == true {
						all = append(all, text(e["value"]))
					}
				}
				return all
			}
			t.equal("primary after an add", primary(t.patched(user, add("emails", list{object{"value": "new@example.com", "primary": true}}))), []string{"new@example.com"})
			t.equal("primary after a replace", primary(t.patched(user, replace(`emails[type eq "home"].primary`, true))), []string{"babs@home.example"})
			t.equal("primary after a replace of an element",
				primary(t.patched(user, replace(`emails[type eq "work"]`, object{"value": "w@example.com", "type": "work", "primary": true}))), []string{"w@example.com"})
		},
	},
	{
		Name: "a path with the URN of an extension adds it to schemas, and takes it away", Shows: []string{"7644-3.5.2-18", "7644-3.5.2-8", "7644-3.5.2-9", "7643-3-3"}, Needs: []Feature{Patch, Enterprise},
		Run: func(t *Trial) {
			user := t.user(nil)
			got := t.patched(user, add(enterpriseSchema+":employeeNumber", "701984"), replace(enterpriseSchema+":employeeNumber", "7"))
			t.equal(enterpriseSchema, got[enterpriseSchema], object{"employeeNumber": "7"})
			t.equal("schemas", got["schemas"], list{userSchema, enterpriseSchema})
			got = t.patched(user, remove(enterpriseSchema+":employeeNumber"))
			t.equal("schemas", got["schemas"], list{userSchema})
		},
	},
	{
		Name: "a path names an attribute in any case, with or without the URN of the core", Shows: []string{"7644-3.10-1", "7644-3.10-2", "7644-3.5.2-8"}, Needs: []Feature{Patch},
		Run: func(t *Trial) {
			got := t.patched(t.user(nil), add("TITLE", "x"), add(userSchema+":nickName", "y"), add("Name.GIVENNAME", "z"))
			t.equal("title", got["title"], "x")
			t.equal("nickName", got["nickName"], "y")
			t.equal("name", got["name"], object{"givenName": "z"})
		},
	},
}

var patchRefusalChecks = []Check{
	{
		Name: "a PATCH without Operations is refused", Shows: []string{"7644-3.5.2-2", "7644-3.12-6"}, Needs: []Feature{Patch},
		Run: func(t *Trial) {
			user := t.user(nil)
			t.do(http.MethodPatch, at(user), object{"schemas": list{patchSchema}}).refused(http.StatusBadRequest, scim.InvalidSyntax, scim.InvalidValue)
			t.do(http.MethodPatch, at(user), object{"schemas": list{patchSchema}, "Operations": list{}}).refused(http.StatusBadRequest, scim.InvalidSyntax, scim.InvalidValue)
			t.do(http.MethodPatch, at(user), object{"schemas": list{patchSchema}, "Operations": "add"}).refused(http.StatusBadRequest, scim.InvalidSyntax, scim.InvalidValue)
		},
	},
	{
		Name: "a PATCH without its schema is refused", Shows: []string{"7644-3.5.2-1"}, Needs: []Feature{Patch}, Tolerates: []scim.Tolerance{scim.MissingSchemas},
		Run: func(t *Trial) {
			user := t.user(nil)
			t.do(http.MethodPatch, at(user), object{"Operations": list{replace("title", "x")}}).refused(http.StatusBadRequest)
		},
	},
	{
		Name: "an operation without op, or with another, is refused", Shows: []string{"7644-3.5.2-3"}, Needs: []Feature{Patch},
		Run: func(t *Trial) {
			user := t.user(nil)
			t.patch(at(user), object{"path": "title", "value": "x"}).refused(http.StatusBadRequest, scim.InvalidSyntax, scim.InvalidValue)
			t.patch(at(user), object{"op": "move", "path": "title", "value": "x"}).refused(http.StatusBadRequest, scim.InvalidSyntax, scim.InvalidValue)
		},
	},
	{
		Name: "a capitalised op is refused", Shows: []string{"7644-3.5.2-3"}, Needs: []Feature{Patch}, Tolerates: []scim.Tolerance{scim.OperationCase},
		Run: func(t *Trial) {
			t.patch(at(t.user(nil)), object{"op": "Replace", "path": "title", "value": "x"}).refused(http.StatusBadRequest, scim.InvalidSyntax, scim.InvalidValue)
		},
	},
	{
		Name: "an operation on a read-only attribute is refused with mutability", Shows: []string{"7644-3.5.2-5", "7644-3.5.2-6", "7644-3.5.2-7", "7643-7-10", "7643-4.1.2-12"}, Needs: []Feature{Patch},
		Run: func(t *Trial) {
			user := t.user(nil)
			for path, value := range map[string]any{"id": "x", "meta.created": "2001-01-01T00:00:00Z", "groups": values("x")} {
				t.patch(at(user), replace(path, value)).refused(http.StatusBadRequest, scim.Mutability)
				t.patch(at(user), remove(path)).refused(http.StatusBadRequest, scim.Mutability)
			}
			t.equal("what is read", t.read(user), user)
		},
	},
	{
		Name: "a read-only attribute in a value without path is refused with mutability", Shows: []string{"7644-3.5.2-6"}, Needs: []Feature{Patch}, Tolerates: []scim.Tolerance{scim.ReadOnlyInPatch},
		Run: func(t *Trial) {
			t.patch(at(t.user(nil)), object{"op": "replace", "value": object{"id": "x", "title": "y"}}).refused(http.StatusBadRequest, scim.Mutability)
		},
	},
	{
		Name: "a value that does not fit the schema is refused with invalidValue", Shows: []string{"7644-3.5.2-5", "7644-3.5.2-7", "7644-3.12-8"}, Needs: []Feature{Patch},
		Run: func(t *Trial) {
			user := t.user(nil)
			t.patch(at(user), replace("title", 7)).refused(http.StatusBadRequest, scim.InvalidValue, scim.InvalidSyntax)
			t.patch(at(user), replace("active", object{"x": true})).refused(http.StatusBadRequest, scim.InvalidValue, scim.InvalidSyntax)
			t.patch(at(user), replace("name", "text")).refused(http.StatusBadRequest, scim.InvalidValue, scim.InvalidSyntax)
		},
	},
	{
		Name: "a path that breaks the grammar is refused with invalidPath", Shows: []string{"7644-3.12-7", "7644-3.5.2-7"}, Needs: []Feature{Patch},
		Run: func(t *Trial) {
			user := t.user(nil)
			for _, path := range []string{"emails[", "emails[type eq \"work\"", "name..givenName", "title title", "emails[type eq \"work\"]value", "]", "1title"} {
				t.patch(at(user), replace(path, "x")).refused(http.StatusBadRequest, scim.InvalidPath, scim.InvalidFilter)
			}
		},
	},
	{
		Name: "a path to an attribute that is not defined is refused", Shows: []string{"7644-3.12-7", "7644-3.5.2-5"}, Needs: []Feature{Patch},
		Run: func(t *Trial) {
			user := t.user(nil)
			t.patch(at(user), replace("nothing", "x")).refused(http.StatusBadRequest, scim.InvalidPath, scim.NoTarget)
			t.patch(at(user), replace("name.nothing", "x")).refused(http.StatusBadRequest, scim.InvalidPath, scim.NoTarget)
		},
	},
}
