package provider_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const whole = `{
	"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", "` + enterpriseSchema + `", "` + customSchema + `"],
	"userName": "ada", "active": false, "title": "Analyst", "emails": [{"value": "ada@example.com", "type": "work"}],
	"` + enterpriseSchema + `": {"department": "Analysis", "costCenter": "7"},
	"` + customSchema + `": {"startDate": "2026-03-01"}}`

const core = `"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ada"`

// withoutMeta leaves out what this test says nothing of.
var withoutMeta = cmpopts.IgnoreMapEntries(func(name string, _ any) bool {
	return name == "meta" || name == "id" || name == "schemas" || name == "$ref"
})

// TestPutUser is RFC 7644 section 3.5.1 and what infra/decisions/divergences.md says of it.
func TestPutUser(t *testing.T) {
	t.Parallel()
	enterprise := map[string]any{"department": "Analysis", "costCenter": "7"}
	custom := map[string]any{"startDate": "2026-03-01"}
	for name, tc := range map[string]struct {
		body   string
		strict bool
		want   map[string]any
	}{
		"silence clears, but not active and not extensions": {
			body: `{` + core + `}`,
			want: map[string]any{"userName": "ada", "active": false, enterpriseSchema: enterprise, customSchema: custom},
		},
		"silence clears extensions too, but not active": {
			body: `{` + core + `}`, strict: true,
			want: map[string]any{"userName": "ada", "active": false},
		},
		"a null active is silence": {
			body: `{` + core + `, "active": null}`, strict: true,
			want: map[string]any{"userName": "ada", "active": false},
		},
		"active as it is said": {
			body: `{` + core + `, "active": true}`, strict: true,
			want: map[string]any{"userName": "ada", "active": true},
		},
		"an extension that is there is replaced": {
			body: `{` + core + `, "` + enterpriseSchema + `": {"department": "Engines"}}`,
			want: map[string]any{"userName": "ada", "active": false, enterpriseSchema: map[string]any{"department": "Engines"}, customSchema: custom},
		},
		"an extension that is empty is cleared": {
			body: `{` + core + `, "` + strings.ToLower(enterpriseSchema) + `": {}}`,
			want: map[string]any{"userName": "ada", "active": false, customSchema: custom},
		},
		"an extension that is null is cleared": {
			body: `{` + core + `, "` + enterpriseSchema + `": null}`,
			want: map[string]any{"userName": "ada", "active": false, customSchema: custom},
		},
		"an extension that schemas names and the body has not is cleared": {
			body: `{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", "` + enterpriseSchema + `"], "userName": "ada"}`,
			want: map[string]any{"userName": "ada", "active": false, customSchema: custom},
		},
		"an extension that is an empty text is cleared": {
			body: `{` + core + `, "` + enterpriseSchema + `": ""}`,
			want: map[string]any{"userName": "ada", "active": false, customSchema: custom},
		},
		"an extension that is an empty list is cleared": {
			body: `{` + core + `, "` + enterpriseSchema + `": []}`,
			want: map[string]any{"userName": "ada", "active": false, customSchema: custom},
		},
		"an attribute by its path names its extension, which is replaced": {
			body: `{` + core + `, "` + enterpriseSchema + `:department": "Engines", "name.givenName": "Ada"}`,
			want: map[string]any{
				"userName": "ada", "active": false, "name": map[string]any{"givenName": "Ada"},
				enterpriseSchema: map[string]any{"department": "Engines"}, customSchema: custom,
			},
		},
		"an attribute by its bare name names its extension, which is replaced": {
			body: `{` + core + `, "department": null, "manager": "7"}`,
			want: map[string]any{
				"userName": "ada", "active": false, enterpriseSchema: map[string]any{"manager": map[string]any{"value": "7", "$ref": "Users/7"}}, customSchema: custom,
			},
		},
		"names in another case": {
			body: `{"SCHEMAS": ["URN:ietf:params:scim:schemas:core:2.0:User", "` + strings.ToUpper(customSchema) + `"], "USERNAME": "ada", "Active": true}`,
			want: map[string]any{"userName": "ada", "active": true, enterpriseSchema: enterprise},
		},
		"what is read-only and the password mean nothing": {
			body: `{` + core + `, "id": "7", "meta": {"version": "x", "created": 7}, "groups": [{"value": "x"}], "password": "secret"}`, strict: true,
			want: map[string]any{"userName": "ada", "active": false},
		},
		"another userName": {
			body: `{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "Ada"}`, strict: true,
			want: map[string]any{"userName": "Ada", "active": false},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := inMemory(t)
			id := s.create("/Users", whole)
			if tc.strict {
				s = s.strict()
			}
			a := s.do(http.MethodPut, "/Users/"+id, tc.body).is(t, http.StatusOK)
			if diff := cmp.Diff(tc.want, a.object(t), withoutMeta); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if !a.Changed || a.ETag != `W/"2"` {
				t.Errorf("changed %t, ETag %s", a.Changed, a.ETag)
			}
			read := s.do(http.MethodGet, "/Users/"+id, "")
			if diff := cmp.Diff(string(a.Body), string(read.Body)); diff != "" {
				t.Errorf("answered and read (-answered +read):\n%s", diff)
			}
			again := s.do(http.MethodPut, "/Users/"+id, tc.body).is(t, http.StatusOK)
			if diff := cmp.Diff(string(a.Body), string(again.Body)); diff != "" || again.Changed {
				t.Errorf("the same again changes something: changed %t (-first +second):\n%s", again.Changed, diff)
			}
		})
	}
}

