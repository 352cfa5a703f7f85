package conformance

import (
	"net/http"
	"slices"
	"strings"

	"github.com/askspoke/spoke/scim"
)

var groupChecks = []Check{
	{
		Name: "a group without a displayName is refused", Shows: []string{"7643-4.2-1"}, Needs: []Feature{Groups},
		Run: func(t *Trial) {
			t.do(http.MethodPost, "/Groups", object{"schemas": list{groupSchema}}).refused(http.StatusBadRequest, scim.InvalidValue, scim.InvalidSyntax)
		},
	},
	{
		Name: "a member has the id, the URI and the type of a resource", Shows: []string{"7643-4.2-3"}, Needs: []Feature{Groups},
		Run: func(t *Trial) {
			user := t.user(nil)
			group := t.get(t.group(id(user))).is(http.StatusOK).object()
			t.has(group, "members", "value", id(user))
			if ref := each(group, "members", "$ref")[0]; !strings.HasSuffix(ref, "/Users/"+id(user)) {
				t.errorf("members.$ref is %q", ref)
			}
			if kind := each(group, "members", "type")[0]; kind != "User" && kind != "" {
				t.errorf("members.type is %q", kind)
			}
		},
	},
	{
		Name: "a group can be a member", Shows: []string{"7643-4.2-3"}, Needs: []Feature{Groups},
		Run: func(t *Trial) {
			inner := t.group()
			outer := t.get(t.group(strings.TrimPrefix(inner, "/Groups/"))).is(http.StatusOK).object()
			t.equal("the id at members.$ref", "/Groups/"+id(t.follow(each(outer, "members", "$ref")[0]).is(http.StatusOK).object()), inner)
		},
	},
	{
		Name: "members are added and removed, and PUT replaces them", Shows: []string{"7643-4.2-2", "7644-3.5.1-2"}, Needs: []Feature{Groups, Patch},
		Run: func(t *Trial) {
			a, b, c := t.user(nil), t.user(nil), t.user(nil)
			group := t.group(id(a))
			members := func(want ...string) { t.has(t.get(group).is(http.StatusOK).object(), "members", "value", want...) }
			t.patch(group, add("members", values(id(b), id(c)))).is(http.StatusOK, http.StatusNoContent)
			members(id(a), id(b), id(c))
			t.patch(group, remove(`members[value eq "`+id(b)+`"]`)).is(http.StatusOK, http.StatusNoContent)
			members(id(a), id(c))
			t.patch(group, replace("members", values(id(b)))).is(http.StatusOK, http.StatusNoContent)
			members(id(b))
			t.put(group, t.newGroup(id(a), id(b))).is(http.StatusOK)
			members(id(a), id(b))
			t.patch(group, remove("members")).is(http.StatusOK, http.StatusNoContent)
			members()
		},
	},
	{
		Name: "what a member says of itself cannot be changed", Shows: []string{"7643-4.2-2", "7643-7-11", "7644-3.5.2-6"}, Needs: []Feature{Groups, Patch},
		Run: func(t *Trial) {
			a, b := t.user(nil), t.user(nil)
			group := t.group(id(a))
			t.patch(group, replace(`members[value eq "`+id(a)+`"].value`, id(b))).refused(http.StatusBadRequest, scim.Mutability)
			t.has(t.get(group).is(http.StatusOK).object(), "members", "value", id(a))
		},
	},
	{
		Name: "a replace of a member that is not there is refused with noTarget", Shows: []string{"7644-3.5.2.3-5"}, Needs: []Feature{Groups, Patch}, Tolerates: []scim.Tolerance{scim.CreateOnNoMatch},
		Run: func(t *Trial) {
			a, b := t.user(nil), t.user(nil)
			group := t.group(id(a))
			path := `members[value eq "` + id(b) + `"]`
			t.patch(group, replace(path, object{"value": id(b)})).refused(http.StatusBadRequest, scim.NoTarget)
			t.patch(group, replace(path+".value", id(b))).refused(http.StatusBadRequest, scim.NoTarget)
			t.has(t.get(group).is(http.StatusOK).object(), "members", "value", id(a))
		},
	},
	{
		Name: "a member is known by its URI alone, or refused", Shows: []string{"7643-4.2-3", "7643-2.3.7-2"}, Needs: []Feature{Groups, Patch},
		Run: func(t *Trial) {
			a, b := t.user(nil), t.user(nil)
			group := t.group(id(a))
			meta, _ := b["meta"].(object)
			for _, reference := range []string{text(meta["location"]), strings.TrimPrefix(at(b), "/")} {
				answer := t.patch(group, add("members", list{object{"$ref": reference}}))
				if answer.status >= 400 {
					answer.refused(http.StatusBadRequest)
					continue
				}
				t.has(t.get(group).is(http.StatusOK).object(), "members", "value", id(a), id(b))
				t.patch(group, remove(`members[value eq "`+id(b)+`"]`)).is(http.StatusOK, http.StatusNoContent)
			}
		},
	},
	{
		Name: "a group is found by a member", Shows: []string{"7644-3.4.2.2-19", "7644-3.4.2.2-5"}, Needs: []Feature{Groups, Filter},
		Run: func(t *Trial) {
			user := t.user(nil)
			group := t.group(id(user))
			t.group(id(t.user(nil)))
			for _, f := range []string{`members.value eq "`, `members[value eq "`} {
				f += id(user) + `"` + map[bool]string{true: "]"}[strings.Contains(f, "[")]
				t.equal("the groups found", t.get("/Groups"+where(f)).is(http.StatusOK).list().ids(), []string{strings.TrimPrefix(group, "/Groups/")})
			}
		},
	},
}

