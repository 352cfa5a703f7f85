package provider_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// keys are the names that an object has, with those of its objects below it: "name.givenName".
func keys(object map[string]any, prefix string) []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(object)) {
		value := object[name]
		if list, ok := value.([]any); ok && len(list) > 0 {
			if _, complexElement := list[0].(map[string]any); complexElement {
				value = list[0]
			}
		}
		if fields, ok := value.(map[string]any); ok {
			out = append(out, keys(fields, prefix+name+".")...)
		} else {
			out = append(out, prefix+name)
		}
	}
	return out
}

// TestProjection asks for attributes on every operation that answers with a resource (RFC 7644 section 3.9).
func TestProjection(t *testing.T) {
	t.Parallel()
	const enterprise = enterpriseSchema + "."
	const user = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"USER","password":"secret","active":true,
		"name":{"givenName":"Ada","familyName":"King"},"emails":[{"value":"a@example.com","type":"work"}],
		"` + enterpriseSchema + `":{"department":"Analysis","costCenter":"7"}}`
	meta := []string{"meta.created", "meta.lastModified", "meta.location", "meta.resourceType", "meta.version"}
	rest := []string{"id", "schemas"}
	all := slices.Concat([]string{
		"active", "emails.type", "emails.value", "groups.$ref", "groups.display", "groups.type", "groups.value",
		"name.familyName", "name.givenName", "userName", enterprise + "costCenter", enterprise + "department",
	}, rest, meta)
	without := func(names ...string) []string {
		return slices.DeleteFunc(slices.Clone(all), func(key string) bool {
			return slices.ContainsFunc(names, func(name string) bool { return key == name || strings.HasPrefix(key, name+".") })
		})
	}
	for query, want := range map[string][]string{
		"":                                               all,
		"attributes=":                                    all,
		"attributes=userName":                            append([]string{"userName"}, rest...),
		"attributes=USERNAME":                            append([]string{"userName"}, rest...),
		"attributes=userName,%20active":                  append([]string{"userName", "active"}, rest...),
		"attributes=userName&attributes=active":          append([]string{"userName", "active"}, rest...),
		"attributes=name.givenName":                      append([]string{"name.givenName"}, rest...),
		"attributes=emails.type":                         append([]string{"emails.type"}, rest...),
		"attributes=meta.location":                       append([]string{"meta.location"}, rest...),
		"attributes=groups.value":                        append([]string{"groups.value"}, rest...),
		"attributes=password":                            rest,
		"attributes=shoeSize":                            rest,
		"attributes=" + enterpriseSchema:                 append([]string{enterprise + "costCenter", enterprise + "department"}, rest...),
		"attributes=" + enterpriseSchema + ":costCenter": append([]string{enterprise + "costCenter"}, rest...),
		"attributes=urn:ietf:params:scim:schemas:core:2.0:User:userName":            append([]string{"userName"}, rest...),
		"attributes=urn:ietf:params:scim:schemas:core:2.0:User":                     without(strings.TrimSuffix(enterprise, ".")),
		"attributes=URN:ietf:params:scim:schemas:core:2.0:User," + enterpriseSchema: all,
		"excludedAttributes=urn:ietf:params:scim:schemas:core:2.0:User":             append([]string{enterprise + "costCenter", enterprise + "department"}, rest...),
		"excludedAttributes=":                                    all,
		"excludedAttributes=groups":                              without("groups"),
		"excludedAttributes=id,schemas":                          all,
		"excludedAttributes=shoeSize":                            all,
		"excludedAttributes=emails.value,name":                   without("emails.value", "name"),
		"excludedAttributes=meta":                                without("meta"),
		"excludedAttributes=" + enterpriseSchema:                 without(strings.TrimSuffix(enterprise, ".")),
		"excludedAttributes=" + enterpriseSchema + ":department": without(enterprise + "department"),
	} {
		t.Run(query, func(t *testing.T) {
			t.Parallel()
			want := slices.Sorted(slices.Values(want))
			s := inMemory(t)
			id := s.create("/Users", strings.Replace(user, "USER", "ada", 1))
			s.create("/Groups", `{"displayName":"Engineers","members":`+memberList(id)+`}`)
			for _, r := range [...]struct{ method, path, body string }{
				{http.MethodGet, "/Users/" + id, ""},
				{http.MethodGet, "/Users", ""},
				{http.MethodPut, "/Users/" + id, strings.Replace(user, "USER", "ada", 1)},
				{http.MethodPut, "/Users/" + id, strings.Replace(user, "USER", "changed", 1)},
				{http.MethodPatch, "/Users/" + id, patch(`{"op":"replace","path":"userName","value":"changed"}`)},
				{http.MethodPatch, "/Users/" + id, patch(`{"op":"replace","path":"userName","value":"ada"}`)},
			} {
				object := s.do(r.method, r.path+"?"+query, r.body).is(t, http.StatusOK).object(t)
				if list, ok := object["Resources"].([]any); ok {
					object, _ = list[0].(map[string]any)
				}
				if diff := cmp.Diff(want, sorted(keys(object, ""))); diff != "" {
					t.Errorf("%s %s (-want +got):\n%s", r.method, r.path, diff)
				}
			}
			created := s.do(http.MethodPost, "/Users?"+query, strings.Replace(user, "USER", "new", 1)).is(t, http.StatusCreated)
			inNoGroup := slices.DeleteFunc(slices.Clone(want), func(key string) bool { return strings.HasPrefix(key, "groups") })
			if diff := cmp.Diff(inNoGroup, sorted(keys(created.object(t), ""))); diff != "" {
				t.Errorf("POST (-want +got):\n%s", diff)
			}
			if created.Location == "" || created.ETag == "" {
				t.Error("a creation has no Location or no ETag")
			}
		})
	}
}

func sorted(list []string) []string { return slices.Sorted(slices.Values(list)) }

// TestProjectionOfGroups has a PATCH of a group answer with 200 exactly when attributes are asked for, and members left
// out wherever they are excluded.
func TestProjectionOfGroups(t *testing.T) {
	t.Parallel()
	s := inMemory(t)
	ada := s.create("/Users", `{"userName":"ada"}`)
	id := s.create("/Groups", `{"displayName":"Engineers","members":`+memberList(ada)+`}`)
	rename := patch(`{"op":"replace","path":"displayName","value":"Programmers"}`)
	add := patch(`{"op":"add","path":"members","value":` + memberList(ada) + `}`)
	for _, body := range [...]string{rename, add} {
		if a := s.do(http.MethodPatch, "/Groups/"+id, body).is(t, http.StatusNoContent); a.Body != nil {
			t.Errorf("a 204 has a body: %s", a.Body)
		}
		for query, members := range map[string]bool{
			"attributes=members": true, "attributes=members.value": true, "attributes=displayName": false, "attributes=x": false, "excludedAttributes=members": false,
			"excludedAttributes=x": true, "excludedAttributes=Members,meta": false,
		} {
			object := s.do(http.MethodPatch, "/Groups/"+id+"?"+query, body).is(t, http.StatusOK).object(t)
			if _, has := object["members"]; has != members {
				t.Errorf("PATCH with %s: members %t, want %t", query, has, members)
			}
		}
	}
	put := `{"displayName":"Programmers","members":` + memberList(ada) + `}`
	for _, r := range [...]struct {
		method, path, body string
	}{
		{http.MethodGet, "/Groups/" + id, ""},
		{http.MethodGet, "/Groups", ""},
		{http.MethodPut, "/Groups/" + id, put},
		{http.MethodPut, "/Groups/" + id, strings.Replace(put, "Programmers", "Engineers", 1)},
	} {
		if a := s.do(r.method, r.path+"?excludedAttributes=members", r.body).is(t, http.StatusOK); strings.Contains(string(a.Body), "members") {
			t.Errorf("%s %s without members: %s", r.method, r.path, a.Body)
		}
		if a := s.do(r.method, r.path, r.body).is(t, http.StatusOK); !strings.Contains(string(a.Body), ada) {
			t.Errorf("%s %s lacks the members: %s", r.method, r.path, a.Body)
		}
	}
	if diff := cmp.Diff([]string{ada}, s.members(id)); diff != "" {
		t.Errorf("members (-want +got):\n%s", diff)
	}
}

// TestReturned is the characteristic returned (RFC 7643 section 7) on every way by which a resource is answered: color is
// returned always, pin and doors.pin on request, and the rest by default.
func TestReturned(t *testing.T) {
	t.Parallel()
	const badge = `"` + badgeSchema + `":{"number":"7","pin":"1","color":"red","doors":[{"value":"n","pin":"2"}]}`
	const user = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"NAME",` + badge + `}`
	shown := func(t *testing.T, a answer) string {
		t.Helper()
		object := a.object(t)
		if list, ok := object["Resources"].([]any); ok {
			object, _ = list[0].(map[string]any)
		}
		fields, _ := object[badgeSchema].(map[string]any)
		return strings.Join(keys(fields, ""), " ")
	}
	const (
		all       = "color doors.pin doors.value number pin"
		byDefault = "color doors.value number"
	)
	for query, want := range map[string]struct{ read, written string }{
		"":                                  {byDefault, all},
		"excludedAttributes=userName":       {byDefault, all},
		"excludedAttributes=" + badgeSchema: {"color", "color"},
		"excludedAttributes=" + badgeSchema + ":color," + badgeSchema + ":number":  {"color doors.value", "color doors.pin doors.value pin"},
		"excludedAttributes=" + badgeSchema + ":pin," + badgeSchema + ":doors.pin": {byDefault, byDefault},
		"attributes=userName":                      {"color", "color"},
		"attributes=" + badgeSchema:                {byDefault, byDefault},
		"attributes=" + badgeSchema + ":pin":       {"color pin", "color pin"},
		"attributes=" + badgeSchema + ":doors":     {"color doors.value", "color doors.value"},
		"attributes=" + badgeSchema + ":doors.pin": {"color doors.pin", "color doors.pin"},
		"attributes=" + badgeSchema + "," + badgeSchema + ":pin," + badgeSchema + ":doors.pin": {all, all},
	} {
		t.Run(query, func(t *testing.T) {
			t.Parallel()
			s := inMemory(t).withBadge(false)
			id := s.create("/Users", strings.Replace(user, "NAME", "ada", 1))
			names, excluded, _ := strings.Cut(query, "=")
			search := `{}`
			if excluded != "" {
				search = `{"` + names + `":"` + excluded + `"}`
			}
			for _, r := range [...]struct{ method, path, body, want string }{
				{http.MethodPost, "/Users", strings.Replace(user, "NAME", "grace", 1), want.written},
				{http.MethodGet, "/Users/" + id, "", want.read},
				{http.MethodGet, "/Users", "", want.read},
				{http.MethodGet, "/", "", want.read},
				{http.MethodPut, "/Users/" + id, strings.Replace(user, "NAME", "changed", 1), want.written},
				{http.MethodPut, "/Users/" + id, strings.Replace(user, "NAME", "changed", 1), want.written}, // changes nothing
				{http.MethodPatch, "/Users/" + id, patch(`{"op":"add","value":{` + badge + `}}`), want.written},
				{http.MethodPatch, "/Users/" + id, patch(`{"op":"replace","path":"title","value":"x"}`), want.read},
			} {
				if got := shown(t, s.do(r.method, r.path+"?"+query, r.body)); got != r.want {
					t.Errorf("%s %s shows %q, want %q", r.method, r.path, got, r.want)
				}
			}
			if got := shown(t, s.do(http.MethodPost, "/Users/.search", search)); got != want.read {
				t.Errorf("a search shows %q, want %q", got, want.read)
			}
		})
	}
	s := inMemory(t).withBadge(false)
	id := s.create("/Users", strings.Replace(user, "NAME", "ada", 1))
	for operation, want := range map[string]string{
		`{"op":"replace","path":"` + badgeSchema + `:pin","value":"1"}`:                       "color doors.value number pin",
		`{"op":"replace","path":"` + badgeSchema + `:doors[value eq \"n\"].pin","value":"3"}`: "color doors.pin doors.value number",
	} {
		if got := shown(t, s.do(http.MethodPatch, "/Users/"+id, patch(operation))); got != want {
			t.Errorf("%s shows %q, want %q", operation, got, want)
		}
	}
	put := s.do(http.MethodPut, "/Users/"+id, `{`+core+`,"`+badgeSchema+`":{"number":"7"}}`)
	if got := shown(t, put); got != "number" {
		t.Errorf("a PUT that says nothing of the rest shows %q", got)
	}
}

