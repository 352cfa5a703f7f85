package provider_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/memstore"
	"github.com/askspoke/spoke/scim/schema"
)

// habit is a request that departs from the RFC in one way, after which a GET of path finds what it came to.
type habit struct {
	method, path, body string
	read               string // "" is path
	at                 string // of the JSON text that is read, without spaces, once the request was understood
	strict             string // what is read instead where it is not, or the error of the request: "400 invalidValue"
}

// habits are the tolerances, each by itself.
func habits(ada, group string) map[scim.Tolerance]habit {
	user, ext := "/Users/"+ada, enterpriseSchema+":"
	change := func(operation, at, strict string) habit {
		return habit{"PATCH", user, patch(operation), "", at, strict}
	}
	creation := func(more, at, strict string) habit {
		body := `{"schemas":["` + schema.UserURN + `"],"userName":"new",` + more + `}`
		return habit{"POST", "/Users", body, "/Users?" + where(`userName eq "new"`), at, strict}
	}
	find := func(filter string) habit {
		return habit{"GET", "/Users?" + where(filter), "", "", `"totalResults":1`, "400 invalidFilter"}
	}
	return map[scim.Tolerance]habit{
		scim.BooleanAsString:      change(`{"op":"replace","path":"active","value":"True"}`, `"active":true`, "400 invalidValue"),
		scim.OperationCase:        change(`{"op":"Replace","path":"title","value":"t"}`, `"title":"t"`, "400 invalidSyntax"),
		scim.MissingSchemas:       {"POST", "/Users", `{"userName":"new"}`, "/Users?" + where(`userName eq "new"`), `"totalResults":1`, "400 invalidValue"},
		scim.UnknownAttribute:     creation(`"shoeSize":46`, `"userName":"new"`, "400 invalidSyntax"),
		scim.UnquotedFilterValue:  find(`userName eq ada`),
		scim.ElementPathInFilter:  find(`emails[type eq "work"].value eq "ada@example.com"`),
		scim.FilterValueType:      find(`active eq "False"`),
		scim.ObjectAsList:         creation(`"emails":{"value":"n@example.com"}`, `"emails":[{"value":"n@example.com"`, "400 invalidValue"),
		scim.StringAsComplex:      change(`{"op":"add","path":"`+ext+`manager","value":"7"}`, `"manager":{"value":"7","$ref":"Users/7"}`, "400 invalidValue"),
		scim.ListAsObject:         change(`{"op":"add","path":"`+ext+`manager","value":[{"value":"7"}]}`, `"manager":{"value":"7","$ref":"Users/7"}`, "400 invalidValue"),
		scim.EmptyAsClear:         change(`{"op":"replace","path":"title","value":""}`, `!"title"`, `"title":""`),
		scim.CreateOnNoMatch:      change(`{"op":"replace","path":"emails[type eq \"home\"].value","value":"h@example.com"}`, `"h@example.com"`, "400 noTarget"),
		scim.UnqualifiedExtension: change(`{"op":"replace","path":"department","value":"d"}`, `"department":"d"`, "400 invalidPath"),
		scim.PathKeys:             change(`{"op":"replace","value":{"name.givenName":"Ada"}}`, `"givenName":"Ada"`, "400 invalidPath"),
		scim.ReadOnlyInPatch:      change(`{"op":"replace","value":{"id":"x","title":"t"}}`, `"title":"t"`, "400 mutability"),
		scim.RoleAsJSON:           change(`{"op":"add","path":"roles","value":[{"value":"{\"value\":\"Admin\"}"}]}`, `"value":"Admin"`, `{\"value\":\"Admin\"}`),
		scim.ManyPrimaries:        creation(`"emails":[{"value":"1","primary":true},{"value":"2","type":"home","primary":true}]`, `"userName":"new"`, "400 invalidValue"),
		scim.KeepOmitted:          {"PUT", "/Groups/" + group, `{"schemas":["` + schema.GroupURN + `"],"displayName":"g"}`, "", ada, `!"members"`},
		scim.UnencodedBinary:      creation(`"x509Certificates":[{"value":"-----BEGIN X-----"}]`, `-----BEGIN X-----`, "400 invalidValue"),
		scim.ByteOrderMark:        {"PATCH", user, "\ufeff" + patch(`{"op":"replace","path":"title","value":"t"}`), "", `"title":"t"`, "400 invalidSyntax"},
	}
}

// TestEachTolerance has every tolerance by name: a request that needs it is understood where it alone is on, and it is what
// was needed; where it alone is off, the request is what it is to a strict tenant.
func TestEachTolerance(t *testing.T) {
	t.Parallel()
	all := habits("", "")
	for _, name := range scim.Tolerances() {
		if _, ok := all[name]; !ok {
			t.Errorf("%s has no test of its own", name)
		}
	}
	if len(all) != len(scim.Tolerances()) {
		t.Errorf("%d tests for %d tolerances", len(all), len(scim.Tolerances()))
	}
	for name := range all {
		t.Run(name.String(), func(t *testing.T) {
			t.Parallel()
			others := slices.DeleteFunc(scim.Tolerances(), func(other scim.Tolerance) bool {
				// With UnknownAttribute a path that is no name is passed over, and nothing is to be seen.
				return other == name || name == scim.PathKeys && other == scim.UnknownAttribute
			})
			playHabit(t, name, true, func() *scim.Leniency { return scim.Only(name) })
			playHabit(t, name, false, scim.Strict)
			playHabit(t, name, false, func() *scim.Leniency { return scim.Only(others...) })
		})
	}
}

// playHabit sends the request that needs a tolerance to a service of its own, where it is on or off.
func playHabit(t *testing.T, name scim.Tolerance, on bool, lenient func() *scim.Leniency) {
	t.Helper()
	s := newService(t, memstore.New(), lenient)
	ada := s.create("/Users", whole)
	group := s.create("/Groups", `{"schemas":["`+schema.GroupURN+`"],"displayName":"g","members":[{"value":"`+ada+`"}]}`)
	h := habits(ada, group)[name]
	if h.read == "" {
		h.read = h.path
	}
	a := s.do(h.method, h.path, h.body)
	if used := slices.Contains(a.Tolerances, name); used != on || on && len(a.Tolerances) != 1 {
		t.Errorf("on %t: the tolerances %v were needed", on, a.Tolerances)
	}
	want := h.strict
	if on {
		want = h.at
	}
	if kind, refused := strings.CutPrefix(want, "400 "); refused {
		var e struct{ ScimType string }
		if err := json.Unmarshal(a.Body, &e); err != nil {
			t.Fatalf("on %t: %v: %s", on, err, a.Body)
		}
		if a.Status != 400 || e.ScimType != kind {
			t.Errorf("on %t: %d %s, want %s: %s", on, a.Status, e.ScimType, want, a.Body)
		}
		return
	}
	if a.Status >= 300 {
		t.Fatalf("on %t: %d %s", on, a.Status, a.Body)
	}
	text := string(s.do("GET", h.read, "").is(t, 200).Body)
	absent, negated := strings.CutPrefix(want, "!")
	if strings.Contains(text, absent) == negated {
		t.Errorf("on %t: want %s in %s", on, want, text)
	}
}
