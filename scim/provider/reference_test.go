package provider_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The reference of a manager leads from the base to the user (RFC 7643 section 2.3.7), and what is stored holds no host.
func TestManagerReference(t *testing.T) {
	t.Parallel()
	s := inMemory(t)
	const elsewhere = "https://other.example/scim/v2/Users/41"
	local := map[string]any{"value": "41", "$ref": "Users/41"}
	for sent, want := range map[string]map[string]any{
		`{"value":"41"}`:                            local,
		`{"value":"41","$ref":"../Users/40"}`:       local,
		`{"value":"41","$ref":"` + elsewhere + `"}`: local,
		`{"$ref":"Users/41"}`:                       local,
		`{"$ref":"../Users/41"}`:                    local,
		`{"$ref":"/scim/v2/Users/41"}`:              local,
		`{"$ref":"` + base + `/Users/41"}`:          local,
		`{"$ref":"` + elsewhere + `"}`:              {"$ref": elsewhere},
		`{"$ref":"//other.example/Users/41"}`:       {"$ref": "//other.example/Users/41"},
	} {
		for method, body := range map[string]string{
			http.MethodPut:   `{` + core + `, "` + enterpriseSchema + `": {"manager": ` + sent + `}}`,
			http.MethodPatch: patch(`{"op":"replace","path":"` + enterpriseSchema + `:manager","value":` + sent + `}`),
		} {
			id := s.create("/Users", `{`+core+`}`)
			s.do(method, "/Users/"+id, body).is(t, http.StatusOK)
			got, _ := s.do(http.MethodGet, "/Users/"+id, "").object(t)[enterpriseSchema].(map[string]any)
			if diff := cmp.Diff(any(want), got["manager"]); diff != "" {
				t.Errorf("%s %s (-want +got):\n%s", method, sent, diff)
			}
			s.do(http.MethodDelete, "/Users/"+id, "").is(t, http.StatusNoContent)
		}
	}
}

// References that differ in the version of the protocol alone are the same (RFC 7643 section 2.4), where a filter compares
// them.
func TestReferencesOfAnotherVersion(t *testing.T) {
	t.Parallel()
	s := inMemory(t)
	ada, grace := s.create("/Users", `{"userName":"ada"}`), s.create("/Users", `{"userName":"grace"}`)
	s.do(http.MethodPatch, "/Users/"+ada, patch(`{"op":"add","path":"`+enterpriseSchema+`:manager","value":{"value":"`+grace+`"}}`)).is(t, http.StatusOK)
	group := s.create("/Groups", `{"displayName":"Engineers","members":`+memberList(ada, grace)+`}`)
	for template, same := range map[string]bool{
		"Users/ID": true, "/scim/v2/Users/ID": true, "../Users/ID": true, base + "/Users/ID": true, "https://acme.askspoke.com/scim/Users/ID": true,
		"https://ACME.askspoke.com/scim/v1/users/ID": true, "https://acme.askspoke.com/scim/v10/Users/ID": true,
		"https://other.askspoke.com/scim/v2/Users/ID": false, "https://acme.askspoke.com/Users/ID": false, "https://acme.askspoke.com/scim/x/Users/ID": false,
		"Groups/ID": false, "ID": false, "Users/": false, "%": false, "urn:Users/ID": false,
	} {
		find := func(path, attribute, id string) {
			t.Helper()
			filter := attribute + ` eq "` + strings.ReplaceAll(template, "ID", id) + `"`
			want := 0.0
			if same {
				want = 1
			}
			if got := s.do(http.MethodGet, path+"?"+where(filter), "").is(t, http.StatusOK).object(t)["totalResults"]; got != want {
				t.Errorf("%s %s finds %v, want %v", path, filter, got, want)
			}
		}
		find("/Groups", "members.$ref", ada)
		find("/", "members.$ref", ada)
		find("/Users", enterpriseSchema+":manager.$ref", grace)
		s.do(http.MethodPatch, "/Groups/"+group, patch(`{"op":"remove","path":"members[$ref eq \"`+strings.ReplaceAll(template, "ID", ada)+`\"]"}`)).is(t, http.StatusNoContent)
		if got := s.members(group); len(got) == 1 != same {
			t.Errorf("a remove of the member at %s leaves %v", template, got)
		}
		s.do(http.MethodPatch, "/Groups/"+group, patch(`{"op":"add","path":"members","value":`+memberList(ada)+`}`)).is(t, http.StatusNoContent)
	}
	if got := s.do(http.MethodGet, "/Groups?"+where(`displayName pr and not (members.$ref eq "../Users/`+ada+`" or members[$ref eq "Users/x"])`), "").object(t)["totalResults"]; got != 0.0 {
		t.Errorf("the opposite of what a group is finds %v", got)
	}
}
