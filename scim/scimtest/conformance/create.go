package conformance

import (
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/askspoke/spoke/scim"
)

// someone is a user with a value of each kind.
func someone() object {
	return object{
		"externalId": "e-1", "displayName": "Barbara Jensen", "nickName": "Babs", "title": "Tour Guide", "userType": "Employee",
		"preferredLanguage": "en-US", "locale": "en-US", "timezone": "America/Los_Angeles", "profileUrl": "https://login.example.com/bjensen", "active": true,
		"name":         object{"formatted": "Ms. Barbara J Jensen, III", "familyName": "Jensen", "givenName": "Barbara"},
		"emails":       list{object{"value": "bjensen@work.example", "type": "work", "primary": true}, object{"value": "babs@home.example", "type": "home"}},
		"phoneNumbers": list{object{"value": "tel:+1-201-555-0123", "type": "work"}},
		"addresses":    list{object{"type": "work", "locality": "Hollywood", "country": "US"}},
	}
}

var createChecks = []Check{
	{
		Name: "POST answers 201 with the new resource", Shows: []string{"7644-3.3-3", "7644-3.3-4", "7644-3.3-1", "7644-3.1-3"},
		Run: func(t *Trial) {
			sent := t.newUser(someone())
			got := t.do(http.MethodPost, "/Users", sent).is(http.StatusCreated).object()
			for name, value := range sent {
				if name != "emails" {
					t.equal(name, got[name], value)
				}
			}
			t.has(got, "emails", "value", "bjensen@work.example", "babs@home.example")
			t.equal("what is read", t.read(got), got)
		},
	},
	{
		Name: "the URI of a new resource is in Location and meta.location", Shows: []string{"7644-3.3-5"},
		Run: func(t *Trial) {
			a := t.do(http.MethodPost, "/Users", t.newUser(nil)).is(http.StatusCreated)
			user := a.object()
			meta, _ := user["meta"].(object)
			location := text(meta["location"])
			t.equal("Location", a.header.Get("Location"), location)
			if !strings.Contains(location, "://") || !strings.HasSuffix(location, "/Users/"+id(user)) {
				t.errorf("meta.location is %q", location)
			}
			t.equal("the id at meta.location", t.follow(location).is(http.StatusOK).object()["id"], user["id"])
		},
	},
	{
		Name: "meta.resourceType follows from the endpoint", Shows: []string{"7644-3.3.1-1", "7643-6-2"}, Needs: []Feature{Groups},
		Run: func(t *Trial) {
			user := t.do(http.MethodPost, "/Users", t.newUser(object{"meta": object{"resourceType": "Group"}})).is(http.StatusCreated).object()
			group := t.do(http.MethodPost, "/Groups", t.newGroup()).is(http.StatusCreated).object()
			t.equal("meta.resourceType of a user", user["meta"].(object)["resourceType"], "User")
			t.equal("meta.resourceType of a group", group["meta"].(object)["resourceType"], "Group")
		},
	},
	{
		Name: "read-only attributes in a POST are ignored", Shows: []string{"7644-3.3-2", "7643-3.1-7", "7643-3.1-11", "7643-7-10"},
		Run: func(t *Trial) {
			user := t.user(object{
				"id": "mine", "groups": values("2819c223-7f76-453a-919d-413861904646"),
				"meta": object{"created": "2001-01-01T00:00:00Z", "version": "mine", "location": "https://example.com/mine"},
			})
			if id(user) == "mine" {
				t.errorf("the client has chosen the id")
			}
			t.unassigned(user, "groups")
			meta := user["meta"].(object)
			if meta["created"] == "2001-01-01T00:00:00Z" || meta["version"] == "mine" || meta["location"] == "https://example.com/mine" {
				t.errorf("the client has chosen meta: %v", meta)
			}
		},
	},
	{
		Name: "a second user with the userName is refused with 409 uniqueness", Shows: []string{"7644-3.3-6", "7643-4.1.1-2", "7643-7-13", "7643-7-14", "7644-3.12-9"},
		Run: func(t *Trial) {
			user := t.user(nil)
			t.do(http.MethodPost, "/Users", t.newUser(object{"userName": user["userName"]})).refused(http.StatusConflict, scim.Uniqueness)
			other := t.user(nil)
			t.put(at(other), t.newUser(object{"userName": user["userName"]})).refused(http.StatusConflict, scim.Uniqueness)
		},
	},
	{
		Name: "PATCH to a userName that is taken is refused with 409 uniqueness", Shows: []string{"7644-3.12-9", "7643-4.1.1-2"}, Needs: []Feature{Patch},
		Run: func(t *Trial) {
			user, other := t.user(nil), t.user(nil)
			t.patch(at(other), replace("userName", user["userName"])).refused(http.StatusConflict, scim.Uniqueness)
			t.equal("userName", t.read(other)["userName"], other["userName"])
		},
	},
}

// dateTime is xsd:dateTime (XML Schema part 2, section 3.2.7).
var dateTime = regexp.MustCompile(`^-?[0-9]{4,}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})?$`)

