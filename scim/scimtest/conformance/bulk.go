package conformance

import (
	"fmt"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"

	"github.com/askspoke/spoke/scim"
)

// bulk sends operations. more are members of the request beside them.
func (t *Trial) bulk(operations list, more ...object) answer {
	a := t.do(http.MethodPost, "/Bulk", merge(append(more, object{"schemas": list{bulkSchema}, "Operations": operations})...))
	if a.status == http.StatusOK {
		for _, result := range elements(a.object(), "Operations") {
			if location := text(result["location"]); result["method"] == http.MethodPost && location != "" {
				t.created = append(t.created, resourcePath(location))
			}
		}
	}
	return a
}

// resourcePath is the path of a location below the base URI: its last two segments.
func resourcePath(location string) string {
	u, err := url.Parse(location)
	if err != nil {
		return location
	}
	return "/" + path.Base(path.Dir(u.Path)) + "/" + path.Base(u.Path)
}

// results are the results of a bulk response, which must be 200 and a BulkResponse.
func (a answer) results() []object {
	o := a.is(http.StatusOK).object()
	a.t.equal("schemas", o["schemas"], list{bulkResponse})
	return elements(o, "Operations")
}

// status is the status of a result: a string, or an object with a code as in some figures of RFC 7644.
func (t *Trial) status(result object) int {
	value := result["status"]
	if fields, ok := value.(object); ok {
		value = fields["code"]
	}
	code, err := strconv.Atoi(text(value))
	if err != nil {
		t.errorf("the status of a result is %v", result["status"])
	}
	return code
}

func (t *Trial) statuses(results []object, want ...int) {
	var got []int
	for _, r := range results {
		got = append(got, t.status(r))
	}
	t.equal("the statuses", got, want)
}

func posting(bulkID, path string, data object) object {
	return object{"method": http.MethodPost, "path": path, "bulkId": bulkID, "data": data}
}

