package provider_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPatchMembers chooses members in every way that a path or a value can.
func TestPatchMembers(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		operations []string // ADA, GRACE, LINUS and NESTED stand for ids
		want       string
		unchanged  bool
	}{
		"all of a type": {
			operations: []string{`{"op":"remove","path":"members[type eq \"User\"]"}`}, want: "NESTED",
		},
		"all of another type": {
			operations: []string{`{"op":"remove","path":"members[type eq \"group\"]"}`}, want: "ADA GRACE",
		},
		"by what they are called": {
			operations: []string{`{"op":"remove","path":"members[display eq \"Ada King\"]"}`}, want: "GRACE NESTED",
		},
		"one or the other": {
			operations: []string{`{"op":"remove","path":"members[value eq \"ADA\" or value eq \"NESTED\"]"}`}, want: "GRACE",
		},
		"all but one": {
			operations: []string{`{"op":"remove","path":"members[value ne \"ADA\"]"}`}, want: "ADA",
		},
		"one that is there, replaced by itself": {
			operations: []string{`{"op":"replace","path":"members[value eq \"ADA\"]","value":{"value":"ADA"}}`}, want: "ADA GRACE NESTED", unchanged: true,
		},
		"one that is not there, replaced by itself": {
			operations: []string{`{"op":"replace","path":"members[value eq \"LINUS\"]","value":{"value":"LINUS"}}`}, want: "ADA GRACE LINUS NESTED",
		},
		"by a reference": {
			operations: []string{`{"op":"remove","path":"members","value":[{"$ref":"Users/ADA"}]}`, `{"op":"add","path":"members","value":{"$ref":"../Users/LINUS"}}`}, want: "GRACE LINUS NESTED",
		},
		"by a reference, without a path": {
			operations: []string{`{"op":"replace","value":{"Members":[{"$REF":"` + base + `/Users/ADA"},{"$ref":"https://ACME.askspoke.com/scim/Groups/NESTED"},{"value":"LINUS","$ref":"Users/GRACE"}]}}`}, want: "ADA LINUS NESTED",
		},
		"by a reference, below the URN of the core": {
			operations: []string{`{"op":"replace","value":{"urn:ietf:params:scim:schemas:core:2.0:Group":{"members":[{"$ref":"Users/ADA"}]}}}`, `{"op":"add","path":"urn:ietf:params:scim:schemas:core:2.0:Group","value":{"members":[{"$ref":"Users/LINUS"}]}}`}, want: "ADA LINUS",
		},
		"none": {
			operations: []string{`{"op":"remove","path":"members[type eq \"Device\"]"}`}, want: "ADA GRACE NESTED", unchanged: true,
		},
		"all": {
			operations: []string{`{"op":"remove","path":"members"}`}, want: "",
		},
		"all, then some": {
			operations: []string{`{"op":"remove","path":"members"}`, `{"op":"add","path":"members","value":[{"value":"LINUS"}]}`}, want: "LINUS",
		},
		"added and chosen by a filter in one request": {
			operations: []string{`{"op":"add","path":"members","value":[{"value":"LINUS"}]}`, `{"op":"remove","path":"members[value eq \"LINUS\" or type eq \"User\"]"}`}, want: "NESTED",
		},
		"chosen by a filter and added again": {
			operations: []string{`{"op":"remove","path":"members[type eq \"User\"]"}`, `{"op":"add","path":"members","value":[{"value":"ADA"}]}`}, want: "ADA NESTED",
		},
		"with a rename": {
			operations: []string{`{"op":"replace","path":"displayName","value":"x"}`, `{"op":"remove","path":"members[type eq \"User\"]"}`}, want: "NESTED",
		},
		"added and removed": {
			operations: []string{`{"op":"add","path":"members","value":[{"value":"LINUS"}]}`, `{"op":"Remove","path":"members","value":[{"value":"LINUS"}]}`}, want: "ADA GRACE NESTED", unchanged: true,
		},
		"removed and added": {
			operations: []string{`{"op":"Remove","path":"members","value":[{"value":"ADA"}]}`, `{"op":"Add","path":"members","value":[{"value":"ADA"}]}`}, want: "ADA GRACE NESTED", unchanged: true,
		},
		"an empty list": {
			operations: []string{`{"op":"Remove","path":"members","value":[]}`}, want: "ADA GRACE NESTED", unchanged: true,
		},
		"texts": {
			operations: []string{`{"op":"Add","path":"members","value":["LINUS"]}`, `{"op":"Remove","path":"members","value":"ADA"}`}, want: "GRACE LINUS NESTED",
		},
		"without a path": {
			operations: []string{`{"op":"add","value":{"members":[{"value":"LINUS"}]}}`}, want: "ADA GRACE LINUS NESTED",
		},
		"replaced by as many": {
			operations: []string{`{"op":"Replace","path":"members","value":[{"value":"LINUS"},{"value":"ADA"}]}`}, want: "ADA LINUS",
		},
		"replaced by the same": {
			operations: []string{`{"op":"replace","path":"members","value":[{"value":"NESTED"},{"value":"ADA"},{"value":"GRACE"}]}`}, want: "ADA GRACE NESTED", unchanged: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := inMemory(t)
			ada := s.create("/Users", `{"userName":"ada","displayName":"Ada King"}`)
			grace := s.create("/Users", `{"userName":"grace","displayName":"Grace Hopper"}`)
			linus := s.create("/Users", `{"userName":"linus"}`)
			nested := s.create("/Groups", `{"displayName":"Nested"}`)
			id := s.create("/Groups", `{"displayName":"Engineers","members":`+memberList(ada, grace, nested)+`}`)
			names := strings.NewReplacer("ADA", ada, "GRACE", grace, "LINUS", linus, "NESTED", nested)
			a := s.do(http.MethodPatch, "/Groups/"+id, names.Replace(patch(tc.operations...))).is(t, http.StatusNoContent)
			want := append([]string{}, strings.Fields(names.Replace(tc.want))...)
			slices.Sort(want)
			if diff := cmp.Diff(want, s.members(id)); diff != "" {
				t.Errorf("members (-want +got):\n%s", diff)
			}
			if got := s.do(http.MethodGet, "/Groups/"+id, "").ETag; a.Changed == tc.unchanged || (got == `W/"1"`) != tc.unchanged {
				t.Errorf("changed %t, ETag %s", a.Changed, got)
			}
		})
	}
}

