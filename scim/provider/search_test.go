package provider_test

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/scim"
)

// named are the names of the resources on a page, of users and groups alike.
func (a answer) named(t testing.TB) []string {
	t.Helper()
	names := []string{}
	list, _ := a.is(t, http.StatusOK).object(t)["Resources"].([]any)
	for _, item := range list {
		r, _ := item.(map[string]any)
		name, ok := r["userName"].(string)
		if !ok {
			name, _ = r["displayName"].(string)
		}
		names = append(names, name)
	}
	return names
}

// both is a service with three users and two groups, created in turn.
func both(t testing.TB) *service {
	t.Helper()
	s := inMemory(t)
	ada := s.create("/Users", `{"userName":"ada","displayName":"Ada","title":"Countess","emails":[{"type":"work","value":"ada@example.com"}]}`)
	s.create("/Groups", `{"displayName":"Engineers","externalId":"g1","members":`+memberList(ada)+`}`)
	s.create("/Users", `{"userName":"Grace","displayName":"Grace","title":"admiral"}`)
	s.create("/Groups", `{"displayName":"Admirals"}`)
	s.create("/Users", `{"userName":"linus","externalId":"u3"}`)
	return s
}

// TestSearch has POST .search answer as GET does (RFC 7644 section 3.4.3).
func TestSearch(t *testing.T) {
	t.Parallel()
	s := both(t)
	for _, tc := range [...]struct{ path, query, body string }{
		{"/Users", "", `{}`},
		{"/Users", "", `{"filter":null,"sortBy":"","attributes":[],"excludedAttributes":null,"startIndex":null,"count":null,"cursor":null}`},
		{"/Users", where(`userName eq "ada"`), `{"filter":"userName eq \"ada\""}`},
		{"/Users", "count=1&startIndex=2", `{"count":1,"startIndex":2}`},
		{"/Users", "count=0", `{"Count":0}`},
		{"/Users", "count=-1&startIndex=-1", `{"count":-1,"STARTINDEX":-1}`},
		{"/Users", "sortBy=userName&sortOrder=descending", `{"sortBy":"userName","sortOrder":"DESCENDING"}`},
		{"/Users", "attributes=userName,title", `{"attributes":["userName","title"]}`},
		{"/Users", "attributes=userName,title", `{"attributes":"userName, title"}`},
		{"/Users", "excludedAttributes=emails.value,meta", `{"excludedAttributes":["emails.value","meta"]}`},
		{"/Groups", "excludedAttributes=members", `{"excludedAttributes":["members"],"unknown":1}`},
		{"/Groups", where(`members pr`), `{"filter":"members pr"}`},
		{"/", "", `{}`},
		{"/", where(`displayName sw "A"`) + "&count=1", `{"filter":"displayName sw \"A\"","count":1}`},
	} {
		target := tc.path + "/.search"
		if tc.path == "/" {
			target = "/.search"
		}
		want := s.do("GET", tc.path+"?"+tc.query, "").is(t, http.StatusOK)
		for _, url := range [...]string{target, target + "?count=7&filter=x&attributes=id&cursor=x"} {
			got := s.do("POST", url, tc.body).is(t, http.StatusOK)
			if diff := cmp.Diff(string(want.Body), string(got.Body)); diff != "" || got.Location != "" || got.Changed {
				t.Errorf("POST %s %s (-GET +POST):\n%s", url, tc.body, diff)
			}
		}
	}
}

