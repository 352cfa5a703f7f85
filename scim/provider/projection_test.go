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
		"attributes=urn:ietf:params:scim:schemas:core:2.0:User:userName": append([]string{"userName"}, rest...),
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
