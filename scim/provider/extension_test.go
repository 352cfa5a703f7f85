package provider_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/memstore"
	"github.com/askspoke/spoke/scim/schema"
)

const badgeSchema = "urn:example:params:Badge:2.0:User"

// withBadge is the service with an extension of the tenant's own.
func (s service) withBadge(closed bool) *service {
	s.t.Helper()
	badge, err := schema.Parse([]byte(`{"id":"` + badgeSchema + `","name":"Badge","attributes":[
		{"name":"number"}, {"name":"floor","type":"integer"}, {"name":"key","mutability":"immutable"}, {"name":"pin","returned":"request"}, {"name":"color","returned":"always"},
		{"name":"doors","type":"complex","multiValued":true,"subAttributes":[{"name":"value"},{"name":"code","mutability":"immutable"},{"name":"pin","returned":"request"}]},
		{"name":"host","type":"complex","subAttributes":[{"name":"value"},{"name":"$ref","type":"reference","referenceTypes":["User"]},{"name":"since","type":"dateTime"}]},
		{"name":"page","type":"complex","subAttributes":[{"name":"value"},{"name":"$ref","type":"reference","referenceTypes":["external"]}]}]}`))
	if err != nil {
		s.t.Fatal(err)
	}
	p := *s.Provider
	p.Types = []*schema.ResourceType{p.Types[0].Extended(schema.Extension{Schema: badge, Closed: closed}), p.Types[1]}
	s.Provider = &p
	return &s
}

// While an extension is being removed, who has data keeps it through every change, and nobody else gets any: so that no
// data appears after it was looked for.
func TestClosedExtension(t *testing.T) {
	t.Parallel()
	s := newService(t, memstore.New(), scim.Auto)
	opened, closed := s.withBadge(false), s.withBadge(true)
	with := opened.create("/Users", `{`+core+`, "`+badgeSchema+`": {"number": "7"}}`)
	without := opened.create("/Users", `{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "grace"}`)
	for _, request := range []struct{ method, path, body string }{
		{http.MethodPost, "/Users", `{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "new", "` + badgeSchema + `": {"number": "8"}}`},
		{http.MethodPut, "/Users/" + without, `{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "grace", "` + badgeSchema + `": {"number": "8"}}`},
		{http.MethodPatch, "/Users/" + without, patch(`{"op":"add","path":"` + badgeSchema + `:number","value":"8"}`)},
		{http.MethodPatch, "/Users/" + without, patch(`{"op":"add","value":{"` + badgeSchema + `":{"number":"8"}}}`)},
	} {
		closed.do(request.method, request.path, request.body).is(t, http.StatusServiceUnavailable)
	}
	closed.do(http.MethodPost, "/Users", `{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "new"}`).is(t, http.StatusCreated)
	closed.do(http.MethodPatch, "/Users/"+without, patch(`{"op":"add","path":"title","value":"Admiral"}`)).is(t, http.StatusOK)
	closed.do(http.MethodPatch, "/Users/"+with, patch(`{"op":"add","path":"title","value":"Analyst"},{"op":"add","path":"`+badgeSchema+`:floor","value":3}`)).is(t, http.StatusOK)
	got := closed.do(http.MethodPut, "/Users/"+with, `{`+core+`}`).is(t, http.StatusOK).object(t)[badgeSchema]
	if diff := cmp.Diff(map[string]any{"number": "7", "floor": 3.0}, got); diff != "" {
		t.Errorf("the data of who has some (-want +got):\n%s", diff)
	}
	closed.do(http.MethodPatch, "/Users/"+with, patch(`{"op":"remove","path":"`+badgeSchema+`"}`)).is(t, http.StatusOK)
	closed.do(http.MethodPatch, "/Users/"+with, patch(`{"op":"add","path":"`+badgeSchema+`:number","value":"7"}`)).is(t, http.StatusServiceUnavailable)
}

// A reference to a user or a group follows its value, and what else is said of it stays; one to anything else is as it
// was sent.
func TestExtensionReferences(t *testing.T) {
	t.Parallel()
	s := inMemory(t).withBadge(false)
	id := s.create("/Users", `{`+core+`, "`+badgeSchema+`": {
		"host": {"value": "42", "$ref": "https://elsewhere.example/Users/41", "since": "2026-03-01T00:00:00Z"},
		"page": {"value": "42", "$ref": "https://intranet.example/42"}}}`)
	read := func() any { return s.do(http.MethodGet, "/Users/"+id, "").object(t)[badgeSchema] }
	page := map[string]any{"value": "42", "$ref": "https://intranet.example/42"}
	host := map[string]any{"value": "42", "$ref": "Users/42", "since": "2026-03-01T00:00:00Z"}
	if diff := cmp.Diff(map[string]any{"host": host, "page": page}, read()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	s.do(http.MethodPatch, "/Users/"+id, patch(`{"op":"remove","path":"`+badgeSchema+`:host.value"},{"op":"remove","path":"`+badgeSchema+`:host.$ref"}`)).is(t, http.StatusOK)
	if diff := cmp.Diff(map[string]any{"host": map[string]any{"since": "2026-03-01T00:00:00Z"}, "page": page}, read()); diff != "" {
		t.Errorf("without a value (-want +got):\n%s", diff)
	}
}

// PUT keeps what is immutable, and refuses another value (RFC 7644 section 3.5.1).
func TestPutImmutable(t *testing.T) {
	t.Parallel()
	s := newService(t, memstore.New(), scim.Strict).withBadge(false)
	put := func(badge string) answer {
		t.Helper()
		return s.do(http.MethodPut, "/Users/00000000-0000-4000-8000-000000000001", `{`+core+badge+`}`)
	}
	is := func(when string, want any, a answer) {
		t.Helper()
		if diff := cmp.Diff(want, a.is(t, http.StatusOK).object(t)[badgeSchema]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", when, diff)
		}
	}
	with := func(fields string) string { return `, "` + badgeSchema + `": {` + fields + `}` }
	s.create("/Users", `{`+core+`}`)
	is("the first value", map[string]any{"number": "7", "key": "k"}, put(with(`"number":"7","key":"k"`)))
	is("silence", map[string]any{"number": "8", "key": "k"}, put(with(`"number":"8"`)))
	is("null", map[string]any{"key": "k"}, put(with(`"key":null`)))
	is("silence of the extension", map[string]any{"key": "k"}, put(""))
	if unchanged := put(with(`"key":"K"`)); unchanged.Changed {
		t.Errorf("the same value in another case changes something: %s", unchanged.Body)
	}
	if e := scimError(put(with(`"key":"other"`)).err); e == nil || e.Status != http.StatusBadRequest || e.Type != scim.Mutability {
		t.Errorf("another value: %v", e)
	}
	is("the first element", map[string]any{"key": "k", "doors": []any{map[string]any{"value": "n", "code": "1"}}}, put(with(`"doors":[{"value":"n","code":"1"}]`)))
	is("the element again", map[string]any{"key": "k", "doors": []any{map[string]any{"value": "n", "code": "1"}}}, put(with(`"doors":[{"value":"n"}]`)))
	if e := scimError(put(with(`"doors":[{"value":"n","code":"2"}]`)).err); e == nil || e.Type != scim.Mutability {
		t.Errorf("another code of an element: %v", e)
	}
}