var bulkChecks = []Check{
	{
		Name:  "a bulk request creates, replaces, changes and deletes, and answers 200 with each result",
		Shows: []string{"7644-3.7-1", "7644-3.7-2", "7644-3.7-4", "7644-3.7-5", "7644-3.7-6", "7644-3.7-9", "7644-3.7-11", "7644-3.7.3-1", "7644-3.7.3-2", "7644-3.7.3-3"}, Needs: []Feature{Bulk, Patch},
		Run: func(t *Trial) {
			a, b, c := t.user(nil), t.user(nil), t.user(nil)
			results := t.bulk(list{
				posting("qwerty", "/Users", t.newUser(nil)),
				object{"method": "PUT", "path": at(a), "data": t.newUser(object{"userName": a["userName"], "title": "put"})},
				object{"method": "PATCH", "path": at(b), "data": object{"schemas": list{patchSchema}, "Operations": list{replace("title", "patched")}}},
				object{"method": "DELETE", "path": at(c)},
			}).results()
			if len(results) != 4 {
				t.fatalf("there are %d results, want 4", len(results))
			}
			t.equal("bulkId", results[0]["bulkId"], "qwerty")
			for i, result := range results {
				t.equal("method", result["method"], []string{"POST", "PUT", "PATCH", "DELETE"}[i])
				if want := []string{"", at(a), at(b), at(c)}[i]; !strings.HasSuffix(text(result["location"]), want) || text(result["location"]) == "" {
					t.errorf("location is %v, want %s", result["location"], want)
				}
			}
			t.equal("the status of a POST", t.status(results[0]), http.StatusCreated)
			t.equal("the status of a DELETE", t.status(results[3]), http.StatusNoContent)
			t.get(resourcePath(text(results[0]["location"]))).is(http.StatusOK)
			t.equal("title", t.read(a)["title"], "put")
			t.equal("title", t.read(b)["title"], "patched")
			t.get(at(c)).refused(http.StatusNotFound)
		},
	},
	{
		Name:  "operations go on when others fail, each with its error",
		Shows: []string{"7644-3.7-7", "7644-3.7-8", "7644-3.7-10", "7644-3.7.3-1", "7644-3.7.3-2", "7644-3.7.3-3", "7644-3.7.3-4"}, Needs: []Feature{Bulk},
		Run: func(t *Trial) {
			user := t.user(nil)
			results := t.bulk(list{
				posting("one", "/Users", t.newUser(object{"userName": user["userName"]})),
				posting("two", "/Users", t.newUser(nil)),
				object{"method": "DELETE", "path": "/Users/2819c223-7f76-453a-919d-413861904646"},
				posting("three", "/Users", t.newUser(nil)),
			}).results()
			t.statuses(results, http.StatusConflict, http.StatusCreated, http.StatusNotFound, http.StatusCreated)
			for i, result := range results {
				if i%2 == 1 {
					continue
				}
				e, _ := result["response"].(object)
				t.equal("schemas of the response", e["schemas"], list{scim.ErrorSchema})
				t.equal("status of the response", e["status"], strconv.Itoa(t.status(result)))
				if text(e["detail"]) == "" {
					t.errorf("the response of a failed operation says nothing to people")
				}
			}
			if results[0]["location"] != nil {
				t.errorf("a POST that failed has the location %v", results[0]["location"])
			}
			if text(results[2]["location"]) == "" {
				t.errorf("a DELETE that failed has no location")
			}
		},
	},
	{
		Name: "an operation that fails has the status of the request by itself", Shows: []string{"7644-3.7.3-3"}, Needs: []Feature{Bulk, Patch},
		Run: func(t *Trial) {
			user := t.user(nil)
			broken := object{"schemas": list{patchSchema}, "Operations": list{object{"op": "remove"}}}
			for _, op := range []object{
				posting("q", "/Users", t.newUser(object{"userName": user["userName"]})),
				posting("q", "/Users", object{"schemas": list{userSchema}}),
				{"method": "PUT", "path": "/Users/2819c223-7f76-453a-919d-413861904646", "data": t.newUser(nil)},
				{"method": "PATCH", "path": at(user), "data": broken},
				{"method": "DELETE", "path": "/Users/2819c223-7f76-453a-919d-413861904646"},
				{"method": "DELETE", "path": "/Users"},
				posting("q", "/Me", t.newUser(nil)),
			} {
				a := t.do(text(op["method"]), text(op["path"]), op["data"])
				if a.status < 300 { // there is a /Me here
					continue
				}
				t.statuses(t.bulk(list{op}).results(), a.status)
			}
		},
	},
	{
		Name: "failOnErrors ends the request after that many errors", Shows: []string{"7644-3.7-13", "7644-3.7.3-1"}, Needs: []Feature{Bulk, Filter},
		Run: func(t *Trial) {
			bad := object{"method": "DELETE", "path": "/Users/2819c223-7f76-453a-919d-413861904646"}
			results := t.bulk(list{posting("a", "/Users", t.newUser(nil)), bad, posting("b", "/Users", t.newUser(nil))}, object{"failOnErrors": 1}).results()
			t.statuses(results, http.StatusCreated, http.StatusNotFound)
			t.equal("the users created", t.get("/Users"+where(t.mine("userName pr"))).is(http.StatusOK).list().Total, 1)
			results = t.bulk(list{bad, posting("a", "/Users", t.newUser(nil)), bad, posting("b", "/Users", t.newUser(nil))}, object{"failOnErrors": 2}).results()
			t.statuses(results, http.StatusNotFound, http.StatusCreated, http.StatusNotFound)
		},
	},
	{
		Name: "operations of one resource are done in their order", Shows: []string{"7644-3.7-12"}, Needs: []Feature{Bulk, Patch},
		Run: func(t *Trial) {
			user := t.user(nil)
			set := func(title string) object {
				return object{"method": "PATCH", "path": at(user), "data": object{"schemas": list{patchSchema}, "Operations": list{replace("title", title)}}}
			}
			for _, result := range t.bulk(list{set("a"), set("b"), set("c")}).results() {
				if status := t.status(result); status != http.StatusOK && status != http.StatusNoContent {
					t.errorf("the status is %d", status)
				}
			}
			t.equal("title", t.read(user)["title"], "c")
		},
	},
	{
		Name: "an operation with an old version fails with 412", Shows: []string{"7644-3.14-4", "7644-3.7.3-3"}, Needs: []Feature{Bulk, ETag},
		Run: func(t *Trial) {
			user := t.user(nil)
			old := t.get(at(user)).is(http.StatusOK).tag()
			body := func(title string) object { return t.newUser(object{"userName": user["userName"], "title": title}) }
			put := func(title string) object {
				return object{"method": "PUT", "path": at(user), "version": old, "data": body(title)}
			}
			t.statuses(t.bulk(list{put("one"), put("two")}).results(), http.StatusOK, http.StatusPreconditionFailed)
			t.equal("title", t.read(user)["title"], "one")
		},
	},
}