// TestNeverReturned has the password found by nothing: not shown, not filtered, not sorted by.
func TestNeverReturned(t *testing.T) {
	t.Parallel()
	s := inMemory(t)
	id := s.create("/Users", `{"userName":"ada","password":"secret"}`)
	for _, request := range [...]struct{ method, path, body string }{
		{http.MethodGet, "/Users/" + id + "?attributes=password", ""},
		{http.MethodGet, "/Users?attributes=password", ""},
		{http.MethodPut, "/Users/" + id, `{"userName":"ada","password":"secret"}`},
		{http.MethodPatch, "/Users/" + id + "?attributes=password,userName", patch(`{"op":"replace","path":"password","value":"secret"}`)},
		{http.MethodPost, "/Users/.search", `{"attributes":["password"]}`},
		{http.MethodPost, "/Bulk", `{"Operations":[{"method":"PUT","path":"/Users/` + id + `","data":{"userName":"ada","password":"secret"}}]}`},
	} {
		if a := s.do(request.method, request.path, request.body).is(t, http.StatusOK); strings.Contains(string(a.Body), "password") || strings.Contains(string(a.Body), "secret") {
			t.Errorf("%s %s: %s", request.method, request.path, a.Body)
		}
	}
	for _, path := range [...]string{"/Users?", "/?"} {
		if e := scimError(s.do(http.MethodGet, path+where(`password sw "s"`), "").err); e == nil || e.Type != "invalidFilter" {
			t.Errorf("%s filters by the password: %v", path, e)
		}
		if e := scimError(s.do(http.MethodGet, path+"sortBy=password", "").err); e == nil || e.Type != "invalidValue" {
			t.Errorf("%s sorts by the password: %v", path, e)
		}
	}
}
