package conformance

import (
	"bytes"
	"net/http"
	"strings"

	"github.com/askspoke/spoke/scim"
)

var userChecks = []Check{
	{
		Name: "a user without a userName, or with an empty one, is refused", Shows: []string{"7643-4.1.1-1", "7643-4.1.1-3", "7644-3.12-8"},
		Run: func(t *Trial) {
			t.do(http.MethodPost, "/Users", object{"schemas": list{userSchema}, "displayName": t.name("x")}).refused(http.StatusBadRequest, scim.InvalidValue, scim.InvalidSyntax)
			for _, none := range []any{"", nil} {
				t.do(http.MethodPost, "/Users", t.newUser(object{"userName": none})).refused(http.StatusBadRequest, scim.InvalidValue, scim.InvalidSyntax)
			}
		},
	},
	{
		Name: "a userName is taken in any case", Shows: []string{"7643-4.1.1-4", "7643-4.1.1-2"},
		Run: func(t *Trial) {
			user := t.user(nil)
			t.do(http.MethodPost, "/Users", t.newUser(object{"userName": strings.ToUpper(text(user["userName"]))})).refused(http.StatusConflict, scim.Uniqueness)
		},
	},
	{
		Name: "a userName is compared as PRECIS prepares it", Shows: []string{"7644-5-1", "7644-7.8-1"},
		Run: func(t *Trial) {
			name := t.name("é-bjensen")
			t.user(object{"userName": name})
			for what, same := range map[string]string{
				"decomposed": strings.Replace(name, "é", "e\u0301", 1), "wide": strings.Replace(name, "bj", "ｂｊ", 1), "upper case": strings.ToUpper(name),
			} {
				if a := t.do(http.MethodPost, "/Users", t.newUser(object{"userName": same})); a.status != http.StatusConflict {
					t.errorf("the %s form of a userName is answered with %d, want 409", what, a.status)
				}
			}
			t.user(object{"userName": strings.Replace(name, "é", "e", 1)})
		},
	},
	{
		Name: "a filter compares a userName as PRECIS prepares it", Shows: []string{"7644-5-1", "7644-7.8-1"}, Needs: []Feature{Filter},
		Run: func(t *Trial) {
			name := t.name("é-bjensen")
			user := t.user(object{"userName": name})
			for _, same := range []string{strings.Replace(name, "é", "e\u0301", 1), strings.Replace(name, "bj", "ｂｊ", 1), strings.ToUpper(name)} {
				t.finds(`userName eq "`+same+`"`, user)
			}
		},
	},
	{
		Name: "a password is in no answer", Shows: []string{"7643-4.1.1-8", "7643-4.1.1-13", "7643-7-12", "7643-7-18"}, Needs: []Feature{Patch},
		Run: func(t *Trial) {
			secret := "t1meMa$heen-" + t.name("secret")
			created := t.do(http.MethodPost, "/Users?attributes=password,userName", t.newUser(object{"password": secret})).is(http.StatusCreated)
			user := t.get("/Users" + where(`userName eq "`+text(created.object()["userName"])+`"`)).is(http.StatusOK).list().Resources[0]
			body := t.newUser(object{"userName": user["userName"], "password": secret})
			for _, a := range []answer{
				created, t.get(at(user)), t.get(at(user) + "?attributes=password"), t.put(at(user), body), t.patch(at(user), replace("password", secret)),
				t.patch(at(user)+"?attributes=password", replace("password", secret)), t.get("/Users" + where(t.mine("id pr")) + "&attributes=password"),
			} {
				if bytes.Contains(a.is(http.StatusOK, http.StatusCreated, http.StatusNoContent).body, []byte("assword")) || bytes.Contains(a.body, []byte(secret)) {
					t.errorf("%s returns the password: %s", a.request, a)
				}
			}
		},
	},
	{
		Name: "a filter tells nothing of a password", Shows: []string{"7643-4.1.1-8", "7643-4.1.1-13"}, Needs: []Feature{Filter},
		Run: func(t *Trial) {
			t.user(object{"password": "t1meMa$heen"})
			if a := t.get("/Users" + where(t.mine(`password sw "t1me"`))); a.status != http.StatusOK {
				a.refused4xx()
			} else if a.list().Total > 0 {
				t.errorf("a filter finds a user by the beginning of its password")
			}
		},
	},
	{
		Name: "the manager of a user is kept, and its displayName is not the client's", Shows: []string{"7643-4.3-1", "7643-4.3-3"}, Needs: []Feature{Enterprise},
		Run: func(t *Trial) {
			boss := t.user(object{"displayName": "The Boss"})
			user := t.read(t.user(object{enterpriseSchema: object{"manager": object{"value": id(boss), "displayName": "Somebody Else"}}}))
			manager, _ := user[enterpriseSchema].(object)["manager"].(object)
			t.equal("manager.value", manager["value"], boss["id"])
			if name := manager["displayName"]; name != nil && name != "The Boss" { // it is OPTIONAL, and the manager's if it is there
				t.errorf("manager.displayName is %v", name)
			}
		},
	},
	{
		Name: "PATCH of manager.displayName is refused with mutability", Shows: []string{"7643-4.3-3", "7643-7-10"}, Needs: []Feature{Enterprise, Patch},
		Run: func(t *Trial) {
			boss := t.user(object{"displayName": "The Boss"})
			user := t.user(object{enterpriseSchema: object{"manager": object{"value": id(boss)}}})
			t.patch(at(user), replace(enterpriseSchema+":manager.displayName", "Somebody Else")).refused(http.StatusBadRequest, scim.Mutability)
		},
	},
	{
		Name: "every attribute of the core is kept", Shows: []string{"7644-3.1-3"},
		Run: func(t *Trial) {
			sent := object{
				"ims": list{object{"value": "someaimhandle", "type": "aim"}}, "photos": list{object{"value": "https://photos.example.com/F.jpg", "type": "photo"}},
				"entitlements": list{object{"value": "door-1"}}, "roles": list{object{"value": "Student"}},
			}
			got := t.read(t.user(sent))
			for name := range sent {
				t.has(got, name, "value", each(sent, name, "value")...)
			}
		},
	},
}