var bulkRefusalChecks = []Check{
	{
		Name: "the limits of bulk are announced", Shows: []string{"7644-3.7.4-1"}, Needs: []Feature{Bulk},
		Run: func(t *Trial) {
			for _, name := range []string{"maxOperations", "maxPayloadSize"} {
				if t.limit(name) <= 0 {
					t.errorf("bulk.%s is %d", name, t.limit(name))
				}
			}
		},
	},
	{
		Name: "more operations than maxOperations are refused with 413 and the limit", Shows: []string{"7644-3.7.4-2", "7644-3.7.4-3"}, Needs: []Feature{Bulk},
		Run: func(t *Trial) {
			limit := t.limit("maxOperations")
			t.unless(limit < 20000, "bulk.maxOperations is %d, which is too many to try", limit)
			operations := make(list, limit+1)
			for i := range operations {
				operations[i] = object{"method": "DELETE", "path": "/Users/1"}
			}
			e := t.bulk(operations).refused(http.StatusRequestEntityTooLarge)
			if !strings.Contains(text(e["detail"]), fmt.Sprint(limit)) {
				t.errorf("the error does not say %d", limit)
			}
		},
	},
	{
		Name: "a body larger than maxPayloadSize is refused with 413 and the limit", Shows: []string{"7644-3.7.4-2", "7644-3.7.4-3"}, Needs: []Feature{Bulk},
		Run: func(t *Trial) {
			limit := t.limit("maxPayloadSize")
			t.unless(limit < 64<<20, "bulk.maxPayloadSize is %d, which is too much to try", limit)
			e := t.bulk(list{posting("a", "/Users", t.newUser(object{"title": strings.Repeat("x", limit)}))}).refused(http.StatusRequestEntityTooLarge)
			if !strings.Contains(text(e["detail"]), fmt.Sprint(limit)) {
				t.errorf("the error does not say %d", limit)
			}
		},
	},
	{
		Name: "a bulk request without Operations is refused", Shows: []string{"7644-3.7-1", "7644-3.7-9", "7644-3.12-6"}, Needs: []Feature{Bulk},
		Run: func(t *Trial) {
			t.do(http.MethodPost, "/Bulk", object{"schemas": list{bulkSchema}}).refused(http.StatusBadRequest, scim.InvalidSyntax, scim.InvalidValue)
			t.do(http.MethodPost, "/Bulk", "{").refused(http.StatusBadRequest, scim.InvalidSyntax)
		},
	},
	{
		Name: "an operation without method, path, data or bulkId is refused", Shows: []string{"7644-3.7-2", "7644-3.7-3", "7644-3.7-4", "7644-3.7-5"}, Needs: []Feature{Bulk},
		Run: func(t *Trial) {
			whole := func() object { return posting("a", "/Users", t.newUser(nil)) }
			for _, name := range []string{"method", "path", "data", "bulkId"} {
				operation := whole()
				delete(operation, name)
				a := t.bulk(list{operation})
				if a.status != http.StatusOK {
					a.refused(http.StatusBadRequest)
					continue
				}
				if results := a.results(); len(results) != 1 || t.status(results[0]) != http.StatusBadRequest {
					t.errorf("an operation without %s is not refused", name)
				}
			}
		},
	},
	{
		Name: "an operation of an unknown method or path is refused", Shows: []string{"7644-3.7-2", "7644-3.7-4", "7644-3.7-7"}, Needs: []Feature{Bulk},
		Run: func(t *Trial) {
			for _, operation := range []object{
				{"method": "GET", "path": "/Users"},
				posting("a", "/Nothing", t.newUser(nil)), posting("a", "/Bulk", t.newUser(nil)),
				{"method": "PUT", "path": "/Users", "data": t.newUser(nil)},
				posting("a", "https://example.com/Users", t.newUser(nil)),
			} {
				a := t.bulk(list{operation})
				if a.status != http.StatusOK {
					a.refused4xx()
					continue
				}
				if results := a.results(); len(results) != 1 || t.status(results[0]) < 400 || t.status(results[0]) >= 500 {
					t.errorf("%v %v is not refused", operation["method"], operation["path"])
				}
			}
		},
	},
}

