package conformance

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/askspoke/spoke/scim"
)

var schemasChecks = []Check{
	{
		Name: "schemas has the base schema once, and the extensions with data", Shows: []string{"7643-3-2", "7643-3-3", "7643-3-4", "7643-3.3-1", "7643-3.3-2", "7643-2.1-1", "7643-3-1", "7643-6-10"},
		Run: func(t *Trial) {
			allowed := []any{userSchema}
			for _, extension := range elements(t.resourceType("User"), "schemaExtensions") {
				allowed = append(allowed, extension["schema"])
				if extension["required"] == true {
					t.unless(false, "users must have the extension %v, whose values are not known", extension["schema"])
				}
			}
			user := t.user(nil)
			for _, got := range []object{user, t.read(user)} {
				schemas, _ := got["schemas"].(list)
				if !slices.Contains(schemas, any(userSchema)) {
					t.errorf("schemas is %v, without %s", schemas, userSchema)
				}
				for i, urn := range schemas {
					if slices.Contains(schemas[:i], urn) || len(t.types) > 0 && !slices.Contains(allowed, urn) {
						t.errorf("schemas is %v", schemas)
					}
				}
			}
		},
	},
	{
		Name: "a repeated schema is returned once", Shows: []string{"7643-3-4"},
		Run: func(t *Trial) {
			a := t.do(http.MethodPost, "/Users", t.newUser(object{"schemas": list{userSchema, userSchema}}))
			if a.status >= 400 {
				a.refused(http.StatusBadRequest)
				return
			}
			t.equal("schemas", a.is(http.StatusCreated).object()["schemas"], list{userSchema})
		},
	},
	{
		Name: "a repeated schema is refused", Shows: []string{"7643-3-4"}, Tolerates: []scim.Tolerance{scim.MissingSchemas},
		Run: func(t *Trial) {
			t.do(http.MethodPost, "/Users", t.newUser(object{"schemas": list{userSchema, userSchema}})).refused(http.StatusBadRequest)
		},
	},
	{
		Name: "a PATCH cannot give a resource an unknown schema, nor take its base schema", Shows: []string{"7643-3-3", "7643-3.3-2"}, Needs: []Feature{Patch}, Tolerates: []scim.Tolerance{scim.MissingSchemas},
		Run: func(t *Trial) {
			user := t.user(nil)
			for _, op := range []object{replace("schemas", list{"urn:example:nothing"}), add("schemas", list{"urn:example:nothing"}), replace("schemas", list{})} {
				t.patch(at(user), op).refused(http.StatusBadRequest)
			}
			t.equal("what is read", t.read(user), user)
		},
	},
	{
		Name: "the order of schemas makes no difference", Shows: []string{"7643-3-5"}, Needs: []Feature{Enterprise},
		Run: func(t *Trial) {
			for _, order := range []list{{userSchema, enterpriseSchema}, {enterpriseSchema, userSchema}} {
				user := t.user(object{"schemas": order, enterpriseSchema: object{"department": "Sales"}})
				t.equal("department", user[enterpriseSchema], object{"department": "Sales"})
			}
		},
	},
	{
		Name: "an unknown schema is refused", Shows: []string{"7643-3-3"}, Tolerates: []scim.Tolerance{scim.MissingSchemas},
		Run: func(t *Trial) {
			t.do(http.MethodPost, "/Users", t.newUser(object{"schemas": list{userSchema, "urn:example:nothing"}})).refused(http.StatusBadRequest)
		},
	},
	{
		Name: "the attributes of an extension are in an object named by its URI", Shows: []string{"7643-3.3-5"}, Needs: []Feature{Enterprise},
		Run: func(t *Trial) {
			user := t.read(t.user(object{enterpriseSchema: object{"employeeNumber": "701984", "costCenter": "4130"}}))
			t.equal(enterpriseSchema, user[enterpriseSchema], object{"employeeNumber": "701984", "costCenter": "4130"})
			t.unassigned(user, "employeeNumber")
		},
	},
	{
		Name: "an attribute of an extension outside of its object is refused", Shows: []string{"7643-3.3-5"}, Needs: []Feature{Enterprise},
		Tolerates: []scim.Tolerance{scim.UnqualifiedExtension, scim.UnknownAttribute},
		Run: func(t *Trial) {
			t.do(http.MethodPost, "/Users", t.newUser(object{"employeeNumber": "701984"})).refused(http.StatusBadRequest)
		},
	},
	{
		Name: "a path for the name of an attribute is refused", Shows: []string{"7643-3.3-5", "7643-2.1-2"}, Needs: []Feature{Enterprise},
		Tolerates: []scim.Tolerance{scim.PathKeys, scim.UnknownAttribute},
		Run: func(t *Trial) {
			user := object{"schemas": list{userSchema}, "userName": t.name("user"), enterpriseSchema + ":employeeNumber": "701984", "name.givenName": "B"}
			t.do(http.MethodPost, "/Users", user).refused(http.StatusBadRequest)
		},
	},
	{
		Name: "names of attributes have no case in a body", Shows: []string{"7643-2.1-3"},
		Run: func(t *Trial) {
			user := t.user(object{"TITLE": "Guide", "Name": object{"GIVENNAME": "Barbara"}})
			t.equal("title", user["title"], "Guide")
			t.equal("name", user["name"], object{"givenName": "Barbara"})
		},
	},
	{
		Name: "the members of an object may come in any order", Shows: []string{"7643-2.3.8-1"},
		Run: func(t *Trial) {
			body := `{"name":{"givenName":"B","familyName":"J"},"userName":"` + t.name("user") + `","schemas":["` + userSchema + `"]}`
			user := t.do(http.MethodPost, "/Users", body).is(http.StatusCreated).object()
			t.equal("name", user["name"], object{"givenName": "B", "familyName": "J"})
		},
	},
}

