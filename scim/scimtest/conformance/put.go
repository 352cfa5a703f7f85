package conformance

import (
	"net/http"

	"github.com/askspoke/spoke/scim"
)

var putChecks = []Check{
	{
		Name: "PUT answers 200 with the whole resource", Shows: []string{"7644-3.5-1", "7644-3.5.1-8", "7644-3.5.1-2"},
		Run: func(t *Trial) {
			user := t.user(someone())
			body := t.newUser(object{"userName": user["userName"], "title": "Pilot", "emails": list{object{"value": "new@example.com", "type": "work"}}})
			got := t.put(at(user), body).is(http.StatusOK).object()
			t.equal("id", got["id"], user["id"])
			t.equal("title", got["title"], "Pilot")
			t.has(got, "emails", "value", "new@example.com")
			t.equal("what is read", t.read(user), got)
		},
	},
	{
		Name: "PUT of what was read changes nothing", Shows: []string{"7644-3.5.1-2", "7644-3.5.1-6"},
		Run: func(t *Trial) {
			user := t.user(someone())
			t.equal("what is answered", t.put(at(user), user).is(http.StatusOK).object(), user)
		},
	},
	{
		Name: "PUT creates no resource", Shows: []string{"7644-3.2-2", "7644-3.5.1-1"}, Needs: []Feature{Filter},
		Run: func(t *Trial) {
			t.put("/Users/2819c223-7f76-453a-919d-413861904646", t.newUser(nil)).refused(http.StatusNotFound)
			t.put("/Users/"+t.name("mine"), t.newUser(nil)).refused(http.StatusNotFound)
			t.finds("userName pr")
		},
	},
	{
		Name: "PUT ignores read-only attributes", Shows: []string{"7644-3.5.1-6", "7643-7-10", "7643-4.1.2-12"},
		Run: func(t *Trial) {
			user := t.user(nil)
			got := t.put(at(user), t.newUser(object{"userName": user["userName"], "id": "other", "groups": values("g")})).is(http.StatusOK).object()
			t.equal("id", got["id"], user["id"])
			t.unassigned(got, "groups")
		},
	},
	{
		Name: "PUT without a required attribute is refused", Shows: []string{"7644-3.5.1-7"},
		Run: func(t *Trial) {
			user := t.user(nil)
			t.put(at(user), object{"schemas": list{userSchema}, "title": "x"}).refused(http.StatusBadRequest, scim.InvalidValue, scim.InvalidSyntax)
			t.equal("what is read", t.read(user), user)
		},
	},
	{
		Name: "null and an empty array in a PUT clear the value", Shows: []string{"7644-3.5.1-2", "7643-2.5-2"},
		Run: func(t *Trial) {
			user := t.user(someone())
			body := t.newUser(object{"userName": user["userName"], "nickName": nil, "phoneNumbers": list{}})
			got := t.put(at(user), body).is(http.StatusOK).object()
			t.unassigned(got, "nickName")
			t.unassigned(got, "phoneNumbers")
		},
	},
}

var deleteChecks = []Check{
	{
		Name: "DELETE answers 204, and then the resource is 404 for every operation", Shows: []string{"7644-3.6-1", "7644-3.6-5"},
		Run: func(t *Trial) {
			user := t.user(nil)
			if a := t.do(http.MethodDelete, at(user), nil).is(http.StatusNoContent); len(a.body) > 0 {
				t.errorf("the answer has a body")
			}
			t.get(at(user)).refused(http.StatusNotFound)
			t.put(at(user), t.newUser(nil)).refused(http.StatusNotFound)
			t.do(http.MethodDelete, at(user), nil).refused(http.StatusNotFound)
			if t.missing[Patch] == "" {
				t.patch(at(user), replace("title", "x")).refused(http.StatusNotFound)
			}
		},
	},
	{
		Name: "a deleted resource is in no result", Shows: []string{"7644-3.6-2"}, Needs: []Feature{Filter},
		Run: func(t *Trial) {
			gone, there := t.user(nil), t.user(nil)
			t.do(http.MethodDelete, at(gone), nil).is(http.StatusNoContent)
			t.finds("userName pr", there)
		},
	},
	{
		Name: "the userName of a deleted user is free", Shows: []string{"7644-3.6-3", "7644-3.6-4", "7643-3.1-6"},
		Run: func(t *Trial) {
			gone := t.user(nil)
			t.do(http.MethodDelete, at(gone), nil).is(http.StatusNoContent)
			user := t.user(object{"userName": gone["userName"]})
			if id(user) == id(gone) {
				t.errorf("the id of a deleted user was given again")
			}
		},
	},
	{
		Name: "a deleted user is a member of no group", Shows: []string{"7644-3.6-2"}, Needs: []Feature{Groups},
		Run: func(t *Trial) {
			gone, there := t.user(nil), t.user(nil)
			group := t.group(id(gone), id(there))
			t.do(http.MethodDelete, at(gone), nil).is(http.StatusNoContent)
			t.has(t.get(group).is(http.StatusOK).object(), "members", "value", id(there))
		},
	},
	{
		Name: "a user that is not active is not deleted", Shows: []string{"7644-3.6-2"},
		Run: func(t *Trial) {
			user := t.user(object{"active": false})
			t.equal("active", t.read(user)["active"], false)
		},
	},
}
