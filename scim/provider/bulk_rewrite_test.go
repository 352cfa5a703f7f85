package provider_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/memstore"
	"github.com/askspoke/spoke/scim/schema"
)

const deskSchema = "urn:example:params:Desk:2.0:User"

// withDesk is the service with an extension whose attributes refer to others.
func (s service) withDesk() *service {
	s.t.Helper()
	desk, err := schema.Parse([]byte(`{"id":"` + deskSchema + `","name":"Desk","attributes":[
		{"name":"boss","type":"reference","referenceTypes":["User"]}, {"name":"team","type":"reference","referenceTypes":["User","Group"]},
		{"name":"peers","type":"reference","referenceTypes":["User"],"multiValued":true}, {"name":"page","type":"reference","referenceTypes":["external"]},
		{"name":"note"}, {"name":"link","type":"complex","multiValued":true,"subAttributes":[{"name":"value"},{"name":"to","type":"reference","referenceTypes":["User"]}]}]}`))
	if err != nil {
		s.t.Fatal(err)
	}
	p := *s.Provider
	p.Types = []*schema.ResourceType{p.Types[0].Extended(schema.Extension{Schema: desk}), p.Types[1]}
	s.Provider = &p
	return &s
}

// Where the schema says that an attribute is a reference, a bulkId becomes the URI of what was created, by itself and at
// the end of one; elsewhere it becomes the id (RFC 7644 section 3.7.2).
func TestBulkIDByType(t *testing.T) {
	t.Parallel()
	const prefix = deskSchema + ":"
	patched := func(operations ...string) string {
		return `{"method":"PATCH","path":"/Users/bulkId:ada","data":` + patch(operations...) + `}`
	}
	begin := `{"op":"add","path":"` + prefix + `peers","value":["bulkId:bob"]}`
	for name, tc := range map[string]struct {
		operation, at, want string
		kept                bool // auto alone
	}{
		"a reference":               {operation: patched(`{"op":"add","path":"` + prefix + `boss","value":"bulkId:bob"}`), at: "boss", want: "Users/BOB"},
		"a URI":                     {operation: patched(`{"op":"add","path":"` + prefix + `boss","value":"Users/bulkId:bob"}`), at: "boss", want: "Users/BOB"},
		"a reference to a group":    {operation: patched(`{"op":"replace","path":"` + prefix + `team","value":"bulkId:g"}`), at: "team", want: "Groups/GROUP"},
		"a list":                    {operation: patched(begin), at: "peers", want: "[Users/BOB]"},
		"a string":                  {operation: patched(`{"op":"add","path":"` + prefix + `note","value":"bulkId:bob"}`), at: "note", want: "BOB"},
		"a string that ends in one": {operation: patched(`{"op":"add","path":"` + prefix + `note","value":"Users/bulkId:bob"}`), at: "note", want: "Users/bulkId:bob"},
		"a URI elsewhere":           {operation: patched(`{"op":"add","path":"` + prefix + `page","value":"https://x.example/bulkId:bob"}`), at: "page", want: "https://x.example/bulkId:bob"},
		"a sub-attribute":           {operation: patched(`{"op":"add","path":"` + prefix + `link","value":[{"value":"bulkId:bob","to":"bulkId:bob"}]}`), at: "link", want: "[map[to:Users/BOB value:BOB]]"},
		"a value without path":      {operation: patched(`{"op":"add","value":{"` + deskSchema + `":{"boss":"Users/bulkId:bob"}}}`), at: "boss", want: "Users/BOB"},
		"a value with paths":        {operation: patched(`{"op":"add","value":{"` + prefix + `boss":"bulkId:bob"}}`), at: "boss", want: "Users/BOB", kept: true},
		"the path of an extension":  {operation: patched(`{"op":"add","path":"` + deskSchema + `","value":{"boss":"bulkId:bob"}}`), at: "boss", want: "Users/BOB"},
		"a bare name":               {operation: patched(`{"op":"add","path":"boss","value":"bulkId:bob"}`), at: "boss", want: "Users/BOB", kept: true},
		"the body of a PUT":         {operation: `{"method":"PUT","path":"/Users/bulkId:ada","data":{"schemas":["` + schema.UserURN + `","` + deskSchema + `"],"userName":"ada","` + deskSchema + `":{"boss":"bulkId:bob"}}}`, at: "boss", want: "Users/BOB"},
		"a filter of a path": {
			operation: patched(`{"op":"add","path":"`+prefix+`link","value":[{"value":"x","to":"bulkId:bob"}]}`, `{"op":"replace","path":"`+prefix+`link[to eq \"Users/bulkId:bob\"].value","value":"y"}`),
			at:        "link", want: "[map[to:Users/BOB value:y]]",
		},
	} {
		for profile, lenient := range map[string]func() *scim.Leniency{"auto": scim.Auto, "strict": scim.Strict} {
			if tc.kept && profile == "strict" {
				continue
			}
			t.Run(name+" "+profile, func(t *testing.T) {
				t.Parallel()
				s := newService(t, memstore.New(), lenient).withDesk()
				user := func(name string) string {
					return post("/Users", name, `{"schemas":["`+schema.UserURN+`"],"userName":"`+name+`"}`)
				}
				body := bulkBody("", user("ada"), user("bob"), post("/Groups", "g", `{"schemas":["`+schema.GroupURN+`"],"displayName":"g"}`), tc.operation)
				results := s.want(body, "201, 201, 201, 200")
				extension, _ := s.do("GET", "/Users/"+results[0].id(), "").is(t, 200).object(t)[deskSchema].(map[string]any)
				want := strings.NewReplacer("BOB", results[1].id(), "GROUP", results[2].id()).Replace(tc.want)
				if diff := cmp.Diff(want, fmt.Sprint(extension[tc.at])); diff != "" {
					t.Errorf("%s (-want +got):\n%s", tc.at, diff)
				}
			})
		}
	}
	t.Run("nobody", func(t *testing.T) {
		t.Parallel()
		s := inMemory(t).withDesk()
		s.want(bulkBody("", post("/Users", "a", `{"userName":"a","`+deskSchema+`":{"boss":"Users/bulkId:nobody"}}`)), "409 invalidValue")
	})
	t.Run("a circle", func(t *testing.T) {
		t.Parallel()
		s := inMemory(t).withDesk()
		by := func(name, boss string) string {
			return post("/Users", name, `{"userName":"`+name+`","`+deskSchema+`":{"boss":"Users/bulkId:`+boss+`"}}`)
		}
		results := s.want(bulkBody("", by("a", "b"), by("b", "a")), "201, 201")
		extension, _ := s.do("GET", "/Users/"+results[0].id(), "").is(t, 200).object(t)[deskSchema].(map[string]any)
		if want := "Users/" + results[1].id(); extension["boss"] != want {
			t.Errorf("boss %v, want %s", extension["boss"], want)
		}
	})
}