// writable finds an attribute of users, or of an extension of theirs, that a client sets and that fits. It returns how
// a body says that it has the value.
func (t *Trial) writable(what string, fits func(a object) bool) (path string, body func(value any) object) {
	return t.writableOf(what, false, fits)
}

// writableOf is writable for attributes that are multi-valued, or those that are not.
func (t *Trial) writableOf(what string, multiValued bool, fits func(a object) bool) (path string, body func(value any) object) {
	urns := []string{userSchema}
	for _, extension := range elements(t.resourceType("User"), "schemaExtensions") {
		urns = append(urns, text(extension["schema"]))
	}
	for _, urn := range urns {
		a, path, ok := t.attribute(urn, func(path string, a object) bool {
			return !strings.Contains(path, ".") && a["mutability"] != "readOnly" && a["multiValued"] == multiValued && fits(a)
		})
		if !ok {
			continue
		}
		name := text(a["name"])
		if urn == userSchema {
			return path, func(value any) object { return object{name: value} }
		}
		return urn + ":" + path, func(value any) object { return object{urn: object{name: value}} }
	}
	t.unless(false, "users have no attribute that is %s", what)
	return "", nil
}

// of is the value at a path that writable returned.
func of(user object, path string) any {
	urn, name, ok := cutLast(path, ":")
	if !ok {
		return user[path]
	}
	extension, _ := user[urn].(object)
	return extension[name]
}

// cutLast divides a text at the last place where the separator is.
func cutLast(text, separator string) (before, after string, ok bool) {
	i := strings.LastIndex(text, separator)
	if i < 0 {
		return "", text, false
	}
	return text[:i], text[i+len(separator):], true
}

func hasType(kind string) func(a object) bool {
	return func(a object) bool {
		return a["type"] == kind && a["mutability"] == "readWrite" && a["returned"] == "default"
	}
}