var commonChecks = []Check{
	{
		Name: "id and meta are assigned", Shows: []string{"7643-3.1-2", "7643-3.1-4", "7643-3.1-1", "7643-3-6"},
		Run: func(t *Trial) {
			user := t.user(nil)
			meta, _ := user["meta"].(object)
			for _, name := range []string{"resourceType", "created", "lastModified", "location"} {
				if text(meta[name]) == "" {
					t.errorf("meta.%s is %v", name, meta[name])
				}
			}
			if id(user) == "" {
				t.errorf("there is no id")
			}
			for _, found := range t.get("/Users" + where(t.mine("id pr"))).is(http.StatusOK).list().Resources {
				t.equal("the id in a list", found["id"], user["id"])
			}
		},
	},
	{
		Name: "an id is unique, stable and not the word bulkId", Shows: []string{"7643-3.1-5", "7643-3.1-6", "7643-3.1-8"}, Needs: []Feature{Groups},
		Run: func(t *Trial) {
			seen := make(map[string]bool)
			for range 3 {
				user := t.user(nil)
				group := t.do(http.MethodPost, "/Groups", t.newGroup()).is(http.StatusCreated).object()
				for _, one := range []string{id(user), id(group)} {
					if seen[one] || strings.Contains(one, "bulkId") {
						t.errorf("id %q", one)
					}
					seen[one] = true
				}
				changed := t.put(at(user), t.newUser(nil)).is(http.StatusOK).object()
				t.equal("the id after a PUT", changed["id"], user["id"])
				t.do(http.MethodDelete, at(user), nil).is(http.StatusNoContent)
			}
		},
	},
	{
		Name: "externalId is the client's, and its case is kept", Shows: []string{"7643-3.1-9", "7643-3.1-1", "7643-7-9"},
		Run: func(t *Trial) {
			t.unassigned(t.user(nil), "externalId")
			mine := t.name("Ext-ID")
			t.equal("externalId", t.user(object{"externalId": mine})["externalId"], mine)
		},
	},
	{
		Name: "meta has the times of the resource", Shows: []string{"7643-3.1-12", "7643-3.1-13", "7643-2.3.5-1", "7643-2.3.5-2", "7643-2.3.5-3"},
		Run: func(t *Trial) {
			user := t.user(nil)
			meta := user["meta"].(object)
			for _, name := range []string{"created", "lastModified"} {
				if !dateTime.MatchString(text(meta[name])) {
					t.errorf("meta.%s is %v, want a dateTime", name, meta[name])
				}
			}
			t.equal("lastModified of a new resource", meta["lastModified"], meta["created"])
			body := t.newUser(object{"userName": user["userName"], "title": "changed"})
			after := t.put(at(user), body).is(http.StatusOK).object()["meta"].(object)
			t.equal("created after a change", after["created"], meta["created"])
			before, _ := time.Parse(time.RFC3339, text(meta["lastModified"]))
			if now, err := time.Parse(time.RFC3339, text(after["lastModified"])); err == nil && now.Before(before) {
				t.errorf("lastModified went back from %v to %v", before, now)
			}
		},
	},
	{
		Name: "meta sent by a client is ignored in PUT too", Shows: []string{"7643-3.1-11", "7644-3.5.1-6"},
		Run: func(t *Trial) {
			user := t.user(nil)
			meta := user["meta"].(object)
			body := t.newUser(object{"userName": user["userName"], "id": "other", "meta": object{"created": "2001-01-01T00:00:00Z", "resourceType": "Group"}})
			after := t.put(at(user), body).is(http.StatusOK).object()
			t.equal("meta.created", after["meta"].(object)["created"], meta["created"])
			t.equal("meta.resourceType", after["meta"].(object)["resourceType"], "User")
			t.equal("id", after["id"], user["id"])
		},
	},
	{
		Name: "meta.location is the Content-Location of the answer", Shows: []string{"7643-3.1-14"},
		Run: func(t *Trial) {
			a := t.do(http.MethodPost, "/Users", t.newUser(nil)).is(http.StatusCreated)
			user := a.object()
			changed := t.newUser(object{"userName": user["userName"], "title": "changed"})
			for _, answered := range []answer{a, t.get(at(user)).is(http.StatusOK), t.put(at(user), changed).is(http.StatusOK)} {
				location := answered.object()["meta"].(object)["location"]
				t.equal("Content-Location of "+answered.request, any(answered.header.Get("Content-Location")), location)
				if uri := answered.header.Get("Location"); uri != "" {
					t.equal("Location of "+answered.request, any(uri), location)
				}
			}
		},
	},
	{
		Name: "meta.location is the Content-Location of a discovery document", Shows: []string{"7643-3.1-14"},
		Run: func(t *Trial) {
			t.unless(len(t.types) > 0, "/ResourceTypes cannot be read")
			for _, path := range []string{"/ServiceProviderConfig", "/ResourceTypes/" + text(t.types[0]["name"]), "/Schemas/" + text(t.types[0]["schema"])} {
				a := t.get(path)
				meta, _ := a.object()["meta"].(object)
				t.unless(a.status == http.StatusOK && meta["location"] != nil, "%s has no meta.location", path)
				t.equal("Content-Location of "+path, any(a.header.Get("Content-Location")), meta["location"])
			}
		},
	},
}
