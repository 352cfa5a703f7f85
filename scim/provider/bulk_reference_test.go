package provider_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/memstore"
	"github.com/askspoke/spoke/scim/provider"
)

// manager is the manager of a user.
func (s *service) manager(user string) string {
	s.t.Helper()
	extension, _ := s.do("GET", "/Users/"+user, "").is(s.t, 200).object(s.t)[enterpriseSchema].(map[string]any)
	manager, _ := extension["manager"].(map[string]any)
	id, _ := manager["value"].(string)
	if ref := manager["$ref"]; id != "" && ref != "Users/"+id {
		s.t.Errorf("$ref is %v", ref)
	}
	return id
}

func managed(name, manager string) string {
	return fmt.Sprintf(`{"userName":%q,%q:{"manager":{"value":%q}}}`, name, enterpriseSchema, manager)
}

func team(name string, members ...string) string {
	return fmt.Sprintf(`{"displayName":%q,"members":%s}`, name, memberList(members...))
}

// TestBulkIDEverywhere has references in each position that a message has (RFC 7644 section 3.7.2).
func TestBulkIDEverywhere(t *testing.T) {
	t.Parallel()
	ada, bob := post("/Users", "ada", `{"userName":"ada"}`), post("/Users", "bob", `{"userName":"bob"}`)
	group := post("/Groups", "g", team("g", "bulkId:bob"))
	change := func(operations ...string) string {
		return `{"method":"PATCH","path":"/Groups/bulkId:g","data":` + patch(operations...) + `}`
	}
	for _, tc := range [...]struct {
		name, operation string
		status          string
		members         string // by name
	}{
		{"a list of members", post("/Groups", "h", team("h", "bulkId:ada")), "201", "bob"},
		{"a member as a string", `{"method":"PUT","path":"/Groups/bulkId:g","data":{"displayName":"g","members":["bulkId:ada"]}}`, "200", "ada"},
		{"a PUT", `{"method":"PUT","path":"/Groups/bulkId:g","data":` + team("g2", "bulkId:ada") + `}`, "200", "ada"},
		{"the value of an add", change(`{"op":"add","path":"members","value":[{"value":"bulkId:ada"}]}`), "204", "ada bob"},
		{"the value of a replace", change(`{"op":"replace","path":"members","value":{"value":"bulkId:ada"}}`), "204", "ada"},
		{"the value of a remove", change(`{"op":"remove","path":"members","value":[{"value":"bulkId:bob"}]}`), "204", ""},
		{"a value without path", change(`{"op":"add","value":{"members":[{"value":"bulkId:ada"}]}}`), "204", "ada bob"},
		{"a path", change(`{"op":"remove","path":"members[value eq \"bulkId:bob\"]"}`), "204", ""},
		{"a path with two", change(`{"Op":"remove","Path":"members[value eq \"bulkId:bob\" or value eq \"bulkId:ada\"]"}`), "204", ""},
		{"a path without quotes", change(`{"op":"remove","path":"members[value eq bulkId:bob]"}`), "204", ""},
		{"a deletion", `{"method":"DELETE","path":"/Users/bulkId:bob"}`, "204", ""},
		{"$ref", `{"method":"PATCH","path":"/Users/bulkId:ada","data":` + patch(`{"op":"add","path":"`+enterpriseSchema+`:manager","value":{"$ref":"../Users/bulkId:bob"}}`) + `}`, "200", "bob"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := inMemory(t)
			results := s.want(bulkBody("", ada, bob, group, tc.operation), "201, 201, 201, "+tc.status)
			ids := map[string]string{"ada": results[0].id(), "bob": results[1].id()}
			var want []string
			for _, name := range strings.Fields(tc.members) {
				want = append(want, ids[name])
			}
			if got := s.members(results[2].id()); !slices.Equal(got, want) {
				t.Errorf("members %q, want %q", got, want)
			}
			if strings.Contains(results[3].Location, "bulkId") {
				t.Errorf("location %s", results[3].Location)
			}
			if r := results[3]; r.Method == http.MethodPatch && r.Version != s.do("GET", strings.TrimPrefix(r.Location, base), "").ETag {
				t.Errorf("version %q is not that of %s", r.Version, r.Location)
			}
			switch tc.name {
			case "a list of members":
				if got := s.members(results[3].id()); !slices.Equal(got, []string{ids["ada"]}) {
					t.Errorf("members %q", got)
				}
			case "$ref":
				if got := s.manager(ids["ada"]); got != ids["bob"] {
					t.Errorf("manager %q, want %q", got, ids["bob"])
				}
			}
		})
	}
}

// TestBulkForward has references to what comes later, one after another.
func TestBulkForward(t *testing.T) {
	t.Parallel()
	s := inMemory(t)
	results := s.want(bulkBody("",
		`{"method":"PATCH","path":"/Groups/bulkId:g","data":`+patch(`{"op":"add","path":"members","value":[{"value":"bulkId:ada"}]}`)+`}`,
		post("/Groups", "g", team("g", "bulkId:h", "bulkId:bob")),
		post("/Groups", "h", team("h", "bulkId:ada")),
		post("/Users", "ada", managed("ada", "bulkId:bob")),
		post("/Users", "bob", `{"userName":"bob"}`)), "204, 201, 201, 201, 201")
	g, h, ada, bob := results[1], results[2], results[3], results[4]
	want := []string{ada.id(), bob.id(), h.id()}
	slices.Sort(want)
	if diff := cmp.Diff(want, s.members(g.id())); diff != "" {
		t.Errorf("members (-want +got)\n%s", diff)
	}
	if s.manager(ada.id()) != bob.id() || results[0].Location != g.Location {
		t.Errorf("manager %s, %+v", s.manager(ada.id()), results)
	}
	for _, r := range results[1:] {
		if r.Version != `W/"1"` {
			t.Errorf("%s was made in more than one step: version %s", r.BulkID, r.Version)
		}
	}
}