var valueChecks = []Check{
	{
		Name: "an integer has neither fraction nor exponent", Shows: []string{"7643-2.3.4-1", "7644-3.12-8"},
		Run: func(t *Trial) {
			path, body := t.writable("an integer", hasType("integer"))
			t.equal(path, of(t.user(body(7)), path), 7.0)
			t.do(http.MethodPost, "/Users", t.newUser(body(7.5))).refused(http.StatusBadRequest, scim.InvalidValue, scim.InvalidSyntax)
		},
	},
	{
		Name: "a dateTime has a date and a time", Shows: []string{"7643-2.3.5-1", "7643-2.3.5-2", "7643-2.3.5-3"},
		Run: func(t *Trial) {
			path, body := t.writable("a dateTime", hasType("dateTime"))
			for _, good := range []string{"2008-01-23T04:56:22Z", "2008-01-23T04:56:22.5-08:00", "2008-01-23T04:56:22", "2008-01-23T04:56:22+14:00", "2008-01-23T24:00:00Z"} {
				if got := text(of(t.user(body(good)), path)); !dateTime.MatchString(got) {
					t.errorf("%s is returned as %q", good, got)
				}
			}
			for _, bad := range []any{"2008-01-23", "04:56:22", "yesterday", "2008-13-45T04:56:22Z", "2008-01-23T04:56:22+15:00", "2008-01-23T24:00:01Z", "2008-01-23T4:56:22Z", 1201064182} {
				t.do(http.MethodPost, "/Users", t.newUser(body(bad))).refused(http.StatusBadRequest, scim.InvalidValue, scim.InvalidSyntax)
			}
		},
	},
	{
		Name: "a certificate in base64 is kept as it is", Shows: []string{"7643-4.1.2-13", "7643-7-9"},
		Run: func(t *Trial) {
			user := t.user(object{"x509Certificates": list{object{"value": "MIIDQzCCAqygAwIBAgICEAAwDQYJKoZIhvcNAQEFBQAw"}}})
			t.has(user, "x509Certificates", "value", "MIIDQzCCAqygAwIBAgICEAAwDQYJKoZIhvcNAQEFBQAw")
		},
	},
	{
		Name: "a binary value that is not base64 is refused", Shows: []string{"7643-2.3.6-1", "7643-4.1.2-13"}, Tolerates: []scim.Tolerance{scim.UnencodedBinary},
		Run: func(t *Trial) {
			for _, bad := range []string{"this is no base64!", "MIIDQzCC\nAqygAwIB", "MIIDQ"} {
				body := t.newUser(object{"x509Certificates": list{object{"value": bad}}})
				t.do(http.MethodPost, "/Users", body).refused(http.StatusBadRequest, scim.InvalidValue)
			}
		},
	},
	{
		Name: "the reference of a member leads to it, and the reference of a group back", Shows: []string{"7643-2.3.7-1", "7643-2.3.7-2", "7643-2.3.7-3", "7643-2.3.7-4"}, Needs: []Feature{Groups},
		Run: func(t *Trial) {
			user := t.user(nil)
			group := t.get(t.group(id(user))).is(http.StatusOK).object()
			t.equal("the id at members.$ref", t.follow(each(group, "members", "$ref")[0]).is(http.StatusOK).object()["id"], user["id"])
			groups := each(t.read(user), "groups", "$ref")
			if len(groups) != 1 {
				t.fatalf("groups.$ref of the user are %q", groups)
			}
			t.equal("the id at groups.$ref", t.follow(groups[0]).is(http.StatusOK).object()["id"], group["id"])
		},
	},
	{
		Name: "the reference of a manager leads to it", Shows: []string{"7643-2.3.7-1", "7643-2.3.7-2", "7643-4.3-2"}, Needs: []Feature{Enterprise},
		Run: func(t *Trial) {
			boss := t.user(nil)
			user := t.read(t.user(object{enterpriseSchema: object{"manager": object{"value": id(boss)}}}))
			manager, _ := user[enterpriseSchema].(object)["manager"].(object)
			t.equal("the id at manager.$ref", t.follow(text(manager["$ref"])).is(http.StatusOK).object()["id"], boss["id"])
		},
	},
	{
		Name: "references that differ in the version of the protocol alone are the same", Shows: []string{"7643-2.4-5"}, Needs: []Feature{Groups, Filter, Version},
		Run: func(t *Trial) {
			user := t.user(nil)
			group := t.get(t.group(id(user))).is(http.StatusOK).object()
			finds := func(reference string) bool {
				found := t.get("/Groups" + where(`displayName eq "`+text(group["displayName"])+`" and members.$ref eq "`+reference+`"`)).is(http.StatusOK).list().ids()
				return slices.Equal(found, []string{id(group)})
			}
			reference := each(group, "members", "$ref")[0]
			t.unless(finds(reference), "a filter on members.$ref does not find %s", reference)
			versionless := strings.TrimRight(versioned.FindString(t.base.Path), "0123456789")
			at := strings.LastIndex(reference, versioned.FindString(t.base.Path)+"/")
			t.unless(at >= 0, "members.$ref is %s, without a version", reference)
			rest := strings.TrimPrefix(reference[at:], versioned.FindString(t.base.Path))
			for _, other := range []string{reference[:at] + rest, reference[:at] + versionless + "99" + rest} {
				if !finds(other) {
					t.errorf("%s is not the same as %s", other, reference)
				}
			}
		},
	},
	{
		Name: "null, an empty array and absence are the same", Shows: []string{"7643-2.5-1", "7643-2.5-2"},
		Run: func(t *Trial) {
			for _, fields := range []object{nil, {"title": nil, "emails": nil, "name": nil}, {"emails": list{}, "roles": list{}}} {
				user := t.user(fields)
				for _, name := range []string{"title", "emails", "name", "roles"} {
					t.unassigned(user, name)
				}
			}
			user := t.user(someone())
			body := t.newUser(object{"userName": user["userName"], "title": nil, "emails": list{}})
			after := t.put(at(user), body).is(http.StatusOK).object()
			t.unassigned(after, "title")
			t.unassigned(after, "emails")
		},
	},
	{
		Name: "a filter cannot tell null from absence", Shows: []string{"7643-2.5-1"}, Needs: []Feature{Filter},
		Run: func(t *Trial) {
			with, without := t.user(object{"title": "Guide"}), t.user(object{"title": nil})
			t.finds("title pr", with)
			t.finds("not (title pr)", without)
		},
	},
}