// A list that is shorter than it was meant to be would remove members.
func TestPutGroupRefusesMembersThatAreNobody(t *testing.T) {
	t.Parallel()
	for _, members := range []string{`[{}]`, `[null]`, `[""]`, `{}`, `""`, `[{"display":"Ada"}]`, `[{"value":""}]`, `[{"value":null}]`} {
		s := inMemory(t)
		ada := s.create("/Users", `{"userName":"ada"}`)
		id := s.create("/Groups", `{"displayName":"Engineers","members":`+memberList(ada)+`}`)
		s.do(http.MethodPut, "/Groups/"+id, `{"displayName":"Engineers","members":`+members+`}`).is(t, http.StatusBadRequest)
		if diff := cmp.Diff([]string{ada}, s.members(id)); diff != "" {
			t.Errorf("%s: members (-want +got):\n%s", members, diff)
		}
	}
}

func TestPutGroup(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		members string // what the body says of them: ADA and GRACE stand for ids
		strict  bool
		want    []string
	}{
		"silence keeps them":               {members: ``, want: []string{"ADA"}},
		"silence clears them":              {members: ``, strict: true, want: []string{}},
		"an empty list clears them":        {members: `,"members":[]`, want: []string{}},
		"null keeps them":                  {members: `,"members":null`, want: []string{"ADA"}},
		"null keeps them, in another case": {members: `,"MEMBERS":null`, want: []string{"ADA"}},
		"null clears them":                 {members: `,"members":null`, strict: true, want: []string{}},
		"a list replaces them":             {members: `,"members":[{"value":"GRACE","display":"x","$ref":"y"}]`, want: []string{"GRACE"}},
		"a list by its path replaces them": {members: `,"urn:ietf:params:scim:schemas:core:2.0:Group:members":[{"value":"GRACE"}]`, want: []string{"GRACE"}},
		"a list of texts replaces them":    {members: `,"members":["GRACE"]`, want: []string{"GRACE"}},
		"who is named twice is a member":   {members: `,"members":[{"value":"GRACE"},{"value":"GRACE","type":"User"}]`, want: []string{"GRACE"}},
		"who is named again stays":         {members: `,"members":[{"value":"ADA"},{"value":"GRACE"}]`, want: []string{"ADA", "GRACE"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := inMemory(t)
			ada, grace := s.create("/Users", `{"userName":"ada"}`), s.create("/Users", `{"userName":"grace"}`)
			names := strings.NewReplacer("ADA", ada, "GRACE", grace)
			id := s.create("/Groups", `{"displayName":"Engineers","members":`+memberList(ada)+`}`)
			if tc.strict {
				s = s.strict()
			}
			s.do(http.MethodPut, "/Groups/"+id, `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"Renamed"`+names.Replace(tc.members)+`}`).is(t, http.StatusOK)
			want := []string{}
			for _, name := range tc.want {
				want = append(want, names.Replace(name))
			}
			if diff := cmp.Diff(want, s.members(id)); diff != "" {
				t.Errorf("members (-want +got):\n%s", diff)
			}
		})
	}
}

// TestMembersWithoutValue has lists of members that do not say who they are. Taking them for empty would empty a group.
func TestMembersWithoutValue(t *testing.T) {
	t.Parallel()
	s := inMemory(t)
	ada := s.create("/Users", `{"userName":"ada"}`)
	id := s.create("/Groups", `{"displayName":"Engineers","members":`+memberList(ada)+`}`)
	for _, members := range [...]string{
		`[{"display":"Ada"}]`, `[{"value":"` + ada + `"},{"display":"Grace"}]`, `[{"$ref":"https://elsewhere.example/Users/` + ada + `"}]`, `[{"$ref":"Users/"}]`, `[{"$ref":7}]`, `[{"value":null,"display":"Ada"}]`, `[{"value":""}]`,
		`{"display":"Ada"}`, `[{"id":"` + ada + `"}]`,
	} {
		for method, path := range map[string]string{http.MethodPut: "/Groups/" + id, http.MethodPost: "/Groups"} {
			a := s.do(method, path, `{"displayName":"Others","members":`+members+`}`)
			if e := scimError(a.err); e == nil || a.Status != http.StatusBadRequest || e.Type != "invalidValue" {
				t.Errorf("%s with members %s: %d %s", method, members, a.Status, a.Body)
			}
		}
	}
	if diff := cmp.Diff([]string{ada}, s.members(id)); diff != "" {
		t.Errorf("members (-want +got):\n%s", diff)
	}
}

