package dialect

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/provider"
)

// breaches are the rules that hold for every answer and that this one breaks.
func (a answer) breaches(method, target string) []string {
	var wrong []string
	no := func(bad bool, text string) {
		if bad {
			wrong = append(wrong, text)
		}
	}
	no(a.status >= 300 && a.status < 400 && a.status != http.StatusNotModified, "a client would have to follow a redirection, and lose the body")
	no(a.status >= 500 && a.status != http.StatusNotImplemented, "the server failed")
	no(a.status == http.StatusUnprocessableEntity, "422 is no status of SCIM (RFC 7644 section 3.12): 400")
	no(a.text != "" && a.header.Get("Content-Type") != provider.ContentType, "the Content-Type is "+strconv.Quote(a.header.Get("Content-Type")))
	no(a.status == http.StatusNoContent && a.text != "", "204 with a body")
	no(a.status == http.StatusUnauthorized && a.header.Get("WWW-Authenticate") == "", "401 without WWW-Authenticate (RFC 7644 section 2)")
	no(a.status == http.StatusMethodNotAllowed && a.header.Get("Allow") == "", "405 without Allow")
	if a.status >= 400 {
		no(method != http.MethodHead && !a.isError(), "this is no SCIM error (RFC 7644 section 3.12)")
		return wrong
	}
	path, _, _ := strings.Cut(strings.TrimLeft(target, "/"), "?")
	object, _ := a.body.(map[string]any)
	if object == nil || !strings.HasPrefix(path, "Users") && !strings.HasPrefix(path, "Groups") {
		return wrong
	}
	if _, isList := object["totalResults"]; isList || slices.Contains(schemasOf(object), provider.ListSchema) {
		return append(wrong, listBreaches(object)...)
	}
	location, _ := lookup(object, "meta.location")
	no(a.status == http.StatusCreated && (location == nil || a.header.Get("Location") != location), "201 whose Location is not meta.location")
	return append(wrong, resourceBreaches(object, target)...)
}

func (a answer) isError() bool {
	object, _ := a.body.(map[string]any)
	detail, _ := object["detail"].(string)
	return slices.Equal(schemasOf(object), []string{scim.ErrorSchema}) && object["status"] == strconv.Itoa(a.status) && detail != ""
}

func schemasOf(object map[string]any) []string {
	list, _ := object["schemas"].([]any)
	urns := make([]string, 0, len(list))
	for _, item := range list {
		urn, _ := item.(string)
		urns = append(urns, urn)
	}
	return urns
}

// listBreaches checks a list message (RFC 7644 section 3.4.2). With a cursor the total may be missing (RFC 9865).
func listBreaches(object map[string]any) []string {
	list, ok := object["Resources"].([]any)
	if !ok {
		return []string{"Resources is no list"}
	}
	var wrong []string
	if object["itemsPerPage"] != float64(len(list)) {
		wrong = append(wrong, "itemsPerPage is not how many Resources there are")
	}
	for _, item := range list {
		if hollow(item) {
			wrong = append(wrong, "a resource of the list holds null or something empty")
		}
	}
	return wrong
}

// resourceBreaches checks a resource; with attributes chosen only what is always returned.
func resourceBreaches(object map[string]any, target string) []string {
	var wrong []string
	chosen := strings.Contains(target, "ttributes=")
	for _, path := range []string{"id", "schemas", "meta.resourceType", "meta.location", "meta.created", "meta.lastModified", "meta.version"} {
		if _, there := lookup(object, path); !there && !(chosen && strings.HasPrefix(path, "meta")) {
			wrong = append(wrong, "the resource has no "+path)
		}
	}
	if hollow(object) {
		wrong = append(wrong, "the resource holds null or something empty, which is to be absent (RFC 7643 section 2.5)")
	}
	if _, there := object["password"]; there {
		wrong = append(wrong, "the password is returned")
	}
	return wrong
}

// hollow tells whether a value holds null, an empty list, object or string.
func hollow(value any) bool {
	switch v := value.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case []any:
		return len(v) == 0 || slices.ContainsFunc(v, hollow)
	case map[string]any:
		for _, member := range v {
			if hollow(member) {
				return true
			}
		}
		return len(v) == 0
	default:
		return false
	}
}
