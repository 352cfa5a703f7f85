package conformance

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
)

// URNs of schemas and messages.
const (
	userSchema       = "urn:ietf:params:scim:schemas:core:2.0:User"
	groupSchema      = "urn:ietf:params:scim:schemas:core:2.0:Group"
	enterpriseSchema = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
	listSchema       = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
	patchSchema      = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
	searchSchema     = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
	bulkSchema       = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
	bulkResponse     = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
)

func (t *Trial) get(path string) answer { return t.do(http.MethodGet, path, nil) }

// name returns a name that no other resource has. It begins with the trial's prefix and ends with the word.
func (t *Trial) name(word string) string {
	t.names++
	return fmt.Sprintf("%s%d-%s", t.prefix, t.names, word)
}

// newUser is the body of a user with the fields, and a userName of its own unless they have one.
func (t *Trial) newUser(fields object) object {
	user := object{"schemas": list{userSchema}, "userName": t.name("user")}
	for name := range fields {
		if strings.Contains(name, ":") {
			user["schemas"] = append(user["schemas"].(list), name)
		}
	}
	maps.Copy(user, fields)
	return user
}

// user creates a user and returns it as it was answered.
func (t *Trial) user(fields object) object {
	return t.do(http.MethodPost, "/Users", t.newUser(fields)).is(http.StatusCreated).object()
}

func (t *Trial) newGroup(members ...string) object {
	group := object{"schemas": list{groupSchema}, "displayName": t.name("group")}
	if len(members) > 0 {
		group["members"] = values(members...)
	}
	return group
}

// group creates a group and returns its path.
func (t *Trial) group(members ...string) string {
	return at(t.do(http.MethodPost, "/Groups", t.newGroup(members...)).is(http.StatusCreated).object())
}

// values are elements with these values.
func values(ids ...string) list {
	elements := make(list, len(ids))
	for i, id := range ids {
		elements[i] = object{"value": id}
	}
	return elements
}

func id(resource object) string { return text(resource["id"]) }

// at is the path of a resource, by its type.
func at(resource object) string {
	meta, _ := resource["meta"].(object)
	return "/" + text(meta["resourceType"]) + "s/" + id(resource)
}

// read reads a resource again.
func (t *Trial) read(resource object) object { return t.get(at(resource)).is(http.StatusOK).object() }

func (t *Trial) put(path string, body any) answer { return t.do(http.MethodPut, path, body) }

// patch sends operations to a path.
func (t *Trial) patch(path string, operations ...object) answer {
	return t.do(http.MethodPatch, path, object{"schemas": list{patchSchema}, "Operations": operations})
}

// patched sends operations to a resource, which must succeed, and reads it again.
func (t *Trial) patched(resource object, operations ...object) object {
	t.patch(at(resource), operations...).is(http.StatusOK, http.StatusNoContent)
	return t.read(resource)
}

func add(path string, value any) object {
	return object{"op": "add", "path": path, "value": value}
}

func replace(path string, value any) object {
	return object{"op": "replace", "path": path, "value": value}
}

func remove(path string) object { return object{"op": "remove", "path": path} }

// where is the query that asks for what matches.
func where(filter string) string { return "?filter=" + url.QueryEscape(filter) }

// mine narrows a filter of users to those of the trial.
func (t *Trial) mine(filter string) string {
	return fmt.Sprintf(`userName sw %q and (%s)`, t.prefix, filter)
}

// finds checks which of the trial's users a filter finds, in any order.
func (t *Trial) finds(filter string, want ...object) {
	got := t.get("/Users" + where(t.mine(filter))).is(http.StatusOK).list().ids()
	ids := make([]string, 0, len(want))
	for _, resource := range want {
		ids = append(ids, id(resource))
	}
	slices.Sort(got)
	slices.Sort(ids)
	if !slices.Equal(got, ids) {
		t.errorf("%s finds %d users, want %d", filter, len(got), len(ids))
	}
}

// equal checks a value that was decoded from JSON.
func (t *Trial) equal(what string, got, want any) {
	if !reflect.DeepEqual(got, want) {
		t.errorf("%s is %v, want %v", what, got, want)
	}
}

// unassigned checks that a resource has no value for an attribute.
func (t *Trial) unassigned(resource object, name string) {
	switch v := resource[name].(type) {
	case nil:
	case list:
		if len(v) > 0 {
			t.errorf("%s is %v, want no value", name, v)
		}
	default:
		t.errorf("%s is %v, want no value", name, v)
	}
}

// elements are the elements of a multi-valued complex attribute.
func elements(resource object, name string) []object {
	items, _ := resource[name].(list)
	var all []object
	for _, item := range items {
		if fields, ok := item.(object); ok {
			all = append(all, fields)
		}
	}
	return all
}

// each is one sub-attribute of every element, sorted.
func each(resource object, name, sub string) []string {
	var all []string
	for _, e := range elements(resource, name) {
		all = append(all, text(e[sub]))
	}
	slices.Sort(all)
	return all
}

// has checks one sub-attribute of every element, in any order.
func (t *Trial) has(resource object, name, sub string, want ...string) {
	slices.Sort(want)
	if got := each(resource, name, sub); !slices.Equal(got, want) {
		t.errorf("%s.%s are %q, want %q", name, sub, got, want)
	}
}