// TestMembersByReference has members that say who they are by their URI alone, as a manager may.
func TestMembersByReference(t *testing.T) {
	t.Parallel()
	s := inMemory(t).strict()
	const core = `"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"]`
	user := func(name string) string {
		return s.create("/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"`+name+`"}`)
	}
	ada, grace := user("ada"), user("grace")
	for name, members := range map[string]string{
		"relative": `{"$ref":"Users/` + ada + `"}`, "absolute": `{"$ref":"` + base + `/Users/` + ada + `","type":"User"}`, "as RFC 7643 section 8.3 has it": `{"$ref":"../Users/` + ada + `"}`,
		"beside an empty value": `{"$ref":"Users/` + ada + `","value":null}`, "beside a value, which wins": `{"value":"` + ada + `","$ref":"Users/` + grace + `"}`,
	} {
		id := s.create("/Groups", `{`+core+`,"displayName":"`+name+`","members":[`+members+`]}`)
		if diff := cmp.Diff([]string{ada}, s.members(id)); diff != "" {
			t.Errorf("POST with a member %s (-want +got):\n%s", name, diff)
		}
		s.do(http.MethodPut, "/Groups/"+id, `{`+core+`,"displayName":"`+name+`","members":[{"value":"`+grace+`"},`+members+`]}`).is(t, http.StatusOK)
		if diff := cmp.Diff([]string{ada, grace}, s.members(id)); diff != "" {
			t.Errorf("PUT with a member %s (-want +got):\n%s", name, diff)
		}
	}
	a := s.do(http.MethodPost, "/Groups", `{`+core+`,"displayName":"nobody","members":[{"$ref":"Users/nobody"}]}`)
	if e := scimError(a.err); e == nil || a.Status != http.StatusBadRequest || e.Type != "invalidValue" {
		t.Errorf("a reference to nobody: %d %s", a.Status, a.Body)
	}
}

// What PATCH understands without a path a POST and a PUT understand too, and with no tolerance none of them does.
func TestBodiesAndPatchAgree(t *testing.T) {
	t.Parallel()
	for _, said := range [...]string{
		`"manager":"7"`, `"manager":{"value":"7"}`, `"manager":[{"value":"7"}]`, `"manager":""`, `"manager":null`, `"department":"d"`, `"manager.value":"7"`,
		`"` + enterpriseSchema + `:manager":"7"`, `"` + enterpriseSchema + `:manager.value":"7"`, `"` + strings.ToUpper(enterpriseSchema) + `:DEPARTMENT":"d"`,
		`"` + enterpriseSchema + `":""`, `"` + enterpriseSchema + `":[]`, `"` + enterpriseSchema + `":[{"department":"d"}]`,
		`"name.givenName":"g"`, `"name":{"familyName":"f"},"name.givenName":"g"`, `"urn:ietf:params:scim:schemas:core:2.0:User:title":"t"`,
		`"x509Certificates":[{"value":"no base64!"}]`,
		`"urn:ietf:params:scim:schemas:core:2.0:User":{"nickName":"w","Name":{"givenName":"g"},"name.familyName":"f"}`,
		`"URN:ietf:params:scim:schemas:core:2.0:User":{"` + enterpriseSchema + `:department":"d"},"title":"t"`,
	} {
		s := inMemory(t)
		id := s.create("/Users", `{"userName":"ada"}`)
		body := func(name string) string {
			return `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"` + name + `",` + said + `}`
		}
		patched := s.do(http.MethodPatch, "/Users/"+id, patch(`{"op":"add","value":{`+said+`}}`)).is(t, http.StatusOK).object(t)
		put := s.do(http.MethodPut, "/Users/"+s.create("/Users", `{"userName":"bob"}`), body("bob")).is(t, http.StatusOK).object(t)
		posted := s.do(http.MethodPost, "/Users", body("cy")).is(t, http.StatusCreated).object(t)
		patched["userName"], put["userName"], posted["userName"] = "", "", ""
		for method, got := range map[string]map[string]any{http.MethodPut: put, http.MethodPost: posted} {
			if diff := cmp.Diff(patched, got, withoutMeta); diff != "" {
				t.Errorf("%s (-PATCH +%s):\n%s", said, method, diff)
			}
		}
		strict := s.strict()
		strict.do(http.MethodPatch, "/Users/"+id, patch(`{"op":"add","value":{`+said+`}}`)).is(t, http.StatusBadRequest)
		strict.do(http.MethodPut, "/Users/"+id, body("ada")).is(t, http.StatusBadRequest)
		strict.do(http.MethodPost, "/Users", body("dan")).is(t, http.StatusBadRequest)
	}
}