var characteristicChecks = []Check{
	{
		Name: "an immutable attribute takes its first value and no other", Shows: []string{"7643-7-11", "7644-3.5.1-3", "7644-3.5.1-4", "7644-3.5.1-5"},
		Run: func(t *Trial) {
			path, body := t.writable("immutable text", func(a object) bool { return a["mutability"] == "immutable" && a["type"] == "string" })
			user := t.user(nil)
			set := t.put(at(user), t.newUser(merge(object{"userName": user["userName"]}, body("first")))).is(http.StatusOK).object()
			t.equal(path, of(set, path), "first")
			t.put(at(user), t.newUser(merge(object{"userName": user["userName"]}, body("first")))).is(http.StatusOK)
			t.put(at(user), t.newUser(merge(object{"userName": user["userName"]}, body("second")))).refused(http.StatusBadRequest, scim.Mutability)
			t.equal(path, of(t.read(user), path), "first")
			urn, _, _ := cutLast(path, ":")
			t.put(at(user), t.newUser(object{"userName": user["userName"], "schemas": list{userSchema, urn}})).is(http.StatusOK)
			t.equal(path+" after a PUT that says nothing of it", of(t.read(user), path), "first")
		},
	},
	{
		Name: "PATCH gives an immutable attribute its first value and no other", Shows: []string{"7643-7-11", "7644-3.5.2-5", "7644-3.5.2-6"}, Needs: []Feature{Patch},
		Run: func(t *Trial) {
			path, body := t.writable("immutable text", func(a object) bool { return a["mutability"] == "immutable" && a["type"] == "string" })
			user := t.user(nil)
			t.equal(path, of(t.patched(user, add(path, "first")), path), "first")
			t.patch(at(user), replace(path, "second")).refused(http.StatusBadRequest, scim.Mutability)
			t.patch(at(t.user(body("first"))), remove(path)).refused(http.StatusBadRequest, scim.Mutability)
		},
	},
	{
		Name: "an attribute that is returned on request comes when it was asked for or written", Shows: []string{"7643-7-20"}, Needs: []Feature{Patch, Filter},
		Run: func(t *Trial) {
			path, body := t.writable("returned on request", func(a object) bool { return a["returned"] == "request" && a["type"] == "string" })
			user := t.user(body("value"))
			t.equal(path+" after the POST", of(user, path), "value")
			sent := t.newUser(merge(object{"userName": user["userName"]}, body("second")))
			t.equal(path+" after the PUT", of(t.put(at(user), sent).is(http.StatusOK).object(), path), "second")
			if a := t.patch(at(user), replace(path, "third")).is(http.StatusOK, http.StatusNoContent); a.status == http.StatusOK {
				t.equal(path+" after the PATCH", of(a.object(), path), "third")
			}
			if a := t.patch(at(user), replace("title", "Guide")).is(http.StatusOK, http.StatusNoContent); a.status == http.StatusOK {
				t.equal(path+" after a PATCH of something else", of(a.object(), path), nil)
			}
			t.equal(path+" unasked", of(t.read(user), path), nil)
			t.equal(path+" asked for", of(t.get(at(user)+"?attributes="+path).is(http.StatusOK).object(), path), "third")
			for query, want := range map[string]any{"": nil, "&attributes=" + path: "third"} {
				found := t.get("/Users" + where(t.mine("id pr")) + query).is(http.StatusOK).list().Resources
				t.equal("the resources found", len(found), 1)
				t.equal(path+" in a list"+query, of(found[0], path), want)
			}
		},
	},
	{
		Name: "a value that must be unique is taken by one resource", Shows: []string{"7643-7-13", "7643-7-14"},
		Run: func(t *Trial) {
			t.attributes(func(path string, a object) {
				if a["uniqueness"] != "server" || strings.HasSuffix(path, ":id") {
					return
				}
				switch path {
				case strings.ToLower(userSchema) + ":userName":
					user := t.user(nil)
					t.do(http.MethodPost, "/Users", t.newUser(object{"userName": user["userName"]})).refused(http.StatusConflict, scim.Uniqueness)
				case strings.ToLower(groupSchema) + ":displayName":
					group := t.newGroup()
					t.do(http.MethodPost, "/Groups", group).is(http.StatusCreated)
					t.do(http.MethodPost, "/Groups", group).refused(http.StatusConflict, scim.Uniqueness)
				}
			})
		},
	},
}

// merge returns an object with the members of all.
func merge(all ...object) object {
	merged := object{}
	for _, o := range all {
		for name, value := range o {
			merged[name] = value
		}
	}
	return merged
}