// TestPatchUnknown is 404 also where the operations would change nothing.
func TestPatchUnknown(t *testing.T) {
	t.Parallel()
	s := inMemory(t)
	for _, operations := range [...]string{
		`{"op":"add","path":"members","value":[]}`, `{"op":"remove","path":"members","value":[{"value":"x"}]}`, `{"op":"remove","path":"members[type eq \"User\"]"}`,
		`{"op":"replace","path":"displayName","value":"x"}`, `{"op":"replace","value":{}}`,
	} {
		s.do(http.MethodPatch, "/Groups/nobody", patch(operations)).is(t, http.StatusNotFound)
	}
	s.do(http.MethodPatch, "/Users/nobody", patch(`{"op":"replace","path":"active","value":"False"}`)).is(t, http.StatusNotFound)
}

// TestStrict has the dialects that the default profile understands refused by the other one.
func TestStrict(t *testing.T) {
	t.Parallel()
	for _, r := range [...]struct{ method, path, body, scimType string }{
		{"POST", "/Users", `{"userName":"x"}`, "invalidValue"},
		{"POST", "/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"x","shoeSize":46}`, "invalidSyntax"},
		{"POST", "/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"x","active":"True"}`, "invalidValue"},
		{"PATCH", "/Users/ADA", patch(`{"op":"Replace","path":"title","value":"x"}`), "invalidSyntax"},
		{"PATCH", "/Users/ADA", patch(`{"op":"replace","path":"active","value":"False"}`), "invalidValue"},
		{"PATCH", "/Users/ADA", patch(`{"op":"replace","path":"emails[type eq \"work\"].value","value":"x"}`), "noTarget"},
		{"PATCH", "/Users/ADA", patch(`{"op":"replace","path":"manager","value":"x"}`), "invalidPath"},
		{"PATCH", "/Groups/ENGINEERS", patch(`{"op":"replace","path":"members[value eq \"ADA\"]","value":{"value":"ADA"}}`), "noTarget"},
		{"PATCH", "/Users/ADA", patch(`{"op":"replace","value":{"id":"x"}}`), "mutability"},
		{"GET", "/Users?" + where(`userName eq ada`), "", "invalidFilter"},
		{"GET", "/Users?" + where(`emails[type eq "work"].value eq "x"`), "", "invalidFilter"},
		{"GET", "/Users?" + where(`active eq "True"`), "", "invalidFilter"},
	} {
		s := inMemory(t)
		names := strings.NewReplacer("ADA", s.create("/Users", `{"userName":"ada"}`), "ENGINEERS", s.create("/Groups", `{"displayName":"Engineers"}`))
		path := names.Replace(r.path)
		r.body = names.Replace(r.body)
		a := s.strict().do(r.method, path, r.body).is(t, http.StatusBadRequest)
		if e := scimError(a.err); e == nil || string(e.Type) != r.scimType || len(a.Tolerances) != 0 {
			t.Errorf("%s %s %s: want %s: %s", r.method, r.path, r.body, r.scimType, a.Body)
		}
		if a := s.do(r.method, path, r.body); a.Status >= 300 || len(a.Tolerances) == 0 {
			t.Errorf("%s %s %s in the default profile: tolerances %v: %s", r.method, r.path, r.body, a.Tolerances, a.Body)
		}
	}
}

// TestPatchActive clears active in every way: it stays as it was, since an answer without it would leave open whether the
// user may use the service, and a filter for disabled users would not find it.
func TestPatchActive(t *testing.T) {
	t.Parallel()
	s := inMemory(t)
	for _, active := range []bool{true, false} {
		id := s.create("/Users", fmt.Sprintf(`{"userName":"ada %v","active":%v}`, active, active))
		for _, operation := range []string{
			`{"op":"replace","path":"active","value":""}`, `{"op":"replace","path":"active","value":null}`, `{"op":"remove","path":"active"}`,
			`{"op":"replace","value":{"active":null}}`,
		} {
			a := s.do(http.MethodPatch, "/Users/"+id, patch(operation)).is(t, http.StatusOK)
			if got := a.object(t)["active"]; got != active {
				t.Errorf("%s: active is %v, want %v", operation, got, active)
			}
			if a.Changed {
				t.Errorf("%s: it is said to have changed something", operation)
			}
		}
	}
	found := s.do(http.MethodGet, "/Users?"+where("active eq false"), "").is(t, http.StatusOK).object(t)["totalResults"]
	if found != 1.0 {
		t.Errorf("%v disabled users are found, want 1", found)
	}
}

// TestGroupsInCircles has every way of adding a group to a group that it contains refused.
func TestGroupsInCircles(t *testing.T) {
	t.Parallel()
	s := inMemory(t)
	low := s.create("/Groups", `{"displayName":"Low"}`)
	middle := s.create("/Groups", `{"displayName":"Middle","members":`+memberList(low)+`}`)
	top := s.create("/Groups", `{"displayName":"Top","members":`+memberList(middle)+`}`)
	for _, request := range []struct{ method, body string }{
		{"PATCH", patch(`{"op":"add","path":"members","value":` + memberList(top) + `}`)},
		{"PATCH", patch(`{"op":"replace","path":"members","value":`+memberList(middle, top)+`}`, `{"op":"replace","path":"displayName","value":"x"}`)},
		{"PUT", `{"displayName":"x","members":` + memberList(top) + `}`},
	} {
		r := s.do(request.method, "/Groups/"+low, request.body)
		if detail, _ := r.object(t)["detail"].(string); r.Status != 400 || r.object(t)["scimType"] != "invalidValue" || !strings.Contains(detail, top) || !strings.Contains(detail, "circle") {
			t.Errorf("%s %s: %d %s", request.method, request.body, r.Status, r.Body)
		}
	}
	if now := s.do("GET", "/Groups/"+low, "").object(t); now["members"] != nil || now["displayName"] != "Low" {
		t.Errorf("the group is %v", now)
	}
}