// TestSearchRefused has requests whose members are of the wrong type, or unknown in the strict profile.
func TestSearchRefused(t *testing.T) {
	t.Parallel()
	s := both(t)
	const schemas = `"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"]`
	for _, tc := range [...]struct {
		body         string
		auto, strict scim.ErrorType // "-": it is answered
	}{
		{`{` + schemas + `}`, "-", "-"},
		{`{"schemas":["URN:ietf:params:scim:api:messages:2.0:searchrequest"]}`, "-", "-"},
		{`{}`, "-", scim.InvalidValue},
		{`{"schemas":null}`, "-", scim.InvalidValue},
		{`{"schemas":[]}`, "-", scim.InvalidValue},
		{`{"schemas":"x"}`, scim.InvalidValue, scim.InvalidValue},
		{`{` + schemas + `,"shoeSize":1}`, "-", scim.InvalidSyntax},
		{`{` + schemas + `,"attributes":"userName"}`, "-", scim.InvalidValue},
		{``, scim.InvalidSyntax, scim.InvalidSyntax},
		{`[]`, scim.InvalidSyntax, scim.InvalidSyntax},
		{`{"filter":`, scim.InvalidSyntax, scim.InvalidSyntax},
		{`{` + schemas + `,"filter":"x","FILTER":"y"}`, scim.InvalidSyntax, scim.InvalidSyntax},
		{`{` + schemas + `,"filter":1}`, scim.InvalidValue, scim.InvalidValue},
		{`{` + schemas + `,"filter":["x"]}`, scim.InvalidValue, scim.InvalidValue},
		{`{` + schemas + `,"filter":"x"}`, scim.InvalidFilter, scim.InvalidFilter},
		{`{` + schemas + `,"filter":""}`, scim.InvalidFilter, scim.InvalidFilter},
		{`{` + schemas + `,"filter":" "}`, scim.InvalidFilter, scim.InvalidFilter},
		{`{` + schemas + `,"sortBy":1}`, scim.InvalidValue, scim.InvalidValue},
		{`{` + schemas + `,"sortOrder":true}`, scim.InvalidValue, scim.InvalidValue},
		{`{` + schemas + `,"startIndex":"1"}`, scim.InvalidValue, scim.InvalidValue},
		{`{` + schemas + `,"count":"10"}`, scim.InvalidValue, scim.InvalidValue},
		{`{` + schemas + `,"count":1.5}`, scim.InvalidValue, scim.InvalidValue},
		{`{` + schemas + `,"count":true}`, scim.InvalidValue, scim.InvalidValue},
		{`{` + schemas + `,"attributes":{}}`, scim.InvalidValue, scim.InvalidValue},
		{`{` + schemas + `,"attributes":[1]}`, scim.InvalidValue, scim.InvalidValue},
		{`{` + schemas + `,"excludedAttributes":[null]}`, scim.InvalidValue, scim.InvalidValue},
		{`{` + schemas + `,"attributes":["id"],"excludedAttributes":["meta"]}`, scim.InvalidValue, scim.InvalidValue},
		{`{` + schemas + `,"cursor":1}`, scim.InvalidValue, scim.InvalidValue},
		{`{` + schemas + `,"cursor":"x"}`, scim.InvalidCursor, scim.InvalidCursor},
		{`{` + schemas + `,"cursor":"","startIndex":1}`, scim.InvalidValue, scim.InvalidValue},
		{`{` + schemas + `,"cursor":"","count":1.5}`, scim.InvalidCount, scim.InvalidCount},
	} {
		for _, path := range [...]string{"/Users/.search", "/Groups/.search", "/.search"} {
			for want, service := range map[*scim.ErrorType]*service{&tc.auto: s, &tc.strict: s.strict()} {
				a := service.do("POST", path, tc.body)
				got := scim.ErrorType("-")
				if e := scimError(a.err); e != nil {
					got = e.Type
				}
				if got != *want || (*want == "-") != (a.Status == 200) || *want != "-" && a.Status != 400 {
					t.Errorf("POST %s %s: %d %s", path, tc.body, a.Status, a.Body)
				}
			}
		}
	}
}