// TestBulkCircle has resources that refer to each other, as in RFC 7644 section 3.7.1.
func TestBulkCircle(t *testing.T) {
	t.Parallel()
	t.Run("managers", func(t *testing.T) {
		t.Parallel()
		s := inMemory(t)
		results := s.want(bulkBody("", post("/Users", "a", managed("ada", "bulkId:b")), post("/Users", "b", managed("bob", "bulkId:a")),
			post("/Users", "self", managed("eve", "bulkId:self"))), "201, 201, 201")
		a, b, self := results[0].id(), results[1].id(), results[2].id()
		if s.manager(a) != b || s.manager(b) != a || s.manager(self) != self {
			t.Errorf("managers %s, %s, %s", s.manager(a), s.manager(b), s.manager(self))
		}
	})
	t.Run("groups", func(t *testing.T) {
		t.Parallel()
		s := inMemory(t)
		body := bulkBody("", post("/Groups", "qwerty", team("Group A", "bulkId:ytrewq", "bulkId:ada")), post("/Groups", "ytrewq", team("Group B", "bulkId:qwerty")),
			post("/Users", "ada", `{"userName":"ada"}`))
		results := s.want(body, "409 invalidValue, 409 invalidValue, 201") // groups never contain each other
		if detail := results[0].Response.Detail + results[1].Response.Detail; !strings.Contains(detail, "circle") {
			t.Error(detail)
		}
		s.none("/Groups")
	})
	t.Run("a group and its member", func(t *testing.T) {
		t.Parallel()
		s := inMemory(t)
		results := s.want(bulkBody("", post("/Groups", "team", team("Team", "bulkId:ada")), post("/Users", "ada", `{"userName":"ada","title":"bulkId:team"}`)), "201, 201")
		group, ada := results[0], results[1]
		if got := s.members(group.id()); !slices.Equal(got, []string{ada.id()}) {
			t.Errorf("members %v", got)
		}
		if title := s.do("GET", "/Users/"+ada.id(), "").object(t)["title"]; title != group.id() {
			t.Errorf("title %v", title)
		}
		if now := s.do("GET", "/Groups/"+group.id(), "").ETag; group.Version != now {
			t.Errorf("version %s was answered, it is %s", group.Version, now)
		}
	})
	t.Run("a group that contains itself", func(t *testing.T) {
		t.Parallel()
		s := inMemory(t)
		results := s.want(bulkBody("", post("/Groups", "g", team("g", "bulkId:g")), post("/Groups", "h", team("h", "bulkId:g")), post("/Groups", "i", team("g"))),
			"409 invalidValue, 409 invalidValue, 201")
		if detail := results[0].Response.Detail; !strings.Contains(detail, "circle") {
			t.Error(detail)
		}
		if detail := results[1].Response.Detail; !strings.Contains(detail, `"g"`) {
			t.Error(detail)
		}
	})
	t.Run("one of them fails", func(t *testing.T) {
		t.Parallel()
		s := inMemory(t)
		s.create("/Users", `{"userName":"taken"}`)
		results := s.want(bulkBody("",
			post("/Users", "a", managed("ada", "bulkId:b")), post("/Users", "b", managed("bob", "bulkId:c")),
			post("/Users", "c", managed("TAKEN", "bulkId:a")), post("/Users", "d", managed("dan", "bulkId:a")), post("/Users", "e", `{"userName":"ada"}`)),
			"409 invalidValue, 409 invalidValue, 409 uniqueness, 409 invalidValue, 201")
		if detail := results[0].Response.Detail; !strings.Contains(detail, `"c"`) {
			t.Error(detail)
		}
		if total := s.do("GET", "/Users?count=0", "").object(t)["totalResults"]; total != 2.0 {
			t.Errorf("%v users", total)
		}
	})
	t.Run("one cannot be removed again", func(t *testing.T) {
		t.Parallel()
		w := &watched{Store: memstore.New(), fail: map[string]error{"Delete": provider.ErrVersion}, left: 1}
		s := newService(t, w, scim.Auto)
		results := s.want(bulkBody("", post("/Users", "a", managed("ada", "bulkId:b")), post("/Users", "b", `{"title":"bulkId:a"}`)), "500, 400 invalidValue")
		if detail := results[0].Response.Detail; !strings.Contains(detail, "Delete it") {
			t.Error(detail)
		}
	})
}

// none checks that an endpoint has nothing.
func (s *service) none(path string) {
	s.t.Helper()
	if total := s.do("GET", path+"?count=0", "").object(s.t)["totalResults"]; total != 0.0 {
		s.t.Errorf("%v at %s", total, path)
	}
}

// TestBulkNeedFails has operations fail that refer to one that failed, however far away, and no others.
func TestBulkNeedFails(t *testing.T) {
	t.Parallel()
	s := inMemory(t)
	results := s.want(bulkBody("",
		post("/Groups", "g", team("g", "bulkId:ada")),
		`{"method":"PATCH","path":"/Groups/bulkId:g","data":`+patch(`{"op":"replace","path":"displayName","value":"x"}`)+`}`,
		post("/Users", "ada", `{"title":"no name"}`),
		post("/Groups", "h", team("h"))), "409 invalidValue, 409 invalidValue, 400 invalidValue, 201")
	for i, want := range []string{`"ada"`, `"g"`} {
		if detail := results[i].Response.Detail; !strings.Contains(detail, want) {
			t.Errorf("detail %q does not say %s", detail, want)
		}
	}
	if results[1].Location != "" {
		t.Errorf("location %q of what was never made", results[1].Location)
	}
}
