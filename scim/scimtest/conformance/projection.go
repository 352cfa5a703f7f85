package conformance

import (
	"net/http"
	"slices"
	"strings"
)

// holds checks that a resource has these attributes, and schemas and meta at most beside them.
func (t *Trial) holds(resource object, want ...string) {
	for name := range resource {
		if !slices.Contains(want, name) && name != "schemas" && (name != "meta" || slices.Contains(want, "meta")) {
			t.errorf("there is %s, want %s alone", name, strings.Join(want, ", "))
		}
	}
	for _, name := range want {
		if resource[name] == nil {
			t.errorf("there is no %s", name)
		}
	}
}

var projectionChecks = []Check{
	{
		Name: "attributes replaces the default set", Shows: []string{"7644-3.4.2.5-1", "7644-3.4.2.5-2", "7644-3.9-1", "7644-3.9-2", "7643-7-17", "7643-7-19"},
		Run: func(t *Trial) {
			user := t.user(someone())
			t.holds(t.get(at(user)+"?attributes=userName").is(http.StatusOK).object(), "id", "userName")
			t.holds(t.get(at(user)+"?attributes=title,nickName").is(http.StatusOK).object(), "id", "title", "nickName")
			t.holds(t.get(at(user)+"?attributes=roles").is(http.StatusOK).object(), "id")
		},
	},
	{
		Name: "excludedAttributes takes away from the default set, but not what is returned always", Shows: []string{"7644-3.4.2.5-1", "7644-3.4.2.5-2", "7644-3.4.2.5-4", "7644-3.9-3", "7643-7-17"},
		Run: func(t *Trial) {
			user := t.user(someone())
			got := t.get(at(user) + "?excludedAttributes=id,title,emails,meta").is(http.StatusOK).object()
			t.equal("id", got["id"], user["id"])
			for _, name := range []string{"title", "emails", "meta"} {
				t.unassigned(got, name)
			}
			t.equal("nickName", got["nickName"], "Babs")
		},
	},
	{
		Name: "sub-attributes are named after a dot", Shows: []string{"7644-3.4.2.5-3", "7644-3.4.2.5-5", "7644-3.10-1", "7644-3.9-2"},
		Run: func(t *Trial) {
			user := t.user(someone())
			got := t.get(at(user) + "?attributes=name.givenName,emails.type").is(http.StatusOK).object()
			t.holds(got, "id", "name", "emails")
			t.equal("name", got["name"], object{"givenName": "Barbara"})
			t.has(got, "emails", "type", "home", "work")
			t.has(got, "emails", "value", "", "")
			got = t.get(at(user) + "?excludedAttributes=name.givenName").is(http.StatusOK).object()
			t.equal("name", got["name"], object{"formatted": "Ms. Barbara J Jensen, III", "familyName": "Jensen"})
		},
	},
	{
		Name: "names have no case and may have their URN", Shows: []string{"7644-3.4.2.5-3", "7644-3.4.2.5-5", "7644-3.10-1", "7644-3.10-2"},
		Run: func(t *Trial) {
			user := t.user(someone())
			t.holds(t.get(at(user)+"?attributes=USERNAME,"+userSchema+":nickName,"+strings.ToUpper(userSchema)+":Name.GivenName").is(http.StatusOK).object(),
				"id", "userName", "nickName", "name")
			t.unassigned(t.get(at(user)+"?excludedAttributes="+userSchema+":TITLE").is(http.StatusOK).object(), "title")
		},
	},
	{
		Name: "an extension is asked for by its URN, whole or in part", Shows: []string{"7644-3.10-1", "7644-3.4.2.5-3"}, Needs: []Feature{Enterprise},
		Run: func(t *Trial) {
			user := t.user(object{"title": "x", enterpriseSchema: object{"department": "Sales", "division": "West"}})
			got := t.get(at(user) + "?attributes=" + enterpriseSchema + ":department").is(http.StatusOK).object()
			t.equal(enterpriseSchema, got[enterpriseSchema], object{"department": "Sales"})
			t.unassigned(got, "title")
			got = t.get(at(user) + "?attributes=" + enterpriseSchema).is(http.StatusOK).object()
			t.equal(enterpriseSchema, got[enterpriseSchema], object{"department": "Sales", "division": "West"})
			if got = t.get(at(user) + "?excludedAttributes=" + enterpriseSchema).is(http.StatusOK).object(); got[enterpriseSchema] != nil {
				t.errorf("the excluded extension is %v", got[enterpriseSchema])
			}
		},
	},
	{
		Name: "excludedAttributes with the URN of an extension keeps what is returned always", Shows: []string{"7644-3.4.2.5-4", "7644-3.9-3", "7643-7-17"},
		Run: func(t *Trial) {
			path, body := t.writable("returned always, of an extension", func(a object) bool {
				return a["returned"] == "always" && a["type"] == "string" && a["name"] != "id"
			})
			urn, _, extension := cutLast(path, ":")
			t.unless(extension, "%s is in no extension", path)
			user := t.user(body("value"))
			for _, query := range []string{"excludedAttributes=" + urn, "excludedAttributes=" + path, "attributes=userName"} {
				t.equal(path+" with "+query, of(t.get(at(user)+"?"+query).is(http.StatusOK).object(), path), "value")
			}
		},
	},
	{
		Name: "attributes and excludedAttributes work wherever a resource is returned", Shows: []string{"7644-3.9-4", "7644-3.4.2.5-2", "7644-3.9-1"}, Needs: []Feature{Filter},
		Run: func(t *Trial) {
			user := t.do(http.MethodPost, "/Users?attributes=nickName", t.newUser(someone())).is(http.StatusCreated).object()
			t.holds(user, "id", "nickName")
			found := t.get("/Users" + where(`id eq "`+id(user)+`"`) + "&attributes=nickName").is(http.StatusOK).list().Resources
			t.equal("the resources found", len(found), 1)
			t.holds(found[0], "id", "nickName")
			t.holds(t.put("/Users/"+id(user)+"?attributes=nickName", t.newUser(someone())).is(http.StatusOK).object(), "id", "nickName")
			excluded := t.put("/Users/"+id(user)+"?excludedAttributes=nickName", t.newUser(someone())).is(http.StatusOK).object()
			t.unassigned(excluded, "nickName")
			t.equal("title", excluded["title"], "Tour Guide")
		},
	},
	{
		Name: "a group without its members is read on request", Shows: []string{"7644-3.9-3", "7644-3.4.2.5-1"}, Needs: []Feature{Groups},
		Run: func(t *Trial) {
			group := t.group(id(t.user(nil)))
			t.unassigned(t.get(group+"?excludedAttributes=members").is(http.StatusOK).object(), "members")
			t.holds(t.get(group+"?attributes=members").is(http.StatusOK).object(), "id", "members")
		},
	},
	{
		Name: "PATCH with attributes answers 200 with them", Shows: []string{"7644-3.5.2-16", "7644-3.9-4"}, Needs: []Feature{Patch},
		Run: func(t *Trial) {
			user := t.user(someone())
			t.holds(t.patch(at(user)+"?attributes=title", replace("title", "x")).is(http.StatusOK).object(), "id", "title")
			if t.missing[Groups] == "" {
				t.holds(t.patch(t.group()+"?attributes=displayName", replace("displayName", t.name("renamed"))).is(http.StatusOK).object(), "id", "displayName")
			}
		},
	},
}