var multiValuedChecks = []Check{
	{
		Name: "two primary elements are refused", Shows: []string{"7643-2.4-3"}, Tolerates: []scim.Tolerance{scim.ManyPrimaries},
		Run: func(t *Trial) {
			t.do(http.MethodPost, "/Users", t.newUser(twoPrimaries())).refused(http.StatusBadRequest, scim.InvalidValue)
		},
	},
	{
		Name: "at most one element is returned as primary", Shows: []string{"7643-2.4-3"},
		Run: func(t *Trial) {
			a := t.do(http.MethodPost, "/Users", t.newUser(twoPrimaries()))
			if a.status >= 400 {
				a.refused(http.StatusBadRequest)
				return
			}
			primaries := 0
			for _, e := range elements(a.is(http.StatusCreated).object(), "emails") {
				if e["primary"] == true {
					primaries++
				}
			}
			t.equal("the number of primary elements", primaries, 1)
		},
	},
	{
		Name: "an element that does not say so is not primary", Shows: []string{"7643-2.4-4"},
		Run: func(t *Trial) {
			user := t.user(object{"emails": list{object{"value": "a@example.com", "type": "work"}, object{"value": "b@example.com", "primary": true}}})
			for _, e := range elements(user, "emails") {
				if e["value"] == "a@example.com" && e["primary"] == true {
					t.errorf("%v is primary", e)
				}
			}
		},
	},
	{
		Name: "a filter finds what does not say that it is primary", Shows: []string{"7643-2.4-4"}, Needs: []Feature{Filter},
		Run: func(t *Trial) {
			one := object{"value": "a@example.com", "type": "work", "primary": true}
			only, both := t.user(object{"emails": list{one}}), t.user(object{"emails": list{one, object{"value": "b@example.com", "type": "home"}}})
			t.finds("emails.primary eq false", both)
			t.finds("emails[primary eq false]", both)
			t.finds(`emails[primary eq false and type eq "home"]`, both)
			t.finds(`emails[primary eq false and type eq "work"]`)
			t.finds("emails[primary eq true]", only, both)
			t.finds("not (emails[primary eq false])", only)
		},
	},
	{
		Name: "the path of a PATCH chooses what does not say that it is primary", Shows: []string{"7643-2.4-4"}, Needs: []Feature{Patch},
		Run: func(t *Trial) {
			user := t.user(object{"emails": list{object{"value": "a@example.com", "type": "work", "primary": true}, object{"value": "b@example.com", "type": "home"}}})
			t.has(t.patched(user, replace("emails[primary eq false].value", "c@example.com")), "emails", "value", "a@example.com", "c@example.com")
			t.has(t.patched(user, remove("emails[primary eq false]")), "emails", "value", "a@example.com")
		},
	},
	{
		Name: "equal elements are returned once", Shows: []string{"7643-2.4-7"},
		Run: func(t *Trial) {
			email := object{"value": "a@example.com", "type": "work"}
			t.has(t.user(object{"emails": list{email, email}}), "emails", "value", "a@example.com")
		},
	},
	{
		Name: "one type and value is returned once, whatever else its elements say", Shows: []string{"7643-2.4-7", "7643-2.4-3"}, Needs: []Feature{Patch},
		Run: func(t *Trial) {
			email := func(value string, more object) object {
				maps.Copy(more, object{"value": value, "type": "work"})
				return more
			}
			for name, twice := range map[string]list{
				"primary": {email("a@example.com", object{}), email("a@example.com", object{"primary": true})},
				"display": {email("a@example.com", object{"display": "A"}), email("a@example.com", object{"display": "B"})},
				"case":    {email("a@example.com", object{}), email("A@example.com", object{})},
			} {
				user := t.user(object{"emails": twice})
				t.equal("the number of elements that differ in "+name, len(elements(user, "emails")), 1)
				t.equal("what is primary, of elements that differ in "+name, elements(user, "emails")[0]["primary"] == true, name == "primary")
				user = t.patched(t.user(nil), replace("emails", twice))
				t.equal("the number of elements after a replace that differ in "+name, len(elements(user, "emails")), 1)
			}
		},
	},
	{
		Name: "a value of an attribute without sub-attributes is returned once", Shows: []string{"7643-2.4-7"}, Needs: []Feature{Patch},
		Run: func(t *Trial) {
			path, body := t.writableOf("multi-valued text", true, func(a object) bool { return a["caseExact"] == false && hasType("string")(a) })
			for _, user := range []object{t.user(body(list{"a", "a", "A"})), t.patched(t.user(nil), replace(path, list{"a", "a", "A"}))} {
				t.equal(path, of(user, path), list{"a"})
			}
		},
	},
	{
		Name: "one value with two types is two elements", Shows: []string{"7643-2.4-7", "7643-2.4-1"},
		Run: func(t *Trial) {
			user := t.user(object{"emails": list{object{"value": "a@example.com", "type": "work"}, object{"value": "a@example.com", "type": "home"}}})
			t.has(user, "emails", "type", "home", "work")
		},
	},
}

func twoPrimaries() object {
	return object{"emails": list{
		object{"value": "a@example.com", "type": "work", "primary": true}, object{"value": "b@example.com", "type": "home", "primary": true},
	}}
}