var membershipChecks = []Check{
	{
		Name: "a user has the groups that it is a member of, by id and URI", Shows: []string{"7643-4.1.2-10", "7643-4.1.2-11"}, Needs: []Feature{Groups},
		Run: func(t *Trial) {
			user := t.user(nil)
			group := t.group(id(user))
			got := t.read(user)
			t.has(got, "groups", "value", strings.TrimPrefix(group, "/Groups/"))
			if ref := each(got, "groups", "$ref"); len(ref) != 1 || !strings.HasSuffix(ref[0], group) {
				t.errorf("groups.$ref are %q", ref)
			}
		},
	},
	{
		Name: "a direct membership is said to be direct", Shows: []string{"7643-4.1.2-9"}, Needs: []Feature{Groups},
		Run: func(t *Trial) {
			user := t.user(nil)
			t.group(id(user))
			t.has(t.read(user), "groups", "type", "direct")
		},
	},
	{
		Name: "a membership through a group in a group is indirect where it is returned", Shows: []string{"7643-4.1.2-9", "7643-4.1.2-10"}, Needs: []Feature{Groups},
		Run: func(t *Trial) {
			user := t.user(nil)
			inner := t.group(id(user))
			outer := t.group(strings.TrimPrefix(inner, "/Groups/"))
			groups := elements(t.read(user), "groups")
			i := slices.IndexFunc(groups, func(g object) bool { return g["value"] == strings.TrimPrefix(outer, "/Groups/") })
			t.unless(i >= 0, "groups of a user has no indirect memberships")
			t.equal("groups.type", groups[i]["type"], "indirect")
		},
	},
	{
		Name: "memberships are changed through the group alone", Shows: []string{"7643-4.1.2-12", "7643-7-10"}, Needs: []Feature{Groups, Patch},
		Run: func(t *Trial) {
			user := t.user(nil)
			group := t.group()
			mine := values(strings.TrimPrefix(group, "/Groups/"))
			t.put(at(user), t.newUser(object{"userName": user["userName"], "groups": mine})).is(http.StatusOK)
			t.patch(at(user), add("groups", mine)).refused(http.StatusBadRequest, scim.Mutability)
			t.unassigned(t.read(user), "groups")
			t.unassigned(t.get(group).is(http.StatusOK).object(), "members")
		},
	},
}
