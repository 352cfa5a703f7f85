package conformance

import (
	"net/http"
	"regexp"
	"strings"
)

// entityTag is the form of an entity tag (RFC 9110 section 8.8.3).
var entityTag = regexp.MustCompile(`^(W/)?"[\x21\x23-\x7E\x80-\xFF]*"$`)

// tag is the entity tag of an answer; it ends the trial where there is none.
func (a answer) tag() string {
	tag := a.header.Get("ETag")
	if !entityTag.MatchString(tag) {
		a.t.fatalf("the ETag of %s is %q", a.request, tag)
	}
	return tag
}

var versionChecks = []Check{
	{
		Name: "an entity tag is in the header ETag and in meta.version", Shows: []string{"7644-3.14-1", "7644-3.14-2", "7643-3.1-15"}, Needs: []Feature{ETag},
		Run: func(t *Trial) {
			a := t.do(http.MethodPost, "/Users", t.newUser(nil)).is(http.StatusCreated)
			user := a.object()
			t.equal("meta.version", user["meta"].(object)["version"], any(a.tag()))
			again := t.get(at(user)).is(http.StatusOK)
			t.equal("the ETag of a GET", again.tag(), a.tag())
			t.equal("meta.version of a GET", again.object()["meta"].(object)["version"], any(a.tag()))
			changed := t.put(at(user), t.newUser(object{"userName": user["userName"], "title": "x"})).is(http.StatusOK)
			t.equal("meta.version of a PUT", changed.object()["meta"].(object)["version"], any(changed.tag()))
			if changed.tag() == a.tag() {
				t.errorf("the tag of a changed resource is the old one")
			}
		},
	},
	{
		Name: "a tag that two representations share is weak", Shows: []string{"7643-3.1-16"},
		Run: func(t *Trial) {
			user := t.user(object{"title": "x"})
			whole, part := t.get(at(user)).is(http.StatusOK), t.get(at(user)+"?attributes=userName").is(http.StatusOK)
			t.unless(whole.header.Get("ETag") != "", "answers have no ETag")
			if whole.tag() == part.tag() && !strings.HasPrefix(whole.tag(), "W/") {
				t.errorf("the strong tag %s is that of two representations", whole.tag())
			}
		},
	},
	{
		Name: "GET with If-None-Match and the current tag is answered with 304 and no body", Shows: []string{"7644-3.14-3"}, Needs: []Feature{ETag},
		Run: func(t *Trial) {
			user := t.user(nil)
			old := t.get(at(user)).is(http.StatusOK).tag()
			for _, tags := range []string{old, `W/"other", ` + old, "*"} {
				if a := t.do(http.MethodGet, at(user), nil, "If-None-Match", tags).is(http.StatusNotModified); len(a.body) > 0 {
					t.errorf("a 304 has a body")
				}
			}
			t.do(http.MethodGet, at(user)+"?attributes=userName", nil, "If-None-Match", old).is(http.StatusNotModified)
			t.do(http.MethodGet, at(user), nil, "If-None-Match", `W/"other"`).is(http.StatusOK)
			t.put(at(user), t.newUser(object{"userName": user["userName"], "title": "x"})).is(http.StatusOK)
			t.do(http.MethodGet, at(user), nil, "If-None-Match", old).is(http.StatusOK)
		},
	},
	{
		Name: "PUT with If-Match succeeds only with the current tag", Shows: []string{"7644-3.14-4", "7644-3.12-3"}, Needs: []Feature{ETag},
		Run: func(t *Trial) {
			user := t.user(nil)
			old := t.get(at(user)).is(http.StatusOK).tag()
			body := func(title string) object { return t.newUser(object{"userName": user["userName"], "title": title}) }
			t.do(http.MethodPut, at(user), body("one"), "If-Match", old).is(http.StatusOK)
			t.do(http.MethodPut, at(user), body("two"), "If-Match", old).refused(http.StatusPreconditionFailed)
			t.equal("title", t.read(user)["title"], "one")
			t.do(http.MethodPut, at(user), body("three"), "If-Match", "*").is(http.StatusOK)
			t.do(http.MethodPut, at(user), body("four"), "If-Match", `W/"other", `+t.get(at(user)).tag()).is(http.StatusOK)
		},
	},
	{
		Name: "PATCH and DELETE with If-Match succeed only with the current tag", Shows: []string{"7644-3.14-4", "7644-3.12-3"}, Needs: []Feature{ETag, Patch},
		Run: func(t *Trial) {
			user := t.user(nil)
			old := t.get(at(user)).is(http.StatusOK).tag()
			body := object{"schemas": list{patchSchema}, "Operations": list{replace("title", "one")}}
			t.do(http.MethodPatch, at(user), body, "If-Match", old).is(http.StatusOK, http.StatusNoContent)
			body["Operations"] = list{replace("title", "two")}
			t.do(http.MethodPatch, at(user), body, "If-Match", old).refused(http.StatusPreconditionFailed)
			t.do(http.MethodDelete, at(user), nil, "If-Match", old).refused(http.StatusPreconditionFailed)
			t.equal("title", t.read(user)["title"], "one")
			t.do(http.MethodDelete, at(user), nil, "If-Match", t.get(at(user)).tag()).is(http.StatusNoContent)
		},
	},
	{
		Name: "the tag of a group changes with its members", Shows: []string{"7644-3.14-1", "7643-3.1-15"}, Needs: []Feature{ETag, Groups, Patch},
		Run: func(t *Trial) {
			user, group := t.user(nil), t.group()
			old := t.get(group + "?excludedAttributes=members").is(http.StatusOK).tag()
			t.patch(group, add("members", values(id(user)))).is(http.StatusOK, http.StatusNoContent)
			if now := t.get(group + "?excludedAttributes=members").is(http.StatusOK).tag(); now == old {
				t.errorf("the tag is still %s", now)
			}
		},
	},
	{
		Name: "a change that changes nothing leaves the tag", Shows: []string{"7644-3.14-1", "7644-3.5.2.1-5"}, Needs: []Feature{ETag, Patch},
		Run: func(t *Trial) {
			user := t.user(object{"title": "x"})
			old := t.get(at(user)).is(http.StatusOK).tag()
			t.patch(at(user), replace("title", "x")).is(http.StatusOK, http.StatusNoContent)
			t.equal("the ETag", t.get(at(user)).is(http.StatusOK).tag(), old)
		},
	},
}

var meChecks = []Check{
	{
		Name: "/Me without a subject is 501", Shows: []string{"7644-3.11-1"}, Needs: []Feature{NoMe},
		Run: func(t *Trial) { t.get("/Me").refused(http.StatusNotImplemented) },
	},
	{
		Name: "/Me says the permanent URI", Shows: []string{"7644-3.11-2"}, Needs: []Feature{Me},
		Run: func(t *Trial) {
			a := t.get("/Me").is(http.StatusOK, http.StatusPermanentRedirect)
			if location := a.header.Get("Location"); location == "" || strings.HasSuffix(location, "/Me") {
				t.errorf("Location is %q", location)
			}
		},
	},
}