// ordered checks the order of the trial's users.
func (t *Trial) ordered(query string, want ...object) {
	got := t.get("/Users" + where(t.mine("userName pr")) + "&" + query).is(http.StatusOK).list().ids()
	ids := make([]string, 0, len(want))
	for _, user := range want {
		ids = append(ids, id(user))
	}
	t.equal("the order by "+query, got, ids)
}

var sortChecks = []Check{
	{
		Name: "sortBy orders the list, ascending unless sortOrder says otherwise", Shows: []string{"7644-3.4.2.3-1", "7644-3.4.2.3-2"}, Needs: []Feature{Sort, Filter},
		Run: func(t *Trial) {
			c, a, b := t.user(object{"title": "c"}), t.user(object{"title": "a"}), t.user(object{"title": "b"})
			t.ordered("sortBy=title", a, b, c)
			t.ordered("sortBy=title&sortOrder=ascending", a, b, c)
			t.ordered("sortBy=TITLE&sortOrder=descending", c, b, a)
			t.ordered("sortBy=title&count=2&startIndex=2", b, c)
		},
	},
	{
		Name: "the order has case only where the attribute has", Shows: []string{"7644-3.4.2.3-3"}, Needs: []Feature{Sort, Filter},
		Run: func(t *Trial) {
			b, a, c := t.user(object{"title": "B", "externalId": "B"}), t.user(object{"title": "a", "externalId": "a"}), t.user(object{"title": "C", "externalId": "C"})
			t.ordered("sortBy=title", a, b, c)
			t.ordered("sortBy=externalId", b, c, a)
		},
	},
	{
		Name: "the order is by sub-attribute, and by the primary element, else the first", Shows: []string{"7644-3.4.2.3-4", "7644-3.4.2.3-1"}, Needs: []Feature{Sort, Filter},
		Run: func(t *Trial) {
			email := func(value string, primary bool) object {
				return object{"value": value + "@example.com", "primary": primary}
			}
			b := t.user(object{"name": object{"givenName": "B"}, "emails": list{email("a", false), email("z", true)}})
			a := t.user(object{"name": object{"givenName": "A"}, "emails": list{email("m", false), email("b", false)}})
			t.ordered("sortBy=name.givenName", a, b)
			t.ordered("sortBy=emails.value", a, b)
			t.ordered("sortBy=emails.value&sortOrder=descending", b, a)
		},
	},
	{
		Name: "resources without the attribute come last, or first when descending", Shows: []string{"7644-3.4.2.3-5"}, Needs: []Feature{Sort, Filter},
		Run: func(t *Trial) {
			none, a, b := t.user(nil), t.user(object{"nickName": "a"}), t.user(object{"nickName": "b"})
			t.ordered("sortBy=nickName", a, b, none)
			t.ordered("sortBy=nickName&sortOrder=descending", none, b, a)
		},
	},
	{
		Name: "times are ordered by time", Shows: []string{"7644-3.4.2.3-3"}, Needs: []Feature{Sort, Filter},
		Run: func(t *Trial) {
			t.user(nil)
			t.user(nil)
			created := func(query string) (times []string) {
				for _, r := range t.get("/Users" + where(t.mine("userName pr")) + "&" + query).is(http.StatusOK).list().Resources {
					times = append(times, text(r["meta"].(object)["created"]))
				}
				return times
			}
			if up := created("sortBy=meta.created"); !slices.IsSorted(up) {
				t.errorf("the times are %v", up)
			}
			down := created("sortBy=meta.created&sortOrder=descending")
			if slices.Reverse(down); !slices.IsSorted(down) {
				t.errorf("the times backwards are %v", down)
			}
		},
	},
}