// limit is a number that ServiceProviderConfig announces of bulk.
func (t *Trial) limit(name string) int {
	bulk, _ := t.config["bulk"].(object)
	n, _ := integer(bulk[name])
	return n
}

var bulkReferenceChecks = []Check{
	{
		Name: "bulkId: becomes the id of the resource that was created", Shows: []string{"7644-3.7.2-1", "7644-3.7-11"}, Needs: []Feature{Bulk, Groups},
		Run: func(t *Trial) {
			alice := posting("qwerty", "/Users", t.newUser(nil))
			guides := posting("ytrewq", "/Groups", t.newGroup("bulkId:qwerty"))
			for _, order := range []list{{alice, guides}, {posting("ytrewq", "/Groups", t.newGroup("bulkId:qwerty")), posting("qwerty", "/Users", t.newUser(nil))}} {
				results := t.bulk(order).results()
				t.statuses(results, http.StatusCreated, http.StatusCreated)
				paths := make(map[any]string)
				for _, result := range results {
					paths[result["bulkId"]] = resourcePath(text(result["location"]))
				}
				group := t.get(paths["ytrewq"]).is(http.StatusOK).object()
				t.has(group, "members", "value", strings.TrimPrefix(paths["qwerty"], "/Users/"))
			}
		},
	},
	{
		Name: "bulkId: in a PATCH and in a path is replaced", Shows: []string{"7644-3.7.2-1", "7644-3.7-12"}, Needs: []Feature{Bulk, Groups, Patch},
		Run: func(t *Trial) {
			group := t.group()
			results := t.bulk(list{
				posting("new", "/Users", t.newUser(nil)),
				object{"method": "PATCH", "path": group, "data": object{"schemas": list{patchSchema}, "Operations": list{add("members", values("bulkId:new"))}}},
				object{"method": "PATCH", "path": "/Users/bulkId:new", "data": object{"schemas": list{patchSchema}, "Operations": list{add("title", "x")}}},
			}).results()
			if len(results) != 3 {
				t.fatalf("there are %d results", len(results))
			}
			user := resourcePath(text(results[0]["location"]))
			t.has(t.get(group).is(http.StatusOK).object(), "members", "value", strings.TrimPrefix(user, "/Users/"))
			t.equal("title", t.get(user).is(http.StatusOK).object()["title"], "x")
		},
	},
	{
		Name: "bulkId: in an extension is replaced", Shows: []string{"7644-3.7.2-2"}, Needs: []Feature{Bulk, Enterprise},
		Run: func(t *Trial) {
			results := t.bulk(list{
				posting("qwerty", "/Users", t.newUser(nil)),
				posting("ytrewq", "/Users", t.newUser(object{enterpriseSchema: object{"manager": object{"value": "bulkId:qwerty"}}})),
			}).results()
			t.statuses(results, http.StatusCreated, http.StatusCreated)
			bob := t.get(resourcePath(text(results[1]["location"]))).is(http.StatusOK).object()
			manager, _ := bob[enterpriseSchema].(object)["manager"].(object)
			t.equal("manager.value", "/Users/"+text(manager["value"]), resourcePath(text(results[0]["location"])))
		},
	},
	{
		Name: "bulkId: at the end of a reference in an extension is replaced", Shows: []string{"7644-3.7.2-2"}, Needs: []Feature{Bulk, Enterprise},
		Run: func(t *Trial) {
			_, _, ok := t.attribute(enterpriseSchema, func(path string, a object) bool { return path == "manager.$ref" && a["mutability"] == "readWrite" })
			t.unless(ok, "manager.$ref cannot be written")
			results := t.bulk(list{
				posting("qwerty", "/Users", t.newUser(nil)),
				posting("ytrewq", "/Users", t.newUser(object{enterpriseSchema: object{"manager": object{"$ref": "../Users/bulkId:qwerty"}}})),
			}).results()
			t.statuses(results, http.StatusCreated, http.StatusCreated)
			bob := t.get(resourcePath(text(results[1]["location"]))).is(http.StatusOK).object()
			extension, _ := bob[enterpriseSchema].(object)
			manager, _ := extension["manager"].(object)
			if uri := text(manager["$ref"]); !strings.HasSuffix(uri, resourcePath(text(results[0]["location"]))[1:]) {
				t.errorf("manager.$ref is %q", uri)
			}
		},
	},
	{
		Name: "circular references are resolved, or refused with 409", Shows: []string{"7644-3.7.1-1"}, Needs: []Feature{Bulk, Groups},
		Run: func(t *Trial) {
			a := t.bulk(list{posting("qwerty", "/Groups", t.newGroup("bulkId:ytrewq")), posting("ytrewq", "/Groups", t.newGroup("bulkId:qwerty"))})
			if a.status != http.StatusOK {
				a.refused(http.StatusConflict)
				return
			}
			results := a.results()
			if len(results) != 2 {
				t.fatalf("there are %d results", len(results))
			}
			for i, result := range results {
				switch status := t.status(result); status {
				case http.StatusConflict:
				case http.StatusCreated:
					if other := results[1-i]; t.status(other) == http.StatusCreated {
						group := t.get(resourcePath(text(result["location"]))).is(http.StatusOK).object()
						t.has(group, "members", "value", strings.TrimPrefix(resourcePath(text(other["location"])), "/Groups/"))
					}
				default:
					t.errorf("the status is %d", status)
				}
			}
		},
	},
	{
		Name: "circular managers are resolved, or refused with 409", Shows: []string{"7644-3.7.1-1", "7644-3.7.2-2"}, Needs: []Feature{Bulk, Enterprise},
		Run: func(t *Trial) {
			managed := func(by string) object {
				return t.newUser(object{enterpriseSchema: object{"manager": object{"value": "bulkId:" + by}}})
			}
			a := t.bulk(list{posting("a", "/Users", managed("b")), posting("b", "/Users", managed("a"))})
			if a.status != http.StatusOK {
				a.refused(http.StatusConflict)
				return
			}
			for _, result := range a.results() {
				if status := t.status(result); status != http.StatusCreated && status != http.StatusConflict {
					t.errorf("the status is %d", status)
				}
			}
		},
	},
	{
		Name: "a bulkId that nothing defines is refused with 409 or 400", Shows: []string{"7644-3.7.1-1", "7644-3.7-7"}, Needs: []Feature{Bulk, Groups},
		Run: func(t *Trial) {
			a := t.bulk(list{posting("a", "/Groups", t.newGroup("bulkId:nobody"))})
			if a.status != http.StatusOK {
				a.refused(map[bool]int{true: http.StatusConflict, false: http.StatusBadRequest}[a.status == http.StatusConflict])
				return
			}
			if results := a.results(); len(results) != 1 || t.status(results[0]) != http.StatusConflict && t.status(results[0]) != http.StatusBadRequest {
				t.errorf("an unknown bulkId is not refused")
			}
		},
	},
}