// TestRoot lists the resources of all types (RFC 7644 section 3.4.2.1): users first, each type in the order of its
// creation.
func TestRoot(t *testing.T) {
	t.Parallel()
	s := both(t)
	for query, want := range map[string][]string{
		"":                                   {"ada", "Grace", "linus", "Engineers", "Admirals"},
		where(`meta.resourceType eq "User"`): {"ada", "Grace", "linus"},
		where(`(meta.resourceType eq User) or (meta.resourceType eq Group)`): {"ada", "Grace", "linus", "Engineers", "Admirals"},
		where(`meta.resourceType eq "Device"`):                               {},
		where(`displayName sw "a"`):                                          {"ada", "Admirals"},
		where(`userName pr`):                                                 {"ada", "Grace", "linus"},
		where(`not (userName pr)`):                                           {"Engineers", "Admirals"},
		where(`userName ne "ada"`):                                           {"Grace", "linus", "Engineers", "Admirals"},
		where(`title pr or members pr`):                                      {"ada", "Grace", "Engineers"},
		where(`title pr and members pr`):                                     {},
		where(`shoeSize pr`):                                                 {},
		where(`externalId pr`):                                               {"linus", "Engineers"},
		where(`not (emails[type eq "work"])`):                                {"Grace", "linus", "Engineers", "Admirals"},
		"sortBy=displayName":                                                 {"ada", "Grace", "linus", "Admirals", "Engineers"},
		"sortBy=displayName&sortOrder=Descending":                            {"linus", "Grace", "ada", "Engineers", "Admirals"},
		"sortBy=title":                                                       {"Grace", "ada", "linus", "Engineers", "Admirals"},
	} {
		if diff := cmp.Diff(want, s.do("GET", "/?"+query, "").named(t)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
		for count := 1; count <= 6; count++ {
			for start := 1; start <= 7; start++ {
				a := s.do("GET", fmt.Sprintf("/?%s&startIndex=%d&count=%d", query, start, count), "")
				from := min(start-1, len(want))
				part := append([]string{}, want[from:min(from+count, len(want))]...)
				if diff := cmp.Diff(part, a.named(t)); diff != "" || a.object(t)["totalResults"] != float64(len(want)) {
					t.Errorf("%s, %d from %d: %s (-want +got):\n%s", query, count, start, a.Body, diff)
				}
			}
		}
	}
	chosen := s.do("GET", "/?attributes=userName,members.value&"+where(`meta.resourceType pr and externalId ne "x"`), "").object(t)
	list, _ := chosen["Resources"].([]any)
	for i, want := range [][]string{{"id", "schemas", "userName"}, {"id", "schemas", "userName"}, {"id", "schemas", "userName"}, {"id", "members.value", "schemas"}, {"id", "schemas"}} {
		r, _ := list[i].(map[string]any)
		if diff := cmp.Diff(want, sorted(keys(r, ""))); diff != "" {
			t.Errorf("resource %d (-want +got):\n%s", i, diff)
		}
	}
	for query, want := range map[string]scim.ErrorType{
		"sortBy=shoeSize": scim.InvalidValue, "sortBy=name": scim.InvalidValue, "sortBy=password": scim.InvalidValue, "sortBy=members": scim.InvalidValue,
		where(`active gt true`): scim.InvalidFilter, where(`password pr`): scim.InvalidFilter, where(`userName`): scim.InvalidFilter,
	} {
		if e := scimError(s.do("GET", "/?"+query, "").is(t, 400).err); e == nil || e.Type != want {
			t.Errorf("%s: %v", query, e)
		}
	}
}

// TestRootAsksOnlyWhatItMust has a type that the filter excludes cost nothing, and a type behind the page only a count.
func TestRootAsksOnlyWhatItMust(t *testing.T) {
	t.Parallel()
	s, w, _, _ := fixture(t)
	for query, want := range map[string]int{
		"": 2, where(`userName pr`): 1, where(`members pr`): 1, where(`title pr and members pr`): 0, where(`meta.resourceType ne "User"`): 1,
	} {
		w.calls = nil
		s.do("GET", "/?"+query, "").is(t, 200)
		if len(w.calls) != want {
			t.Errorf("%s: calls %v, want %d", query, w.calls, want)
		}
	}
}

// TestSort is RFC 7644 section 3.4.2.3.
func TestSort(t *testing.T) {
	t.Parallel()
	s := inMemory(t)
	for _, user := range [...]string{
		`{"userName":"d","name":{"familyName":"b"},"emails":[{"value":"z@example.com"},{"value":"b@example.com","primary":true}],"active":true,"` + enterpriseSchema + `":{"department":"x"}}`,
		`{"userName":"a","name":{"familyName":"A"},"emails":[{"value":"C@example.com"}],"active":false,"externalId":"b"}`,
		`{"userName":"C","emails":[{"value":"a@example.com"}],"active":true,"externalId":"B","` + enterpriseSchema + `":{"department":"Y","manager":{"value":"1"}}}`,
		`{"userName":"B","name":{"familyName":"c"}}`,
	} {
		s.create("/Users", user)
	}
	for query, want := range map[string][]string{
		"sortBy=":                             {"d", "a", "C", "B"},
		"sortOrder=descending":                {"d", "a", "C", "B"},
		"sortBy=userName":                     {"a", "B", "C", "d"},
		"sortBy=USERNAME&sortOrder=Ascending": {"a", "B", "C", "d"},
		"sortBy=urn:ietf:params:scim:schemas:core:2.0:User:userName": {"a", "B", "C", "d"},
		"sortBy=userName&sortOrder=DESCENDING":                       {"d", "C", "B", "a"},
		"sortBy=name.familyName":                                     {"a", "d", "B", "C"},
		"sortBy=name.familyName&sortOrder=descending":                {"C", "B", "d", "a"},
		"sortBy=emails": {"C", "d", "a", "B"},
		"sortBy=emails.value&sortOrder=descending":      {"B", "a", "d", "C"},
		"sortBy=externalId":                             {"C", "a", "d", "B"}, // case matters
		"sortBy=active":                                 {"a", "d", "C", "B"},
		"sortBy=meta.created&sortOrder=descending":      {"B", "C", "a", "d"},
		"sortBy=id&count=2&startIndex=2":                {"a", "C"},
		"sortBy=" + enterpriseSchema + ":department":    {"d", "C", "a", "B"},
		"sortBy=department&sortOrder=descending":        {"a", "B", "C", "d"},
		"sortBy=manager&" + where("name.familyName pr"): {"d", "a", "B"},
		"sortBy=userName&" + where("active eq true"):    {"B", "C", "d"},
	} {
		if diff := cmp.Diff(want, s.do("GET", "/Users?"+query, "").named(t)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
	}
	for _, by := range [...]string{
		"shoeSize", "name.shoeSize", "name", "addresses", "meta", "password", "groups", "groups.value", enterpriseSchema, "urn:x:y", "userName asc", "emails[type eq \"work\"].value", ".",
	} {
		for _, service := range [...]*service{s, s.strict()} {
			if e := scimError(service.do("GET", "/Users?sortBy="+url.QueryEscape(by), "").is(t, 400).err); e == nil || e.Type != scim.InvalidValue {
				t.Errorf("sortBy=%s: %v", by, e)
			}
		}
	}
	s.strict().do("GET", "/Users?sortBy=department", "").is(t, 400)
}

// TestMe is RFC 7644 section 3.11: there is no user whom the token of an identity provider stands for.
func TestMe(t *testing.T) {
	t.Parallel()
	s := inMemory(t)
	for _, method := range [...]string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"} {
		a := s.do(method, "/Me", `{"userName":"ada"}`).is(t, http.StatusNotImplemented)
		if e := scimError(a.err); e == nil || e.Detail == "" || a.Changed || a.Location != "" {
			t.Errorf("%s: %v", method, a.err)
		}
	}
}
