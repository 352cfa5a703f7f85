package conformance

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/askspoke/spoke/scim"
)

const mediaType = "application/scim+json"

// answer is what came back.
type answer struct {
	t       *Trial
	request string // method and path
	status  int
	header  http.Header
	body    []byte
	tls     *tls.ConnectionState
}

// String is the status and the body, for messages.
func (a answer) String() string { return strconv.Itoa(a.status) + " " + shown(a.body) }

// is ends the trial when the status is none of these.
func (a answer) is(statuses ...int) answer {
	if !slices.Contains(statuses, a.status) {
		a.t.fatalf("%s is answered with %d, want %s", a.request, a.status, either(statuses))
	}
	return a
}

func either[T any](wanted []T) string {
	words := make([]string, len(wanted))
	for i, w := range wanted {
		words[i] = fmt.Sprint(w)
	}
	return strings.Join(words, " or ")
}

// object is the body.
func (a answer) object() object {
	var o object
	if err := json.Unmarshal(a.body, &o); err != nil || o == nil {
		a.t.fatalf("the answer to %s is no JSON object", a.request)
	}
	return o
}

// failure is the error message of RFC 7644 section 3.12, whose form it checks.
func (a answer) failure() object {
	e := a.object()
	if schemas, _ := e["schemas"].(list); len(schemas) != 1 || schemas[0] != scim.ErrorSchema {
		a.t.errorf("the error of %s has schemas %v, want %s", a.request, e["schemas"], scim.ErrorSchema)
	}
	if e["status"] != strconv.Itoa(a.status) {
		a.t.errorf("the error of %s has status %#v, want %q", a.request, e["status"], strconv.Itoa(a.status))
	}
	return e
}

// refused checks that the request was refused with the status and one of the types; no type allows any. Where the
// provider accepted it by a tolerance that the check lists, the trial ends.
func (a answer) refused(status int, types ...scim.ErrorType) object {
	if a.status < 300 && len(a.t.check.Tolerates) > 0 && a.t.profile == Auto {
		panic(tolerated{})
	}
	a.is(status)
	e := a.failure()
	if got := scim.ErrorType(text(e["scimType"])); len(types) > 0 && !slices.Contains(types, got) {
		a.t.errorf("the error of %s has scimType %q, want %s", a.request, got, either(types))
	}
	return e
}

// page is a list message.
type page struct {
	Total, StartIndex, ItemsPerPage int
	Resources                       []object
	object                          object
}

// list is the body as a list message, whose form it checks.
func (a answer) list() page {
	o := a.object()
	if schemas, _ := o["schemas"].(list); len(schemas) != 1 || schemas[0] != listSchema {
		a.t.errorf("the list of %s has schemas %v, want %s", a.request, o["schemas"], listSchema)
	}
	p := page{object: o}
	var ok bool
	if p.Total, ok = integer(o["totalResults"]); !ok {
		a.t.fatalf("the list of %s has totalResults %v, want a whole number", a.request, o["totalResults"])
	}
	p.StartIndex, _ = integer(o["startIndex"])
	p.ItemsPerPage, _ = integer(o["itemsPerPage"])
	resources, _ := o["Resources"].(list)
	for _, item := range resources {
		resource, ok := item.(object)
		if !ok {
			a.t.fatalf("the list of %s has %v for a resource", a.request, item)
		}
		p.Resources = append(p.Resources, resource)
	}
	return p
}

// ids are the ids of the resources, in order.
func (p page) ids() []string {
	ids := make([]string, 0, len(p.Resources))
	for _, r := range p.Resources {
		ids = append(ids, text(r["id"]))
	}
	return ids
}

// integer is a JSON number that is whole.
func integer(v any) (int, bool) {
	f, ok := v.(float64)
	return int(f), ok && f == float64(int(f))
}

// text is a JSON string, or "".
func text(v any) string {
	s, _ := v.(string)
	return s
}
